/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The platforms that can be driven; what they must offer is harness/ops/driver.h. */
#ifndef BLACKOUT_DRIVERS_DRIVERS_H
#define BLACKOUT_DRIVERS_DRIVERS_H

#include "harness/ops/driver.h"

extern const struct driver_ops driver_libvirt;
extern const struct driver_ops driver_external;

#endif
