/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The faults of the capturing machine: see capture.h. */
#include "tests/property/capture.h"

#include "harness/packet/frame.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* 2026-01-01T00:00:00Z */
#define CAPTURE_ZERO_NS (INT64_C(1767225600) * NS_PER_S)
#define COPY_MAX_NS (3 * NS_PER_MS)
#define DISPLACED_FRAMES 45
/* The import waits a second for an answer's request: closer to an end a loss may not show. */
#define LONE_ANSWER_NS (1200 * NS_PER_MS)

int64_t capture_stamp(const struct capture *s, int64_t true_ns)
{
	int64_t stamp_ns = CAPTURE_ZERO_NS + true_ns;

	for (size_t i = 0; i < s->steps; i++)
		if (true_ns >= s->step_at_ns[i])
			stamp_ns += s->step_ns[i];
	return stamp_ns;
}

static void hide(struct prober *p, int64_t from_ns, int64_t to_ns)
{
	for (size_t i = 0; i < p->count; i++) {
		struct request *r = &p->requests[i];

		if (r->sent_ns >= from_ns && r->sent_ns < to_ns)
			r->seen = false;
		if (!r->seen || (r->answer_ns >= from_ns && r->answer_ns < to_ns))
			r->answer_seen = false;
	}
}

/* Loses the frames of all probers in [from_ns, to_ns). */
static void lose_burst(struct capture *s, int64_t from_ns, int64_t to_ns)
{
	trial_note(s->trial, "  the capture lost [%.9f, %.9f) s\n", (double)from_ns / 1e9,
		(double)to_ns / 1e9);
	for (size_t i = 0; i < s->senders; i++)
		hide(&s->sender[i].prober, from_ns, to_ns);
	s->lost_from_ns[s->bursts] = from_ns;
	s->lost_to_ns[s->bursts++] = to_ns;
}

/*
 * When a burst begins: after the answer of request i; or between request i and its answer, if the
 * request before was answered. A lost answer next to a lost request would resemble two lost
 * requests.
 */
static int64_t burst_begin(const struct prober *p, size_t i, struct dice *dice)
{
	const struct request *r = &p->requests[i];
	bool alone = i == 0 || p->requests[i - 1].answer_seen;

	if (r->answer_ns != NS_NONE && r->answer_ns < p->requests[i + 1].sent_ns) {
		if (alone && r->seen && dice_chance(dice, 60))
			return dice_between(dice, r->sent_ns + 1, r->answer_ns);
		return r->answer_ns + 1;
	}
	return p->requests[i + 1].sent_ns;
}

/*
 * True if a burst that begins at from_ns takes answers whose loss resembles a silence: two in a
 * row, or one next to a request that was not answered.
 */
static bool resembles_silence(const struct prober *p, int64_t from_ns)
{
	size_t taken = 0;

	for (size_t i = 0; i < p->count && p->requests[i].sent_ns < from_ns; i++) {
		if (!p->requests[i].answer_seen || p->requests[i].answer_ns < from_ns)
			continue;
		if (i > 0 && !p->requests[i - 1].answer_seen)
			return true;
		taken++;
	}
	return taken > 1;
}

/*
 * The capture loses up to 20 answers in a row and, at most 20 paces before them, a request whose
 * answer it has: only that answer shows the loss. Near either end of the file it shows nothing.
 */
static bool lose_answers(struct capture *s)
{
	struct prober *p = &s->sender[0].prober;
	struct dice *dice = s->trial->dice;
	size_t i = (size_t)dice_between(dice, 0, (int64_t)p->count - 2);
	int64_t lost = 0, wanted = dice_between(dice, 2, 20);
	struct request *lone = &p->requests[i];

	if (!lone->answer_seen ||
		lone->answer_ns + s->answer_offset_ns < p->requests[0].sent_ns + LONE_ANSWER_NS ||
		lone->answer_ns > p->requests[p->count - 1].sent_ns - LONE_ANSWER_NS)
		return false;
	lone->seen = lone->answer_seen = false;
	while (++i < p->count && lost < wanted &&
		p->requests[i].sent_ns <= lone->sent_ns + 20 * p->pace_ns) {
		p->requests[i].answer_seen = false;
		p->requests[i].answer_ns = NS_NONE;
		lost++;
	}
	trial_note(s->trial,
		"  the capture lost the request of %.9f s and %" PRId64 " answers after it\n",
		(double)lone->sent_ns / 1e9, lost);
	s->answers_lost = true;
	return true;
}

void capture_draw_losses(struct capture *s)
{
	const struct prober *p = &s->sender[0].prober;
	struct dice *dice = s->trial->dice;
	int64_t wanted = dice_between(dice, 1, BURSTS_MAX);
	bool rising =
		s->sender[0].numbering == NUMBER_RISING || s->sender[0].numbering == NUMBER_JUMP;

	if (s->has.loss && rising && !s->has.steps && dice_chance(dice, 40))
		for (int tries = 0; tries < 20; tries++)
			if (lose_answers(s))
				return;
	for (int64_t k = 0; s->has.loss && k < wanted; k++) {
		size_t i = (size_t)dice_between(dice, 0, (int64_t)p->count - 2), j;
		int64_t from_ns = burst_begin(p, i, dice);
		int64_t to_ns = from_ns + 3 * p->pace_ns + 3 * NS_PER_MS +
				dice_log(dice, p->pace_ns, 30 * p->pace_ns);

		bool good = true;

		for (size_t n = 0; n < s->senders; n++)
			good &= !resembles_silence(&s->sender[n].prober, from_ns);
		if (!good)
			continue;
		/* The answer to the last request in the burst is captured. */
		j = prober_first_from(p, to_ns);
		if (j < p->count && p->requests[j].answer_ns != NS_NONE && dice_chance(dice, 70))
			to_ns = dice_between(
				dice, p->requests[j].sent_ns + 1, p->requests[j].answer_ns);
		lose_burst(s, from_ns, to_ns);
	}
}

/* True if the clock may step at at_ns: between requests a regular step apart, no copies. */
static bool may_step(const struct capture *s, const struct prober *p, int64_t at_ns)
{
	const struct request *before = NULL, *next = NULL;

	for (size_t i = 0; i < p->count && !next; i++) {
		const struct request *r = &p->requests[i];

		if (!r->seen)
			continue;
		if (r->sent_ns >= at_ns)
			next = r;
		else
			before = r;
		if (s->has.copies && ((r->sent_ns < at_ns && r->sent_ns + COPY_MAX_NS >= at_ns) ||
					     (r->answer_seen && r->answer_ns < at_ns &&
						     r->answer_ns + COPY_MAX_NS >= at_ns)))
			return false;
	}
	return before && next && step_is_regular(next->sent_ns - before->sent_ns, p->pace_ns);
}

/* At least 0.2 paces of the slowest prober forward, or 0.3 back: the import cannot detect less. */
static int64_t draw_step(const struct capture *s)
{
	struct dice *dice = s->trial->dice;
	int64_t pace_ns = s->sender[0].prober.pace_ns, size_ns;

	if (s->senders > 1 && s->sender[1].prober.pace_ns > pace_ns)
		pace_ns = s->sender[1].prober.pace_ns;
	size_ns = dice_chance(dice, 50) ? dice_log(dice, pace_ns / 5, 3 * pace_ns)
					: dice_log(dice, pace_ns, 20 * NS_PER_S);
	if (dice_chance(dice, 45))
		return size_ns;
	return -ns_max(size_ns, pace_ns * 3 / 10);
}

/*
 * True if a request after the step would resemble a copy of the one before: same bytes, same time.
 */
static bool resembles_copy(const struct capture *s, int64_t step_ns)
{
	for (size_t i = 0; i < s->senders; i++)
		if (s->sender[i].numbering == NUMBER_SAME &&
			llabs(step_ns + s->sender[i].prober.pace_ns) < 2 * FRAME_COPY_NS)
			return true;
	return false;
}

/* Draws the time of a step: at a frame, often inside an outage. */
static int64_t draw_step_at(const struct prober *p, struct dice *dice)
{
	size_t i = (size_t)dice_between(dice, 1, (int64_t)p->count - 1);

	if (p->outage_count && dice_chance(dice, 60)) {
		const struct outage *o =
			&p->outages[dice_between(dice, 0, (int64_t)p->outage_count - 1)];

		i = prober_first_from(
			p, dice_between(dice, o->from_ns - p->pace_ns, o->to_ns + p->pace_ns));
		i = i < p->count ? i : p->count - 1;
	}
	if (p->requests[i].answer_seen && dice_chance(dice, 30))
		return p->requests[i].answer_ns;
	return p->requests[i].sent_ns;
}

void capture_draw_steps(struct capture *s)
{
	struct dice *dice = s->trial->dice;
	int64_t wanted = dice_chance(dice, 70) ? 1 : STEPS_MAX;

	for (int tries = 0; s->has.steps && tries < 40 && (int64_t)s->steps < wanted; tries++) {
		int64_t at_ns = draw_step_at(&s->sender[0].prober, dice);
		int64_t step_ns = draw_step(s);
		bool good = !resembles_copy(s, step_ns);

		for (size_t i = 0; i < s->senders; i++) {
			good &= may_step(s, &s->sender[i].prober, at_ns);
			for (size_t k = 0; k < s->steps; k++)
				good &= llabs(at_ns - s->step_at_ns[k]) >
					3 * s->sender[i].prober.pace_ns;
		}
		if (!good)
			continue;
		step_ns = step_ns / s->sender[0].prober.grain_ns * s->sender[0].prober.grain_ns;
		trial_note(s->trial, "  clock step of %.9f s from %.9f s on\n",
			(double)step_ns / 1e9, (double)at_ns / 1e9);
		s->step_at_ns[s->steps] = at_ns;
		s->step_ns[s->steps++] = step_ns;
	}
}

/* Removes the frames that the capture does not have. */
static void drop_lost(struct capture *s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->count; i++) {
		bool lost = s->frames[i].true_ns > s->end_ns;

		for (size_t k = 0; k < s->bursts; k++)
			lost |= s->frames[i].true_ns >= s->lost_from_ns[k] &&
				s->frames[i].true_ns < s->lost_to_ns[k];
		if (!lost)
			s->frames[n++] = s->frames[i];
	}
	s->count = n;
}

static void copy_all(struct capture *s)
{
	size_t count = s->count;
	struct dice *dice = s->trial->dice;
	int64_t max_ns = dice_between(dice, 100 * NS_PER_US, COPY_MAX_NS - 1);

	for (size_t i = 0; s->has.copies && i < count; i++) {
		struct timed_frame copy = s->frames[i];

		copy.copy = true;
		copy.true_ns += dice_between(dice, 100, max_ns / NS_PER_US) * NS_PER_US;
		if (ARRAY_GROW(s->frames, s->count, s->capacity))
			abort();
		s->frames[s->count++] = copy;
	}
}

/* Displaces answers in the file, each past about 100 frames at most. */
static void displace(struct capture *s)
{
	struct dice *dice = s->trial->dice;
	int64_t frames = 2 + 2 * s->has.copies + 4 * s->has.traceroute;
	int64_t max_ns = 0, apart_ns = 0;

	if (s->has.disorder && dice_chance(dice, 60)) {
		for (size_t i = 0; i < s->senders; i++)
			frames += i > 0 ? frames * s->sender[0].prober.pace_ns /
						  s->sender[i].prober.pace_ns
					: 0;
		max_ns = DISPLACED_FRAMES * s->sender[0].prober.pace_ns / (frames + 1);
		if (max_ns > 50 * NS_PER_MS)
			max_ns = 50 * NS_PER_MS;
		apart_ns = dice_between(dice, -max_ns, max_ns);
		trial_note(s->trial, "  answers displaced by up to %.6f s in the file\n",
			(double)max_ns / 1e9);
	}
	for (size_t i = 0; i < s->count; i++) {
		struct timed_frame *f = &s->frames[i];

		f->file_ns = f->true_ns;
		if (f->back)
			f->file_ns += dice_between(dice, -max_ns, max_ns);
		else if (f->prober)
			f->file_ns += apart_ns;
	}
}

static void stamp(struct capture *s)
{
	struct dice *dice = s->trial->dice;

	for (size_t i = 0; i < s->count; i++) {
		struct timed_frame *f = &s->frames[i];

		f->frame.stamp_ns = capture_stamp(s, f->true_ns);
		if (f->back)
			f->frame.stamp_ns +=
				s->answer_offset_ns +
				dice_between(dice, 0, s->answer_spread_ns / 1000) * 1000;
	}
}

static int by_file_order(const void *a, const void *b)
{
	const struct timed_frame *x = a, *y = b;

	if (x->file_ns != y->file_ns)
		return x->file_ns < y->file_ns ? -1 : 1;
	return x->order < y->order ? -1 : 1;
}

void capture_disturb(struct capture *s)
{
	drop_lost(s);
	copy_all(s);
	displace(s);
	stamp(s);
	for (size_t i = 0; i < s->count; i++)
		s->frames[i].order = i;
	if (s->count)
		qsort(s->frames, s->count, sizeof(*s->frames), by_file_order);
}

void capture_write(struct capture *s, const char *path)
{
	struct frame_bytes *frames = calloc(s->count + 1, sizeof(*frames));

	if (!frames)
		abort();
	for (size_t i = 0; i < s->count; i++)
		frames[i] = s->frames[i].frame;
	bytes_write(path, frames, s->count, s->nanoseconds);
	free(frames);
}
