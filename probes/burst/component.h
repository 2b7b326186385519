/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a plan has to know of the probe burst. */
#ifndef BLACKOUT_PROBES_BURST_COMPONENT_H
#define BLACKOUT_PROBES_BURST_COMPONENT_H

#include "harness/plan/component.h"

extern const struct plan_component component_probe_burst;

#endif
