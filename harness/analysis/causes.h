/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The causes of a blackout: divides a gap into consecutive stretches, each with the cause that the
 * facts support and with that fact as evidence. Pure. Without evidence the cause is CAUSE_UNKNOWN.
 */
#ifndef BLACKOUT_ANALYSIS_CAUSES_H
#define BLACKOUT_ANALYSIS_CAUSES_H

#include "harness/analysis/gaps.h"

enum cause {
	CAUSE_SETUP,     /* the VM was silent while the platform prepared the move */
	CAUSE_COPY,      /* paused at the source, not yet resumed at the destination */
	CAUSE_SWITCH,    /* the VM ran again, but a switch still forwarded to the old port */
	CAUSE_NEIGHBOUR, /* the prober's neighbour entry had to be resolved anew */
	CAUSE_GUEST,     /* frames of the VM were seen, but no answers */
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
 * Stretches in order, without holes. The first begins in the middle of [A, L1], the last ends in
 * the middle of [Ln, R]; if A or R is not known, at L1 or Ln. Their sum is the middle of [Ln - L1,
 * R - A], and it is as exact as that interval is narrow.
 */
struct causes {
	struct cause_stretch stretch[8];
	size_t count;
};

/*
 * Attributes a gap of `series` during `move` to causes. Evidence: the job's times, announcements
 * and first frames in captures, and changes of neighbour and forwarding entries, of any station. A
 * wait for the switch and a wait for the neighbour entry can be distinguished only by a capture of
 * the VM together with its neighbour events; without them the time after the VM's resumption is
 * unknown. A switch's own forwarding events show which of the two ended the gap.
 */
void causes_of(const struct timeline *timeline, const struct move *move,
	const struct series *series, const struct gap *gap, struct causes *causes);
/* The total length of the stretches of one cause, in ns. */
int64_t causes_sum(const struct causes *causes, enum cause cause);
/* The cause with the greatest total; CAUSE_UNKNOWN if there is no stretch. */
enum cause causes_main(const struct causes *causes);
/* Whether any stretch has a known cause. */
bool causes_known(const struct causes *causes);

#endif
