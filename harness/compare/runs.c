/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Groups the rows of runs.csv into runs: see runs.h. */
#include "harness/compare/runs.h"

#include "harness/base/memory.h"

#include <stdlib.h>
#include <string.h>

static bool is(const char *text, const char *word)
{
	return strcmp(text, word) == 0;
}

const char *badness_name(int badness)
{
	return badness == 4   ? "memory or data harmed by a move"
	       : badness == 3 ? "a verdict of FAIL"
			      : "a move that did not end as expected";
}

static int badness(const struct run_row *row)
{
	if (is(row->integrity, "corrupted"))
		return 4;
	if (is(row->verdict, "FAIL"))
		return 3;
	if (*row->outcome && !is(row->outcome, "ok"))
		return 2;
	return 0;
}

/* False if the VM's value is not known, although it has one. */
static bool counts(const struct run_row *row, enum measure measure)
{
	if (is(row->verdict, "INVALID"))
		return false;
	return measure == MEASURE_BLACKOUT || !*row->outcome || is(row->outcome, "ok");
}

static void add_row(struct compared_run *run, const struct run_row *row)
{
	for (enum measure m = 0; m < MEASURES; m++) {
		struct interval value = m == MEASURE_BLACKOUT ? row->blackout : row->job;
		struct interval *max = &run->value[m];

		if (!counts(row, m)) {
			run->lacks[m] = true;
			*max = (struct interval){NS_NONE, NS_NONE};
		}
		if (run->lacks[m] || value.lo_ns == NS_NONE)
			continue;
		if (max->lo_ns == NS_NONE)
			*max = value;
		max->lo_ns = ns_max(value.lo_ns, max->lo_ns);
		max->hi_ns = ns_max(value.hi_ns, max->hi_ns);
	}
	if (!run->worst || badness(row) > run->badness) {
		run->badness = badness(row);
		run->worst = row;
	}
	run->undecided |= is(row->verdict, "INVALID") || is(row->verdict, "INCONCLUSIVE");
}

static bool is_of(const struct compared_run *run, const struct run_row *row)
{
	return row->run && row->run == run->worst->run && row->table == run->worst->table &&
	       is(row->case_name, run->case_name);
}

struct compared_runs runs_of(const struct run_rows *rows)
{
	struct compared_runs runs = {
		.run = memory_zeroed("runs", rows->count + 1, sizeof(*runs.run))};

	for (size_t i = 0; i < rows->count; i++) {
		const struct run_row *row = &rows->row[i];
		size_t k = runs.count;

		/* A run's rows stand together, so that the newest run is usually the right one. */
		while (k > 0 && !is_of(&runs.run[k - 1], row))
			k--;
		if (k == 0) {
			k = ++runs.count;
			runs.run[k - 1] = (struct compared_run){.case_name = row->case_name,
				.value = {{NS_NONE, NS_NONE}, {NS_NONE, NS_NONE}}};
		}
		add_row(&runs.run[k - 1], row);
	}
	return runs;
}

void runs_release(struct compared_runs *runs)
{
	free(runs->run);
	*runs = (struct compared_runs){0};
}
