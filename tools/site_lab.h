/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The embedded lab as a site. */
#ifndef BLACKOUT_SITE_LAB_H
#define BLACKOUT_SITE_LAB_H

#include "harness/site.h"

extern const struct site_ops site_lab;

#endif
