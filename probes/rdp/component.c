/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The plan's row of the rdp probe: see harness/plan/component.h. */
#include "probes/rdp/component.h"

static const struct plan_key keys[] = {
	{SECTION_PROBE, "port", KEY_COUNT, SETTING(struct rdp_settings, port), .min = 1,
		.max = 65535, .help = "rdp: the port of the remote-desktop server, if not 3389"},
	{SECTION_PROBE, "keys", KEY_FLAG, SETTING(struct rdp_settings, keys),
		.help = "rdp: whether keys are typed between the refreshes"},
};

const struct plan_component component_probe_rdp = {
	.class = COMPONENT_PROBE,
	.name = "rdp",
	.help = "a remote-desktop session: inputs, and the frames that answer them",
	.keys = keys,
	.key_count = ARRAY_SIZE(keys),
	.settings_size = sizeof(struct rdp_settings),
	.without = "is no remote desktop",
	.not_simulated = "the simulated world has no remote desktops (kind = session)",
	.probe = {.interval_ns = 50 * NS_PER_MS,
		.min_interval_ns = 10 * NS_PER_MS,
		.timeout_ns = 200 * NS_PER_MS,
		.user_session = true,
		.remote_desktop = true,
		.port = "port"},
};
