/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Paths whose folder has a plan with one move: a judged probe, perhaps witnesses of the same
 * definition, and a control target that always answers. The facts are written by hand.
 */
#include "tests/property/lines.h"
#include "tests/property/paths.h"

#include "harness/plan/plan.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define PROBES_MAX 3
#define NEAR_BOUNDS 3
/* The limits of a plan. */
#define BOUND_MIN_NS NS_PER_MS
#define BASELINE_MIN_NS (100 * NS_PER_MS)

static const char *const probe_names[PROBES_MAX] = {"fine", "second", "third"};

struct move_folder {
	struct trial *trial;
	struct prober probe[PROBES_MAX], control;
	size_t probes, judged;
	/* The VM is moved at trigger_ns, in a window that may have begun with another VM's move. */
	int64_t timeout_ns, baseline_ns, window_begin_ns, trigger_ns, window_end_ns, end_ns;
};

static struct plan *parse_plan(const struct move_folder *s, int64_t bound_ns)
{
	struct plan_errors errors = {0};
	struct plan *plan = NULL;
	char text[1024];
	int n = snprintf(text, sizeof(text),
		"[plan]\nrepeat = 1\nbaseline = %" PRId64 " us\n"
		"bound = %" PRId64 ".%09" PRId64 " s\n[platform sim]\n[vm desk]\n"
		"address = 192.0.2.10\n[move]\n[control switch]\ntarget = 192.0.2.11\n"
		"[judge]\nprobe = %s\n",
		s->baseline_ns / NS_PER_US, bound_ns / NS_PER_S, bound_ns % NS_PER_S,
		probe_names[s->judged]);

	for (size_t i = 0; i < s->probes; i++)
		n += snprintf(text + n, sizeof(text) - (size_t)n,
			"[probe %s]\nkind = burst\n"
			"interval = %" PRId64 " us\ntimeout = %" PRId64 " us\n",
			probe_names[i], s->probe[i].pace_ns / NS_PER_US, s->timeout_ns / NS_PER_US);
	if (plan_parse(&plan, "plan.ini", text, strlen(text), &errors)) {
		fprintf(stderr, "%s\n%s", errors.text[0], text);
		abort();
	}
	plan_errors_release(&errors);
	return plan;
}

static void put_lines(const struct move_folder *s, const char *name, struct lines *lines)
{
	size_t size;
	char *text;

	lines_put(lines, FACTS_ZERO_NS + s->end_ns + 5 * NS_PER_MS, "end\t-\treason=done");
	text = lines_text(lines, true, &size);
	scratch_put(s->trial->scratch, name, text, size);
	free(text);
	lines_free(lines);
}

static void put_run(const struct move_folder *s)
{
	const struct axis axis = {0};
	int64_t zero_ns = FACTS_ZERO_NS, over_ns = zero_ns + s->end_ns;
	struct lines l = {0};

	lines_clock(&l, &axis, "b1", 0, s->end_ns);
	lines_put(&l, zero_ns + 1,
		"run\t0/1\tcase=all\trun=1\tattempt=1\tmove=1\tvm=desk\t"
		"platform=sim\tsource=\tdestination=\tsimulated=no");
	lines_put(&l, zero_ns + 2, "step\t0/1\tname=baseline\twhat=begin");
	lines_put(&l, zero_ns + s->window_begin_ns - 1, "step\t0/1\tname=baseline\twhat=end");
	lines_put(&l, zero_ns + s->trigger_ns, "trigger\t0/1\tvm=desk\tsource=a\tdestination=b");
	lines_put(&l, zero_ns + s->window_end_ns, "window\t0/1\tfrom=%" PRId64 "\tto=%" PRId64,
		zero_ns + s->window_begin_ns, zero_ns + s->window_end_ns);
	lines_put(&l, over_ns, "place\t0/1\thost=a\tstate=none");
	lines_put(&l, over_ns, "place\t0/1\thost=b\tstate=running");
	lines_put(&l, over_ns + 1, "integrity\t0/1\tchecked=yes\tok=yes\tdetail=ok");
	lines_put(&l, over_ns + 2, "run-end\t0/1\tcompleted=yes");
	lines_put(&l, over_ns + 3, "folder\t-\tstate=complete");
	put_lines(s, "facts/run.tsv", &l);
}

static void put_driver(const struct move_folder *s)
{
	static const char *const words[] = {"requested\tsource=a\tdestination=b", "started",
		"copying", "paused", "resumed", "ended\tstate=completed\tmessage="};
	const struct axis axis = {0};
	int64_t from_ns = FACTS_ZERO_NS + s->trigger_ns;
	int64_t length_ns = s->window_end_ns - s->trigger_ns;
	struct lines l = {0};

	lines_clock(&l, &axis, "b1", 0, s->end_ns);
	for (int i = 0; i < 6; i++)
		lines_put(&l, from_ns + length_ns / 8 * i, "job\tdesk\tid=1\twhat=%s", words[i]);
	put_lines(s, "facts/driver.tsv", &l);
}

static struct request *find(void *ctx, unsigned subject, unsigned segment, int64_t seq)
{
	struct prober *p = ctx;

	return subject == 1 && segment == 0 && seq >= 0 && seq < (int64_t)p->count
		       ? &p->requests[seq]
		       : NULL;
}

static void put_probe(struct move_folder *s, size_t index)
{
	struct prober *p = &s->probe[index];
	struct lines_options how = {.target = "desk",
		.probe = probe_names[index],
		.kind = "burst",
		.number = 1,
		.to = p->count,
		.until_ns = s->end_ns};
	char name[64], *text;
	struct lines l = {0};
	size_t size;

	lines_clock(&l, &how.axis, "b1", p->requests[0].sent_ns - NS_PER_MS, s->end_ns);
	lines_target(&l, p, &how);
	lines_requests(&l, p, &how, s->trial->dice);
	lines_late_ticks(&l, p, &how, s->trial->dice);
	if (index == s->judged) {
		how.target = "switch";
		how.number = 2;
		how.control = true;
		how.to = s->control.count;
		lines_target(&l, &s->control, &how);
		lines_requests(&l, &s->control, &how, s->trial->dice);
	}
	snprintf(name, sizeof(name), "facts/local-%s.tsv", probe_names[index]);
	put_lines(s, name, &l);
	prober_forget(p);
	text = scratch_get(s->trial->scratch, name, &size);
	lines_seen(text, size, find, p);
	free(text);
}

static struct claim make_claim(const struct move_folder *s)
{
	const struct prober *p = &s->probe[s->judged];
	size_t trigger = prober_first_from(p, s->window_begin_ns);
	size_t after = prober_first_from(p, s->window_end_ns + 1);
	struct interval truth = {0, 0};
	struct claim c = {0};

	for (size_t i = 0; i < s->probes; i++) {
		struct observed w = prober_observed(&s->probe[i]);
		struct claim one;

		w.to_ns = w.window_to_ns = s->window_end_ns;
		w.window_from_ns = s->window_begin_ns;
		one = claim_of(&s->probe[i], &w, "desk", s->end_ns);
		claim_check_oracle(&one, s->trial);
		truth.hi_ns = ns_max(one.truth.hi_ns, truth.hi_ns);
		if (i == s->judged) {
			truth.lo_ns = one.truth.lo_ns;
			one.tolerance_ns = ns_max(one.tolerance_ns, c.tolerance_ns);
			c = one;
		} else if (one.tolerance_ns > c.tolerance_ns) {
			c.tolerance_ns = one.tolerance_ns;
		}
	}
	c.truth = truth;
	/* Without a baseline or an answer after the window the series need not decide. */
	c.undisturbed &= after < p->count && p->requests[after].answer_seen &&
			 s->window_begin_ns - s->baseline_ns > p->requests[0].sent_ns;
	for (size_t i = 0; i < trigger; i++)
		c.undisturbed &= p->requests[i].answer_seen;
	for (size_t i = 0; i < p->outage_count; i++)
		c.undisturbed &= p->outages[i].from_ns < s->window_end_ns - 2 * p->pace_ns ||
				 p->outages[i].from_ns > s->window_end_ns + 2 * p->pace_ns;
	return c;
}

/* Judges by one bound. Returns the found interval. */
static struct interval judge(struct move_folder *s, struct claim *c, struct timeline *timeline,
	int64_t bound_ns, bool deciding)
{
	struct plan *plan;
	struct interval found = {NS_NONE, NS_NONE};
	struct results *results = NULL;
	struct err e = {0};

	bound_ns = ns_max(bound_ns, BOUND_MIN_NS);
	plan = parse_plan(s, bound_ns);
	if (results_new(&results, timeline, plan, &e)) {
		claim_fail(c, s->trial, "cannot be judged: %s", e.text);
	} else if (results->move_count != 1) {
		claim_fail(c, s->trial, "%zu moves", results->move_count);
	} else {
		const struct move_result *m = &results->moves[0];

		found = m->blackout;
		claim_check(c, s->trial, found, m->verdict, m->reason, bound_ns);
		if (strstr(m->reason, "witnesses-disagree"))
			claim_fail(
				c, s->trial, "witnesses with true facts disagree: %s", m->reason);
		if (deciding)
			claim_count_decision(c, s->trial, found, m->verdict, m->reason, bound_ns);
	}
	results_free(results);
	plan_free(plan);
	return found;
}

static void check(struct move_folder *s)
{
	struct trial *t = s->trial;
	struct claim c = make_claim(s);
	struct timeline *timeline = NULL;
	struct interval found;
	struct err e = {0};

	t->tally->series++;
	if (timeline_read(&timeline, t->scratch->dir, &e)) {
		claim_fail(&c, t, "cannot be read: %s", e.text);
		return;
	}
	found = judge(s, &c, timeline, c.truth.lo_ns + c.prober->pace_ns, false);
	if (found.lo_ns == NS_NONE)
		found = c.truth;
	for (int i = 0; i < NEAR_BOUNDS; i++)
		judge(s, &c, timeline, claim_bound(&c, found, t->dice), false);
	for (int sign = -1; c.undisturbed && !c.open && sign <= 1; sign += 2) {
		int64_t bound_ns = (sign < 0 ? c.truth.lo_ns : c.truth.hi_ns) +
				   sign * claim_margin(&c, t->dice);

		if (bound_ns >= BOUND_MIN_NS)
			judge(s, &c, timeline, bound_ns, true);
	}
	timeline_free(timeline);
}

/* Draws a time at the edge of an outage, in a pause, or anywhere in [min_ns, max_ns]. */
static int64_t draw_moment(
	const struct prober *p, int64_t min_ns, int64_t max_ns, struct dice *dice)
{
	int64_t at_ns = dice_between(dice, min_ns, max_ns), kind = dice_between(dice, 0, 9);

	if (kind < 3 && p->outage_count) {
		const struct outage *o =
			&p->outages[dice_between(dice, 0, (int64_t)p->outage_count - 1)];

		at_ns = (dice_chance(dice, 50) ? o->from_ns : o->to_ns) +
			dice_between(dice, -2 * p->pace_ns, 2 * p->pace_ns);
	} else if (kind < 6 && p->pause_count) {
		size_t i = p->pauses[dice_between(dice, 0, (int64_t)p->pause_count - 1)].before;

		at_ns = dice_between(dice, p->requests[i - 1].sent_ns, p->requests[i].sent_ns);
	}
	return ns_min(ns_max(at_ns, min_ns), max_ns);
}

static void draw_window(struct move_folder *s)
{
	struct dice *dice = s->trial->dice;
	const struct prober *p = &s->probe[0];
	int64_t first_ns = p->requests[0].sent_ns, last_ns = p->requests[p->count - 1].sent_ns;
	int64_t quiet_ns;

	s->baseline_ns = 10 * p->pace_ns / NS_PER_US * NS_PER_US;
	if (s->baseline_ns < BASELINE_MIN_NS)
		s->baseline_ns = BASELINE_MIN_NS;
	quiet_ns = first_ns + s->baseline_ns + 3 * p->pace_ns;
	s->window_begin_ns = draw_moment(p, quiet_ns, quiet_ns + (last_ns - quiet_ns) / 3, dice);
	s->window_end_ns = draw_moment(p, s->window_begin_ns + NS_PER_US,
		last_ns + (dice_chance(dice, 20) ? 20 * p->pace_ns : -p->pace_ns), dice);
	s->trigger_ns = dice_chance(dice, 50)
				? s->window_begin_ns
				: dice_between(dice, s->window_begin_ns, s->window_end_ns);
	s->end_ns = ns_max(last_ns, s->window_end_ns) + NS_PER_US;
	s->end_ns += dice_chance(dice, 60) ? 3 * s->timeout_ns + 12 * p->pace_ns
					   : dice_between(dice, 0, 2 * s->timeout_ns);
}

static void carry_out(struct trial *t, struct move_folder *s, const struct series_spec *spec)
{
	struct series_spec control = *spec;

	control.outages = no_outages;
	control.outage_count = 0;
	control.blips = false;
	control.pauses = s->probe[s->judged].pauses;
	control.pause_count = s->probe[s->judged].pause_count;
	control.pace_ns = s->probe[s->judged].pace_ns;
	control.count = s->probe[s->judged].count;
	control.first_ns = s->probe[s->judged].requests[0].sent_ns;
	prober_make(&s->control, &control, t->dice);
	draw_window(s);
	for (size_t i = 0, n = 0; i < s->probes; i++)
		if (i != s->judged)
			t->others[n++] = &s->probe[i];
	trial_note(t, "  window [%.9f, %.9f] s, facts end at %.9f s; judged %s\n",
		(double)s->window_begin_ns / 1e9, (double)s->window_end_ns / 1e9,
		(double)s->end_ns / 1e9, probe_names[s->judged]);
	for (size_t i = 0; i < s->probes; i++)
		put_probe(s, i);
	put_run(s);
	put_driver(s);
	check(s);
	for (size_t i = 0; i < s->probes; i++)
		prober_free(&s->probe[i]);
	prober_free(&s->control);
}

static struct series_spec draw_move_spec(struct dice *dice)
{
	struct series_spec spec = live_draw_spec(dice);

	spec.pace_ns = spec.pace_ns / NS_PER_US * NS_PER_US;
	spec.timeout_ns = spec.timeout_ns / NS_PER_US * NS_PER_US;
	spec.count = (size_t)(dice_log(dice, 80, 400) + 2 * BASELINE_MIN_NS / spec.pace_ns);
	return spec;
}

void path_window(struct trial *t)
{
	struct move_folder s = {.trial = t, .probes = 1};
	struct series_spec spec = draw_move_spec(t->dice);

	s.timeout_ns = spec.timeout_ns;
	prober_make(&s.probe[0], &spec, t->dice);
	carry_out(t, &s, &spec);
}

/* Draws another probe of the same definition, which sometimes begins late or ends early. */
static struct series_spec draw_witness_spec(
	const struct move_folder *s, const struct series_spec *first, struct dice *dice)
{
	const struct prober *p = &s->probe[0];
	int64_t length_ns = p->requests[p->count - 1].sent_ns - p->requests[0].sent_ns;
	struct series_spec spec = *first;

	spec.outages = p->outage_count ? p->outages : no_outages;
	spec.outage_count = p->outage_count;
	spec.route_of = p;
	if (dice_chance(dice, 50))
		spec.pace_ns = first->pace_ns * dice_between(dice, 50, 200) / 100 / 1000 * 1000;
	if (dice_chance(dice, 20))
		spec.first_ns += dice_between(dice, 0, length_ns * 3 / 4);
	spec.count = (size_t)((length_ns + NS_PER_S - spec.first_ns) / spec.pace_ns) + 2;
	if (dice_chance(dice, 25))
		spec.count = (size_t)dice_between(dice, 2, (int64_t)spec.count);
	return spec;
}

void path_witnesses(struct trial *t)
{
	struct move_folder s = {.trial = t, .probes = (size_t)dice_between(t->dice, 2, PROBES_MAX)};
	struct series_spec spec = draw_move_spec(t->dice);

	/* Outages and lost requests are far apart, so that all probes see the same outages. */
	spec.apart_ns = 8 * spec.pace_ns + 3 * NS_PER_MS;
	spec.lone_ns = 8 * spec.pace_ns;
	spec.timeout_ns = ns_max(2 * spec.pace_ns, 50 * NS_PER_MS);
	s.timeout_ns = spec.timeout_ns;
	prober_make(&s.probe[0], &spec, t->dice);
	for (size_t i = 1; i < s.probes; i++) {
		struct series_spec other = draw_witness_spec(&s, &spec, t->dice);

		other.others = s.probe;
		other.other_count = i;
		prober_make(&s.probe[i], &other, t->dice);
	}
	s.judged = (size_t)dice_between(t->dice, 0, (int64_t)s.probes - 1);
	carry_out(t, &s, &spec);
}
