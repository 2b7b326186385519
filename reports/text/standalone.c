/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * report.txt of a standalone folder: the silences of all targets, longest first; then a row per
 * target; then how it was measured.
 */
#include "reports/text/text.h"

#include "harness/base/memory.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define TARGET_WIDTH 20
#define ROWS_MAX 40
#define CONTROLS_MAX 12

/* A gap and its series. */
struct outage {
	const struct standalone_result *result;
	const struct gap *gap;
};

static int by_length(struct interval a, struct interval b)
{
	if (a.hi_ns != b.hi_ns)
		return a.hi_ns > b.hi_ns ? -1 : 1;
	return a.lo_ns > b.lo_ns ? -1 : a.lo_ns < b.lo_ns;
}

/* Longest first; if equal, the earliest first; if equal, in the timeline's order. */
static int by_outage(const void *a, const void *b)
{
	const struct outage *x = a, *y = b;
	int order = by_length(x->gap->widened, y->gap->widened);

	if (order)
		return order;
	if (x->gap->l1_ns != y->gap->l1_ns)
		return x->gap->l1_ns < y->gap->l1_ns ? -1 : 1;
	return x->result < y->result ? -1 : x->result > y->result;
}

static int by_result(const void *a, const void *b)
{
	const struct standalone_result *const *x = a, *const *y = b;
	int order = by_length((*x)->observation.blackout, (*y)->observation.blackout);

	if (order)
		return order;
	return *x < *y ? -1 : *x > *y;
}

static struct outage *outages_of(const struct results *results, size_t *count)
{
	struct outage *outages;
	size_t n = 0;

	for (size_t i = 0; i < results->standalone_count; i++)
		n += results->standalone[i].observation.gaps.count;
	outages = memory_zeroed("outages", n + 1, sizeof(*outages));
	*count = n;
	n = 0;
	for (size_t i = 0; i < results->standalone_count; i++) {
		const struct standalone_result *result = &results->standalone[i];

		for (size_t k = 0; k < result->observation.gaps.count; k++)
			outages[n++] = (struct outage){result, &result->observation.gaps.gap[k]};
	}
	if (n)
		qsort(outages, n, sizeof(*outages), by_outage);
	return outages;
}

static void put_target(FILE *f, const struct series *s)
{
	char safe[256], fitted[256];

	text_safe(s->target, safe, sizeof(safe));
	text_cell(f, text_fit(safe, TARGET_WIDTH, fitted, sizeof(fitted)), TARGET_WIDTH, false);
}

static void put_count(FILE *f, size_t count, int width)
{
	char text[NUMBER_TEXT_MAX];

	snprintf(text, sizeof(text), "%zu", count);
	text_cell(f, text, width, true);
}

static void put_outage(FILE *f, const struct timeline *t, const struct outage *o)
{
	const struct gap *gap = o->gap;
	char number[NUMBER_TEXT_MAX], utc[UTC_TEXT_MAX], clock[16];

	put_target(f, o->result->observation.series);
	text_cell(f, fixed_text(gap->l1_ns - t->first_ns, 3, number), 10, true);
	utc_text(timeline_utc(t, gap->l1_ns), utc);
	snprintf(clock, sizeof(clock), "%.12s", strlen(utc) > 23 ? utc + 11 : "-");
	text_cell(f, clock, 12, false);
	text_cell(f, interval_text(gap->widened, 3, number), 20, false);
	put_count(f, gap->lost, 5);
	fprintf(f, "%5u\n", gap->late);
	if (gap->a_ns == NS_NONE)
		fputs("    out since before the first probe; its beginning is not known\n", f);
	if (gap->r_ns == NS_NONE)
		fputs("    still out when the observation ended\n", f);
	if (gap->disturbed_by)
		fprintf(f, "    the harness was disturbed meanwhile (%s)\n",
			disturbance_kind_name(gap->disturbed_by->kind));
}

static void put_outages(FILE *f, const struct results *results, size_t rows)
{
	size_t count = 0;
	struct outage *outages = outages_of(results, &count);

	text_heading(f, "Who was out, the longest first");
	if (!count)
		fputs("Nobody: every probe was answered in time.\n", f);
	if (count) {
		text_cell(f, "target", TARGET_WIDTH, false);
		fputs("   after, s  at, UTC      blackout, s           lost  late\n", f);
	}
	for (size_t i = 0; i < count && i < rows; i++)
		put_outage(f, results->timeline, &outages[i]);
	if (count > rows)
		fprintf(f, "and %zu more, none longer (gaps.csv has them all)\n", count - rows);
	free(outages);
}

/* End of observation: the last stamp of any series. */
static int64_t end_of(const struct timeline *t)
{
	int64_t end_ns = t->first_ns;

	for (size_t i = 0; i < t->series_count; i++)
		end_ns = ns_max(end_ns, t->series[i].end_ns);
	return end_ns;
}

/* Summary of all targets. */
struct whole {
	size_t counts[VERDICT_FAIL + 1];
	size_t silent, open;
	const struct standalone_result *worst; /* with the greatest upper end */
	enum verdict verdict;
};

static struct whole whole_of(const struct results *results)
{
	struct whole w = {.verdict = VERDICT_PASS};

	for (size_t i = 0; i < results->standalone_count; i++) {
		const struct standalone_result *result = &results->standalone[i];
		const struct gaps *gaps = &result->observation.gaps;

		w.counts[result->verdict]++;
		w.silent += gaps->count > 0;
		w.open += gaps->count > 0 && gaps->gap[gaps->count - 1].r_ns == NS_NONE;
		if (result->verdict > w.verdict)
			w.verdict = result->verdict;
		if (!w.worst ||
			by_length(result->observation.blackout, w.worst->observation.blackout) < 0)
			w.worst = result;
	}
	return w;
}

static void put_verdict(FILE *f, const struct results *results, const struct whole *w)
{
	char bound[32];
	bool first = true;

	if (results->bound_ns == NS_NONE) {
		fputs("Verdict: NOT JUDGED, no bound was given\n", f);
		return;
	}
	units_format(UNIT_TIME, results->bound_ns, bound, sizeof(bound));
	fprintf(f, "Verdict: %s, bound %s (",
		results->standalone_count ? verdict_name(w->verdict) : "none, nothing was observed",
		bound);
	for (int v = VERDICT_FAIL; v >= VERDICT_PASS; v--) {
		if (!w->counts[v])
			continue;
		fprintf(f, "%s%zu %s", first ? "" : ", ", w->counts[v],
			verdict_name((enum verdict)v));
		first = false;
	}
	fputs(")\n", f);
}

static void put_worst(FILE *f, const struct results *results, const struct whole *w)
{
	struct silence silence = {.phase = PHASE_NONE};
	char name[128], line[1024], words[512], blackout[NUMBER_TEXT_MAX];

	if (!w->worst || w->worst->observation.blackout.lo_ns == NS_NONE)
		return;
	snprintf(line, sizeof(line), "The longest silence: %s, %s s.",
		text_safe(w->worst->observation.series->target, name, sizeof(name)),
		interval_text(w->worst->observation.blackout, 3, blackout));
	if (results->bound_ns != NS_NONE) {
		text_reason(w->worst->reason, words, sizeof(words));
		snprintf(line + strlen(line), sizeof(line) - strlen(line), " %s: %s.",
			verdict_name(w->worst->verdict), words);
	}
	text_wrap(f, "", line);
	if (observed_silence(&w->worst->observation, &silence))
		text_limit(f, &w->worst->observation, &silence);
}

/* Times of the first and the last request: the report covers the time between them. */
static void put_observed(FILE *f, const struct timeline *t)
{
	int64_t first_ns = INT64_MAX, last_ns = NS_NONE;
	char from[UTC_TEXT_MAX], to[UTC_TEXT_MAX];

	for (size_t i = 0; i < t->series_count; i++) {
		const struct series *s = &t->series[i];

		if (!s->count)
			continue;
		first_ns = series_begin(s) < first_ns ? series_begin(s) : first_ns;
		last_ns = ns_max(last_ns,
			ns_max(s->observed_to_ns, record_last(s, &s->records[s->count - 1])));
	}
	if (last_ns != NS_NONE)
		fprintf(f, "First request %s, last one %s.\n",
			utc_text(timeline_utc(t, first_ns), from),
			utc_text(timeline_utc(t, last_ns), to));
}

static void put_head(FILE *f, const struct results *results)
{
	const struct timeline *t = results->timeline;
	struct whole w = whole_of(results);
	char safe[64], utc[UTC_TEXT_MAX], length[NUMBER_TEXT_MAX];

	fprintf(f, "Observed by blackout %s, nothing was moved\n",
		text_safe(t->standalone_command, safe, sizeof(safe)));
	put_verdict(f, results, &w);
	fprintf(f,
		"%zu target%s observed for %s s: %zu %s silent at some time, %zu still at the end.\n",
		results->standalone_count, results->standalone_count == 1 ? "" : "s",
		fixed_text(end_of(t) - t->first_ns, 1, length), w.silent,
		w.silent == 1 ? "was" : "were", w.open);
	fprintf(f, "Begun %s; judged by blackout %s.\n", utc_text(t->first_utc_ns, utc),
		BLACKOUT_VERSION);
	put_observed(f, t);
	text_closed(f, t);
	put_worst(f, results, &w);
}

static void put_result(FILE *f, const struct standalone_result *result)
{
	const struct observation *o = &result->observation;
	size_t lost = 0, late = 0;
	char number[NUMBER_TEXT_MAX], words[512], line[600];

	for (size_t i = 0; i < o->gaps.count; i++) {
		lost += o->gaps.gap[i].lost;
		late += o->gaps.gap[i].late;
	}
	put_target(f, o->series);
	put_count(f, o->gaps.probes, 9);
	put_count(f, lost, 7);
	put_count(f, late, 5);
	text_ms(f, o->baseline.fastest_ns, 8);
	text_ms(f, o->baseline.median_ns, 8);
	text_ms(f, o->baseline.p99_ns, 8);
	put_count(f, o->gaps.count, 5);
	text_line(f, interval_text(o->blackout, 3, number), 0, false);
	if (result->verdict == VERDICT_NOT_JUDGED)
		return;
	text_reason(result->reason, words, sizeof(words));
	snprintf(line, sizeof(line), "%s: %s", verdict_name(result->verdict), words);
	text_wrap(f, "    ", line);
}

static void put_results(FILE *f, const struct results *results)
{
	const struct standalone_result **sorted =
		memory_zeroed("targets", results->standalone_count + 1, sizeof(*sorted));
	size_t n = results->standalone_count;

	text_heading(f, "Targets, the longest silence first");
	text_cell(f, "", TARGET_WIDTH, false);
	fputs("                         round trips, ms\n", f);
	text_cell(f, "target", TARGET_WIDTH, false);
	fputs("   probes    lost  late  fastest   median      p99  gaps longest, s\n", f);
	for (size_t i = 0; i < n; i++)
		sorted[i] = &results->standalone[i];
	if (n)
		qsort(sorted, n, sizeof(*sorted), by_result);
	for (size_t i = 0; i < n && i < ROWS_MAX; i++)
		put_result(f, sorted[i]);
	if (n > ROWS_MAX)
		fprintf(f, "and %zu more, none silent for longer\n", n - ROWS_MAX);
	free(sorted);
}

static bool same_probe(const struct series *a, const struct series *b)
{
	return a->kind == b->kind && a->interval_ns == b->interval_ns &&
	       a->timeout_ns == b->timeout_ns && a->control == b->control &&
	       strcmp(a->station, b->station) == 0 && strcmp(a->probe, b->probe) == 0;
}

/*
 * One line for all series of a probe, of which `first` is the first. Returns the next probe's
 * first.
 */
static size_t put_probe(FILE *f, const struct timeline *t, size_t first)
{
	const struct series *s = &t->series[first];
	char probe[128], station[128], every[32], timeout[32], line[512];
	size_t last = first, probes = 0;

	for (; last < t->series_count && same_probe(s, &t->series[last]); last++)
		probes += t->series[last].count;
	units_format(UNIT_TIME, s->interval_ns, every, sizeof(every));
	units_format(UNIT_TIME, s->timeout_ns, timeout, sizeof(timeout));
	snprintf(line, sizeof(line),
		"%s (%s) from %s to %zu %starget%s: every %s, time-out %s, %zu probes",
		text_safe(s->probe, probe, sizeof(probe)), text_kind(s->kind),
		text_safe(s->station, station, sizeof(station)), last - first,
		s->control ? "control " : "", last - first == 1 ? "" : "s", every, timeout, probes);
	text_wrap(f, "  ", line);
	return last;
}

/* Counts of duplicate answers and of probes that met an error. */
static void put_oddities(FILE *f, const struct timeline *t)
{
	size_t duplicates = 0, errors = 0;

	for (size_t i = 0; i < t->series_count; i++)
		for (size_t k = 0; k < t->series[i].count; k++) {
			duplicates += t->series[i].records[k].duplicates;
			errors += t->series[i].records[k].error;
		}
	if (errors)
		fprintf(f,
			"  %zu probe%s met an error (of a router, or on sending) instead of an "
			"answer\n",
			errors, errors == 1 ? "" : "s");
	if (duplicates)
		fprintf(f, "  %zu duplicate answer%s not counted\n", duplicates,
			duplicates == 1 ? " was" : "s were");
}

static void put_raised(FILE *f, const struct results *results)
{
	size_t raised = 0;
	int64_t max_ns = 0;

	for (size_t i = 0; i < results->standalone_count; i++) {
		const struct observation *o = &results->standalone[i].observation;

		if (o->baseline.timeout_ns <= o->series->timeout_ns)
			continue;
		raised++;
		max_ns = ns_max(max_ns, o->baseline.timeout_ns);
	}
	if (raised)
		fprintf(f,
			"  time-out raised for %zu target%s, whose network is slow: to at most "
			"%.1f ms\n",
			raised, raised == 1 ? "" : "s", (double)max_ns / NS_PER_MS);
}

/* Silences of control targets, once per probe: its targets share the list of disturbances. */
static void put_controls(FILE *f, const struct results *results)
{
	const struct disturbance *before = NULL;
	size_t silent = 0;

	for (size_t i = 0; i < results->standalone_count; i++) {
		const struct observation *o = &results->standalone[i].observation;

		for (size_t k = 0; o->disturbances != before && k < o->disturbance_count; k++) {
			char what[320], line[400];

			if (o->disturbances[k].kind != DISTURBED_CONTROL || ++silent > CONTROLS_MAX)
				continue;
			text_control(results->timeline, &o->disturbances[k], what, sizeof(what));
			snprintf(line, sizeof(line), "disturbed (control): %s", what);
			text_wrap(f, "  ", line);
		}
		before = o->disturbances;
	}
	if (silent > CONTROLS_MAX)
		fprintf(f, "  and %zu more of control targets\n", silent - CONTROLS_MAX);
	if (!silent && !results->timeline->disturbance_count)
		fputs("  Nothing disturbed the harness.\n", f);
}

void text_standalone(FILE *f, const struct results *results)
{
	const struct timeline *t = results->timeline;

	put_head(f, results);
	put_outages(f, results, ROWS_MAX);
	fputs("\n\"after\" and \"at\": the first probe that was not answered in time. [lo, hi] s "
	      "holds the true\nsilence: probes only sample, it began after the last answered probe "
	      "and ended before the\nnext answer.\n",
		f);
	put_results(f, results);
	text_heading(f, "How it was measured");
	for (size_t i = 0; i < t->series_count;)
		i = put_probe(f, t, i);
	put_raised(f, results);
	put_oddities(f, t);
	text_disturbances(f, t);
	put_controls(f, results);
	text_notes(f, t);
}

void report_standalone_summary(FILE *f, const struct results *results, size_t rows)
{
	put_head(f, results);
	put_outages(f, results, rows);
}
