/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The rows of all components, which need none of their code. */
#include "tools/components.h"

#define PLATFORM_ROW(name, built) &component_platform_##name,
#define PROBE_ROW(name, built) &component_probe_##name,
#define WORKLOAD_ROW(name, built) &component_workload_##name,

const struct plan_component *const plan_components[] = {
	COMPONENTS(PLATFORM_ROW, PROBE_ROW, NO_COMPONENT, WORKLOAD_ROW) NULL};
