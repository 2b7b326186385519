/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The verdict of one move, from its observations. The order of the rules is a contract
 * (docs/facts.md lists the codes): the first that applies decides, later ones only add their codes.
 * rules.c compares an interval with the bound.
 */
#include "harness/verdict/internal.h"
#include "harness/plan/settings.h"

#include <string.h>

/* Time from one uncertain instant to another; not negative. */
static struct interval between(struct instant from, struct instant to)
{
	struct interval i = {to.lo_ns - from.hi_ns, to.hi_ns - from.lo_ns};

	if (i.lo_ns < 0)
		i.lo_ns = 0;
	if (i.hi_ns < 0)
		i.hi_ns = 0;
	return i;
}

static struct interval job_time(const struct job *job)
{
	const struct instant *from;

	if (!job)
		return (struct interval){NS_NONE, NS_NONE};
	from = job->requested.lo_ns != NS_NONE ? &job->requested : &job->started;
	if (from->lo_ns == NS_NONE || job->ended.lo_ns == NS_NONE)
		return (struct interval){NS_NONE, NS_NONE};
	return between(*from, job->ended);
}

const char *outcome_name(enum outcome outcome)
{
	static const char *const names[OUTCOMES] = {
		[OUTCOME_NONE] = "",
		[OUTCOME_OK] = "ok",
		[OUTCOME_UNKNOWN] = "unknown",
		[OUTCOME_TWO_PLACES] = "two-places",
		[OUTCOME_NOWHERE] = "nowhere",
		[OUTCOME_PAUSED] = "paused",
		[OUTCOME_ON_SOURCE] = "on-source",
		[OUTCOME_ON_DESTINATION] = "on-destination",
		[OUTCOME_ELSEWHERE] = "elsewhere",
		[OUTCOME_LEFT_BEHIND] = "left-behind",
		[OUTCOME_COMPLETED] = "completed",
		[OUTCOME_FAILED] = "failed",
		[OUTCOME_WITH_STATUS] = "completed-with-status",
		[OUTCOME_CANCELLED] = "cancelled",
		[OUTCOME_NOT_STARTED] = "not-started",
	};

	return names[outcome];
}

const char *move_prevented_by(const struct move *move)
{
	return move->set_up_failed ? move->broke_off : move->refused;
}

const char *integrity_name(enum integrity integrity)
{
	static const char *const names[] = {
		[INTEGRITY_UNCHECKED] = "",
		[INTEGRITY_OK] = "ok",
		[INTEGRITY_CORRUPTED] = "corrupted",
	};

	return names[integrity];
}

/* Number of hosts on which the VM is in that state. */
static size_t places_in(const struct move *m, enum vm_state state)
{
	size_t n = 0;

	for (size_t i = 0; i < m->place_count; i++)
		n += m->places[i].state == state;
	return n;
}

static const char *running_on(const struct move *m)
{
	for (size_t i = 0; i < m->place_count; i++)
		if (m->places[i].state == VM_RUNNING)
			return m->places[i].host;
	return "";
}

/*
 * OUTCOME_OK if the VM runs where it should and nowhere else, otherwise what is wrong. If the
 * platform reports no host at all, the job's state is trusted.
 */
static enum outcome place_seen(const struct move *m, bool moved)
{
	const char *host = running_on(m), *expected = moved ? m->destination : m->source;

	if (places_in(m, VM_UNKNOWN) == m->place_count)
		return OUTCOME_OK;
	if (places_in(m, VM_RUNNING) > 1)
		return OUTCOME_TWO_PLACES;
	if (!*host) {
		if (places_in(m, VM_PAUSED))
			return OUTCOME_PAUSED;
		return places_in(m, VM_UNKNOWN) ? OUTCOME_UNKNOWN : OUTCOME_NOWHERE;
	}
	if (*expected ? strcmp(host, expected) != 0 : moved && strcmp(host, m->source) == 0) {
		if (strcmp(host, m->source) == 0)
			return OUTCOME_ON_SOURCE;
		return strcmp(host, m->destination) == 0 ? OUTCOME_ON_DESTINATION
							 : OUTCOME_ELSEWHERE;
	}
	if (places_in(m, VM_PAUSED))
		return OUTCOME_LEFT_BEHIND;
	/* It may also run on a host whose state is unknown. */
	return places_in(m, VM_UNKNOWN) ? OUTCOME_UNKNOWN : OUTCOME_OK;
}

static enum job_state expected_state(const struct move_result *result)
{
	const struct plan_case *c = result->plan_case;
	const char *expected = move_settings_of(c->plan).expect;

	return expected ? job_state_of(expected) : JOB_COMPLETED;
}

bool move_job_as_expected(const struct move_result *result)
{
	const struct job *job = result->move->job;

	return job && job->state == expected_state(result);
}

bool move_harmed(const struct move *m)
{
	return (m->integrity_checked && !m->integrity_ok) || places_in(m, VM_RUNNING) > 1;
}

static enum outcome outcome_of_job(const struct job *job)
{
	switch (job->state) {
	case JOB_COMPLETED:
		return OUTCOME_COMPLETED;
	case JOB_FAILED:
		return OUTCOME_FAILED;
	case JOB_WITH_STATUS:
		return OUTCOME_WITH_STATUS;
	case JOB_CANCELLED:
		return OUTCOME_CANCELLED;
	default:
		return OUTCOME_UNKNOWN;
	}
}

static enum outcome outcome_seen(const struct move_result *result)
{
	const struct job *job = result->move->job;
	bool moved = expected_state(result) == JOB_COMPLETED;

	if (places_in(result->move, VM_RUNNING) > 1)
		return OUTCOME_TWO_PLACES;
	if (result->move->set_up_failed)
		return OUTCOME_NONE;
	if (!job && result->move->refused)
		return OUTCOME_NOT_STARTED;
	if (!job || job->state == JOB_MOVING || job->state == JOB_UNKNOWN)
		return OUTCOME_UNKNOWN;
	if (!move_job_as_expected(result))
		return outcome_of_job(job);
	return place_seen(result->move, moved);
}

const struct observation *move_one_second_ping(const struct move_result *result)
{
	for (size_t i = 0; i < result->observation_count; i++) {
		const struct series *s = result->observations[i].series;

		if (!s->control && s->kind == PROBE_PING && s->interval_ns == NS_PER_S)
			return &result->observations[i];
	}
	return NULL;
}

/* Probes lost in a row in the window: the figure that the published tests give. */
static int lost_1s(const struct move_result *result)
{
	const struct observation *o = move_one_second_ping(result);
	const struct move *m = result->move;

	if (!o)
		return -1;
	return (int)gaps_lost_in_a_row(o->series, &o->baseline, m->window_begin_ns,
		m->window_end_ns == NS_NONE ? INT64_MAX : m->window_end_ns);
}

static void rule_harm(struct ruling *ruling, const struct move *m)
{
	if (m->integrity_checked && !m->integrity_ok)
		ruling_apply(ruling, VERDICT_FAIL, "corrupted");
	if (places_in(m, VM_RUNNING) > 1)
		ruling_apply(ruling, VERDICT_FAIL, "two-places");
	if (m->broke_off)
		ruling_apply(
			ruling, VERDICT_INVALID, m->set_up_failed ? "set-up-failed" : "broke-off");
}

static void rule_seen(
	struct ruling *ruling, const struct move_result *result, const struct observation *o)
{
	if (!o || !o->gaps.probes)
		return; /* ruling_blackout adds no-probes */
	if (o->baseline.lost > 0)
		ruling_apply(ruling, VERDICT_INVALID, "baseline-lost");
	if (move_witnesses_disagree(result))
		ruling_apply(ruling, VERDICT_INVALID, "witnesses-disagree");
}

static void rule_outcome(struct ruling *ruling, const void *ctx)
{
	const struct move_result *result = ctx;
	char code[64];

	if (result->outcome == OUTCOME_OK || result->outcome == OUTCOME_TWO_PLACES)
		return;
	snprintf(code, sizeof(code), "outcome-%s", outcome_name(result->outcome));
	ruling_apply(ruling, VERDICT_FAIL, code);
}

void move_judge(struct move_result *result)
{
	const struct move *m = result->move;
	const struct observation *o = move_judged(result);
	struct ruling ruling = {.reason = result->reason, .size = sizeof(result->reason)};

	result->job = job_time(m->job);
	result->lost_1s = lost_1s(result);
	result->outcome = outcome_seen(result);
	if (m->integrity_checked)
		result->integrity = m->integrity_ok ? INTEGRITY_OK : INTEGRITY_CORRUPTED;
	rule_harm(&ruling, m);
	if (!m->broke_off) {
		rule_seen(&ruling, result, o);
		ruling_blackout(
			&ruling, o, result->blackout, result->bound_ns, rule_outcome, result);
	}
	result->verdict = ruling.verdict;
}
