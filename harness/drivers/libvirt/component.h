/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The row that describes the platform libvirt to plans. */
#ifndef BLACKOUT_DRIVERS_LIBVIRT_COMPONENT_H
#define BLACKOUT_DRIVERS_LIBVIRT_COMPONENT_H

#include "harness/plan/component.h"

extern const struct plan_component component_platform_libvirt;

#endif
