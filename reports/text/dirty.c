/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Moves against the rate at which their VMs dirty memory, and the guests' own clocks as witnesses.
 * Sections of report.txt.
 */
#include "reports/text/text.h"

#include "harness/plan/settings.h"
#include "reports/common/dirty.h"

#include <string.h>

#define MB 1048576.0

static void put_row(
	FILE *f, const struct results *results, const struct move_result *m, int64_t link_bps)
{
	const struct workload_record *w = dirty_workload_of(results->timeline, m->move);
	char text[NUMBER_TEXT_MAX];

	text_move_case(f, m);
	snprintf(text, sizeof(text), "%zu", m->move->run);
	text_cell(f, text, 3, true);
	snprintf(text, sizeof(text), "%.0f", w && w->rates ? dirty_workload_rate(w) / MB : 0);
	text_cell(f, w && !w->rates ? "-" : text, 7, true);
	snprintf(text, sizeof(text), "%.2f",
		w && w->rates && link_bps > 0 ? dirty_workload_rate(w) * 8 / (double)link_bps : 0);
	text_cell(f, link_bps <= 0 || (w && !w->rates) ? "-" : text, 6, true);
	text_cell(f, interval_text(m->job, 1, text), 16, false);
	text_cell(f, interval_text(m->blackout, 3, text), 18, false);
	text_line(f, outcome_name(m->outcome), 0, false);
}

/* A sentence on the moves whose job ended in that way, and whether their memory was verified. */
static void put_end(FILE *f, const struct results *results, enum dirty_end end, int64_t link_bps)
{
	const struct plan_section *move = plan_section_find(results->plan, SECTION_MOVE, "");
	const char *limit = SETTING_TEXT_OF(move, struct move_settings, timeout_ns);
	size_t count = 0, unharmed = 0, n;
	char line[512];

	for (size_t i = 0; i < results->move_count; i++) {
		const struct move_result *m = &results->moves[i];

		if (dirty_end(results, m, link_bps) != end)
			continue;
		count++;
		unharmed += m->integrity == INTEGRITY_OK;
	}
	if (!count)
		return;
	if (end == DIRTY_UNCONVERGED)
		snprintf(line, sizeof(line),
			"%zu move%s did not converge: the guest rewrote memory about as fast as "
			"the job sent it, or faster, and the job was cancelled after %s.",
			count, count == 1 ? "" : "s", limit);
	else
		snprintf(line, sizeof(line),
			"%zu move%s cancelled after %s, before all was sent, although the rates do "
			"not show that the guest rewrote memory as fast as the job sent it.",
			count, count == 1 ? " was" : "s were", limit);
	n = strlen(line);
	if (count == 1)
		snprintf(line + n, sizeof(line) - n, " The VM's memory was %sverified unharmed.",
			unharmed ? "" : "not ");
	else
		snprintf(line + n, sizeof(line) - n,
			" After %zu of them the VM's memory was verified unharmed.", unharmed);
	text_wrap(f, "", line);
}

void text_dirty(FILE *f, const struct results *results, const struct job_time *job_time)
{
	int64_t link_bps = job_time_link_bps(job_time);

	if (!dirty_workload_any(results))
		return;
	text_heading(f, "Moves against the rate at which memory is rewritten");
	text_cell(f, "case", CASE_WIDTH, false);
	text_cell(f, "run", 3, true);
	text_cell(f, "MB/s", 7, true);
	text_cell(f, "/link", 6, true);
	text_cell(f, "job s", 16, false);
	text_cell(f, "blackout s", 18, false);
	text_line(f, "outcome", 0, false);
	for (size_t i = 0; i < results->move_count; i++)
		put_row(f, results, &results->moves[i], link_bps);
	put_end(f, results, DIRTY_UNCONVERGED, link_bps);
	put_end(f, results, DIRTY_CANCELLED, link_bps);
}

/* A guest's clock stands still while its VM is paused: a witness that needs no network. */
void text_guest_clock(FILE *f, const struct results *results)
{
	bool headed = false;

	for (size_t i = 0; i < results->move_count; i++) {
		const struct move *m = results->moves[i].move;
		char text[NUMBER_TEXT_MAX];
		struct interval lost;
		int64_t jump_ns;

		if (!guest_clock_lost(m, &lost, &jump_ns))
			continue;
		if (!headed) {
			text_heading(f, "The guest's own clock");
			text_cell(f, "case", CASE_WIDTH, false);
			text_cell(f, "run", 3, true);
			text_cell(f, "fell behind s", 16, false);
			text_cell(f, "longest tick s", 14, true);
			text_cell(f, "reported s", 10, true);
			text_line(f, "blackout s", 0, false);
			headed = true;
		}
		text_move_case(f, &results->moves[i]);
		snprintf(text, sizeof(text), "%zu", m->run);
		text_cell(f, text, 3, true);
		text_cell(f, interval_text(lost, 3, text), 16, false);
		text_cell(f, fixed_text(jump_ns, 3, text), 14, true);
		text_cell(f, fixed_text(m->job ? m->job->downtime_ns : NS_NONE, 3, text), 10, true);
		text_line(f, interval_text(results->moves[i].blackout, 3, text), 0, false);
	}
	if (headed)
		text_wrap(f, "",
			"fell behind: how much less time passed in the guest than outside, from "
			"before the trigger until after the settling, read over a channel outside "
			"the network. longest tick: the longest that a 10 ms ticker in the guest "
			"waited, by the guest's clock. reported: the hypervisor's downtime.");
}
