/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The phase of a migration in which a gap began, from the times that the platform reports. */
#include "harness/analysis/internal.h"

/* The set-up is assumed to last this long if the platform does not report when copying began. */
#define START_NS NS_PER_S

const char *phase_name(enum phase phase)
{
	static const char *const names[] = {
		[PHASE_NONE] = "",
		[PHASE_BEFORE] = "before",
		[PHASE_START] = "start",
		[PHASE_COPY] = "copy",
		[PHASE_SWITCH] = "switch",
		[PHASE_AFTER] = "after",
	};

	return names[phase];
}

/*
 * The switch-over: from pausing at the source to resuming at the destination. False: not known.
 * The platform's events are stamped on arrival, so the switch-over may have begun earlier.
 */
static bool switch_over(const struct job *job, int64_t *from_ns, int64_t *to_ns)
{
	const struct instant *begin = job->paused.lo_ns != NS_NONE ? &job->paused : &job->ended;

	if (begin->lo_ns == NS_NONE)
		return false;
	*from_ns = begin->lo_ns - PAUSE_DELAY_MAX_NS;
	*to_ns = begin->hi_ns;
	if (begin == &job->paused && job->resumed.hi_ns != NS_NONE)
		*to_ns = job->resumed.hi_ns;
	else if (job->ended.hi_ns != NS_NONE)
		*to_ns = job->ended.hi_ns;
	return true;
}

/* The phase in which a gap began: the switch-over if it may have begun in it, else that of L1. */
static enum phase phase_of(const struct gap *gap, const struct move *move)
{
	const struct job *job = move->job;
	int64_t requested_ns = move->trigger_ns, copying_ns, from_ns, to_ns;
	int64_t earliest_ns = gap->a_ns == NS_NONE ? gap->l1_ns : gap->a_ns;

	if (requested_ns == NS_NONE && job)
		requested_ns = job->requested.lo_ns;
	if (requested_ns != NS_NONE && gap->l1_ns < requested_ns)
		return PHASE_BEFORE;
	if (job && switch_over(job, &from_ns, &to_ns)) {
		if (gap->l1_ns >= from_ns && earliest_ns <= to_ns)
			return PHASE_SWITCH;
		if (gap->l1_ns > to_ns)
			return PHASE_AFTER;
	}
	if (requested_ns == NS_NONE || !job)
		return PHASE_NONE;
	copying_ns = job->copying.hi_ns;
	if (copying_ns == NS_NONE)
		copying_ns = requested_ns + START_NS + ns_max(job->setup_ns, 0);
	return gap->l1_ns < copying_ns ? PHASE_START : PHASE_COPY;
}

void gaps_phases(struct gaps *gaps, const struct move *move)
{
	for (size_t i = 0; i < gaps->count; i++)
		gaps->gap[i].phase = phase_of(&gaps->gap[i], move);
}
