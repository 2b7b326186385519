/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The plan's row of the neighbour probe: see harness/plan/component.h. */
#include "probes/neighbour/component.h"

const struct plan_component component_probe_neighbour = {
	.class = COMPONENT_PROBE,
	.name = "neighbour",
	.help = "the station's neighbour entries for the targets, a switch's forwarding entries",
	.not_simulated = "the simulated world has no neighbour entries (remove the probe)",
	.probe = {.interval_ns = NS_NONE, .min_interval_ns = NS_NONE, .timeout_ns = NS_NONE},
};
