/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where a blackout went: one gap cut into consecutive stretches, each with the cause that the facts
 * support and the fact that supports it. Pure; what the facts cannot tell is said to be not known.
 */
#ifndef BLACKOUT_ANALYSIS_CAUSES_H
#define BLACKOUT_ANALYSIS_CAUSES_H

#include "harness/analysis/gaps.h"

enum cause {
	CAUSE_SETUP,     /* the platform prepared the move and the VM fell silent meanwhile */
	CAUSE_COPY,      /* paused at the source, not yet resumed at the destination */
	CAUSE_SWITCH,    /* it ran again, but frames still went to the old port */
	CAUSE_NEIGHBOUR, /* the prober's neighbour entry had to be made anew */
	CAUSE_GUEST,     /* the VM's own frames were seen, its answers were not */
	CAUSE_UNKNOWN,
};
#define CAUSE_COUNT 6

/* "set-up stall", "stop-and-copy", "waiting for the switch" … */
const char *cause_name(enum cause cause);

#define CAUSE_EVIDENCE_MAX 160
struct cause_stretch {
	enum cause cause;
	int64_t from_ns, to_ns;
	char evidence[CAUSE_EVIDENCE_MAX]; /* times in it are seconds since the trigger */
};

/*
 * Stretches without holes, in order; the first begins and the last ends in the middle of what the gap's
 * bounds leave open there (at L1 and Ln where A and R are not known). So their sum is the middle of
 * [Ln - L1, R - A], and it is as exact as that interval is narrow.
 */
struct causes {
	struct cause_stretch stretch[8];
	size_t count;
};

/*
 * Attributes a gap of `series` during `move`, from the job's times, the announcements and first
 * frames that captures saw, and the changes of neighbour and forwarding entries, of whichever
 * station. Needs a capture of the VM and its neighbour events to tell the switch from the neighbour
 * entry; without them what follows the VM's resumption is not known. A switch's own forwarding
 * events say which of the two came first.
 */
void causes_of(const struct timeline *timeline, const struct move *move,
	const struct series *series, const struct gap *gap, struct causes *causes);
/* The sum of the stretches of one cause. */
int64_t causes_sum(const struct causes *causes, enum cause cause);
/* The cause with the greatest sum; CAUSE_UNKNOWN without any stretch. */
enum cause causes_main(const struct causes *causes);
/* Whether the facts support a cause for any of it. */
bool causes_known(const struct causes *causes);

#endif
