/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The plan's row of the capture probe, and what the simulated probe shares with it. */
#ifndef BLACKOUT_PROBES_CAPTURE_COMPONENT_H
#define BLACKOUT_PROBES_CAPTURE_COMPONENT_H

#include "harness/plan/component.h"

/* A shorter silence is not recorded (docs/facts.md). */
#define CAPTURE_SILENCE_NS (100 * NS_PER_MS)

extern const struct plan_component component_probe_capture;

#endif
