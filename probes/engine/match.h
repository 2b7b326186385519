/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which answer belongs to which probe. One ring holds all probes of an engine, whatever their
 * target, in the order of sending; a probe carries its serial number, which gives its position. So
 * a send, an answer and a time-out take O(1), and the memory does not grow with the number of
 * targets. Probes stay in the ring after their time-out, so that late and duplicate answers are
 * recognized. Nothing is allocated after match_init. Uses no socket and no clock.
 */
#ifndef BLACKOUT_PROBES_ENGINE_MATCH_H
#define BLACKOUT_PROBES_ENGINE_MATCH_H

#include "harness/base/base.h"

/* One probe, as the ring keeps it: 24 bytes. */
struct match_entry {
	int64_t sent_ns;
	uint32_t target;
	uint32_t seq;  /* the low 32 bits of its seq (match_probe) */
	uint32_t back; /* positions back to the target's previous probe; 0: not in the ring */
	uint8_t state; /* enum match_state */
	uint8_t pace;  /* see match_send */
};

struct match_target {
	uint64_t next_seq; /* the seq of its next probe */
	uint64_t newest;   /* the serial number of its newest probe */
};

struct match {
	struct match_entry *entries;
	size_t size;      /* a power of two */
	uint64_t next;    /* the serial number of the next probe */
	uint64_t expired; /* no probe before this serial number waits for an answer */
	struct match_target *targets;
	size_t target_count;
};

/* A probe, as the functions below return it. */
struct match_probe {
	uint64_t serial;
	uint64_t seq; /* its number among its target's probes, from 0 */
	int64_t sent_ns;
	uint32_t target;
	uint8_t pace;
};

enum match_answer {
	MATCH_FIRST,     /* the first answer, in time or late */
	MATCH_DUPLICATE, /* a further answer */
	MATCH_UNKNOWN,   /* the probe is not in the ring: never sent, withdrawn, or too long ago */
};

/*
 * The size of the ring: the probes of a minute, but at most 1,048,576 of them (25 MB; ten seconds
 * at 100,000 a second). It always holds at least the probes of two time-outs.
 */
size_t match_size(int64_t interval_ns, int64_t timeout_ns, size_t targets);
/* size: a power of two. Returns 0, or -1 out of memory. */
int match_init(struct match *match, size_t size, size_t targets);
void match_release(struct match *match);
/*
 * Adds a probe that is sent to a target now; fills `probe`. `pace` is any number that changes when
 * the target's interval does.
 */
void match_send(struct match *match, uint32_t target, uint8_t pace, int64_t sent_ns,
	struct match_probe *probe);
/* Forgets probe `serial`, as if it had never been sent. */
void match_withdraw(struct match *match, uint64_t serial);
/* Corrects the send time of probe `serial`, if the probe still waits for its answer. */
void match_correct(struct match *match, uint64_t serial, int64_t sent_ns);
/* Fills `probe` if probe `serial` is in the ring, else returns false; changes nothing. */
bool match_peek(const struct match *match, uint64_t serial, struct match_probe *probe);
/* Notes an answer to probe `serial`; fills `probe` unless the result is MATCH_UNKNOWN. */
enum match_answer match_answer(struct match *match, uint64_t serial, struct match_probe *probe);
/* Notes an error for probe `serial`. If the probe was waiting, fills `probe` and returns true. */
bool match_fail(struct match *match, uint64_t serial, struct match_probe *probe);
/*
 * Marks the next waiting probe sent at or before `sent_by_ns` as unanswered. False: there is none.
 */
bool match_expire(struct match *match, int64_t sent_by_ns, struct match_probe *probe);
/* Forgets all waiting probes: they count neither as answered nor as unanswered. */
void match_forget(struct match *match);
/*
 * Finds the newest probe to a target whose seq ends in the 16 bits `low`, among its newest few
 * hundred; sets *serial. False: not found.
 */
bool match_find(const struct match *match, uint32_t target, uint16_t low, uint64_t *serial);

#endif
