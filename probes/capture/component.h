/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The plan's row of the capture probe. */
#ifndef BLACKOUT_PROBES_CAPTURE_COMPONENT_H
#define BLACKOUT_PROBES_CAPTURE_COMPONENT_H

#include "harness/plan/component.h"

extern const struct plan_component component_probe_capture;

#endif
