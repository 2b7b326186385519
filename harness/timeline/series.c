/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From lines to series: the lines of one probe put together, runs of probes kept as one record,
 * and all of them in the order of sending. A fleet has millions of probes and few runs, so that
 * nothing here may cost by the probe.
 */
#include "harness/timeline/internal.h"

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

size_t spread_within(int64_t first_ns, int64_t last_ns, size_t count, int64_t from_ns, int64_t to_ns)
{
	size_t end = spread_before(first_ns, last_ns, count, to_ns);
	size_t first = spread_before(first_ns, last_ns, count, from_ns);

	return end > first ? end - first : 0;
}

size_t record_count(const struct series *s, const struct probe_record *record)
{
	return record->run ? s->runs[record->run - 1].count : 1;
}

int64_t record_last(const struct series *s, const struct probe_record *record)
{
	return record->run ? s->runs[record->run - 1].last_ns : record->sent_ns;
}

size_t record_within(const struct series *s, const struct probe_record *record, int64_t from_ns,
	int64_t to_ns)
{
	return spread_within(record->sent_ns, record_last(s, record), record_count(s, record),
		from_ns, to_ns);
}

int64_t series_begin(const struct series *s)
{
	int64_t first_ns = s->count ? s->records[0].sent_ns : 0;

	return s->watched_from_ns != NS_NONE && s->watched_from_ns < first_ns ? s->watched_from_ns
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

/* How many others an element may pass on average before qsort is the shorter way. */
#define SORTED_PASSES 16
#define SORTED_BYTES_MOST sizeof(struct raw_run)

static int by_place(uint32_t segment, int64_t seq, uint32_t other_segment, int64_t other_seq)
{
	if (segment != other_segment)
		return segment < other_segment ? -1 : 1;
	return (seq > other_seq) - (seq < other_seq);
}

static int by_number(const void *a, const void *b)
{
	const struct raw_probe *x = a, *y = b;

	return by_place(x->segment, x->seq, y->segment, y->seq);
}

static int by_first(const void *a, const void *b)
{
	const struct raw_run *x = a, *y = b;

	return by_place(x->segment, x->first, y->segment, y->first);
}

static int by_send(const void *a, const void *b)
{
	const struct probe_record *x = a, *y = b;

	if (x->sent_ns != y->sent_ns)
		return x->sent_ns < y->sent_ns ? -1 : 1;
	return x->arrival_ns < y->arrival_ns ? -1 : x->arrival_ns > y->arrival_ns;
}

/*
 * What is written is nearly in order: a line that is not is moved to its place, which needs no
 * memory. qsort, which may need as much again, only where that gets long.
 */
static void sort(void *base, size_t count, size_t size, int (*compare)(const void *, const void *))
{
	unsigned char *elements = base, one[SORTED_BYTES_MOST];
	size_t passed = 0, most = SORTED_PASSES * count;

	for (size_t i = 1; i < count; i++) {
		size_t to = i;

		while (to > 0 && compare(elements + (to - 1) * size, elements + i * size) > 0)
			to--;
		if (to == i)
			continue;
		passed += i - to;
		if (passed > most) {
			qsort(base, count, size, compare);
			return;
		}
		memcpy(one, elements + i * size, size);
		memmove(elements + (to + 1) * size, elements + to * size, (i - to) * size);
		memcpy(elements + to * size, one, size);
	}
}

/* Puts `more`, a further line of the same probe, into p. */
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

/* One element for each number that has lines of its own. */
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

static int64_t run_send(const struct raw_run *run, int64_t seq)
{
	return spread_send(run->from_ns, run->to_ns, (size_t)run->n, (size_t)(seq - run->first));
}

/*
 * Where a run is cut its sends are not exact. What was lost keeps clear of the cut by as much as
 * it may be uneven, so that a silence is never made longer.
 */
static void keep_clear(struct raw_run *run, int64_t unsure_ns, bool at_end)
{
	if (run->answered || run->n <= 0)
		return;
	if (unsure_ns > run->to_ns - run->from_ns)
		unsure_ns = run->to_ns - run->from_ns;
	if (at_end)
		run->to_ns -= unsure_ns;
	else
		run->from_ns += unsure_ns;
}

/* Takes the numbers `first` to `last` out of a run: what is before them, and in *run what is after. */
static struct raw_run cut_out(struct raw_run *run, int64_t first, int64_t last)
{
	struct raw_run before = *run, after = *run;
	int64_t end = run->first + run->n;
	int64_t step_ns = run->n > 1 ? (run->to_ns - run->from_ns) / (run->n - 1) : 0;

	if (first < run->first)
		first = run->first;
	before.n = first - run->first;
	if (before.n > 0)
		before.to_ns = run_send(run, first - 1);
	after.n = last < end - 1 ? end - 1 - last : 0;
	if (after.n > 0) {
		after.first = last + 1;
		after.from_ns = run_send(run, last + 1);
	}
	after.duplicates = 0;
	keep_clear(&before, step_ns / 2 + SPAN_TOLERANCE_NS, true);
	keep_clear(&after, step_ns / 2 + SPAN_TOLERANCE_NS, false);
	*run = after;
	return before;
}

struct runs {
	struct raw_run *run;
	size_t count, room;
};

static void add_run(struct reader *r, struct runs *to, const struct raw_run *run)
{
	if (run->n <= 0)
		return;
	if (ARRAY_GROW(to->run, to->count, to->room))
		r->out_of_memory = true;
	else
		to->run[to->count++] = *run;
}

/* Those of one fate, none of them twice; of `others`, in order, nothing is taken. */
static void take_runs(struct reader *r, const struct raw_series *raw, bool answered,
	const struct runs *others, struct runs *to)
{
	const struct raw_run *before = NULL;
	size_t k = 0;

	for (size_t i = 0; i < raw->run_count; i++) {
		struct raw_run run = raw->run[i];

		if (run.answered != answered)
			continue;
		if (before && before->segment == run.segment &&
			run.first < before->first + before->n)
			cut_out(&run, before->first, before->first + before->n - 1);
		if (run.n <= 0)
			continue;
		before = &raw->run[i];
		while (k < others->count && by_place(others->run[k].segment,
			others->run[k].first + others->run[k].n - 1, run.segment, run.first) < 0)
			k++;
		for (size_t j = k; j < others->count && run.n > 0; j++) {
			const struct raw_run *o = &others->run[j];
			struct raw_run left;

			if (by_place(o->segment, o->first, run.segment,
				run.first + run.n - 1) > 0)
				break;
			left = cut_out(&run, o->first, o->first + o->n - 1);
			add_run(r, to, &left);
		}
		add_run(r, to, &run);
	}
}

/* The numbers that were told so far. */
struct numbering {
	uint32_t segment;
	int64_t next; /* 0: none yet */
};

/* Whether numbers are missing before `first`, where `count` were told. Notes these. */
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

static void emit_run(struct series *s, const struct raw_run *run, struct numbering *n)
{
	struct probe_record *record;

	if (run->n <= 0)
		return;
	record = new_record(s);
	*record = (struct probe_record){.sent_ns = run->from_ns,
		.arrival_ns = run->answered ? run->from_ns + s->timeout_ns : NS_NONE,
		.duplicates = run->duplicates,
		.skipped = skips(n, run->segment, run->first, run->n),
		.summarised = true};
	if (run->n == 1 && run->silence_ns == NS_NONE)
		return;
	s->runs[s->run_count++] = (struct probe_run){.last_ns = run->to_ns,
		.count = (uint32_t)run->n,
		.silence_ns = run->silence_ns,
		.silence_from_ns = run->silence_from_ns};
	record->run = (uint32_t)s->run_count;
}

/* Lines whose probe was never heard of are left out, and answers too long before their request. */
static bool is_probe(const struct series *s, const struct raw_probe *p)
{
	return p->sent_ns != NS_NONE &&
		(p->arrival_ns == NS_NONE || p->arrival_ns >= p->sent_ns - early_most(s));
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
 * Where no runs are, the records take the place of the lines, one after the other: both at once
 * would be the most memory that a report needs.
 */
static void records_in_place(struct series *s, struct raw_series *raw)
{
	unsigned char *place = (unsigned char *)raw->probe;
	struct numbering n = {0};
	void *shrunk;

	_Static_assert(sizeof(struct probe_record) <= sizeof(struct raw_probe),
		"a record has room where a line was");
	for (size_t i = 0; i < raw->count; i++) {
		const struct raw_probe p = raw->probe[i];
		struct probe_record record = record_of(&p);

		if (!is_probe(s, &p))
			continue;
		record.skipped = skips(&n, p.segment, p.seq, 1);
		memcpy(place + s->count++ * sizeof(record), &record, sizeof(record));
	}
	shrunk = realloc(raw->probe, (s->count + 1) * sizeof(*s->records));
	s->records = shrunk ? shrunk : (void *)raw->probe;
	s->room = s->count;
	raw->probe = NULL;
}

/* A probe with lines of its own inside a run: an answer counts, and before what the run says. */
static void meet(struct series *s, struct raw_run *run, struct raw_probe *p, struct numbering *n)
{
	struct raw_run left;

	/* A second answer to one of the run; or what ran out, or met an error, and was answered. */
	if (p->arrival_ns == NS_NONE && (p->sent_ns == NS_NONE || run->answered)) {
		run->duplicates += p->duplicates;
		return;
	}
	if (p->sent_ns == NS_NONE)
		p->sent_ns = run_send(run, p->seq);
	left = cut_out(run, p->seq, p->seq);
	emit_run(s, &left, n);
	emit_probe(s, p, n);
}

/* Probes and runs, both in order of number, into records. */
static void merge(struct series *s, struct raw_series *raw, struct runs *runs)
{
	struct numbering n = {0};
	size_t i = 0;

	for (size_t k = 0; k < runs->count; k++) {
		struct raw_run *run = &runs->run[k];
		int64_t last = run->first + run->n - 1;
		uint32_t segment = run->segment;

		for (; i < raw->count && by_place(raw->probe[i].segment, raw->probe[i].seq, segment,
				run->first) < 0; i++)
			emit_probe(s, &raw->probe[i], &n);
		for (; i < raw->count && by_place(raw->probe[i].segment, raw->probe[i].seq, segment,
				last) <= 0; i++)
			meet(s, run, &raw->probe[i], &n);
		emit_run(s, run, &n);
	}
	for (; i < raw->count; i++)
		emit_probe(s, &raw->probe[i], &n);
}

/* No run reaches beyond the next record: its own sends are exact, those inside a run are not. */
static void settle(struct series *s)
{
	sort(s->records, s->count, sizeof(*s->records), by_send);
	for (size_t i = 0; i + 1 < s->count; i++) {
		const struct probe_record *record = &s->records[i];

		if (record->run && s->runs[record->run - 1].last_ns > s->records[i + 1].sent_ns)
			s->runs[record->run - 1].last_ns = s->records[i + 1].sent_ns;
	}
}

/* Each probe inside a run cuts it in two. */
static int make_room(struct series *s, size_t probes, size_t runs)
{
	runs += probes;
	s->runs = calloc(runs, sizeof(*s->runs));
	if (!s->runs)
		return -1;
	s->room = probes + runs;
	s->records = calloc(s->room, sizeof(*s->records));
	return s->records ? 0 : -1;
}

void series_finish(struct reader *r, struct series *s, struct raw_series *raw)
{
	const struct runs none = {0};
	struct runs runs = {0}, ok = {0};

	join_probes(raw);
	if (raw->run_count) {
		sort(raw->run, raw->run_count, sizeof(*raw->run), by_first);
		/* What ran out and was answered in time all the same was answered in time. */
		take_runs(r, raw, true, &none, &ok);
		take_runs(r, raw, false, &ok, &runs);
		for (size_t i = 0; i < ok.count; i++)
			add_run(r, &runs, &ok.run[i]);
		sort(runs.run, runs.count, sizeof(*runs.run), by_first);
	}
	if (!runs.count)
		records_in_place(s, raw);
	else if (make_room(s, raw->count, runs.count))
		r->out_of_memory = true;
	else
		merge(s, raw, &runs);
	settle(s);
	free(runs.run);
	free(ok.run);
	free(raw->probe);
	free(raw->run);
	*raw = (struct raw_series){0};
}
