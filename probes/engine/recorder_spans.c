/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Above 1,000 probes a second, probes are condensed into spans (harness/facts/spans.h). This file
 * decides which probes are condensed, how many round trips a span keeps, and when open spans are
 * written. Nothing is allocated after recorder_spans_init.
 */
#include "probes/engine/internal.h"

#include "harness/base/trip_histogram.h"

#include <stdlib.h>

/* The maximum rate of lines per probe, and of lines of open spans (docs/facts.md). */
#define LINES_A_SECOND 1000
/* Each target's open spans are written this often, less often if there are many targets, … */
#define FLUSH_NS NS_PER_S
/* … but at least this often, which limits what a killed station loses. */
#define FLUSH_MAX_NS (30 * NS_PER_S)
/* With up to this many targets a span has quantiles of its round trips; with more, a histogram. */
#define QUANTILE_TARGETS 100
/* A span keeps the round trips of two seconds at most: it is normally written each second. */
#define TRIPS_NS (2 * NS_PER_S)
#define TRIPS_MIN 16
#define TRIPS_MAX 20000

static bool is_fast(const struct probe_config *config, int64_t interval_ns)
{
	return (int64_t)config->target_count * NS_PER_S > LINES_A_SECOND * interval_ns;
}

static size_t trips_max(const struct probe_config *config)
{
	int64_t interval_ns =
		config->fine_interval_ns > 0 ? config->fine_interval_ns : config->interval_ns;
	int64_t count = TRIPS_NS / interval_ns;

	return (size_t)ns_min(ns_max(count, TRIPS_MIN), TRIPS_MAX);
}

/* Round trips, or histograms of them, for each target. */
static int allocate_trips(struct recorder *recorder)
{
	size_t count = recorder->config->target_count;

	if (count > QUANTILE_TARGETS)
		recorder->buckets = calloc(count * HISTOGRAM_BUCKETS, sizeof(*recorder->buckets));
	else
		recorder->trips_ns =
			calloc(count * recorder->spans.trips_max, sizeof(*recorder->trips_ns));
	return recorder->buckets || recorder->trips_ns ? 0 : -1;
}

int recorder_spans_init(struct recorder *recorder)
{
	const struct probe_config *config = recorder->config;
	struct span_writer *writer = &recorder->spans;

	*writer = (struct span_writer){.log = config->log,
		.interval_ns = config->interval_ns,
		.fine_interval_ns = config->fine_interval_ns,
		.condense = is_fast(config, config->interval_ns),
		.condense_fine =
			config->fine_interval_ns > 0 && is_fast(config, config->fine_interval_ns),
		.trips_max = trips_max(config)};
	recorder->flush_ns = recorder->taken_ns;
	if (recorder_condenses(recorder) && allocate_trips(recorder))
		return -1;
	for (size_t i = 0; i < config->target_count; i++)
		span_series_init(&recorder->targets[i].span, recorder->targets[i].subject,
			recorder->trips_ns ? recorder->trips_ns + i * writer->trips_max : NULL,
			recorder->buckets ? recorder->buckets + i * HISTOGRAM_BUCKETS : NULL);
	return 0;
}

void recorder_spans_release(struct recorder *recorder)
{
	free(recorder->trips_ns);
	free(recorder->buckets);
	recorder->trips_ns = NULL;
	recorder->buckets = NULL;
}

static struct span_probe probe_of(const struct record *r)
{
	return (struct span_probe){.seq = r->seq,
		.sent_ns = r->sent_ns,
		.ns = r->ns,
		.reported_ns = r->reported_ns,
		.pace = r->pace};
}

void recorder_spans_answer(struct recorder *recorder, const struct record *r)
{
	struct span_probe probe = probe_of(r);

	span_add_answer(&recorder->spans, &recorder->targets[r->target].span, &probe);
}

void recorder_spans_unanswered(struct recorder *recorder, const struct record *r)
{
	struct span_probe probe = probe_of(r);

	if (span_add_unanswered(&recorder->spans, &recorder->targets[r->target].span, &probe,
		    r->from_family || r->error))
		record_write(recorder, r);
}

/* The time in which the open spans of all targets are written once. */
static int64_t flush_round_ns(const struct recorder *recorder)
{
	int64_t round_ns = (int64_t)recorder->config->target_count * (NS_PER_S / LINES_A_SECOND);

	if (round_ns < FLUSH_NS)
		return FLUSH_NS;
	return ns_min(round_ns, FLUSH_MAX_NS);
}

void recorder_spans_flush(struct recorder *recorder, int64_t now)
{
	int64_t count = (int64_t)recorder->config->target_count;
	int64_t round_ns = flush_round_ns(recorder);
	int64_t due;

	if (!recorder_condenses(recorder))
		return;
	/* At most one round, however long the station was stalled. */
	if (now - recorder->flush_ns > round_ns)
		recorder->flush_ns = now - round_ns;
	due = (now - recorder->flush_ns) * count / round_ns;
	recorder->flush_ns += due * round_ns / count;
	for (; due > 0; due--) {
		span_flush(&recorder->spans, &recorder->targets[recorder->flush_next].span, now);
		if (++recorder->flush_next == (size_t)count)
			recorder->flush_next = 0;
	}
}

void recorder_spans_finish(struct recorder *recorder)
{
	for (size_t i = 0; i < recorder->config->target_count; i++)
		span_finish(&recorder->spans, &recorder->targets[i].span);
}
