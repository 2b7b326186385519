/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The rows of the kinds of workload: see harness/plan/component.h. */
#include "harness/workloads/components.h"

#define MB (INT64_C(1) << 20)
#define TB (INT64_C(1) << 40)
/* The guest's lowest rate is one page a second. */
#define PAGE 4096

/* The key `seed`, which two kinds have. */
#define SEED(settings)                                                         \
	{                                                                      \
		SECTION_WORKLOAD, "seed", KEY_COUNT, SETTING(settings, seed),  \
			.fallback = "1", .max = INT64_C(1000000000),           \
			.help = "install, dirty: seed of the written data (1)" \
	}

static const struct plan_key install_keys[] = {
	{SECTION_WORKLOAD, "size", KEY_BYTES, SETTING(struct install_settings, size_bytes),
		.fallback = "1 GB", .min = MB, .max = TB,
		.help = "install: how much is written (1 GB)"},
	{SECTION_WORKLOAD, "files", KEY_COUNT, SETTING(struct install_settings, files), .min = 1,
		.max = 1000000, .derived_from = "size", .divisor = INT64_C(256) << 10,
		.help = "install: in how many files (one for each 256 KB)"},
	SEED(struct install_settings),
};

static const struct plan_key dirty_keys[] = {
	SEED(struct dirty_settings),
	{SECTION_WORKLOAD, "rate", KEY_WRITES, SETTING(struct dirty_settings, rate_bytes_per_s),
		.required = true, .min = PAGE, .max = INT64_C(1) << 40,
		.example = "rate = 100 MB/s", .help = "dirty: how much is rewritten each second"},
	{SECTION_WORKLOAD, "set", KEY_BYTES, SETTING(struct dirty_settings, set_bytes),
		.fallback = "64 MB", .min = MB, .max = TB,
		.help = "dirty: how much memory is rewritten again and again (64 MB)"},
};

static const struct plan_key command_keys[] = {
	{SECTION_WORKLOAD, "command", KEY_TEXT, SETTING(struct command_settings, command),
		.required = true, .example = "command = what the guest runs",
		.help = "command: what the guest runs"},
	{SECTION_WORKLOAD, "verify", KEY_TEXT, SETTING(struct command_settings, verify),
		.help = "command: what the guest runs afterwards; it fails if the result is wrong"},
	{SECTION_WORKLOAD, "user", KEY_TEXT, SETTING(struct command_settings, user),
		.fallback = "root", .argument = true,
		.help = "command: the user that ssh logs in as (root)"},
};

const struct plan_component component_workload_install = {
	.class = COMPONENT_WORKLOAD,
	.name = "install",
	.help = "writes a suite of files with commits to disk, and reads it all again",
	.keys = install_keys,
	.key_count = ARRAY_SIZE(install_keys),
	.settings_size = sizeof(struct install_settings),
	.without = "has no such key",
	.workload = {.agent = true, .finite = true, .size = "size"},
};

const struct plan_component component_workload_dirty = {
	.class = COMPONENT_WORKLOAD,
	.name = "dirty",
	.help = "rewrites a set of memory pages at a rate",
	.keys = dirty_keys,
	.key_count = ARRAY_SIZE(dirty_keys),
	.settings_size = sizeof(struct dirty_settings),
	.without = "has no such key",
	.workload = {.agent = true, .pages = true},
};

const struct plan_component component_workload_command = {
	.class = COMPONENT_WORKLOAD,
	.name = "command",
	.help = "your own command in the guest, over ssh",
	.keys = command_keys,
	.key_count = ARRAY_SIZE(command_keys),
	.settings_size = sizeof(struct command_settings),
	.without = "has no such key",
	.not_simulated =
		"the simulated world has no guest that runs a command (kind = install or dirty)",
	.workload = {.finite = true, .ssh = true},
};
