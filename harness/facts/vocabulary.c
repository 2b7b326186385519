/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The words of facts: see vocabulary.h. */
#include "harness/facts/vocabulary.h"

#include "harness/base/base.h"

#include <stdlib.h>
#include <string.h>

/* In alphabetical order, for the binary search. */
static const char *const kind_names[FACT_KINDS] = {
	[FACT_UNKNOWN] = "",
	[FACT_ANNOUNCE] = "announce",
	[FACT_ANSWER] = "answer",
	[FACT_CASE] = "case",
	[FACT_CLOCK] = "clock",
	[FACT_CLOCK_STEP] = "clock-step",
	[FACT_CONTACT] = "contact",
	[FACT_DROPS] = "drops",
	[FACT_DUPLICATE] = "duplicate",
	[FACT_END] = "end",
	[FACT_EVENT] = "event",
	[FACT_FOLDER] = "folder",
	[FACT_FORWARDING] = "forwarding",
	[FACT_FRAME] = "frame",
	[FACT_GUEST_CLOCK] = "guest-clock",
	[FACT_INTEGRITY] = "integrity",
	[FACT_JOB] = "job",
	[FACT_LATE_TICK] = "late-tick",
	[FACT_LOST] = "lost",
	[FACT_MARK] = "mark",
	[FACT_NEIGHBOUR] = "neighbour",
	[FACT_NOTE] = "note",
	[FACT_OK] = "ok",
	[FACT_PACE] = "pace",
	[FACT_PCAP] = "pcap",
	[FACT_PLACE] = "place",
	[FACT_PROGRESS] = "progress",
	[FACT_RUN] = "run",
	[FACT_RUN_END] = "run-end",
	[FACT_SCOPE] = "scope",
	[FACT_SCREEN] = "screen",
	[FACT_SEGMENT] = "segment",
	[FACT_SESSION] = "session",
	[FACT_SILENCE] = "silence",
	[FACT_STATISTICS] = "statistics",
	[FACT_STEP] = "step",
	[FACT_STOLEN] = "stolen",
	[FACT_SUMMARY] = "summary",
	[FACT_TARGET] = "target",
	[FACT_TICKS] = "ticks",
	[FACT_TRIGGER] = "trigger",
	[FACT_TRIPS] = "trips",
	[FACT_TRUTH] = "truth",
	[FACT_TRY] = "try",
	[FACT_UNANSWERED] = "unanswered",
	[FACT_UNSENT] = "unsent",
	[FACT_UPDATE] = "update",
	[FACT_WATCH] = "watch",
	[FACT_WINDOW] = "window",
	[FACT_WORKLOAD] = "workload",
};

const char *fact_kind_name(enum fact_kind kind)
{
	return kind_names[kind];
}

static int by_word(const void *word, const void *name)
{
	return strcmp(word, *(const char *const *)name);
}

enum fact_kind fact_kind_of(const char *word)
{
	const char *const *found =
		bsearch(word, kind_names + 1, FACT_KINDS - 1, sizeof(*kind_names), by_word);

	return found ? (enum fact_kind)(found - kind_names) : FACT_UNKNOWN;
}

static const char *const job_states[JOB_STATES] = {
	[JOB_NONE] = "none",
	[JOB_MOVING] = "moving",
	[JOB_COMPLETED] = "completed",
	[JOB_FAILED] = "failed",
	[JOB_WITH_STATUS] = "completed-with-status",
	[JOB_CANCELLED] = "cancelled",
	[JOB_UNKNOWN] = "unknown",
};

static const char *const job_events[JOB_EVENTS] = {
	[JOB_EVENT_REQUESTED] = "requested",
	[JOB_EVENT_STARTED] = "started",
	[JOB_EVENT_COPYING] = "copying",
	[JOB_EVENT_PAUSED] = "paused",
	[JOB_EVENT_RESUMED] = "resumed",
	[JOB_EVENT_ENDED] = "ended",
	[JOB_EVENT_UNKNOWN] = "unknown",
};

static const char *const vm_states[VM_STATES] = {
	[VM_NONE] = "none",
	[VM_RUNNING] = "running",
	[VM_PAUSED] = "paused",
	[VM_UNKNOWN] = "unknown",
};

static const char *const vm_events[VM_EVENTS] = {
	[VM_EVENT_OTHER] = "other",
	[VM_EVENT_STARTED] = "started",
	[VM_EVENT_RESUMED] = "resumed",
	[VM_EVENT_STOPPED] = "stopped",
};

static const char *const workload_states[WORKLOAD_STATES] = {
	[WORKLOAD_UNREPORTED] = "",
	[WORKLOAD_NONE] = "none",
	[WORKLOAD_RUNNING] = "running",
	[WORKLOAD_VERIFYING] = "verifying",
	[WORKLOAD_CORRECT] = "correct",
	[WORKLOAD_INCORRECT] = "incorrect",
	[WORKLOAD_FAILED] = "failed",
	[WORKLOAD_STOPPED] = "stopped",
	[WORKLOAD_ENDED] = "ended",
	[WORKLOAD_TIMED_OUT] = "timed-out",
	[WORKLOAD_UNKNOWN] = "unknown",
};

static const char *const session_events[SESSION_EVENTS] = {
	[SESSION_EVENT_UNKNOWN] = "unknown",
	[SESSION_EVENT_OPEN] = "open",
	[SESSION_EVENT_CLOSE] = "close",
	[SESSION_EVENT_DROP] = "drop",
	[SESSION_EVENT_REFUSED] = "refused",
	[SESSION_EVENT_STATE] = "state",
};

static const char *const sightings[SIGHTINGS] = {
	[SIGHTING_UNKNOWN] = "unknown",
	[SIGHTING_RARP] = "rarp",
	[SIGHTING_GARP] = "garp",
	[SIGHTING_NA] = "na",
	[SIGHTING_FRAME] = "frame",
};

static const char *const neighbour_states[NEIGHBOUR_STATES] = {
	[NEIGHBOUR_UNKNOWN] = "unknown",
	[NEIGHBOUR_INCOMPLETE] = "incomplete",
	[NEIGHBOUR_REACHABLE] = "reachable",
	[NEIGHBOUR_STALE] = "stale",
	[NEIGHBOUR_DELAY] = "delay",
	[NEIGHBOUR_PROBE] = "probe",
	[NEIGHBOUR_FAILED] = "failed",
	[NEIGHBOUR_NOARP] = "noarp",
	[NEIGHBOUR_PERMANENT] = "permanent",
	[NEIGHBOUR_GONE] = "gone",
};

static const char *const forwarding_events[FORWARDING_EVENTS] = {
	[FORWARDING_UNKNOWN] = "unknown",
	[FORWARDING_LEARNT] = "learnt",
	[FORWARDING_MOVED] = "moved",
	[FORWARDING_HELD] = "held",
	[FORWARDING_AGED_OUT] = "aged-out",
	[FORWARDING_GONE] = "gone",
};

static const char *const folder_states[FOLDER_STATES] = {
	[FOLDER_NOT_CLOSED] = "",
	[FOLDER_COMPLETE] = "complete",
	[FOLDER_INTERRUPTED] = "interrupted",
	[FOLDER_BROKE_OFF] = "broke-off",
	[FOLDER_SET_UP_FAILED] = "set-up-failed",
	[FOLDER_UNKNOWN] = "unknown",
};

static const char *const steps[STEP_KINDS] = {
	[STEP_ENSURE] = "ensure",
	[STEP_WARM_UP] = "warm-up",
	[STEP_RETURN] = "return",
	[STEP_BASELINE] = "baseline",
	[STEP_WORKLOAD] = "work",
	[STEP_TRIGGER] = "trigger",
	[STEP_WATCH] = "watch",
	[STEP_SETTLE] = "settle",
	[STEP_WORKLOAD_END] = "work-end",
	[STEP_INTEGRITY] = "integrity",
	[STEP_NEXT] = "next",
	[STEP_UNKNOWN] = "unknown",
};

static const char *const step_events[STEP_EVENTS] = {
	[STEP_EVENT_BEGIN] = "begin",
	[STEP_EVENT_END] = "end",
	[STEP_EVENT_UNKNOWN] = "unknown",
};

static const char *const mark_events[MARK_EVENTS] = {
	[MARK_START] = "start",
	[MARK_END] = "end",
	[MARK_UNKNOWN] = "unknown",
};

static const char *const workload_events[WORKLOAD_EVENTS] = {
	[WORKLOAD_EVENT_START] = "start",
	[WORKLOAD_EVENT_PROGRESS] = "progress",
	[WORKLOAD_EVENT_WRITTEN] = "written",
	[WORKLOAD_EVENT_OVER] = "over",
	[WORKLOAD_EVENT_END] = "end",
	[WORKLOAD_EVENT_UNKNOWN] = "unknown",
};

static const char *const clock_readings[CLOCK_READINGS] = {
	[CLOCK_BEFORE] = "before",
	[CLOCK_AFTER] = "after",
};

static const char *const try_outcomes[TRY_OUTCOMES] = {
	[TRY_CONNECTED] = "connected",
	[TRY_REFUSED] = "refused",
	[TRY_GIVEN_UP] = "given-up",
	[TRY_UNKNOWN] = "unknown",
};

static const char *const target_roles[TARGET_ROLES] = {
	[ROLE_VM] = "vm",
	[ROLE_CONTROL] = "control",
};

/* The index of a word in `count` names, or `unknown` if the word is not among them. */
static size_t word_index(const char *const *names, size_t count, const char *word, size_t unknown)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(names[i], word) == 0)
			return i;
	return unknown;
}

/* Defines the two functions of an enum: from a value to its word, and from a word to its value. */
/* NOLINTBEGIN(bugprone-macro-parentheses): `type` is a tag, which parentheses would break. */
#define WORDS(type, name, of, names, unknown)                                          \
	const char *name(enum type value)                                              \
	{                                                                              \
		return (names)[(size_t)value < ARRAY_SIZE(names) ? value : (unknown)]; \
	}                                                                              \
                                                                                       \
	enum type of(const char *word)                                                 \
	{                                                                              \
		return (enum type)word_index(names, ARRAY_SIZE(names), word, unknown); \
	}
/* NOLINTEND(bugprone-macro-parentheses) */

WORDS(job_state, job_state_name, job_state_of, job_states, JOB_UNKNOWN)
WORDS(job_event, job_event_name, job_event_of, job_events, JOB_EVENT_UNKNOWN)
WORDS(vm_state, vm_state_name, vm_state_of, vm_states, VM_UNKNOWN)
WORDS(vm_event, vm_event_name, vm_event_of, vm_events, VM_EVENT_OTHER)
WORDS(workload_state, workload_state_name, workload_state_of, workload_states, WORKLOAD_UNKNOWN)
WORDS(session_event_kind, session_event_name, session_event_of, session_events,
	SESSION_EVENT_UNKNOWN)
WORDS(sighting_kind, sighting_name, sighting_of, sightings, SIGHTING_UNKNOWN)
WORDS(neighbour_state, neighbour_state_name, neighbour_state_of, neighbour_states,
	NEIGHBOUR_UNKNOWN)
WORDS(forwarding_event, forwarding_event_name, forwarding_event_of, forwarding_events,
	FORWARDING_UNKNOWN)

WORDS(folder_state, folder_state_name, folder_state_of, folder_states, FOLDER_UNKNOWN)
WORDS(step_kind, step_name, step_of, steps, STEP_UNKNOWN)
WORDS(step_event, step_event_name, step_event_of, step_events, STEP_EVENT_UNKNOWN)
WORDS(mark_event, mark_event_name, mark_event_of, mark_events, MARK_UNKNOWN)
WORDS(workload_event, workload_event_name, workload_event_of, workload_events,
	WORKLOAD_EVENT_UNKNOWN)
WORDS(clock_reading, clock_reading_name, clock_reading_of, clock_readings, CLOCK_AFTER)
WORDS(try_outcome, try_outcome_name, try_outcome_of, try_outcomes, TRY_UNKNOWN)
WORDS(target_role, target_role_name, target_role_of, target_roles, ROLE_VM)

bool workload_over(enum workload_state state)
{
	return state != WORKLOAD_RUNNING && state != WORKLOAD_VERIFYING;
}

const char *contact_event_name(enum contact_event event)
{
	static const char *const names[CONTACT_EVENTS] = {
		[CONTACT_LOST] = "lost",
		[CONTACT_BACK] = "back",
	};

	return names[event];
}

const char *yes_no(bool yes)
{
	return yes ? "yes" : "no";
}

const char *disturbance_kind_name(enum disturbance_kind kind)
{
	static const char *const names[DISTURBANCE_KINDS] = {
		[DISTURBED_LATE] = "late",
		[DISTURBED_DROPS] = "drops",
		[DISTURBED_CONTROL] = "control",
		[DISTURBED_CLOCK] = "clock",
	};

	return names[kind];
}
