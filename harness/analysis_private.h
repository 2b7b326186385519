/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the parts of the analysis share: analysis.c (gaps), analysis_baseline.c (round trips). */
#ifndef BLACKOUT_ANALYSIS_PRIVATE_H
#define BLACKOUT_ANALYSIS_PRIVATE_H

#include "harness/analysis.h"

/* Of a probe that was answered. */
static inline int64_t probe_round_trip(const struct probe_record *p)
{
	return p->arrival_ns - p->sent_ns;
}

/* Nothing came, but the facts end before its time-out had run out: it counts neither way. */
static inline bool probe_is_open(const struct series *s, const struct probe_record *p,
	int64_t timeout_ns)
{
	return p->arrival_ns == NS_NONE && p->sent_ns + timeout_ns > s->end_ns;
}

#endif
