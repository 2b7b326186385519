/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The rows that describe the kinds of workload to plans, and their settings. */
#ifndef BLACKOUT_WORKLOADS_COMPONENTS_H
#define BLACKOUT_WORKLOADS_COMPONENTS_H

#include "harness/plan/component.h"

struct install_settings {
	int64_t size_bytes, files, seed;
};

struct dirty_settings {
	int64_t seed, rate_bytes_per_s, set_bytes;
};

struct command_settings {
	const char *command, *verify, *user;
};

extern const struct plan_component component_workload_install, component_workload_dirty,
	component_workload_command;

#endif
