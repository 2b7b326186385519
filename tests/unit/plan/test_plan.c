/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Plans without mistakes: reading, and writing out again. test_errors.c tests plans with mistakes,
 * test_keys.c the key table.
 */
#include "harness/plan/internal.h"
#include "harness/plan/settings.h"
#include "tests/unit/test.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Sections of a correct plan; a test leaves out those that it writes itself. */
#define LAB "[lab]\n"
#define VM "[vm desk]\n"
#define PROBE "[probe fine]\nkind = burst\n"
#define CONTROL "[control switch]\ntarget = lab-switch\n"
#define REST LAB PROBE CONTROL

static struct plan *plan_of_length(const char *ini, size_t length)
{
	struct plan_errors errors = {0};
	struct plan *plan = NULL;
	int rc = plan_parse(&plan, "t.ini", ini, length, &errors);

	for (size_t i = 0; i < errors.count; i++)
		fprintf(stderr, "unexpected: %s\n", errors.text[i]);
	plan_errors_release(&errors);
	CU_ASSERT_EQUAL_FATAL(rc, 0);
	return plan;
}

static struct plan *plan_of(const char *ini)
{
	return plan_of_length(ini, strlen(ini));
}

/* True if an error names its line: "t.ini:LINE: ". */
static bool has_line(const char *text)
{
	size_t digits = strncmp(text, "t.ini:", 6) == 0 ? strspn(text + 6, "0123456789") : 0;

	return digits && strncmp(text + 6 + digits, ": ", 2) == 0;
}

static void test_cases(void)
{
	struct plan *plan = plan_of("[plan]\nrepeat = 5\nbound = 2 s\nbound.detached = none\n"
				    "bound.4GB = 4 s\n[vm desk]\nmemory = 2 GB, 4096 MB\n"
				    "vcpus = 2\nsession = attached, detached\n" REST);
	const struct plan_section *vm = plan_section_find(plan, SECTION_VM, "desk");
	static const char *const names[] = {"memory=2GB session=attached",
		"memory=2GB session=detached", "memory=4GB session=attached",
		"memory=4GB session=detached"};
	static const int64_t bounds[] = {2 * NS_PER_S, NS_NONE, 4 * NS_PER_S, 4 * NS_PER_S};

	CU_ASSERT_EQUAL_FATAL(plan_case_count(plan), 4);
	CU_ASSERT_EQUAL(plan_repeat(plan), 5);
	for (size_t i = 0; i < 4; i++) {
		const struct plan_case *c = plan_case_at(plan, i);

		CU_ASSERT_STRING_EQUAL(c->name, names[i]);
		CU_ASSERT_EQUAL(c->index, i);
		CU_ASSERT_PTR_EQUAL(plan_case_find(plan, names[i]), c);
		CU_ASSERT_EQUAL(plan_bound(c), bounds[i]);
		CU_ASSERT_EQUAL(plan_number(c, vm, "memory"), INT64_C(1) << (i < 2 ? 31 : 32));
		CU_ASSERT_EQUAL(plan_number(c, vm, "vcpus"), 2);
		CU_ASSERT_STRING_EQUAL(
			plan_text(c, vm, "session"), i % 2 ? "detached" : "attached");
	}
	CU_ASSERT_PTR_NULL(plan_case_at(plan, 4));
	CU_ASSERT_PTR_NULL(plan_case_find(plan, "memory=3GB"));
	CU_ASSERT_EQUAL(plan_axis_count(plan), 2);
	CU_ASSERT_STRING_EQUAL(plan_axis_name(plan, 1), "session");
	CU_ASSERT_STRING_EQUAL(plan_axis_value(plan_case_at(plan, 2), 0), "4GB");
	CU_ASSERT_EQUAL(plan_number(NULL, vm, "memory"), INT64_C(1) << 31);
	CU_ASSERT_EQUAL(plan_list_count(vm, "memory"), 2);
	CU_ASSERT_STRING_EQUAL(plan_list_text(vm, "memory", 1), "4GB");
	plan_free(plan);
}

/* The keys that tune announcements are axes, and absent if the plan does not set them. */
static void test_announcement(void)
{
	struct plan *plan = plan_of("[lab]\nprober = lan, router\nageing = 8 s, 20 s\n"
				    "reachable = 14 s\nfirst-probe = 1 s\n"
				    "[vm desk]\nannounce = yes, no\n[station m]\nplace = router\n"
				    "[probe u]\nkind = session\nscreen = 200 ms\n" PROBE CONTROL);
	const struct plan_case *last = plan_case_at(plan, 7);
	const struct plan_section *lab = plan_section_at(plan, SECTION_LAB, 0);

	CU_ASSERT_EQUAL_FATAL(plan_case_count(plan), 8);
	CU_ASSERT_STRING_EQUAL(last->name, "prober=router ageing=20s announce=no");
	CU_ASSERT_EQUAL(plan_number(last, lab, "ageing"), 20 * NS_PER_S);
	CU_ASSERT_EQUAL(plan_number(last, lab, "reachable"), 14 * NS_PER_S);
	CU_ASSERT_STRING_EQUAL(plan_text(last, lab, "prober"), "router");
	CU_ASSERT_EQUAL(plan_number(last, plan_section_find(plan, SECTION_PROBE, "u"), "screen"),
		200 * NS_PER_MS);
	plan_free(plan);
	plan = plan_of(VM REST);
	lab = plan_section_at(plan, SECTION_LAB, 0);
	CU_ASSERT_EQUAL(plan_number(NULL, lab, "ageing"), NS_NONE);
	CU_ASSERT_PTR_NULL(plan_text(NULL, lab, "prober"));
	CU_ASSERT_PTR_NULL(plan_text(NULL, plan_section_at(plan, SECTION_VM, 0), "announce"));
	plan_free(plan);
}

static void test_one_case_and_two_vms(void)
{
	struct plan *plan = plan_of(VM "session = attached\n" REST);

	CU_ASSERT_EQUAL(plan_case_count(plan), 1);
	CU_ASSERT_STRING_EQUAL(plan_case_at(plan, 0)->name, "all");
	plan_free(plan);
	plan = plan_of("[vm b]\nmemory = 1 GB, 2 GB\n[vm a]\nmemory = 1 GB, 3 GB\n"
		       "session = attached, none\n" REST);
	CU_ASSERT_EQUAL(plan_case_count(plan), 8);
	CU_ASSERT_STRING_EQUAL(
		plan_case_at(plan, 1)->name, "b.memory=1GB a.memory=1GB session=none");
	CU_ASSERT_STRING_EQUAL(plan_section_name(plan_section_at(plan, SECTION_VM, 1)), "a");
	CU_ASSERT_PTR_NULL(plan_section_at(plan, SECTION_VM, 2));
	plan_free(plan);
}

static void test_defaults(void)
{
	struct plan *plan = plan_of(VM LAB CONTROL
		"[probe c]\nkind = ping\n[probe q]\nkind = ping\ninterval = 200 ms\n"
		"[probe f]\nkind = burst\n[probe g]\nkind = burst\ninterval = 100 ms\n"
		"[probe s]\nkind = session\n[probe w]\nkind = capture\n");
	const struct plan_case *c = plan_case_at(plan, 0);
	const struct plan_section *vm = plan_section_at(plan, SECTION_VM, 0);
	static const struct {
		const char *probe;
		int64_t interval_ns, timeout_ns;
	} probes[] = {
		{"c", NS_PER_S, 950 * NS_PER_MS},
		{"q", 200 * NS_PER_MS, 190 * NS_PER_MS},
		{"f", 10 * NS_PER_MS, 50 * NS_PER_MS},
		{"g", 100 * NS_PER_MS, 100 * NS_PER_MS},
		{"s", 250 * NS_PER_MS, NS_PER_S},
		{"w", NS_NONE, NS_NONE},
	};

	for (size_t i = 0; i < ARRAY_SIZE(probes); i++) {
		const struct plan_section *p =
			plan_section_find(plan, SECTION_PROBE, probes[i].probe);

		CU_ASSERT_EQUAL(plan_number(c, p, "interval"), probes[i].interval_ns);
		CU_ASSERT_EQUAL(plan_number(c, p, "timeout"), probes[i].timeout_ns);
		CU_ASSERT_STRING_EQUAL(plan_text(c, p, "station"), "local");
	}
	CU_ASSERT_STRING_EQUAL(
		plan_text(c, plan_section_find(plan, SECTION_JUDGE, ""), "probe"), "f");
	CU_ASSERT_EQUAL(plan_bound(c), 3 * NS_PER_S);
	CU_ASSERT_EQUAL(plan_repeat(plan), 1);
	CU_ASSERT_EQUAL(plan_number(c, vm, "owned"), 1);
	CU_ASSERT_EQUAL(plan_number(c, vm, "fill"), 85);
	CU_ASSERT_STRING_EQUAL(plan_text(c, vm, "session"), "none");
	CU_ASSERT_PTR_NULL(plan_text(c, vm, "address"));
	CU_ASSERT_EQUAL(
		plan_number(c, plan_section_find(plan, SECTION_MOVE, ""), "bandwidth"), NS_NONE);
	CU_ASSERT_EQUAL(plan_section_count(plan, SECTION_PLATFORM), 0);
	plan_free(plan);
	plan = plan_of(VM LAB CONTROL "[probe s]\nkind = session\n[probe c]\nkind = ping\n");
	CU_ASSERT_STRING_EQUAL(
		plan_text(NULL, plan_section_find(plan, SECTION_JUDGE, ""), "probe"), "c");
	plan_free(plan);
}

static void test_sites(void)
{
	struct plan *plan = plan_of(PROBE CONTROL "[vm desk]\naddress = 192.0.2.1\n"
						  "[host a]\nuri = qemu:///system\n"
						  "[host b]\nuri = qemu+ssh://root@b/system\n");
	const struct plan_section *sim;

	/* A VM that is not owned has no default size. */
	CU_ASSERT_EQUAL(plan_number(NULL, plan_section_at(plan, SECTION_VM, 0), "memory"), NS_NONE);
	CU_ASSERT_EQUAL(plan_number(NULL, plan_section_at(plan, SECTION_VM, 0), "owned"), 0);
	plan_free(plan);
	plan = plan_of("[platform sim]\noutage = 1 s, 2 s\nmode = hold\n" VM PROBE CONTROL);
	sim = plan_section_at(plan, SECTION_PLATFORM, 0);
	CU_ASSERT_EQUAL(plan_list_count(sim, "outage"), 2);
	CU_ASSERT_EQUAL(plan_list_number(sim, "outage", 1), 2 * NS_PER_S);
	CU_ASSERT_EQUAL(plan_list_number(sim, "outage", 2), NS_NONE);
	CU_ASSERT_STRING_EQUAL(plan_list_text(sim, "mode", 0), "hold");
	CU_ASSERT_STRING_EQUAL(plan_list_text(sim, "job", 0), "completed");
	CU_ASSERT_EQUAL(plan_number(NULL, sim, "round-trip"), 200 * NS_PER_US);
	plan_free(plan);
	plan = plan_of("[platform libvirt]\nscope = child's own\ncpu-threshold = 30\n" VM REST);
	sim = plan_section_at(plan, SECTION_PLATFORM, 0);
	CU_ASSERT_EQUAL(plan_number(NULL, sim, "cpu-threshold"), 30);
	CU_ASSERT_EQUAL(plan_number(NULL, sim, "seed"), NS_NONE);
	CU_ASSERT_EQUAL(plan_list_count(sim, "outage"), 0);
	plan_free(plan);
}

static void test_lexical(void)
{
	struct plan *plan;
	const struct plan_section *section;

	plan = plan_of("\xef\xbb\xbf; a comment\r\n  # another\r\n\r\n[plan] ; behind\r\n"
		       "\ttitle\t=  50 % of caf\xc3\xa9; x # no comment ;but this\r\n"
		       "[ vm   desk ]\r\nmemory=1 GB,2GB ; two\r\n" REST "[judge]");
	section = plan_section_find(plan, SECTION_PLAN, "");
	CU_ASSERT_STRING_EQUAL(
		plan_text(NULL, section, "title"), "50 % of caf\xc3\xa9; x # no comment");
	CU_ASSERT_EQUAL(plan_case_count(plan), 2);
	plan_free(plan);
}

static void test_memory(void)
{
	struct plan *plan = plan_of("[vm a]\nmemory = 1 GB, 2 GB\n[vm b]\nmemory = 1 GB\n" REST);
	struct plan_errors errors = {0};

	CU_ASSERT_EQUAL(plan_check_memory(plan, INT64_C(3) << 30, &errors), 0);
	CU_ASSERT_EQUAL(errors.count, 0);
	CU_ASSERT_EQUAL(plan_check_memory(plan, (INT64_C(3) << 30) - 1, &errors), -1);
	CU_ASSERT_EQUAL_FATAL(errors.count, 1);
	CU_ASSERT_STRING_EQUAL(errors.text[0],
		"t.ini:2: case 'memory=2GB': its VMs have 3.0 GB of "
		"memory, this machine 3.0 GB (smaller VMs, or fewer)");
	plan_errors_release(&errors);
	plan_free(plan);
	plan = plan_of("[platform sim]\n[vm a]\nmemory = 64 GB\n" PROBE CONTROL);
	CU_ASSERT_EQUAL(plan_check_memory(plan, 1, &errors), 0);
	plan_free(plan);
}

/* Checks that a plan's memory fits, or (error) the message that says why not. */
static void expect_memory(const char *ini, const char *error)
{
	struct plan *plan = plan_of(ini);
	struct plan_errors errors = {0};

	CU_ASSERT_EQUAL(plan_check_memory(plan, INT64_MAX, &errors), error ? -1 : 0);
	CU_ASSERT_EQUAL(errors.count, error ? 1 : 0);
	if (errors.count == 1 && error)
		CU_ASSERT_STRING_EQUAL(errors.text[0], error);
	plan_errors_release(&errors);
	plan_free(plan);
}

/* The pages that workloads rewrite must fit into the memory that fill and guest leave free. */
static void test_sets(void)
{
	expect_memory("[vm a]\nmemory = 512 MB\nfill = 60 %\ndirty = 0, 100 MB/s\n" REST, NULL);
	expect_memory("[vm a]\nmemory = 512 MB, 2 GB\ndirty = 0, 100 MB/s\n" REST,
		"t.ini:3: dirty-set: 64 MB do not fit into [vm a] in case 'memory=512MB "
		"dirty=100MB/s': at most 24 MB of its memory are left for them (a smaller "
		"dirty-set, a lower fill, or more memory)");
	expect_memory("[vm a]\nmemory = 512 MB\ndirty = 0\n" REST, NULL);
	expect_memory("[vm a]\nmemory = 1 GB\nfill = 0 %\nworkload = none, w\n[workload w]\n"
		      "kind = dirty\nrate = 4 KB/s\nset = 2 GB\n" REST,
		"t.ini:8: set: 2048 MB do not fit into [vm a] in case 'workload=w': at most 944 MB "
		"of its memory are left for them (a smaller set, a lower fill, or more memory)");
	/* A simulated guest needs no memory for itself. */
	expect_memory("[platform sim]\n[vm a]\nmemory = 64 MB\ndirty = 1 MB/s\n"
		      "dirty-set = 60 MB\n" PROBE CONTROL,
		NULL);
	expect_memory("[platform sim]\n[vm a]\nmemory = 64 MB\ndirty = 1 MB/s\n" PROBE CONTROL,
		"t.ini:4: dirty-set: 64 MB do not fit into [vm a] in case 'all': at most 64 MB of "
		"its memory are left for them (a smaller dirty-set, or more memory)");
}

/* A [vm NAME] with count = N is N VMs, whose values vary together. */
static void test_copies(void)
{
	struct plan *plan = plan_of(
		"[platform sim]\n[vm a]\n[vm web]\nmemory = 1 GB, 2 GB\ncount = 3\n"
		"address = 10.0.0.1,10.0.0.2 , 10.0.0.3\n[vm z]\nmemory = 4 GB\n" PROBE CONTROL);
	static const char *const names[] = {"a", "web-1", "web-2", "web-3", "z"};
	const struct plan_section *vm;
	char *resolved = plan_resolved(plan);

	CU_ASSERT_EQUAL_FATAL(plan_section_count(plan, SECTION_VM), ARRAY_SIZE(names));
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		CU_ASSERT_STRING_EQUAL(
			plan_section_name(plan_section_at(plan, SECTION_VM, i)), names[i]);
	CU_ASSERT_PTR_NULL(plan_section_find(plan, SECTION_VM, "web"));
	CU_ASSERT_EQUAL_FATAL(plan_case_count(plan), 2);
	CU_ASSERT_STRING_EQUAL(plan_case_at(plan, 1)->name, "memory=2GB");
	vm = plan_section_find(plan, SECTION_VM, "web-3");
	CU_ASSERT_PTR_NOT_NULL_FATAL(vm);
	CU_ASSERT_EQUAL(vm_settings_of(plan_case_at(plan, 0), vm).memory_bytes, INT64_C(1) << 30);
	CU_ASSERT_EQUAL(vm_settings_of(plan_case_at(plan, 1), vm).memory_bytes, INT64_C(2) << 30);
	CU_ASSERT_STRING_EQUAL(vm_settings_of(NULL, vm).address, "10.0.0.3");
	/* The saved plan has the count, not the copies. */
	CU_ASSERT_PTR_NOT_NULL(strstr(resolved, "[vm web]\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(resolved, "count = 3\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(resolved, "address = 10.0.0.1,10.0.0.2 , 10.0.0.3\n"));
	CU_ASSERT_PTR_NULL(strstr(resolved, "[vm web-1]"));
	free(resolved);
	plan_free(plan);
	/* An error is reported once for the section, not for each of its VMs. */
	expect_memory("[vm a]\ncount = 3\nmemory = 512 MB\nfill = 90 %\ndirty = 100 MB/s\n" REST,
		"t.ini:5: dirty-set: 64 MB do not fit into [vm a-1] in case 'all': at most 24 MB of "
		"its memory are left for them (a smaller dirty-set, a lower fill, or more memory)");
}

static void expect_advice(const char *ini, const char *wanted)
{
	struct plan *plan = plan_of(ini);
	struct plan_errors advice = {0};

	plan_advise(plan, &advice);
	CU_ASSERT_EQUAL(advice.count, wanted ? 1 : 0);
	if (advice.count == 1 && wanted)
		CU_ASSERT_STRING_EQUAL(advice.text[0], wanted);
	plan_errors_release(&advice);
	plan_free(plan);
}

/* Settings that are correct but have no effect. */
static void test_advice(void)
{
	static const char session[] = "[vm a]\n[probe s]\nkind = session\n" REST;

	expect_advice("[vm a]\nsession = detached, attached\n" REST,
		"t.ini:2: warning: session: nothing opens a session ([probe NAME] and kind = session, or "
		"kind = rdp)");
	/* A detached session needs no probe that opens it. */
	expect_advice("[vm a]\nsession = detached\n" REST, NULL);
	expect_advice("[vm a]\nsession = attached\n[probe s]\nkind = rdp\n" REST, NULL);
	expect_advice(session,
		"t.ini:2: warning: [probe s] has nothing to do: no VM has a session (session = attached "
		"in a [vm NAME])");
	expect_advice("[vm a]\nmemory = 1 GB\ndirty-set = 32 MB\n" REST,
		"t.ini:3: warning: dirty-set: without dirty nothing is rewritten (dirty = 100 MB/s)");
	expect_advice("[vm a]\ndirty-set = 64 MB\n" REST, NULL);
	expect_advice("[vm a]\n[workload w]\nkind = command\ncommand = true\n" REST,
		"t.ini:3: warning: kind: the lab's own guest has no ssh server, so the command cannot be "
		"started (BLACKOUT_GUEST with a guest that has one)");
}

/* A random generator that makes the same plans on every machine. */
static unsigned draw(uint64_t *state, unsigned below)
{
	*state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (unsigned)(*state >> 33) % below;
}

/* Writes a random valid value of a key, not always in its canonical spelling. */
static void put_value(FILE *f, const struct plan_key *key, uint64_t *state)
{
	static const char *const texts[] = {"x", "a, b", "50 % = half; caf\xc3\xa9", "#1", "[x]"};
	int64_t span = key->max - key->min, n = span > 1000000 ? 1000000 : span;
	char canonical[64];
	char buf[WORDS_MAX];
	const char *words = plan_key_words(key, buf);

	switch (key->type) {
	case KEY_TEXT:
		fputs(texts[draw(state, ARRAY_SIZE(texts))], f);
		break;
	case KEY_FLAG:
	case KEY_WORD:
		for (unsigned skip = draw(state, 8); skip && strchr(words, ' '); skip--)
			words = strchr(words, ' ') + 1;
		fprintf(f, "%.*s", (int)strcspn(words, " "), words);
		break;
	case KEY_COUNT:
	case KEY_PERCENT:
		fprintf(f, "%" PRId64 "%s", key->min + draw(state, (unsigned)n + 1),
			key->type == KEY_PERCENT && draw(state, 2) ? " %" : "");
		break;
	default:
		units_format((enum unit_kind)key->type, key->min + draw(state, (unsigned)n + 1),
			canonical, sizeof(canonical));
		fputs(canonical, f);
	}
}

/* A plan with a random choice of the independent keys of five kinds of section. */
static char *random_plan(uint64_t *state)
{
	static const enum section_kind kinds[] = {
		SECTION_MOVE, SECTION_VM, SECTION_PLATFORM, SECTION_PLAN, SECTION_LAB};
	const struct plan_component *sim = component_find(COMPONENT_PLATFORM, "sim");
	const struct plan_key *key;
	struct key_walk walk;
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);

	fputs(PROBE CONTROL "[station far]\nnetns = x\n[probe c]\nkind = ping\nstation = far\n", f);
	for (size_t s = 0; s < ARRAY_SIZE(kinds); s++) {
		const struct plan_section_row *row = &plan_section_rows[kinds[s]];

		fprintf(f, "[%s%s]\n", row->word,
			kinds[s] == SECTION_VM ? " v"
			: row->named           ? " sim"
					       : "");
		if (kinds[s] == SECTION_PLAN)
			fputs("bound.attached = 7 s\n", f);
		walk = (struct key_walk){.section = kinds[s]};
		while ((key = key_walk_next(&walk))) {
			if (draw(state, 2) || (plan_key_owner(key) && plan_key_owner(key) != sim) ||
				strcmp(key->name, "owned") == 0 ||
				/* It names a section. */
				strcmp(key->name, "workload") == 0 ||
				strcmp(key->name, "from") == 0 ||
				/* One address or definition cannot be that of several VMs. */
				strcmp(key->name, "count") == 0 ||
				strcmp(key->name, "together") == 0 ||
				/* Whole seconds only. */
				strcmp(key->name, "first-probe") == 0)
				continue;
			fprintf(f, "%s = ", key->name);
			put_value(f, key, state);
			for (unsigned more = draw(state, 3); key->shape == KEY_LIST && more;
				more--) {
				fputs(" , ", f);
				put_value(f, key, state);
			}
			putc('\n', f);
		}
	}
	fputs("[vm w]\nmemory = 1 GB, 2.5 GB\nsession = none, attached\n", f);
	if (draw(state, 2))
		fprintf(f, "count = %u\n", 1 + draw(state, 5));
	fclose(f);
	return text;
}

static void expect_same(const struct plan *a, const struct plan *b)
{
	CU_ASSERT_EQUAL_FATAL(plan_case_count(a), plan_case_count(b));
	CU_ASSERT_EQUAL(plan_axis_count(a), plan_axis_count(b));
	CU_ASSERT_EQUAL(plan_repeat(a), plan_repeat(b));
	for (size_t i = 0; i < plan_case_count(a); i++) {
		CU_ASSERT_STRING_EQUAL(plan_case_at(a, i)->name, plan_case_at(b, i)->name);
		CU_ASSERT_EQUAL(plan_bound(plan_case_at(a, i)), plan_bound(plan_case_at(b, i)));
	}
	CU_ASSERT_EQUAL_FATAL(a->section_count, b->section_count);
	for (size_t s = 0; s < a->section_count; s++) {
		CU_ASSERT_EQUAL_FATAL(a->sections[s]->count, b->sections[s]->count);
		for (size_t k = 0; k < a->sections[s]->count; k++) {
			const struct plan_entry *x = &a->sections[s]->entries[k];
			const struct plan_entry *y = &b->sections[s]->entries[k];

			CU_ASSERT_PTR_EQUAL(x->key, y->key);
			CU_ASSERT_EQUAL_FATAL(x->count, y->count);
			for (size_t v = 0; v < x->count; v++) {
				CU_ASSERT_STRING_EQUAL(x->values[v].text, y->values[v].text);
				CU_ASSERT_EQUAL(x->values[v].number, y->values[v].number);
			}
		}
	}
}

static void test_round_trip(void)
{
	uint64_t state = 1;

	for (unsigned i = 0; i < 300; i++) {
		char *text = random_plan(&state), *first, *second;
		struct plan *plan = plan_of(text), *again;

		first = plan_resolved(plan);
		CU_ASSERT_PTR_NOT_NULL_FATAL(first);
		again = plan_of(first);
		expect_same(plan, again);
		second = plan_resolved(again);
		CU_ASSERT_STRING_EQUAL(first, second);
		plan_free(plan);
		plan_free(again);
		free(first);
		free(second);
		free(text);
	}
}

/* Damaged plans give either a plan with cases or errors that name a line. */
static void test_damage(void)
{
	static const char bytes[] = "[]=;#,. \n\t\r%\0\xff\xc3"
				    "0aZ";
	uint64_t state = 7;

	for (unsigned i = 0; i < 2000; i++) {
		char *text = random_plan(&state);
		size_t length = strlen(text);
		struct plan_errors errors = {0};
		struct plan *plan = NULL;

		for (unsigned n = 1 + draw(&state, 8); n; n--)
			text[draw(&state, (unsigned)length)] =
				bytes[draw(&state, sizeof(bytes) - 1)];
		length -= draw(&state, (unsigned)length / 4);
		if (plan_parse(&plan, "t.ini", text, length, &errors) == 0) {
			CU_ASSERT(plan_case_count(plan) > 0);
			CU_ASSERT_EQUAL(errors.count, 0);
			plan_free(plan);
		} else {
			CU_ASSERT(errors.count > 0);
		}
		for (size_t k = 0; k < errors.count; k++)
			CU_ASSERT(has_line(errors.text[k]));
		plan_errors_release(&errors);
		free(text);
	}
}

TEST_SUITE(plan, {"cases", test_cases}, {"one case and two VMs", test_one_case_and_two_vms},
	{"announcement", test_announcement}, {"defaults", test_defaults}, {"sites", test_sites},
	{"lexical", test_lexical}, {"memory", test_memory}, {"sets", test_sets},
	{"copies", test_copies}, {"advice", test_advice}, {"round trip", test_round_trip},
	{"damage", test_damage})
