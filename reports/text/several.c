/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs that moved several VMs: the worst VM, how long the moves took, and what limited them. */
#include "harness/base/text.h"
#include "harness/plan/component.h"
#include "harness/plan/settings.h"
#include "reports/text/text.h"

#include <math.h>

/* From this share of the migration link's speed on, the link is what limits a run. */
#define LINK_LIMITS 0.8

/* A run: its moves among the results, and what is printed of it. */
struct run_of_several {
	size_t first, count, moved;
	int64_t begin_ns, end_ns; /* the first trigger, the last job's end; NS_NONE: none */
	double bytes;             /* that the jobs sent; -1: a job did not report them */
	double link_share; /* of the link's speed, used by all jobs together; NAN: not known */
	const struct move_result *worst;
	enum verdict verdict;
};

static void add_move(struct run_of_several *run, const struct move_result *m)
{
	const struct job *job = m->move->job;

	run->count++;
	if (m->verdict > run->verdict)
		run->verdict = m->verdict;
	if (m->blackout.lo_ns != NS_NONE &&
		(!run->worst || m->blackout.hi_ns > run->worst->blackout.hi_ns))
		run->worst = m;
	if (m->move->trigger_ns != NS_NONE &&
		(run->begin_ns == NS_NONE || m->move->trigger_ns < run->begin_ns))
		run->begin_ns = m->move->trigger_ns;
	if (!job || job->ended.hi_ns == NS_NONE)
		return;
	run->moved += job->state == JOB_COMPLETED;
	run->end_ns = ns_max(job->ended.hi_ns, run->end_ns);
	if (job->transferred_bytes < 0)
		run->bytes = -1;
	else if (run->bytes >= 0)
		run->bytes += (double)job->transferred_bytes;
}

static double link_share(const struct results *results, const struct run_of_several *run)
{
	int64_t link_bps = plan_link_bps(results->plan);

	if (link_bps <= 0 || run->bytes <= 0 || run->begin_ns == NS_NONE ||
		run->end_ns <= run->begin_ns)
		return (double)NAN;
	return run->bytes * 8 / ((double)(run->end_ns - run->begin_ns) / NS_PER_S) /
	       (double)link_bps;
}

static struct run_of_several run_from(const struct results *results, size_t first)
{
	const struct move *move = results->moves[first].move;
	struct run_of_several run = {
		.first = first, .begin_ns = NS_NONE, .end_ns = NS_NONE, .verdict = VERDICT_PASS};

	for (size_t i = first; i < results->move_count; i++) {
		const struct move *other = results->moves[i].move;

		if (results->moves[i].plan_case != results->moves[first].plan_case ||
			other->run != move->run || other->attempt != move->attempt)
			break;
		add_move(&run, &results->moves[i]);
	}
	run.link_share = link_share(results, &run);
	return run;
}

static void put_run(FILE *f, const struct results *results, const struct run_of_several *run)
{
	const struct move_result *first = &results->moves[run->first];
	char text[NUMBER_TEXT_MAX], moved[48], vm[128];

	text_case(f, first->move->case_name);
	snprintf(text, sizeof(text), "%zu", first->move->run);
	text_cell(f, text, 3, true);
	snprintf(moved, sizeof(moved), "%zu of %zu", run->moved, run->count);
	text_cell(f, moved, 10, true);
	if (run->begin_ns != NS_NONE && run->end_ns != NS_NONE)
		snprintf(text, sizeof(text), "%.2f",
			(double)(run->end_ns - run->begin_ns) / NS_PER_S);
	else
		snprintf(text, sizeof(text), "-");
	text_cell(f, text, 8, true);
	snprintf(text, sizeof(text), isfinite(run->link_share) ? "%.0f %%" : "-",
		run->link_share * 100);
	text_cell(f, text, 5, true);
	text_cell(f, run->worst ? interval_text(run->worst->blackout, 3, text) : "-", 18, false);
	text_cell(f, run->worst ? text_safe(run->worst->move->vm, vm, sizeof(vm)) : "-", 12, false);
	text_line(f, verdict_name(run->verdict), 0, false);
}

static void put_heading(FILE *f)
{
	text_heading(f, "Runs with several VMs");
	text_cell(f, "", CASE_WIDTH, false);
	fputs("         VMs  all over   link blackout of the\n", f);
	text_cell(f, "case", CASE_WIDTH, false);
	fputs("run    moved  after, s   used worst VM, s        which        verdict\n", f);
}

/* known: runs whose share of the link is known; limited: those of them that the link limited. */
static void put_limits(FILE *f, const struct plan *plan, size_t known, size_t limited)
{
	const char *others =
		move_settings_of(plan).bandwidth_bps == NS_NONE
			? "the hosts' processors or the platform"
			: "the plan's bandwidth, the hosts' processors or the platform";
	double percent = LINK_LIMITS * 100;
	char text[256];

	text_wrap(f, "",
		"From the first trigger until the last job has ended; the link's share is of all "
		"bytes that the jobs sent in that time.");
	if (!known)
		return;
	if (limited == known)
		snprintf(text, sizeof(text),
			"What limited these runs: the migration link, of which they used %.0f %% or more.",
			percent);
	else if (limited)
		snprintf(text, sizeof(text),
			"What limited these runs: the migration link where they used %.0f %% of it or "
			"more, elsewhere %s.",
			percent, others);
	else
		snprintf(text, sizeof(text),
			"What limited these runs: not the migration link, of which they used less than "
			"%.0f %%, but %s.",
			percent, others);
	text_wrap(f, "", text);
}

void text_several(FILE *f, const struct results *results)
{
	size_t runs = 0, known = 0, limited = 0;

	for (size_t i = 0; i < results->move_count;) {
		struct run_of_several run = run_from(results, i);

		i += run.count;
		if (!plan_together(results->moves[run.first].plan_case))
			continue;
		if (!runs++)
			put_heading(f);
		known += isfinite(run.link_share);
		limited += run.link_share >= LINK_LIMITS;
		put_run(f, results, &run);
	}
	if (runs)
		put_limits(f, results->plan, known, limited);
}
