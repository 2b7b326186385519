/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The row of the platform sim: see harness/plan/component.h. */
#include "harness/sim/component.h"

#define KBIT INT64_C(1000)
#define TBIT INT64_C(1000000000000)

static const struct plan_key keys[] = {
	{SECTION_PLATFORM, "seed", KEY_COUNT, SETTING(struct sim_settings, seed), .fallback = "1",
		.max = INT64_C(1000000000), .help = "of the simulated world's random numbers"},
	{SECTION_PLATFORM, "speed", KEY_COUNT, SETTING(struct sim_settings, speed), .min = 1,
		.max = 1000000, .help = "at most this many simulated seconds pass in a real one"},
	{SECTION_PLATFORM, "outage", KEY_TIME, KEY_LIST, SETTING(struct sim_settings, outages),
		.fallback = "300 ms", .max = 3600 * NS_PER_S,
		.help = "true length of each move's outage, move by move, repeated"},
	{SECTION_PLATFORM, "mode", KEY_WORD, KEY_LIST, SETTING(struct sim_settings, modes),
		.fallback = "drop", WORDS(NULL, "drop", "answers-dropped", "hold", "slow"),
		.help = "what becomes of requests in an outage, move by move"},
	{SECTION_PLATFORM, "job", KEY_WORD, KEY_LIST, SETTING(struct sim_settings, jobs),
		.fallback = "completed",
		WORDS(NULL, "completed", "failed", "cancelled", "completed-with-status", "vanish",
			"corrupted", "two-places"),
		.help = "how each job ends, move by move"},
	{SECTION_PLATFORM, "failed-starts", KEY_COUNT, KEY_LIST,
		SETTING(struct sim_settings, failed_starts), .fallback = "0", .max = 1000000,
		.help = "how often each run's VM fails to start before it starts, run by run"},
	{SECTION_PLATFORM, "round-trip", KEY_TIME, SETTING(struct sim_settings, round_trip_ns),
		.fallback = "200 us", .min = 1000, .max = 10 * NS_PER_S,
		.help = "round trip of an undisturbed answer"},
	{SECTION_PLATFORM, "jitter", KEY_TIME, SETTING(struct sim_settings, jitter_ns),
		.fallback = "50 us", .max = 10 * NS_PER_S, .help = "spread of the round trip"},
	{SECTION_PLATFORM, "link", KEY_RATE, SETTING(struct sim_settings, link_bps),
		.fallback = "1 Gbit/s", .min = 1000 * KBIT, .max = TBIT,
		.help = "speed of the simulated copy"},
};

const struct plan_component component_platform_sim = {
	.class = COMPONENT_PLATFORM,
	.name = "sim",
	.help = "SIMULATED hosts in virtual time: tests plans and reports, measures nothing",
	.keys = keys,
	.key_count = ARRAY_SIZE(keys),
	.settings_size = sizeof(struct sim_settings),
	.platform = {.simulated = true, .starts_moves = true, .link = "link"},
};
