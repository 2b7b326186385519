/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The truth of a generated series, from a continuous up(t) and not from any code that is tested.
 *
 * Time. All times are true time in ns, whatever the stamps in a file say. They lie on the axis of
 * sending: a request sent at t reaches the target at t + x, and `up` is told at t. What the way of
 * a request took beyond the least is in `reach_ns`; without jitter that is `sent_ns`.
 *
 * Outages. The target is down in [S, E). DROP: requests are lost. MUTE: answers are lost. HOLD:
 * requests are kept and all answered at E. BLIP: a single lost request, an outage of zero length
 * at the moment of that request.
 *
 * Pace. A step (the distance between two consecutive requests that the data show) is regular if it
 * is at most 1.5 paces and 1 ms. A longer step is time in which nothing was probed.
 *
 * Two outages are one, from the first one's S to the second one's E, if no request met service
 * between them and the two requests around that service are a regular step apart. Service is met
 * by a request that reached the target while it was up, and at E by a held request whose answer
 * the data show. A request that the capturing machine lost met service all the same.
 *
 * The truth is the longest outage that touches what is watched. Watched is the stretch from the
 * first request in the data to the last one, as it reaches the target; in a file without its end,
 * to the last stamp of any file in the folder; in a plan, to the end of the window at least. An
 * outage counts as far as it lies in that stretch. With a window only those count that touch it,
 * with their whole length.
 *
 * Where the rules leave a choice (the end of a held outage behind the last request is seen in its
 * answers; an outage that ends at the window's begin to within the jitter) the truth is an
 * interval: an upper bound must reach its lower end, a lower bound must not pass its upper end.
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
	int64_t answer_ns;      /* when the answer is back at the prober; NS_NONE: it never is */
	int64_t served_ns;      /* when the target dealt with it; NS_NONE: never */
	bool held;              /* by an outage that ended at served_ns */
	bool seen, answer_seen; /* the data show the request, its answer */
};

struct watched {
	const struct request *requests; /* in order of sending */
	size_t count;
	const struct outage *outages; /* in order, none overlaps another */
	size_t outage_count;
	int64_t pace_ns, jitter_ns;
	int64_t to_ns; /* watched to there at least; NS_NONE: to the last request */
	int64_t window_from_ns, window_to_ns; /* NS_NONE: there is no window */
};

/* Whether a distance between two consecutive requests is one of the prober's own steps. */
bool step_is_regular(int64_t step_ns, int64_t pace_ns);
/* The truth; {0, 0} where the data show no request. */
struct interval oracle_truth(const struct watched *watched);

#endif
