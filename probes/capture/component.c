/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The plan's row of the capture probe: see harness/plan/component.h. */
#include "probes/capture/component.h"

const struct plan_component component_probe_capture = {
	.class = COMPONENT_PROBE,
	.name = "capture",
	.help = "the targets' frames in a pcap file; who announced a move, and when",
	.probe = {.interval_ns = NS_NONE, .min_interval_ns = NS_NONE, .timeout_ns = NS_NONE},
};
