/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The words of facts: see vocabulary.h. */
#include "harness/facts/vocabulary.h"

#include "harness/base/base.h"

#include <stdlib.h>
#include <string.h>

/* In the order of the alphabet, by which they are looked up. */
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
	const char *const *found = bsearch(word, kind_names + 1, FACT_KINDS - 1, sizeof(*kind_names),
		by_word);

	return found ? (enum fact_kind)(found - kind_names) : FACT_UNKNOWN;
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
