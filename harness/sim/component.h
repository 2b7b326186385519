/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The row that describes the platform sim to plans, and its settings. */
#ifndef BLACKOUT_SIM_COMPONENT_H
#define BLACKOUT_SIM_COMPONENT_H

#include "harness/plan/component.h"

struct sim_settings {
	int64_t seed, speed;
	struct plan_list outages, modes, jobs, failed_starts;
	int64_t round_trip_ns, jitter_ns, link_bps;
};

extern const struct plan_component component_platform_sim;

#endif
