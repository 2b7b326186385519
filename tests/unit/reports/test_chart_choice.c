/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which moves get a chart: of few moves all, of many the urgent and the requested ones. */
#include "reports/common/chart_choice.h"

#include "tests/unit/test.h"

#include <stdlib.h>
#include <string.h>

#define CASES 50
#define RUNS 4

/* Many moves, all PASS, each with a slightly longer blackout than the one before. */
struct many {
	struct move moves[CASES * RUNS];
	struct move_result results[CASES * RUNS];
	char names[CASES][16];
	struct results all;
	struct move_charts charts;
};

static struct many *many_make(void)
{
	struct many *m = calloc(1, sizeof(*m));

	CU_ASSERT_PTR_NOT_NULL_FATAL(m);
	for (size_t i = 0; i < CASES * RUNS; i++) {
		snprintf(m->names[i / RUNS], sizeof(m->names[0]), "case %zu", i / RUNS);
		m->moves[i].case_name = m->names[i / RUNS];
		m->moves[i].run = i % RUNS + 1;
		m->results[i].move = &m->moves[i];
		m->results[i].blackout = (struct interval){0, (int64_t)i};
	}
	m->all.moves = m->results;
	m->all.move_count = CASES * RUNS;
	return m;
}

static void choose(struct many *m, const struct chart_wishes *wishes)
{
	struct err e = {0};

	move_charts_release(&m->charts);
	CU_ASSERT_EQUAL_FATAL(move_charts_init(&m->charts, &m->all, wishes, &e), 0);
}

static void many_free(struct many *m)
{
	move_charts_release(&m->charts);
	free(m);
}

static void test_few(void)
{
	struct many *m = many_make();

	m->all.move_count = MOVES_ALL_DRAWN;
	choose(m, NULL);
	CU_ASSERT_EQUAL(m->charts.drawn_count, MOVES_ALL_DRAWN);
	m->all.move_count++;
	choose(m, NULL);
	CU_ASSERT(m->charts.drawn_count <= MOVES_DRAWN_MAX);
	many_free(m);
}

/* Urgent moves come first, and of them the worst of each case; then the worst of other cases. */
static void test_urgent(void)
{
	struct many *m = many_make();

	choose(m, NULL);
	CU_ASSERT_EQUAL(m->charts.drawn_count, MOVES_DRAWN_MAX);
	CU_ASSERT(m->charts.drawn[CASES * RUNS - 1]);
	CU_ASSERT(!m->charts.drawn[CASES * RUNS - 2]);
	CU_ASSERT(!m->charts.drawn[0]);
	for (size_t i = 0; i < RUNS; i++)
		m->results[i].verdict = VERDICT_FAIL;
	m->results[2 * RUNS].verdict = VERDICT_INCONCLUSIVE;
	m->results[3 * RUNS].verdict = VERDICT_NOT_JUDGED;
	choose(m, NULL);
	CU_ASSERT_EQUAL(m->charts.drawn_count, MOVES_DRAWN_MAX);
	for (size_t i = 0; i < RUNS; i++)
		CU_ASSERT(m->charts.drawn[i]);
	CU_ASSERT(m->charts.drawn[2 * RUNS]);
	CU_ASSERT(m->charts.drawn[CASES * RUNS - 1]);
	/* If all fail: of each case the longest one. */
	for (size_t i = 0; i < CASES * RUNS; i++)
		m->results[i].verdict = VERDICT_FAIL;
	choose(m, NULL);
	CU_ASSERT_EQUAL(m->charts.drawn_count, MOVES_DRAWN_MAX);
	for (size_t i = 0; i < MOVES_DRAWN_MAX; i++)
		CU_ASSERT(m->charts.drawn[CASES * RUNS - 1 - i * RUNS]);
	many_free(m);
}

/* With few cases: the worst and the first move of each. */
static void test_first(void)
{
	struct many *m = many_make();

	for (size_t i = 0; i < CASES * RUNS; i++)
		m->moves[i].case_name = m->names[i / (CASES * RUNS / 2)];
	choose(m, NULL);
	CU_ASSERT_EQUAL(m->charts.drawn_count, 4);
	CU_ASSERT(m->charts.drawn[0] && m->charts.drawn[CASES * RUNS / 2]);
	CU_ASSERT(m->charts.drawn[CASES * RUNS / 2 - 1] && m->charts.drawn[CASES * RUNS - 1]);
	many_free(m);
}

static void test_wishes(void)
{
	static const char *const wanted[] = {"case 7/2", "case 9"}, *const strange[] = {"case 7/5"};
	struct chart_wishes wishes = {.only = wanted, .only_count = 2};
	struct many *m = many_make();
	struct err e = {0};

	choose(m, &wishes);
	CU_ASSERT(m->charts.drawn[7 * RUNS + 1]);
	CU_ASSERT(!m->charts.drawn[7 * RUNS + 2]);
	for (size_t i = 0; i < RUNS; i++)
		CU_ASSERT(m->charts.drawn[9 * RUNS + i]);
	CU_ASSERT_EQUAL(m->charts.drawn_count, MOVES_DRAWN_MAX + 1 + RUNS);
	wishes = (struct chart_wishes){.only = strange, .only_count = 1};
	move_charts_release(&m->charts);
	CU_ASSERT_EQUAL(move_charts_init(&m->charts, &m->all, &wishes, &e), -1);
	CU_ASSERT_PTR_NOT_NULL(strstr(e.text, "'case 7/5'"));
	CU_ASSERT_PTR_NOT_NULL(strstr(e.text, "'case 0/1'"));
	choose(m, &(struct chart_wishes){.all = true});
	CU_ASSERT_EQUAL(m->charts.drawn_count, CASES * RUNS);
	many_free(m);
}

/* Cases that give the same file name get a number appended. */
static void test_names(void)
{
	struct many *m = many_make();

	m->all.move_count = 3;
	m->moves[0].case_name = (char *)"a/b";
	m->moves[1].case_name = (char *)"a b";
	m->moves[2].case_name = (char *)"a:b";
	m->moves[0].run = m->moves[1].run = m->moves[2].run = 1;
	choose(m, NULL);
	CU_ASSERT_STRING_EQUAL(m->charts.names[0], "move-a-b-1");
	CU_ASSERT_STRING_EQUAL(m->charts.names[1], "move-a-b-1-2");
	CU_ASSERT_STRING_EQUAL(m->charts.names[2], "move-a-b-1-3");
	many_free(m);
}

TEST_SUITE(move_charts, {"few", test_few}, {"urgent", test_urgent},
	{"the first of each case", test_first}, {"what is asked for", test_wishes},
	{"names", test_names})
