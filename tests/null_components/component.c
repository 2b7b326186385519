/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The rows of the null platform and the null probe. */
#include "tests/null_components/component.h"

static const struct plan_key platform_keys[] = {
	{SECTION_PLATFORM, "job-time", KEY_TIME, SETTING(struct null_platform_settings, job_ns),
		.fallback = "100 ms", .max = 10 * NS_PER_S, .help = "how long its jobs last"},
};

static const struct plan_key probe_keys[] = {
	{SECTION_PROBE, "delay", KEY_TIME, SETTING(struct null_probe_settings, delay_ns),
		.fallback = "1 ms", .max = NS_PER_S, .help = "the round trip that it claims"},
};

const struct plan_component component_platform_null = {
	.class = COMPONENT_PLATFORM,
	.name = "null",
	.help = "moves that are over at once and move nothing",
	.keys = platform_keys,
	.key_count = ARRAY_SIZE(platform_keys),
	.settings_size = sizeof(struct null_platform_settings),
	.platform = {.starts_moves = true, .needs_hosts = true},
};

const struct plan_component component_probe_null = {
	.class = COMPONENT_PROBE,
	.name = "null",
	.help = "requests that are never sent and always answered",
	.keys = probe_keys,
	.key_count = ARRAY_SIZE(probe_keys),
	.settings_size = sizeof(struct null_probe_settings),
	.without = "claims no answers",
	.not_simulated = "the simulated world has answers of its own (kind = burst)",
	.probe = {.interval_ns = 10 * NS_PER_MS,
		.min_interval_ns = NS_PER_MS,
		.timeout_ns = NS_NONE,
		.judged = true,
		.judged_order = 3,
		.controls = true},
};
