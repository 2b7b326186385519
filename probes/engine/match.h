/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which answer belongs to which probe. All probes of an engine, whatever their target, stand in one
 * ring in the order in which they went out; that place, the serial number, travels in the probe. So
 * sending, answering and running out are O(1) however many targets there are, and the memory does
 * not grow with them. The ring also remembers those whose time-out has run out, so that late and
 * second answers are told apart. Nothing is allocated after match_init. Knows no sockets and no
 * clock.
 */
#ifndef BLACKOUT_PROBES_ENGINE_MATCH_H
#define BLACKOUT_PROBES_ENGINE_MATCH_H

#include "harness/base/base.h"

/* One probe, as the ring keeps it: 24 bytes. */
struct match_entry {
	int64_t sent_ns;
	uint32_t target;
	uint32_t seq;   /* the low half of its number among its target's */
	uint32_t back;  /* its target's probe before it stands so many places back; 0: too far */
	uint8_t state;  /* enum match_state */
	uint8_t pace;   /* see match_send */
};

/* What is kept of a target. */
struct match_target {
	uint64_t next_seq; /* of its next probe */
	uint64_t newest;   /* the serial number of its last one */
};

struct match {
	struct match_entry *entries;
	size_t size;          /* a power of two */
	uint64_t next;        /* the serial number of the next probe */
	uint64_t expired;     /* all before it wait no more */
	struct match_target *targets;
	size_t target_count;
};

/* A probe, as it is told. */
struct match_probe {
	uint64_t serial;
	uint64_t seq;      /* among its target's probes, from 0 */
	int64_t sent_ns;
	uint32_t target;
	uint8_t pace;
};

enum match_answer {
	MATCH_FIRST,     /* the first answer, in time or late */
	MATCH_DUPLICATE, /* one more */
	MATCH_UNKNOWN,   /* never sent, or longer ago than the ring reaches */
};

/*
 * Room for a minute of probes, but at most 1,048,576 of them (25 MB; ten seconds at 100,000 a
 * second), and for at least two time-outs.
 */
size_t match_size(int64_t interval_ns, int64_t timeout_ns, size_t targets);
/* size: a power of two. Returns 0, or -1 out of memory. */
int match_init(struct match *match, size_t size, size_t targets);
void match_release(struct match *match);
/*
 * Notes that a probe goes out to a target now; fills `probe`. `pace` is any number that changes
 * when the distance of the target's probes does.
 */
void match_send(struct match *match, uint32_t target, uint8_t pace, int64_t sent_ns,
	struct match_probe *probe);
/* The probe with that serial number did not leave, or is not waited for any more: it never was. */
void match_withdraw(struct match *match, uint64_t serial);
/* Probe `serial` went out at sent_ns, as is known now; no effect where it waits no more. */
void match_correct(struct match *match, uint64_t serial, int64_t sent_ns);
/* Whether probe `serial` is known, and which it is; changes nothing. */
bool match_peek(const struct match *match, uint64_t serial, struct match_probe *probe);
/* An answer to probe `serial` came; `probe` is filled unless it is unknown. */
enum match_answer match_answer(struct match *match, uint64_t serial, struct match_probe *probe);
/* Probe `serial` failed (an error came back). True, with the probe, if it was waited for. */
bool match_fail(struct match *match, uint64_t serial, struct match_probe *probe);
/* Takes the next probe sent at or before `sent_by_ns` that still waits. Call until it is false. */
bool match_expire(struct match *match, int64_t sent_by_ns, struct match_probe *probe);
/* Waits for nothing any more: what is outstanding will count neither way. */
void match_forget(struct match *match);
/*
 * The serial number of the newest probe to a target whose own number ends in the 16 bits `low`. A
 * few hundred probes are looked through; returns false where it is not among them.
 */
bool match_find(const struct match *match, uint32_t target, uint16_t low, uint64_t *serial);

#endif
