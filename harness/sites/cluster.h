/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The user's cluster as a site. */
#ifndef BLACKOUT_SITES_CLUSTER_H
#define BLACKOUT_SITES_CLUSTER_H

#include "harness/ops/site.h"

extern const struct site_ops site_cluster;

#endif
