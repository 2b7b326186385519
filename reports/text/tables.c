/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tables of report.txt, each with the study's published figures. */
#include "reports/text/text.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

static void put_seconds(FILE *f, double seconds, int width)
{
	char text[NUMBER_TEXT_MAX];

	snprintf(text, sizeof(text), isfinite(seconds) ? "%.2f" : "-", seconds);
	text_cell(f, text, width, true);
}

static void put_count(FILE *f, long count, int width)
{
	char text[NUMBER_TEXT_MAX];

	snprintf(text, sizeof(text), count < 0 ? "-" : "%ld", count);
	text_cell(f, text, width, true);
}

static void put_source(FILE *f, const struct reference *reference)
{
	char line[512];

	snprintf(line, sizeof(line), "Published, not ours: %s.",
		reference_text(reference, "source"));
	fputc('\n', f);
	text_wrap(f, "", line);
}

/* One published test of blackouts: a row per memory size. */
static void put_published_blackouts(FILE *f, const struct reference *reference, const char *test)
{
	char line[512];
	int memory_gb = 0;

	snprintf(line, sizeof(line), "Their test %s, %s:", test, reference_text(reference, test));
	text_wrap(f, "  ", line);
	fputs("    memory  lost in runs 1 to 5, and the true silence that this means, s", f);
	for (size_t i = 0; i < reference->blackout_count; i++) {
		const struct reference_blackout *b = &reference->blackouts[i];
		struct interval silence = lost_interval(b->lost);
		char cell[64];

		if (strcmp(b->test, test) != 0)
			continue;
		if (b->memory_gb != memory_gb)
			fprintf(f, "\n    %d GB   ", memory_gb = b->memory_gb);
		if (b->lost)
			snprintf(cell, sizeof(cell), "%2d [%" PRId64 ", %" PRId64 "]", b->lost,
				silence.lo_ns / NS_PER_S, silence.hi_ns / NS_PER_S);
		else
			snprintf(cell, sizeof(cell), " 0 below 1");
		text_cell(f, cell, 12, false);
	}
	fputc('\n', f);
}

void text_cases(FILE *f, const struct results *results, const struct reference *reference,
	const struct job_time *job_time)
{
	char line[512];

	text_heading(f, "Cases");
	text_cell(f, "", CASE_WIDTH, false);
	fputs("      job time, s               lost  blackout of the\n", f);
	text_cell(f, "case", CASE_WIDTH, false);
	fputs("runs  mean  (sd)   least   most  1 s   worst run, s       verdict\n", f);
	for (size_t i = 0; i < results->case_count; i++) {
		const struct case_result *c = &results->cases[i];
		char blackout[NUMBER_TEXT_MAX], sd[NUMBER_TEXT_MAX];

		text_case(f, c->plan_case->name);
		put_count(f, (long)c->runs, 3);
		put_seconds(f, c->job_mean_s, 7);
		snprintf(sd, sizeof(sd), isfinite(c->job_sd_s) ? "(%.1f)" : "-", c->job_sd_s);
		text_cell(f, sd, 6, true);
		put_seconds(f, c->job_min_s, 6);
		put_seconds(f, c->job_max_s, 6);
		put_count(f, c->lost_1s_max, 3);
		text_cell(f, "", 0, false);
		text_cell(f, interval_text(c->blackout, 3, blackout), 18, false);
		fprintf(f, "%s%s\n", verdict_name(c->verdict),
			probed_fast(results, c->plan_case) ? " *" : "");
	}
	if (probed_fast(results, NULL))
		text_wrap(f, "",
			"* detached, but probed fast: not a test of the silent VM, and not "
			"comparable with the published test II (the reason is given below).");
	text_job_time(f, job_time);
	put_source(f, reference);
	put_published_blackouts(f, reference, "I");
	put_published_blackouts(f, reference, "II");
	snprintf(line, sizeof(line), "Their bound is 3 s: %s. Their probe, %s.",
		reference_text(reference, "bound"), reference_text(reference, "probe"));
	text_wrap(f, "  ", line);
}

static void put_published_jobs(FILE *f, const struct reference *reference)
{
	char line[512];
	int memory_gb = 0;

	put_source(f, reference);
	snprintf(line, sizeof(line), "Their test III, job time in s: %s.",
		reference_text(reference, "III"));
	text_wrap(f, "  ", line);
	fputs("    memory  run 1     2     3     4     5   mean", f);
	for (size_t i = 0; i < reference->job_count; i++) {
		const struct reference_job *j = &reference->jobs[i];

		if (j->memory_gb != memory_gb)
			fprintf(f, "\n    %d GB   ", memory_gb = j->memory_gb);
		fprintf(f, "%5d ", j->job_s);
	}
	fputc('\n', f);
	snprintf(line, sizeof(line), "Their test IV, %s.", reference_text(reference, "IV"));
	text_wrap(f, "  ", line);
}

static void put_move(FILE *f, const struct move_result *m)
{
	const struct job *job = m->move->job;
	struct silence silence = {.phase = PHASE_NONE};
	char text[NUMBER_TEXT_MAX], words[WHY_TEXT_MAX], line[1024], outcome[256];

	longest_silence(m, &silence);
	text_move_case(f, m);
	put_count(f, (long)m->move->run, 3);
	text_cell(f, interval_text(m->job, 2, text), 16, false);
	if (job && job->downtime_ns != NS_NONE)
		snprintf(text, sizeof(text), "%.0f", (double)job->downtime_ns / NS_PER_MS);
	else
		snprintf(text, sizeof(text), "-");
	text_cell(f, text, 6, true);
	text_cell(f, interval_text(m->blackout, 3, text), 18, false);
	put_count(f, m->lost_1s, 4);
	text_cell(f, silence.phase != PHASE_NONE ? phase_name(silence.phase) : "-", 6, false);
	text_line(f, verdict_name(m->verdict), 0, false);
	if (m->move->broke_off && !m->move->set_up_failed) {
		snprintf(line, sizeof(line), "broke off: %s",
			text_safe(m->move->broke_off, outcome, sizeof(outcome)));
		text_wrap(f, "    ", line);
	}
	/* The reasons of most rows are explained once, below the table. */
	if (strcmp(m->reason, "within-bound") != 0 && strcmp(m->reason, "no-bound") != 0) {
		text_why(m, words, sizeof(words));
		text_wrap(f, "    ", words);
	}
	if (m->outcome != OUTCOME_OK && m->outcome != OUTCOME_NONE) {
		snprintf(line, sizeof(line), "outcome: %s", outcome_name(m->outcome));
		text_wrap(f, "    ", line);
	}
	if (m->move->integrity_detail && m->integrity != INTEGRITY_OK) {
		snprintf(line, sizeof(line), "integrity: %s",
			text_safe(m->move->integrity_detail, outcome, sizeof(outcome)));
		text_wrap(f, "    ", line);
	}
}

static void put_verified(FILE *f, const struct results *results)
{
	size_t checked = 0, unharmed = 0, all = moves_set_up(results);

	for (size_t i = 0; i < results->move_count; i++) {
		checked += results->moves[i].integrity != INTEGRITY_UNCHECKED;
		unharmed += results->moves[i].integrity == INTEGRITY_OK;
	}
	if (!all)
		return;
	if (!checked)
		fputs("The guest's memory was not checked (no agent).\n", f);
	else if (checked == all)
		fprintf(f, "The guest's memory was verified unharmed after %zu of %zu moves.\n",
			unharmed, all);
	else
		fprintf(f,
			"The guest's memory was checked after %zu of %zu moves, and verified "
			"unharmed after %zu.\n",
			checked, all, unharmed);
}

void text_moves(FILE *f, const struct results *results, const struct reference *reference)
{
	text_heading(f, "Moves");
	text_cell(f, "", CASE_WIDTH, false);
	fputs("                     down                      lost begun\n", f);
	text_cell(f, "case", CASE_WIDTH, false);
	fputs("run job time, s      ms     blackout, s        1 s  in     verdict\n", f);
	for (size_t i = 0; i < results->move_count; i++)
		put_move(f, &results->moves[i]);
	put_verified(f, results);
	text_wrap(f, "",
		"PASS without an explanation: even the interval's upper end is within the bound. "
		"NOT JUDGED without an explanation: the plan gives the case no bound. \"down ms\" "
		"is the downtime that the hypervisor reports: how long the VM stood still, not how "
		"long users waited. \"begun in\" is the phase in which the silence began that "
		"gives the blackout's upper end. \"lost 1 s\" is the number of one-second pings "
		"lost in a row, the figure of the published tests.");
	put_published_jobs(f, reference);
}

void text_drawn(FILE *f, const struct results *results, const struct move_charts *charts)
{
	char line[768], name[MOVE_NAME_MAX];

	if (charts->drawn_count == charts->count)
		return;
	snprintf(line, sizeof(line),
		"Charts: of %zu moves those of %zu are drawn (first those that are not PASS, then "
		"the worst and the first of each case, at most %u; also those that were "
		"requested). Any other: blackout report DIR --chart CASE/RUN; all of them: "
		"--all-charts. Drawn are:",
		charts->count, charts->drawn_count, MOVES_DRAWN_MAX);
	text_wrap(f, "", line);
	for (size_t i = 0; i < charts->count; i++) {
		if (!charts->drawn[i])
			continue;
		text_wrap(f, "  ", text_move_name(&results->moves[i], name));
	}
}

void text_round_trips(FILE *f, const struct results *results)
{
	text_heading(f, "Brownout: round trips before, during and after the move, ms");
	text_cell(f, "", CASE_WIDTH, false);
	fputs("                     before            during             after\n", f);
	text_cell(f, "case", CASE_WIDTH, false);
	fputs("run probe       median     p99    median     p99    median     p99\n", f);
	for (size_t i = 0; i < results->move_count; i++) {
		const struct move_result *m = &results->moves[i];

		for (size_t j = 0; j < m->observation_count; j++) {
			const struct observation *o = &m->observations[j];
			char safe[128], fitted[128];

			if (o->series->control || (!o->judged && !series_is_session(o->series)))
				continue;
			text_move_case(f, m);
			put_count(f, (long)m->move->run, 3);
			text_safe(o->series->probe, safe, sizeof(safe));
			text_cell(f, text_fit(safe, 9, fitted, sizeof(fitted)), 9, false);
			text_ms(f, o->median_before_ns, 8);
			text_ms(f, o->p99_before_ns, 7);
			text_ms(f, o->median_during_ns, 9);
			text_ms(f, o->p99_during_ns, 7);
			text_ms(f, o->median_after_ns, 9);
			text_ms(f, o->p99_after_ns, 7);
			fputc('\n', f);
		}
	}
}
