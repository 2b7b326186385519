/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The plan's row of the session probe. */
#ifndef BLACKOUT_PROBES_SESSION_COMPONENT_H
#define BLACKOUT_PROBES_SESSION_COMPONENT_H

#include "harness/plan/component.h"

struct session_settings {
	int64_t screen_ns; /* the agent sends a record by itself this often; NS_NONE: never */
};

extern const struct plan_component component_probe_session;

#endif
