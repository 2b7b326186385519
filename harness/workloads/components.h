/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a plan has to know of the kinds of workload. */
#ifndef BLACKOUT_WORKLOADS_COMPONENTS_H
#define BLACKOUT_WORKLOADS_COMPONENTS_H

#include "harness/plan/component.h"

extern const struct plan_component component_workload_install, component_workload_dirty,
	component_workload_command;

#endif
