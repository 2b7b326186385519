/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of a plan's keys: its rows, the man page that describes them, and the shipped plans. */
#include "harness/plan/internal.h"
#include "tests/unit/test.h"
#include <glob.h>
#include <stdlib.h>
#include <string.h>

#define KEYS_MAX 256

/* Collects the keys of all sections; returns their number. */
static size_t all_keys(const struct plan_key *keys[static KEYS_MAX])
{
	size_t count = 0;

	for (int section = 0; section < SECTION_KINDS; section++) {
		struct key_walk walk = {.section = (enum section_kind)section};

		while (count < KEYS_MAX && (keys[count] = key_walk_next(&walk)))
			count++;
	}
	CU_ASSERT(count > 70 && count < KEYS_MAX);
	return count;
}

/* Each row's default is a valid value of its key, and each row has its help. */
static void test_table(void)
{
	const struct plan_key *keys[KEYS_MAX];
	size_t key_count = all_keys(keys);
	char wrong[256];

	CU_ASSERT_PTR_NULL(components_wrong(wrong, sizeof(wrong)));
	for (size_t i = 0; i < key_count; i++) {
		const struct plan_key *key = keys[i];
		struct plan_value value = {0};
		char words[WORDS_MAX];
		struct err e = {0};

		CU_ASSERT_PTR_NOT_NULL(key->help);
		CU_ASSERT_PTR_EQUAL(plan_key_find(key->section, NULL, key->name), key);
		CU_ASSERT(key->type != KEY_WORD || *plan_key_words(key, words));
		if (!key->fallback)
			continue;
		if (plan_read_value(key, key->fallback, &value, &e))
			CU_FAIL("a default that its own key refuses");
		free(value.text);
	}
}

/* The man page has a paragraph for every key in its section. Tests run in the project's root. */
static void test_manual(void)
{
	const struct plan_key *keys[KEYS_MAX];
	size_t key_count = all_keys(keys);
	struct err e = {0};
	char *text;

	CU_ASSERT_EQUAL_FATAL(file_read("docs/man/blackout-plan.5", 1 << 20, &text, NULL, &e), 0);
	for (size_t i = 0; i < key_count; i++) {
		char header[64], item[64];
		const char *section, *end, *at;

		snprintf(header, sizeof(header), "\n.Ss %s section\n",
			plan_section_rows[keys[i]->section].header);
		snprintf(item, sizeof(item), "\n.It Ic %s ", keys[i]->name);
		section = strstr(text, header);
		if (!section)
			fprintf(stderr, "\n  no '.Ss %s' in the manual\n", header);
		CU_ASSERT_PTR_NOT_NULL_FATAL(section);
		end = strstr(section + 1, "\n.S");
		at = strstr(section, item);
		if (!at || (end && at > end))
			fprintf(stderr, "\n  %s%s is not in the manual\n", header, keys[i]->name);
		CU_ASSERT(at && (!end || at < end));
	}
	free(text);
}

static void test_shipped(void)
{
	static const struct {
		const char *path;
		size_t cases, runs;
	} known[] = {
		{"plans/demo.ini", 4, 12},
		{"plans/verify.ini", 6, 30},
		{"plans/session.ini", 6, 30},
		{"plans/smoke.ini", 1, 2},
		{"plans/announce.ini", 8, 40},
	};
	glob_t found;

	CU_ASSERT_EQUAL_FATAL(glob("plans/*.ini", 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		struct plan_errors errors = {0};
		struct plan *plan = NULL;
		int rc = plan_read(&plan, found.gl_pathv[i], &errors);

		for (size_t k = 0; k < errors.count; k++)
			fprintf(stderr, "\n  %s\n", errors.text[k]);
		plan_errors_release(&errors);
		CU_ASSERT_EQUAL_FATAL(rc, 0);
		CU_ASSERT_EQUAL(plan_check_memory(plan, INT64_MAX, &errors), 0);
		plan_advise(plan, &errors);
		CU_ASSERT_EQUAL(errors.count, 0);
		plan_errors_release(&errors);
		CU_ASSERT_PTR_NOT_NULL(
			plan_text(NULL, plan_section_find(plan, SECTION_PLAN, ""), "title"));
		for (size_t k = 0; k < ARRAY_SIZE(known); k++) {
			if (strcmp(known[k].path, found.gl_pathv[i]) != 0)
				continue;
			CU_ASSERT_EQUAL(plan_case_count(plan), known[k].cases);
			CU_ASSERT_EQUAL(plan_case_count(plan) * plan_repeat(plan), known[k].runs);
		}
		plan_free(plan);
	}
	globfree(&found);
}

TEST_SUITE(plan_keys, {"table", test_table}, {"manual", test_manual}, {"shipped", test_shipped})
