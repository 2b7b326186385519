/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Users' sessions move by move: see sessions.h. */
#include "reports/common/sessions.h"

#include "harness/base/memory.h"
#include "harness/plan/component.h"
#include "harness/timeline/retransmissions.h"
#include "reports/common/document.h"

#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Port of a remote desktop if the plan does not give one. */
#define RDP_PORT 3389
#define ALLOWED_EXTRA_NS (200 * NS_PER_MS)

static bool same(const char *a, const char *b)
{
	return a && b && strcmp(a, b) == 0;
}

static bool belongs_to(
	const struct series *s, const char *target, const char *station, const char *probe)
{
	return same(target, s->target) && same(station, s->station) && same(probe, s->probe);
}

/*
 * Widens the session's gap by a time without a session: nothing is sent then, so the probe has no
 * gap for it. `back`: a session was open again at until_ns.
 */
static void take_absence(struct session_row *row, int64_t from_ns, int64_t until_ns, bool back)
{
	int64_t min_ns = until_ns == NS_NONE || until_ns < from_ns ? 0 : until_ns - from_ns;

	if (row->gap.lo_ns < min_ns)
		row->gap.lo_ns = min_ns;
	if (!back)
		row->gap.hi_ns = NS_INF;
	else if (row->gap.hi_ns < min_ns)
		row->gap.hi_ns = min_ns;
}

static void take_events(struct session_row *row, const struct timeline *t)
{
	const struct move *move = row->m->move;
	int64_t dropped_ns = NS_NONE;
	/* The probe checks a desktop's text after the window's end. */
	int64_t end_ns = move->end_ns == NS_NONE ? INT64_MAX : move->end_ns;

	for (size_t i = 0; i < t->session_event_count; i++) {
		const struct session_event *event = &t->session_events[i];

		if (!belongs_to(row->series, event->target, event->station, event->probe) ||
			event->at_ns > end_ns)
			continue;
		if (event->what == SESSION_EVENT_OPEN &&
			(row->opened_ns == NS_NONE || event->at_ns <= move->window_begin_ns))
			row->opened_ns = event->at_ns;
		if (event->at_ns < move->window_begin_ns)
			continue;
		if (event->what == SESSION_EVENT_DROP && !row->drops++)
			row->drop = event;
		if (event->what == SESSION_EVENT_DROP)
			dropped_ns = event->at_ns;
		if (event->what == SESSION_EVENT_OPEN && dropped_ns != NS_NONE) {
			take_absence(row, dropped_ns, event->at_ns, true);
			dropped_ns = NS_NONE;
			row->refused = NULL;
		}
		if (event->what == SESSION_EVENT_REFUSED && dropped_ns != NS_NONE)
			row->refused = event;
		/* Text that was once lost stays lost, even if new text is kept later. */
		if (event->what == SESSION_EVENT_STATE && row->state_kept != KEPT_NO)
			row->state_kept = event->state_kept ? KEPT_YES : KEPT_NO;
	}
	if (dropped_ns != NS_NONE)
		take_absence(row, dropped_ns, move->window_end_ns, false);
}

/*
 * Collects the attempts to connect from the judged silence on, or all if there is none. Successful
 * attempts after an earlier, shorter silence do not show when users could connect after this one.
 */
static void take_tries(struct session_row *row, const struct timeline *t)
{
	const struct move *move = row->m->move;
	int64_t end_ns = move->end_ns == NS_NONE ? INT64_MAX : move->end_ns;

	for (size_t i = 0; i < t->try_count; i++) {
		const struct session_try *try = &t->tries[i];

		if (!belongs_to(row->series, try->target, try->station, try->probe) ||
			move->window_begin_ns == NS_NONE || try->from_ns < move->window_begin_ns ||
			try->from_ns > end_ns ||
			(row->missed_ns != NS_NONE && try->at_ns < row->missed_ns))
			continue;
		if (try->given_up) {
			row->given_up = try;
			continue;
		}
		row->tries++;
		row->tries_failed += !try->connected;
		if (!row->first_try)
			row->first_try = try;
		if (try->connected && !row->first_success)
			row->first_success = try;
		if (!try->connected && !row->first_failure)
			row->first_failure = try;
	}
}

/* Median and p99 round trip of inputs sent in the move's window. */
static void take_inputs(struct session_row *row)
{
	const struct move *move = row->m->move;
	const struct series *s = row->series;
	int64_t end_ns = move->window_end_ns == NS_NONE ? INT64_MAX : move->window_end_ns;
	size_t first = series_first_from(s, move->window_begin_ns), n = 0;
	size_t end = series_first_from(s, end_ns);
	double *ms = memory_zeroed("sessions", end > first ? end - first + 1 : 1, sizeof(*ms));

	for (size_t i = first; i < end; i++) {
		const struct probe_record *r = &s->records[i];

		if (r->arrival_ns != NS_NONE && r->sent_ns >= move->window_begin_ns)
			ms[n++] = (double)(r->arrival_ns - r->sent_ns) / (double)NS_PER_MS;
	}
	gsl_sort(ms, 1, n);
	if (n) {
		row->median_ms = gsl_stats_quantile_from_sorted_data(ms, 1, n, 0.5);
		row->p99_ms = gsl_stats_quantile_from_sorted_data(ms, 1, n, 0.99);
	}
	free(ms);
}

/* Sets the longest gap of the network (the judged series) and of the session. */
static void take_gaps(struct session_row *row)
{
	const struct observation *judged = move_judged(row->m);
	struct silence session = {.from_ns = NS_NONE, .to_ns = NS_NONE}, network;

	row->network = row->m->blackout;
	if (judged && observed_silence(judged, &network) && network.gap) {
		row->missed_ns = network.gap->l1_ns;
		row->return_ns = network.to_ns;
	}
	if (!row->observation)
		return;
	row->gap = gaps_longest(&row->observation->gaps, true);
	if (observed_silence(row->observation, &session)) {
		row->gap_from_ns = session.from_ns;
		row->gap_to_ns = session.to_ns;
	}
}

/*
 * Sets return_ns: the end of the last network gap that ended within the session's gap.
 */
static void take_return(struct session_row *row)
{
	const struct observation *judged = move_judged(row->m);

	if (!judged || row->gap_from_ns == NS_NONE || row->gap_to_ns == NS_NONE)
		return;
	row->return_ns = NS_NONE;
	for (size_t i = 0; i < judged->gaps.count; i++) {
		const struct gap *g = &judged->gaps.gap[i];

		if (g->r_ns != NS_NONE && g->r_ns > row->gap_from_ns && g->r_ns <= row->gap_to_ns)
			row->return_ns = g->r_ns;
	}
}

static void take_retransmissions(
	struct session_row *row, const struct retransmissions *retransmissions)
{
	row->captured = retransmissions->captured;
	if (row->gap_from_ns == NS_NONE)
		return;
	for (size_t i = 0; i < retransmissions->count; i++) {
		const struct retransmission *segment = &retransmissions->segments[i];

		if (segment->at_ns < row->gap_from_ns ||
			(row->gap_to_ns != NS_NONE && segment->at_ns > row->gap_to_ns))
			continue;
		if (segment->from_target)
			row->retransmitted_vm++;
		else
			row->retransmitted_user++;
		if (row->return_ns != NS_NONE && segment->at_ns >= row->return_ns &&
			row->retransmitted_ns == NS_NONE)
			row->retransmitted_ns = segment->at_ns;
	}
}

static void add_row(struct session_rows *rows, const struct results *results,
	const struct move_result *m, const struct series *s,
	const struct retransmissions *retransmissions)
{
	struct session_row row = {.m = m,
		.series = s,
		.opened_ns = NS_NONE,
		.state_kept = KEPT_UNCHECKED,
		.gap = {NS_NONE, NS_NONE},
		.network = {NS_NONE, NS_NONE},
		.gap_from_ns = NS_NONE,
		.gap_to_ns = NS_NONE,
		.missed_ns = NS_NONE,
		.return_ns = NS_NONE,
		.retransmitted_ns = NS_NONE,
		.median_ms = NAN,
		.p99_ms = NAN};

	for (size_t i = 0; i < m->observation_count; i++)
		if (m->observations[i].series == s)
			row.observation = &m->observations[i];
	take_gaps(&row);
	take_tries(&row, results->timeline);
	if (!row.observation && !row.tries && !row.given_up)
		return;
	if (row.observation) {
		take_events(&row, results->timeline);
		take_return(&row);
		take_retransmissions(&row, retransmissions);
		take_inputs(&row);
	}
	MEMORY_GROW("sessions", rows->row, rows->count, rows->capacity);
	rows->row[rows->count++] = row;
}

static uint16_t port_of(const struct results *results, const struct series *s)
{
	const struct plan_section *probe =
		plan_section_find(results->plan, SECTION_PROBE, s->probe);
	uint16_t port = probe ? plan_session_port(probe) : 0;

	return port ? port : RDP_PORT;
}

static void add_rows(struct session_rows *rows, const struct results *results,
	const struct retransmissions *retransmissions)
{
	const struct timeline *t = results->timeline;

	for (size_t i = 0; i < results->move_count; i++) {
		const struct move_result *m = &results->moves[i];

		for (size_t k = 0; k < m->observation_count; k++) {
			const struct series *s = m->observations[k].series;
			size_t number = (size_t)(s - t->series);

			if (series_is_session(s) && !s->control)
				add_row(rows, results, m, s,
					number < t->series_count ? &retransmissions[number]
								 : &(struct retransmissions){0});
		}
		for (size_t k = 0; k < t->series_count; k++) {
			const struct series *s = &t->series[k];
			bool observed = false;

			for (size_t j = 0; j < m->observation_count; j++)
				observed |= m->observations[j].series == s;
			if (!observed && series_is_session(s) && same(s->target, m->move->vm))
				add_row(rows, results, m, s, &retransmissions[k]);
		}
	}
}

int session_rows_init(struct session_rows *rows, const struct results *results, struct err *e)
{
	const struct timeline *t = results->timeline;
	struct retransmissions *retransmissions =
		memory_zeroed("sessions", t->series_count + 1, sizeof(*retransmissions));
	int rc = 0;

	*rows = (struct session_rows){0};
	for (size_t i = 0; !rc && i < t->series_count; i++)
		if (t->series[i].kind == PROBE_RDP && results->plan)
			rc = retransmissions_read(&retransmissions[i], t, &t->series[i],
				port_of(results, &t->series[i]), e);
	if (!rc)
		add_rows(rows, results, retransmissions);
	for (size_t i = 0; i < t->series_count; i++)
		retransmissions_release(&retransmissions[i]);
	free(retransmissions);
	if (rc)
		session_rows_release(rows);
	return rc;
}

void session_rows_release(struct session_rows *rows)
{
	free(rows->row);
	*rows = (struct session_rows){0};
}

int64_t session_allowed_ns(const struct session_row *row)
{
	if (row->network.lo_ns == NS_NONE || row->network.hi_ns == NS_INF)
		return NS_NONE;
	return 2 * row->network.hi_ns + row->series->interval_ns + ALLOWED_EXTRA_NS;
}
