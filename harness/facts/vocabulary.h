/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The words of facts, as enums and macros for all writers and readers; only vocabulary.c has the
 * words as text. docs/facts.md describes each kind of fact.
 */
#ifndef BLACKOUT_FACTS_VOCABULARY_H
#define BLACKOUT_FACTS_VOCABULARY_H

#include <stdbool.h>

enum fact_kind {
	FACT_UNKNOWN, /* a kind of a newer version, or not a fact */
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

/* The kind's word in a line. */
const char *fact_kind_name(enum fact_kind kind);
/* The kind of a word; FACT_UNKNOWN: there is no such kind. */
enum fact_kind fact_kind_of(const char *word);

/*
 * The keys of facts. Fields are written and read only by these names, so that a misspelt key does
 * not compile; tests/cli/tree.bats checks this.
 */
#define FIELD_ADDRESS "address"
#define FIELD_AFTER "after"
#define FIELD_ANSWERED "answered"
#define FIELD_ANSWERS "answers"
#define FIELD_ASKED "asked"
#define FIELD_ASKED_RATE "asked_rate"
#define FIELD_AT "at"
#define FIELD_ATTEMPT "attempt"
#define FIELD_BAD "bad"
#define FIELD_BANDWIDTH "bandwidth"
#define FIELD_BOOT "boot"
#define FIELD_BOUND "bound"
#define FIELD_BUCKETS "buckets"
#define FIELD_BYTES "bytes"
#define FIELD_CASE "case"
#define FIELD_CHECKED "checked"
#define FIELD_CLOCK "clock"
#define FIELD_CODE "code"
#define FIELD_COMMAND "command"
#define FIELD_COMPLETED "completed"
#define FIELD_COUNT "count"
#define FIELD_DESTINATION "destination"
#define FIELD_DETAIL "detail"
#define FIELD_DIRTY_RATE "dirty_rate"
#define FIELD_DONE "done"
#define FIELD_DOWNTIME "downtime"
#define FIELD_DOWNTIME_NET "downtime_net"
#define FIELD_DROPPED "dropped"
#define FIELD_DUPLICATES "duplicates"
#define FIELD_EARLIEST "earliest"
#define FIELD_ELAPSED "elapsed"
#define FIELD_ERRNO "errno"
#define FIELD_ERROR "error"
#define FIELD_FASTEST "fastest"
#define FIELD_FILE "file"
#define FIELD_FILES "files"
#define FIELD_FINAL "final"
#define FIELD_FIRST "first"
#define FIELD_FOREIGN "foreign"
#define FIELD_FROM "from"
#define FIELD_HASH "hash"
#define FIELD_HEIGHT "height"
#define FIELD_HELD "held"
#define FIELD_HOST "host"
#define FIELD_ICMP "icmp"
#define FIELD_ID "id"
#define FIELD_INTERVAL "interval"
#define FIELD_ITERATION "iteration"
#define FIELD_ITERATIONS "iterations"
#define FIELD_JUMP "jump"
#define FIELD_JUMP_AT "jump_at"
#define FIELD_KEPT "kept"
#define FIELD_KIND "kind"
#define FIELD_LAG "lag"
#define FIELD_LAST "last"
#define FIELD_LATE "late"
#define FIELD_LATE_100MS "late_100ms"
#define FIELD_LATE_10MS "late_10ms"
#define FIELD_LATE_1MS "late_1ms"
#define FIELD_LONGEST "longest"
#define FIELD_MAC "mac"
#define FIELD_MEDIAN "median"
#define FIELD_MEMORY_RATE "memory_rate"
#define FIELD_MEMORY_TOTAL "memory_total"
#define FIELD_MEMORY_TRANSFERRED "memory_transferred"
#define FIELD_MESSAGE "message"
#define FIELD_MISSING "missing"
#define FIELD_MODE "mode"
#define FIELD_MONO "mono"
#define FIELD_MOVE "move"
#define FIELD_MOVED "moved"
#define FIELD_N "n"
#define FIELD_NAME "name"
#define FIELD_OK "ok"
#define FIELD_ONLY "only"
#define FIELD_OUTCOME "outcome"
#define FIELD_P99 "p99"
#define FIELD_P999 "p999"
#define FIELD_PACE "pace"
#define FIELD_PERCENT "percent"
#define FIELD_PID "pid"
#define FIELD_PLATFORM "platform"
#define FIELD_PORT "port"
#define FIELD_PROBE "probe"
#define FIELD_PROCESSED "processed"
#define FIELD_RATE "rate"
#define FIELD_REASON "reason"
#define FIELD_RECEIVED "received"
#define FIELD_REFUSED "refused"
#define FIELD_REMAINING "remaining"
#define FIELD_REPORTED "reported"
#define FIELD_ROLE "role"
#define FIELD_RUN "run"
#define FIELD_SENT "sent"
#define FIELD_SEQ "seq"
#define FIELD_SET "set"
#define FIELD_SETUP "setup"
#define FIELD_SILENCE "silence"
#define FIELD_SIMULATED "simulated"
#define FIELD_SOURCE "source"
#define FIELD_SPREAD "spread"
#define FIELD_STATE "state"
#define FIELD_STATION "station"
#define FIELD_STEAL "steal"
#define FIELD_SWITCHES "switches"
#define FIELD_TEXT "text"
#define FIELD_TIMEOUT "timeout"
#define FIELD_TO "to"
#define FIELD_TOLD "told"
#define FIELD_TOOK "took"
#define FIELD_TOTAL "total"
#define FIELD_TRANSFERRED "transferred"
#define FIELD_UNSURE "unsure"
#define FIELD_UTC "utc"
#define FIELD_VERSION "version"
#define FIELD_VM "vm"
#define FIELD_WALL "wall"
#define FIELD_WHAT "what"
#define FIELD_WHY "why"
#define FIELD_WIDTH "width"
#define FIELD_WORST "worst"
#define FIELD_OVER "over"
/* Formats of keys: with the name of an axis, with a number of microseconds. */
#define FIELD_AXIS "axis:%s"
#define FIELD_UNDER_US "under_%luus"

/* Single words: clocks of stamps, the simulated world's boot id, no bound, an unknown time. */
#define STAMPS_UTC "utc"
#define STAMPS_BOOTTIME "boottime"
#define BOOT_SIMULATED "simulated"
#define BOUND_NONE "none"
#define TIME_UNKNOWN "inf"

/* The state of a job, which moves a VM. JOB_UNKNOWN: it ended with an unknown result. */
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

const char *job_state_name(enum job_state value);
/* JOB_UNKNOWN: there is no such word. */
enum job_state job_state_of(const char *word);

/* An event of a job, the key `what` of its facts. */
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

const char *job_event_name(enum job_event value);
/* JOB_EVENT_UNKNOWN: there is no such word. */
enum job_event job_event_of(const char *word);

/* The state of a VM on a host. VM_UNKNOWN: the host does not respond. */
enum vm_state { VM_NONE, VM_RUNNING, VM_PAUSED, VM_UNKNOWN, VM_STATES };

const char *vm_state_name(enum vm_state value);
/* VM_UNKNOWN: there is no such word. */
enum vm_state vm_state_of(const char *word);

/* An event of a VM, the key `what` of `event` facts. A platform may have further words. */
enum vm_event { VM_EVENT_OTHER, VM_EVENT_STARTED, VM_EVENT_RESUMED, VM_EVENT_STOPPED, VM_EVENTS };

const char *vm_event_name(enum vm_event value);
/* VM_EVENT_OTHER: a word that only the platform knows. */
enum vm_event vm_event_of(const char *word);

/*
 * The state of a workload. WORKLOAD_NONE to WORKLOAD_STOPPED have the words of the agent's protocol
 * (harness/ops/guest_agent.h).
 */
enum workload_state {
	WORKLOAD_UNREPORTED, /* no fact has its state; its word is "" */
	WORKLOAD_NONE,
	WORKLOAD_RUNNING,
	WORKLOAD_VERIFYING,
	WORKLOAD_CORRECT,
	WORKLOAD_INCORRECT,
	WORKLOAD_FAILED,
	WORKLOAD_STOPPED,
	WORKLOAD_ENDED, /* ended successfully without verification */
	WORKLOAD_TIMED_OUT,
	WORKLOAD_UNKNOWN,
	WORKLOAD_STATES,
};

const char *workload_state_name(enum workload_state value);
/* WORKLOAD_UNKNOWN: there is no such word. */
enum workload_state workload_state_of(const char *word);
/* True unless the workload runs or verifies. */
bool workload_over(enum workload_state state);

/* An event of a user's session, the key `what` of its facts. */
enum session_event_kind {
	SESSION_EVENT_UNKNOWN,
	SESSION_EVENT_OPEN,
	SESSION_EVENT_CLOSE,
	SESSION_EVENT_DROP,
	SESSION_EVENT_REFUSED,
	SESSION_EVENT_STATE, /* whether the session's state was kept */
	SESSION_EVENTS,
};

const char *session_event_name(enum session_event_kind value);
/* SESSION_EVENT_UNKNOWN: there is no such word. */
enum session_event_kind session_event_of(const char *word);

/* What a capture sees of a VM: announcements (the key `what` of their facts) and frames. */
enum sighting_kind {
	SIGHTING_UNKNOWN,
	SIGHTING_RARP,
	SIGHTING_GARP,  /* gratuitous ARP */
	SIGHTING_NA,    /* neighbour advertisement */
	SIGHTING_FRAME, /* the first frame after a silence; written as a `frame` fact */
	SIGHTINGS,
};

const char *sighting_name(enum sighting_kind value);
/* SIGHTING_UNKNOWN: there is no such word. */
enum sighting_kind sighting_of(const char *word);

/* The kernel's state of a neighbour entry (NUD_…). NEIGHBOUR_GONE: the entry was removed. */
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

const char *neighbour_state_name(enum neighbour_state value);
/* NEIGHBOUR_UNKNOWN: there is no such word. */
enum neighbour_state neighbour_state_of(const char *word);

/* A change of a switch's forwarding entry, the key `what` of its facts. */
enum forwarding_event {
	FORWARDING_UNKNOWN,
	FORWARDING_LEARNT, /* there was no entry before */
	FORWARDING_MOVED,  /* from another port */
	FORWARDING_HELD,   /* made static: it does not age */
	FORWARDING_AGED_OUT,
	FORWARDING_GONE, /* removed for another reason */
	FORWARDING_EVENTS,
};

const char *forwarding_event_name(enum forwarding_event value);
/* FORWARDING_UNKNOWN: there is no such word. */
enum forwarding_event forwarding_event_of(const char *word);

/* How a plan ended: `state` of the `folder` fact, and `code` of a run not completed. */
enum folder_state {
	FOLDER_NOT_CLOSED, /* there is no `folder` fact; its word is "" */
	FOLDER_COMPLETE,
	FOLDER_INTERRUPTED,
	FOLDER_BROKE_OFF,
	FOLDER_SET_UP_FAILED,
	FOLDER_UNKNOWN,
	FOLDER_STATES,
};

const char *folder_state_name(enum folder_state value);
/* FOLDER_UNKNOWN: there is no such word. */
enum folder_state folder_state_of(const char *word);

/* The steps of a run, the key `name` of their facts. */
enum step_kind {
	STEP_ENSURE,   /* the VM runs as the case demands, answers and has its session */
	STEP_WARM_UP,  /* start and cancel a move, so that the lab's first stall is not measured */
	STEP_RETURN,   /* move the VM back to the source, unmeasured; a step within STEP_ENSURE */
	STEP_BASELINE, /* probe the undisturbed VM */
	STEP_WORKLOAD, /* start the VM's workloads, and let them run for their lead time */
	STEP_TRIGGER,  /* request the move */
	STEP_WATCH,    /* wait until the job has ended and the VM answers steadily */
	STEP_SETTLE,   /* probe until the VM has answered without a gap for the settle time */
	STEP_WORKLOAD_END, /* wait for the end of the workloads, and verify them */
	STEP_INTEGRITY,    /* record where the VM is, and verify its memory */
	STEP_NEXT,         /* wait until the VM answers steadily, for the next run */
	STEP_UNKNOWN,
	STEP_KINDS,
};

const char *step_name(enum step_kind value);
/* STEP_UNKNOWN: there is no such word. */
enum step_kind step_of(const char *word);

/* The begin or end of a step, the key `what` of its facts. */
enum step_event { STEP_EVENT_BEGIN, STEP_EVENT_END, STEP_EVENT_UNKNOWN, STEP_EVENTS };

const char *step_event_name(enum step_event value);
/* STEP_EVENT_UNKNOWN: there is no such word. */
enum step_event step_event_of(const char *word);

/* What the user marks with `blackout mark`, the key `what` of its facts. */
enum mark_event { MARK_START, MARK_END, MARK_UNKNOWN, MARK_EVENTS };

const char *mark_event_name(enum mark_event value);
/* MARK_UNKNOWN: there is no such word. */
enum mark_event mark_event_of(const char *word);

/* An event of a workload, the key `what` of its facts. */
enum workload_event {
	WORKLOAD_EVENT_START,
	WORKLOAD_EVENT_PROGRESS,
	WORKLOAD_EVENT_WRITTEN, /* all data are written; verification begins */
	WORKLOAD_EVENT_OVER,    /* a poll found that it is over */
	WORKLOAD_EVENT_END,     /* its result after the move */
	WORKLOAD_EVENT_UNKNOWN,
	WORKLOAD_EVENTS,
};

const char *workload_event_name(enum workload_event value);
/* WORKLOAD_EVENT_UNKNOWN: there is no such word. */
enum workload_event workload_event_of(const char *word);

/* When a guest's clocks were read, the facts' `what`: before the trigger, after the settling. */
enum clock_reading { CLOCK_BEFORE, CLOCK_AFTER, CLOCK_READINGS };

const char *clock_reading_name(enum clock_reading value);
/* CLOCK_AFTER also for unknown words. */
enum clock_reading clock_reading_of(const char *word);

/* The result of a user's attempt to connect, the key `outcome` of its facts. */
enum try_outcome {
	TRY_CONNECTED,
	TRY_REFUSED,
	TRY_GIVEN_UP, /* not attempted: an earlier attempt was refused permanently */
	TRY_UNKNOWN,
	TRY_OUTCOMES,
};

const char *try_outcome_name(enum try_outcome value);
/* TRY_UNKNOWN: there is no such word. */
enum try_outcome try_outcome_of(const char *word);

/* Whether a probe's target is a VM or a control target, the key `role` of its facts. */
enum target_role { ROLE_VM, ROLE_CONTROL, TARGET_ROLES };

const char *target_role_name(enum target_role value);
/* ROLE_VM also for unknown words. */
enum target_role target_role_of(const char *word);

/* The loss or return of a host's connection, the key `what` of its facts. */
enum contact_event { CONTACT_LOST, CONTACT_BACK, CONTACT_EVENTS };

const char *contact_event_name(enum contact_event event);

/* The word of a truth value: "yes" or "no". */
const char *yes_no(bool yes);

/* Why measurements are unreliable for a time; the words appear in `disturbed-…` reason codes. */
enum disturbance_kind {
	DISTURBED_LATE,    /* an engine sent or read too late */
	DISTURBED_DROPS,   /* the socket or the capture lost messages */
	DISTURBED_CONTROL, /* a control target was silent */
	DISTURBED_CLOCK,   /* a clock stepped */
	DISTURBANCE_KINDS,
};

const char *disturbance_kind_name(enum disturbance_kind kind);

#endif
