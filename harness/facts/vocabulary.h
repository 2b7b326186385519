/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The words of facts. Writers, the reader and the live view name them by these; the text itself stands in
 * vocabulary.c alone. What a fact of each kind says is in docs/facts.md.
 */
#ifndef BLACKOUT_FACTS_VOCABULARY_H
#define BLACKOUT_FACTS_VOCABULARY_H

#include <stdbool.h>

enum fact_kind {
	FACT_UNKNOWN, /* of a newer version, or no fact */
	FACT_ANNOUNCE,
	FACT_ANSWER,
	FACT_CASE,
	FACT_CLOCK,
	FACT_CLOCK_STEP,
	FACT_CONTACT,
	FACT_DROPS,
	FACT_DUPLICATE,
	FACT_END,
	FACT_EVENT,
	FACT_FOLDER,
	FACT_FORWARDING,
	FACT_FRAME,
	FACT_GUEST_CLOCK,
	FACT_INTEGRITY,
	FACT_JOB,
	FACT_LATE_TICK,
	FACT_LOST,
	FACT_MARK,
	FACT_NEIGHBOUR,
	FACT_NOTE,
	FACT_OK,
	FACT_PACE,
	FACT_PCAP,
	FACT_PLACE,
	FACT_PROGRESS,
	FACT_RUN,
	FACT_RUN_END,
	FACT_SCOPE,
	FACT_SCREEN,
	FACT_SEGMENT,
	FACT_SESSION,
	FACT_SILENCE,
	FACT_STATISTICS,
	FACT_STEP,
	FACT_STOLEN,
	FACT_SUMMARY,
	FACT_TARGET,
	FACT_TICKS,
	FACT_TRIGGER,
	FACT_TRIPS,
	FACT_TRUTH,
	FACT_TRY,
	FACT_UNANSWERED,
	FACT_UNSENT,
	FACT_UPDATE,
	FACT_WATCH,
	FACT_WINDOW,
	FACT_WORKLOAD,
	FACT_KINDS,
};

/* The word in a line. */
const char *fact_kind_name(enum fact_kind kind);
/* FACT_UNKNOWN: there is no such kind. */
enum fact_kind fact_kind_of(const char *word);

/* A job that moves a VM. JOB_NONE: none, or one of which no end was told. */
enum job_state {
	JOB_NONE,
	JOB_MOVING,
	JOB_COMPLETED,
	JOB_FAILED,
	JOB_WITH_STATUS,
	JOB_CANCELLED,
	JOB_UNKNOWN,
	JOB_STATES,
};

const char *job_state_name(enum job_state state);
/* JOB_UNKNOWN: there is no such word. */
enum job_state job_state_of(const char *word);

/* What happens to a job, the key `what` of its facts. */
enum job_event {
	JOB_EVENT_REQUESTED,
	JOB_EVENT_STARTED,
	JOB_EVENT_COPYING,
	JOB_EVENT_PAUSED,
	JOB_EVENT_RESUMED,
	JOB_EVENT_ENDED,
	JOB_EVENT_UNKNOWN,
	JOB_EVENTS,
};

const char *job_event_name(enum job_event event);
/* JOB_EVENT_UNKNOWN: there is no such word. */
enum job_event job_event_of(const char *word);

/* A VM on a host. VM_UNKNOWN: the host cannot be asked. */
enum vm_state { VM_NONE, VM_RUNNING, VM_PAUSED, VM_UNKNOWN, VM_STATES };

const char *vm_state_name(enum vm_state state);
/* VM_UNKNOWN: there is no such word. */
enum vm_state vm_state_of(const char *word);

/* A workload, from WORK_NONE to WORK_STOPPED in the words of harness/ops/guest_agent.h. */
enum work_state {
	WORK_UNTOLD, /* nobody said; its word is "" */
	WORK_NONE,
	WORK_RUNNING,
	WORK_VERIFYING,
	WORK_CORRECT,
	WORK_INCORRECT,
	WORK_FAILED,
	WORK_STOPPED,
	WORK_ENDED, /* by itself and well, and nobody looks whether what it did is right */
	WORK_TIMED_OUT,
	WORK_UNKNOWN,
	WORK_STATES,
};

const char *work_state_name(enum work_state state);
/* WORK_UNKNOWN: there is no such word. */
enum work_state work_state_of(const char *word);
/* Whether nothing more comes of it by itself. */
bool work_over(enum work_state state);

/* What happens to a user's session, the key `what` of its facts. */
enum session_event_kind {
	SESSION_EVENT_UNKNOWN,
	SESSION_EVENT_OPEN,
	SESSION_EVENT_CLOSE,
	SESSION_EVENT_DROP,
	SESSION_EVENT_REFUSED,
	SESSION_EVENT_STATE, /* whether what was typed is still there */
	SESSION_EVENTS,
};

const char *session_event_name(enum session_event_kind kind);
/* SESSION_EVENT_UNKNOWN: there is no such word. */
enum session_event_kind session_event_of(const char *word);

/* What a capture sees of a VM without asking: announcements, the key `what` of their facts, and frames. */
enum sighting_kind {
	SIGHTING_UNKNOWN,
	SIGHTING_RARP,
	SIGHTING_GARP,  /* gratuitous ARP */
	SIGHTING_NA,    /* neighbour advertisement */
	SIGHTING_FRAME, /* the first after a silence; a kind of fact of its own */
	SIGHTINGS,
};

const char *sighting_name(enum sighting_kind kind);
/* SIGHTING_UNKNOWN: there is no such word. */
enum sighting_kind sighting_of(const char *word);

/* A neighbour entry as the kernel has it. */
enum neighbour_state {
	NEIGHBOUR_UNKNOWN,
	NEIGHBOUR_INCOMPLETE,
	NEIGHBOUR_REACHABLE,
	NEIGHBOUR_STALE,
	NEIGHBOUR_DELAY,
	NEIGHBOUR_PROBE,
	NEIGHBOUR_FAILED,
	NEIGHBOUR_NOARP,
	NEIGHBOUR_PERMANENT,
	NEIGHBOUR_GONE,
	NEIGHBOUR_STATES,
};

const char *neighbour_state_name(enum neighbour_state state);
/* NEIGHBOUR_UNKNOWN: there is no such word. */
enum neighbour_state neighbour_state_of(const char *word);

/* What happens to the entry by which a switch forwards frames, the key `what` of its facts. */
enum forwarding_event {
	FORWARDING_UNKNOWN,
	FORWARDING_LEARNT, /* there was no entry before */
	FORWARDING_MOVED,  /* from another port */
	FORWARDING_HELD,   /* made static: it does not age */
	FORWARDING_AGED_OUT,
	FORWARDING_GONE, /* taken away */
	FORWARDING_EVENTS,
};

const char *forwarding_event_name(enum forwarding_event event);
/* FORWARDING_UNKNOWN: there is no such word. */
enum forwarding_event forwarding_event_of(const char *word);

/* Why the harness itself cannot be trusted for a time; the words stand in `disturbed-…` codes. */
enum disturbance_kind {
	DISTURBED_LATE,    /* an engine sent or read too late */
	DISTURBED_DROPS,   /* answers were lost at the probe */
	DISTURBED_CONTROL, /* a control target was silent */
	DISTURBED_CLOCK,   /* a clock stepped */
	DISTURBANCE_KINDS,
};

const char *disturbance_kind_name(enum disturbance_kind kind);

#endif
