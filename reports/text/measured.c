/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How it was measured: probes, time-outs, frames, disturbances, notes. A section of report.txt. */
#include "reports/text/text.h"

#include <inttypes.h>
#include <string.h>

#define LISTED_MAX 12

const char *text_kind(enum probe_kind kind)
{
	switch (kind) {
	case PROBE_PING:
		return "one-second ping";
	case PROBE_BURST:
		return "fast ping";
	case PROBE_SESSION:
		return "session";
	case PROBE_RDP:
		return "remote desktop";
	case PROBE_CAPTURE:
		return "capture";
	case PROBE_SIM:
		return "simulated";
	case PROBE_NEIGHBOUR:
		return "neighbour events";
	case PROBE_FRAMES:
		return "frames";
	}
	return "";
}

/* The moves in which the time-out of a series was raised above the planned one. */
static void put_raised(FILE *f, const struct results *results, const struct series *s)
{
	size_t raised = 0;

	for (size_t i = 0; i < results->move_count; i++) {
		const struct move_result *m = &results->moves[i];

		for (size_t j = 0; j < m->observation_count; j++) {
			const struct observation *o = &m->observations[j];
			char name[MOVE_NAME_MAX], line[512];

			if (o->series != s || o->baseline.timeout_ns <= s->timeout_ns)
				continue;
			if (++raised > LISTED_MAX)
				continue;
			snprintf(line, sizeof(line), "time-out raised to %.1f ms in %s",
				(double)o->baseline.timeout_ns / NS_PER_MS,
				text_move_name(m, name));
			text_wrap(f, "      ", line);
		}
	}
	if (raised > LISTED_MAX)
		fprintf(f, "      and in %zu more\n", raised - LISTED_MAX);
}

static void put_series(FILE *f, const struct results *results, const struct series *s)
{
	char probe[128], station[128], target[128], address[128], every[32], timeout[32];
	char line[1024];

	units_format(UNIT_TIME, s->interval_ns, every, sizeof(every));
	units_format(UNIT_TIME, s->timeout_ns, timeout, sizeof(timeout));
	snprintf(line, sizeof(line), "%s (%s) from %s to %s%s %s",
		text_safe(s->probe, probe, sizeof(probe)), text_kind(s->kind),
		text_safe(s->station, station, sizeof(station)), s->control ? "control " : "",
		text_safe(s->target, target, sizeof(target)),
		text_safe(s->address, address, sizeof(address)));
	if (s->kind != PROBE_CAPTURE)
		snprintf(line + strlen(line), sizeof(line) - strlen(line),
			": every %s, time-out %s, %zu probes", every, timeout, s->count);
	text_wrap(f, "  ", line);
	put_raised(f, results, s);
}

/* The begin of a disturbance; "the start" if it is not known. */
static const char *since_text(const struct timeline *t, int64_t from_ns, char *buf)
{
	char number[NUMBER_TEXT_MAX];

	if (from_ns == NS_NONE || from_ns <= t->first_ns)
		return "the start";
	snprintf(buf, NUMBER_TEXT_MAX, "%.40s s", fixed_text(from_ns - t->first_ns, 3, number));
	return buf;
}

static const char *until_text(const struct timeline *t, int64_t to_ns, char *buf)
{
	char number[NUMBER_TEXT_MAX];

	if (to_ns == INT64_MAX)
		return "the end";
	snprintf(buf, NUMBER_TEXT_MAX, "%.40s s", fixed_text(to_ns - t->first_ns, 3, number));
	return buf;
}

/* Why the engine was late: ", while …"; empty if not known. */
static const char *why_text(const struct disturbance *d, char *buf, size_t size)
{
	char stolen[80] = "", preempted[80] = "";

	if (d->steal_ns)
		snprintf(stolen, sizeof(stolen),
			"other machines took %" PRId64 " ms of processor time",
			d->steal_ns / NS_PER_MS);
	if (d->switches)
		snprintf(preempted, sizeof(preempted), "its thread was preempted %" PRId64 " times",
			d->switches);
	snprintf(buf, size, "%s%s%s%s", *stolen || *preempted ? ", while " : "", stolen,
		*stolen && *preempted ? " and " : "", preempted);
	return buf;
}

void text_disturbances(FILE *f, const struct timeline *t)
{
	for (size_t i = 0; i < t->disturbance_count && i < LISTED_MAX; i++) {
		const struct disturbance *d = &t->disturbances[i];
		char source[128], from[NUMBER_TEXT_MAX], length[NUMBER_TEXT_MAX], why[176],
			line[768];

		text_safe(d->source, source, sizeof(source));
		if (d->from_ns == NS_NONE || d->to_ns == INT64_MAX)
			snprintf(line, sizeof(line), "disturbed (%s) by %s from %s to %s",
				disturbance_kind_name(d->kind), source,
				since_text(t, d->from_ns, from), until_text(t, d->to_ns, length));
		else
			snprintf(line, sizeof(line), "disturbed (%s) by %s at %s s for %s s%s",
				disturbance_kind_name(d->kind), source,
				fixed_text(d->from_ns - t->first_ns, 3, from),
				fixed_text(d->to_ns - d->from_ns, 3, length),
				why_text(d, why, sizeof(why)));
		text_wrap(f, "  ", line);
	}
	if (t->disturbance_count > LISTED_MAX)
		fprintf(f, "  and %zu more disturbances\n", t->disturbance_count - LISTED_MAX);
}

void text_control(const struct timeline *t, const struct disturbance *d, char *buf, size_t size)
{
	char source[128], from[NUMBER_TEXT_MAX], to[NUMBER_TEXT_MAX];

	snprintf(buf, size, "%s had no answer from %s to %s",
		text_safe(d->source, source, sizeof(source)), since_text(t, d->from_ns, from),
		until_text(t, d->to_ns, to));
}

/* Silences of control targets; each move has its own, because its window limits them. */
static void put_silent_controls(FILE *f, const struct results *results)
{
	size_t silent = 0;

	for (size_t i = 0; i < results->move_count; i++) {
		const struct move_result *m = &results->moves[i];
		const struct observation *o = move_judged(m);

		for (size_t j = 0; o && j < o->disturbance_count; j++) {
			const struct disturbance *d = &o->disturbances[j];
			char name[MOVE_NAME_MAX], what[320], line[768];

			if (d->kind != DISTURBED_CONTROL || ++silent > LISTED_MAX)
				continue;
			text_control(results->timeline, d, what, sizeof(what));
			snprintf(line, sizeof(line), "disturbed (control) in %s: %s",
				text_move_name(m, name), what);
			text_wrap(f, "  ", line);
		}
	}
	if (silent > LISTED_MAX)
		fprintf(f, "  and %zu more of control targets\n", silent - LISTED_MAX);
	if (!silent && !results->timeline->disturbance_count)
		fputs("  Nothing disturbed the harness.\n", f);
}

void text_notes(FILE *f, const struct timeline *t)
{
	for (size_t i = 0; i < t->note_count && i < LISTED_MAX; i++) {
		char note[512], line[600];

		snprintf(
			line, sizeof(line), "note: %s", text_safe(t->notes[i], note, sizeof(note)));
		text_wrap(f, "  ", line);
	}
	if (t->note_count > LISTED_MAX)
		fprintf(f, "  and %zu more notes\n", t->note_count - LISTED_MAX);
}

/* By how much b is narrower than a; 0 if either has no upper end. */
static int64_t narrower(struct interval a, struct interval b)
{
	return a.hi_ns == NS_INF || b.hi_ns == NS_INF ? 0
						      : (a.hi_ns - a.lo_ns) - (b.hi_ns - b.lo_ns);
}

/* Distance between the midpoints of two intervals; 0 if either has no upper end. */
static int64_t distance(struct interval a, struct interval b)
{
	int64_t twice_ns;

	if (a.hi_ns == NS_INF || b.hi_ns == NS_INF)
		return 0;
	twice_ns = a.lo_ns + a.hi_ns - b.lo_ns - b.hi_ns;
	return (twice_ns < 0 ? -twice_ns : twice_ns) / 2;
}

/*
 * The blackout by the probe and by its frames, if they contradict each other, or if the probe alone
 * straddles the bound.
 */
static void put_frames_of(FILE *f, const struct move_result *m)
{
	struct interval alone = move_judged(m)->blackout;
	char name[MOVE_NAME_MAX], probe[NUMBER_TEXT_MAX], frames[NUMBER_TEXT_MAX],
		both[NUMBER_TEXT_MAX];
	char line[768];

	if (!m->frames.apart &&
		(m->bound_ns == NS_NONE || alone.lo_ns > m->bound_ns || alone.hi_ns <= m->bound_ns))
		return;
	snprintf(line, sizeof(line), "%s: the probe alone %s s, its frames %s s, %s%s%s",
		text_move_name(m, name), interval_text(alone, 6, probe),
		interval_text(m->frames.blackout, 6, frames),
		m->frames.apart ? "which contradict each other" : "together ",
		m->frames.apart ? "" : interval_text(m->blackout, 6, both),
		m->frames.apart ? "" : " s");
	text_wrap(f, "      ", line);
}

/* How the captured frames of the judged probes changed the blackouts. */
static void put_frames(FILE *f, const struct results *results)
{
	size_t seen = 0, used = 0, apart = 0;
	int64_t narrower_ns = 0, distance_ns = 0;
	char line[512];

	for (size_t i = 0; i < results->move_count; i++) {
		const struct frames_result *frames = &results->moves[i].frames;
		struct interval alone;

		if (!frames->seen)
			continue;
		alone = move_judged(&results->moves[i])->blackout;
		seen++;
		used += frames->used && !frames->apart;
		apart += frames->apart;
		if (distance(alone, frames->blackout) > distance_ns)
			distance_ns = distance(alone, frames->blackout);
		if (frames->used && narrower(alone, frames->common) > narrower_ns)
			narrower_ns = narrower(alone, frames->common);
	}
	if (!seen)
		return;
	snprintf(line, sizeof(line),
		"captured frames: in %zu of %zu moves a capture has the judged probe's own; the "
		"blackout of %zu comes from both (narrower by up to %.3f ms), %zu contradict; "
		"their middles differ by up to %.3f ms",
		seen, moves_set_up(results), used, (double)narrower_ns / NS_PER_MS, apart,
		(double)distance_ns / NS_PER_MS);
	text_wrap(f, "  ", line);
	for (size_t i = 0; i < results->move_count; i++)
		if (results->moves[i].frames.seen)
			put_frames_of(f, &results->moves[i]);
}

void text_measured(FILE *f, const struct results *results)
{
	const struct timeline *t = results->timeline;

	text_heading(f, "How it was measured");
	for (size_t i = 0; i < t->series_count; i++)
		put_series(f, results, &t->series[i]);
	put_frames(f, results);
	text_disturbances(f, t);
	put_silent_controls(f, results);
	text_notes(f, t);
}
