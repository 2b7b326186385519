/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Users' sessions on the timeline: events, attempts to connect, screen updates without an input. */
#include "harness/timeline/internal.h"

#include "harness/base/memory.h"

#include <stdlib.h>

bool series_is_session(const struct series *s)
{
	return s->kind == PROBE_SESSION || s->kind == PROBE_RDP;
}

static char *probe_of(struct reader *r, const struct target_number *target)
{
	return reader_copy(target->series == SIZE_MAX ? "" : r->t->series[target->series].probe);
}

/*
 * "ETIMEDOUT (the host is down)": the error's name and the reason, either of which may be missing.
 */
static void copy_error(char *buf, size_t size, const struct fact *fact)
{
	const char *error = fact_text(fact, FIELD_ERROR), *why = fact_text(fact, FIELD_WHY);

	if (error && why)
		snprintf(buf, size, "%s (%s)", error, why);
	else
		snprintf(buf, size, "%s", error ? error : why ? why : "");
}

int take_session(struct reader *r, const struct fact *fact)
{
	const struct target_number *target = target_of(r, fact);
	const char *what = fact_text(fact, FIELD_WHAT);
	struct timeline *t = r->t;
	struct session_event *event;

	if (!what)
		return -1;
	if (!target)
		return 0;
	MEMORY_GROW("facts", t->session_events, t->session_event_count, t->session_event_capacity);
	event = &t->session_events[t->session_event_count++];
	*event = (struct session_event){.what = session_event_of(what),
		.target = reader_copy(target->name),
		.station = reader_copy(target->station),
		.probe = probe_of(r, target),
		.at_ns = folder_time(r, fact->ns),
		.state_kept = fact_yes(fact, FIELD_KEPT),
		.errno_code = fact_number(fact, FIELD_ERRNO, 0)};
	copy_error(event->error, sizeof(event->error), fact);
	return 0;
}

int take_try(struct reader *r, const struct fact *fact)
{
	const struct target_number *target = target_of(r, fact);
	const char *outcome = fact_text(fact, FIELD_OUTCOME);
	int64_t from_ns = fact_stamp(fact, FIELD_FROM);
	struct timeline *t = r->t;
	struct session_try *try;

	if (!outcome || from_ns == NS_NONE || from_ns > fact->ns)
		return -1;
	if (!target)
		return 0;
	MEMORY_GROW("facts", t->tries, t->try_count, t->try_capacity);
	try = &t->tries[t->try_count++];
	*try = (struct session_try){.target = reader_copy(target->name),
		.station = reader_copy(target->station),
		.probe = probe_of(r, target),
		.from_ns = folder_time(r, from_ns),
		.at_ns = folder_time(r, fact->ns),
		.connected = try_outcome_of(outcome) == TRY_CONNECTED,
		.given_up = try_outcome_of(outcome) == TRY_GIVEN_UP,
		.errno_code = fact_number(fact, FIELD_ERRNO, 0)};
	copy_error(try->error, sizeof(try->error), fact);
	return 0;
}

int take_update(struct reader *r, const struct fact *fact)
{
	const struct target_number *target = target_of(r, fact);
	struct timeline *t = r->t;

	if (!target || target->series == SIZE_MAX)
		return 0;
	MEMORY_GROW("facts", t->updates, t->update_count, t->update_capacity);
	t->updates[t->update_count++] =
		(struct screen_update){.series = target->series, .at_ns = folder_time(r, fact->ns)};
	return 0;
}

void session_events_release(struct timeline *t)
{
	for (size_t i = 0; i < t->session_event_count; i++) {
		free(t->session_events[i].target);
		free(t->session_events[i].station);
		free(t->session_events[i].probe);
	}
	for (size_t i = 0; i < t->try_count; i++) {
		free(t->tries[i].target);
		free(t->tries[i].station);
		free(t->tries[i].probe);
	}
	free(t->session_events);
	free(t->tries);
	free(t->updates);
}
