/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Comparisons of runs.csv texts whose differences are known. */
#include "reports/compare/compare.h"
#include "tests/unit/test.h"

#include <math.h>
#include <string.h>

#define HEAD "case,verdict,outcome,integrity,job_lo_s,job_hi_s,blackout_lo_s,blackout_hi_s\r\n"

/* The text of a runs.csv, and its rows. */
struct sheet {
	char text[16384];
	struct run_rows rows;
};

static void sheet_begin(struct sheet *s)
{
	strcpy(s->text, HEAD);
}

/* Adds `runs` runs of a case: job times from job_s up, 10 ms apart; blackouts too, 20 ms wide. */
static void sheet_case(struct sheet *s, const char *name, int runs, double job_s, double blackout_s)
{
	for (int i = 0; i < runs; i++) {
		size_t n = strlen(s->text);

		snprintf(s->text + n, sizeof(s->text) - n, "%s,PASS,ok,ok,%.6f,%.6f,%.6f,%.6f\r\n",
			name, job_s + 0.01 * i, job_s + 0.01 * i, blackout_s + 0.01 * i - 0.01,
			blackout_s + 0.01 * i + 0.01);
	}
}

static void sheet_row(struct sheet *s, const char *row)
{
	size_t n = strlen(s->text);

	snprintf(s->text + n, sizeof(s->text) - n, "%s\r\n", row);
}

static struct comparison *compare(struct sheet *base, struct sheet *fresh)
{
	struct comparison *comparison = NULL;
	struct err e = {0};

	CU_ASSERT_EQUAL_FATAL(
		run_rows_parse(&base->rows, "base", base->text, strlen(base->text), &e), 0);
	CU_ASSERT_EQUAL_FATAL(
		run_rows_parse(&fresh->rows, "new", fresh->text, strlen(fresh->text), &e), 0);
	if (comparison_new(&comparison, &base->rows, &fresh->rows, &compare_defaults, &e))
		CU_ASSERT_STRING_EQUAL(e.text, "");
	return comparison;
}

static void release(struct comparison *comparison, struct sheet *base, struct sheet *fresh)
{
	comparison_free(comparison);
	run_rows_release(&base->rows);
	run_rows_release(&fresh->rows);
}

static void test_same(void)
{
	struct sheet base, fresh;
	struct comparison *c;

	sheet_begin(&base);
	sheet_begin(&fresh);
	sheet_case(&base, "memory=2GB", 5, 20, 0.3);
	sheet_case(&fresh, "memory=2GB", 5, 20, 0.3);
	c = compare(&base, &fresh);
	CU_ASSERT_EQUAL(c->status, STATUS_PASS);
	CU_ASSERT_EQUAL(c->cases[0].measure[MEASURE_JOB].change, CHANGE_NONE);
	CU_ASSERT_DOUBLE_EQUAL(c->cases[0].measure[MEASURE_JOB].difference_s, 0, 1e-9);
	CU_ASSERT_DOUBLE_EQUAL(c->cases[0].measure[MEASURE_JOB].matters_s, 2.002, 1e-9);
	release(c, &base, &fresh);
}

static void test_one_case_worse_of_three(void)
{
	struct sheet base, fresh;
	struct comparison *c;

	sheet_begin(&base);
	sheet_begin(&fresh);
	for (int i = 0; i < 3; i++) {
		const char *const names[] = {"a", "b", "c"};

		sheet_case(&base, names[i], 5, 20, 0.3);
		sheet_case(&fresh, names[i], 5, i == 1 ? 24 : 20, i == 2 ? 0.8 : 0.3);
	}
	c = compare(&base, &fresh);
	CU_ASSERT_EQUAL(c->status, STATUS_FAIL);
	CU_ASSERT_EQUAL(c->cases[0].measure[MEASURE_JOB].change, CHANGE_NONE);
	CU_ASSERT_EQUAL(c->cases[1].measure[MEASURE_JOB].change, CHANGE_WORSE);
	CU_ASSERT_DOUBLE_EQUAL(c->cases[1].measure[MEASURE_JOB].difference_s, 4, 1e-9);
	CU_ASSERT_EQUAL(c->cases[1].measure[MEASURE_BLACKOUT].change, CHANGE_NONE);
	CU_ASSERT_EQUAL(c->cases[2].measure[MEASURE_BLACKOUT].change, CHANGE_WORSE);
	CU_ASSERT_DOUBLE_EQUAL(c->cases[2].measure[MEASURE_BLACKOUT].superiority, 1, 1e-9);
	release(c, &base, &fresh);
}

/* A difference that is highly significant, but too small to matter. */
static void test_small_but_certain(void)
{
	struct sheet base, fresh;
	struct comparison *c;

	sheet_begin(&base);
	sheet_begin(&fresh);
	sheet_case(&base, "a", 10, 20, 0.3);
	sheet_case(&fresh, "a", 10, 21, 0.45);
	c = compare(&base, &fresh);
	CU_ASSERT(c->cases[0].measure[MEASURE_JOB].p < 0.001);
	CU_ASSERT_EQUAL(c->cases[0].measure[MEASURE_JOB].change, CHANGE_NONE);
	CU_ASSERT_EQUAL(c->cases[0].measure[MEASURE_BLACKOUT].change, CHANGE_NONE);
	CU_ASSERT_EQUAL(c->status, STATUS_PASS);
	release(c, &base, &fresh);
}

static void test_better_is_no_regression(void)
{
	struct sheet base, fresh;
	struct comparison *c;

	sheet_begin(&base);
	sheet_begin(&fresh);
	sheet_case(&base, "a", 5, 24, 0.9);
	sheet_case(&fresh, "a", 5, 20, 0.3);
	c = compare(&base, &fresh);
	CU_ASSERT_EQUAL(c->status, STATUS_PASS);
	CU_ASSERT_EQUAL(c->cases[0].measure[MEASURE_JOB].change, CHANGE_NONE);
	release(c, &base, &fresh);
}

static void test_too_few(void)
{
	struct sheet base, fresh;
	struct comparison *c;

	sheet_begin(&base);
	sheet_begin(&fresh);
	sheet_case(&base, "a", 3, 20, 0.3);
	sheet_case(&fresh, "a", 3, 30, 0.3);
	c = compare(&base, &fresh);
	CU_ASSERT_EQUAL(c->status, STATUS_UNDECIDED);
	CU_ASSERT_EQUAL(c->cases[0].measure[MEASURE_JOB].change, CHANGE_TOO_FEW);
	CU_ASSERT_EQUAL(c->plan[MEASURE_JOB].runs_needed, 5);
	release(c, &base, &fresh);
}

/* With three runs no result of one case can be significant, so the status must not be PASS. */
static void test_too_few_without_a_suspicion(void)
{
	struct sheet base, fresh;
	struct comparison *c;
	char line[128];

	sheet_begin(&base);
	sheet_begin(&fresh);
	sheet_case(&base, "a", 3, 20, 0.3);
	sheet_case(&fresh, "a", 3, 20, 0.3);
	c = compare(&base, &fresh);
	CU_ASSERT_EQUAL(c->status, STATUS_UNDECIDED);
	CU_ASSERT_STRING_EQUAL(compare_too_few(c, line, sizeof(line)),
		"So few runs cannot show any regression: at least 5 runs per case and side are "
		"needed.");
	release(c, &base, &fresh);
}

/* One of five is an outlier: a difference as great comes by chance. */
static void test_suspicious(void)
{
	struct sheet base, fresh;
	struct comparison *c;

	sheet_begin(&base);
	sheet_begin(&fresh);
	sheet_case(&base, "a", 4, 20, 0.3);
	sheet_row(&base, "a,PASS,ok,ok,40,40,0.3,0.31");
	sheet_case(&fresh, "a", 5, 23, 0.3);
	c = compare(&base, &fresh);
	CU_ASSERT_EQUAL(c->cases[0].measure[MEASURE_JOB].change, CHANGE_SUSPICIOUS);
	CU_ASSERT_EQUAL(c->status, STATUS_PASS);
	release(c, &base, &fresh);
}

/* With a one-second ping, half a second more by measurement may truly be no increase. */
static void test_wide_intervals(void)
{
	struct sheet base, fresh;
	struct comparison *c;

	sheet_begin(&base);
	sheet_begin(&fresh);
	for (int i = 0; i < 5; i++) {
		sheet_row(&base, "a,PASS,ok,ok,20,20,0,1");
		sheet_row(&fresh, "a,PASS,ok,ok,20,20,0.5,1.5");
	}
	c = compare(&base, &fresh);
	CU_ASSERT_EQUAL(c->cases[0].measure[MEASURE_BLACKOUT].change, CHANGE_UNCLEAR);
	CU_ASSERT_EQUAL(c->status, STATUS_UNDECIDED);
	release(c, &base, &fresh);
}

static void test_no_end_seen(void)
{
	struct sheet base, fresh;
	struct comparison *c;

	sheet_begin(&base);
	sheet_begin(&fresh);
	sheet_case(&base, "a", 5, 20, 0.3);
	for (int i = 0; i < 5; i++)
		sheet_row(&fresh, "a,FAIL,ok,,20,20,4,inf");
	c = compare(&base, &fresh);
	CU_ASSERT_EQUAL(c->cases[0].measure[MEASURE_BLACKOUT].change, CHANGE_WORSE);
	CU_ASSERT(isfinite(c->cases[0].measure[MEASURE_BLACKOUT].difference_min_s));
	CU_ASSERT_EQUAL(c->status, STATUS_FAIL);
	release(c, &base, &fresh);
}

static void test_verdict_worse(void)
{
	struct sheet base, fresh;
	struct comparison *c;

	sheet_begin(&base);
	sheet_begin(&fresh);
	sheet_case(&base, "a", 5, 20, 0.3);
	sheet_case(&fresh, "a", 4, 20, 0.3);
	sheet_row(&fresh, "a,FAIL,ok,corrupted,20,20,0.3,0.31");
	c = compare(&base, &fresh);
	CU_ASSERT_EQUAL(c->status, STATUS_FAIL);
	CU_ASSERT_STRING_EQUAL(c->cases[0].worse, "memory or data harmed by a move");
	CU_ASSERT_PTR_NOT_NULL_FATAL(c->cases[0].bad);
	CU_ASSERT_STRING_EQUAL(c->cases[0].bad->integrity, "corrupted");
	release(c, &base, &fresh);
	/* If the base already failed, a failure is no regression. */
	sheet_row(&base, "a,FAIL,ok,corrupted,20,20,0.3,0.31");
	c = compare(&base, &fresh);
	CU_ASSERT_EQUAL(c->status, STATUS_PASS);
	CU_ASSERT_STRING_EQUAL(c->cases[0].worse, "");
	release(c, &base, &fresh);
}

/* Writes `of` rows of a case, of which `bad` are bad. */
static void sheet_bad(struct sheet *s, const char *verdict, int bad, int of)
{
	sheet_begin(s);
	sheet_case(s, "a", of - bad, 20, 0.3);
	for (int i = 0; i < bad; i++) {
		char row[128];

		snprintf(row, sizeof(row), "a,%s,%s,ok,20,20,0.3,0.31", verdict,
			strcmp(verdict, "FAIL") == 0 ? "failed" : "ok");
		sheet_row(s, row);
	}
}

/*
 * More bad moves than before: no finding if that is likely by chance, undecided if it is unlikely,
 * worse if it is very unlikely.
 */
static void test_more_bad(void)
{
	static const struct {
		const char *verdict;
		int was, was_of, now, now_of;
		enum status status;
	} table[] = {
		{"FAIL", 1, 5, 2, 5, STATUS_PASS},
		{"FAIL", 1, 5, 5, 5, STATUS_UNDECIDED}, /* 6/252 */
		{"FAIL", 1, 10, 10, 10, STATUS_FAIL},   /* 11/184756 */
		{"FAIL", 2, 10, 9, 10, STATUS_FAIL},    /* 506/184756 = 0.27 % */
		{"INVALID", 1, 6, 1, 6, STATUS_PASS},
		{"INVALID", 1, 5, 5, 5, STATUS_UNDECIDED},
		{"INVALID", 2, 5, 5, 5, STATUS_UNDECIDED}, /* 21/252, but nothing was measured */
		{"INVALID", 0, 5, 1, 5, STATUS_UNDECIDED},
	};
	struct sheet base, fresh;
	struct comparison *c;

	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		sheet_bad(&base, table[i].verdict, table[i].was, table[i].was_of);
		sheet_bad(&fresh, table[i].verdict, table[i].now, table[i].now_of);
		c = compare(&base, &fresh);
		CU_ASSERT_EQUAL(c->status, table[i].status);
		CU_ASSERT_EQUAL(*c->cases[0].worse != '\0', table[i].status == STATUS_FAIL);
		CU_ASSERT(!*c->cases[0].undecided == (table[i].status == STATUS_PASS) ||
			  *c->cases[0].worse);
		release(c, &base, &fresh);
	}
	/* With two cases the significance level of each is halved. */
	sheet_bad(&base, "FAIL", 2, 10);
	sheet_bad(&fresh, "FAIL", 9, 10);
	sheet_case(&base, "b", 10, 20, 0.3);
	sheet_case(&fresh, "b", 10, 20, 0.3);
	c = compare(&base, &fresh);
	CU_ASSERT_EQUAL(c->status, STATUS_UNDECIDED);
	release(c, &base, &fresh);
}

static void test_case_gone(void)
{
	struct compare_options subset = compare_defaults;
	struct sheet base, fresh;
	struct comparison *c;
	struct err e = {0};
	char line[128];

	sheet_begin(&base);
	sheet_begin(&fresh);
	sheet_case(&base, "a", 5, 20, 0.3);
	sheet_case(&base, "b", 5, 30, 0.3);
	sheet_case(&fresh, "b", 5, 30, 0.3);
	c = compare(&base, &fresh);
	CU_ASSERT_EQUAL(c->status, STATUS_UNDECIDED);
	CU_ASSERT_STRING_EQUAL(
		c->cases[1].undecided, "the case is gone: the base has 5 runs of it");
	CU_ASSERT_STRING_EQUAL(compare_headline(c, line, sizeof(line)),
		"CANNOT TELL whether 2 cases became worse");
	comparison_free(c);
	subset.subset = true;
	CU_ASSERT_EQUAL_FATAL(comparison_new(&c, &base.rows, &fresh.rows, &subset, &e), 0);
	CU_ASSERT_EQUAL(c->status, STATUS_PASS);
	release(c, &base, &fresh);
}

static void test_invalid_does_not_count(void)
{
	struct sheet base, fresh;
	struct comparison *c;

	sheet_begin(&base);
	sheet_begin(&fresh);
	sheet_case(&base, "a", 5, 20, 0.3);
	sheet_case(&fresh, "a", 5, 20, 0.3);
	sheet_row(&fresh, "a,INVALID,ok,ok,90,90,9,9");
	c = compare(&base, &fresh);
	CU_ASSERT_EQUAL(c->cases[0].measure[MEASURE_JOB].fresh, 5);
	CU_ASSERT_EQUAL(c->cases[0].measure[MEASURE_BLACKOUT].fresh, 5);
	CU_ASSERT(*c->cases[0].undecided);
	CU_ASSERT_EQUAL(c->status, STATUS_UNDECIDED);
	release(c, &base, &fresh);
}

static void test_other_cases(void)
{
	struct sheet base, fresh;
	struct comparison *c;
	struct err e = {0};

	sheet_begin(&base);
	sheet_begin(&fresh);
	sheet_case(&base, "a", 5, 20, 0.3);
	sheet_case(&fresh, "b", 5, 20, 0.3);
	CU_ASSERT_EQUAL(run_rows_parse(&base.rows, "base", base.text, strlen(base.text), &e), 0);
	CU_ASSERT_EQUAL(run_rows_parse(&fresh.rows, "new", fresh.text, strlen(fresh.text), &e), 0);
	CU_ASSERT_EQUAL(comparison_new(&c, &base.rows, &fresh.rows, &compare_defaults, &e), -1);
	CU_ASSERT_PTR_NOT_NULL(strstr(e.text, "no case is in both"));
	release(NULL, &base, &fresh);
}

/* Adds runs of four VMs each, the third of which is silent for longer than the others. */
static void sheet_runs(struct sheet *s, int runs, double worst_s)
{
	strcpy(s->text, "case,verdict,outcome,integrity,run,move,job_lo_s,job_hi_s,blackout_lo_s,"
			"blackout_hi_s\r\n");
	for (int i = 0; i < 4 * runs; i++) {
		size_t n = strlen(s->text);
		double blackout_s = i % 4 == 2 ? worst_s : 0.3;

		snprintf(s->text + n, sizeof(s->text) - n,
			"all,PASS,ok,ok,%d,%d,%.6f,%.6f,%.6f,%.6f\r\n", i / 4 + 1, i % 4 + 1,
			20 + 0.01 * i, 20 + 0.01 * i, blackout_s + 0.01 * i - 0.01,
			blackout_s + 0.01 * i + 0.01);
	}
}

/* VMs of one run are not independent: a run counts once, with its worst VM. */
static void test_several_vms(void)
{
	const struct compared *blackout;
	struct sheet base, fresh;
	struct comparison *c;

	sheet_runs(&base, 5, 0.5);
	sheet_runs(&fresh, 5, 1.5);
	c = compare(&base, &fresh);
	blackout = &c->cases[0].measure[MEASURE_BLACKOUT];
	CU_ASSERT_EQUAL(blackout->base, 5);
	CU_ASSERT_EQUAL(blackout->fresh, 5);
	CU_ASSERT_EQUAL(c->cases[0].base_runs, 5);
	CU_ASSERT_DOUBLE_EQUAL(blackout->lo[0], 0.51, 1e-9);
	CU_ASSERT_DOUBLE_EQUAL(blackout->hi[0], 0.53, 1e-9);
	CU_ASSERT_DOUBLE_EQUAL(blackout->difference_s, 1, 1e-9);
	CU_ASSERT_EQUAL(blackout->change, CHANGE_WORSE);
	CU_ASSERT_DOUBLE_EQUAL(c->cases[0].measure[MEASURE_JOB].mid[0], 20.03, 1e-9);
	release(c, &base, &fresh);
	/* Two runs a side cannot be significant, whatever the number of their VMs. */
	sheet_runs(&base, 2, 0.5);
	sheet_runs(&fresh, 2, 1.5);
	c = compare(&base, &fresh);
	CU_ASSERT_EQUAL(c->cases[0].measure[MEASURE_BLACKOUT].change, CHANGE_TOO_FEW);
	release(c, &base, &fresh);
	/* Run 1 of one table is not run 1 of the next. */
	sheet_runs(&base, 5, 0.5);
	CU_ASSERT_EQUAL_FATAL(
		run_rows_parse(&base.rows, "base", base.text, strlen(base.text), &(struct err){0}),
		0);
	for (size_t i = 10; i < base.rows.count; i++)
		base.rows.row[i].table = 1;
	fresh.rows = base.rows;
	CU_ASSERT_EQUAL_FATAL(
		comparison_new(&c, &base.rows, &fresh.rows, &compare_defaults, &(struct err){0}),
		0);
	CU_ASSERT_EQUAL(c->cases[0].base_runs, 6); /* the third run is cut in two */
	comparison_free(c);
	run_rows_release(&base.rows);
}

/* A VM that does not count may be the worst of its run, which then has no figure. */
static void test_vm_does_not_count(void)
{
	const struct compared_case *all;
	struct sheet base, fresh;
	struct comparison *c;

	sheet_runs(&base, 5, 0.5);
	sheet_runs(&fresh, 5, 0.5);
	sheet_row(&fresh, "all,INVALID,,,1,5,,,,");
	sheet_row(&fresh, "all,FAIL,failed,ok,2,5,90,90,0.3,0.3");
	c = compare(&base, &fresh);
	all = &c->cases[0];
	CU_ASSERT_EQUAL(all->measure[MEASURE_BLACKOUT].base, 5);
	CU_ASSERT_EQUAL(all->measure[MEASURE_BLACKOUT].fresh, 4);
	CU_ASSERT_EQUAL(all->measure[MEASURE_JOB].fresh, 3);
	CU_ASSERT_EQUAL(all->fresh_runs, 5);
	CU_ASSERT(*all->undecided);
	release(c, &base, &fresh);
}

TEST_SUITE(compare, {"the same twice", test_same}, {"several VMs a run", test_several_vms},
	{"a VM does not count", test_vm_does_not_count},
	{"one case worse of three", test_one_case_worse_of_three},
	{"small but certain", test_small_but_certain},
	{"better is no regression", test_better_is_no_regression}, {"too few runs", test_too_few},
	{"too few runs without a suspicion", test_too_few_without_a_suspicion},
	{"suspicious", test_suspicious}, {"wide intervals", test_wide_intervals},
	{"no end seen", test_no_end_seen}, {"a worse verdict", test_verdict_worse},
	{"more bad moves than before", test_more_bad}, {"a case is gone", test_case_gone},
	{"INVALID moves do not count", test_invalid_does_not_count},
	{"no case in both", test_other_cases})
