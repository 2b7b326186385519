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

/*
 * The keys of facts. A field is written and read by these alone (tests/cli/tree.bats looks), so that a misspelt one
 * does not compile.
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
/* With the name of an axis, and with microseconds. */
#define FIELD_AXIS "axis:%s"
#define FIELD_UNDER_US "under_%luus"
#define FIELD_OVER "over"

/* Single words that writer and reader share: clocks of stamps, the boot of a simulated world, no bound, no end. */
#define STAMPS_UTC "utc"
#define STAMPS_BOOTTIME "boottime"
#define BOOT_SIMULATED "simulated"
#define BOUND_NONE "none"
#define TIME_UNKNOWN "inf"

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

const char *job_state_name(enum job_state value);
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

const char *job_event_name(enum job_event value);
/* JOB_EVENT_UNKNOWN: there is no such word. */
enum job_event job_event_of(const char *word);

/* A VM on a host. VM_UNKNOWN: the host cannot be asked. */
enum vm_state { VM_NONE, VM_RUNNING, VM_PAUSED, VM_UNKNOWN, VM_STATES };

const char *vm_state_name(enum vm_state value);
/* VM_UNKNOWN: there is no such word. */
enum vm_state vm_state_of(const char *word);

/* What happens to a VM, the key `what` of its events. Platforms have further words of their own. */
enum vm_event { VM_EVENT_OTHER, VM_EVENT_STARTED, VM_EVENT_RESUMED, VM_EVENT_STOPPED, VM_EVENTS };

const char *vm_event_name(enum vm_event value);
/* VM_EVENT_OTHER: a platform's own word. */
enum vm_event vm_event_of(const char *word);

/* A workload, from WORKLOAD_NONE to WORKLOAD_STOPPED in the words of harness/ops/guest_agent.h. */
enum workload_state {
	WORKLOAD_UNTOLD, /* nobody said; its word is "" */
	WORKLOAD_NONE,
	WORKLOAD_RUNNING,
	WORKLOAD_VERIFYING,
	WORKLOAD_CORRECT,
	WORKLOAD_INCORRECT,
	WORKLOAD_FAILED,
	WORKLOAD_STOPPED,
	WORKLOAD_ENDED, /* by itself and well, and nobody looks whether what it did is right */
	WORKLOAD_TIMED_OUT,
	WORKLOAD_UNKNOWN,
	WORKLOAD_STATES,
};

const char *workload_state_name(enum workload_state value);
/* WORKLOAD_UNKNOWN: there is no such word. */
enum workload_state workload_state_of(const char *word);
/* Whether nothing more comes of it by itself. */
bool workload_over(enum workload_state state);

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

const char *session_event_name(enum session_event_kind value);
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

const char *sighting_name(enum sighting_kind value);
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

const char *neighbour_state_name(enum neighbour_state value);
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

const char *forwarding_event_name(enum forwarding_event value);
/* FORWARDING_UNKNOWN: there is no such word. */
enum forwarding_event forwarding_event_of(const char *word);

/* How a folder ended, the key `state` of its `folder` facts; a run that was not completed has it as `code`. */
enum folder_state {
	FOLDER_UNTOLD, /* nobody said; its word is "" */
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
	STEP_ENSURE, /* the VM runs as the case wants it, answers, and its session is as it should be */
	STEP_WARM_UP, /* a move that is called off at once: the lab's own stall comes now, not later */
	STEP_RETURN, /* the VM is brought back to where it is to move from; a step of STEP_ENSURE */
	STEP_BASELINE,     /* nothing happens; what is normal is measured */
	STEP_WORKLOAD,     /* the VM begins to work, and works for a while */
	STEP_TRIGGER,      /* the move is asked for */
	STEP_WATCH,        /* until the job has ended and the VM answers steadily */
	STEP_SETTLE,       /* longer still, for what comes after */
	STEP_WORKLOAD_END, /* its work comes to its end, and is looked through */
	STEP_INTEGRITY,    /* where the VM is, and whether its memory is whole */
	STEP_NEXT,         /* nothing is left open for the next run */
	STEP_UNKNOWN,
	STEP_KINDS,
};

const char *step_name(enum step_kind value);
/* STEP_UNKNOWN: there is no such word. */
enum step_kind step_of(const char *word);

/* The key `what` of a step's facts. */
enum step_event { STEP_EVENT_BEGIN, STEP_EVENT_END, STEP_EVENT_UNKNOWN, STEP_EVENTS };

const char *step_event_name(enum step_event value);
/* STEP_EVENT_UNKNOWN: there is no such word. */
enum step_event step_event_of(const char *word);

/* What an operator marks of a move, the key `what` of its facts. */
enum mark_event { MARK_START, MARK_END, MARK_UNKNOWN, MARK_EVENTS };

const char *mark_event_name(enum mark_event value);
/* MARK_UNKNOWN: there is no such word. */
enum mark_event mark_event_of(const char *word);

/* What is told of a workload, the key `what` of its facts. */
enum workload_event {
	WORKLOAD_EVENT_START,
	WORKLOAD_EVENT_PROGRESS,
	WORKLOAD_EVENT_WRITTEN, /* all of it is written; reading it again begins */
	WORKLOAD_EVENT_OVER,    /* it was seen to have come to its end */
	WORKLOAD_EVENT_END,     /* what is to be said of it after the move */
	WORKLOAD_EVENT_UNKNOWN,
	WORKLOAD_EVENTS,
};

const char *workload_event_name(enum workload_event value);
/* WORKLOAD_EVENT_UNKNOWN: there is no such word. */
enum workload_event workload_event_of(const char *word);

/* When a guest was asked for its clocks, the key `what` of its facts. */
enum clock_reading { CLOCK_BEFORE, CLOCK_AFTER, CLOCK_READINGS };

const char *clock_reading_name(enum clock_reading value);
/* CLOCK_AFTER: there is no such word. */
enum clock_reading clock_reading_of(const char *word);

/* What came of a user's attempt to connect, the key `outcome` of its facts. */
enum try_outcome {
	TRY_CONNECTED,
	TRY_REFUSED,
	TRY_GIVEN_UP, /* nothing was tried: an earlier attempt was refused for good */
	TRY_UNKNOWN,
	TRY_OUTCOMES,
};

const char *try_outcome_name(enum try_outcome value);
/* TRY_UNKNOWN: there is no such word. */
enum try_outcome try_outcome_of(const char *word);

/* What a probe's target is there for, the key `role` of its facts. */
enum target_role { ROLE_VM, ROLE_CONTROL, TARGET_ROLES };

const char *target_role_name(enum target_role value);
/* ROLE_VM: there is no such word. */
enum target_role target_role_of(const char *word);

/* Whether a host can be reached, the key `what` of its facts. */
enum contact_event { CONTACT_LOST, CONTACT_BACK, CONTACT_EVENTS };

const char *contact_event_name(enum contact_event event);

/* A truth: "yes" or "no". */
const char *yes_no(bool yes);

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
