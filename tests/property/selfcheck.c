/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Checks the oracle by series whose truth is evident. Times are in tenths of a second. */
#include "tests/property/oracle.h"

#include "tests/property/selfcheck.h"

#include <stdio.h>

#define TENTH (NS_PER_S / 10)

struct example {
	const char *what;
	struct outage outages[3]; /* {0}: the end */
	int pause_before, pause;  /* the request after the pause, and the pause's length; 0: none */
	int to;                   /* observed until then; 0: until the last request, at 90 */
	int window_from, window_to; /* 0: there is no window */
	int truth_lo, truth_hi;
	bool late_unseen; /* the data do not show held answers */
};

/* Ten requests at 0, 10, …, 90. */
static const struct example examples[] = {
	{"nothing", {{0}}, .truth_lo = 0},
	{"between two requests", {{OUTAGE_DROP, 32, 38}}, .truth_lo = 6, .truth_hi = 6},
	{"from a request to a request", {{OUTAGE_DROP, 30, 50}}, .truth_lo = 20, .truth_hi = 20},
	{"two without a request between", {{OUTAGE_DROP, 32, 35}, {OUTAGE_MUTE, 36, 39}},
		.truth_lo = 7, .truth_hi = 7},
	{"two with one between", {{OUTAGE_DROP, 32, 38}, {OUTAGE_DROP, 42, 49}}, .truth_lo = 7,
		.truth_hi = 7},
	{"lost in a row", {{OUTAGE_BLIP, 30, 30}, {OUTAGE_BLIP, 40, 40}}, .truth_lo = 10,
		.truth_hi = 10},
	{"lost, but not in a row", {{OUTAGE_BLIP, 30, 30}, {OUTAGE_BLIP, 50, 50}}, .truth_lo = 0},
	{"lost next to an outage", {{OUTAGE_DROP, 32, 38}, {OUTAGE_BLIP, 40, 40}}, .truth_lo = 8,
		.truth_hi = 8},
	{"lost on both sides of a pause", {{OUTAGE_BLIP, 30, 30}, {OUTAGE_BLIP, 140, 140}},
		.pause_before = 4, .pause = 100},
	{"in a pause", {{OUTAGE_DROP, 50, 75}}, .pause_before = 4, .pause = 100, .truth_lo = 25,
		.truth_hi = 25},
	{"over a pause", {{OUTAGE_DROP, 25, 155}}, .pause_before = 4, .pause = 100, .truth_lo = 130,
		.truth_hi = 130},
	{"on both sides of service in a pause", {{OUTAGE_DROP, 25, 60}, {OUTAGE_DROP, 100, 145}},
		.pause_before = 4, .pause = 100, .truth_lo = 45, .truth_hi = 45},
	{"open at the end", {{OUTAGE_DROP, 85, 999}}, .truth_lo = 5, .truth_hi = 5},
	{"open at the end, killed", {{OUTAGE_DROP, 85, 999}}, .to = 200, .truth_lo = 115,
		.truth_hi = 115},
	{"after the last request, killed", {{OUTAGE_DROP, 95, 140}}, .to = 200, .truth_lo = 45,
		.truth_hi = 45},
	{"after the last request", {{OUTAGE_DROP, 95, 140}}, .truth_lo = 0},
	{"open at the begin", {{OUTAGE_DROP, -30, 25}}, .truth_lo = 25, .truth_hi = 25},
	{"held, its end is seen", {{OUTAGE_HOLD, 85, 120}}, .truth_lo = 5, .truth_hi = 35},
	{"held and dropped", {{OUTAGE_HOLD, 25, 45}, {OUTAGE_DROP, 47, 65}}, .truth_lo = 20,
		.truth_hi = 20},
	{"held and dropped, no answer seen", {{OUTAGE_HOLD, 25, 45}, {OUTAGE_DROP, 47, 65}},
		.late_unseen = true, .truth_lo = 40, .truth_hi = 40},
	{"before the window", {{OUTAGE_DROP, 15, 28}, {OUTAGE_DROP, 55, 57}}, .window_from = 29,
		.window_to = 70, .truth_lo = 2, .truth_hi = 2},
	{"over the window's begin", {{OUTAGE_DROP, 15, 32}}, .window_from = 29, .window_to = 70,
		.truth_lo = 17, .truth_hi = 17},
	{"over the window's end, nothing sent after it", {{OUTAGE_DROP, 85, 130}},
		.window_from = 29, .window_to = 110, .truth_lo = 25, .truth_hi = 25},
	{"over the window's end", {{OUTAGE_DROP, 45, 78}}, .window_from = 29, .window_to = 60,
		.truth_lo = 33, .truth_hi = 33},
};

static void meet(struct request *r, const struct example *x)
{
	for (size_t k = 0; k < ARRAY_SIZE(x->outages); k++) {
		const struct outage *o = &x->outages[k];
		bool blip = o->kind == OUTAGE_BLIP && r->sent_ns == o->from_ns * TENTH;

		if (!blip && (r->sent_ns < o->from_ns * TENTH || r->sent_ns >= o->to_ns * TENTH))
			continue;
		r->held = o->kind == OUTAGE_HOLD;
		r->served_ns = r->held ? o->to_ns * TENTH : NS_NONE;
		r->answer_seen = r->held && !x->late_unseen;
	}
}

static bool is_correct(const struct example *x)
{
	struct request requests[10];
	struct outage outages[3];
	struct observed w = {.requests = requests,
		.count = 10,
		.outages = outages,
		.pace_ns = 10 * TENTH,
		.to_ns = x->to ? x->to * TENTH : NS_NONE,
		.window_from_ns = NS_NONE,
		.window_to_ns = NS_NONE};
	struct interval truth;

	for (size_t i = 0; i < w.count; i++) {
		int64_t at_ns = 10 * (int64_t)i * TENTH;

		if (x->pause && (int)i >= x->pause_before)
			at_ns += x->pause * TENTH;
		requests[i] = (struct request){.sent_ns = at_ns,
			.reach_ns = at_ns,
			.served_ns = at_ns,
			.seen = true,
			.answer_seen = true};
		meet(&requests[i], x);
	}
	for (size_t k = 0; k < ARRAY_SIZE(outages) && x->outages[k].to_ns; k++)
		outages[w.outage_count++] = (struct outage){x->outages[k].kind,
			x->outages[k].from_ns * TENTH, x->outages[k].to_ns * TENTH};
	if (x->window_to) {
		w.window_from_ns = x->window_from * TENTH;
		w.to_ns = w.window_to_ns = x->window_to * TENTH;
	}
	truth = oracle_truth(&w);
	if (truth.lo_ns == x->truth_lo * TENTH && truth.hi_ns == x->truth_hi * TENTH)
		return true;
	printf("ORACLE: %s: [%.1f, %.1f], not [%d, %d]\n", x->what, (double)truth.lo_ns / TENTH,
		(double)truth.hi_ns / TENTH, x->truth_lo, x->truth_hi);
	return false;
}

unsigned oracle_self_check(void)
{
	unsigned wrong = 0;

	for (size_t i = 0; i < ARRAY_SIZE(examples); i++)
		wrong += !is_correct(&examples[i]);
	return wrong;
}
