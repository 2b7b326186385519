/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The platform of the simulated world (harness/sim/world.h): moves cost no time and touch nothing. */
#ifndef BLACKOUT_DRIVERS_SIM_DRIVER_H
#define BLACKOUT_DRIVERS_SIM_DRIVER_H

#include "harness/ops/driver.h"

extern const struct driver_ops driver_sim;

#endif
