/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The platform of the simulated world (harness/sim.h): moves cost no time and touch nothing. */
#ifndef BLACKOUT_DRIVERS_SIM_H
#define BLACKOUT_DRIVERS_SIM_H

#include "harness/driver.h"

extern const struct driver_ops driver_sim;

#endif
