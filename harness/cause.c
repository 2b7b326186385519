/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The attribution of a gap: see cause.h; docs/accuracy.md gives the rules in words. The gap is
 * walked from its begin to its end; each rule takes the part that its facts explain.
 */
#include "harness/cause.h"

#include <stdlib.h>
#include <string.h>

/* The word on a pause is stamped when it is heard: the source was paused at most so long before. */
#define PAUSE_HEARD_NS (NS_PER_S / 2)
/* What is as near as this to the first answer may have brought it about. */
#define NEAR_NS (200 * NS_PER_MS)

const char *cause_name(enum cause cause)
{
	static const char *const names[] = {
		[CAUSE_SETUP] = "set-up stall",
		[CAUSE_COPY] = "stop-and-copy",
		[CAUSE_SWITCH] = "waiting for the switch",
		[CAUSE_NEIGHBOUR] = "waiting for a neighbour entry",
		[CAUSE_GUEST] = "the guest itself",
		[CAUSE_UNKNOWN] = "not known",
	};

	return names[cause];
}

/* A gap in the making: what lies before `at_ns` is attributed. */
struct walk {
	const struct timeline *t;
	const struct move *move;
	const struct series *series;
	const struct gap *gap;
	int64_t from_ns, at_ns, to_ns;
	struct causes *causes;
};

static double since_trigger(const struct walk *w, int64_t ns)
{
	int64_t zero_ns =
		w->move->trigger_ns != NS_NONE ? w->move->trigger_ns : w->move->begin_ns;

	return (double)(ns - zero_ns) / NS_PER_S;
}

static void take(struct walk *w, enum cause cause, int64_t until_ns, const char *fmt, ...)
	PRINTF_LIKE(4, 5);

/* Attributes what lies before until_ns; nothing where that is passed already. */
static void take(struct walk *w, enum cause cause, int64_t until_ns, const char *fmt, ...)
{
	struct causes *c = w->causes;
	struct cause_stretch *s;
	va_list args;

	if (until_ns > w->to_ns)
		until_ns = w->to_ns;
	if (until_ns <= w->at_ns || c->count == ARRAY_SIZE(c->stretch))
		return;
	s = &c->stretch[c->count++];
	*s = (struct cause_stretch){.cause = cause, .from_ns = w->at_ns, .to_ns = until_ns};
	va_start(args, fmt);
	vsnprintf(s->evidence, sizeof(s->evidence), fmt, args);
	va_end(args);
	w->at_ns = until_ns;
}

static bool of_vm(const struct walk *w, const char *target)
{
	return target && strcmp(target, w->series->target) == 0;
}

static bool is_frame(const struct sighting *s)
{
	return strcmp(s->what, "frame") == 0;
}

/* The VM's first frame or announcement in [from_ns, to_ns], or NULL. */
static const struct sighting *first_sighting(const struct walk *w, int64_t from_ns, int64_t to_ns,
	bool announced)
{
	const struct sighting *first = NULL;

	for (size_t i = 0; i < w->t->sighting_count; i++) {
		const struct sighting *s = &w->t->sightings[i];

		if (s->at_ns < from_ns || s->at_ns > to_ns || !of_vm(w, s->target) ||
			(announced && is_frame(s)))
			continue;
		if (!first || s->at_ns < first->at_ns)
			first = s;
	}
	return first;
}

static bool is_watched(const struct walk *w, enum probe_kind kind)
{
	for (size_t i = 0; i < w->t->watcher_count; i++)
		if (w->t->watchers[i].kind == kind && of_vm(w, w->t->watchers[i].target))
			return true;
	return false;
}

static bool is_state(const struct neighbour_change *n, const char *state)
{
	return strcmp(n->state, state) == 0;
}

/* What the neighbour entry did in the stretch that is left, up to just after the first answer. */
struct entry {
	const struct neighbour_change *broken;    /* it failed or was asked for by broadcast */
	const struct neighbour_change *reachable; /* the last time that it became so */
};

static struct entry entry_of(const struct walk *w)
{
	int64_t limit_ns = (w->gap->r_ns == NS_NONE ? w->to_ns : w->gap->r_ns) + NEAR_NS;
	struct entry e = {0};

	for (size_t i = 0; i < w->t->neighbour_count; i++) {
		const struct neighbour_change *n = &w->t->neighbours[i];

		if (!of_vm(w, n->target) || n->at_ns < w->from_ns || n->at_ns > limit_ns)
			continue;
		if (is_state(n, "failed") || is_state(n, "incomplete")) {
			e.broken = e.broken ? e.broken : n;
			e.reachable = NULL;
		}
		if (is_state(n, "reachable"))
			e.reachable = n;
	}
	return e;
}

/* Before the VM was paused: the platform prepared the move, or copied. */
static void take_before_pause(struct walk *w, const struct job *job)
{
	int64_t requested_ns =
		job->requested.lo_ns != NS_NONE ? job->requested.lo_ns : job->started.lo_ns;

	take(w, CAUSE_UNKNOWN, requested_ns, "before the move was asked for");
	if (requested_ns != NS_NONE && job->copying.hi_ns != NS_NONE)
		take(w, CAUSE_SETUP, job->copying.hi_ns, "asked for at %.3f s, copying from %.3f s",
			since_trigger(w, requested_ns), since_trigger(w, job->copying.hi_ns));
	/* A gap that begins just before the word on the pause is the pause. */
	if (job->paused.lo_ns != NS_NONE && w->at_ns < job->paused.lo_ns - PAUSE_HEARD_NS)
		take(w, CAUSE_UNKNOWN, job->paused.lo_ns,
			"while it was copied; paused only at %.3f s",
			since_trigger(w, job->paused.lo_ns));
}

/*
 * From when on the VM ran at the destination: the platform's word, or the first of its frames after the
 * pause where that was seen before the word was heard. NS_NONE: nothing says so.
 */
static int64_t resumption(const struct walk *w, const struct job *job)
{
	const struct sighting *seen;

	if (job->paused.hi_ns == NS_NONE)
		return job->resumed.hi_ns;
	seen = first_sighting(w, job->paused.hi_ns,
		job->resumed.hi_ns == NS_NONE ? w->to_ns : job->resumed.hi_ns, false);
	return seen ? seen->at_ns : job->resumed.hi_ns;
}

static void take_stop_and_copy(struct walk *w, const struct job *job, int64_t resumed_ns)
{
	if (job->paused.hi_ns == NS_NONE)
		return;
	if (resumed_ns == NS_NONE)
		take(w, CAUSE_COPY, w->to_ns, "paused at %.3f s; nothing says that it was resumed",
			since_trigger(w, job->paused.hi_ns));
	else
		take(w, CAUSE_COPY, resumed_ns, "paused at %.3f s, ran again from %.3f s",
			since_trigger(w, job->paused.hi_ns), since_trigger(w, resumed_ns));
}

/* An announcement that reached the prober has taught every switch on its way. */
static bool take_announced(struct walk *w)
{
	int64_t limit_ns = w->gap->r_ns == NS_NONE ? w->to_ns : w->gap->r_ns;
	const struct sighting *s = first_sighting(w, w->at_ns - NEAR_NS, limit_ns, true);
	int64_t open_ns = w->gap->r_ns == NS_NONE ? 0 : w->gap->r_ns - w->gap->ln_ns;
	double at_s;

	if (!s)
		return false;
	at_s = since_trigger(w, s->at_ns);
	/* What the sampling cannot tell from the announcement's own moment is the same wait. */
	take(w, CAUSE_SWITCH, w->to_ns - s->at_ns <= open_ns ? w->to_ns : s->at_ns,
		"until its %s at %.3f s", s->what, at_s);
	return true;
}

static bool take_entry(struct walk *w)
{
	struct entry e = entry_of(w);

	if (!e.broken || !e.reachable || llabs(e.reachable->at_ns - w->to_ns) >
		NEAR_NS + w->series->interval_ns)
		return false;
	take(w, CAUSE_NEIGHBOUR, w->to_ns, "entry %s at %.3f s, reachable again at %.3f s",
		e.broken->state, since_trigger(w, e.broken->at_ns),
		since_trigger(w, e.reachable->at_ns));
	return true;
}

/* Nothing announced it, and the neighbour entry was not asked for by broadcast. */
static void take_unannounced(struct walk *w)
{
	const struct sighting *s = first_sighting(w, w->at_ns, w->to_ns - NEAR_NS, false);
	struct entry e = entry_of(w);

	if (s) {
		take(w, CAUSE_SWITCH, s->at_ns, "until its first frame at %.3f s",
			since_trigger(w, s->at_ns));
		take(w, CAUSE_GUEST, w->to_ns, "its frames were seen from %.3f s on",
			since_trigger(w, s->at_ns));
	} else if (e.reachable) {
		take(w, CAUSE_SWITCH, w->to_ns,
			"no announcement; a unicast neighbour probe got through at %.3f s",
			since_trigger(w, e.reachable->at_ns));
	} else {
		take(w, CAUSE_SWITCH, w->to_ns,
			"no announcement, no change of the neighbour entry: the answer came "
			"by itself");
	}
}

/* It ran again, and was silent to the prober all the same. */
static void take_after(struct walk *w)
{
	if (w->at_ns >= w->to_ns)
		return;
	if (!is_watched(w, PROBE_CAPTURE)) {
		take(w, CAUSE_UNKNOWN, w->to_ns, "no capture tells what was announced");
		return;
	}
	if (take_announced(w)) {
		if (!take_entry(w))
			take(w, CAUSE_GUEST, w->to_ns,
				"announced already, and the neighbour entry was not in the way");
		return;
	}
	if (w->gap->r_ns == NS_NONE) {
		take(w, CAUSE_UNKNOWN, w->to_ns, "no end was seen");
		return;
	}
	if (take_entry(w))
		return;
	if (!is_watched(w, PROBE_NEIGHBOUR))
		take(w, CAUSE_UNKNOWN, w->to_ns,
			"not announced; no neighbour events tell the switch from the entry");
	else
		take_unannounced(w);
}

void causes_of(const struct timeline *t, const struct move *move, const struct series *series,
	const struct gap *gap, struct causes *causes)
{
	struct walk w = {.t = t, .move = move, .series = series, .gap = gap, .causes = causes};
	const struct job *job = move->job;
	int64_t resumed_ns;

	*causes = (struct causes){0};
	w.from_ns = gap->a_ns == NS_NONE ? gap->l1_ns : gap->a_ns + (gap->l1_ns - gap->a_ns) / 2;
	w.to_ns = gap->r_ns == NS_NONE ? gap->ln_ns : gap->ln_ns + (gap->r_ns - gap->ln_ns) / 2;
	w.at_ns = w.from_ns;
	if (!job) {
		take(&w, CAUSE_UNKNOWN, w.to_ns, "the platform told of no job");
		return;
	}
	take_before_pause(&w, job);
	resumed_ns = resumption(&w, job);
	if (job->paused.hi_ns == NS_NONE && resumed_ns == NS_NONE)
		take(&w, CAUSE_UNKNOWN, w.to_ns, "the platform told of no pause");
	else if (resumed_ns != NS_NONE && w.from_ns > resumed_ns + NEAR_NS)
		take(&w, CAUSE_UNKNOWN, w.to_ns, "it had answered since it ran again");
	take_stop_and_copy(&w, job, resumed_ns);
	take_after(&w);
}

int64_t causes_sum(const struct causes *causes, enum cause cause)
{
	int64_t sum_ns = 0;

	for (size_t i = 0; i < causes->count; i++)
		if (causes->stretch[i].cause == cause)
			sum_ns += causes->stretch[i].to_ns - causes->stretch[i].from_ns;
	return sum_ns;
}

enum cause causes_main(const struct causes *causes)
{
	enum cause main = CAUSE_UNKNOWN;

	for (int i = 0; i < CAUSE_COUNT; i++)
		if (causes_sum(causes, (enum cause)i) > causes_sum(causes, main))
			main = (enum cause)i;
	return main;
}

bool causes_known(const struct causes *causes)
{
	for (size_t i = 0; i < causes->count; i++)
		if (causes->stretch[i].cause != CAUSE_UNKNOWN)
			return true;
	return false;
}
