/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Contradictions between the instruments of one move. They change no verdict; they are said
 * first, for whoever reads a figure has to know what speaks against it.
 */
#include "harness/verdict_private.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static int doubt(struct results *results, const struct move_result *m, const char *fmt, ...)
	PRINTF_LIKE(3, 4);

static int doubt(struct results *results, const struct move_result *m, const char *fmt, ...)
{
	char *said = NULL, *text = NULL;
	va_list args;
	int n;

	va_start(args, fmt);
	n = vasprintf(&said, fmt, args);
	va_end(args);
	if (n < 0)
		return -1;
	n = asprintf(&text, "%s run %zu, %s: %s", m->move->case_name, m->move->run, m->move->vm,
		said);
	free(said);
	if (n < 0 || VEC_ROOM(results->disagreements, results->disagreement_count,
			     results->disagreement_room)) {
		free(n < 0 ? NULL : text);
		return -1;
	}
	results->disagreements[results->disagreement_count++] = text;
	return 0;
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

/*
 * Probes of the same layer look at the same silence: their intervals must have something in common.
 * A session is another layer: TCP sends again later and later, so its gap may well be longer.
 */
static int compare_probe(struct results *results, const struct move_result *m,
	const struct observation *judged, const struct observation *o)
{
	struct interval a = judged->blackout, b = o->blackout;
	struct interval_words x = words(a), y = words(b);

	if (o == judged || o->series->control || o->gaps.probes == 0)
		return 0;
	if ((o->series->kind == PROBE_SESSION) != (judged->series->kind == PROBE_SESSION))
		return 0;
	if (a.lo_ns <= b.hi_ns && b.lo_ns <= a.hi_ns)
		return 0;
	return doubt(results, m,
		"%s saw a blackout of %s to %s s, %s (judged) one of %s to %s s; both cannot be "
		"right",
		o->series->probe, y.lo, y.hi, judged->series->probe, x.lo, x.hi);
}

/*
 * That the lengths fit is compare_probe's business; here, that what the one-second ping lost
 * shows in the faster probe's answers at all.
 */
static int compare_lost(struct results *results, const struct move_result *m,
	const struct observation *judged)
{
	if (m->lost_1s <= 0 || judged->gaps.count > 0 || judged->series->interval_ns >= NS_PER_S ||
		judged->series->kind == PROBE_SESSION)
		return 0;
	return doubt(results, m,
		"the one-second ping lost %d in a row, but %s was answered all the while",
		m->lost_1s, judged->series->probe);
}

static int compare_downtime(struct results *results, const struct move_result *m)
{
	struct interval_words w = words(m->blackout);
	int64_t reported_ns = m->move->job ? m->move->job->downtime_ns : NS_NONE;

	if (reported_ns == NS_NONE || m->blackout.hi_ns == NS_INF ||
		reported_ns <= m->blackout.hi_ns)
		return 0;
	return doubt(results, m,
		"the platform reports a downtime of %" PRId64 " ms, but the VM was silent for at "
		"most %s s", reported_ns / NS_PER_MS, w.hi);
}

static int doubts_of(struct results *results, const struct move_result *m)
{
	const struct observation *judged = move_judged(m);

	if (!judged || m->blackout.lo_ns == NS_NONE)
		return 0;
	for (size_t i = 0; i < m->observation_count; i++)
		if (compare_probe(results, m, judged, &m->observations[i]))
			return -1;
	return compare_lost(results, m, judged) || compare_downtime(results, m) ? -1 : 0;
}

int doubts_make(struct results *results, struct err *e)
{
	for (size_t i = 0; i < results->move_count; i++)
		if (results->moves[i].counted && doubts_of(results, &results->moves[i]))
			return err_set(e, "%s: out of memory", results->timeline->dir);
	return 0;
}
