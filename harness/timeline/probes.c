/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Probes on the timeline: reads their lines, and the disturbances in which the engine itself was
 * late or lost frames. series.c turns the lines into records.
 */
#include "harness/base/trip_histogram.h"
#include "harness/timeline/internal.h"

#include "harness/base/memory.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

/* A span's line with more probes than this is damaged. */
#define SPAN_PROBES_MAX (INT64_C(1) << 26)

static const char *const kind_names[] = {
	[PROBE_PING] = "ping",
	[PROBE_BURST] = "burst",
	[PROBE_SESSION] = "session",
	[PROBE_RDP] = "rdp",
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

/* Nodes of the reader's trees; the series own the keys' texts. */
struct number_key {
	int64_t number;
	size_t index;
};

struct series_key {
	const char *station, *probe, *target;
	enum probe_kind kind;
	bool control;
	size_t index;
};

static int by_number(const void *a, const void *b)
{
	const struct number_key *x = a, *y = b;

	return (x->number > y->number) - (x->number < y->number);
}

static int by_key(const void *a, const void *b)
{
	const struct series_key *x = a, *y = b;
	int order = strcmp(x->target, y->target);

	if (!order)
		order = strcmp(x->probe, y->probe);
	if (!order)
		order = strcmp(x->station, y->station);
	if (!order)
		order = (int)x->kind - (int)y->kind;
	return order ? order : (int)x->control - (int)y->control;
}

/* Adds a copy of a key to a tree. */
static void keep_key(
	void **tree, const void *key, size_t size, int (*order)(const void *, const void *))
{
	void *copy = memory_zeroed("facts", 1, size);

	memcpy(copy, key, size);
	if (!tsearch(copy, tree, order))
		memory_out("facts", size);
}

struct target_number *target_of(const struct reader *r, const struct fact *fact)
{
	struct number_key key, *const *found;
	uint64_t index;
	char *end;

	key.number = strtoll(fact->subject, &end, 10);
	if (end == fact->subject || *end || key.number < 0 || !r->target_count)
		return NULL;
	/* Numbers are mostly consecutive: then the index follows from the number. */
	index = (uint64_t)key.number - (uint64_t)r->targets[0].number;
	if (index < r->target_count && r->targets[index].number == key.number)
		return &r->targets[index];
	found = tfind(&key, &r->numbers, by_number);
	return found ? &r->targets[(*found)->index] : NULL;
}

/* Adds a number that is new in this file. */
static struct target_number *add_target(struct reader *r, int64_t number)
{
	struct number_key key = {number, r->target_count};

	MEMORY_GROW("facts", r->targets, r->target_count, r->target_capacity);
	keep_key(&r->numbers, &key, sizeof(key), by_number);
	r->targets[r->target_count] = (struct target_number){.number = number};
	return &r->targets[r->target_count++];
}

static struct raw_series *raw_of(const struct reader *r, const struct fact *fact)
{
	const struct target_number *target = target_of(r, fact);

	return target && target->series != SIZE_MAX ? &r->raw[target->series] : NULL;
}

static struct series *series_by_fact(const struct reader *r, const struct fact *fact)
{
	const struct target_number *target = target_of(r, fact);

	return target && target->series != SIZE_MAX ? &r->t->series[target->series] : NULL;
}

static void series_drop(struct series *s)
{
	free(s->station);
	free(s->probe);
	free(s->target);
	free(s->address);
}

/*
 * The index of the series that a `target` fact describes; adds it if it is new. SIZE_MAX: out of
 * memory.
 */
static size_t series_of(struct reader *r, const struct fact *fact, enum probe_kind kind)
{
	struct timeline *t = r->t;
	const char *role = fact_text(fact, FIELD_ROLE);
	struct series new = {.control = role && target_role_of(role) == ROLE_CONTROL,
		.kind = kind,
		.interval_ns = fact_stamp(fact, FIELD_INTERVAL),
		.pace_ns = fact_stamp(fact, FIELD_PACE),
		.timeout_ns = fact_stamp(fact, FIELD_TIMEOUT),
		.end_ns = NS_NONE,
		.observed_to_ns = NS_NONE,
		.observed_from_ns = NS_NONE};
	struct series_key key = {.kind = kind, .control = new.control}, *const * known;

	if (new.pace_ns <= 0)
		new.pace_ns = new.interval_ns;
	new.station = reader_copy(fact_text(fact, FIELD_STATION));
	new.probe = reader_copy(fact_text(fact, FIELD_PROBE));
	new.target = reader_copy(fact_text(fact, FIELD_NAME));
	new.address = reader_copy(fact_text(fact, FIELD_ADDRESS));
	key.station = new.station;
	key.probe = new.probe;
	key.target = new.target;
	key.index = t->series_count;
	known = tfind(&key, &r->series_keys, by_key);
	if (known) {
		series_drop(&new);
		return (*known)->index;
	}
	MEMORY_GROW("facts", t->series, t->series_count, t->series_capacity);
	MEMORY_GROW("facts", r->raw, r->raw_count, r->raw_capacity);
	keep_key(&r->series_keys, &key, sizeof(key), by_key);
	r->raw[r->raw_count++] = (struct raw_series){0};
	t->series[t->series_count] = new;
	return t->series_count++;
}

static bool has_probes(enum probe_kind kind)
{
	return kind != PROBE_CAPTURE && kind != PROBE_NEIGHBOUR;
}

static void add_observer(struct reader *r, const struct target_number *target, enum probe_kind kind)
{
	struct timeline *t = r->t;

	MEMORY_GROW("facts", t->observers, t->observer_count, t->observer_capacity);
	t->observers[t->observer_count++] =
		(struct passive_observer){.target = reader_copy(target->name),
			.station = reader_copy(target->station),
			.kind = kind};
}

int take_target(struct reader *r, const struct fact *fact)
{
	int kind = kind_of(fact_text(fact, FIELD_KIND));
	struct target_number *target = target_of(r, fact);
	const char *name = fact_text(fact, FIELD_NAME);
	int64_t number;
	char *end;

	if (kind < 0)
		return 0; /* a kind of probe that this program does not know yet */
	number = strtoll(fact->subject, &end, 10);
	if (end == fact->subject || *end || number < 0 || !name)
		return -1;
	if (has_probes((enum probe_kind)kind) &&
		(fact_stamp(fact, FIELD_INTERVAL) <= 0 || fact_stamp(fact, FIELD_TIMEOUT) <= 0))
		return -1;
	if (!target)
		target = add_target(r, number);
	free(target->name);
	free(target->station);
	target->name = reader_copy(name);
	target->station = reader_copy(fact_text(fact, FIELD_STATION));
	target->series = SIZE_MAX;
	if (has_probes((enum probe_kind)kind))
		target->series = series_of(r, fact, (enum probe_kind)kind);
	else
		add_observer(r, target, (enum probe_kind)kind);
	return 0;
}

static struct raw_probe *add_probe(struct reader *r, struct raw_series *raw, int64_t seq)
{
	MEMORY_GROW("facts", raw->probe, raw->count, raw->capacity);
	raw->probe[raw->count] = (struct raw_probe){.sent_ns = NS_NONE,
		.arrival_ns = NS_NONE,
		.seq = seq,
		.segment = RAW_SEGMENT(r->segment)};
	return &raw->probe[raw->count++];
}

int take_answer(struct reader *r, const struct fact *fact)
{
	const struct series *s = series_by_fact(r, fact);
	struct raw_series *raw = raw_of(r, fact);
	int64_t sent = fact_stamp(fact, FIELD_SENT), seq = fact_number(fact, FIELD_SEQ, -1);
	struct raw_probe *p;

	if (seq < 0 || (sent != NS_NONE && sent > fact->ns + (s ? early_max(s) : 0)))
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
	int64_t sent = fact_stamp(fact, FIELD_SENT), seq = fact_number(fact, FIELD_SEQ, -1);
	struct raw_probe *p;

	if (seq < 0 || sent == NS_NONE)
		return -1;
	if (!raw)
		return 0;
	p = add_probe(r, raw, seq);
	if (p) {
		p->sent_ns = folder_time(r, sent);
		p->error = fact_text(fact, FIELD_ICMP) || fact_text(fact, FIELD_ERRNO);
	}
	return 0;
}

int take_duplicate(struct reader *r, const struct fact *fact)
{
	struct raw_series *raw = raw_of(r, fact);
	int64_t seq = fact_number(fact, FIELD_SEQ, -1);
	struct raw_probe *p;

	if (seq < 0)
		return -1;
	p = raw ? add_probe(r, raw, seq) : NULL;
	if (p)
		p->duplicates = 1;
	return 0;
}

/*
 * Reads a span's line. First and last send are exact; those between are assumed to be evenly
 * spread. Bounds do not suffer, because each probe next to an interruption has its own line.
 */
static int take_span_line(struct reader *r, const struct fact *fact, bool answered)
{
	struct raw_series *raw = raw_of(r, fact);
	struct raw_span span = {.first = fact_number(fact, FIELD_FIRST, -1),
		.n = fact_number(fact, FIELD_N, -1),
		.from_ns = fact_stamp(fact, FIELD_FROM),
		.to_ns = fact_stamp(fact, FIELD_TO),
		.segment = RAW_SEGMENT(r->segment),
		.answered = answered,
		.silence_ns = NS_NONE,
		.silence_from_ns = fact_stamp(fact, FIELD_AFTER)};

	if (span.first < 0 || span.n < 1 || span.n > SPAN_PROBES_MAX || span.from_ns == NS_NONE ||
		span.to_ns < span.from_ns || span.first > STAMP_MAX)
		return -1;
	if (!raw)
		return 0;
	MEMORY_GROW("facts", raw->span, raw->span_count, raw->span_capacity);
	span.from_ns = folder_time(r, span.from_ns);
	span.to_ns = folder_time(r, span.to_ns);
	span.silence_from_ns = folder_time(r, span.silence_from_ns);
	if (span.silence_from_ns != NS_NONE && span.silence_from_ns < span.to_ns)
		span.silence_ns = fact_number(fact, FIELD_SILENCE, NS_NONE);
	raw->span[raw->span_count++] = span;
	return 0;
}

/*
 * Adds a line's summary of round trips; t has its quantiles. NULL: contradictory.
 */
static struct trip_summary *add_summary(
	struct reader *r, struct series *s, const struct fact *fact, struct trip_summary t)
{
	t.from_ns = folder_time(r, fact_stamp(fact, FIELD_FROM));
	t.to_ns = folder_time(r, fact_stamp(fact, FIELD_TO));
	t.count = (size_t)fact_number(fact, FIELD_N, 0);
	t.fastest_ns = fact_number(fact, FIELD_FASTEST, NS_NONE);
	if (t.fastest_ns > t.median_ns || t.median_ns > t.p99_ns || t.p99_ns > t.p999_ns) {
		reader_note(r, "%s.tsv:%zu: round trips contradict each other, ignored",
			r->file->name, r->line);
		return NULL;
	}
	MEMORY_GROW("facts", s->summaries, s->summary_count, s->summary_capacity);
	s->summaries[s->summary_count] = t;
	return &s->summaries[s->summary_count++];
}

int take_ok(struct reader *r, const struct fact *fact)
{
	struct series *s = series_by_fact(r, fact);
	struct trip_summary t = {.median_ns = fact_number(fact, FIELD_MEDIAN, NS_NONE),
		.p99_ns = fact_number(fact, FIELD_P99, NS_NONE),
		.p999_ns = fact_number(fact, FIELD_P999, NS_NONE)};

	if (take_span_line(r, fact, true))
		return -1;
	/* Other writers give their round trips in `trips` lines. */
	if (s && fact_text(fact, FIELD_FASTEST))
		add_summary(r, s, fact, t);
	return 0;
}

int take_lost(struct reader *r, const struct fact *fact)
{
	return take_span_line(r, fact, false);
}

/* Parses "BUCKET:COUNT,…" (ascending) into counts. Returns the bucket count; 0: malformed. */
static size_t read_buckets(const char *text, uint64_t counts[static HISTOGRAM_BUCKETS])
{
	int64_t before = -1;
	size_t n = 0;

	while (text) {
		unsigned bucket, count;
		int length = 0;

		if (sscanf(text, "%3u:%5u%n", &bucket, &count, &length) != 2 ||
			(text[length] && text[length] != ',') || bucket >= HISTOGRAM_BUCKETS ||
			(int64_t)bucket <= before || count == 0 || count > UINT16_MAX)
			return 0;
		counts[bucket] = count;
		before = bucket;
		n++;
		text = text[length] ? text + length + 1 : NULL;
	}
	return n;
}

static void keep_buckets(
	struct trip_summary *t, const uint64_t counts[static HISTOGRAM_BUCKETS], size_t n)
{
	t->buckets = memory_zeroed("facts", n, sizeof(*t->buckets));
	for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++)
		if (counts[i])
			t->buckets[t->bucket_count++] = (struct trip_bucket){
				.bucket = (uint16_t)i, .count = (uint16_t)counts[i]};
}

int take_trips(struct reader *r, const struct fact *fact)
{
	struct series *s = series_by_fact(r, fact);
	uint64_t counts[HISTOGRAM_BUCKETS] = {0}, sum = 0;
	size_t n = read_buckets(fact_text(fact, FIELD_BUCKETS), counts);
	int64_t from = fact_stamp(fact, FIELD_FROM);
	struct trip_summary *t;

	for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++)
		sum += counts[i];
	if (!n || from == NS_NONE || fact_stamp(fact, FIELD_TO) < from ||
		fact_stamp(fact, FIELD_FASTEST) == NS_NONE ||
		(int64_t)sum != fact_number(fact, FIELD_N, -1))
		return -1;
	if (!s)
		return 0;
	t = add_summary(r, s, fact,
		(struct trip_summary){.median_ns = histogram_quantile(counts, 0.5),
			.p99_ns = histogram_quantile(counts, 0.99),
			.p999_ns = histogram_quantile(counts, 0.999)});
	if (t)
		keep_buckets(t, counts, n);
	return 0;
}

static int disturb(struct reader *r, enum disturbance_kind kind, int64_t from_ns, int64_t to_ns)
{
	struct timeline *t = r->t;
	struct disturbance *d;

	if (from_ns == NS_NONE || from_ns > to_ns)
		return -1;
	MEMORY_GROW("facts", t->disturbances, t->disturbance_count, t->disturbance_capacity);
	d = &t->disturbances[t->disturbance_count++];
	*d = (struct disturbance){.from_ns = from_ns, .to_ns = to_ns};
	d->kind = kind;
	snprintf(d->source, sizeof(d->source), "%s", r->file->name);
	return 0;
}

int take_late_tick(struct reader *r, const struct fact *fact)
{
	return disturb(r, DISTURBED_LATE, folder_time(r, fact_stamp(fact, FIELD_FROM)),
		folder_time(r, fact->ns));
}

int take_drops(struct reader *r, const struct fact *fact)
{
	if (fact_number(fact, FIELD_COUNT, 1) == 0)
		return 0;
	return disturb(r, DISTURBED_DROPS, folder_time(r, fact_stamp(fact, FIELD_FROM)),
		folder_time(r, fact->ns));
}

/* Nothing was probed between two segments: the harness counts as late in that time. */
void probe_segment_begin(struct reader *r, int64_t begin_ns)
{
	if (r->target_count && r->last_ns != NS_NONE)
		disturb(r, DISTURBED_LATE, r->last_ns, folder_time(r, begin_ns));
}

int take_note(struct reader *r, const struct fact *fact)
{
	const char *text = fact_text(fact, FIELD_TEXT);

	if (!text)
		return -1;
	reader_note(r, "%s", text);
	return 0;
}

/*
 * A target's last line: nothing was sent to it later. A capture names its last request (`last`),
 * whose fate may be unknown.
 */
int take_summary(struct reader *r, const struct fact *fact)
{
	struct series *s = series_by_fact(r, fact);
	int64_t last_ns = folder_time(r, fact_stamp(fact, FIELD_LAST)), spread_ns, unsure_ns;
	int64_t first_ns = folder_time(r, fact_stamp(fact, FIELD_FIRST));

	if (!s)
		return 0;
	if (last_ns == NS_NONE && s->kind != PROBE_FRAMES)
		last_ns = folder_time(r, fact->ns);
	if (last_ns > s->observed_to_ns)
		s->observed_to_ns = last_ns;
	if (first_ns != NS_NONE &&
		(s->observed_from_ns == NS_NONE || first_ns < s->observed_from_ns))
		s->observed_from_ns = first_ns;
	spread_ns = fact_stamp(fact, FIELD_SPREAD);
	if (spread_ns > s->stamp_spread_ns)
		s->stamp_spread_ns = spread_ns;
	unsure_ns = fact_stamp(fact, FIELD_UNSURE);
	if (unsure_ns > s->answer_unsure_ns)
		s->answer_unsure_ns = unsure_ns;
	return 0;
}

void probe_file_end(struct reader *r)
{
	for (size_t i = 0; i < r->target_count; i++) {
		struct target_number *target = &r->targets[i];
		struct series *s =
			target->series == SIZE_MAX ? NULL : &r->t->series[target->series];

		if (s && r->last_ns > s->end_ns)
			s->end_ns = r->last_ns;
		/* The writer was killed: nothing is known about the time after its last line. */
		if (s && !r->ended)
			s->observed_to_ns = INT64_MAX;
		free(target->name);
		free(target->station);
	}
	r->target_count = 0;
	tdestroy(r->numbers, free);
	r->numbers = NULL;
}

void probe_finish(struct reader *r)
{
	for (size_t i = 0; i < r->t->series_count; i++) {
		struct series *s = &r->t->series[i];

		series_finish(s, &r->raw[i]);
		s->steps = r->t->steps;
		s->step_count = r->t->step_count;
		if (s->observed_to_ns == INT64_MAX)
			s->observed_to_ns = r->t->last_ns;
	}
	for (size_t i = 0; i < r->sighting_count; i++)
		if (r->sightings[i].utc_ns != NS_NONE)
			r->t->sightings[i].at_ns = clock_from_utc(
				r->t, r->sightings[i].written_ns, r->sightings[i].utc_ns);
}
