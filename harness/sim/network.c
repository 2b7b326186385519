/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The simulated world's network: what happens to requests, and the truth about all trouble. See
 * world.h.
 */
#include "harness/sim/internal.h"

#include <string.h>

static const char *const mode_names[SIM_MODES] = {
	[SIM_DROP] = "drop",
	[SIM_ANSWERS_DROPPED] = "answers-dropped",
	[SIM_HOLD] = "hold",
	[SIM_SLOW] = "slow",
	[SIM_DOWN] = "down",
};

const char *sim_mode_name(enum sim_mode mode)
{
	return mode_names[mode];
}

int sim_mode_find(const char *name, enum sim_mode *mode)
{
	for (size_t i = 0; i < SIM_DOWN; i++)
		if (strcmp(mode_names[i], name) == 0) {
			*mode = (enum sim_mode)i;
			return 0;
		}
	return -1;
}

/* Sets each trouble's until_ns, at which a search backwards may stop. */
static void update_until(struct sim_world *world)
{
	int64_t until = NS_NONE;

	for (size_t i = 0; i < world->trouble_count; i++) {
		struct sim_trouble *t = &world->troubles[i];

		until = ns_max(t->to_ns, until);
		t->until_ns = until;
	}
}

int sim_trouble_add(struct sim_world *world, const struct sim_trouble *trouble, struct err *e)
{
	size_t i = world->trouble_count;

	if (ARRAY_GROW(world->troubles, world->trouble_count, world->trouble_capacity))
		return err_set(e, "out of memory");
	for (; i > 0 && world->troubles[i - 1].from_ns > trouble->from_ns; i--)
		world->troubles[i] = world->troubles[i - 1];
	world->troubles[i] = *trouble;
	world->trouble_count++;
	update_until(world);
	return 0;
}

void sim_trouble_end(struct sim_world *world, const char *target, int64_t to_ns)
{
	for (size_t i = 0; i < world->trouble_count; i++) {
		struct sim_trouble *t = &world->troubles[i];

		if (t->mode == SIM_DOWN && t->to_ns == NS_INF && strcmp(t->target, target) == 0)
			t->to_ns = to_ns;
	}
	update_until(world);
}

int sim_outage(struct sim_world *world, const char *target, enum sim_mode mode, int64_t from_ns,
	int64_t length_ns, int64_t delay_ns, struct err *e)
{
	struct sim_trouble trouble = {.mode = mode,
		.from_ns = from_ns,
		.to_ns = sim_end_ns(from_ns, length_ns),
		.delay_ns = mode == SIM_SLOW ? delay_ns : 0};

	if (sim_check_ahead(world, from_ns, "an outage", e))
		return -1;
	snprintf(trouble.target, sizeof(trouble.target), "%s", target);
	return sim_trouble_add(world, &trouble, e);
}

static int stretch_add(struct sim_world *world, struct sim_stretches *list, const char *target,
	int64_t from_ns, int64_t length_ns, const char *what, struct err *e)
{
	struct sim_stretch *stretch;

	if (sim_check_ahead(world, from_ns, what, e))
		return -1;
	if (ARRAY_GROW(list->stretch, list->count, list->capacity))
		return err_set(e, "out of memory");
	stretch = &list->stretch[list->count++];
	*stretch =
		(struct sim_stretch){.from_ns = from_ns, .to_ns = sim_end_ns(from_ns, length_ns)};
	snprintf(stretch->target, sizeof(stretch->target), "%s", target);
	return 0;
}

static const struct sim_stretch *stretch_at(
	const struct sim_stretches *list, const char *target, int64_t at_ns)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct sim_stretch *s = &list->stretch[i];

		if (at_ns >= s->from_ns && at_ns < s->to_ns && strcmp(s->target, target) == 0)
			return s;
	}
	return NULL;
}

int sim_duplicates(struct sim_world *world, const char *target, int64_t from_ns, int64_t length_ns,
	struct err *e)
{
	return stretch_add(world, &world->duplicates, target, from_ns, length_ns,
		"a stretch of doubled answers", e);
}

int sim_stall(struct sim_world *world, int64_t from_ns, int64_t length_ns, struct err *e)
{
	return stretch_add(world, &world->stalls, "", from_ns, length_ns, "a stall", e);
}

int sim_overflow(struct sim_world *world, int64_t from_ns, int64_t length_ns, struct err *e)
{
	return stretch_add(world, &world->overflows, "", from_ns, length_ns, "an overflow", e);
}

bool sim_duplicated(const struct sim_world *world, const char *target, int64_t sent_ns)
{
	return stretch_at(&world->duplicates, target, sent_ns) != NULL;
}

static int64_t stretch_end(const struct sim_stretches *list, int64_t at_ns, int64_t *from_ns)
{
	const struct sim_stretch *stretch = stretch_at(list, "", at_ns);

	if (!stretch)
		return NS_NONE;
	*from_ns = stretch->from_ns;
	return stretch->to_ns;
}

int64_t sim_overflow_until(const struct sim_world *world, int64_t at_ns, int64_t *from_ns)
{
	return stretch_end(&world->overflows, at_ns, from_ns);
}

int64_t sim_stalled_until(const struct sim_world *world, int64_t at_ns, int64_t *from_ns)
{
	return stretch_end(&world->stalls, at_ns, from_ns);
}

int sim_announce(struct sim_world *world, const char *vm)
{
	struct err e;

	return stretch_add(world, &world->announcements, vm, world->now_ns, 0, "", &e);
}

int64_t sim_announced_after(const struct sim_world *world, const char *vm, int64_t after_ns)
{
	const struct sim_stretches *list = &world->announcements;

	for (size_t i = 0; i < list->count; i++)
		if (list->stretch[i].from_ns > after_ns && strcmp(list->stretch[i].target, vm) == 0)
			return list->stretch[i].from_ns;
	return NS_NONE;
}

/* How many troubles have begun at an instant; they are the first ones in the list. */
static size_t begun(const struct sim_world *world, int64_t at_ns)
{
	size_t low = 0, high = world->trouble_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (world->troubles[middle].from_ns <= at_ns)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* What all troubles together do to a packet that passes a target at an instant. */
struct passage {
	bool under_way[SIM_MODES]; /* trouble of that mode is under way */
	int64_t free_ns;  /* the latest end of trouble other than SIM_SLOW; the instant: none */
	int64_t delay_ns; /* the sum of the delays of SIM_SLOW */
};

static struct passage pass(const struct sim_world *world, const char *target, int64_t at_ns)
{
	struct passage p = {.free_ns = at_ns};

	for (size_t i = begun(world, at_ns); i-- > 0 && world->troubles[i].until_ns > at_ns;) {
		const struct sim_trouble *t = &world->troubles[i];

		if (t->to_ns <= at_ns || strcmp(t->target, target) != 0)
			continue;
		p.under_way[t->mode] = true;
		if (t->mode == SIM_SLOW)
			p.delay_ns += t->delay_ns;
		else if (t->to_ns > p.free_ns)
			p.free_ns = t->to_ns;
	}
	return p;
}

int64_t sim_round_trip(const struct sim_world *world, gsl_rng *generator)
{
	return world->setup.round_trip_ns +
	       (int64_t)(gsl_rng_uniform(generator) * (double)world->setup.jitter_ns);
}

int64_t sim_answer_ns(const struct sim_world *world, const char *target, int64_t sent_ns,
	int64_t round_trip_ns, bool stream)
{
	const int64_t half = round_trip_ns / 2, quarter = round_trip_ns / 4;
	struct passage outbound = pass(world, target, sent_ns + half), inbound;
	int64_t answered;

	if (outbound.under_way[SIM_DOWN] || (outbound.under_way[SIM_DROP] && !stream))
		return NS_NONE;
	answered = sent_ns + half;
	if (outbound.under_way[SIM_HOLD] || outbound.under_way[SIM_DROP])
		answered = outbound.free_ns;
	if (answered == NS_INF)
		return NS_NONE;
	answered += outbound.delay_ns;
	/* SIM_ANSWERS_DROPPED is checked a quarter of the round trip after the answer left. */
	inbound = pass(world, target, answered + quarter);
	if (!inbound.under_way[SIM_ANSWERS_DROPPED])
		return answered + (round_trip_ns - half);
	if (!stream || inbound.free_ns == NS_INF)
		return NS_NONE;
	return inbound.free_ns + (round_trip_ns - half - quarter);
}

bool sim_is_down(const struct sim_world *world, const char *target)
{
	return pass(world, target, world->now_ns).under_way[SIM_DOWN];
}

bool sim_was_down(const struct sim_world *world, const char *target, int64_t since_ns)
{
	for (size_t i = begun(world, world->now_ns); i-- > 0;) {
		const struct sim_trouble *t = &world->troubles[i];

		if (t->until_ns <= since_ns)
			break;
		if (t->mode == SIM_DOWN && t->to_ns > since_ns && strcmp(t->target, target) == 0)
			return true;
	}
	return false;
}

size_t sim_truth_count(const struct sim_world *world)
{
	return world->trouble_count;
}

struct sim_truth sim_truth_at(const struct sim_world *world, size_t i)
{
	const struct sim_trouble *t = &world->troubles[i];
	struct sim_truth truth = {.mode = t->mode, .from_ns = t->from_ns, .to_ns = t->to_ns};

	memcpy(truth.target, t->target, sizeof(truth.target));
	truth.longest_ns = t->to_ns == NS_INF ? NS_INF : t->to_ns - t->from_ns;
	if (t->mode == SIM_SLOW && t->delay_ns < truth.longest_ns)
		truth.longest_ns = t->delay_ns;
	return truth;
}
