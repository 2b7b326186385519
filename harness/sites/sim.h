/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The site of the simulated world: hosts that are only in memory. */
#ifndef BLACKOUT_SITES_SIM_H
#define BLACKOUT_SITES_SIM_H

#include "harness/ops/site.h"

extern const struct site_ops site_sim;

#endif
