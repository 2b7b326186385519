/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Why a VM without a session may stay silent longer: the study's explanation and another, and what
 * this run's facts say for each. It decides nothing. Part of report.txt.
 */
#include "reports/text.h"

#include <string.h>

/* What the detached moves of a run have in common. */
struct evidence {
	size_t moves, silent; /* moves; those with a gap of a second and more */
	size_t announced;     /* silent moves whose VM was announced after the pause */
	size_t outlasting;    /* silent moves whose gap lasted on after the job's end */
	size_t attached, attached_silent;
};

static bool announced(const struct timeline *t, const struct move *move)
{
	const struct job *job = move->job;
	int64_t since_ns =
		job && job->paused.lo_ns != NS_NONE ? job->paused.lo_ns : move->trigger_ns;

	for (size_t i = 0; i < t->sighting_count; i++) {
		const struct sighting *s = &t->sightings[i];

		if (strcmp(s->what, "frame") != 0 && s->at_ns >= since_ns &&
			s->at_ns <= move->window_end_ns && s->target &&
			strcmp(s->target, move->vm) == 0)
			return true;
	}
	return false;
}

static struct evidence gather(const struct results *r)
{
	struct evidence e = {0};

	for (size_t i = 0; i < r->move_count; i++) {
		const struct move_result *m = &r->moves[i];
		struct silence longest;
		bool silent = m->blackout.lo_ns != NS_NONE && m->blackout.hi_ns >= NS_PER_S;
		const char *session = case_session(m->plan_case, m->move->vm);

		if (strcmp(session, "attached") == 0) {
			e.attached++;
			e.attached_silent += silent;
		}
		if (strcmp(session, "detached") != 0)
			continue;
		e.moves++;
		e.silent += silent;
		e.announced += silent && announced(r->timeline, m->move);
		e.outlasting +=
			silent && longest_silence(m, &longest) && m->move->job &&
			m->move->job->ended.lo_ns != NS_NONE &&
			(longest.to_ns == NS_NONE || longest.to_ns > m->move->job->ended.lo_ns);
	}
	return e;
}

bool probed_fast(const struct results *results, const struct plan_case *plan_case)
{
	for (size_t i = 0; i < results->move_count; i++) {
		const struct move_result *m = &results->moves[i];

		if ((plan_case && m->plan_case != plan_case) ||
			strcmp(case_session(m->plan_case, m->move->vm), "detached") != 0)
			continue;
		for (size_t j = 0; j < m->observation_count; j++) {
			const struct series *s = m->observations[j].series;

			if (s->kind == PROBE_BURST && !s->control && s->count)
				return true;
		}
	}
	return false;
}

void text_detached(FILE *f, const struct results *results)
{
	struct evidence e = gather(results);
	char line[512];

	if (!e.moves)
		return;
	text_heading(f, "Why a VM without a session may stay silent longer");
	text_wrap(f, "  ",
		"1. The study's explanation: the balancer notices whether a session is open and "
		"shortens "
		"the cut if one is. For it would speak: the gap ends with the job.");
	text_wrap(f, "  ",
		"2. Another: a VM that sends nothing after its move, and whose announcement is "
		"missing or "
		"lost, is found again only when switch and neighbour tables relearn; an open "
		"session "
		"sends at once. For it would speak: no announcement, and a gap that outlasts the "
		"job.");
	snprintf(line, sizeof(line),
		"This run: of %zu detached moves %zu may have been silent for a second or more; of "
		"these "
		"%zu were announced after the pause, and %zu gaps outlasted the job. Of %zu "
		"attached "
		"moves %zu may have been silent for a second or more.",
		e.moves, e.silent, e.announced, e.outlasting, e.attached, e.attached_silent);
	text_wrap(f, "  ", line);
	if (probed_fast(results, NULL))
		text_wrap(f, "  ",
			"This is no test of the silent VM: fast probing itself teaches the switch, "
			"for a request that waits in the guest's ring is answered from the new "
			"place; such a test uses the one-second ping and the capture alone.");
	if (!results->timeline->sighting_count)
		text_wrap(f, "  ", "Nothing was captured, so announcements could not be seen.");
}
