/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Explains in words the codes of verdicts and the width of an interval, for report.txt. */
#include "reports/text/text.h"

#include <string.h>

/* docs/facts.md lists the codes. */
static const struct reason {
	const char *code, *words;
} reasons[] = {
	{"corrupted", "the move changed or lost memory of the VM"},
	{"two-places", "the VM ran on two hosts"},
	{"baseline-lost", "probes were lost before the move was requested"},
	{"witnesses-disagree",
		"another probe of the same kind, or its own captured frames, contradict the judged one"},
	{"disturbed-control", "a control target went silent, so the harness or the network was at "
			      "fault; widened by that, the interval does not decide"},
	{"disturbed-late", "the harness itself was late; widened by that, the interval does not "
			   "decide"},
	{"disturbed-drops",
		"the harness lost frames or packets; widened by that, the interval does "
		"not decide"},
	{"disturbed-clock", "a clock stepped; widened by that, the interval does not decide"},
	{"no-probes", "the judged probe recorded nothing in the window"},
	{"outcome-failed", "the job failed"},
	{"outcome-cancelled", "the job was cancelled"},
	{"outcome-not-started", "the move could not be started"},
	{"outcome-unknown", "the job's end is not known"},
	{"outcome-on-source", "the VM is still on its source"},
	{"outcome-nowhere", "the VM runs nowhere"},
	{"outcome-on-destination", "the VM is on its destination, which was not expected"},
	{"outcome-elsewhere", "the VM is neither on its source nor on its destination"},
	{"outcome-paused", "the VM is where it should be, but paused"},
	{"outcome-left-behind", "a paused copy of the VM was left behind"},
	{"outcome-completed", "the job completed, which was not expected"},
	{"outcome-completed-with-status", "the job completed with a status"},
	{"set-up-failed", "the run could not be set up"},
	{"broke-off", "the run broke off"},
	{"no-bound", "no bound was given"},
	{"above-bound", "even the interval's lower end is above the bound"},
	{"within-bound", "even the interval's upper end is within the bound"},
	{"straddles-bound", "the bound lies inside the interval"},
	{"unprobed",
		"the bound lies inside the interval, because nothing was probed for a time, which "
		"may have been silence"},
	{"no-end", "the gap had no end within the window"},
};

/* Codes of moves that were not made: move_prevented_by says why. */
static const char *const prevented[] = {"set-up-failed", "outcome-not-started"};

/* why: follows the code that says that the move was not made; NULL: nothing follows. */
static void put_reasons(const char *codes, const char *why, char *buf, size_t size)
{
	size_t n = 0;

	buf[0] = '\0';
	while (*codes && n < size) {
		size_t length = strcspn(codes, ";");
		char code[64], safe[128];
		const char *words, *cause = NULL;

		snprintf(code, sizeof(code), "%.*s", (int)length, codes);
		words = text_safe(code, safe, sizeof(safe));
		for (size_t i = 0; i < ARRAY_SIZE(reasons); i++)
			if (strcmp(reasons[i].code, code) == 0)
				words = reasons[i].words;
		for (size_t i = 0; i < ARRAY_SIZE(prevented); i++)
			if (strcmp(prevented[i], code) == 0)
				cause = why;
		n += (size_t)snprintf(buf + n, size - n, "%s%s%s%s", n ? "; " : "", words,
			cause ? ": " : "", cause ? cause : "");
		codes += length + (codes[length] == ';');
	}
}

void text_reason(const char *codes, char *buf, size_t size)
{
	put_reasons(codes, NULL, buf, size);
}

void text_why(const struct move_result *m, char *buf, size_t size)
{
	const char *why = move_prevented_by(m->move);
	char safe[WHY_TEXT_MAX];

	put_reasons(m->reason, why ? text_safe(why, safe, sizeof(safe)) : NULL, buf, size);
}

void text_limit(FILE *f, const struct observation *o, const struct silence *silence)
{
	const struct disturbance *d = silence->disturbed_by;
	char line[512], every[32], source[128], width[NUMBER_TEXT_MAX];

	units_format(UNIT_TIME, o->series->interval_ns, every, sizeof(every));
	if (d)
		snprintf(line, sizeof(line),
			"What limits its precision: the harness was disturbed meanwhile (%s, %s), "
			"which widens the interval.",
			disturbance_kind_name(d->kind),
			text_safe(d->source, source, sizeof(source)));
	else if (silence->to_ns == NS_NONE)
		snprintf(line, sizeof(line),
			"What limits its precision: the target had not answered again when the "
			"observation ended.");
	else if (silence->from_ns == NS_NONE)
		snprintf(line, sizeof(line),
			"What limits its precision: no earlier request was answered, so its "
			"beginning is not known.");
	else if (!silence->gap && o->gaps.unseen_hi_ns > 2 * o->gaps.unseen_sampled_ns)
		snprintf(line, sizeof(line),
			"What limits its precision: no probe was lost there, but none was sent for "
			"a time: %s s lie between two answers, although the prober sends every %s.",
			fixed_text(silence->to_ns - silence->from_ns, 3, width), every);
	else if (!silence->gap)
		snprintf(line, sizeof(line),
			"What limits its precision: no probe was lost there; %s s lie between two "
			"answers, from probing every %s.",
			fixed_text(silence->to_ns - silence->from_ns, 3, width), every);
	else
		snprintf(line, sizeof(line),
			"What limits its precision: the interval is %s s wide, from probing every "
			"%s with a round-trip spread of %.2f ms.",
			fixed_text(o->blackout.hi_ns - o->blackout.lo_ns, 3, width), every,
			(double)o->baseline.jitter_ns / NS_PER_MS);
	text_wrap(f, "  ", line);
}
