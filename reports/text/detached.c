/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Why a VM without a session may stay silent longer: the study's explanation and another one, and
 * this folder's evidence for each. It does not decide between them. A section of report.txt.
 */
#include "reports/text/text.h"

#include <string.h>

/* The moves of one kind: with or without a session, announced or not. */
struct kind {
	const char *session;
	bool announced;
	size_t moves, silent; /* all moves; those with a proven silence of at least 1 s */
	size_t outlasting;    /* silent moves whose gap outlasted the job */
	struct interval min,
		max; /* blackouts with the least lo and with the greatest hi; lo NS_NONE: none */
	int64_t downtime_min_ns,
		downtime_max_ns; /* downtime that the platform reports; NS_NONE: none */
	int64_t silent_ns,
		waited_ns; /* silent moves: all silence; its wait for switch or neighbour */
};

static void add_downtime(struct kind *k, const struct job *job)
{
	int64_t downtime_ns = job ? job->downtime_ns : NS_NONE;

	if (downtime_ns == NS_NONE)
		return;
	if (k->downtime_min_ns == NS_NONE || downtime_ns < k->downtime_min_ns)
		k->downtime_min_ns = downtime_ns;
	if (k->downtime_max_ns == NS_NONE || downtime_ns > k->downtime_max_ns)
		k->downtime_max_ns = downtime_ns;
}

static void add_silence(struct kind *k, const struct results *r, const struct move_result *m)
{
	const struct job *job = m->move->job;
	struct silence longest;
	struct causes causes;

	if (!move_causes(r, m, &causes) || !longest_silence(m, &longest))
		return;
	for (int c = 0; c < CAUSE_COUNT; c++)
		k->silent_ns += causes_sum(&causes, (enum cause)c);
	k->waited_ns += causes_sum(&causes, CAUSE_SWITCH) + causes_sum(&causes, CAUSE_NEIGHBOUR);
	k->outlasting += job && job->ended.lo_ns != NS_NONE &&
			 (longest.to_ns == NS_NONE || longest.to_ns > job->ended.lo_ns);
}

static void add_move(struct kind *k, const struct results *r, const struct move_result *m)
{
	k->moves++;
	add_downtime(k, m->move->job);
	if (m->blackout.lo_ns == NS_NONE)
		return;
	if (k->min.lo_ns == NS_NONE || m->blackout.lo_ns < k->min.lo_ns ||
		(m->blackout.lo_ns == k->min.lo_ns && m->blackout.hi_ns < k->min.hi_ns))
		k->min = m->blackout;
	if (k->max.lo_ns == NS_NONE || m->blackout.hi_ns > k->max.hi_ns)
		k->max = m->blackout;
	if (m->blackout.lo_ns < NS_PER_S)
		return;
	k->silent++;
	add_silence(k, r, m);
}

static struct kind gather(const struct results *r, const char *session, bool announced)
{
	struct kind k = {.session = session,
		.announced = announced,
		.min.lo_ns = NS_NONE,
		.max.lo_ns = NS_NONE,
		.downtime_min_ns = NS_NONE,
		.downtime_max_ns = NS_NONE};

	for (size_t i = 0; i < r->move_count; i++) {
		const struct move_result *m = &r->moves[i];

		if (strcmp(case_session(m->plan_case, m->move->vm), session) == 0 &&
			(move_announced(r->timeline, m->move) != NULL) == announced)
			add_move(&k, r, m);
	}
	return k;
}

static void put_kind(FILE *f, const struct kind *k)
{
	char text[NUMBER_TEXT_MAX], downtime[64] = "-";

	if (!k->moves)
		return;
	fputs("  ", f);
	text_cell(f, k->session, 9, false);
	text_cell(f, k->announced ? "yes" : "no", 9, false);
	snprintf(text, sizeof(text), "%zu", k->moves);
	text_cell(f, text, 5, true);
	text_cell(f, "", 0, false);
	text_cell(f, interval_text(k->min, 2, text), 15, false);
	text_cell(f, interval_text(k->max, 2, text), 15, false);
	if (k->downtime_min_ns != NS_NONE)
		snprintf(downtime, sizeof(downtime), "%.0f to %.0f",
			(double)k->downtime_min_ns / NS_PER_MS,
			(double)k->downtime_max_ns / NS_PER_MS);
	text_line(f, downtime, 0, false);
}

/* Explanation 1: compares the downtimes that the platform reports with and without a session. */
static void put_study(FILE *f, const struct kind *attached, const struct kind *detached)
{
	char line[512];

	if (attached->downtime_min_ns == NS_NONE || detached->downtime_min_ns == NS_NONE)
		snprintf(line, sizeof(line),
			"No evidence for 1: the folder lacks moves with or without a session, or "
			"the platform does not report downtimes.");
	else
		snprintf(line, sizeof(line),
			"A shorter downtime with a session would support 1. The platform reports "
			"%.0f to %.0f ms with a session and %.0f to %.0f ms without: %s.",
			(double)attached->downtime_min_ns / NS_PER_MS,
			(double)attached->downtime_max_ns / NS_PER_MS,
			(double)detached->downtime_min_ns / NS_PER_MS,
			(double)detached->downtime_max_ns / NS_PER_MS,
			attached->downtime_max_ns < detached->downtime_min_ns ? "this supports 1"
			: detached->downtime_max_ns < attached->downtime_min_ns
				? "longer with a session, which contradicts 1"
				: "the ranges overlap, which does not support 1");
	text_wrap(f, "  ", line);
}

/* Explanation 2: causes of the silences of detached VMs, announced or not. */
static void put_other(FILE *f, const struct kind *unannounced, const struct kind *announced)
{
	char line[640], silent[NUMBER_TEXT_MAX], waited[NUMBER_TEXT_MAX];

	snprintf(line, sizeof(line),
		"Silence of VMs that nobody announced, caused by waiting for a switch or a "
		"neighbour entry, would support 2. Of %zu detached moves without an announcement "
		"%zu were silent for at least a second, together for %s s, %s s of it in that "
		"wait; %zu of these gaps outlasted the job. Of %zu that were announced, %zu were "
		"silent for at least a second.",
		unannounced->moves, unannounced->silent,
		fixed_text(unannounced->silent_ns, 1, silent),
		fixed_text(unannounced->waited_ns, 1, waited), unannounced->outlasting,
		announced->moves, announced->silent);
	text_wrap(f, "  ", line);
}

static void put_explanations(FILE *f)
{
	text_wrap(f, "  ",
		"1. The study's explanation: the balancer notices whether a session is open, and "
		"shortens the downtime if one is.");
	text_wrap(f, "  ",
		"2. Another explanation: a VM that sends nothing after its move, and whose "
		"announcement is missing or lost, is found again only when switch and neighbour "
		"tables relearn; an open session sends at once.");
}

static struct kind either(const struct kind *a, const struct kind *b)
{
	struct kind k = *a;

	if (k.downtime_min_ns == NS_NONE ||
		(b->downtime_min_ns != NS_NONE && b->downtime_min_ns < k.downtime_min_ns))
		k.downtime_min_ns = b->downtime_min_ns;
	if (b->downtime_max_ns > k.downtime_max_ns)
		k.downtime_max_ns = b->downtime_max_ns;
	return k;
}

void text_detached(FILE *f, const struct results *results)
{
	struct kind kinds[] = {gather(results, "attached", true),
		gather(results, "attached", false), gather(results, "detached", true),
		gather(results, "detached", false)};
	struct kind attached = either(&kinds[0], &kinds[1]);
	struct kind detached = either(&kinds[2], &kinds[3]);

	if (!kinds[2].moves && !kinds[3].moves)
		return;
	text_heading(f, "Why a VM without a session may stay silent longer");
	put_explanations(f);
	fputs("                             shortest        longest         downtime\n  session   "
	      "announced moves  blackout, s     blackout, s     reported, ms\n",
		f);
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		put_kind(f, &kinds[i]);
	put_study(f, &attached, &detached);
	put_other(f, &kinds[3], &kinds[2]);
	if (probed_fast(results, NULL))
		text_wrap(f, "  ",
			"This does not test a silent VM: fast probing itself teaches the switch, "
			"because a request that waits in the guest's ring is answered from the new "
			"host. Such a test uses only the one-second ping and the capture.");
	if (!results->timeline->sighting_count)
		text_wrap(f, "  ", "Nothing was captured, so announcements could not be seen.");
	text_causes(f, results);
}
