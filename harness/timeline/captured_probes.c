/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads each capture twice: the first pass finds the flows, the second matches their answers. */
#include "harness/base/memory.h"
#include "harness/timeline/captured_probes.h"
#include "harness/timeline/captures.h"

#include "harness/packet/echo_flows.h"
#include "harness/packet/pcap_file.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

/* Clock pairs up to this far away count; each source writes one per second. */
#define PAIRS_AROUND_NS (3 * NS_PER_S)
/*
 * A flow is the probe's if this percentage of its requests each match a record, and the same
 * percentage of the records each match a request.
 */
#define MATCHED_PERCENT 95
#define MATCHED_WITHIN_NS (5 * NS_PER_MS)

struct collector {
	const struct series *probe;
	struct series *frames;
	size_t flow; /* the flow to collect */
};

bool timeline_is_capture(const struct timeline *t, const char *station, const char *source)
{
	size_t length = strlen(station);

	if (strncmp(source, station, length) != 0 || source[length] != '-')
		return false;
	for (size_t i = 0; i < t->series_count; i++)
		if (strcmp(t->series[i].station, station) == 0 &&
			strcmp(t->series[i].probe, source + length + 1) == 0)
			return false;
	return true;
}

int64_t timeline_clock_spread(const struct timeline *t, int64_t from_ns, int64_t to_ns)
{
	int64_t min_ns = INT64_MAX, max_ns = INT64_MIN;

	for (size_t i = 0; i < t->pair_count; i++) {
		const struct clock_pair *p = &t->pairs[i];
		int64_t offset_ns = p->utc_ns - p->at_ns;

		if (p->at_ns < from_ns - PAIRS_AROUND_NS || p->at_ns > to_ns + PAIRS_AROUND_NS)
			continue;
		min_ns = ns_min(offset_ns, min_ns);
		max_ns = ns_max(offset_ns, max_ns);
	}
	return min_ns > max_ns ? NS_NONE : max_ns - min_ns;
}

/* Adds a request's outcome to the frames, with the capture's wall-clock stamps. */
static int collect(void *ctx, const struct flow_outcome *o)
{
	struct collector *c = ctx;
	struct series *s = c->frames;

	if (o->flow != c->flow || (o->what != FLOW_ANSWER && o->what != FLOW_UNANSWERED))
		return 0;
	/* A late answer: its request was reported as unanswered before. */
	if (o->what == FLOW_ANSWER && o->arrival_ns - o->sent_ns > c->probe->timeout_ns)
		for (size_t i = s->count; i-- > 0 && s->records[i].sent_ns >= o->sent_ns;)
			if (s->records[i].sent_ns == o->sent_ns) {
				s->records[i].arrival_ns = o->arrival_ns;
				return 0;
			}
	MEMORY_GROW("frames", s->records, s->count, s->capacity);
	s->records[s->count++] = (struct probe_record){
		.sent_ns = o->sent_ns, .arrival_ns = o->arrival_ns, .error = o->refused};
	return 0;
}

/* Converts records from `first` on to folder time. Round trips stay as the wall clock has them. */
static void convert(const struct timeline *t, struct series *s, size_t first)
{
	for (size_t i = first; i < s->count; i++) {
		struct probe_record *p = &s->records[i];
		int64_t at_ns = timeline_from_utc(t, p->sent_ns);

		if (p->arrival_ns != NS_NONE)
			p->arrival_ns += at_ns - p->sent_ns;
		p->sent_ns = at_ns;
	}
}

/* Whether the frames from `first` on are the probe's: one for one, sent at the same moments. */
static bool is_own(const struct series *probe, const struct series *s, size_t first)
{
	int64_t within_ns = ns_min(probe->interval_ns / 4, MATCHED_WITHIN_NS);
	size_t count = s->count - first, matched = 0, sent;

	if (!count)
		return false;
	sent = series_first_from(probe, s->records[s->count - 1].sent_ns + within_ns) -
	       series_first_from(probe, s->records[first].sent_ns - within_ns);
	for (size_t i = first; i < s->count; i++) {
		size_t k = series_first_from(probe, s->records[i].sent_ns - within_ns);

		matched += k < probe->count &&
			   probe->records[k].sent_ns <= s->records[i].sent_ns + within_ns;
	}
	return matched * 100 >= count * MATCHED_PERCENT && sent * MATCHED_PERCENT <= count * 100;
}

/* Collects one flow of a capture; keeps it if it is the probe's. */
static int take_flow(struct collector *c, const struct timeline *t, struct flows *flows,
	const char *path, struct err *e)
{
	size_t first = c->frames->count;
	int64_t utc_ns = 0, last_ns = INT64_MIN;
	struct pcap_file *file;
	struct frame frame;
	int rc = 0;

	if (pcap_file_open(&file, path, e))
		return -1;
	while (!rc && pcap_file_next(file, &frame, &utc_ns)) {
		rc = flows_match(flows, &frame, utc_ns, collect, c);
		last_ns = ns_max(utc_ns, last_ns);
	}
	pcap_file_close(file);
	if (!rc)
		rc = flows_end(flows, last_ns, collect, c);
	if (rc)
		return err_set(e, "%s: out of memory", path);
	convert(t, c->frames, first);
	if (!is_own(c->probe, c->frames, first)) {
		c->frames->count = first;
		return 0;
	}
	last_ns = timeline_from_utc(t, last_ns);
	if (last_ns > c->frames->end_ns)
		c->frames->end_ns = last_ns;
	return 0;
}

static int survey(struct flows *flows, const char *path, struct err *e)
{
	struct pcap_file *file;
	struct frame frame;
	int64_t utc_ns;
	int rc = 0;

	if (pcap_file_open(&file, path, e))
		return -1;
	while (!rc && pcap_file_next(file, &frame, &utc_ns))
		rc = flows_survey(flows, &frame, utc_ns);
	pcap_file_close(file);
	if (rc || flows_build(flows))
		return err_set(e, "%s: out of memory", path);
	return 0;
}

/* Whether a flow goes to the probe's address with about as many requests as the probe sent. */
static bool may_be_own(
	const struct timeline *t, const struct series *probe, const struct flow *flow)
{
	struct frame_address address = {.size = 4};
	size_t sent;

	if (inet_pton(AF_INET, probe->address, address.bytes) != 1) {
		address.size = 16;
		if (inet_pton(AF_INET6, probe->address, address.bytes) != 1)
			return false;
	}
	if (!frame_address_same(&flow->target, &address))
		return false;
	sent = series_first_from(
		       probe, timeline_from_utc(t, flow->last_ns) + probe->interval_ns / 2) -
	       series_first_from(
		       probe, timeline_from_utc(t, flow->first_ns) - probe->interval_ns / 2);
	return sent * MATCHED_PERCENT <= flow->requests * 100 &&
	       flow->requests * MATCHED_PERCENT <= sent * 100 + 100;
}

static int take_capture(
	struct collector *c, const struct timeline *t, const char *path, struct err *e)
{
	struct flows flows = {0};
	int rc = survey(&flows, path, e);

	for (size_t i = 0; !rc && i < flows.count; i++)
		flows.flow[i].left_out = true;
	for (size_t i = 0; !rc && i < flows.count; i++) {
		if (!may_be_own(t, c->probe, &flows.flow[i]))
			continue;
		flows.flow[i].left_out = false;
		flows.flow[i].timeout_ns = c->probe->timeout_ns;
		c->flow = i;
		rc = take_flow(c, t, &flows, path, e);
		flows.flow[i].left_out = true;
	}
	flows_release(&flows);
	return rc;
}

static int by_send(const void *a, const void *b)
{
	const struct probe_record *x = a, *y = b;

	return x->sent_ns < y->sent_ns ? -1 : x->sent_ns > y->sent_ns;
}

/* Whether no other station's name begins with STATION-: captures are found by that prefix. */
static bool name_is_plain(const struct timeline *t, const char *station)
{
	size_t length = strlen(station);

	for (size_t i = 0; i < t->series_count; i++)
		if (strncmp(t->series[i].station, station, length) == 0 &&
			t->series[i].station[length] == '-')
			return false;
	return true;
}

struct series *timeline_frames(const struct timeline *t, const struct series *probe)
{
	struct series *s;
	struct collector c;
	struct captures found;
	struct err ignored;

	if (!t->pair_count || !t->dir || !name_is_plain(t, probe->station))
		return NULL;
	found = captures_find(t->dir, probe->station);
	s = memory_zeroed("frames", 1, sizeof(*s));
	*s = (struct series){.station = probe->station,
		.probe = probe->probe,
		.target = probe->target,
		.address = probe->address,
		.kind = probe->kind,
		.interval_ns = probe->interval_ns,
		.timeout_ns = probe->timeout_ns};
	c = (struct collector){.probe = probe, .frames = s};
	for (size_t i = 0; i < found.count; i++) {
		size_t before = s->count;

		/* An unreadable capture is skipped. */
		if (take_capture(&c, t, found.path[i], &ignored))
			s->count = before;
	}
	captures_release(&found);
	if (s->count > 1)
		qsort(s->records, s->count, sizeof(*s->records), by_send);
	if (!s->count) {
		timeline_frames_free(s);
		s = NULL;
	}
	return s;
}

void timeline_frames_free(struct series *frames)
{
	if (frames)
		free(frames->records);
	free(frames);
}
