/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The truth of a generated series, from a continuous up(t) and not from any code that is tested.
 *
 * Time. All times are true time in ns, not the stamps in a file. They lie on the axis of sending:
 * if requests take at least x, `up` at t is the target's state at t + x. A request that takes j
 * longer than x has reach_ns = sent_ns + j; without jitter reach_ns is sent_ns.
 *
 * Outages. The target is down in [S, E). DROP: requests are lost. MUTE: answers are lost. HOLD:
 * requests are kept and all answered at E. BLIP: a single lost request, an outage of zero length
 * at the time of that request.
 *
 * Pace. A step (the distance between two consecutive requests that the data show) is regular if it
 * is at most 1.5 paces and 1 ms. A longer step is time in which nothing was probed.
 *
 * Two outages are one, from the first one's S to the second one's E, if no request met service
 * between them and the two requests around that service are a regular step apart. A request meets
 * service if it reaches the target while that is up; a held one meets service at E if the data show
 * its answer. A request that the capturing machine lost meets service, too.
 *
 * The truth is the longest outage that touches the observed stretch. That begins at the first
 * request in the data and ends when the last one reaches the target; in a file without its end, at
 * the last stamp of any file in the folder; in a plan, not before the end of the window. Only the
 * time of an outage in the observed stretch counts. With a window only outages that touch the
 * window count, with their whole length.
 *
 * Where the rules leave a choice (the end of a held outage after the last request, which the
 * answers show; an outage that ends within the jitter of the window's begin) the truth is an
 * interval: an upper bound must not be below its lower end, a lower bound not above its upper end.
 */
#ifndef BLACKOUT_TESTS_PROPERTY_ORACLE_H
#define BLACKOUT_TESTS_PROPERTY_ORACLE_H

#include "harness/base/base.h"

enum outage_kind { OUTAGE_DROP, OUTAGE_MUTE, OUTAGE_HOLD, OUTAGE_BLIP };
const char *outage_kind_name(enum outage_kind kind);

struct outage {
	enum outage_kind kind;
	int64_t from_ns, to_ns;
};

struct request {
	int64_t sent_ns, reach_ns;
	int64_t answer_ns;      /* when the answer reaches the prober; NS_NONE: never */
	int64_t served_ns;      /* when the target handled the request; NS_NONE: never */
	bool held;              /* by an outage that ended at served_ns */
	bool seen, answer_seen; /* the data show the request, its answer */
};

/* The requests and outages of one prober, and how long they are observed. */
struct observed {
	const struct request *requests; /* in order of sending */
	size_t count;
	const struct outage *outages; /* in order, without overlaps */
	size_t outage_count;
	int64_t pace_ns, jitter_ns;
	int64_t to_ns; /* observed at least until then; NS_NONE: until the last request */
	int64_t window_from_ns, window_to_ns; /* NS_NONE: there is no window */
};

/* True if the distance between two consecutive requests is regular (see above). */
bool step_is_regular(int64_t step_ns, int64_t pace_ns);
/* The truth; {0, 0} if the data show no request. */
struct interval oracle_truth(const struct observed *observed);

#endif
