/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Paths whose facts are written by the program's own recorder, which gets records as from an
 * engine: more than 1,000 requests a second to one target, and fleets of more than 100 targets.
 */
#include "probes/engine/recorder.h"
#include "tests/property/lines.h"
#include "tests/property/paths.h"

#include <stdlib.h>
#include <string.h>

#define PROBE_FILE "facts/local-fine.tsv"
/* A ring of this size or less loses records. */
#define RING_SMALL 400
#define FOLDER_FILE "facts/watch.tsv"

/* A record that the engine makes. */
struct event {
	struct record record; /* stamps in true time */
	size_t order;
};

struct fleet {
	struct prober *prober;
	struct probe_target *target;
	size_t targets;
	struct event *event;
	size_t count, capacity;
	int64_t now_ns; /* true time */
	int64_t end_ns; /* true time; nothing is recorded after it */
	bool killed;
	struct clock clock;
	size_t ring_size;
	int64_t take_max_ns; /* maximum time between two drains of the ring */
};

static int64_t fleet_mono_ns(const struct clock *clock)
{
	return ((const struct fleet *)clock->ctx)->now_ns + FACTS_ZERO_NS;
}

static int64_t fleet_utc_ns(const struct clock *clock)
{
	return ((const struct fleet *)clock->ctx)->now_ns + UTC_ZERO_NS;
}

static void add_event(struct fleet *f, struct record r)
{
	if (r.ns > f->end_ns)
		return;
	if (ARRAY_GROW(f->event, f->count, f->capacity))
		abort();
	f->event[f->count] = (struct event){r, f->count};
	f->count++;
}

/* Adds the engine's records of one target's requests. */
static void record_requests(struct fleet *f, size_t target, struct dice *dice)
{
	const struct prober *p = &f->prober[target];

	for (size_t i = 0; i < p->count && p->requests[i].sent_ns <= f->end_ns; i++) {
		const struct request *q = &p->requests[i];
		int64_t out_ns = q->sent_ns + p->timeout_ns;
		struct record r = {.target = (uint32_t)target,
			.seq = i,
			.sent_ns = q->sent_ns,
			.reported_ns = NS_NONE,
			.kind = RECORD_UNANSWERED,
			.ns = out_ns};

		/*
		 * Sometimes an answer in time is read after its time-out, and both are recorded.
		 * Not if one of the two records may be lost before it reaches the file.
		 */
		if (q->answer_ns == NS_NONE || q->answer_ns > out_ns ||
			(!f->killed && f->ring_size > RING_SMALL && dice_chance(dice, 1)))
			add_event(f, r);
		r.kind = RECORD_ANSWER;
		r.ns = q->answer_ns;
		if (q->answer_ns != NS_NONE)
			add_event(f, r);
		r.kind = RECORD_DUPLICATE;
		r.ns += dice_between(dice, 0, NS_PER_MS);
		if (q->answer_ns != NS_NONE && dice_chance(dice, 1))
			add_event(f, r);
	}
}

/* Adds the engine's records of its pauses; some pauses get none. */
static void record_pauses(struct fleet *f, struct dice *dice)
{
	const struct prober *p = &f->prober[0];

	for (size_t i = 0; i < p->pause_count; i++) {
		int64_t from_ns = p->requests[p->pauses[i].before - 1].sent_ns + p->pace_ns;
		int64_t to_ns = p->requests[p->pauses[i].before].sent_ns;

		if (dice_chance(dice, 70) && to_ns > from_ns)
			add_event(f, (struct record){.kind = RECORD_LATE_TICK,
					     .ns = to_ns,
					     .sent_ns = from_ns,
					     .seq = (uint64_t)(to_ns - from_ns)});
	}
}

static int by_moment(const void *a, const void *b)
{
	const struct event *x = a, *y = b;

	if (x->record.ns != y->record.ns)
		return x->record.ns < y->record.ns ? -1 : 1;
	return x->order < y->order ? -1 : 1;
}

static struct record on_axis(const struct record *r)
{
	struct record record = *r;

	record.ns += FACTS_ZERO_NS;
	record.sent_ns += FACTS_ZERO_NS;
	return record;
}

/* Puts all events into the ring; the recorder takes them out at random moments. */
static void feed(
	struct fleet *f, struct recorder *recorder, struct fact_log *log, struct dice *dice)
{
	struct record_ring ring;
	int64_t take_ns = f->now_ns;

	if (record_ring_init(&ring, f->ring_size))
		abort();
	for (size_t i = 0; i < f->count; i++) {
		const struct record r = on_axis(&f->event[i].record);

		if (f->event[i].record.ns > take_ns) {
			f->now_ns = f->event[i].record.ns;
			recorder_take(recorder, &ring);
			fact_log_tick(log);
			take_ns = f->now_ns + dice_between(dice, 0, f->take_max_ns);
		}
		record_put(&ring, &r);
	}
	f->now_ns = f->end_ns;
	if (!f->killed || dice_chance(dice, 50)) {
		recorder_take(recorder, &ring);
		fact_log_tick(log);
	}
	record_ring_release(&ring);
}

/* Writes the probe's file; for a killed probe, as much of it as had reached the disk. */
static void write_probe(struct fleet *f, const struct trial *t)
{
	struct probe_config config = {.name = "fine",
		.station = "local",
		.dir = t->scratch->dir,
		.clock = &f->clock,
		.interval_ns = f->prober[0].pace_ns,
		.timeout_ns = f->prober[0].timeout_ns,
		.targets = f->target,
		.target_count = f->targets};
	struct recorder recorder;
	struct err e = {0};
	char *left = NULL;
	size_t size = 0;

	if (fact_log_open(&config.log, t->scratch->dir, "local-fine", &f->clock, &e) ||
		recorder_init(&recorder, &config, "burst", &e)) {
		fprintf(stderr, "%s\n", e.text);
		abort();
	}
	feed(f, &recorder, config.log, t->dice);
	if (f->killed)
		left = scratch_get(t->scratch, PROBE_FILE, &size);
	recorder_finish(&recorder);
	recorder_release(&recorder);
	if (fact_log_close(config.log, "done", &e))
		abort();
	if (left && size && dice_chance(t->dice, 50))
		size -= (size_t)dice_between(t->dice, 0, (int64_t)size / 3);
	if (left)
		scratch_put(t->scratch, PROBE_FILE, left, size);
	free(left);
}

static struct request *find(void *ctx, unsigned subject, unsigned segment, int64_t seq)
{
	struct fleet *f = ctx;

	for (size_t i = 0; segment == 0 && i < f->targets; i++)
		if (f->target[i].number == subject && seq >= 0 && seq < (int64_t)f->prober[i].count)
			return &f->prober[i].requests[seq];
	return NULL;
}

static int64_t read_back(struct fleet *f, const struct trial *t, const char *name)
{
	size_t size;
	char *text = scratch_get(t->scratch, name, &size);
	int64_t last_ns = lines_seen(text, size, find, f);

	free(text);
	return last_ns == NS_NONE ? NS_NONE : last_ns - FACTS_ZERO_NS;
}

/* Writes the folder's own facts. */
static void put_folder(const struct fleet *f, const struct trial *t)
{
	int64_t begin_ns = f->prober[0].requests[0].sent_ns - NS_PER_MS, end_ns = f->end_ns;
	struct lines lines = {0};
	const struct axis axis = {0};
	size_t size;
	char *text;

	if (f->killed && dice_chance(t->dice, 60))
		end_ns += dice_log(t->dice, 1, 10 * NS_PER_S);
	lines_clock(&lines, &axis, "b1", begin_ns, end_ns);
	lines_put(&lines, axis_stamp(&axis, begin_ns), "watch\t-\tbound=none\tcommand=probe");
	if (!f->killed || dice_chance(t->dice, 50)) {
		lines_put(&lines, axis_stamp(&axis, end_ns), "folder\t-\tstate=complete");
		lines_put(&lines, axis_stamp(&axis, end_ns), "end\t-\treason=done");
	}
	text = lines_text(&lines, true, &size);
	scratch_put(t->scratch, FOLDER_FILE, text, size);
	free(text);
	lines_free(&lines);
}

static int64_t last_seen(const struct prober *p)
{
	int64_t last_ns = p->requests[0].sent_ns;

	for (size_t i = 0; i < p->count; i++)
		if (p->requests[i].seen)
			last_ns = p->requests[i].sent_ns;
	return last_ns;
}

/* True if the time-outs of all lost requests had run out at the end. */
static bool all_decided(const struct prober *p, int64_t end_ns)
{
	const struct outage *last = p->outage_count ? &p->outages[p->outage_count - 1] : NULL;

	return !last || last->to_ns < end_ns - p->timeout_ns;
}

static void judge(struct fleet *f, struct trial *t)
{
	struct claim *claims = calloc(f->targets, sizeof(*claims));
	int64_t last_ns, folder_ns;

	if (!claims)
		abort();
	for (size_t i = 0; i < f->targets; i++)
		prober_forget(&f->prober[i]);
	last_ns = read_back(f, t, PROBE_FILE);
	folder_ns = read_back(f, t, FOLDER_FILE);
	folder_ns = ns_max(folder_ns, last_ns);
	for (size_t i = 0; i < f->targets; i++) {
		struct observed w = prober_observed(&f->prober[i]);

		w.to_ns = f->killed ? folder_ns : NS_NONE;
		claims[i] = claim_of(&f->prober[i], &w, f->target[i].name, f->end_ns);
		claims[i].undisturbed &= !f->killed && f->ring_size > RING_SMALL &&
					 all_decided(&f->prober[i], f->end_ns);
		claims[i].tail_ns = f->end_ns - last_seen(&f->prober[i]);
	}
	trial_note(t, "  %zu targets, ring %zu, taken each %.6f s at most%s\n", f->targets,
		f->ring_size, (double)f->take_max_ns / 1e9, f->killed ? ", killed" : "");
	if (f->killed)
		trial_note(t, "  last stamp of its file %.9f s, of the folder %.9f s\n",
			(double)last_ns / 1e9, (double)folder_ns / 1e9);
	standalone_check(t, claims, f->targets);
	free(claims);
}

/* Numbers the targets with a gap, as if another probe had targets, too. */
static void name_targets(struct fleet *f)
{
	for (size_t i = 0; i < f->targets; i++) {
		f->target[i].number = (unsigned)(i < 3 ? i + 7 : i + 1000);
		snprintf(f->target[i].name, sizeof(f->target[i].name), "t%zu", i);
		snprintf(f->target[i].address, sizeof(f->target[i].address), "10.0.%zu.%zu",
			i / 250, i % 250 + 1);
	}
}

static void carry_out(struct trial *t, struct series_spec *spec, size_t targets)
{
	struct fleet f = {.targets = targets,
		.killed = dice_chance(t->dice, 25),
		.ring_size = 131072,
		.take_max_ns = dice_log(t->dice, NS_PER_MS, NS_PER_S)};
	const struct prober *p;

	f.clock = (struct clock){
		.mono_ns = fleet_mono_ns, .utc_ns = fleet_utc_ns, .ctx = &f, .boot = "b1"};
	f.prober = calloc(targets, sizeof(*f.prober));
	f.target = calloc(targets, sizeof(*f.target));
	if (!f.prober || !f.target)
		abort();
	for (size_t i = 0; i < targets; i++) {
		prober_make(&f.prober[i], spec, t->dice);
		spec->pauses = f.prober[0].pauses;
		spec->pause_count = f.prober[0].pause_count;
	}
	name_targets(&f);
	p = &f.prober[0];
	f.now_ns = p->requests[0].sent_ns - spec->pace_ns - NS_PER_MS;
	f.end_ns = p->requests[p->count - 1].sent_ns +
		   (dice_chance(t->dice, 30) ? dice_between(t->dice, p->pace_ns,
						       3 * p->timeout_ns + 10 * p->pace_ns)
					     : dice_between(t->dice, 0, p->pace_ns));
	if (f.killed)
		f.end_ns = dice_between(t->dice, p->requests[p->count / 4].sent_ns, f.end_ns);
	/*
	 * A ring must lose more than a millisecond of requests, or the steps around the loss count
	 * as regular.
	 */
	if (targets > 1 && dice_chance(t->dice, 15))
		f.ring_size = (size_t)dice_log(t->dice, 8, RING_SMALL);
	for (size_t i = 0; i < targets; i++)
		record_requests(&f, i, t->dice);
	record_pauses(&f, t->dice);
	if (f.count)
		qsort(f.event, f.count, sizeof(*f.event), by_moment);
	write_probe(&f, t);
	put_folder(&f, t);
	judge(&f, t);
	for (size_t i = 0; i < targets; i++)
		prober_free(&f.prober[i]);
	free(f.prober);
	free(f.target);
	free(f.event);
}

static struct series_spec draw_spec(struct dice *dice, int64_t pace_ns, int64_t count_max)
{
	int64_t timeout_ns = ns_max(pace_ns, 50 * NS_PER_MS);

	return (struct series_spec){.pace_ns = pace_ns,
		.timeout_ns = timeout_ns,
		.count = (size_t)dice_log(dice, 60, count_max),
		.first_ns = NS_PER_S,
		.pauses_max = dice_chance(dice, 50) ? 3 : 0,
		.outages_max = 3,
		.holds = true,
		.blips = true,
		.trip_max_ns = timeout_ns * 4 / 10,
		.grain_ns = 1};
}

void path_fast(struct trial *t)
{
	struct series_spec spec =
		draw_spec(t->dice, dice_log(t->dice, 100 * NS_PER_US, 950 * NS_PER_US), 3000);

	carry_out(t, &spec, 1);
}

void path_fleet(struct trial *t)
{
	struct series_spec spec =
		draw_spec(t->dice, dice_log(t->dice, 20 * NS_PER_MS, 100 * NS_PER_MS), 150);

	carry_out(t, &spec, (size_t)dice_between(t->dice, 101, 150));
}
