/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Above 1,000 probes a second: runs of probes with one fate in one line. What the bounds of a gap
 * rest on stays exact: the last answer before and the first after each disturbance have lines of
 * their own, a run's line has its first and last send, and of a run of answers the longest
 * silence between them that the answers leave room for. After runs_open nothing is allocated.
 */
#include "probes/record_run.h"

#include "harness/histogram.h"

#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A line a probe up to this many a second, runs above; and no more lines of open runs (docs/facts.md). */
#define LINES_A_SECOND 1000
/* Each open run is written once in this time, longer with so many targets, but … */
#define FLUSH_NS NS_PER_S
/* … at the latest after this: a killed station loses no more. */
#define FLUSH_MOST_NS (30 * NS_PER_S)
/* Up to so many targets a run's line has the quantiles of its own round trips, above the targets have
 * histograms. */
#define QUANTILE_TARGETS 100
/* Round trips of a run: two seconds of them, as a run is written each second. */
#define TRIPS_NS (2 * NS_PER_S)
#define TRIPS_LEAST 16
#define TRIPS_MOST 20000
/* A histogram a minute. */
#define HISTOGRAM_NS (60 * NS_PER_S)

static bool fast(const struct probe_config *config, int64_t interval_ns)
{
	return (int64_t)config->target_count * NS_PER_S > LINES_A_SECOND * interval_ns;
}

static int make_trips(struct recorder *recorder)
{
	const struct probe_config *config = recorder->config;
	int64_t interval_ns = config->fine_interval_ns > 0 ? config->fine_interval_ns
							   : config->interval_ns;
	int64_t room = TRIPS_NS / interval_ns;

	room = room < TRIPS_LEAST ? TRIPS_LEAST : room > TRIPS_MOST ? TRIPS_MOST : room;
	recorder->trip_room = (size_t)room;
	recorder->trips_ns = calloc(config->target_count * recorder->trip_room,
		sizeof(*recorder->trips_ns));
	for (size_t i = 0; recorder->trips_ns && i < config->target_count; i++)
		recorder->targets[i].trips_ns = recorder->trips_ns + i * recorder->trip_room;
	return recorder->trips_ns ? 0 : -1;
}

static int make_buckets(struct recorder *recorder)
{
	size_t count = recorder->config->target_count;

	recorder->buckets = calloc(count * HISTOGRAM_BUCKETS, sizeof(*recorder->buckets));
	for (size_t i = 0; recorder->buckets && i < count; i++)
		recorder->targets[i].buckets = recorder->buckets + i * HISTOGRAM_BUCKETS;
	return recorder->buckets ? 0 : -1;
}

int runs_open(struct recorder *recorder)
{
	const struct probe_config *config = recorder->config;

	for (size_t i = 0; i < config->target_count; i++)
		recorder->targets[i].newest.ns = recorder->targets[i].newest_lost.ns = NS_NONE;
	recorder->condense = fast(config, config->interval_ns);
	recorder->condense_fine =
		config->fine_interval_ns > 0 && fast(config, config->fine_interval_ns);
	recorder->flush_ns = recorder->taken_ns;
	if (!runs_made(recorder))
		return 0;
	return config->target_count > QUANTILE_TARGETS ? make_buckets(recorder)
						       : make_trips(recorder);
}

void runs_close(struct recorder *recorder)
{
	free(recorder->trips_ns);
	free(recorder->buckets);
	recorder->trips_ns = NULL;
	recorder->buckets = NULL;
}

/* The planned interval that a step from one send to the next belongs to. */
static int64_t pace_of(const struct probe_config *config, int64_t step_ns)
{
	int64_t fine_ns = config->fine_interval_ns;

	return fine_ns > 0 && step_ns < (fine_ns + config->interval_ns) / 2 ? fine_ns
									    : config->interval_ns;
}

/* Whether a probe, the next by number, keeps the run evenly spread. */
static bool keeps_pace(const struct recorder *recorder, struct record_run *run,
	const struct record_mark *mark)
{
	int64_t sent_ns = mark->sent_ns;
	int64_t pace_ns = pace_of(recorder->config, sent_ns - run->to_ns);

	if (run->n == 1)
		run->pace_ns = pace_ns;
	return mark->pace == run->pace && pace_ns == run->pace_ns &&
		llabs(sent_ns - run->from_ns - (int64_t)run->n * pace_ns) <=
		pace_ns / 2 + RUN_UNEVEN_NS;
}

static void run_add(struct record_run *run, const struct record_mark *mark)
{
	if (!run->n++) {
		run->first = mark->seq;
		run->from_ns = mark->sent_ns;
		run->pace = mark->pace;
	}
	run->to_ns = mark->sent_ns;
	run->ns = mark->ns;
}

static struct record_mark mark_of(const struct record *r)
{
	return (struct record_mark){r->seq, r->sent_ns, r->ns, r->pace};
}

static int64_t trip_quantile(const struct recorder_target *target, double f)
{
	return llround(gsl_stats_quantile_from_sorted_data(target->trips_ns, 1, target->ok.n, f));
}

static void write_ok(struct recorder *recorder, struct recorder_target *target)
{
	const struct record_run *run = &target->ok;
	struct fact_field fields[10] = {FI("first", run->first), FI("n", run->n),
		FI("from", run->from_ns), FI("to", run->to_ns)};
	size_t count = 4;

	if (!run->n)
		return;
	if (target->trips_ns) {
		gsl_sort(target->trips_ns, 1, run->n);
		fields[count++] = (struct fact_field)FI("fastest", target->trips_ns[0]);
		fields[count++] = (struct fact_field)FI("median", trip_quantile(target, 0.5));
		fields[count++] = (struct fact_field)FI("p99", trip_quantile(target, 0.99));
		fields[count++] = (struct fact_field)FI("p999", trip_quantile(target, 0.999));
	}
	fields[count++] = (struct fact_field)FI("silence", target->silence_ns);
	fields[count++] = (struct fact_field)FI("after", target->silence_from_ns);
	fact_write(recorder->config->log, run->ns, "ok", target->subject, fields, count);
	target->ok.n = 0;
}

static void write_lost(struct recorder *recorder, struct recorder_target *target)
{
	struct record_run *run = &target->lost;

	if (run->n)
		FACT(recorder->config->log, run->ns, "lost", target->subject,
			FI("first", run->first), FI("n", run->n), FI("from", run->from_ns),
			FI("to", run->to_ns));
	run->n = 0;
}

static void write_trips(struct recorder *recorder, struct recorder_target *target)
{
	const struct record_run *counted = &target->counted;
	char text[HISTOGRAM_BUCKETS * sizeof("999:65535,")];
	size_t length = 0;

	if (!counted->n)
		return;
	for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++)
		if (target->buckets[i])
			length += (size_t)snprintf(text + length, sizeof(text) - length,
				"%s%zu:%u", length ? "," : "", i, target->buckets[i]);
	FACT(recorder->config->log, counted->ns, "trips", target->subject, FI("n", counted->n),
		FI("from", counted->from_ns), FI("to", counted->to_ns),
		FI("fastest", target->counted_fastest_ns), FS("buckets", text));
	memset(target->buckets, 0, HISTOGRAM_BUCKETS * sizeof(*target->buckets));
	target->counted.n = 0;
}

static void count_trip(struct recorder *recorder, struct recorder_target *target)
{
	int64_t trip_ns = target->newest.ns - target->newest.sent_ns;
	uint16_t *bucket = &target->buckets[histogram_bucket(trip_ns)];

	if (*bucket == UINT16_MAX)
		write_trips(recorder, target);
	++*bucket;
	if (!target->counted.n || trip_ns < target->counted_fastest_ns)
		target->counted_fastest_ns = trip_ns;
	run_add(&target->counted, &target->newest);
}

/* The answer that was held back joins the run: another came after it. */
static void join_newest(struct recorder *recorder, struct recorder_target *target)
{
	struct record_run *run = &target->ok;
	const struct record_mark *newest = &target->newest;
	int64_t silence_ns = newest->ns - target->before_ns;

	if (run->n && (!keeps_pace(recorder, run, newest) ||
			(target->trips_ns && run->n == recorder->trip_room)))
		write_ok(recorder, target);
	if (!run->n || silence_ns > target->silence_ns) {
		target->silence_ns = silence_ns;
		target->silence_from_ns = target->before_ns;
	}
	run_add(run, newest);
	if (target->buckets)
		count_trip(recorder, target);
	else
		target->trips_ns[run->n - 1] = (double)(newest->ns - newest->sent_ns);
}

/* Ends the run of answers: its last one stands singly, as the last before whatever ended it. */
static void end_ok(struct recorder *recorder, struct recorder_target *target)
{
	const struct record_mark *newest = &target->newest;

	write_ok(recorder, target);
	if (target->held)
		record_write_answer(recorder, &(struct record){.ns = newest->ns,
			.sent_ns = newest->sent_ns, .seq = newest->seq,
			.target = (uint32_t)(target - recorder->targets),
			.reported_ns = NS_NONE});
	target->held = false;
}

/* Whether a probe is part of a run: it follows the one before it, at a pace that is condensed. */
static bool follows(const struct recorder *recorder, const struct record_mark *before,
	const struct record *r)
{
	if (before->ns == NS_NONE || r->seq != before->seq + 1)
		return false;
	return recorder->condense || (recorder->condense_fine &&
		pace_of(recorder->config, r->sent_ns - before->sent_ns) !=
			recorder->config->interval_ns);
}

void runs_answer(struct recorder *recorder, const struct record *r)
{
	struct recorder_target *target = &recorder->targets[r->target];

	if (follows(recorder, &target->newest, r)) {
		if (target->held)
			join_newest(recorder, target);
		target->before_ns = target->newest.sent_ns;
		target->held = true;
	} else {
		end_ok(recorder, target);
		/* The first after a disturbance stands singly; the run begins with the next. */
		record_write_answer(recorder, r);
	}
	target->newest = mark_of(r);
}

void runs_unanswered(struct recorder *recorder, const struct record *r)
{
	struct recorder_target *target = &recorder->targets[r->target];
	struct record_run *run = &target->lost;
	bool single = r->from_family || r->error ||
		(!recorder->condense && !follows(recorder, &target->newest_lost, r));
	struct record_mark mark = mark_of(r);

	if (run->n && (single || r->seq != run->first + run->n ||
			!keeps_pace(recorder, run, &mark)))
		write_lost(recorder, target);
	if (single)
		record_write_unanswered(recorder, r);
	else
		run_add(run, &mark);
	target->newest_lost = mark;
}

/* How long all targets take to have their turn. */
static int64_t flush_round_ns(const struct recorder *recorder)
{
	int64_t round_ns =
		(int64_t)recorder->config->target_count * (NS_PER_S / LINES_A_SECOND);

	if (round_ns < FLUSH_NS)
		return FLUSH_NS;
	return round_ns < FLUSH_MOST_NS ? round_ns : FLUSH_MOST_NS;
}

void runs_flush(struct recorder *recorder, int64_t now)
{
	int64_t count = (int64_t)recorder->config->target_count;
	int64_t round_ns = flush_round_ns(recorder);
	int64_t due;

	if (!runs_made(recorder))
		return;
	/* One round at the most, however long the station slept. */
	if (now - recorder->flush_ns > round_ns)
		recorder->flush_ns = now - round_ns;
	due = (now - recorder->flush_ns) * count / round_ns;
	recorder->flush_ns += due * round_ns / count;
	for (; due > 0; due--) {
		struct recorder_target *target = &recorder->targets[recorder->flush_next];

		write_ok(recorder, target);
		write_lost(recorder, target);
		if (target->counted.n && now - target->counted.from_ns >= HISTOGRAM_NS)
			write_trips(recorder, target);
		if (++recorder->flush_next == (size_t)count)
			recorder->flush_next = 0;
	}
}

void runs_finish(struct recorder *recorder)
{
	for (size_t i = 0; i < recorder->config->target_count; i++) {
		struct recorder_target *target = &recorder->targets[i];

		end_ok(recorder, target);
		write_lost(recorder, target);
		if (target->buckets)
			write_trips(recorder, target);
	}
}
