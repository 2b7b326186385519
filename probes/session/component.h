/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The plan's row of the session probe, and what the simulated probe shares with it. */
#ifndef BLACKOUT_PROBES_SESSION_COMPONENT_H
#define BLACKOUT_PROBES_SESSION_COMPONENT_H

#include "harness/plan/component.h"

/* How long after a lost session or a failed attempt the next attempt is made. */
#define SESSION_RETRY_NS NS_PER_S

struct session_settings {
	int64_t screen_ns; /* the agent sends a record by itself this often; NS_NONE: never */
};

extern const struct plan_component component_probe_session;

#endif
