/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The plan's row of the burst probe: see harness/plan/component.h. */
#include "probes/burst/component.h"

const struct plan_component component_probe_burst = {
	.class = COMPONENT_PROBE,
	.name = "burst",
	.help = "ICMP echo requests at short intervals, to one or many targets",
	.probe = {.interval_ns = 10 * NS_PER_MS,
		.min_interval_ns = NS_PER_MS,
		.timeout_ns = NS_NONE,
		.judged = true,
		.judged_order = 1,
		.controls = true},
};
