/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The first pass: finds the flows of a capture. See echo_flows.h. */
#include "harness/packet/internal.h"

#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics.h>
#include <stdlib.h>
#include <string.h>

#define TIMEOUT_MIN_NS (50 * NS_PER_MS)
/* A pause ends an identifier's burst if it is longer than this time and than this many paces. */
#define BURST_PAUSE_NS (10 * NS_PER_S)
#define BURST_PAUSE_STEPS 20
#define MEDIAN 0.5
#define QUARTILE 0.25
#define IDENTS_MAX (4 * FLOWS_MAX)
/* The maximum number of flows of one pair, from identifiers that overlap in time. */
#define OVERLAP_MAX 256

/* Replaces a table by an empty one of twice the size, which the caller fills. Returns 0 or -1. */
static int table_grow(size_t **table, size_t *size)
{
	size_t larger = *size ? *size * 2 : 64;
	size_t *grown = calloc(larger, sizeof(*grown));

	if (!grown)
		return -1;
	free(*table);
	*table = grown;
	*size = larger;
	return 0;
}

/* Finds or adds the pair of a request; NULL: out of memory. */
static struct flow_pair *pair_add(struct flows *flows, const struct frame *frame, int64_t utc_ns)
{
	struct flow_pair *pair = flow_pair_of(flows, frame);

	if (pair)
		return pair;
	if (ARRAY_GROW(flows->pairs, flows->pair_count, flows->pair_capacity))
		return NULL;
	if (flows->pair_count * 2 >= flows->pair_table_size) {
		if (table_grow(&flows->pair_table, &flows->pair_table_size))
			return NULL;
		for (size_t i = 0; i < flows->pair_count; i++)
			flows->pair_table[flow_pair_bucket(
				flows, &flows->pairs[i].prober, &flows->pairs[i].target)] = i + 1;
	}
	pair = &flows->pairs[flows->pair_count++];
	*pair = (struct flow_pair){.prober = frame->request_from,
		.target = frame->request_to,
		.first_ns = utc_ns,
		.ttl_min = UINT8_MAX};
	flows->pair_table[flow_pair_bucket(flows, &pair->prober, &pair->target)] =
		flows->pair_count;
	return pair;
}

static struct flow_ident *ident_add(struct flows *flows, size_t pair, uint16_t number)
{
	struct flow_ident *ident;

	if (ARRAY_GROW(flows->idents, flows->ident_count, flows->ident_capacity))
		return NULL;
	if (flows->ident_count * 2 >= flows->ident_table_size) {
		if (table_grow(&flows->ident_table, &flows->ident_table_size))
			return NULL;
		for (size_t i = 0; i < flows->ident_count; i++)
			flows->ident_table[flow_ident_bucket(
				flows, flows->idents[i].pair, flows->idents[i].ident)] = i + 1;
	}
	ident = &flows->idents[flows->ident_count++];
	*ident = (struct flow_ident){
		.pair = pair, .ident = number, .first_burst = SIZE_MAX, .last_burst = SIZE_MAX};
	flows->ident_table[flow_ident_bucket(flows, pair, number)] = flows->ident_count;
	return ident;
}

static int note_request_step(struct flow_request_steps *steps, bool first, int64_t utc_ns)
{
	if (!first && steps->count < FLOW_REQUEST_STEPS) {
		if (!steps->step_ns &&
			!(steps->step_ns = malloc(FLOW_REQUEST_STEPS * sizeof(*steps->step_ns))))
			return -1;
		steps->step_ns[steps->count++] = utc_ns - steps->last_ns;
	}
	steps->last_ns = utc_ns;
	return 0;
}

/* True if the request is a copy of one of the newest requests; otherwise remembers it. */
static bool is_copy(struct flow_ident *ident, const struct frame *frame, int64_t utc_ns)
{
	for (size_t i = 0; i < FLOW_RECENT && i < ident->requests; i++)
		if (ident->recent[i].content == frame->content &&
			utc_ns - ident->recent[i].ns < FRAME_COPY_NS)
			return true;
	ident->recent[ident->requests % FLOW_RECENT].content = frame->content;
	ident->recent[ident->requests % FLOW_RECENT].ns = utc_ns;
	return false;
}

static int burst_note(struct flows *flows, struct flow_ident *ident, int64_t utc_ns)
{
	struct flow_burst *burst = NULL;

	if (ident->last_burst != SIZE_MAX)
		burst = &flows->bursts[ident->last_burst];
	if (!burst || utc_ns - burst->last_ns > BURST_PAUSE_NS) {
		if (ARRAY_GROW(flows->bursts, flows->burst_count, flows->burst_capacity))
			return -1;
		if (ident->last_burst == SIZE_MAX)
			ident->first_burst = flows->burst_count;
		else
			flows->bursts[ident->last_burst].next = flows->burst_count;
		ident->last_burst = flows->burst_count;
		burst = &flows->bursts[flows->burst_count++];
		*burst = (struct flow_burst){.ident = (size_t)(ident - flows->idents),
			.next = SIZE_MAX,
			.first_ns = utc_ns,
			.flow = SIZE_MAX};
	}
	burst->last_ns = utc_ns;
	burst->requests++;
	return 0;
}

static int survey_request(struct flows *flows, const struct frame *frame, int64_t utc_ns)
{
	struct flow_pair *pair = pair_add(flows, frame, utc_ns);
	struct flow_ident *ident;

	if (!pair)
		return -1;
	pair->ttl_min = frame->ttl < pair->ttl_min ? frame->ttl : pair->ttl_min;
	pair->ttl_max = frame->ttl > pair->ttl_max ? frame->ttl : pair->ttl_max;
	if (frame->ttl < pair->ttl_needed)
		return 0;
	ident = flow_ident_of(flows, frame);
	if (!ident && flows->ident_count == IDENTS_MAX) {
		flows->too_many++;
		return 0;
	}
	if (!ident)
		ident = ident_add(flows, (size_t)(pair - flows->pairs), frame->ident);
	if (!ident)
		return -1;
	if (is_copy(ident, frame, utc_ns))
		return 0;
	ident->renumbered |= ident->requests && (int16_t)(uint16_t)(frame->seq - ident->seq) <= 0;
	ident->seq = frame->seq;
	if (note_request_step(&ident->request_steps, !ident->requests++, utc_ns) ||
		note_request_step(&pair->request_steps, !pair->requests++, utc_ns))
		return -1;
	return burst_note(flows, ident, utc_ns);
}

int flows_survey(struct flows *flows, const struct frame *frame, int64_t utc_ns)
{
	struct flow_pair *pair;

	if (frame->what == FRAME_REQUEST)
		return survey_request(flows, frame, utc_ns);
	if (frame->what != FRAME_REPLY)
		return 0;
	pair = flow_pair_of(flows, frame);
	if (pair && !pair->replies++ && frame->has_mac) {
		pair->has_mac = true;
		memcpy(pair->mac, frame->mac, FRAME_MAC_BYTES);
	}
	return 0;
}

bool flows_ttl_varies(const struct flows *flows)
{
	for (size_t i = 0; i < flows->pair_count; i++)
		if (flows->pairs[i].ttl_min < flows->pairs[i].ttl_max &&
			!flows->pairs[i].ttl_needed)
			return true;
	return false;
}

static void free_request_steps(struct flow_request_steps *steps)
{
	free(steps->step_ns);
	*steps = (struct flow_request_steps){0};
}

static void free_flows(struct flows *flows)
{
	for (size_t i = 0; i < flows->count; i++)
		flow_match_release(&flows->flow[i]);
	free(flows->flow);
	free(flows->early);
	flows->flow = NULL;
	flows->early = NULL;
	flows->count = flows->capacity = flows->early_count = flows->slot_bytes = 0;
	flows->begun = false;
}

static void free_idents(struct flows *flows)
{
	for (size_t i = 0; i < flows->ident_count; i++)
		free_request_steps(&flows->idents[i].request_steps);
	free(flows->idents);
	free(flows->ident_table);
	free(flows->bursts);
	flows->idents = NULL;
	flows->ident_table = NULL;
	flows->bursts = NULL;
	flows->ident_count = flows->ident_capacity = flows->ident_table_size = 0;
	flows->burst_count = flows->burst_capacity = 0;
}

void flows_survey_restart(struct flows *flows)
{
	free_flows(flows);
	free_idents(flows);
	for (size_t i = 0; i < flows->pair_count; i++) {
		struct flow_pair *pair = &flows->pairs[i];

		free_request_steps(&pair->request_steps);
		pair->requests = pair->replies = 0;
		/* Answers in time are preferred: a late one may belong to another request. */
		pair->ttl_needed = pair->ttl_answered ? pair->ttl_answered
				   : pair->ttl_late   ? pair->ttl_late
						      : 1;
	}
	flows->foreign = flows->doubled = flows->too_many = 0;
}

/* A quantile of the first steps; 1 s if there are none. Not the mean, which a pause would raise. */
static int64_t pace(const struct flow_request_steps *steps, double share)
{
	double sorted[FLOW_REQUEST_STEPS];
	int64_t pace_ns;

	if (!steps->count)
		return NS_PER_S;
	for (size_t i = 0; i < steps->count; i++)
		sorted[i] = (double)steps->step_ns[i];
	gsl_sort(sorted, 1, steps->count);
	pace_ns = (int64_t)gsl_stats_quantile_from_sorted_data(sorted, 1, steps->count, share);
	return pace_ns > 0 ? pace_ns : 1;
}

/*
 * Joins successive bursts of an identifier if the pause between them is short at the pair's pace.
 * The later burst then has no requests.
 */
static void join_bursts(struct flows *flows)
{
	for (size_t i = 0; i < flows->ident_count; i++) {
		struct flow_ident *ident = &flows->idents[i];
		int64_t pace_ns = pace(&flows->pairs[ident->pair].request_steps, MEDIAN);
		int64_t pause_ns =
			ns_min(pace_ns, INT64_MAX / BURST_PAUSE_STEPS) * BURST_PAUSE_STEPS;
		size_t at = ident->first_burst;

		while (at != SIZE_MAX && flows->bursts[at].next != SIZE_MAX) {
			struct flow_burst *burst = &flows->bursts[at];
			struct flow_burst *next = &flows->bursts[burst->next];

			if (next->first_ns - burst->last_ns > pause_ns) {
				at = burst->next;
				continue;
			}
			burst->last_ns = next->last_ns;
			burst->requests += next->requests;
			burst->next = next->next;
			next->requests = 0;
		}
	}
}

struct sorted_burst {
	size_t burst, pair;
	int64_t first_ns;
};

static int by_pair(const void *a, const void *b)
{
	const struct sorted_burst *x = a, *y = b;

	if (x->pair != y->pair)
		return x->pair < y->pair ? -1 : 1;
	if (x->first_ns != y->first_ns)
		return x->first_ns < y->first_ns ? -1 : 1;
	return x->burst < y->burst ? -1 : x->burst > y->burst;
}

/* Of the flows from `first` on, the one that ended last before begin_ns; SIZE_MAX: none. */
static size_t idle_flow(const struct flows *flows, size_t first, int64_t begin_ns)
{
	size_t found = SIZE_MAX;

	for (size_t i = first; i < flows->count; i++)
		if (flows->flow[i].last_ns < begin_ns &&
			(found == SIZE_MAX || flows->flow[i].last_ns > flows->flow[found].last_ns))
			found = i;
	return found;
}

static int add_flow(
	struct flows *flows, const struct flow_pair *pair, uint16_t ident, int64_t first_ns)
{
	struct flow *flow;

	if (ARRAY_GROW(flows->flow, flows->count, flows->capacity))
		return -1;
	flow = &flows->flow[flows->count++];
	*flow = (struct flow){.prober = pair->prober,
		.target = pair->target,
		.ident = ident,
		.replies = pair->replies,
		.has_mac = pair->has_mac,
		.first_ns = first_ns};
	memcpy(flow->mac, pair->mac, FRAME_MAC_BYTES);
	return 0;
}

/* Adds a burst to an idle flow of its pair (`first`: its first flow) or to a new one. 0 or -1. */
static int assign_burst(struct flows *flows, size_t number, size_t first)
{
	struct flow_burst *burst = &flows->bursts[number];
	const struct flow_ident *ident = &flows->idents[burst->ident];
	const struct flow_pair *pair = &flows->pairs[ident->pair];
	size_t index = idle_flow(flows, first, burst->first_ns);
	const struct flow_request_steps *steps;
	struct flow *flow;

	if (index == SIZE_MAX) {
		if (flows->count == FLOWS_MAX || flows->count - first == OVERLAP_MAX) {
			flows->too_many += burst->requests;
			return 0;
		}
		if (add_flow(flows, pair, ident->ident, burst->first_ns))
			return -1;
		index = flows->count - 1;
	}
	flow = &flows->flow[index];
	if (ident->ident != flow->ident)
		flow->many_idents = true;
	flow->requests += burst->requests;
	flow->last_ns = burst->last_ns;
	steps = flow->many_idents ? &pair->request_steps : &ident->request_steps;
	flow->pace_ns = pace(steps, MEDIAN);
	flow->pace_quartile_ns = pace(steps, QUARTILE);
	flow->interval_ns = flow->pace_ns;
	burst->flow = index;
	return 0;
}

int flows_build(struct flows *flows)
{
	struct sorted_burst *sorted = calloc(flows->burst_count + 1, sizeof(*sorted));
	size_t count = 0, first = 0;
	int rc = 0;

	if (!sorted)
		return -1;
	join_bursts(flows);
	for (size_t i = 0; i < flows->burst_count; i++)
		if (flows->bursts[i].requests)
			sorted[count++] =
				(struct sorted_burst){i, flows->idents[flows->bursts[i].ident].pair,
					flows->bursts[i].first_ns};
	qsort(sorted, count, sizeof(*sorted), by_pair);
	for (size_t i = 0; !rc && i < count; i++) {
		if (i == 0 || sorted[i].pair != sorted[i - 1].pair)
			first = flows->count;
		rc = assign_burst(flows, sorted[i].burst, first);
	}
	free(sorted);
	for (size_t i = 0; i < flows->count; i++) {
		struct flow *flow = &flows->flow[i];

		flow->timeout_ns = ns_max(flow->interval_ns, TIMEOUT_MIN_NS);
	}
	return rc;
}

void flows_release(struct flows *flows)
{
	free_flows(flows);
	free_idents(flows);
	for (size_t i = 0; i < flows->pair_count; i++)
		free_request_steps(&flows->pairs[i].request_steps);
	free(flows->pairs);
	free(flows->pair_table);
	memset(flows, 0, sizeof(*flows));
}
