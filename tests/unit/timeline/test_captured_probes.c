/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finds a probe's frames in its station's capture and converts them to folder time. */
#include "harness/timeline/captured_probes.h"
#include "tests/unit/capture_world.h"
#include "tests/unit/test.h"

#include <pcap/dlt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MS NS_PER_MS
/* Folder time of the capture's zero, and the offset of a second clock pair. */
#define ZERO_NS (50 * NS_PER_S)
#define OFF_NS (3 * NS_PER_US)
#define COUNT 500

struct probe_world {
	char dir[64], path[128];
	struct probe_record records[COUNT];
	struct series series[2];
	struct clock_pair pairs[2];
	struct timeline timeline;
};

/* A probe every 10 ms with the sends of the frames; 100 of the frames are dropped from 2 s on. */
static void world_make(struct probe_world *w, struct capture_world *c)
{
	static const struct capture_outage outage = {
		CAPTURE_DROPPED, 2000 * MS - MS, 3000 * MS - MS};
	static const struct capture_echo own = {"10.0.0.1", "10.0.0.2", 7, 0, 0},
					 other = {"10.0.0.1", "10.0.0.2", 8, 0, 0},
					 away = {"10.0.0.1", "10.0.0.3", 7, 0, 0};

	*w = (struct probe_world){.dir = "/tmp/blackout-frames-XXXXXX"};
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(w->dir));
	snprintf(w->path, sizeof(w->path), "%s/facts", w->dir);
	mkdir(w->path, 0755);
	snprintf(w->path, sizeof(w->path), "%s/facts/main-wire.pcap", w->dir);
	capture_probes(c, own, 10 * MS, (COUNT - 1) * 10 * MS, &outage, 1, 1);
	capture_probes(c, other, 1000 * MS, 4000 * MS, &outage, 1, 2);
	capture_probes(c, away, 10 * MS, (COUNT - 1) * 10 * MS, NULL, 0, 3);
	CU_ASSERT_EQUAL_FATAL(capture_write(c, w->path, DLT_EN10MB, true), 0);
	for (int i = 0; i < COUNT; i++)
		w->records[i].sent_ns = ZERO_NS + i * 10 * MS - 20 * NS_PER_US;
	w->series[0] = (struct series){.station = (char *)"main",
		.probe = (char *)"fine",
		.target = (char *)"desk",
		.address = (char *)"10.0.0.2",
		.kind = PROBE_BURST,
		.interval_ns = 10 * MS,
		.timeout_ns = 50 * MS,
		.records = w->records,
		.count = COUNT};
	w->series[1] = (struct series){.station = (char *)"other", .probe = (char *)"fine"};
	w->pairs[0] = (struct clock_pair){ZERO_NS, CAPTURE_ZERO_NS};
	w->pairs[1] = (struct clock_pair){
		ZERO_NS + 4 * NS_PER_S, CAPTURE_ZERO_NS + 4 * NS_PER_S + OFF_NS};
	w->timeline = (struct timeline){.dir = w->dir,
		.first_ns = ZERO_NS,
		.first_utc_ns = CAPTURE_ZERO_NS,
		.series = w->series,
		.series_count = 2,
		.pairs = w->pairs,
		.pair_count = 2};
}

static void world_free(struct probe_world *w)
{
	unlink(w->path);
	snprintf(w->path, sizeof(w->path), "%s/facts", w->dir);
	rmdir(w->path);
	rmdir(w->dir);
}

static void test_own_frames(void)
{
	struct capture_world c = {0};
	struct series *frames;
	struct probe_world w;
	size_t lost = 0, off = 0;

	world_make(&w, &c);
	frames = timeline_frames(&w.timeline, &w.series[0]);
	CU_ASSERT_PTR_NOT_NULL_FATAL(frames);
	CU_ASSERT(frames->count >= COUNT - 1 && frames->count <= COUNT);
	for (size_t i = 0; i < frames->count; i++) {
		int64_t error_ns = frames->records[i].sent_ns - ZERO_NS - (int64_t)i * 10 * MS;

		lost += frames->records[i].arrival_ns == NS_NONE;
		/* Stamps are converted by the nearest pair: after 2 s by the second one. */
		off += error_ns != (i * 10 > 2000 ? -OFF_NS : 0);
	}
	CU_ASSERT_EQUAL(lost, 100);
	CU_ASSERT(off <= 1);
	timeline_frames_free(frames);
	CU_ASSERT_EQUAL(timeline_clock_spread(&w.timeline, ZERO_NS, ZERO_NS), 0);
	CU_ASSERT_EQUAL(timeline_clock_spread(&w.timeline, ZERO_NS, ZERO_NS + NS_PER_S), OFF_NS);
	CU_ASSERT_EQUAL(timeline_clock_spread(&w.timeline, 0, NS_PER_S), NS_NONE);
	capture_world_release(&c);
	world_free(&w);
}

/* Writes the frames of `c` as a capture of the station, and releases them. */
static void write_capture(struct probe_world *w, struct capture_world *c, const char *name)
{
	snprintf(w->path, sizeof(w->path), "%s/facts/main-%s.pcap", w->dir, name);
	CU_ASSERT_EQUAL_FATAL(capture_write(c, w->path, DLT_EN10MB, true), 0);
	capture_world_release(c);
}

static void put_request(struct capture_world *c, uint16_t ident, int i, bool answered)
{
	struct capture_echo echo = {"10.0.0.1", "10.0.0.2", ident, (uint16_t)i, 0};

	capture_request(c, i * 10 * MS, &echo);
	if (answered)
		capture_reply(c, i * 10 * MS + 300 * NS_PER_US, &echo);
}

/* Each request gives one record, whatever answers come. */
static void test_fates(void)
{
	const struct capture_echo late = {"10.0.0.1", "10.0.0.2", 7, 5, 0},
				  refused = {"10.0.0.1", "10.0.0.2", 7, 9, 0},
				  twice = {"10.0.0.1", "10.0.0.2", 7, 20, 0};
	struct capture_world c = {0};
	struct series *frames;
	struct probe_world w;

	world_make(&w, &c);
	capture_world_release(&c);
	for (int i = 0; i < COUNT; i++)
		put_request(&c, 7, i, i != 5 && i != 9);
	capture_reply(&c, 5 * 10 * MS + 80 * MS, &late);
	capture_error(&c, 9 * 10 * MS + MS, &refused);
	capture_reply(&c, 20 * 10 * MS + MS, &twice);
	write_capture(&w, &c, "wire");
	frames = timeline_frames(&w.timeline, &w.series[0]);
	CU_ASSERT_PTR_NOT_NULL_FATAL(frames);
	CU_ASSERT_EQUAL_FATAL(frames->count, COUNT);
	CU_ASSERT_EQUAL(frames->records[5].arrival_ns - frames->records[5].sent_ns, 80 * MS);
	CU_ASSERT(frames->records[9].error && frames->records[9].arrival_ns == NS_NONE);
	CU_ASSERT(!frames->records[5].error && !frames->records[20].error);
	CU_ASSERT_EQUAL(
		frames->records[20].arrival_ns - frames->records[20].sent_ns, 300 * NS_PER_US);
	timeline_frames_free(frames);
	world_free(&w);
}

/* A restarted station has another identifier; its captures may be read in any order. */
static void test_two_flows(void)
{
	struct capture_world c = {0};
	struct series *frames;
	struct probe_world w;

	world_make(&w, &c);
	capture_world_release(&c);
	unlink(w.path);
	for (int i = COUNT / 2; i < COUNT; i++) {
		put_request(&c, 8, i % 7 ? i : COUNT / 2, true);
		put_request(&c, 9, i, true);
	}
	write_capture(&w, &c, "again");
	for (int i = 0; i < COUNT / 2; i++)
		put_request(&c, 7, i, true);
	write_capture(&w, &c, "wire");
	frames = timeline_frames(&w.timeline, &w.series[0]);
	CU_ASSERT_PTR_NOT_NULL_FATAL(frames);
	CU_ASSERT_EQUAL(frames->count, COUNT);
	for (size_t i = 1; i < frames->count; i++)
		CU_ASSERT(frames->records[i].sent_ns > frames->records[i - 1].sent_ns);
	timeline_frames_free(frames);
	/* The only capture misses every other request. */
	for (int i = 0; i < COUNT; i += 2)
		put_request(&c, 7, i, true);
	write_capture(&w, &c, "wire");
	snprintf(w.path, sizeof(w.path), "%s/facts/main-again.pcap", w.dir);
	unlink(w.path);
	frames = timeline_frames(&w.timeline, &w.series[0]);
	CU_ASSERT_PTR_NULL(frames);
	timeline_frames_free(frames);
	snprintf(w.path, sizeof(w.path), "%s/facts/main-wire.pcap", w.dir);
	world_free(&w);
}

static void no_frames(const struct probe_world *w, const struct series *probe)
{
	struct series *frames;

	frames = timeline_frames(&w->timeline, probe);
	CU_ASSERT_PTR_NULL(frames);
	timeline_frames_free(frames);
}

static void test_not_its_own(void)
{
	struct capture_world c = {0};
	struct probe_world w;

	world_make(&w, &c);
	w.series[0].address = (char *)"10.0.0.9";
	no_frames(&w, &w.series[0]);
	w.series[0].address = (char *)"10.0.0.2";
	w.series[0].station = (char *)"away";
	no_frames(&w, &w.series[0]);
	/* main-wire.pcap may belong to a station named main-wire. */
	w.series[0].station = (char *)"main";
	w.series[1].station = (char *)"main-wire";
	no_frames(&w, &w.series[0]);
	w.series[1].station = (char *)"other";
	/* Requests that were sent at other moments belong to another prober. */
	for (int i = 0; i < COUNT; i++)
		w.records[i].sent_ns += 5 * MS;
	no_frames(&w, &w.series[0]);
	CU_ASSERT(timeline_is_capture(&w.timeline, "main", "main-wire"));
	CU_ASSERT_FALSE(timeline_is_capture(&w.timeline, "main", "main-fine"));
	CU_ASSERT_FALSE(timeline_is_capture(&w.timeline, "main", "other-wire"));
	/* A file with a capture's name is not a capture. */
	CU_ASSERT_EQUAL(truncate(w.path, 3), 0);
	no_frames(&w, &w.series[0]);
	capture_world_release(&c);
	world_free(&w);
}

TEST_SUITE(captured_probes, {"a probe's own frames", test_own_frames},
	{"one record per request", test_fates}, {"two flows", test_two_flows},
	{"not its own", test_not_its_own})
