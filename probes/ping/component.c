/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The plan's row of the ping probe: see harness/plan/component.h. */
#include "probes/ping/component.h"

const struct plan_component component_probe_ping = {
	.class = COMPONENT_PROBE,
	.name = "ping",
	.help = "one echo request a second, by liboping, as in the published tests",
	.probe = {.interval_ns = NS_PER_S,
		.min_interval_ns = 100 * NS_PER_MS,
		.timeout_ns = 950 * NS_PER_MS,
		.below_interval = true,
		.judged = true,
		.judged_order = 2,
		.controls = true},
};
