/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Follows the answers of the judged probe: see judged_answers.h. */
#include "tools/live/judged_answers.h"

#include <stdlib.h>
#include <string.h>

struct judged_answers_target {
	int64_t number;
	char vm[PICTURE_NAME];
	int64_t interval_ns, timeout_ns;
	int64_t answered_ns; /* last send answered in time, or end of a silence; NS_NONE: none */
	/* A ring: cell s % STRIP_S is second s of the monotonic clock. */
	enum strip_cell cells[STRIP_S];
	int64_t last_s; /* newest second in the ring; NS_NONE: none */
};

void judged_answers_init(struct judged_answers *answers)
{
	*answers = (struct judged_answers){.longest_ns = NS_NONE};
}

void judged_answers_release(struct judged_answers *answers)
{
	free(answers->targets);
	free(answers->windows);
	*answers = (struct judged_answers){0};
}

int judged_answers_open_window(
	struct judged_answers *a, const char *vm, const char *name, int64_t from_ns)
{
	struct judged_answers_window *w;

	if (ARRAY_GROW(a->windows, a->window_count, a->window_capacity))
		return -1;
	w = &a->windows[a->window_count++];
	*w = (struct judged_answers_window){.from_ns = from_ns, .to_ns = INT64_MAX};
	snprintf(w->vm, sizeof(w->vm), "%s", vm);
	snprintf(w->name, sizeof(w->name), "%s", name);
	return 0;
}

void judged_answers_close_window(struct judged_answers *a, const char *vm, int64_t to_ns)
{
	for (size_t i = a->window_count; i-- > 0;) {
		struct judged_answers_window *w = &a->windows[i];

		if (w->to_ns == INT64_MAX && (!vm || strcmp(w->vm, vm) == 0))
			w->to_ns = to_ns;
	}
}

static void strip_to(struct judged_answers_target *t, int64_t second)
{
	int64_t first =
		t->last_s == NS_NONE || second - t->last_s > STRIP_S ? second - STRIP_S : t->last_s;

	for (int64_t s = first + 1; s <= second; s++)
		if (s >= 0)
			t->cells[s % STRIP_S] = STRIP_NONE;
	t->last_s = second;
}

static void strip_mark(struct judged_answers_target *t, int64_t sent_ns, bool in_time)
{
	int64_t second = sent_ns / NS_PER_S;
	enum strip_cell *cell, mark = in_time ? STRIP_ANSWERED : STRIP_LOST;

	if (t->last_s == NS_NONE || second > t->last_s)
		strip_to(t, second);
	if (second <= t->last_s - STRIP_S)
		return;
	cell = &t->cells[second % STRIP_S];
	*cell = *cell == STRIP_NONE || *cell == mark ? mark : STRIP_SOME;
}

/* Records a silence if it is the longest that touches a move of the VM; newest moves first. */
static void take_silence(struct judged_answers *a, const struct judged_answers_target *t,
	int64_t from_ns, int64_t to_ns)
{
	if (a->longest_ns != NS_NONE && to_ns - from_ns <= a->longest_ns)
		return;
	for (size_t i = a->window_count; i-- > 0;) {
		const struct judged_answers_window *w = &a->windows[i];

		/* Windows of a run's VMs overlap: another VM's end says nothing of this one's. */
		if (w->from_ns > to_ns || strcmp(w->vm, t->vm) != 0)
			continue;
		if (w->to_ns < from_ns)
			return;
		a->longest_ns = to_ns - from_ns;
		snprintf(a->longest_in, sizeof(a->longest_in), "%s", w->name);
		return;
	}
}

static void take_answer(
	struct judged_answers *a, struct judged_answers_target *t, int64_t sent_ns, int64_t at_ns)
{
	bool in_time = at_ns - sent_ns <= t->timeout_ns;

	strip_mark(t, sent_ns, in_time);
	if (t->answered_ns != NS_NONE && sent_ns <= t->answered_ns)
		return;
	if (t->answered_ns != NS_NONE)
		take_silence(a, t, t->answered_ns, at_ns);
	/* A late answer ends the silence at its arrival; requests sent before that are ignored. */
	t->answered_ns = in_time ? sent_ns : at_ns;
}

/* Takes a span: a line for many probes with the same outcome (docs/facts.md). */
static void take_span(
	struct judged_answers *a, struct judged_answers_target *t, const struct fact *fact, bool ok)
{
	int64_t from_ns = fact_number(fact, FIELD_FROM, NS_NONE),
		to_ns = fact_number(fact, FIELD_TO, NS_NONE);
	int64_t silent_ns = fact_number(fact, FIELD_SILENCE, NS_NONE),
		after_ns = fact_number(fact, FIELD_AFTER, NS_NONE);

	if (from_ns == NS_NONE || to_ns < from_ns)
		return;
	if (to_ns - from_ns > STRIP_S * NS_PER_S)
		from_ns = to_ns - STRIP_S * NS_PER_S;
	for (int64_t ns = from_ns; ns < to_ns; ns += NS_PER_S)
		strip_mark(t, ns, ok);
	strip_mark(t, to_ns, ok);
	if (!ok)
		return;
	if (silent_ns > 0 && after_ns >= 0)
		take_silence(a, t, after_ns, after_ns + silent_ns);
	if (to_ns > t->answered_ns)
		t->answered_ns = to_ns;
}

static struct judged_answers_target *find(struct judged_answers *a, int64_t number)
{
	/* Targets are usually numbered from 1 on, without gaps. */
	if (number >= 1 && (size_t)number <= a->count && a->targets[number - 1].number == number)
		return &a->targets[number - 1];
	for (size_t i = 0; i < a->count; i++)
		if (a->targets[i].number == number)
			return &a->targets[i];
	return NULL;
}

static void take_target(struct judged_answers *a, const struct fact *fact, int64_t number)
{
	const char *name = fact_text(fact, FIELD_NAME), *role = fact_text(fact, FIELD_ROLE);
	struct judged_answers_target *t = find(a, number);

	if (!name || number < 0)
		return;
	if (!t && ARRAY_GROW(a->targets, a->count, a->capacity))
		return;
	if (!t)
		t = &a->targets[a->count++];
	/* A resumed run repeats the fact: the strip starts again, as nothing was probed between. */
	*t = (struct judged_answers_target){.number = number,
		.answered_ns = NS_NONE,
		.last_s = NS_NONE,
		.interval_ns = fact_number(fact, FIELD_INTERVAL, 0),
		.timeout_ns = fact_number(fact, FIELD_TIMEOUT, NS_PER_S)};
	if (target_role_of(role ? role : "") != ROLE_CONTROL)
		snprintf(t->vm, sizeof(t->vm), "%s", name);
}

void judged_answers_take(struct judged_answers *a, const struct fact *fact)
{
	int64_t number = strtoll(fact->subject, NULL, 10),
		sent_ns = fact_number(fact, FIELD_SENT, NS_NONE);
	struct judged_answers_target *t;

	a->newest_ns = fact->ns;
	if (fact->id == FACT_TARGET) {
		take_target(a, fact, number);
		return;
	}
	t = find(a, number);
	if (!t || !*t->vm)
		return;
	if (fact->id == FACT_ANSWER && sent_ns != NS_NONE)
		take_answer(a, t, sent_ns, fact->ns);
	else if (fact->id == FACT_UNANSWERED && sent_ns != NS_NONE)
		strip_mark(t, sent_ns, false);
	else if (fact->id == FACT_OK || fact->id == FACT_LOST)
		take_span(a, t, fact, *fact->kind == 'o');
}

static const struct judged_answers_target *target_of(const struct judged_answers *a, const char *vm)
{
	for (size_t i = 0; i < a->count; i++)
		if (strcmp(a->targets[i].vm, vm) == 0)
			return &a->targets[i];
	return NULL;
}

static int64_t silence_of(const struct judged_answers *a, const struct judged_answers_target *t)
{
	if (t->answered_ns == NS_NONE ||
		a->newest_ns - t->answered_ns <= t->interval_ns + t->timeout_ns)
		return 0;
	return a->newest_ns - t->answered_ns;
}

int64_t judged_answers_silence(const struct judged_answers *a, const char *vm)
{
	const struct judged_answers_target *t = target_of(a, vm);

	return t ? silence_of(a, t) : 0;
}

bool judged_answers_fill_picture(const struct judged_answers *a, const char *vm, struct picture *p)
{
	const struct judged_answers_target *t = target_of(a, vm);
	int64_t now_s = a->newest_ns / NS_PER_S;

	for (size_t i = 0; i < STRIP_S; i++)
		p->strip[i] = STRIP_NONE;
	p->silence_ns = 0;
	p->longest_ns = a->longest_ns;
	snprintf(p->longest_in, sizeof(p->longest_in), "%s", a->longest_in);
	if (!t)
		return false;
	for (int64_t i = 0; i < STRIP_S && t->last_s != NS_NONE; i++) {
		int64_t s = now_s - (STRIP_S - 1) + i;

		if (s >= 0 && s <= t->last_s && s > t->last_s - STRIP_S)
			p->strip[i] = t->cells[s % STRIP_S];
	}
	p->silence_ns = silence_of(a, t);
	return true;
}
