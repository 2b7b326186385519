/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Passive observations on the timeline: announcements and frames from captures, and changes of
 * neighbour and forwarding entries.
 */
#include "harness/timeline/internal.h"

#include "harness/base/memory.h"

static int add_sighting(struct reader *r, const struct fact *fact, enum sighting_kind what)
{
	const struct target_number *target = target_of(r, fact);
	int64_t utc = fact_stamp(fact, FIELD_AT);
	struct timeline *t = r->t;
	struct sighting *s;

	if (!target)
		return 0;
	MEMORY_GROW("facts", t->sightings, t->sighting_count, t->sighting_capacity);
	MEMORY_GROW("facts", r->sightings, r->sighting_count, r->sighting_capacity);
	r->sightings[r->sighting_count++] =
		(struct raw_sighting){.written_ns = folder_time(r, fact->ns), .utc_ns = utc};
	s = &t->sightings[t->sighting_count++];
	*s = (struct sighting){.what = what,
		.target = reader_copy(target->name),
		.station = reader_copy(target->station),
		.at_ns = folder_time(r, fact->ns),
		.silence_ns = fact_stamp(fact, FIELD_SILENCE)};
	return 0;
}

int take_announce(struct reader *r, const struct fact *fact)
{
	const char *what = fact_text(fact, FIELD_WHAT);

	return what ? add_sighting(r, fact, sighting_of(what)) : -1;
}

int take_frame(struct reader *r, const struct fact *fact)
{
	return add_sighting(r, fact, SIGHTING_FRAME);
}

int take_neighbour(struct reader *r, const struct fact *fact)
{
	const struct target_number *target = target_of(r, fact);
	const char *state = fact_text(fact, FIELD_STATE), *mac = fact_text(fact, FIELD_MAC);
	struct timeline *t = r->t;
	struct neighbour_change *n;

	if (!state)
		return -1;
	if (!target)
		return 0;
	MEMORY_GROW("facts", t->neighbours, t->neighbour_count, t->neighbour_capacity);
	n = &t->neighbours[t->neighbour_count++];
	*n = (struct neighbour_change){.target = reader_copy(target->name),
		.station = reader_copy(target->station),
		.at_ns = folder_time(r, fact->ns),
		.state = neighbour_state_of(state)};
	snprintf(n->mac, sizeof(n->mac), "%s", mac ? mac : "");
	return 0;
}

int take_forwarding(struct reader *r, const struct fact *fact)
{
	const struct target_number *target = target_of(r, fact);
	const char *what = fact_text(fact, FIELD_WHAT), *port = fact_text(fact, FIELD_PORT);
	struct timeline *t = r->t;
	struct forwarding_change *f;

	if (!what || !port)
		return -1;
	if (!target)
		return 0;
	MEMORY_GROW("facts", t->forwardings, t->forwarding_count, t->forwarding_capacity);
	f = &t->forwardings[t->forwarding_count++];
	*f = (struct forwarding_change){.target = reader_copy(target->name),
		.station = reader_copy(target->station),
		.at_ns = folder_time(r, fact->ns),
		.what = forwarding_event_of(what)};
	snprintf(f->port, sizeof(f->port), "%s", port);
	return 0;
}
