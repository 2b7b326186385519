/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The descriptions of all components. They need none of the components' code. */
#include "tools/components.h"

#define PLATFORM_ROW(name, built) &component_platform_##name,
#define PROBE_ROW(name, built) &component_probe_##name,
#define WORKLOAD_ROW(name, built) &component_workload_##name,

const struct plan_component *const plan_components[] = {
	COMPONENTS(PLATFORM_ROW, PROBE_ROW, NO_COMPONENT, WORKLOAD_ROW) NULL};
