/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The plan's row of the rdp probe. */
#ifndef BLACKOUT_PROBES_RDP_COMPONENT_H
#define BLACKOUT_PROBES_RDP_COMPONENT_H

#include "harness/plan/component.h"

#define RDP_PORT 3389

struct rdp_settings {
	int64_t port; /* the server's; NS_NONE: RDP_PORT */
	bool keys;    /* also type keys, between the refreshes */
};

/* The server's port: as set, or the default. */
static inline unsigned rdp_port(const struct rdp_settings *settings)
{
	return settings && settings->port != NS_NONE ? (unsigned)settings->port : RDP_PORT;
}

extern const struct plan_component component_probe_rdp;

#endif
