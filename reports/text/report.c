/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * report.txt, the report for people: composes its head and the sections that the other files of
 * this folder print.
 */
#include "reports/text/text.h"
#include "harness/plan/settings.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

const char *whole_verdict(const struct results *results)
{
	enum verdict worst = VERDICT_PASS;
	bool judged = false;

	for (size_t i = 0; i < results->case_count; i++) {
		enum verdict v = results->cases[i].verdict;

		judged |= v != VERDICT_NOT_JUDGED;
		if (v != VERDICT_NOT_JUDGED && v > worst)
			worst = v;
	}
	if (!results->case_count)
		return "none, nothing was moved";
	return verdict_name(judged ? worst : VERDICT_NOT_JUDGED);
}

void text_counts(FILE *f, const struct results *results)
{
	size_t counts[VERDICT_FAIL + 1] = {0};
	bool first = true;

	for (size_t i = 0; i < results->move_count; i++)
		counts[results->moves[i].verdict] += results->moves[i].counted;
	fprintf(f, "%zu move%s in %zu case%s", results->move_count,
		results->move_count == 1 ? "" : "s", results->case_count,
		results->case_count == 1 ? "" : "s");
	for (int v = VERDICT_FAIL; v >= VERDICT_PASS; v--) {
		if (!counts[v])
			continue;
		fprintf(f, "%s%zu %s", first ? ": " : ", ", counts[v],
			verdict_name((enum verdict)v));
		first = false;
	}
	if (results->moves_missing)
		fprintf(f, "; %zu planned move%s not carried out", results->moves_missing,
			results->moves_missing == 1 ? " was" : "s were");
	fputs(".\n", f);
}

static void put_disagreements(FILE *f, const struct results *results)
{
	if (!results->disagreement_count)
		return;
	fputs("\nINSTRUMENTS DISAGREE:\n", f);
	for (size_t i = 0; i < results->disagreement_count; i++) {
		char safe[512];

		text_wrap(f, "  ", text_safe(results->disagreements[i], safe, sizeof(safe)));
	}
}

/* Order of verdicts for the worst move: NOT JUDGED counts less than PASS. */
static int severity(const struct move_result *m)
{
	return m->verdict == VERDICT_NOT_JUDGED ? -1 : (int)m->verdict;
}

const struct move_result *worst_move(const struct results *results)
{
	const struct move_result *worst = NULL;

	for (size_t i = 0; i < results->move_count; i++) {
		const struct move_result *m = &results->moves[i];

		if (!worst || severity(m) > severity(worst) ||
			(severity(m) == severity(worst) &&
				m->blackout.hi_ns > worst->blackout.hi_ns))
			worst = m;
	}
	return worst;
}

/* If witnesses narrowed the blackout: the one that the judged probe alone gives. */
static void witnesses_text(const struct move_result *m, char *buf, size_t size)
{
	struct interval alone = move_judged(m)->blackout;
	char text[NUMBER_TEXT_MAX], all[NUMBER_TEXT_MAX];

	if (strcmp(interval_text(alone, 3, text), interval_text(m->blackout, 3, all)) != 0)
		snprintf(buf, size, " (by all witnesses of its kind; the judged probe alone %s s)",
			text);
}

void text_worst(FILE *f, const struct results *results)
{
	const struct move_result *m = worst_move(results);
	struct silence silence = {.phase = PHASE_NONE};
	bool silent;
	char name[MOVE_NAME_MAX], line[2304], words[WHY_TEXT_MAX], blackout[NUMBER_TEXT_MAX],
		bound[NUMBER_TEXT_MAX];
	char with[256] = "";

	if (!m)
		return;
	silent = longest_silence(m, &silence);
	text_why(m, words, sizeof(words));
	if (silent && !m->frames.apart)
		witnesses_text(m, with, sizeof(with));
	snprintf(line, sizeof(line), "%s: blackout %s s%s%s%s, bound %s%s: %s, %s.",
		text_move_name(m, name), interval_text(m->blackout, 3, blackout), with,
		silence.phase != PHASE_NONE ? ", begun in phase " : "", phase_name(silence.phase),
		m->bound_ns == NS_NONE ? "none" : fixed_text(m->bound_ns, 3, bound),
		m->bound_ns == NS_NONE ? "" : " s", verdict_name(m->verdict), words);
	text_wrap(f, "  ", line);
	if (silent)
		text_limit(f, move_judged(m), &silence);
}

bool text_ended_early(const struct timeline *t)
{
	return t->closed != FOLDER_NOT_CLOSED && t->closed != FOLDER_COMPLETE;
}

bool text_is_partial(const struct results *results)
{
	return results->moves_missing || text_ended_early(results->timeline);
}

const char *text_missing(const struct results *results)
{
	return results->case_count && text_is_partial(results)
		       ? " (of what was carried out; the plan is incomplete)"
		       : "";
}

static void put_head(FILE *f, const struct results *results)
{
	const struct plan *plan = results->plan;
	const char *title = plan_settings_of(plan).title;
	char safe[512], utc[UTC_TEXT_MAX];

	text_wrap(f, "", text_safe(title ? title : "Live migration", safe, sizeof(safe)));
	fprintf(f, "Verdict: %s%s\n", whole_verdict(results), text_missing(results));
	text_counts(f, results);
	fprintf(f, "Begun %s; judged by blackout %s.\n",
		utc_text(results->timeline->first_utc_ns, utc), BLACKOUT_VERSION);
	if (results->timeline->simulated)
		text_banner(f, "S I M U L A T E D",
			"SIMULATED: no virtual machine was moved, the figures are invented by a "
			"model.");
	text_closed(f, results->timeline);
	put_disagreements(f, results);
	if (results->move_count)
		fputs("\nThe worst move:\n", f);
	text_worst(f, results);
	fputs("\nHow to read an interval: [lo, hi] s holds the true silence. Probes only sample: "
	      "the silence began\nafter the last answered probe and ended before the next answer. "
	      "PASS needs hi <= bound, FAIL needs\nlo > bound.\nA one-second ping that loses 3 in "
	      "a row saw a silence of 2 to 4 s: with it alone, a 3 s bound\ncannot be decided.\n",
		f);
}

/* Removes trailing blanks, which tables leave. Returns the new length. */
static size_t trim_lines(char *text, size_t length)
{
	size_t to = 0;

	for (size_t from = 0; from < length; from++) {
		if (text[from] == '\n')
			while (to > 0 && text[to - 1] == ' ')
				to--;
		text[to++] = text[from];
	}
	text[to] = '\0';
	return to;
}

static int put_plan_sections(FILE *f, const struct results *results,
	const struct reference *reference, const struct job_time *job_time,
	const struct move_charts *charts, struct err *e)
{
	put_head(f, results);
	text_cases(f, results, reference, job_time);
	text_several(f, results);
	text_moves(f, results, reference);
	text_drawn(f, results, charts);
	text_detached(f, results);
	if (text_sessions(f, results, e))
		return -1;
	text_round_trips(f, results);
	text_workloads(f, results, reference, job_time);
	text_guest_clock(f, results);
	text_measured(f, results);
	return 0;
}

/* Composes the whole of report.txt (malloc'd). */
static int make_text(char **text, size_t *length, const struct results *results,
	const char *environment, const struct move_charts *charts, struct err *e)
{
	struct reference *reference = NULL;
	struct job_time job_time = {0};
	struct doc doc;
	int result = -1;

	*text = NULL;
	if (results->plan) {
		if (reference_read(&reference, e))
			goto out;
		job_time_init(&job_time, results, environment);
	}
	if (doc_open(&doc, e))
		goto out;
	if (!results->plan)
		text_standalone(doc.f, results);
	else if (put_plan_sections(doc.f, results, reference, &job_time, charts, e)) {
		doc_drop(&doc);
		goto out;
	}
	text_calibration(doc.f, results, environment);
	if (results->plan || environment)
		text_environment(doc.f, environment, reference);
	result = doc_take(&doc, text, e);
	if (!result)
		*length = trim_lines(*text, doc.length);
out:
	job_time_release(&job_time);
	reference_free(reference);
	return result;
}

int report_text(const struct results *results, const char *environment,
	const struct move_charts *charts, const struct directory *out, char **text, struct err *e)
{
	char *made;
	size_t length;
	int result;

	if (text)
		*text = NULL;
	if (make_text(&made, &length, results, environment, charts, e))
		return -1;
	result = directory_write(out, "report.txt", made, length, e);
	if (text && !result)
		*text = made;
	else
		free(made);
	return result;
}
