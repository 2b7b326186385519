/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The table of the keys that all components share, and searches in it, for misspelt words too. A
 * new key is one row here or in its component, and one paragraph in docs/man/blackout-plan.5.
 */
#include "harness/base/text.h"
#include "harness/plan/internal.h"
#include "harness/plan/settings.h"

#include <string.h>

#define MS NS_PER_MS
#define S NS_PER_S
#define HOUR (3600 * NS_PER_S)
#define MB (INT64_C(1) << 20)
#define TB (INT64_C(1) << 40)
/* The guest's lowest rate is one page a second. */
#define PAGE 4096
#define KBIT INT64_C(1000)
#define TBIT INT64_C(1000000000000)

/* A marker: in messages, the components' own keys are listed at this position of the section. */
#define COMPONENT_KEYS(section_kind)       \
	{                                  \
		section_kind, .name = NULL \
	}

static const struct plan_key plan_keys[] = {
	{SECTION_PLAN, "title", KEY_TEXT, SETTING(struct plan_settings, title),
		.help = "one line at the head of the report"},
	{SECTION_PLAN, "repeat", KEY_COUNT, SETTING(struct plan_settings, repeat), .fallback = "1",
		.min = 1, .max = 1000, .help = "how often each case runs"},
	{SECTION_PLAN, "bound", KEY_TIME, SETTING(struct plan_settings, bound_ns),
		.fallback = "3 s", .min = 1 * MS, .max = HOUR, .none = true, .qualified = true,
		.help = "the longest blackout that passes"},
	{SECTION_PLAN, "baseline", KEY_TIME, SETTING(struct plan_settings, baseline_ns),
		.fallback = "5 s", .min = 100 * MS, .max = HOUR,
		.help = "how long to measure what is normal before each move"},
	{SECTION_PLAN, "settle", KEY_TIME, SETTING(struct plan_settings, settle_ns),
		.fallback = "3 s", .max = HOUR,
		.help = "how long to go on after the VM answers steadily again"},
	{SECTION_PLAN, "watch", KEY_TIME, SETTING(struct plan_settings, watch_ns),
		.fallback = "60 s", .min = 1 * S, .max = HOUR,
		.help = "the longest wait for steady answers after the job's end"},
	{SECTION_PLAN, "answer", KEY_TIME, SETTING(struct plan_settings, answer_ns),
		.fallback = "60 s", .min = 1 * S, .max = HOUR,
		.help = "how long each step of a run's set-up is tried, a VM's first answer included"},

	{SECTION_LAB, "hosts", KEY_COUNT, SETTING(struct lab_settings, hosts), .fallback = "2",
		.min = 2, .max = 16, .help = "number of hosts; they are called a, b, c and so on"},
	{SECTION_LAB, "link", KEY_RATE, SETTING(struct lab_settings, link_bps),
		.fallback = "1 Gbit/s", .min = 1000 * KBIT, .max = TBIT,
		.help = "speed of each host's migration link"},
	{SECTION_LAB, "accel", KEY_WORD, SETTING(struct lab_settings, accel), .fallback = "auto",
		WORDS(NULL, "auto", "kvm", "tcg"),
		.help = "how guests run: by hardware, by emulation, or whichever works"},
	{SECTION_LAB, "mend", KEY_FLAG, SETTING(struct lab_settings, tcg_workaround),
		.fallback = "yes",
		.help = "a RAM size that keeps QEMU 7.2 under TCG from losing writes"},
	{SECTION_LAB, "warm-up", KEY_FLAG, SETTING(struct lab_settings, warm_up), .fallback = "yes",
		.help = "before each move, start another one and cancel it"},
	{SECTION_LAB, "ageing", KEY_TIME, KEY_AXIS, SETTING(struct lab_settings, ageing_ns),
		.min = 1 * S, .max = HOUR,
		.help = "how long a switch remembers where a machine was heard last"},
	{SECTION_LAB, "reachable", KEY_TIME, KEY_AXIS, SETTING(struct lab_settings, reachable_ns),
		.min = 1 * S, .max = HOUR,
		.help = "how long the prober's neighbour entries count as reachable, on average"},
	{SECTION_LAB, "first-probe", KEY_TIME, SETTING(struct lab_settings, first_probe_ns),
		.min = 1 * S, .max = HOUR,
		.help = "how long a neighbour entry in use stays stale before it is asked for"},
	{SECTION_LAB, "prober", KEY_WORD, KEY_AXIS, SETTING(struct lab_settings, prober),
		WORDS([PROBER_LAN] = "lan", [PROBER_ROUTER] = "router"),
		.help = "whether the prober is on the VMs' LAN or behind a router"},

	{SECTION_PLATFORM, "product", KEY_TEXT, SETTING(struct platform_settings, product),
		.help = "shown as the platform in reports"},
	{SECTION_PLATFORM, "scope", KEY_TEXT, SETTING(struct platform_settings, scope),
		.help = "balancer: whose settings are in force"},
	{SECTION_PLATFORM, "aggressiveness", KEY_WORD,
		SETTING(struct platform_settings, aggressiveness),
		WORDS(NULL, "high", "medium", "low"), .help = "balancer: how readily it moves VMs"},
	{SECTION_PLATFORM, "automatic-interval", KEY_TIME,
		SETTING(struct platform_settings, automatic_interval_ns), .min = 1 * S,
		.max = 8760 * HOUR, .help = "balancer: how often it checks the load by itself"},
	{SECTION_PLATFORM, "cpu-threshold", KEY_PERCENT,
		SETTING(struct platform_settings, cpu_percent), .max = 100,
		.help = "balancer: processor share kept free on a host"},
	{SECTION_PLATFORM, "memory-threshold", KEY_BYTES,
		SETTING(struct platform_settings, memory_bytes), .max = 1024 * TB,
		.help = "balancer: memory kept free on a host"},
	{SECTION_PLATFORM, "disk-threshold", KEY_COUNT,
		SETTING(struct platform_settings, disk_operations), .max = INT64_C(1000000000),
		.help = "balancer: disk operations a second"},
	{SECTION_PLATFORM, "network-threshold", KEY_PERCENT,
		SETTING(struct platform_settings, network_percent), .max = 100,
		.help = "balancer: network share"},
	COMPONENT_KEYS(SECTION_PLATFORM),

	{SECTION_HOST, "uri", KEY_TEXT, SETTING(struct host_settings, uri), .required = true,
		.help = "how libvirt reaches it: qemu+ssh://root@host/system"},
	{SECTION_HOST, "migration-address", KEY_TEXT,
		SETTING(struct host_settings, migration_address),
		.help = "address to which memory is sent, if not the one that the host gives"},
	{SECTION_HOST, "peer-uri", KEY_TEXT, SETTING(struct host_settings, peer_uri),
		.help = "URI by which the other hosts' libvirtd reach it, if not its uri"},

	{SECTION_VM, "memory", KEY_BYTES, KEY_AXIS, SETTING(struct vm_settings, memory_bytes),
		.fallback = "512 MB", .made_vms = true, .min = 16 * MB, .max = 64 * TB,
		.help = "size of the VM's memory"},
	{SECTION_VM, "vcpus", KEY_COUNT, KEY_AXIS, SETTING(struct vm_settings, vcpus),
		.fallback = "1", .made_vms = true, .min = 1, .max = 256,
		.help = "number of virtual processors"},
	{SECTION_VM, "session", KEY_WORD, KEY_AXIS, SETTING(struct vm_settings, session),
		.fallback = "none",
		WORDS([SESSION_ATTACHED] = "attached", [SESSION_DETACHED] = "detached",
			[SESSION_NONE] = "none"),
		.help = "whether a user's session is open"},
	{SECTION_VM, "announce", KEY_WORD, KEY_AXIS, SETTING(struct vm_settings, announce),
		WORDS([ANNOUNCE_YES] = "yes", [ANNOUNCE_NO] = "no", [ANNOUNCE_LOST] = "lost"),
		.help = "lab: whether its new place is announced to the network"},
	{SECTION_VM, "workload", KEY_TEXT, KEY_AXIS, SETTING(struct vm_settings, workload),
		.help = "what it does while it moves: the NAME of a [workload NAME], or none"},
	{SECTION_VM, "dirty", KEY_WRITES, KEY_AXIS, SETTING(struct vm_settings, dirty_bytes_per_s),
		.min = PAGE, .max = INT64_C(1) << 40, .zero = true,
		.help = "memory that it rewrites each second while it moves"},
	{SECTION_VM, "dirty-set", KEY_BYTES, SETTING(struct vm_settings, dirty_set_bytes),
		.fallback = "64 MB", .min = MB, .max = TB,
		.help = "how much memory `dirty` rewrites again and again"},
	{SECTION_VM, "disk", KEY_BYTES, SETTING(struct vm_settings, disk_bytes), .min = 16 * MB,
		.max = TB, .help = "lab: size of its own disk, for kind = install"},
	{SECTION_VM, "address", KEY_TEXT, SETTING(struct vm_settings, address),
		.help = "where it answers: an address or a name"},
	{SECTION_VM, "owned", KEY_FLAG, SETTING(struct vm_settings, owned), .fallback = "no",
		.help = "whether it may be made, stopped and removed"},
	{SECTION_VM, "fill", KEY_PERCENT, SETTING(struct vm_settings, fill_percent),
		.fallback = "85 %", .max = 95,
		.help = "share of the memory filled with random data"},
	{SECTION_VM, "rewrite", KEY_BYTES, SETTING(struct vm_settings, rewrite_bytes),
		.fallback = "1 MB", .max = 64 * TB,
		.help = "memory the guest rewrites each second"},
	{SECTION_VM, "xml", KEY_TEXT, SETTING(struct vm_settings, xml),
		.help = "file with the domain XML of an owned VM"},
	{SECTION_VM, "host", KEY_TEXT, SETTING(struct vm_settings, host),
		.help = "the host where it starts"},
	{SECTION_VM, "count", KEY_COUNT, SETTING(struct vm_settings, count), .min = 1, .max = 1000,
		.help = "so many such VMs: NAME-1, NAME-2, …; with `address = A, B, …` if they have one"},

	{SECTION_MOVE, "start", KEY_WORD, SETTING(struct move_settings, start),
		.fallback = "migrate",
		WORDS([START_MIGRATE] = "migrate", [START_EXTERNAL] = "external"),
		.help = "who starts the moves: the program, or an operator elsewhere"},
	{SECTION_MOVE, "mode", KEY_WORD, SETTING(struct move_settings, mode), .fallback = "p2p",
		WORDS([MODE_P2P] = "p2p", [MODE_DIRECT] = "direct"),
		.help = "libvirt: whether the hosts or the program carry the migration"},
	{SECTION_MOVE, "bandwidth", KEY_RATE, SETTING(struct move_settings, bandwidth_bps),
		.min = 1000 * KBIT, .max = TBIT, .help = "limit of the copy"},
	{SECTION_MOVE, "timeout", KEY_TIME, SETTING(struct move_settings, timeout_ns),
		.fallback = "10 min", .min = 1 * S, .max = 24 * HOUR,
		.help = "a job is cancelled after this"},
	{SECTION_MOVE, "from", KEY_TEXT, SETTING(struct move_settings, from),
		.help = "the host each move begins on"},
	{SECTION_MOVE, "to", KEY_TEXT, SETTING(struct move_settings, to),
		.help = "the host each move goes to"},
	{SECTION_MOVE, "together", KEY_COUNT, KEY_AXIS, SETTING(struct move_settings, together),
		.min = 1, .max = 1000,
		.help = "all VMs in one run, so many moves at a time; by default a run moves one VM"},
	{SECTION_MOVE, "expect", KEY_WORD, SETTING(struct move_settings, expect),
		.fallback = "completed",
		WORDS(NULL, "completed", "failed", "completed-with-status", "cancelled"),
		.help = "how the job ought to end"},

	{SECTION_PROBE, "kind", KEY_WORD, .required = true, .help = "what the probe does"},
	{SECTION_PROBE, "interval", KEY_TIME, SETTING(struct probe_settings, interval_ns),
		.min = 1 * MS, .max = HOUR, .help = "time from one request to the next"},
	{SECTION_PROBE, "timeout", KEY_TIME, SETTING(struct probe_settings, timeout_ns),
		.min = 1 * MS, .max = HOUR, .help = "an answer after this is late"},
	COMPONENT_KEYS(SECTION_PROBE),
	{SECTION_PROBE, "station", KEY_TEXT, SETTING(struct probe_settings, station),
		.fallback = "local", .help = "where it probes from"},

	{SECTION_CONTROL, "target", KEY_TEXT, SETTING(struct control_settings, target),
		.required = true, .help = "what must never go silent: an address, or lab-switch"},

	{SECTION_STATION, "netns", KEY_TEXT, SETTING(struct station_settings, netns),
		.help = "its network namespace: a name or a path"},
	{SECTION_STATION, "place", KEY_WORD, SETTING(struct station_settings, position),
		WORDS([POSITION_SWITCH] = "switch", [POSITION_ROUTER] = "router"),
		.help = "lab: the VMs' switch or the router, instead of a netns"},

	{SECTION_JUDGE, "probe", KEY_TEXT, SETTING(struct judge_settings, probe),
		.help = "the probe that verdicts rest on"},

	{SECTION_WORKLOAD, "kind", KEY_WORD, .required = true, .help = "what the VM does"},
	{SECTION_WORKLOAD, "vm", KEY_TEXT, SETTING(struct workload_settings, vm),
		.help = "the only VM that may have it"},
	COMPONENT_KEYS(SECTION_WORKLOAD),
	{SECTION_WORKLOAD, "lead", KEY_TIME, SETTING(struct workload_settings, lead_ns),
		.fallback = "5 s", .max = HOUR, .help = "how long before the move it starts"},
	{SECTION_WORKLOAD, "timeout", KEY_TIME, SETTING(struct workload_settings, timeout_ns),
		.fallback = "30 min", .min = 1 * S, .max = 24 * HOUR,
		.help = "it is stopped after this"},
	{SECTION_WORKLOAD, "unmoved", KEY_COUNT, SETTING(struct workload_settings, unmoved),
		.max = 100,
		.help = "how often it is timed without a move, before each case's moves"},
};

const struct plan_key *component_key(const struct plan_component *component, const char *name)
{
	for (size_t i = 0; i < component->key_count; i++)
		if (strcmp(component->keys[i].name, name) == 0)
			return &component->keys[i];
	return NULL;
}

/* True if one of the first `before` components has a key of that name: the walk has returned it. */
static bool is_returned(enum component_class class, size_t before, const char *name)
{
	for (size_t i = 0; i < before; i++)
		if (plan_components[i]->class == class && component_key(plan_components[i], name))
			return true;
	return false;
}

/* The next of the components' own keys for the walk's section. */
static const struct plan_key *next_own(struct key_walk *walk)
{
	const struct plan_component *component;

	for (; (component = plan_components[walk->component]); walk->component++, walk->key = 0) {
		if (component_section(component->class) != walk->section)
			continue;
		while (walk->key < component->key_count) {
			const struct plan_key *key = &component->keys[walk->key++];

			if (!is_returned(component->class, walk->component, key->name))
				return key;
		}
	}
	return NULL;
}

const struct plan_key *key_walk_next(struct key_walk *walk)
{
	for (; walk->row < ARRAY_SIZE(plan_keys); walk->row++) {
		const struct plan_key *key = &plan_keys[walk->row];

		if (key->section != walk->section)
			continue;
		if (!key->name)
			key = next_own(walk);
		else
			walk->row++;
		if (key)
			return key;
	}
	return NULL;
}

const struct plan_key *plan_key_find(
	enum section_kind section, const struct plan_component *own, const char *name)
{
	const struct plan_key *key = own ? component_key(own, name) : NULL;
	struct key_walk walk = {.section = section};

	if (key)
		return key;
	while ((key = key_walk_next(&walk)))
		if (strcmp(key->name, name) == 0)
			return key;
	return NULL;
}

/* True if a word at this edit distance was probably meant: two thirds of `word` must be right. */
static bool is_near(const char *word, unsigned distance)
{
	return distance <= (strlen(word) + 2) / 3;
}

const struct plan_key *plan_key_nearest(enum section_kind section, const char *name)
{
	const struct plan_key *nearest = NULL, *key;
	struct key_walk walk = {.section = section};
	unsigned min = ~0u;

	while ((key = key_walk_next(&walk))) {
		unsigned distance = text_edit_distance(name, key->name);

		if (distance < min) {
			min = distance;
			nearest = key;
		}
	}
	return is_near(name, min) ? nearest : NULL;
}

bool plan_word_known(const char *words, const char *word)
{
	size_t length = strlen(word);

	while (*words) {
		size_t n = strcspn(words, " ");

		if (n == length && memcmp(words, word, n) == 0)
			return true;
		words += n + (words[n] == ' ');
	}
	return false;
}

const char *plan_nearest(const char *word, const char *words, char *buf, size_t size)
{
	unsigned min = ~0u;

	while (*words) {
		size_t n = strcspn(words, " ");
		char known[64];
		unsigned distance;

		snprintf(known, sizeof(known), "%.*s", (int)n, words);
		distance = text_edit_distance(word, known);
		if (distance < min) {
			min = distance;
			snprintf(buf, size, "%s", known);
		}
		words += n + (words[n] == ' ');
	}
	return is_near(word, min) ? buf : NULL;
}
