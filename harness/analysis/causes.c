/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Attributes a gap to causes; docs/accuracy.md gives the rules in words. A walk goes from the gap's
 * begin to its end, and each rule takes the stretch that its facts explain.
 */
#include "harness/analysis/causes.h"
#include "harness/analysis/internal.h"

#include <stdlib.h>
#include <string.h>

/* An event at most this far from the first answer may have caused it. */
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

/* The walk through a gap, from from_ns to to_ns. The time before at_ns is attributed already. */
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
	int64_t zero_ns = w->move->trigger_ns != NS_NONE ? w->move->trigger_ns : w->move->begin_ns;

	return (double)(ns - zero_ns) / NS_PER_S;
}

static void take(struct walk *w, enum cause cause, int64_t until_ns, const char *fmt, ...)
	PRINTF_LIKE(4, 5);

/* Attributes [at_ns, until_ns] to a cause; nothing if the walk is beyond until_ns already. */
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

/* The VM's first frame or announcement in [from_ns, to_ns], or NULL. */
static const struct sighting *first_sighting(
	const struct walk *w, int64_t from_ns, int64_t to_ns, bool announced)
{
	const struct sighting *first = NULL;

	for (size_t i = 0; i < w->t->sighting_count; i++) {
		const struct sighting *s = &w->t->sightings[i];

		if (s->at_ns < from_ns || s->at_ns > to_ns || !of_vm(w, s->target) ||
			(announced && s->what == SIGHTING_FRAME))
			continue;
		if (!first || s->at_ns < first->at_ns)
			first = s;
	}
	return first;
}

static bool has_observer(const struct walk *w, enum probe_kind kind)
{
	for (size_t i = 0; i < w->t->observer_count; i++)
		if (w->t->observers[i].kind == kind && of_vm(w, w->t->observers[i].target))
			return true;
	return false;
}

/* Changes of the neighbour entry from the gap's begin to just after the first answer. */
struct neighbour_entry {
	const struct neighbour_change *broken;    /* first failed, or resolved by broadcast */
	const struct neighbour_change *reachable; /* reachable, and not failed afterwards */
};

static struct neighbour_entry entry_of(const struct walk *w)
{
	int64_t limit_ns = (w->gap->r_ns == NS_NONE ? w->to_ns : w->gap->r_ns) + NEAR_NS;
	struct neighbour_entry e = {0};

	for (size_t i = 0; i < w->t->neighbour_count; i++) {
		const struct neighbour_change *n = &w->t->neighbours[i];

		if (!of_vm(w, n->target) || n->at_ns < w->from_ns || n->at_ns > limit_ns)
			continue;
		if (n->state == NEIGHBOUR_FAILED || n->state == NEIGHBOUR_INCOMPLETE) {
			e.broken = e.broken ? e.broken : n;
			e.reachable = NULL;
		}
		if (n->state == NEIGHBOUR_REACHABLE)
			e.reachable = n;
	}
	return e;
}

/* Changes of a switch's forwarding entry for the VM, up to just after the first answer. */
struct forwarding {
	bool exists;                            /* the entry exists at the end of that time */
	const struct forwarding_change *lapsed; /* the old entry aged out or was removed; or NULL */
	const struct forwarding_change *renewed; /* it began to lead to the new port; or NULL */
};

static struct forwarding forwarding_of(const struct walk *w)
{
	int64_t limit_ns = (w->gap->r_ns == NS_NONE ? w->to_ns : w->gap->r_ns) + NEAR_NS;
	struct forwarding f = {0};

	for (size_t i = 0; i < w->t->forwarding_count; i++) {
		const struct forwarding_change *c = &w->t->forwardings[i];
		bool lapses = c->what == FORWARDING_AGED_OUT || c->what == FORWARDING_GONE;

		if (!of_vm(w, c->target) || c->at_ns > limit_ns)
			continue;
		f.exists = !lapses;
		if (f.renewed || c->at_ns < w->from_ns)
			continue;
		if (lapses)
			f.lapsed = c;
		else if (c->at_ns >= w->at_ns - NEAR_NS && c->what != FORWARDING_HELD)
			f.renewed = c;
	}
	return f;
}

/* Whether neighbour events of the VM come from a station other than a switch. */
static bool entry_is_observed(const struct walk *w)
{
	for (size_t i = 0; i < w->t->observer_count; i++) {
		const struct passive_observer *observer = &w->t->observers[i];
		bool is_switch = false;

		if (observer->kind != PROBE_NEIGHBOUR || !of_vm(w, observer->target))
			continue;
		for (size_t k = 0; k < w->t->forwarding_count && !is_switch; k++)
			is_switch = observer->station && w->t->forwardings[k].station &&
				    strcmp(w->t->forwardings[k].station, observer->station) == 0;
		if (!is_switch)
			return true;
	}
	return false;
}

/* ns, or the gap's end if sampling cannot distinguish the two. */
static int64_t or_end(const struct walk *w, int64_t ns)
{
	int64_t open_ns = w->gap->r_ns == NS_NONE ? 0 : w->gap->r_ns - w->gap->ln_ns;

	return w->to_ns - ns <= open_ns ? w->to_ns : ns;
}

/* Attributes the time before the VM was paused, while the platform prepared the move or copied. */
static void take_before_pause(struct walk *w, const struct job *job)
{
	int64_t requested_ns =
		job->requested.lo_ns != NS_NONE ? job->requested.lo_ns : job->started.lo_ns;

	take(w, CAUSE_UNKNOWN, requested_ns, "before the move was requested");
	if (requested_ns != NS_NONE && job->copying.hi_ns != NS_NONE)
		take(w, CAUSE_SETUP, job->copying.hi_ns, "requested at %.3f s, copying from %.3f s",
			since_trigger(w, requested_ns), since_trigger(w, job->copying.hi_ns));
	/* A gap that begins just before the pause's event is the pause. */
	if (job->paused.lo_ns != NS_NONE && w->at_ns < job->paused.lo_ns - PAUSE_DELAY_MAX_NS)
		take(w, CAUSE_UNKNOWN, job->paused.lo_ns,
			"during the copy; not paused before %.3f s",
			since_trigger(w, job->paused.lo_ns));
}

/*
 * When the VM began to run at the destination: at the platform's event, or at the VM's first frame
 * after the pause if that was seen earlier. NS_NONE: not known.
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

/* Attributes the time from the pause to the resumption. */
static void take_stop_and_copy(struct walk *w, const struct job *job, int64_t resumed_ns)
{
	if (job->paused.hi_ns == NS_NONE)
		return;
	if (resumed_ns == NS_NONE)
		take(w, CAUSE_COPY, w->to_ns, "paused at %.3f s; no resumption was seen",
			since_trigger(w, job->paused.hi_ns));
	else
		take(w, CAUSE_COPY, resumed_ns, "paused at %.3f s, ran again from %.3f s",
			since_trigger(w, job->paused.hi_ns), since_trigger(w, resumed_ns));
}

/* Rule: the VM was announced, but the switch went on forwarding to the old port. */
static bool take_ignored(struct walk *w, const struct sighting *s)
{
	struct forwarding f = forwarding_of(w);

	if (f.renewed && f.renewed->at_ns > s->at_ns + NEAR_NS) {
		take(w, CAUSE_SWITCH, or_end(w, f.renewed->at_ns),
			"its %s at %.3f s did not move the forwarding entry; %s at %s only at %.3f s",
			sighting_name(s->what), since_trigger(w, s->at_ns),
			forwarding_event_name(f.renewed->what), f.renewed->port,
			since_trigger(w, f.renewed->at_ns));
		return true;
	}
	if (f.renewed || !f.exists || w->gap->r_ns != NS_NONE ||
		w->move->job->state != JOB_COMPLETED)
		return false;
	take(w, CAUSE_SWITCH, w->to_ns, "its %s at %.3f s did not move the forwarding entry",
		sighting_name(s->what), since_trigger(w, s->at_ns));
	return true;
}

/* Rule: an announcement updates every switch on its way, unless a forwarding event contradicts. */
static bool take_announced(struct walk *w)
{
	int64_t limit_ns = w->gap->r_ns == NS_NONE ? w->to_ns : w->gap->r_ns;
	const struct sighting *s = first_sighting(w, w->at_ns - NEAR_NS, limit_ns, true);

	if (!s)
		return false;
	if (!take_ignored(w, s))
		take(w, CAUSE_SWITCH, or_end(w, s->at_ns), "until its %s at %.3f s",
			sighting_name(s->what), since_trigger(w, s->at_ns));
	return true;
}

/* Whether the first answer came just when the neighbour entry was resolved anew. */
static bool entry_ended_gap(const struct walk *w, const struct neighbour_entry *e)
{
	int64_t near_ns = NEAR_NS + w->series->interval_ns;

	return e->broken && e->reachable && llabs(e->reachable->at_ns - w->to_ns) <= near_ns;
}

/* Whether the VM was found by the first request after its forwarding entry had lapsed. */
static bool lapse_ended_gap(const struct walk *w, const struct forwarding *f)
{
	return f->renewed && f->lapsed &&
	       f->renewed->at_ns - f->lapsed->at_ns <= NEAR_NS + w->series->interval_ns;
}

/* Rule: the gap ended when the neighbour entry was resolved anew. */
static bool take_entry(struct walk *w)
{
	struct neighbour_entry e = entry_of(w);
	struct forwarding f = forwarding_of(w);
	char also[80] = "";

	if (!entry_ended_gap(w, &e) ||
		(lapse_ended_gap(w, &f) && f.lapsed->at_ns <= e.broken->at_ns))
		return false;
	if (f.lapsed)
		snprintf(also, sizeof(also), "; the forwarding entry %s at %.3f s%s",
			f.lapsed->what == FORWARDING_GONE ? "went" : "aged out",
			since_trigger(w, f.lapsed->at_ns),
			lapse_ended_gap(w, &f) ? " too" : ", which did not end the gap");
	else if (f.renewed)
		snprintf(also, sizeof(also), "; the forwarding entry moved to %s at %.3f s",
			f.renewed->port, since_trigger(w, f.renewed->at_ns));
	take(w, CAUSE_NEIGHBOUR, w->to_ns, "entry %s at %.3f s, reachable again at %.3f s%s",
		neighbour_state_name(e.broken->state), since_trigger(w, e.broken->at_ns),
		since_trigger(w, e.reachable->at_ns), also);
	return true;
}

/* Rule: not announced; a forwarding event shows when a frame came from the VM's new port. */
static bool take_forwarded(struct walk *w)
{
	struct neighbour_entry e = entry_of(w);
	struct forwarding f = forwarding_of(w);
	char also[80] = "";

	if (!f.renewed || (!lapse_ended_gap(w, &f) && !entry_is_observed(w)))
		return false;
	if (lapse_ended_gap(w, &f)) {
		if (entry_ended_gap(w, &e))
			snprintf(also, sizeof(also), "; the neighbour entry %s at %.3f s too",
				neighbour_state_name(e.broken->state),
				since_trigger(w, e.broken->at_ns));
		take(w, CAUSE_SWITCH, or_end(w, f.renewed->at_ns),
			"forwarding entry %s at %.3f s, at %s from %.3f s on%s",
			f.lapsed->what == FORWARDING_GONE ? "gone" : "aged out",
			since_trigger(w, f.lapsed->at_ns), f.renewed->port,
			since_trigger(w, f.renewed->at_ns), also);
	} else {
		take(w, CAUSE_SWITCH, or_end(w, f.renewed->at_ns),
			"forwarding entry moved to %s at %.3f s, by the VM's own frame",
			f.renewed->port, since_trigger(w, f.renewed->at_ns));
	}
	take(w, CAUSE_GUEST, w->to_ns, "forwarded to %s from %.3f s on", f.renewed->port,
		since_trigger(w, f.renewed->at_ns));
	return true;
}

/* Rule: not announced, and the neighbour entry was not resolved by broadcast. */
static void take_unannounced(struct walk *w)
{
	const struct sighting *s = first_sighting(w, w->at_ns, w->to_ns - NEAR_NS, false);
	struct neighbour_entry e = entry_of(w);

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
			"no announcement, no change of the neighbour entry before the answer");
	}
}

/* Attributes the time after the resumption, in which the VM ran but the prober got no answer. */
static void take_after(struct walk *w)
{
	if (w->at_ns >= w->to_ns)
		return;
	if (!has_observer(w, PROBE_CAPTURE)) {
		take(w, CAUSE_UNKNOWN, w->to_ns, "no capture that would show an announcement");
		return;
	}
	if (take_announced(w)) {
		if (!take_entry(w))
			take(w, CAUSE_GUEST, w->to_ns,
				"announced already, and the neighbour entry was not the cause");
		return;
	}
	if (w->gap->r_ns == NS_NONE) {
		take(w, CAUSE_UNKNOWN, w->to_ns, "no end was seen");
		return;
	}
	if (take_entry(w) || take_forwarded(w))
		return;
	if (!entry_is_observed(w))
		take(w, CAUSE_UNKNOWN, w->to_ns,
			"not announced; no neighbour events: the switch or the neighbour entry");
	else
		take_unannounced(w);
}

/*
 * Whether, before the gap, a request was answered that was sent after the resumption. An answer to
 * an earlier request does not count: it came before the pause, or the request had waited in the
 * guest.
 */
static bool answered_after(const struct gap *gap, int64_t resumed_ns)
{
	return (gap->a_ns == NS_NONE ? gap->l1_ns : gap->a_ns) > resumed_ns + NEAR_NS;
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
		take(&w, CAUSE_UNKNOWN, w.to_ns, "the platform reported no job");
		return;
	}
	take_before_pause(&w, job);
	resumed_ns = resumption(&w, job);
	if (job->paused.hi_ns == NS_NONE && resumed_ns == NS_NONE)
		take(&w, CAUSE_UNKNOWN, w.to_ns, "the platform reported no pause");
	else if (resumed_ns != NS_NONE && answered_after(gap, resumed_ns))
		take(&w, CAUSE_UNKNOWN, w.to_ns, "the VM had answered since it ran again");
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
