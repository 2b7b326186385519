/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Users' sessions in the results: retransmitted TCP segments in a capture; a session's gap, its
 * drop, and a disconnected user's attempts in tables and report.
 */
#include "harness/timeline/retransmissions.h"
#include "reports/common/csv.h"
#include "reports/common/sessions.h"
#include "reports/report.h"
#include "tests/unit/out_folder.h"
#include "tests/unit/assert_interval.h"
#include "tests/unit/capture_world.h"
#include "tests/unit/report_world.h"
#include "tests/unit/test.h"

#include <pcap/dlt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MS NS_PER_MS
#define ETHERNET 14
#define USER_PORT 40000

struct segment {
	int64_t at_ns;
	bool from_vm;
	uint32_t seq;
	uint16_t bytes;
	uint8_t flags; /* 2: SYN */
	uint16_t port; /* of the VM; 0 means 3389 */
};

static void put16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

/* A segment between 10.0.0.1 and the VM, 10.0.0.9, with only its headers captured. */
static void put_segment(struct capture_world *c, const struct segment *s)
{
	uint8_t frame[ETHERNET + 40] = {[12] = 8,
		[13] = 0,
		[14] = 0x45,
		[23] = 6,
		[26] = 10,
		[29] = s->from_vm ? 9 : 1,
		[30] = 10,
		[33] = s->from_vm ? 1 : 9,
		[46] = 0x50,
		[47] = s->flags};
	uint16_t port = s->port ? s->port : 3389;

	put16(frame + 16, 40u + s->bytes);
	put16(frame + 34, s->from_vm ? port : USER_PORT);
	put16(frame + 36, s->from_vm ? USER_PORT : port);
	put16(frame + 38, s->seq >> 16);
	put16(frame + 40, s->seq);
	capture_put(c, s->at_ns, frame, sizeof(frame));
}

static void write_segments(const char *dir, const struct segment *segments, size_t count)
{
	struct capture_world c = {0};
	char path[256];
	struct err e = {0};

	snprintf(path, sizeof(path), "%s/facts", dir);
	CU_ASSERT_FATAL(dir_make(path, &e) == 0);
	for (size_t i = 0; i < count; i++)
		put_segment(&c, &segments[i]);
	snprintf(path, sizeof(path), "%s/facts/local-wire.pcap", dir);
	CU_ASSERT_FATAL(capture_write(&c, path, DLT_EN10MB, true) == 0);
	capture_world_release(&c);
}

/* Sets the world's clocks such that a capture's zero is the folder's first fact. */
static void set_clock(struct world *w)
{
	w->timeline.dir = w->dir;
	w->timeline.first_utc_ns = w->timeline.pairs[0].utc_ns = CAPTURE_ZERO_NS;
}

static void test_retransmissions(void)
{
	static const struct segment segments[] = {
		{.at_ns = 1 * S, .seq = 99, .flags = 2},
		{.at_ns = 1 * S + MS, .from_vm = true, .seq = 0xfffffff0, .flags = 2},
		{.at_ns = 2 * S, .seq = 100, .bytes = 50},
		{.at_ns = 2 * S + MS, .from_vm = true, .seq = 0xfffffff1, .bytes = 30},
		{.at_ns = 3 * S, .seq = 150, .bytes = 50},
		{.at_ns = 3 * S + 200 * MS, .seq = 150, .bytes = 50}, /* again */
		{.at_ns = 3 * S + 300 * MS, .seq = 149},              /* acknowledges only */
		{.at_ns = 4 * S, .from_vm = true, .seq = 15, .bytes = 10},
		{.at_ns = 4 * S + 500 * MS,
			.from_vm = true,
			.seq = 0xfffffff1,
			.bytes = 30}, /* again */
		{.at_ns = 5 * S, .seq = 7, .bytes = 50, .port = 22},
		{.at_ns = 5 * S + MS, .seq = 7, .bytes = 50, .port = 22},
		{.at_ns = 6 * S, .seq = 20, .flags = 2}, /* the port is reused */
		{.at_ns = 7 * S, .seq = 20, .flags = 2}, /* again */
		{.at_ns = 7 * S + MS, .seq = 21, .bytes = 5},
	};
	struct world w;
	struct series s;
	struct retransmissions found;
	struct err e = {0};

	world_make(&w, 1);
	set_clock(&w);
	s = w.scenes[0].session;
	CU_ASSERT(retransmissions_read(&found, &w.timeline, &s, 3389, &e) == 0);
	CU_ASSERT(!found.captured && !found.count);
	write_segments(w.dir, segments, ARRAY_SIZE(segments));
	CU_ASSERT(retransmissions_read(&found, &w.timeline, &s, 3389, &e) == 0);
	CU_ASSERT_FATAL(found.captured && found.count == 3);
	CU_ASSERT(found.segments[0].at_ns == FIRST + 3200 * MS && !found.segments[0].from_target);
	CU_ASSERT(found.segments[1].at_ns == FIRST + 4500 * MS && found.segments[1].from_target);
	CU_ASSERT(found.segments[2].at_ns == FIRST + 7 * S && !found.segments[2].from_target);
	retransmissions_release(&found);
	s.address = (char *)"10.0.0.8";
	CU_ASSERT(retransmissions_read(&found, &w.timeline, &s, 3389, &e) == 0);
	CU_ASSERT(!found.captured && !found.count);
	retransmissions_release(&found);
	world_free(&w);
}

/* From the pause on, the network is silent for 0.24 s, and the session for 0.24 s longer. */
static void make_session_longer(struct world *w, struct gap *gap)
{
	struct scene *s = &w->scenes[0];
	int64_t pause_ns = s->gap.l1_ns;

	w->timeline.series = &s->session;
	w->timeline.series_count = 1;
	s->session.kind = PROBE_RDP;
	*gap = (struct gap){.a_ns = pause_ns - 50 * MS,
		.l1_ns = pause_ns,
		.ln_ns = pause_ns + 400 * MS,
		.r_ns = pause_ns + 480 * MS,
		.lost = 9};
	gap->length = gap->widened = (struct interval){400 * MS, 530 * MS};
	s->observations[2].gaps.gap = gap;
	s->observations[2].gaps.count = 1;
	s->observations[2].blackout = gap->widened;
	s->observations[0].blackout = s->gap.widened;
}

static void write_reports(const struct world *w)
{
	struct directory out = out_folder(w->dir);
	struct err e = {0};

	CU_ASSERT_EQUAL_FATAL(report_csv(&w->results, &out, &e), 0);
	directory_close(&out);
	CU_ASSERT_EQUAL_FATAL(world_text(w, NULL), 0);
}

static void test_explained(void)
{
	struct world w;
	struct gap gap;
	int64_t pause_ns;

	world_make(&w, 1);
	set_clock(&w);
	make_session_longer(&w, &gap);
	pause_ns = gap.l1_ns - FIRST;
	write_segments(w.dir,
		(const struct segment[]){{.at_ns = pause_ns - S, .seq = 1, .bytes = 9},
			{.at_ns = pause_ns, .seq = 10, .bytes = 9},
			{.at_ns = pause_ns + 200 * MS, .seq = 10, .bytes = 9},
			{.at_ns = pause_ns + 460 * MS, .seq = 10, .bytes = 9},
			{.at_ns = pause_ns + 2 * S, .seq = 10, .bytes = 9}},
		5);
	write_reports(&w);
	CU_ASSERT(holds(&w, "sessions.csv", ",rdp,desk,6.000000,0.400000,0.530000,0,"));
	/* Two retransmissions in the gap, the second 0.22 s after the network's return. */
	CU_ASSERT(holds(&w, "sessions.csv",
		",yes,0.230000,0.250000,2,0.220000,0.250,0.320,0.250,,,0,0,,,\r\n"));
	CU_ASSERT(holds(&w, "report.txt", "gap [0.40, 0.53] s, the"));
	CU_ASSERT(holds(&w, "report.txt", "within 0.95 s"));
	CU_ASSERT(holds(&w, "report.txt",
		"TCP retransmitted 2 segments (2 from the user's end, 0 "
		"from"));
	CU_ASSERT(holds(&w, "report.txt", "0.220 s later"));
	CU_ASSERT(holds(&w, "report.txt", "what was typed is still there"));
	gap.widened.hi_ns = w.scenes[0].observations[2].blackout.hi_ns = 960 * MS;
	write_reports(&w);
	CU_ASSERT(holds(&w, "report.txt", "NOT within 0.95 s"));
	world_free(&w);
}

static void test_dropped(void)
{
	struct world w;
	struct gap gap;

	world_make(&w, 1);
	make_session_longer(&w, &gap);
	w.events[0].at_ns = w.scenes[0].move.trigger_ns + 2500 * MS;
	w.events[0].what = SESSION_EVENT_DROP;
	strcpy(w.events[0].error, "ECONNRESET (reset)");
	w.events[0].errno_code = 104;
	w.events[1].state_kept = false;
	/* When the session is closed, text typed after the drop is checked, and was kept. */
	w.events[2] = w.events[1];
	w.events[2].state_kept = true;
	w.timeline.session_event_count = 3;
	write_reports(&w);
	CU_ASSERT(holds(&w, "sessions.csv", ",no,"));
	CU_ASSERT(holds(&w, "sessions.csv", ",ECONNRESET (reset),0,0,,,\r\n"));
	CU_ASSERT(holds(&w, "report.txt", "dropped 2.50 s after the trigger: ECONNRESET (reset)"));
	CU_ASSERT(holds(&w, "report.txt", "what was typed is LOST"));
	/* The session was never open again: no input was lost then, but its gap has no end. */
	CU_ASSERT(holds(&w, "sessions.csv", ",inf,1,"));
	CU_ASSERT(holds(&w, "report.txt", ", inf] s, the network's"));
	CU_ASSERT(holds(&w, "report.txt", "it never came back"));
	w.events[3] = w.events[0];
	w.events[3].what = SESSION_EVENT_OPEN;
	w.events[3].at_ns += 7000 * MS;
	w.timeline.session_event_count = 4;
	write_reports(&w);
	CU_ASSERT(holds(&w, "sessions.csv", ",7.000000,7.000000,1,"));
	w.timeline.session_event_count = 3;
	strcpy(w.events[0].error, "ERRCONNECT_CONNECT_TRANSPORT_FAILED");
	write_reports(&w);
	CU_ASSERT(holds(
		&w, "report.txt", "trigger: ERRCONNECT_CONNECT_TRANSPORT_FAILED; ECONNRESET"));
	w.events[0].errno_code = 0;
	*w.events[0].error = '\0';
	write_reports(&w);
	CU_ASSERT(holds(&w, "report.txt", "dropped 2.50 s after the trigger: no reason is known"));
	/* Events of another probe of the same VM do not count. */
	w.events[0].probe = w.events[1].probe = w.events[2].probe = (char *)"other";
	write_reports(&w);
	CU_ASSERT(lacks(&w, "report.txt", "dropped 2.50 s"));
	CU_ASSERT(lacks(&w, "report.txt", "what was typed"));
	world_free(&w);
}

static void test_tried(void)
{
	struct world w;
	struct gap gap;
	struct session_try tries[3];
	int64_t missed_ns;
	double missed_s;
	char text[128];

	world_make(&w, 1);
	make_session_longer(&w, &gap);
	w.scenes[0].move.window_end_ns += S;
	w.moves[0].observation_count = 2;
	missed_ns = w.scenes[0].gap.l1_ns;
	for (int i = 0; i < 3; i++)
		tries[i] = (struct session_try){.target = (char *)"desk",
			.station = (char *)"local",
			.probe = (char *)"desk-session",
			.from_ns = missed_ns + (i - 1) * S,
			.at_ns = missed_ns + i * S - 500 * MS,
			.connected = i != 1,
			.error = "ETIMEDOUT"};
	w.timeline.tries = tries;
	w.timeline.try_count = 3;
	write_reports(&w);
	/* The first attempt does not count: it ended before the silence began. */
	missed_s = (double)(missed_ns - w.scenes[0].move.trigger_ns) / 1e9;
	snprintf(text, sizeof(text),
		",rdp,desk,,,,,,,,0.230000,0.250000,,,,,,,,2,1,%.6f,%.6f,ETIMEDOUT\r\n",
		10 + missed_s, 11.5 + missed_s);
	CU_ASSERT(holds(&w, "sessions.csv", text));
	CU_ASSERT(holds(&w, "report.txt", "(ETIMEDOUT)"));
	snprintf(text, sizeof(text), "connected at %.2f s", 1.5 + missed_s);
	CU_ASSERT(holds(&w, "report.txt", text));
	w.timeline.try_count = 2;
	write_reports(&w);
	CU_ASSERT(holds(&w, "report.txt", "none connected; ping missed"));
	/*
	 * Refused permanently: attempts no longer made are not counted, and the row gives the
	 * reason.
	 */
	tries[2].connected = false;
	tries[2].given_up = true;
	strcpy(tries[2].error, "WRONG <password>");
	w.timeline.try_count = 3;
	write_reports(&w);
	snprintf(text, sizeof(text), ",1,1,%.6f,,WRONG <password>\r\n", 10 + missed_s);
	CU_ASSERT(holds(&w, "sessions.csv", text));
	CU_ASSERT(holds(&w, "report.txt", "tried 1 time from"));
	CU_ASSERT(
		holds(&w, "report.txt", "not tried again: refused permanently (WRONG <password>)"));
	tries[1].given_up = true;
	write_reports(&w);
	CU_ASSERT(holds(&w, "sessions.csv", ",0,0,,,WRONG <password>\r\n"));
	CU_ASSERT(holds(&w, "report.txt", "not tried: an"));
	w.timeline.try_count = 0;
	write_reports(&w);
	CU_ASSERT(lacks(&w, "sessions.csv", ",rdp,"));
	CU_ASSERT(lacks(&w, "report.txt", "Sessions\n"));
	world_free(&w);
}

/* From facts in a folder to rows: requests dropped for 0.73 s, a session silent 0.4 s longer. */
static void test_golden_desktop(void)
{
	struct plan_errors errors = {0};
	struct session_rows rows;
	struct timeline *t;
	struct results *results;
	struct plan *plan;
	struct err e = {0};
	char *text;
	size_t length;

	CU_ASSERT_EQUAL_FATAL(timeline_read(&t, "tests/golden/desktop", &e), 0);
	CU_ASSERT_EQUAL_FATAL(
		file_read("tests/golden/desktop/facts/plan.ini", 1 << 20, &text, &length, &e), 0);
	CU_ASSERT_EQUAL_FATAL(plan_parse(&plan, "plan.ini", text, length, &errors), 0);
	CU_ASSERT_EQUAL_FATAL(results_new(&results, t, plan, &e), 0);
	CU_ASSERT_EQUAL_FATAL(session_rows_init(&rows, results, &e), 0);
	CU_ASSERT_FATAL(rows.count == 2);
	CU_ASSERT(interval_contains(rows.row[0].gap, 1130 * MS));
	CU_ASSERT(rows.row[0].gap.hi_ns - rows.row[0].gap.lo_ns < 400 * MS);
	CU_ASSERT(interval_contains(rows.row[0].network, 730 * MS));
	CU_ASSERT_EQUAL(rows.row[0].state_kept, KEPT_YES);
	CU_ASSERT(rows.row[0].opened_ns == 1000020 * MS && !rows.row[0].drops);
	CU_ASSERT(!rows.row[0].captured && !rows.row[0].tries);
	CU_ASSERT(rows.row[1].tries == 2 && rows.row[1].tries_failed == 1);
	CU_ASSERT_STRING_EQUAL(rows.row[1].first_failure->error, "ETIMEDOUT (no answer)");
	CU_ASSERT(t->update_count == 1);
	session_rows_release(&rows);
	results_free(results);
	plan_free(plan);
	free(text);
	timeline_free(t);
}

TEST_SUITE(sessions, {"sent again", test_retransmissions}, {"explained", test_explained},
	{"dropped", test_dropped}, {"tried", test_tried}, {"golden desktop", test_golden_desktop});
