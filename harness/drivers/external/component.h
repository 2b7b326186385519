/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The row that describes the platform external to plans. */
#ifndef BLACKOUT_DRIVERS_EXTERNAL_COMPONENT_H
#define BLACKOUT_DRIVERS_EXTERNAL_COMPONENT_H

#include "harness/plan/component.h"

extern const struct plan_component component_platform_external;

#endif
