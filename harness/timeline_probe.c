/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Probes and captures on the timeline: the lines of one probe put together into one record, records
 * into series, and the stretches in which the engine itself was late or lost something.
 */
#include "harness/timeline_private.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* More probes in a run line than this are damage, not probes. */
#define RUN_PROBES_MAX (INT64_C(1) << 26)

static const char *const kind_names[] = {
	[PROBE_PING] = "ping",
	[PROBE_BURST] = "burst",
	[PROBE_SESSION] = "session",
	[PROBE_CAPTURE] = "capture",
	[PROBE_SIM] = "sim",
	[PROBE_NEIGHBOUR] = "neighbour",
	[PROBE_FRAMES] = "frames",
};

static int kind_of(const char *name)
{
	for (size_t i = 0; name && i < ARRAY_SIZE(kind_names); i++)
		if (strcmp(kind_names[i], name) == 0)
			return (int)i;
	return -1;
}

static struct target_number *target_of(const struct reader *r, const struct fact *fact)
{
	char *end;
	int64_t number = strtoll(fact->subject, &end, 10);

	if (end == fact->subject || *end || number < 0)
		return NULL;
	/* Numbers are handed out in a row, from 0 or 1 on: the place is known for most. */
	for (int64_t i = number - 1; number <= (int64_t)r->target_count && i <= number; i++)
		if (i >= 0 && i < (int64_t)r->target_count && r->targets[i].number == number)
			return &r->targets[i];
	for (size_t i = 0; i < r->target_count; i++)
		if (r->targets[i].number == number)
			return &r->targets[i];
	return NULL;
}

static struct raw_series *raw_of(const struct reader *r, const struct fact *fact)
{
	const struct target_number *target = target_of(r, fact);

	return target && target->series != SIZE_MAX ? &r->raw[target->series] : NULL;
}

static size_t series_find(const struct timeline *t, const struct series *like)
{
	for (size_t i = 0; i < t->series_count; i++) {
		const struct series *s = &t->series[i];

		if (s->kind == like->kind && s->control == like->control &&
			strcmp(s->station, like->station) == 0 &&
			strcmp(s->probe, like->probe) == 0 && strcmp(s->target, like->target) == 0)
			return i;
	}
	return SIZE_MAX;
}

static void series_drop(struct series *s)
{
	free(s->station);
	free(s->probe);
	free(s->target);
	free(s->address);
}

/* The series that a `target` fact speaks of: the known one, or a new one. */
static size_t series_of(struct reader *r, const struct fact *fact, enum probe_kind kind)
{
	struct timeline *t = r->t;
	const char *role = fact_text(fact, "role");
	struct series new = {.control = role && strcmp(role, "control") == 0,
		.kind = kind,
		.interval_ns = fact_stamp(fact, "interval"),
		.timeout_ns = fact_stamp(fact, "timeout"),
		.end_ns = NS_NONE};
	size_t known;

	new.station = reader_copy(r, fact_text(fact, "station"));
	new.probe = reader_copy(r, fact_text(fact, "probe"));
	new.target = reader_copy(r, fact_text(fact, "name"));
	new.address = reader_copy(r, fact_text(fact, "address"));
	known = r->out_of_memory ? SIZE_MAX : series_find(t, &new);
	if (r->out_of_memory || known != SIZE_MAX) {
		series_drop(&new);
		return known;
	}
	if (VEC_ROOM(t->series, t->series_count, t->series_room) ||
		VEC_ROOM(r->raw, r->raw_count, r->raw_room)) {
		series_drop(&new);
		r->out_of_memory = true;
		return SIZE_MAX;
	}
	r->raw[r->raw_count++] = (struct raw_series){0};
	t->series[t->series_count] = new;
	return t->series_count++;
}

static bool has_probes(enum probe_kind kind)
{
	return kind != PROBE_CAPTURE && kind != PROBE_NEIGHBOUR;
}

static void add_watcher(struct reader *r, const struct target_number *target, enum probe_kind kind)
{
	struct timeline *t = r->t;

	if (VEC_ROOM(t->watchers, t->watcher_count, t->watcher_room)) {
		r->out_of_memory = true;
		return;
	}
	t->watchers[t->watcher_count++] = (struct watcher){.target = reader_copy(r, target->name),
		.station = reader_copy(r, target->station),
		.kind = kind};
}

int take_target(struct reader *r, const struct fact *fact)
{
	int kind = kind_of(fact_text(fact, "kind"));
	struct target_number *target = target_of(r, fact);
	const char *name = fact_text(fact, "name");
	int64_t number;
	char *end;

	if (kind < 0)
		return 0; /* a kind of probe that this program does not know yet */
	number = strtoll(fact->subject, &end, 10);
	if (end == fact->subject || *end || !name)
		return -1;
	if (has_probes((enum probe_kind)kind) &&
		(fact_stamp(fact, "interval") <= 0 || fact_stamp(fact, "timeout") <= 0))
		return -1;
	if (!target) {
		if (VEC_ROOM(r->targets, r->target_count, r->target_room)) {
			r->out_of_memory = true;
			return 0;
		}
		target = &r->targets[r->target_count++];
		*target = (struct target_number){.number = number};
	}
	free(target->name);
	free(target->station);
	target->name = reader_copy(r, name);
	target->station = reader_copy(r, fact_text(fact, "station"));
	target->series = SIZE_MAX;
	if (has_probes((enum probe_kind)kind))
		target->series = series_of(r, fact, (enum probe_kind)kind);
	else
		add_watcher(r, target, (enum probe_kind)kind);
	return 0;
}

static struct raw_probe *add_probe(struct reader *r, struct raw_series *raw, int64_t seq)
{
	if (VEC_ROOM(raw->probe, raw->count, raw->room)) {
		r->out_of_memory = true;
		return NULL;
	}
	raw->probe[raw->count] = (struct raw_probe){.sent_ns = NS_NONE,
		.arrival_ns = NS_NONE,
		.seq = seq,
		.segment = r->segment};
	return &raw->probe[raw->count++];
}

int take_answer(struct reader *r, const struct fact *fact)
{
	struct raw_series *raw = raw_of(r, fact);
	int64_t sent = fact_stamp(fact, "sent"), seq = fact_number(fact, "seq", -1);
	struct raw_probe *p;

	/* Nothing arrives before it was sent. */
	if (seq < 0 || (sent != NS_NONE && sent > fact->ns))
		return -1;
	if (!raw)
		return 0;
	p = add_probe(r, raw, seq);
	if (p) {
		p->sent_ns = folder_time(r, sent);
		p->arrival_ns = folder_time(r, fact->ns);
	}
	return 0;
}

int take_unanswered(struct reader *r, const struct fact *fact)
{
	struct raw_series *raw = raw_of(r, fact);
	int64_t sent = fact_stamp(fact, "sent"), seq = fact_number(fact, "seq", -1);
	struct raw_probe *p;

	if (seq < 0 || sent == NS_NONE)
		return -1;
	if (!raw)
		return 0;
	p = add_probe(r, raw, seq);
	if (p) {
		p->sent_ns = folder_time(r, sent);
		p->error = fact_text(fact, "icmp") || fact_text(fact, "errno");
	}
	return 0;
}

int take_duplicate(struct reader *r, const struct fact *fact)
{
	struct raw_series *raw = raw_of(r, fact);
	int64_t seq = fact_number(fact, "seq", -1);
	struct raw_probe *p;

	if (seq < 0)
		return -1;
	p = raw ? add_probe(r, raw, seq) : NULL;
	if (p)
		p->duplicates = 1;
	return 0;
}

/*
 * A run of probes in one line. First and last send are exact, those between are spread evenly:
 * they bound no gap, for what stands next to a disturbance has a line of its own. Of answers it
 * is known only that they came in time, so they are put at the latest moment that allows, which
 * can but widen an interval, and kept out of the round-trip statistics.
 */
static int take_run_line(struct reader *r, const struct fact *fact, bool answered)
{
	const struct target_number *target = target_of(r, fact);
	int64_t first = fact_number(fact, "first", -1), n = fact_number(fact, "n", -1);
	int64_t from = fact_stamp(fact, "from"), to = fact_stamp(fact, "to");

	if (first < 0 || n < 1 || n > RUN_PROBES_MAX || from == NS_NONE || to == NS_NONE ||
		to < from || (to - from) / NS_PER_US < n - 1)
		return -1;
	if (!target || target->series == SIZE_MAX)
		return 0;
	for (int64_t i = 0; i < n; i++) {
		struct raw_probe *p = add_probe(r, &r->raw[target->series], first + i);

		if (!p)
			return 0;
		p->sent_ns = folder_time(r,
			n == 1 ? from : from + (int64_t)((__int128)(to - from) * i / (n - 1)));
		p->summarised = true;
		if (answered)
			p->arrival_ns = p->sent_ns + r->t->series[target->series].timeout_ns;
	}
	return 0;
}

/* The round trips of a run of answers, where its line tells of them. */
static void take_trips(struct reader *r, const struct fact *fact)
{
	const struct target_number *target = target_of(r, fact);
	struct trip_summary t = {.from_ns = folder_time(r, fact_stamp(fact, "from")),
		.to_ns = folder_time(r, fact_stamp(fact, "to")),
		.count = (size_t)fact_number(fact, "n", 0),
		.fastest_ns = fact_stamp(fact, "fastest"),
		.median_ns = fact_stamp(fact, "median"),
		.p99_ns = fact_stamp(fact, "p99"),
		.p999_ns = fact_stamp(fact, "p999")};
	struct series *s;

	if (!target || target->series == SIZE_MAX || t.fastest_ns == NS_NONE)
		return;
	if (t.fastest_ns > t.median_ns || t.median_ns > t.p99_ns || t.p99_ns > t.p999_ns) {
		reader_note(r, "%s.tsv:%zu: round trips that contradict each other, left out",
			r->file->name, r->line);
		return;
	}
	s = &r->t->series[target->series];
	if (VEC_ROOM(s->summaries, s->summary_count, s->summary_room)) {
		r->out_of_memory = true;
		return;
	}
	s->summaries[s->summary_count++] = t;
}

int take_ok(struct reader *r, const struct fact *fact)
{
	if (take_run_line(r, fact, true))
		return -1;
	take_trips(r, fact);
	return 0;
}

int take_lost(struct reader *r, const struct fact *fact)
{
	return take_run_line(r, fact, false);
}

int take_session(struct reader *r, const struct fact *fact)
{
	const struct target_number *target = target_of(r, fact);
	const char *what = fact_text(fact, "what"), *kept = fact_text(fact, "kept");
	struct timeline *t = r->t;
	struct session_event *event;

	if (!what)
		return -1;
	if (!target)
		return 0;
	if (VEC_ROOM(t->session_events, t->session_event_count, t->session_event_room)) {
		r->out_of_memory = true;
		return 0;
	}
	event = &t->session_events[t->session_event_count++];
	*event = (struct session_event){.target = reader_copy(r, target->name),
		.station = reader_copy(r, target->station),
		.at_ns = folder_time(r, fact->ns),
		.state_kept = kept && strcmp(kept, "yes") == 0};
	snprintf(event->what, sizeof(event->what), "%s", what);
	return 0;
}

static int disturb(struct reader *r, const char *kind, int64_t from_ns, int64_t to_ns)
{
	struct timeline *t = r->t;
	struct disturbance *d;

	if (from_ns == NS_NONE || from_ns > to_ns)
		return -1;
	if (VEC_ROOM(t->disturbances, t->disturbance_count, t->disturbance_room)) {
		r->out_of_memory = true;
		return 0;
	}
	d = &t->disturbances[t->disturbance_count++];
	*d = (struct disturbance){.from_ns = from_ns, .to_ns = to_ns};
	snprintf(d->kind, sizeof(d->kind), "%s", kind);
	snprintf(d->source, sizeof(d->source), "%s", r->file->name);
	return 0;
}

int take_late_tick(struct reader *r, const struct fact *fact)
{
	return disturb(r, "late", folder_time(r, fact_stamp(fact, "from")),
		folder_time(r, fact->ns));
}

int take_drops(struct reader *r, const struct fact *fact)
{
	if (fact_number(fact, "count", 1) == 0)
		return 0;
	return disturb(r, "drops", folder_time(r, fact_stamp(fact, "from")),
		folder_time(r, fact->ns));
}

/* Between two segments nobody probed: the harness was later than any late tick. */
void probe_segment_begin(struct reader *r, int64_t begin_ns)
{
	if (r->target_count && r->last_ns != NS_NONE)
		disturb(r, "late", r->last_ns, folder_time(r, begin_ns));
}

static int add_sighting(struct reader *r, const struct fact *fact, const char *what)
{
	const struct target_number *target = target_of(r, fact);
	int64_t utc = fact_stamp(fact, "at");
	struct timeline *t = r->t;
	struct sighting *s;

	if (!what)
		return -1;
	if (!target)
		return 0;
	if (VEC_ROOM(t->sightings, t->sighting_count, t->sighting_room) ||
		VEC_ROOM(r->sightings, r->sighting_count, r->sighting_room)) {
		r->out_of_memory = true;
		return 0;
	}
	r->sightings[r->sighting_count++] =
		(struct raw_sighting){.written_ns = folder_time(r, fact->ns), .utc_ns = utc};
	s = &t->sightings[t->sighting_count++];
	*s = (struct sighting){.target = reader_copy(r, target->name),
		.station = reader_copy(r, target->station),
		.at_ns = folder_time(r, fact->ns),
		.silence_ns = fact_stamp(fact, "silence")};
	snprintf(s->what, sizeof(s->what), "%s", what);
	return 0;
}

int take_announce(struct reader *r, const struct fact *fact)
{
	return add_sighting(r, fact, fact_text(fact, "what"));
}

int take_frame(struct reader *r, const struct fact *fact)
{
	return add_sighting(r, fact, "frame");
}

int take_neighbour(struct reader *r, const struct fact *fact)
{
	const struct target_number *target = target_of(r, fact);
	const char *state = fact_text(fact, "state"), *mac = fact_text(fact, "mac");
	struct timeline *t = r->t;
	struct neighbour_change *n;

	if (!state)
		return -1;
	if (!target)
		return 0;
	if (VEC_ROOM(t->neighbours, t->neighbour_count, t->neighbour_room)) {
		r->out_of_memory = true;
		return 0;
	}
	n = &t->neighbours[t->neighbour_count++];
	*n = (struct neighbour_change){.target = reader_copy(r, target->name),
		.station = reader_copy(r, target->station),
		.at_ns = folder_time(r, fact->ns)};
	snprintf(n->state, sizeof(n->state), "%s", state);
	snprintf(n->mac, sizeof(n->mac), "%s", mac ? mac : "");
	return 0;
}

int take_note(struct reader *r, const struct fact *fact)
{
	const char *text = fact_text(fact, "text");

	if (!text)
		return -1;
	reader_note(r, "%s", text);
	return 0;
}

void probe_file_end(struct reader *r)
{
	for (size_t i = 0; i < r->target_count; i++) {
		struct target_number *target = &r->targets[i];

		if (target->series != SIZE_MAX && r->last_ns > r->t->series[target->series].end_ns)
			r->t->series[target->series].end_ns = r->last_ns;
		free(target->name);
		free(target->station);
	}
	r->target_count = 0;
}

static int by_number(const void *a, const void *b)
{
	const struct raw_probe *x = a, *y = b;

	if (x->segment != y->segment)
		return x->segment < y->segment ? -1 : 1;
	if (x->seq != y->seq)
		return x->seq < y->seq ? -1 : 1;
	/* What has an own line counts before what a run line says. */
	return (int)x->summarised - (int)y->summarised;
}

static int by_send(const void *a, const void *b)
{
	const struct probe_record *x = a, *y = b;

	if (x->sent_ns != y->sent_ns)
		return x->sent_ns < y->sent_ns ? -1 : 1;
	return x->arrival_ns < y->arrival_ns ? -1 : x->arrival_ns > y->arrival_ns;
}

/* qsort, unless there is nothing to do: what is written in order is read in order. */
static void sort(void *base, size_t count, size_t size, int (*compare)(const void *, const void *))
{
	const char *element = base;

	for (size_t i = 1; i < count; i++, element += size) {
		if (compare(element, element + size) > 0) {
			qsort(base, count, size, compare);
			return;
		}
	}
}

/* Puts `more`, a further line of the same probe, into p. */
static void join(struct raw_probe *p, const struct raw_probe *more)
{
	if (more->summarised && !p->summarised && p->sent_ns != NS_NONE)
		return;
	if (p->sent_ns == NS_NONE)
		p->sent_ns = more->sent_ns;
	if (more->arrival_ns != NS_NONE) {
		if (p->arrival_ns != NS_NONE)
			p->duplicates++;
		if (p->arrival_ns == NS_NONE || more->arrival_ns < p->arrival_ns)
			p->arrival_ns = more->arrival_ns;
	}
	p->duplicates += more->duplicates;
	p->error |= more->error;
}

/* One record a probe, in order of sending. Lines whose probe was never heard of are left out. */
static void series_finish(struct reader *r, struct series *s, struct raw_series *raw)
{
	if (!raw->count)
		return;
	sort(raw->probe, raw->count, sizeof(*raw->probe), by_number);
	s->records = calloc(raw->count, sizeof(*s->records));
	if (!s->records) {
		r->out_of_memory = true;
		return;
	}
	s->room = raw->count;
	for (size_t i = 0, next; i < raw->count; i = next) {
		struct raw_probe p = raw->probe[i];

		for (next = i + 1; next < raw->count && raw->probe[next].seq == p.seq &&
			raw->probe[next].segment == p.segment;
			next++)
			join(&p, &raw->probe[next]);
		if (p.sent_ns == NS_NONE || (p.arrival_ns != NS_NONE && p.arrival_ns < p.sent_ns))
			continue;
		s->records[s->count++] = (struct probe_record){.sent_ns = p.sent_ns,
			.arrival_ns = p.arrival_ns,
			.duplicates = p.duplicates,
			.error = p.error,
			.summarised = p.summarised};
	}
	sort(s->records, s->count, sizeof(*s->records), by_send);
}

void probe_finish(struct reader *r)
{
	for (size_t i = 0; i < r->t->series_count; i++)
		series_finish(r, &r->t->series[i], &r->raw[i]);
	for (size_t i = 0; i < r->sighting_count; i++)
		if (r->sightings[i].utc_ns != NS_NONE)
			r->t->sightings[i].at_ns = clock_from_utc(r->t,
				r->sightings[i].written_ns, r->sightings[i].utc_ns);
}
