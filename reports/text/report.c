/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * report.txt: the report for people. This file has the head of it and the helpers for tables; what
 * follows the head is in the other files here.
 */
#include "reports/text/text.h"


#include <limits.h>
#include <stdlib.h>
#include <string.h>

void text_cell(FILE *f, const char *text, int width, bool right)
{
	int pad = width - (int)text_width(text);

	fprintf(f, "%*s%s%*s ", right && pad > 0 ? pad : 0, "", text, !right && pad > 0 ? pad : 0,
		"");
}

void text_ms(FILE *f, int64_t ns, int width)
{
	char text[NUMBER_TEXT_MAX];

	text_cell(f, ms_text(ns, 2, text), width, true);
}

void text_case(FILE *f, const char *name)
{
	char safe[512], fitted[512];

	text_safe(name, safe, sizeof(safe));
	/* Cut in the middle, names of many axes would look the same. */
	if (text_width(safe) > CASE_WIDTH) {
		text_line(f, text_fit(safe, TEXT_COLUMNS, fitted, sizeof(fitted)), 0, false);
		safe[0] = '\0';
	}
	text_cell(f, safe, CASE_WIDTH, false);
}

void text_line(FILE *f, const char *text, int width, bool right)
{
	int pad = width - (int)text_width(text);

	fprintf(f, "%*s%s\n", right && pad > 0 ? pad : 0, "", text);
}

void text_heading(FILE *f, const char *text)
{
	fprintf(f, "\n%s\n", text);
	for (size_t i = text_width(text); i > 0; i--)
		fputc('-', f);
	fputc('\n', f);
}

/* Whether a word, but for the comma or stop behind it, is a unit. */
static bool is_unit(const char *word)
{
	static const char *const units[] = {
		"s", "ms", "%", "s/GB", "MB", "GB", "Mbit/s", "IOPS", "min"};
	size_t length = strcspn(word, " ");

	while (length && strchr(".,:;)", word[length - 1]))
		length--;
	for (size_t i = 0; i < ARRAY_SIZE(units); i++)
		if (strlen(units[i]) == length && strncmp(word, units[i], length) == 0)
			return true;
	return false;
}

/* The bytes that no line's end may part: a word, an interval, a figure with its unit. */
static size_t word_length(const char *text)
{
	size_t length = strcspn(text, " ");

	if (*text == '[' && text[length] && !memchr(text, ']', length))
		length += 1 + strcspn(text + length + 1, " ");
	if (length && strchr("0123456789]", text[length - 1]) && text[length] &&
		is_unit(text + length + 1))
		length += 1 + strcspn(text + length + 1, " ");
	return length;
}

void text_wrap(FILE *f, const char *indent, const char *text)
{
	size_t column = 0;

	while (*text) {
		size_t bytes = word_length(text), width = 0;

		for (size_t i = 0; i < bytes; i++)
			width += (text[i] & 0xC0) != 0x80;
		if (column && column + 1 + width > TEXT_COLUMNS) {
			fputc('\n', f);
			column = 0;
		}
		fputs(column ? " " : indent, f);
		column += column ? 1 : strlen(indent);
		fwrite(text, 1, bytes, f);
		column += width;
		text += bytes + (text[bytes] == ' ');
	}
	fputc('\n', f);
}

/* PASS or NOT JUDGED only where no case has anything worse; NOT JUDGED only where all are. */
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

static void put_banner(FILE *f, const char *large, const char *text)
{
	static const char stars[] = "**********************************************************"
				    "************************";

	fprintf(f, "\n%s\n*  %s\n*  %s\n%s\n", stars, large, text, stars);
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

/* What is not judged is no worse than what passed. */
static int badness(const struct move_result *m)
{
	return m->verdict == VERDICT_NOT_JUDGED ? -1 : (int)m->verdict;
}

/* The move that decides how the whole looks: of the worst verdict, the one of greatest hi. */
const struct move_result *worst_move(const struct results *results)
{
	const struct move_result *worst = NULL;

	for (size_t i = 0; i < results->move_count; i++) {
		const struct move_result *m = &results->moves[i];

		if (!worst || badness(m) > badness(worst) ||
			(badness(m) == badness(worst) && m->blackout.hi_ns > worst->blackout.hi_ns))
			worst = m;
	}
	return worst;
}

void text_limit(FILE *f, const struct observation *o, const struct silence *silence)
{
	const struct disturbance *d = silence->disturbed_by;
	char line[512], every[32], source[128], width[NUMBER_TEXT_MAX];

	units_format(UNIT_TIME, o->series->interval_ns, every, sizeof(every));
	if (d)
		snprintf(line, sizeof(line),
			"What limited it: the harness was disturbed meanwhile (%s, %s), which "
			"widens the interval.",
			d->kind, text_safe(d->source, source, sizeof(source)));
	else if (silence->to_ns == NS_NONE)
		snprintf(line, sizeof(line),
			"What limited it: it had not answered again when the watching ended.");
	else if (silence->from_ns == NS_NONE)
		snprintf(line, sizeof(line),
			"What limited it: nothing was answered before it, so that its beginning "
			"is not known.");
	else if (!silence->gap && o->gaps.unseen_hi_ns > 2 * o->gaps.unseen_sampled_ns)
		snprintf(line, sizeof(line),
			"What limited it: no probe was lost there, but none was sent for a time: %s s are "
			"the room between two answers, where the prober asks every %s.",
			fixed_text(silence->to_ns - silence->from_ns, 3, width), every);
	else if (!silence->gap)
		snprintf(line, sizeof(line),
			"What limited it: no probe was lost there; %s s is the room between two "
			"answers, from probing every %s.",
			fixed_text(silence->to_ns - silence->from_ns, 3, width), every);
	else
		snprintf(line, sizeof(line),
			"What limited it: the interval is %s s wide, from probing every %s with a "
			"round-trip spread of %.2f ms.",
			fixed_text(o->blackout.hi_ns - o->blackout.lo_ns, 3, width), every,
			(double)o->baseline.jitter_ns / NS_PER_MS);
	text_wrap(f, "  ", line);
}

/* Who else that is by, and what the judged probe says alone, where that is another interval. */
static void with_words(const struct move_result *m, char *buf, size_t size)
{
	struct interval alone = judged_observation(m)->blackout;
	char text[NUMBER_TEXT_MAX], all[NUMBER_TEXT_MAX];

	if (strcmp(interval_text(alone, 3, text), interval_text(m->blackout, 3, all)) != 0)
		snprintf(buf, size, " (by all witnesses of its kind; the judged probe alone %s s)", text);
}

void text_worst(FILE *f, const struct results *results)
{
	const struct move_result *m = worst_move(results);
	struct silence silence = {.phase = PHASE_NONE};
	bool silent;
	char name[256], line[2304], words[WHY_TEXT_MAX], blackout[NUMBER_TEXT_MAX], bound[NUMBER_TEXT_MAX];
	char with[256] = "";

	if (!m)
		return;
	silent = longest_silence(m, &silence);
	text_why(m, words, sizeof(words));
	if (silent && !m->frames.apart)
		with_words(m, with, sizeof(with));
	snprintf(line, sizeof(line), "%s, run %zu: blackout %s s%s%s%s, bound %s%s: %s, %s.",
		text_safe(m->move->case_name, name, sizeof(name)), m->move->run,
		interval_text(m->blackout, 3, blackout), with,
		silence.phase != PHASE_NONE ? ", begun in phase " : "", phase_name(silence.phase),
		m->bound_ns == NS_NONE ? "none" : fixed_text(m->bound_ns, 3, bound),
		m->bound_ns == NS_NONE ? "" : " s", verdict_name(m->verdict), words);
	text_wrap(f, "  ", line);
	if (silent)
		text_limit(f, judged_observation(m), &silence);
}

/* The plan's end, where it did not come to it; nothing where it did, or where nobody wrote it. */
void text_closed(FILE *f, const struct timeline *t)
{
	static const struct {
		const char *state, *large, *text;
	} ends[] = {
		{"interrupted", "I N T E R R U P T E D",
			"INTERRUPTED: the plan did not end by itself, what follows is a part of "
			"it."},
		{"broke-off", "B R O K E   O F F",
			"BROKE OFF: the plan could not go on, what follows is a part of it."},
		{"set-up-failed", "S E T - U P   F A I L E D",
			"SET-UP FAILED: a host, the VM or the network was not ready; what there is "
			"follows."},
	};

	for (size_t i = 0; i < ARRAY_SIZE(ends); i++)
		if (strcmp(t->closed, ends[i].state) == 0)
			put_banner(f, ends[i].large, ends[i].text);
}

bool text_is_part(const struct results *results)
{
	const char *closed = results->timeline->closed;

	return results->moves_missing || (*closed && strcmp(closed, "complete") != 0);
}

const char *text_part(const struct results *results)
{
	return results->case_count && text_is_part(results)
		? " (of what was carried out; the plan is incomplete)"
		: "";
}

static void put_head(FILE *f, const struct results *results)
{
	const struct plan *plan = results->plan;
	const struct plan_section *section = plan_section_find(plan, SECTION_PLAN, "");
	const char *title = plan_text(NULL, section, "title");
	char safe[512], utc[UTC_TEXT_MAX];

	text_wrap(f, "", text_safe(title ? title : "Live migration", safe, sizeof(safe)));
	fprintf(f, "Verdict: %s%s\n", whole_verdict(results),
		text_part(results));
	text_counts(f, results);
	fprintf(f, "Begun %s; judged by blackout %s.\n",
		utc_text(results->timeline->first_utc_ns, utc), BLACKOUT_VERSION);
	if (results->timeline->simulated)
		put_banner(f, "S I M U L A T E D",
			"SIMULATED: no virtual machine was moved, the figures are invented by a "
			"model.");
	text_closed(f, results->timeline);
	put_disagreements(f, results);
	if (results->move_count)
		fputs("\nThe worst move:\n", f);
	text_worst(f, results);
	fputs("\nHow to read an interval: [lo, hi] s holds the true silence. Probes only sample: "
	      "it "
	      "began after the\nlast answered probe and ended before the next answer. PASS needs "
	      "hi "
	      "<= bound, FAIL needs lo > bound.\n"
	      "A one-second ping that loses 3 in a row saw a silence of 2 to 4 s: with it alone, a "
	      "3 s bound\ncannot be decided.\n",
		f);
}

/* Takes away the blanks at the ends of lines that tables leave. Returns the length. */
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

static int put_plan_parts(FILE *f, const struct results *results,
	const struct reference *reference, const struct job_time *job_time,
	const struct move_charts *charts, struct err *e)
{
	put_head(f, results);
	text_cases(f, results, reference, job_time);
	text_moves(f, results, reference);
	text_drawn(f, results, charts);
	text_detached(f, results);
	if (text_sessions(f, results, e))
		return -1;
	text_round_trips(f, results);
	text_work(f, results, reference, job_time);
	text_guest_clock(f, results);
	text_measured(f, results);
	return 0;
}

/* The whole of report.txt (malloc'd). */
static int make_text(char **text, size_t *length, const struct results *results,
	const char *environment, const struct move_charts *charts, struct err *e)
{
	struct reference *reference = NULL;
	struct job_time job_time = {0};
	struct doc doc;
	int result = -1;

	*text = NULL;
	if (results->plan && (reference_read(&reference, e) ||
				     job_time_make(&job_time, results, environment, e)))
		goto out;
	if (doc_open(&doc, e))
		goto out;
	if (!results->plan)
		text_watch(doc.f, results);
	else if (put_plan_parts(doc.f, results, reference, &job_time, charts, e)) {
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
	job_time_free(&job_time);
	reference_free(reference);
	return result;
}

int report_text(const struct results *results, const char *environment,
	const struct move_charts *charts, const char *out, char **text, struct err *e)
{
	char path[PATH_MAX], *made;
	size_t length;
	int result;

	if (text)
		*text = NULL;
	if (path_join(path, sizeof(path), out, "report.txt"))
		return err_set(e, "%s: name too long", out);
	if (make_text(&made, &length, results, environment, charts, e))
		return -1;
	result = file_write(path, made, length, e);
	if (text && !result)
		*text = made;
	else
		free(made);
	return result;
}
