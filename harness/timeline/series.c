/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Turns the lines of a series into records: joins the lines of each probe, keeps a span as one
 * record, and sorts all records by sending. A fleet has millions of probes in few spans, so a span
 * must not cost time or memory for each of its probes.
 */
#include "harness/timeline/internal.h"

#include "harness/base/memory.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

int64_t spread_send(int64_t first_ns, int64_t last_ns, size_t count, size_t i)
{
	if (count < 2)
		return first_ns;
	return first_ns +
	       (int64_t)((__int128)(last_ns - first_ns) * (__int128)i / (__int128)(count - 1));
}

/* How many of the evenly spread sends are earlier than ns. */
static size_t spread_before(int64_t first_ns, int64_t last_ns, size_t count, int64_t ns)
{
	size_t lo = 0, hi = count;

	if (ns <= first_ns)
		return 0;
	if (ns > last_ns)
		return count;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (spread_send(first_ns, last_ns, count, mid) < ns)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

size_t spread_within(
	int64_t first_ns, int64_t last_ns, size_t count, int64_t from_ns, int64_t to_ns)
{
	size_t end = spread_before(first_ns, last_ns, count, to_ns);
	size_t first = spread_before(first_ns, last_ns, count, from_ns);

	return end > first ? end - first : 0;
}

size_t record_count(const struct series *s, const struct probe_record *record)
{
	return record->span ? s->spans[record->span - 1].count : 1;
}

int64_t record_last(const struct series *s, const struct probe_record *record)
{
	return record->span ? s->spans[record->span - 1].last_ns : record->sent_ns;
}

size_t record_within(
	const struct series *s, const struct probe_record *record, int64_t from_ns, int64_t to_ns)
{
	return spread_within(
		record->sent_ns, record_last(s, record), record_count(s, record), from_ns, to_ns);
}

int64_t series_begin(const struct series *s)
{
	int64_t first_ns = s->count ? s->records[0].sent_ns : 0;

	return s->observed_from_ns != NS_NONE && s->observed_from_ns < first_ns
		       ? s->observed_from_ns
		       : first_ns;
}

size_t series_first_from(const struct series *s, int64_t ns)
{
	size_t lo = 0, hi = s->count;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (record_last(s, &s->records[mid]) < ns)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* If elements move by more positions than this on average, qsort is faster. */
#define INSERTION_MOVES_MAX 16
#define ELEMENT_BYTES_MAX sizeof(struct raw_span)

static int by_position(uint32_t segment, int64_t seq, uint32_t other_segment, int64_t other_seq)
{
	if (segment != other_segment)
		return segment < other_segment ? -1 : 1;
	return (seq > other_seq) - (seq < other_seq);
}

static int by_number(const void *a, const void *b)
{
	const struct raw_probe *x = a, *y = b;

	return by_position(x->segment, x->seq, y->segment, y->seq);
}

static int by_first(const void *a, const void *b)
{
	const struct raw_span *x = a, *y = b;

	return by_position(x->segment, x->first, y->segment, y->first);
}

static int by_send(const void *a, const void *b)
{
	const struct probe_record *x = a, *y = b;

	if (x->sent_ns != y->sent_ns)
		return x->sent_ns < y->sent_ns ? -1 : 1;
	return x->arrival_ns < y->arrival_ns ? -1 : x->arrival_ns > y->arrival_ns;
}

/*
 * Insertion sort: lines are written nearly in order, and it needs no memory. Where it gets slow,
 * qsort takes over, which may need as much memory as the array.
 */
static void sort(void *base, size_t count, size_t size, int (*compare)(const void *, const void *))
{
	unsigned char *elements = base, one[ELEMENT_BYTES_MAX];
	size_t moved = 0, moved_max = INSERTION_MOVES_MAX * count;

	for (size_t i = 1; i < count; i++) {
		size_t to = i;

		while (to > 0 && compare(elements + (to - 1) * size, elements + i * size) > 0)
			to--;
		if (to == i)
			continue;
		moved += i - to;
		if (moved > moved_max) {
			qsort(base, count, size, compare);
			return;
		}
		memcpy(one, elements + i * size, size);
		memmove(elements + (to + 1) * size, elements + to * size, (i - to) * size);
		memcpy(elements + to * size, one, size);
	}
}

/* Joins `more`, another line of the same probe, into p. */
static void join(struct raw_probe *p, const struct raw_probe *more)
{
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

/* Joins the lines of each probe: one element remains for each number. */
static void join_probes(struct raw_series *raw)
{
	size_t n = 0;

	sort(raw->probe, raw->count, sizeof(*raw->probe), by_number);
	for (size_t i = 0; i < raw->count; i++) {
		if (n > 0 && by_number(&raw->probe[n - 1], &raw->probe[i]) == 0)
			join(&raw->probe[n - 1], &raw->probe[i]);
		else
			raw->probe[n++] = raw->probe[i];
	}
	raw->count = n;
}

static int64_t span_send(const struct raw_span *span, int64_t seq)
{
	return spread_send(
		span->from_ns, span->to_ns, (size_t)span->n, (size_t)(seq - span->first));
}

/*
 * Moves the cut end of a lost span away from the cut by unsure_ns. Sends inside a span are known
 * only to within unsure_ns, and a silence must never become longer than it was.
 */
static void keep_clear(struct raw_span *span, int64_t unsure_ns, bool at_end)
{
	if (span->answered || span->n <= 0)
		return;
	if (unsure_ns > span->to_ns - span->from_ns)
		unsure_ns = span->to_ns - span->from_ns;
	if (at_end)
		span->to_ns -= unsure_ns;
	else
		span->from_ns += unsure_ns;
}

/*
 * Removes the numbers `first` to `last` from a span. Returns the span before them; *span keeps the
 * one after them. Either may be empty (n <= 0).
 */
static struct raw_span cut_out(struct raw_span *span, int64_t first, int64_t last)
{
	struct raw_span before = *span, after = *span;
	int64_t end = span->first + span->n;
	int64_t step_ns = span->n > 1 ? (span->to_ns - span->from_ns) / (span->n - 1) : 0;

	if (first < span->first)
		first = span->first;
	before.n = first - span->first;
	if (before.n > 0)
		before.to_ns = span_send(span, first - 1);
	after.n = last < end - 1 ? end - 1 - last : 0;
	if (after.n > 0) {
		after.first = last + 1;
		after.from_ns = span_send(span, last + 1);
	}
	after.duplicates = 0;
	keep_clear(&before, step_ns / 2 + SPAN_TOLERANCE_NS, true);
	keep_clear(&after, step_ns / 2 + SPAN_TOLERANCE_NS, false);
	*span = after;
	return before;
}

struct raw_spans {
	struct raw_span *span;
	size_t count, capacity;
};

static void add_span(struct raw_spans *to, const struct raw_span *span)
{
	if (span->n <= 0)
		return;
	MEMORY_GROW("facts", to->span, to->count, to->capacity);
	to->span[to->count++] = *span;
}

/*
 * Adds to `to` the answered or the lost spans, sorted by their first number. Numbers that an
 * earlier span or one of `others` (also sorted) has are removed.
 */
static void merge_spans(const struct raw_series *raw, bool answered, const struct raw_spans *others,
	struct raw_spans *to)
{
	const struct raw_span *before = NULL;
	size_t k = 0;

	for (size_t i = 0; i < raw->span_count; i++) {
		struct raw_span span = raw->span[i];

		if (span.answered != answered)
			continue;
		if (before && before->segment == span.segment &&
			span.first < before->first + before->n)
			cut_out(&span, before->first, before->first + before->n - 1);
		if (span.n <= 0)
			continue;
		before = &raw->span[i];
		while (k < others->count && by_position(others->span[k].segment,
						    others->span[k].first + others->span[k].n - 1,
						    span.segment, span.first) < 0)
			k++;
		for (size_t j = k; j < others->count && span.n > 0; j++) {
			const struct raw_span *o = &others->span[j];
			struct raw_span left;

			if (by_position(o->segment, o->first, span.segment,
				    span.first + span.n - 1) > 0)
				break;
			left = cut_out(&span, o->first, o->first + o->n - 1);
			add_span(to, &left);
		}
		add_span(to, &span);
	}
}

/* The sequence numbers of the records so far. */
struct numbering {
	uint32_t segment;
	int64_t next; /* after the highest in the segment; 0: none yet */
};

/*
 * Counts the numbers `first` to `first` + count - 1. Returns whether numbers before them are
 * missing.
 */
static bool skips(struct numbering *n, uint32_t segment, int64_t first, int64_t count)
{
	bool missing = n->next && n->segment == segment && first > n->next;

	if (n->segment != segment || first + count > n->next)
		n->next = first + count;
	n->segment = segment;
	return missing;
}

static struct probe_record *new_record(struct series *s)
{
	return &s->records[s->count++];
}

static void emit_span(struct series *s, const struct raw_span *span, struct numbering *n)
{
	struct probe_record *record;

	if (span->n <= 0)
		return;
	record = new_record(s);
	*record = (struct probe_record){.sent_ns = span->from_ns,
		.arrival_ns = span->answered ? span->from_ns + s->timeout_ns : NS_NONE,
		.duplicates = span->duplicates,
		.skipped = skips(n, span->segment, span->first, span->n),
		.summarised = true};
	if (span->n == 1 && span->silence_ns == NS_NONE)
		return;
	s->spans[s->span_count++] = (struct record_span){.last_ns = span->to_ns,
		.count = (uint32_t)span->n,
		.silence_ns = span->silence_ns,
		.silence_from_ns = span->silence_from_ns};
	record->span = (uint32_t)s->span_count;
}

/* False for lines without a known send and for answers stamped too long before their request. */
static bool is_probe(const struct series *s, const struct raw_probe *p)
{
	return p->sent_ns != NS_NONE &&
	       (p->arrival_ns == NS_NONE || p->arrival_ns >= p->sent_ns - early_max(s));
}

static struct probe_record record_of(const struct raw_probe *p)
{
	return (struct probe_record){.sent_ns = p->sent_ns,
		.arrival_ns = p->arrival_ns,
		.duplicates = p->duplicates,
		.error = p->error};
}

static void emit_probe(struct series *s, const struct raw_probe *p, struct numbering *n)
{
	struct probe_record *record;

	if (!is_probe(s, p))
		return;
	record = new_record(s);
	*record = record_of(p);
	record->skipped = skips(n, p->segment, p->seq, 1);
}

/*
 * Without spans the records overwrite the lines in the same memory: both arrays at once would be
 * the peak of a report's memory.
 */
static void records_in_place(struct series *s, struct raw_series *raw)
{
	unsigned char *records = (unsigned char *)raw->probe;
	struct numbering n = {0};
	void *shrunk;

	_Static_assert(sizeof(struct probe_record) <= sizeof(struct raw_probe),
		"a record fits into the memory of a line");
	for (size_t i = 0; i < raw->count; i++) {
		const struct raw_probe p = raw->probe[i];
		struct probe_record record = record_of(&p);

		if (!is_probe(s, &p))
			continue;
		record.skipped = skips(&n, p.segment, p.seq, 1);
		memcpy(records + s->count++ * sizeof(record), &record, sizeof(record));
	}
	shrunk = realloc(raw->probe, (s->count + 1) * sizeof(*s->records));
	s->records = shrunk ? shrunk : (void *)raw->probe;
	s->capacity = s->count;
	raw->probe = NULL;
}

/*
 * Splits a span at a probe in it that has its own lines. These take precedence over the span,
 * except where they only add a duplicate or contradict an answer.
 */
static void split_span(
	struct series *s, struct raw_span *span, struct raw_probe *p, struct numbering *n)
{
	struct raw_span left;

	/* A duplicate of an answer; or a time-out or error of a probe that was answered. */
	if (p->arrival_ns == NS_NONE && (p->sent_ns == NS_NONE || span->answered)) {
		span->duplicates += p->duplicates;
		return;
	}
	if (p->sent_ns == NS_NONE)
		p->sent_ns = span_send(span, p->seq);
	left = cut_out(span, p->seq, p->seq);
	emit_span(s, &left, n);
	emit_probe(s, p, n);
}

/* Merges probes and spans, both in order of number, into records. */
static void merge(struct series *s, struct raw_series *raw, struct raw_spans *spans)
{
	struct numbering n = {0};
	size_t i = 0;

	for (size_t k = 0; k < spans->count; k++) {
		struct raw_span *span = &spans->span[k];
		int64_t last = span->first + span->n - 1;
		uint32_t segment = span->segment;

		for (; i < raw->count && by_position(raw->probe[i].segment, raw->probe[i].seq,
						 segment, span->first) < 0;
			i++)
			emit_probe(s, &raw->probe[i], &n);
		for (; i < raw->count &&
			by_position(raw->probe[i].segment, raw->probe[i].seq, segment, last) <= 0;
			i++)
			split_span(s, span, &raw->probe[i], &n);
		emit_span(s, span, &n);
	}
	for (; i < raw->count; i++)
		emit_probe(s, &raw->probe[i], &n);
}

/*
 * Sorts the records. Then ends each span no later than the next record's send, because the sends in
 * a span are estimates.
 */
static void order_records(struct series *s)
{
	sort(s->records, s->count, sizeof(*s->records), by_send);
	for (size_t i = 0; i + 1 < s->count; i++) {
		const struct probe_record *record = &s->records[i];

		if (record->span && s->spans[record->span - 1].last_ns > s->records[i + 1].sent_ns)
			s->spans[record->span - 1].last_ns = s->records[i + 1].sent_ns;
	}
}

/* Allocates the arrays. Each probe may split one span into two. */
static void alloc_records(struct series *s, size_t probes, size_t spans)
{
	spans += probes;
	s->spans = memory_zeroed("facts", spans, sizeof(*s->spans));
	s->capacity = probes + spans;
	s->records = memory_zeroed("facts", s->capacity, sizeof(*s->records));
}

void series_finish(struct series *s, struct raw_series *raw)
{
	const struct raw_spans none = {0};
	struct raw_spans spans = {0}, ok = {0};

	join_probes(raw);
	if (raw->span_count) {
		sort(raw->span, raw->span_count, sizeof(*raw->span), by_first);
		/* A probe that is in an answered and in a lost span was answered in time. */
		merge_spans(raw, true, &none, &ok);
		merge_spans(raw, false, &ok, &spans);
		for (size_t i = 0; i < ok.count; i++)
			add_span(&spans, &ok.span[i]);
		sort(spans.span, spans.count, sizeof(*spans.span), by_first);
	}
	if (!spans.count) {
		records_in_place(s, raw);
	} else {
		alloc_records(s, raw->count, spans.count);
		merge(s, raw, &spans);
	}
	order_records(s);
	free(spans.span);
	free(ok.span);
	free(raw->probe);
	free(raw->span);
	*raw = (struct raw_series){0};
}
