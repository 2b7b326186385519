/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The VMs' workloads: how each ended, how the move slowed it down, and how it slowed down the move.
 * A section of report.txt.
 */
#include "reports/text/text.h"

#include "harness/base/memory.h"
#include "reports/common/fit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MB 1048576.0

static void put_row(FILE *f, const struct results *results, const struct workload_record *w)
{
	const struct plan_case *plan_case = plan_case_find(results->plan, w->case_name);
	char took[NUMBER_TEXT_MAX], whole[NUMBER_TEXT_MAX], name[128], run[24], detail[512];
	char safe[1024], row[ROW_NAME_MAX];

	text_case(f, case_row_name(plan_case, w->case_name, w->vm, row));
	snprintf(run, sizeof(run), "%s%zu", w->moved ? "" : "unmoved ", w->run);
	text_cell(f, run, 10, true);
	text_cell(f, text_safe(w->name, name, sizeof(name)), 10, false);
	text_cell(f,
		fixed_text(
			w->written_ns == NS_NONE ? NS_NONE : w->written_ns - w->start_ns, 1, took),
		9, true);
	text_cell(f, fixed_text(w->end_ns == NS_NONE ? NS_NONE : w->end_ns - w->start_ns, 1, whole),
		8, true);
	if (w->rates)
		snprintf(detail, sizeof(detail), "%s; %.0f MB/s of %.0f requested%s",
			workload_state_name(w->state), w->rate_sum_bps / (double)w->rates / MB,
			(double)w->asked_rate_bps / MB, workload_rate_held(w) ? "" : ": NOT HELD");
	else
		snprintf(detail, sizeof(detail), "%s",
			w->state ? workload_state_name(w->state) : "no end was seen");
	snprintf(safe, sizeof(safe), "%s%s%.200s%s%.200s", detail, *w->file ? ": " : "", w->file,
		*w->why ? ": " : "", w->why);
	text_line(f, text_safe(safe, detail, sizeof(detail)), 0, false);
}

static void put_table(FILE *f, const struct results *results)
{
	const struct timeline *t = results->timeline;

	text_cell(f, "case", CASE_WIDTH, false);
	text_cell(f, "run", 10, true);
	text_cell(f, "workload", 10, false);
	text_cell(f, "written s", 9, true);
	text_cell(f, "total s", 8, true);
	text_line(f, "result", 0, false);
	for (size_t i = 0; i < t->workload_count; i++)
		put_row(f, results, &t->workloads[i]);
	text_wrap(f, "",
		"written: time from the start until all was written; total: with the verification "
		"(both by our clock, polled twice a second; if one poll sees both, written is by "
		"the guest's clock). unmoved: the same workload without a move.");
}

/* Whether a workload of the move ended, failed or not, while the move's job still ran. */
static bool ended_early(const struct timeline *t, const struct move *m)
{
	for (size_t i = 0; m->job && i < t->workload_count; i++)
		if (workload_of_move(&t->workloads[i], m) &&
			!workload_outlasted(&t->workloads[i], m))
			return true;
	return false;
}

/* Whether the workload did not finish. Its time then says nothing about the move. */
static bool did_not_finish(const struct workload_record *w)
{
	return w->state == WORKLOAD_FAILED || w->state == WORKLOAD_TIMED_OUT ||
	       w->state == WORKLOAD_UNKNOWN;
}

static void put_failed(FILE *f, const struct timeline *t)
{
	size_t count = 0;
	char line[256];

	for (size_t i = 0; i < t->workload_count; i++)
		count += did_not_finish(&t->workloads[i]);
	if (!count)
		return;
	snprintf(line, sizeof(line),
		"%zu workload%s did not finish. That is not a failure of a move: the moves are "
		"measured and judged as usual.",
		count, count == 1 ? "" : "s");
	text_wrap(f, "", line);
}

/* Moves that outlasted their workload: their job times do not count as those under a workload. */
static void put_ended_early(FILE *f, const struct results *results)
{
	char line[1024], name[256], row[ROW_NAME_MAX];
	size_t used = 0, count = 0;

	for (size_t i = 0; i < results->move_count; i++) {
		const struct move *m = results->moves[i].move;

		if (!ended_early(results->timeline, m))
			continue;
		case_row_name(results->moves[i].plan_case, m->case_name, m->vm, row);
		count++;
		if (used < sizeof(line))
			used += (size_t)snprintf(line + used, sizeof(line) - used, "%s%s run %zu",
				used ? ", " : "", text_safe(row, name, sizeof(name)), m->run);
	}
	if (!count)
		return;
	fprintf(f, "The workload ended before the move's job, or may have, in %zu move%s:\n", count,
		count == 1 ? "" : "s");
	text_wrap(f, "  ", line);
	text_wrap(f, "", "Their job times do not count as those of moves with a workload.");
}

/*
 * Seconds that each run of a workload took until it was written, in runs with or without a move.
 * Returns their number.
 */
static size_t take_times(const struct results *results, const char *case_name, const char *name,
	bool moved, double *s)
{
	const struct timeline *t = results->timeline;
	size_t n = 0;

	for (size_t i = 0; i < t->workload_count; i++) {
		const struct workload_record *w = &t->workloads[i];

		if (w->moved == moved && w->written_ns != NS_NONE &&
			strcmp(w->case_name, case_name) == 0 && strcmp(w->name, name) == 0 &&
			workload_ended_well(w))
			s[n++] = (double)(w->written_ns - w->start_ns) / (double)NS_PER_S;
	}
	return n;
}

static double mean(const double *s, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += s[i];
	return sum / (double)n;
}

/* "by 3.1 s, 95 % interval [2.0, 4.2]" */
static void difference_text(
	const double *a, size_t n, const double *b, size_t m, char *buf, size_t size)
{
	double lo, hi, by = mean(a, n) - mean(b, m);

	by = fabs(by) < 0.05 ? 0 : by;
	if (mean_difference(a, n, b, m, &lo, &hi))
		snprintf(buf, size, "%+.1f s, 95 %% interval [%.1f, %.1f]", by, lo, hi);
	else
		snprintf(buf, size, "%+.1f s (too few runs for an interval)", by);
}

/* How much longer a case's workload takes when its VM is moved. */
static void put_slowing(FILE *f, const struct results *results, const struct plan_case *c,
	const char *name, double *a, double *b)
{
	size_t n = take_times(results, c->name, name, true, a);
	size_t m = take_times(results, c->name, name, false, b);
	char safe[256], workload[128], by[128], line[768];

	if (!n || !m)
		return;
	difference_text(a, n, b, m, by, sizeof(by));
	snprintf(line, sizeof(line),
		"%s: during a move %s took %.1f s (mean of %zu), unmoved %.1f s (of %zu): %s, "
		"%+.0f %%.",
		text_safe(c->name, safe, sizeof(safe)), text_safe(name, workload, sizeof(workload)),
		mean(a, n), n, mean(b, m), m, by, (mean(a, n) / mean(b, m) - 1) * 100);
	text_wrap(f, "", line);
}

static size_t job_times(const struct results *results, const struct plan_case *c, double *s)
{
	size_t n = 0;

	for (size_t i = 0; i < results->move_count; i++) {
		const struct move_result *m = &results->moves[i];

		if (m->plan_case == c && m->counted && !ended_early(results->timeline, m->move) &&
			m->job.lo_ns != NS_NONE && m->job.hi_ns != NS_INF && m->move->job &&
			m->move->job->state == JOB_COMPLETED)
			s[n++] = ((double)m->job.lo_ns + (double)m->job.hi_ns) / 2 / NS_PER_S;
	}
	return n;
}

/* The case that is equal but for its workload, which is none; NULL: there is no such case. */
static const struct plan_case *idle_twin(const struct results *results, const struct plan_case *c)
{
	const struct plan *plan = results->plan;

	for (size_t i = 0; i < plan_case_count(plan); i++) {
		const struct plan_case *other = plan_case_at(plan, i);
		bool twin = false, same = true;

		for (size_t a = 0; a < plan_axis_count(plan); a++) {
			const char *key = strrchr(plan_axis_name(plan, a), '.');
			bool workload;

			key = key ? key + 1 : plan_axis_name(plan, a);
			workload = strcmp(key, "workload") == 0;
			if (workload && strcmp(plan_axis_value(other, a), "none") == 0 &&
				strcmp(plan_axis_value(c, a), "none") != 0)
				twin = true;
			else
				same &= strcmp(plan_axis_value(other, a), plan_axis_value(c, a)) ==
					0;
		}
		if (twin && same)
			return other;
	}
	return NULL;
}

static struct interval longest_blackout(const struct results *results, const struct plan_case *c)
{
	for (size_t i = 0; i < results->case_count; i++)
		if (results->cases[i].plan_case == c)
			return results->cases[i].blackout;
	return (struct interval){NS_NONE, NS_NONE};
}

/* How much longer a case's job takes under the workload: the study's test IV. */
static void put_cost(FILE *f, const struct results *results, const struct reference *reference,
	const struct plan_case *c, double *a, double *b)
{
	const struct plan_case *idle = idle_twin(results, c);
	size_t n = job_times(results, c, a), m = idle ? job_times(results, idle, b) : 0;
	char safe[256], by[128], blackout[NUMBER_TEXT_MAX], without[NUMBER_TEXT_MAX], line[1024];
	const char *published = reference_text(reference, "IV");

	if (!n || !m)
		return;
	difference_text(a, n, b, m, by, sizeof(by));
	snprintf(line, sizeof(line),
		"%s: the move's job takes %.1f s (mean of %zu) with the workload and %.1f s (of "
		"%zu) without: %s. Longest blackout with it %s s, without %s s. Published, test "
		"IV: %s.",
		text_safe(c->name, safe, sizeof(safe)), mean(a, n), n, mean(b, m), m, by,
		interval_text(longest_blackout(results, c), 3, blackout),
		interval_text(longest_blackout(results, idle), 3, without),
		*published ? published : "nothing");
	text_wrap(f, "", line);
}

static void put_costs(FILE *f, const struct results *results, const struct reference *reference)
{
	const struct timeline *t = results->timeline;
	size_t capacity = results->move_count + t->workload_count + 1;
	double *a = memory_zeroed("workloads", capacity, sizeof(*a));
	double *b = memory_zeroed("workloads", capacity, sizeof(*b));

	for (size_t i = 0; i < plan_case_count(results->plan); i++) {
		const struct plan_case *c = plan_case_at(results->plan, i);
		const struct plan_section *w;

		for (size_t k = 0; (w = plan_section_at(results->plan, SECTION_WORKLOAD, k)); k++)
			put_slowing(f, results, c, plan_section_name(w), a, b);
		put_cost(f, results, reference, c, a, b);
	}
	free(a);
	free(b);
}

void text_workloads(FILE *f, const struct results *results, const struct reference *reference,
	const struct job_time *job_time)
{
	if (!results->timeline->workload_count)
		return;
	text_heading(f, "Workloads of the VMs");
	put_table(f, results);
	put_failed(f, results->timeline);
	put_ended_early(f, results);
	put_costs(f, results, reference);
	text_dirty(f, results, job_time);
}
