/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The embedded lab as a site. */
#ifndef BLACKOUT_SITES_LAB_SITE_H
#define BLACKOUT_SITES_LAB_SITE_H

#include "harness/ops/site.h"

extern const struct site_ops site_lab;

#endif
