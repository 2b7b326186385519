/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Contradictions between the instruments of one move. Reports print them first, because a reader
 * must know what contradicts a figure. Only contradictions between witnesses of the same definition
 * (witnesses.c) make the move INVALID.
 */
#include "harness/verdict/internal.h"

#include "harness/base/memory.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static void contradict(struct results *results, const struct move_result *m, const char *fmt, ...)
	PRINTF_LIKE(3, 4);

static void contradict(struct results *results, const struct move_result *m, const char *fmt, ...)
{
	char text[1024];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	MEMORY_GROW("contradictions", results->disagreements, results->disagreement_count,
		results->disagreement_capacity);
	results->disagreements[results->disagreement_count++] = memory_format("contradictions",
		"%s run %zu, %s: %s", m->move->case_name, m->move->run, m->move->vm, text);
}

struct interval_words {
	char lo[SECONDS_TEXT_MAX], hi[SECONDS_TEXT_MAX];
};

static struct interval_words words(struct interval i)
{
	struct interval_words w;

	seconds_text(i.lo_ns, w.lo);
	seconds_text(i.hi_ns, w.hi);
	return w;
}

/* Explains the contradiction between two witnesses of the same definition. */
static const char *explain_contradiction(struct interval a, struct interval b)
{
	return intervals_apart(a, b)
		       ? "they cannot both be right"
		       : "the lengths may fit, but the moments of begin and end do not: "
			 "they cannot both be right";
}

static void compare_probe(struct results *results, const struct move_result *m,
	const struct observation *judged, const struct observation *o)
{
	struct interval_words x = words(judged->blackout), y = words(o->blackout);
	char why[160];

	if (!o->apart && (!observations_same_view(judged, o) ||
				 !intervals_apart(judged->blackout, o->blackout)))
		return;
	if (o->apart)
		snprintf(why, sizeof(why), "%s",
			explain_contradiction(judged->blackout, o->blackout));
	else if (series_is_session(o->series))
		snprintf(why, sizeof(why), "each TCP connection retransmits at its own times");
	else if (o->baseline.timeout_ns != judged->baseline.timeout_ns)
		snprintf(why, sizeof(why),
			"their time-outs differ (%g ms, %g ms): slow answers can explain it",
			(double)o->baseline.timeout_ns / NS_PER_MS,
			(double)judged->baseline.timeout_ns / NS_PER_MS);
	else
		snprintf(why, sizeof(why),
			"they are of different kinds: late answers can explain it");
	contradict(results, m,
		"%s shows a blackout of %s to %s s, %s (judged) one of %s to %s s; %s",
		o->series->probe, y.lo, y.hi, judged->series->probe, x.lo, x.hi, why);
}

static void compare_frames(
	struct results *results, const struct move_result *m, const struct observation *judged)
{
	struct interval_words x = words(judged->blackout), y = words(m->frames.blackout);

	if (!m->frames.apart)
		return;
	contradict(results, m,
		"the captured frames of %s show a blackout of %s to %s s, "
		"the probe itself (judged) one of %s to %s s; %s",
		judged->series->probe, y.lo, y.hi, x.lo, x.hi,
		explain_contradiction(judged->blackout, m->frames.blackout));
}

/*
 * Reports probes that the one-second ping lost while a faster probe saw no gap at all.
 * compare_probe compares the lengths.
 */
static void compare_lost(
	struct results *results, const struct move_result *m, const struct observation *judged)
{
	const struct observation *ping = move_one_second_ping(m);

	if (!ping || m->lost_1s <= 0 || !observations_same_view(judged, ping) ||
		judged->gaps.count > 0 || judged->series->interval_ns >= NS_PER_S)
		return;
	contradict(results, m, "the one-second ping lost %d in a row, but %s has no gap",
		m->lost_1s, judged->series->probe);
}

static void compare_downtime(struct results *results, const struct move_result *m)
{
	struct interval_words w = words(m->blackout);
	int64_t reported_ns = m->move->job ? m->move->job->downtime_ns : NS_NONE;

	if (reported_ns == NS_NONE || m->blackout.hi_ns == NS_INF ||
		reported_ns <= m->blackout.hi_ns)
		return;
	contradict(results, m,
		"the platform reports a downtime of %" PRId64 " ms, but the VM was silent for at "
		"most %s s",
		reported_ns / NS_PER_MS, w.hi);
}

static void compare_instruments(struct results *results, const struct move_result *m)
{
	const struct observation *judged = move_judged(m);

	if (!judged || m->blackout.lo_ns == NS_NONE)
		return;
	for (size_t i = 0; i < m->observation_count; i++)
		compare_probe(results, m, judged, &m->observations[i]);
	compare_frames(results, m, judged);
	compare_lost(results, m, judged);
	compare_downtime(results, m);
}

void contradictions_find(struct results *results)
{
	for (size_t i = 0; i < results->move_count; i++)
		if (results->moves[i].counted)
			compare_instruments(results, &results->moves[i]);
}
