/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The row of the probe capture: see harness/plan/component.h. */
#include "probes/capture/component.h"

const struct plan_component component_probe_capture = {
	.class = COMPONENT_PROBE,
	.name = "capture",
	.help = "the watched machines' frames into a pcap file; who announced a move, and when",
	.probe = {.interval_ns = NS_NONE, .min_interval_ns = NS_NONE, .timeout_ns = NS_NONE},
};
