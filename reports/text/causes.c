/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The causes of each move's longest gap, and who announced the VM. A section of report.txt. */
#include "reports/text/text.h"

#include <string.h>

/* Time from which an announcement counts: the VM's pause or, if not known, the trigger. */
static int64_t since_of(const struct move *move)
{
	const struct job *job = move->job;

	return job && job->paused.lo_ns != NS_NONE ? job->paused.lo_ns : move->trigger_ns;
}

const struct sighting *move_announced(const struct timeline *t, const struct move *move)
{
	int64_t since_ns = since_of(move);

	for (size_t i = 0; i < t->sighting_count; i++) {
		const struct sighting *s = &t->sightings[i];

		if (s->what != SIGHTING_FRAME && s->at_ns >= since_ns &&
			s->at_ns <= move->window_end_ns && s->target &&
			strcmp(s->target, move->vm) == 0)
			return s;
	}
	return NULL;
}

bool move_causes(const struct results *r, const struct move_result *m, struct causes *causes)
{
	const struct observation *o = move_judged(m);
	struct silence longest;

	*causes = (struct causes){0};
	if (!o || !longest_silence(m, &longest) || !longest.gap)
		return false;
	causes_of(r->timeline, m->move, o->series, longest.gap, causes);
	return true;
}

/*
 * Finds a request that was sent before the VM was paused and answered after it was resumed on the
 * destination. It had waited in the guest, and its answer taught the switch the guest's new port.
 * Returns its round trip in ns, or NS_NONE.
 */
static int64_t answered_from_ring(const struct move_result *m)
{
	const struct observation *o = move_judged(m);
	const struct job *job = m->move->job;

	if (!o || !job || job->paused.hi_ns == NS_NONE || job->resumed.hi_ns == NS_NONE)
		return NS_NONE;
	for (size_t i = series_first_from(o->series, m->move->trigger_ns); i < o->series->count;
		i++) {
		const struct probe_record *r = &o->series->records[i];

		if (r->sent_ns >= job->paused.hi_ns)
			break;
		if (r->arrival_ns != NS_NONE && r->sent_ns >= m->move->trigger_ns &&
			r->arrival_ns >
				job->paused.hi_ns + (job->resumed.lo_ns - job->paused.hi_ns) / 2)
			return r->arrival_ns - r->sent_ns;
	}
	return NS_NONE;
}

static void put_stretches(FILE *f, const struct causes *causes)
{
	char seconds[NUMBER_TEXT_MAX], line[CAUSE_EVIDENCE_MAX + 128], safe[CAUSE_EVIDENCE_MAX * 2];

	for (size_t i = 0; i < causes->count; i++) {
		const struct cause_stretch *s = &causes->stretch[i];

		snprintf(line, sizeof(line), "%s s %s: %s",
			fixed_text(s->to_ns - s->from_ns, 2, seconds), cause_name(s->cause),
			text_safe(s->evidence, safe, sizeof(safe)));
		text_wrap(f, "      ", line);
	}
}

static void put_move(FILE *f, const struct results *r, const struct move_result *m)
{
	const struct sighting *announcement = move_announced(r->timeline, m->move);
	int64_t ring_ns = answered_from_ring(m);
	char name[MOVE_NAME_MAX], lost[32] = "", blackout[NUMBER_TEXT_MAX],
				  who[96] = "not announced", line[1024];
	char seconds[NUMBER_TEXT_MAX];
	struct causes causes;

	if (announcement)
		snprintf(who, sizeof(who), "%s %s s after the pause",
			sighting_name(announcement->what),
			fixed_text(announcement->at_ns - since_of(m->move), 2, seconds));
	if (m->lost_1s >= 0)
		snprintf(lost, sizeof(lost), ", %d lost", m->lost_1s);
	snprintf(line, sizeof(line), "%s: %s s%s; %s", text_move_name(m, name),
		interval_text(m->blackout, 2, blackout), lost, who);
	text_wrap(f, "  ", line);
	if (move_causes(r, m, &causes))
		put_stretches(f, &causes);
	if (ring_ns == NS_NONE || announcement)
		return;
	snprintf(line, sizeof(line),
		"A request that waited in the guest was answered from the new host (round trip %s "
		"s) and so taught the switch: this move does not measure a silent VM.",
		fixed_text(ring_ns, 2, seconds));
	text_wrap(f, "      ", line);
}

void text_causes(FILE *f, const struct results *results)
{
	text_heading(f, "Causes of each blackout");
	text_wrap(f, "",
		"The move's longest gap, divided where the facts say that one cause ended and the "
		"next began. Times in the evidence are seconds since the trigger.");
	for (size_t i = 0; i < results->move_count; i++)
		if (results->moves[i].blackout.lo_ns != NS_NONE)
			put_move(f, results, &results->moves[i]);
}
