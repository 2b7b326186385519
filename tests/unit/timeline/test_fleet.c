/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A fleet's facts from end to end: a simulated fleet with outages of known length, the recorder's
 * spans, the timeline, the gaps. Condensed facts must give the same results as a line for each
 * probe, at whatever moment the spans are flushed.
 */
#include "harness/analysis/gaps.h"
#include "harness/base/trip_histogram.h"
#include "probes/engine/recorder.h"
#include "tests/unit/fact_folder.h"
#include "tests/unit/scripted.h"
#include "tests/unit/test.h"

#include <stdlib.h>
#include <string.h>

#define MS NS_PER_MS
#define S NS_PER_S
#define LENGTH_NS (40 * S)
#define QUIET_NS (4 * S) /* before the first outage, and between two */
#define OUTAGES_MAX 3

/* The settings of a world. */
struct setting {
	size_t targets;
	int64_t interval_ns, fine_ns, timeout_ns;
	struct path path;
};

/* One target's truth. */
struct member {
	struct outage outages[OUTAGES_MAX];
	size_t outage_count;
	struct series whole; /* every single probe */
};

struct fleet {
	const struct setting *setting;
	struct member *members;
	struct probe_target *targets;
	struct record *events; /* in order of ns */
	size_t event_count, event_capacity;
	int64_t now_ns;
	struct clock clock;
	struct fact_folder folder;
};

static int64_t fleet_mono(const struct clock *clock)
{
	return ((const struct fleet *)clock->ctx)->now_ns;
}

static int64_t fleet_utc(const struct clock *clock)
{
	return fleet_mono(clock) + 1000 * S;
}

static void add_event(struct fleet *f, const struct record *record)
{
	CU_ASSERT_FATAL(ARRAY_GROW(f->events, f->event_count, f->event_capacity) == 0);
	f->events[f->event_count++] = *record;
}

/* Adds the records that the engine puts into its ring for one probe. */
static void add_records(struct fleet *f, size_t target, uint64_t seq, const struct probe_record *p,
	uint64_t *random)
{
	int64_t out_ns = p->sent_ns + f->setting->timeout_ns;
	bool answered = p->arrival_ns != NS_NONE && p->arrival_ns < LENGTH_NS;
	struct record r = {.target = (uint32_t)target,
		.seq = seq,
		.sent_ns = p->sent_ns,
		.reported_ns = NS_NONE};

	/* Sometimes an answer in time is read after its time-out: both lines are written. */
	if (!answered || p->arrival_ns > out_ns || between(random, 0, 59) == 0) {
		r.kind = RECORD_UNANSWERED;
		r.ns = out_ns;
		if (r.ns < LENGTH_NS)
			add_event(f, &r);
	}
	if (!answered)
		return;
	r.kind = RECORD_ANSWER;
	r.ns = p->arrival_ns;
	add_event(f, &r);
	if (between(random, 0, 99) == 0) {
		r.kind = RECORD_DUPLICATE;
		r.ns += between(random, 0, S);
		add_event(f, &r);
	}
}

/* The finer interval is used in and after outages, and sometimes without an outage. */
static bool is_fine(const struct setting *w, const struct member *m, int64_t ns)
{
	for (size_t i = 0; i < m->outage_count; i++)
		if (ns > m->outages[i].from_ns + w->timeout_ns &&
			ns < m->outages[i].to_ns + 300 * MS)
			return w->fine_ns > 0;
	return w->fine_ns > 0 && ns % (5 * S) > 4800 * MS;
}

static int64_t lateness(uint64_t *random)
{
	return between(random, 0, 99) ? between(random, 0, 200 * NS_PER_US)
				      : between(random, MS, 8 * MS);
}

static void make_outages(const struct setting *w, struct member *m, uint64_t *random)
{
	int64_t from_ns = QUIET_NS;

	for (m->outage_count = 0; m->outage_count < OUTAGES_MAX; m->outage_count++) {
		struct outage *o = &m->outages[m->outage_count];

		o->mode = (enum mode)between(random, 0, MODES - 1);
		o->from_ns = from_ns + between(random, 0, 2 * S);
		o->to_ns = o->from_ns + between(random, 5 * MS, 5 * S);
		if (o->mode == SLOW)
			o->extra_ns = between(random, 5 * MS, S);
		from_ns = o->to_ns + o->extra_ns + w->timeout_ns + QUIET_NS;
	}
}

static void make_member(struct fleet *f, size_t target, uint64_t *random)
{
	const struct setting *w = f->setting;
	struct member *m = &f->members[target];
	struct series *s = &m->whole;
	int64_t sent_ns = 0, pace_ns;
	struct probe_record *p;

	make_outages(w, m, random);
	*s = (struct series){.kind = PROBE_BURST,
		.interval_ns = w->interval_ns,
		.timeout_ns = w->timeout_ns,
		.end_ns = LENGTH_NS};
	for (int64_t due = between(random, 0, w->interval_ns); due < LENGTH_NS - 10 * MS;
		due += pace_ns) {
		int64_t at_ns = due + lateness(random);

		pace_ns = is_fine(w, m, due) ? w->fine_ns : w->interval_ns;
		/* An engine that is late by more than an interval skips the probes it missed. */
		if (sent_ns > due + pace_ns)
			continue;
		sent_ns = ns_max(at_ns, sent_ns);
		CU_ASSERT_FATAL(ARRAY_GROW(s->records, s->count, s->capacity) == 0);
		p = &s->records[s->count];
		*p = (struct probe_record){.sent_ns = sent_ns};
		responder_of(p, m->outages, m->outage_count, &w->path, random);
		if (p->arrival_ns >= LENGTH_NS)
			p->arrival_ns = NS_NONE;
		add_records(f, target, s->count++, p, random);
	}
}

static int by_time(const void *a, const void *b)
{
	const struct record *x = a, *y = b;

	if (x->ns != y->ns)
		return x->ns < y->ns ? -1 : 1;
	return x->seq < y->seq ? -1 : x->seq > y->seq;
}

/* A recorder that writes the facts of a fleet. */
struct recording {
	struct probe_config config;
	struct recorder recorder;
	struct record_ring ring;
};

static void recording_begin(struct recording *r, struct fleet *f, size_t ring_size)
{
	const struct setting *w = f->setting;
	struct err e = {0};

	f->now_ns = 1;
	r->config = (struct probe_config){.name = "fine",
		.station = "here",
		.dir = f->folder.dir,
		.clock = &f->clock,
		.interval_ns = w->interval_ns,
		.fine_interval_ns = w->fine_ns,
		.timeout_ns = w->timeout_ns,
		.targets = f->targets,
		.target_count = w->targets};
	CU_ASSERT_FATAL(
		fact_log_open(&r->config.log, f->folder.dir, "here-fine", &f->clock, &e) == 0);
	CU_ASSERT_FATAL(record_ring_init(&r->ring, ring_size) == 0);
	CU_ASSERT_FATAL(recorder_init(&r->recorder, &r->config, "burst", &e) == 0);
}

/* Ends the recording and reads its facts. */
static void recording_end(struct recording *r, struct fleet *f)
{
	struct err e = {0};

	recorder_finish(&r->recorder);
	recorder_release(&r->recorder);
	record_ring_release(&r->ring);
	CU_ASSERT_FATAL(fact_log_close(r->config.log, "done", &e) == 0);
	fact_folder_read(&f->folder);
	CU_ASSERT_EQUAL_FATAL(f->folder.t->series_count, f->setting->targets);
}

static void record(struct fleet *f, uint64_t *random)
{
	struct recording r;
	int64_t take_ns = 0;

	recording_begin(&r, f, 131072);
	for (size_t i = 0; i < f->event_count; i++) {
		if (f->events[i].ns > take_ns) {
			f->now_ns = f->events[i].ns;
			recorder_take(&r.recorder, &r.ring);
			take_ns = f->now_ns + between(random, 0, 300 * MS);
		}
		record_put(&r.ring, &f->events[i]);
	}
	f->now_ns = LENGTH_NS;
	recorder_take(&r.recorder, &r.ring);
	recording_end(&r, f);
	CU_ASSERT_EQUAL(f->folder.t->note_count, 0);
}

/* Target numbers with a hole, as if another probe had the numbers between. */
static void name_targets(struct probe_target *targets, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		targets[i].number = (unsigned)(i < 3 ? i + 7 : i + 1000);
		snprintf(targets[i].name, sizeof(targets[i].name), "t%zu", i);
	}
}

/* A fleet without truth, in an empty folder. */
static void fleet_open(struct fleet *f, const struct setting *w)
{
	*f = (struct fleet){.setting = w};
	f->clock = (struct clock){.mono_ns = fleet_mono, .utc_ns = fleet_utc, .ctx = f};
	fact_folder_make(&f->folder);
	f->targets = calloc(w->targets, sizeof(*f->targets));
	CU_ASSERT_PTR_NOT_NULL_FATAL(f->targets);
	name_targets(f->targets, w->targets);
}

static void fleet_close(struct fleet *f)
{
	free(f->targets);
	fact_folder_remove(&f->folder);
}

/* A fleet with outages, and the facts of its probes. */
static void fleet_make(struct fleet *f, const struct setting *w, uint64_t seed)
{
	fleet_open(f, w);
	f->members = calloc(w->targets, sizeof(*f->members));
	CU_ASSERT_PTR_NOT_NULL_FATAL(f->members);
	for (size_t i = 0; i < w->targets; i++)
		make_member(f, i, &seed);
	qsort(f->events, f->event_count, sizeof(*f->events), by_time);
	record(f, &seed);
}

static void fleet_free(struct fleet *f)
{
	for (size_t i = 0; i < f->setting->targets; i++)
		free(f->members[i].whole.records);
	free(f->members);
	free(f->events);
	fleet_close(f);
}

struct gap_counts {
	unsigned outside, narrow, false_gaps, wide, gaps, exact;
};

/*
 * Compares gaps from spans (a) with those from single probes (b): a's are equal or wider. One is
 * wider only if a span was split because a probe was answered in time after its time-out line.
 */
static void compare(const struct gaps *a, const struct gaps *b, struct gap_counts *counts)
{
	counts->gaps += (unsigned)a->count;
	counts->narrow += a->count != b->count || llabs((int64_t)(a->probes - b->probes)) > 2 ||
			  a->unseen_hi_ns < b->unseen_hi_ns;
	for (size_t i = 0; i < a->count && i < b->count; i++) {
		const struct gap *x = &a->gap[i], *y = &b->gap[i];

		counts->narrow += x->a_ns > y->a_ns || x->l1_ns < y->l1_ns || x->ln_ns > y->ln_ns ||
				  x->r_ns < y->r_ns || x->lost != y->lost || x->late != y->late;
		counts->exact += x->a_ns == y->a_ns && x->l1_ns == y->l1_ns &&
				 x->ln_ns == y->ln_ns && x->r_ns == y->r_ns;
	}
}

/* A slow spell's blackout ends with the spell or with the first late answer, if that is earlier. */
static int64_t truth_of(const struct outage *o)
{
	int64_t length_ns = o->to_ns - o->from_ns;

	return o->mode == SLOW && o->extra_ns < length_ns ? o->extra_ns : length_ns;
}

static void check_outage(const struct fleet *f, const struct series *s, const struct member *m,
	const struct outage *o, struct gap_counts *counts)
{
	int64_t from_ns = o->from_ns - S, to_ns = o->to_ns + o->extra_ns + S, unseen_ns;
	struct baseline b, whole;
	struct interval longest;
	struct gaps gaps, single;

	baseline_of(s, 0, QUIET_NS, INT64_MAX, &b);
	baseline_of(&m->whole, 0, QUIET_NS, INT64_MAX, &whole);
	CU_ASSERT_EQUAL(b.fastest_ns, whole.fastest_ns);
	CU_ASSERT(llabs((int64_t)(b.probes - whole.probes)) <= 1);
	CU_ASSERT(b.lost == 0 && b.timeout_ns == f->setting->timeout_ns);
	gaps_find(s, &b, from_ns, to_ns, &gaps);
	gaps_find(&m->whole, &b, from_ns, to_ns, &single);
	longest = gaps_longest(&gaps, false);
	/* The baseline is short, so its p99 may miss some of the spread (docs/accuracy.md). */
	unseen_ns = 2 * f->setting->path.jitter_ns - b.jitter_ns;
	counts->outside +=
		truth_of(o) < longest.lo_ns - ns_max(unseen_ns, 0) || truth_of(o) > longest.hi_ns;
	compare(&gaps, &single, counts);
	counts->narrow += gaps_lost_in_a_row(s, &b, from_ns, to_ns) !=
			  gaps_lost_in_a_row(&m->whole, &b, from_ns, to_ns);
	gaps_release(&gaps);
	gaps_release(&single);
	/* No gap before the outage; the unseen silence is no longer than the probes allow. */
	gaps_find(s, &b, from_ns - S, from_ns, &gaps);
	counts->false_gaps += gaps.count > 0;
	counts->wide += gaps.unseen_hi_ns > f->setting->interval_ns + 10 * MS;
	gaps_release(&gaps);
}

static const struct series *series_named(const struct timeline *t, size_t i)
{
	char name[32];

	snprintf(name, sizeof(name), "t%zu", i);
	return strcmp(t->series[i].target, name) == 0 ? &t->series[i] : NULL;
}

static const struct setting settings[] = {
	/* Histograms; quantiles; spans at the finer interval only, of few and many probes; both. */
	{120, 100 * MS, 0, 100 * MS, {100000, 150000, 400000}},
	{12, 10 * MS, 0, 50 * MS, {100000, 150000, 400000}},
	{8, 10 * MS, 500000, 50 * MS, {100000, 150000, 100000}},
	{110, 200 * MS, 2 * MS, 200 * MS, {100000, 150000, 400000}},
	{130, 100 * MS, 5 * MS, 100 * MS, {100000, 150000, 400000}},
};

static void test_gaps_of_a_fleet(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(settings); i++) {
		struct gap_counts counts = {0};
		struct fleet f;

		fleet_make(&f, &settings[i], 41 + i);
		for (size_t k = 0; k < settings[i].targets; k++) {
			const struct series *s = series_named(f.folder.t, k);

			CU_ASSERT_PTR_NOT_NULL_FATAL(s);
			for (size_t j = 0; j < f.members[k].outage_count; j++)
				check_outage(
					&f, s, &f.members[k], &f.members[k].outages[j], &counts);
		}
		CU_ASSERT(counts.gaps > settings[i].targets);
		if (counts.outside || counts.narrow || counts.false_gaps || counts.wide)
			fprintf(stderr,
				"\n  setting %zu: %u gaps, %u exact, %u outside, %u "
				"narrower or others, %u false, %u wide\n",
				i, counts.gaps, counts.exact, counts.outside, counts.narrow,
				counts.false_gaps, counts.wide);
		CU_ASSERT(counts.exact >= counts.gaps - counts.gaps / 20);
		CU_ASSERT_EQUAL(counts.outside, 0);
		CU_ASSERT_EQUAL(counts.narrow, 0);
		CU_ASSERT_EQUAL(counts.false_gaps, 0);
		CU_ASSERT_EQUAL(counts.wide, 0);
		fleet_free(&f);
	}
}

/* The folder of a killed station: few round trips of its answers are known. */
static void test_unknown_round_trips(void)
{
	struct probe_record records[] = {{.sent_ns = 0, .arrival_ns = MS},
		{.sent_ns = 100 * MS, .arrival_ns = 200 * MS, .span = 1, .summarised = true}};
	struct record_span span = {
		.last_ns = 10 * S, .count = 100, .silence_ns = 110 * MS, .silence_from_ns = 3 * S};
	struct trip_summary summary = {.from_ns = 100 * MS,
		.to_ns = 6 * S,
		.count = 60,
		.fastest_ns = MS,
		.median_ns = 2 * MS,
		.p99_ns = 4 * MS,
		.p999_ns = 5 * MS};
	struct series s = {.kind = PROBE_BURST,
		.interval_ns = 100 * MS,
		.timeout_ns = 100 * MS,
		.end_ns = 11 * S,
		.records = records,
		.count = 2,
		.spans = &span,
		.span_count = 1,
		.summaries = &summary};
	struct baseline b;
	struct gaps gaps;

	baseline_of_whole(&s, &b);
	CU_ASSERT(b.probes == 101 && b.lost == 0);
	CU_ASSERT(!b.trips_known && b.jitter_ns == 100 * MS);
	s.summary_count = 1;
	baseline_of_whole(&s, &b);
	CU_ASSERT(b.trips_known && b.jitter_ns == 3 * MS * 140 / 100);
	gaps_find(&s, &b, 0, INT64_MAX, &gaps);
	CU_ASSERT(gaps.count == 0 && gaps.probes == 101);
	/* Exact but for the fastest round trip, which is 1 ms below the median. */
	CU_ASSERT(gaps.unseen_hi_ns > 109 * MS && gaps.unseen_hi_ns <= 110 * MS);
	CU_ASSERT(gaps.unseen_from_ns == 3 * S);
	gaps_release(&gaps);
}

static void test_histogram(void)
{
	uint64_t counts[HISTOGRAM_BUCKETS] = {0};

	CU_ASSERT_EQUAL(histogram_bucket(0), 0);
	CU_ASSERT_EQUAL(histogram_bucket(1023), 0);
	CU_ASSERT_EQUAL(histogram_bucket(1024), 1);
	CU_ASSERT_EQUAL(histogram_bucket(INT64_MAX), HISTOGRAM_BUCKETS - 1);
	for (size_t i = 0; i < HISTOGRAM_BUCKETS - 1; i++) {
		CU_ASSERT_EQUAL(histogram_bucket(histogram_bucket_max(i)), i);
		CU_ASSERT_EQUAL(histogram_bucket(histogram_bucket_max(i) + 1), i + 1);
		if (i > 0)
			CU_ASSERT(16 * (histogram_bucket_max(i + 1) - histogram_bucket_max(i)) <=
				  histogram_bucket_max(i + 1) + 1);
	}
	CU_ASSERT(histogram_bucket_max(HISTOGRAM_BUCKETS - 1) > 60 * S);
	CU_ASSERT_EQUAL(histogram_quantile(counts, 0.5), NS_NONE);
	counts[5] = 99;
	counts[7] = 1;
	CU_ASSERT_EQUAL(histogram_quantile(counts, 0.99), histogram_bucket_max(5));
	CU_ASSERT_EQUAL(histogram_quantile(counts, 0.991), histogram_bucket_max(7));
	CU_ASSERT_EQUAL(histogram_quantile(counts, 1), histogram_bucket_max(7));
}

#define ROUNDS 80

/* Every target answers in every round, and the recorder is called after each. */
static void record_rounds(struct recording *r, struct fleet *f)
{
	const struct setting *w = f->setting;

	for (uint64_t seq = 0; seq < ROUNDS; seq++) {
		for (size_t i = 0; i < w->targets; i++)
			record_put(&r->ring, &(struct record){.kind = RECORD_ANSWER,
						     .seq = seq,
						     .target = (uint32_t)i,
						     .sent_ns = (int64_t)seq * w->interval_ns + 1,
						     .ns = (int64_t)seq * w->interval_ns + 1 + MS,
						     .reported_ns = NS_NONE});
		f->now_ns = (int64_t)(seq + 1) * w->interval_ns;
		recorder_take(&r->recorder, &r->ring);
		CU_ASSERT_FATAL(atomic_load(&r->ring.lost) == 0);
	}
}

/* The first probe, the last, and two or three spans between. */
static void check_rounds(const struct series *s)
{
	size_t n = 0;

	for (size_t k = 0; k < s->count; k++)
		n += record_count(s, &s->records[k]);
	CU_ASSERT(n == ROUNDS && s->count >= 4 && s->count <= 5);
	CU_ASSERT(s->summary_count == 1 && s->summaries[0].count == ROUNDS - 2);
	CU_ASSERT(s->summaries[0].fastest_ns == MS && s->summaries[0].p99_ns > MS &&
		  s->summaries[0].p99_ns < MS + MS / 16);
}

/* The recorder writes a fleet's targets in turn, however often it is called. */
static void test_flushes_in_turn(void)
{
	static const struct setting w = {4000, 100 * MS, 0, 100 * MS, {0, 0, 0}};
	struct recording r;
	struct fleet f;
	unsigned open = 0;

	fleet_open(&f, &w);
	recording_begin(&r, &f, record_ring_capacity(w.interval_ns, w.targets));
	CU_ASSERT_FATAL(r.ring.size >= 131072);
	/* A round of 4,000 targets takes 4 s; a second round shows what is still open. */
	record_rounds(&r, &f);
	for (size_t i = 0; i < w.targets; i++)
		open += r.recorder.targets[i].span.ok.n > 40;
	CU_ASSERT_EQUAL(open, 0);
	recording_end(&r, &f);
	for (size_t i = 0; i < w.targets; i++)
		check_rounds(&f.folder.t->series[i]);
	fleet_close(&f);
}

TEST_SUITE(fleet, {"flushes in turn", test_flushes_in_turn},
	{"gaps of a fleet", test_gaps_of_a_fleet}, {"histogram", test_histogram},
	{"unknown round trips", test_unknown_round_trips})
