/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Judges a folder: which attempts count, each move's verdict, the cases, and the exit status. The
 * rules for one move are in move.c.
 */
#include "harness/verdict/internal.h"

#include "harness/base/memory.h"

#include <stdlib.h>
#include <string.h>

const char *verdict_name(enum verdict verdict)
{
	static const char *const names[] = {
		[VERDICT_PASS] = "PASS",
		[VERDICT_NOT_JUDGED] = "NOT JUDGED",
		[VERDICT_INCONCLUSIVE] = "INCONCLUSIVE",
		[VERDICT_INVALID] = "INVALID",
		[VERDICT_FAIL] = "FAIL",
	};

	return names[verdict];
}

static bool same_run(const struct move *a, const struct move *b)
{
	return a->run == b->run && a->move == b->move && strcmp(a->case_name, b->case_name) == 0;
}

/*
 * The number of moves that an attempt completed. A run with several VMs is one event: its attempt
 * counts or is replaced as a whole.
 */
static size_t completed_by_attempt(
	const struct timeline *t, const struct plan *plan, const struct move *m)
{
	const struct plan_case *plan_case = plan_case_find(plan, m->case_name);
	bool together = plan_case && plan_together(plan_case);
	size_t completed = 0;

	for (size_t i = 0; i < t->move_count; i++) {
		const struct move *other = &t->moves[i];

		completed += !other->broke_off && other->run == m->run &&
			     other->attempt == m->attempt && (together || other->move == m->move) &&
			     strcmp(other->case_name, m->case_name) == 0;
	}
	return completed;
}

/*
 * Whether another attempt at the same run replaces this one: one that completed more moves replaces
 * one that completed fewer, otherwise the later replaces the earlier. One that harmed the VM is
 * never replaced. completed: of the attempt of each move.
 */
static bool superseded(const struct timeline *t, size_t index, const size_t *completed)
{
	const struct move *m = &t->moves[index];

	if (move_harmed(m))
		return false;
	for (size_t i = 0; i < t->move_count; i++) {
		const struct move *other = &t->moves[i];

		if (i == index || !same_run(m, other))
			continue;
		if (completed[i] != completed[index]) {
			if (completed[i] > completed[index])
				return true;
			continue;
		}
		if (other->attempt > m->attempt || (other->attempt == m->attempt && i > index))
			return true;
	}
	return false;
}

static int judge_counted(struct results *results, const size_t *completed, struct err *e)
{
	const struct timeline *t = results->timeline;

	for (size_t i = 0; i < t->move_count; i++) {
		const struct move *m = &t->moves[i];
		const struct plan_case *plan_case = plan_case_find(results->plan, m->case_name);
		struct move_result *result;

		if (superseded(t, i, completed))
			continue;
		if (!plan_case)
			return err_set(e,
				"%s: the facts have case '%s', which facts/plan.ini lacks "
				"(was it edited?)",
				t->dir, m->case_name);
		result = &results->moves[results->move_count++];
		*result = (struct move_result){.move = m,
			.plan_case = plan_case,
			.bound_ns = plan_bound(plan_case),
			.counted = !m->broke_off || m->set_up_failed || move_harmed(m)};
		move_observe(result, t);
		witnesses_apply(results, result);
		move_judge(result);
	}
	return 0;
}

static int judge_moves(struct results *results, struct err *e)
{
	const struct timeline *t = results->timeline;
	size_t *completed = memory_zeroed("attempts", t->move_count + 1, sizeof(*completed));
	int rc;

	results->moves = memory_zeroed("moves", t->move_count + 1, sizeof(*results->moves));
	for (size_t i = 0; i < t->move_count; i++)
		completed[i] = completed_by_attempt(t, results->plan, &t->moves[i]);
	rc = judge_counted(results, completed, e);
	free(completed);
	return rc;
}

/* Whether any attempt at the same run was completed. */
static bool was_completed(const struct results *results, const struct move *m)
{
	for (size_t i = 0; i < results->move_count; i++)
		if (same_run(results->moves[i].move, m) && !results->moves[i].move->broke_off)
			return true;
	return false;
}

/*
 * Number of moves without a complete run. A folder closed as complete may have fewer moves than the
 * plan (--only): there, only runs that broke off are missing.
 */
static size_t moves_missing(const struct results *results)
{
	size_t planned = plan_case_count(results->plan) * plan_repeat(results->plan) *
			 plan_section_count(results->plan, SECTION_VM);
	size_t completed = 0, broken = 0;

	for (size_t i = 0; i < results->move_count; i++) {
		const struct move *m = results->moves[i].move;

		completed += !m->broke_off;
		broken += !was_completed(results, m);
	}
	if (results->timeline->closed == FOLDER_COMPLETE)
		return broken;
	return planned > completed ? planned - completed : 0;
}

static int judge_plan(struct results *results, struct err *e)
{
	if (judge_moves(results, e))
		return -1;
	cases_make(results);
	contradictions_find(results);
	results->moves_missing = moves_missing(results);
	return 0;
}

int results_new(struct results **out, const struct timeline *timeline, const struct plan *plan,
	struct err *e)
{
	struct results *results = memory_zeroed("results", 1, sizeof(*results));

	results->timeline = timeline;
	results->plan = plan;
	results->bound_ns = plan ? NS_NONE : timeline->standalone_bound_ns;
	if (!plan) {
		standalone_make(results);
	} else if (judge_plan(results, e)) {
		results_free(results);
		return -1;
	}
	*out = results;
	return 0;
}

void results_free(struct results *results)
{
	if (!results)
		return;
	for (size_t i = 0; i < results->move_count; i++) {
		struct move_result *m = &results->moves[i];

		for (size_t k = 0; k < m->observation_count; k++)
			observation_release(&m->observations[k]);
		free(m->observations);
	}
	for (size_t i = 0; i < results->standalone_count; i++)
		observation_release(&results->standalone[i].observation);
	free(results->standalone);
	for (size_t i = 0; i < results->disagreement_count; i++)
		free(results->disagreements[i]);
	free(results->disagreements);
	frames_release(results);
	free(results->moves);
	free(results->cases);
	free(results);
}

/* Whether one move with this verdict leaves the whole folder undecided. */
static bool undecided_by(enum verdict verdict)
{
	return verdict == VERDICT_INVALID || verdict == VERDICT_INCONCLUSIVE;
}

static enum status standalone_status(const struct results *results)
{
	bool undecided = results->standalone_count == 0;

	if (results->bound_ns == NS_NONE)
		return STATUS_PASS;
	for (size_t i = 0; i < results->standalone_count; i++) {
		if (results->standalone[i].verdict == VERDICT_FAIL)
			return STATUS_FAIL;
		undecided |= undecided_by(results->standalone[i].verdict);
	}
	return undecided ? STATUS_UNDECIDED : STATUS_PASS;
}

enum status results_status(const struct results *results)
{
	bool undecided = results->move_count == 0 || results->moves_missing > 0;
	const struct timeline *t = results->timeline;

	if (t->closed == FOLDER_INTERRUPTED)
		return STATUS_INTERRUPTED;
	if (t->closed == FOLDER_BROKE_OFF)
		return STATUS_BROKE_OFF;
	if (t->closed == FOLDER_SET_UP_FAILED)
		return STATUS_SETUP;
	if (!results->plan)
		return standalone_status(results);
	for (size_t i = 0; i < results->move_count; i++) {
		if (results->moves[i].verdict == VERDICT_FAIL)
			return STATUS_FAIL;
		undecided |= undecided_by(results->moves[i].verdict);
	}
	return undecided ? STATUS_UNDECIDED : STATUS_PASS;
}
