/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which answer belongs to which probe: the probes of one target, numbered from 0, in a ring that
 * also remembers those whose time-out has run out, so that late and second answers are told
 * apart. Every step is O(1), nothing is allocated after match_init. Knows no sockets and no
 * clock.
 */
#ifndef BLACKOUT_MATCH_H
#define BLACKOUT_MATCH_H

#include "harness/base.h"

enum match_state { MATCH_FREE, MATCH_WAITING, MATCH_UNANSWERED, MATCH_ANSWERED };

struct match {
	int64_t *sent_ns;
	uint8_t *state;       /* enum match_state of the probe in that place */
	size_t size;          /* a power of two */
	uint64_t next_seq;    /* of the next probe */
	uint64_t expired_seq; /* all before it wait no more */
};

enum match_answer {
	MATCH_FIRST,     /* the first answer, in time or late */
	MATCH_DUPLICATE, /* one more */
	MATCH_UNKNOWN,   /* never sent, or longer ago than the ring reaches */
};

/* Room for a minute of probes and at least two time-outs of them; at most 65,536 for the minute. */
size_t match_size(int64_t interval_ns, int64_t timeout_ns);
/* size: a power of two. Returns 0, or -1 out of memory. */
int match_init(struct match *match, size_t size);
void match_free(struct match *match);
/* Notes that a probe goes out now; returns its number. */
uint64_t match_send(struct match *match, int64_t sent_ns);
/* An answer to probe `seq` came; *sent_ns is set unless it is unknown. */
enum match_answer match_answer(struct match *match, uint64_t seq, int64_t *sent_ns);
/* Probe `seq` failed (an error came back). True, with its send stamp, if it was waited for. */
bool match_fail(struct match *match, uint64_t seq, int64_t *sent_ns);
/* Takes the next probe sent at or before `sent_by_ns` that still waits. Call until it is false. */
bool match_expire(struct match *match, int64_t sent_by_ns, uint64_t *seq, int64_t *sent_ns);
/* Waits for nothing any more: what is outstanding will count neither way. */
void match_forget(struct match *match);
/* The number whose low 16 bits are `low`, the newest that was sent. */
uint64_t match_widen(const struct match *match, uint16_t low);

#endif
