/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The plan's row of the session probe: see harness/plan/component.h. */
#include "probes/session/component.h"

static const struct plan_key keys[] = {
	{SECTION_PROBE, "screen", KEY_TIME, SETTING(struct session_settings, screen_ns),
		.min = 10 * NS_PER_MS, .max = 3600 * NS_PER_S,
		.help = "session: how often the guest's agent sends a record by itself"},
};

const struct plan_component component_probe_session = {
	.class = COMPONENT_PROBE,
	.name = "session",
	.help = "a TCP session with the guest's agent: updates sent and echoed",
	.keys = keys,
	.key_count = ARRAY_SIZE(keys),
	.settings_size = sizeof(struct session_settings),
	.without = "opens no session",
	.probe = {.interval_ns = 250 * NS_PER_MS,
		.min_interval_ns = 10 * NS_PER_MS,
		.timeout_ns = NS_PER_S,
		.judged = true,
		.user_session = true},
};
