/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The captured frames of the judged probe as a second witness, and how they change a move's
 * blackout: a silence of known length, a probe every 10 ms, and a capture of the same requests.
 */
#include "harness/verdict/internal.h"
#include "tests/unit/assert_interval.h"
#include "tests/unit/capture_world.h"
#include "tests/unit/test.h"

#include <pcap/dlt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MS NS_PER_MS
#define ZERO_NS (50 * NS_PER_S)
#define COUNT 800
#define TRIGGER_NS (ZERO_NS + 3 * NS_PER_S)
/* The VM is silent between these times, by the clock that stamps frames. */
#define BEGIN_MS 4003
#define END_MS 5018

static const char plan_text_ini[] =
	"[plan]\nbaseline = 2 s\nbound = 3 s\n[platform sim]\n[vm desk]\n"
	"[move]\n[probe fine]\nkind = burst\ninterval = 10 ms\n"
	"[control switch]\ntarget = 10.0.0.9\n";

struct frames_bench {
	char dir[64], path[128];
	struct plan *plan;
	struct probe_record records[COUNT], others[COUNT];
	struct series series[2];
	struct clock_pair pairs[10];
	struct disturbance disturbances[2];
	struct place places[2];
	struct job job;
	struct move move;
	struct timeline timeline;
	struct capture_world world;
	struct results *results;
};

static const struct capture_echo desk = {"10.0.0.1", "10.0.0.2", 7, 0, 0};

static bool silent(int64_t at_ns)
{
	return at_ns >= BEGIN_MS * MS && at_ns < END_MS * MS;
}

/* Sends request `i`; its frames are stamped `late_ns` after the probe's stamp. */
static void send(struct frames_bench *b, int i, int64_t late_ns)
{
	struct capture_echo echo = desk;
	int64_t at_ns = i * 10 * MS, trip_ns = (200 + i * 37 % 50) * NS_PER_US;
	bool answered = !silent(at_ns + late_ns + 100 * NS_PER_US);

	echo.seq = (uint16_t)i;
	b->records[i] = (struct probe_record){.sent_ns = ZERO_NS + at_ns,
		.arrival_ns = answered ? ZERO_NS + at_ns + late_ns + trip_ns : NS_NONE};
	capture_request(&b->world, at_ns + late_ns, &echo);
	if (answered)
		capture_reply(&b->world, at_ns + late_ns + trip_ns, &echo);
}

static void fill_timeline(struct frames_bench *b)
{
	b->series[0] = (struct series){.station = (char *)"main",
		.probe = (char *)"fine",
		.target = (char *)"desk",
		.address = (char *)"10.0.0.2",
		.kind = PROBE_BURST,
		.interval_ns = 10 * MS,
		.timeout_ns = 50 * MS,
		.end_ns = ZERO_NS + COUNT * 10 * MS,
		.records = b->records,
		.count = COUNT};
	for (size_t i = 0; i < ARRAY_SIZE(b->pairs); i++)
		b->pairs[i] = (struct clock_pair){
			ZERO_NS + (int64_t)i * NS_PER_S, CAPTURE_ZERO_NS + (int64_t)i * NS_PER_S};
	b->places[0] = (struct place){(char *)"a", VM_NONE};
	b->places[1] = (struct place){(char *)"b", VM_RUNNING};
	b->job = (struct job){.vm = (char *)"desk",
		.state = JOB_COMPLETED,
		.requested = {TRIGGER_NS, TRIGGER_NS},
		.ended = {ZERO_NS + END_MS * MS, ZERO_NS + END_MS * MS},
		.started = {NS_NONE, NS_NONE},
		.copying = {NS_NONE, NS_NONE},
		.paused = {NS_NONE, NS_NONE},
		.resumed = {NS_NONE, NS_NONE},
		.downtime_ns = NS_NONE};
	b->move = (struct move){.case_name = plan_case_at(b->plan, 0)->name,
		.run = 1,
		.attempt = 1,
		.move = 1,
		.vm = (char *)"desk",
		.source = (char *)"a",
		.destination = (char *)"b",
		.begin_ns = ZERO_NS,
		.baseline_ns = ZERO_NS,
		.window_begin_ns = TRIGGER_NS,
		.trigger_ns = TRIGGER_NS,
		.window_end_ns = ZERO_NS + 7 * NS_PER_S,
		.end_ns = ZERO_NS + 8 * NS_PER_S,
		.job = &b->job,
		.places = b->places,
		.place_count = 2};
	b->timeline = (struct timeline){.dir = b->dir,
		.first_ns = ZERO_NS,
		.first_utc_ns = CAPTURE_ZERO_NS,
		.closed = FOLDER_COMPLETE,
		.series = b->series,
		.series_count = 1,
		.moves = &b->move,
		.move_count = 1,
		.disturbances = b->disturbances,
		.pairs = b->pairs,
		.pair_count = ARRAY_SIZE(b->pairs)};
}

/* Frames are stamped 20 us after the probe's stamps. */
static void bench_make(struct frames_bench *b)
{
	struct plan_errors errors = {0};

	*b = (struct frames_bench){.dir = "/tmp/blackout-witness-XXXXXX"};
	CU_ASSERT_EQUAL_FATAL(
		plan_parse(&b->plan, "t.ini", plan_text_ini, strlen(plan_text_ini), &errors), 0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(b->dir));
	snprintf(b->path, sizeof(b->path), "%s/facts", b->dir);
	mkdir(b->path, 0755);
	snprintf(b->path, sizeof(b->path), "%s/facts/main-wire.pcap", b->dir);
	for (int i = 0; i < COUNT; i++)
		send(b, i, 20 * NS_PER_US);
	fill_timeline(b);
}

/* Writes the capture and judges the folder. Returns its only move. */
static const struct move_result *judge(struct frames_bench *b)
{
	struct err e = {0};

	CU_ASSERT_EQUAL_FATAL(capture_write(&b->world, b->path, DLT_EN10MB, true), 0);
	results_free(b->results);
	b->results = NULL;
	CU_ASSERT_EQUAL_FATAL(results_new(&b->results, &b->timeline, b->plan, &e), 0);
	CU_ASSERT_EQUAL_FATAL(b->results->move_count, 1);
	return &b->results->moves[0];
}

static void bench_free(struct frames_bench *b)
{
	results_free(b->results);
	plan_free(b->plan);
	capture_world_release(&b->world);
	unlink(b->path);
	snprintf(b->path, sizeof(b->path), "%s/facts", b->dir);
	rmdir(b->path);
	rmdir(b->dir);
}

static void same_interval(struct interval a, struct interval b)
{
	assert_interval(a, b.lo_ns, b.hi_ns);
}

static void holds_truth(const struct move_result *m)
{
	CU_ASSERT(interval_contains(m->blackout, (END_MS - BEGIN_MS) * MS));
}

/* Lets the last answered request leave the machine 2 ms late, which only its frame shows. */
static void late_frame(struct frames_bench *b)
{
	for (size_t i = 0; i < b->world.count; i++)
		if (b->world.frame[i].at_ns >= 4000 * MS && b->world.frame[i].at_ns < 4001 * MS)
			b->world.frame[i].at_ns += 2 * MS;
	b->records[400].arrival_ns += 2 * MS;
}

static void test_agree(void)
{
	const struct move_result *m;
	struct frames_bench b;

	bench_make(&b);
	late_frame(&b);
	m = judge(&b);
	CU_ASSERT(m->frames.seen && m->frames.used && !m->frames.apart);
	CU_ASSERT(m->blackout.hi_ns < move_judged(m)->blackout.hi_ns - MS);
	CU_ASSERT(m->blackout.lo_ns >= move_judged(m)->blackout.lo_ns);
	same_interval(m->blackout, m->frames.common);
	same_interval(b.results->cases[0].blackout, m->blackout);
	holds_truth(m);
	CU_ASSERT_STRING_EQUAL(m->reason, "within-bound");
	CU_ASSERT_EQUAL(b.results->disagreement_count, 0);
	bench_free(&b);
}

/* The probe alone does not decide this bound; probe and frames together do. */
static void test_bound_decided(void)
{
	const struct move_result *m;
	struct frames_bench b;
	struct plan_errors errors = {0};
	char text[sizeof(plan_text_ini) + 16];

	bench_make(&b);
	late_frame(&b);
	plan_free(b.plan);
	snprintf(text, sizeof(text), "[plan]\nbaseline = 2 s\nbound = 1019 ms\n%s",
		strstr(plan_text_ini, "[platform"));
	CU_ASSERT_EQUAL_FATAL(plan_parse(&b.plan, "t.ini", text, strlen(text), &errors), 0);
	b.move.case_name = plan_case_at(b.plan, 0)->name;
	m = judge(&b);
	CU_ASSERT(move_judged(m)->blackout.hi_ns > m->bound_ns);
	CU_ASSERT_EQUAL(m->verdict, VERDICT_PASS);
	bench_free(&b);
}

/* The capture has answers that the probe never received. */
static void test_apart(void)
{
	const struct move_result *m;
	struct frames_bench b;

	bench_make(&b);
	for (int i = 470; i < COUNT; i++)
		if (i < 502)
			capture_reply(&b.world, i * 10 * MS + 300 * NS_PER_US,
				&(struct capture_echo){desk.from, desk.to, 7, (uint16_t)i, 0});
	m = judge(&b);
	CU_ASSERT(m->frames.seen && m->frames.apart);
	CU_ASSERT_EQUAL(m->verdict, VERDICT_INVALID);
	CU_ASSERT_STRING_EQUAL(m->reason, "witnesses-disagree;within-bound");
	same_interval(m->blackout, move_judged(m)->blackout);
	CU_ASSERT_EQUAL_FATAL(b.results->disagreement_count, 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(b.results->disagreements[0], "the captured frames of fine"));
	bench_free(&b);
}

static void without_frames(struct frames_bench *b)
{
	const struct move_result *m = judge(b);

	CU_ASSERT(!m->frames.seen && !m->frames.apart);
	same_interval(m->blackout, move_judged(m)->blackout);
	CU_ASSERT_EQUAL(m->verdict, VERDICT_PASS);
	bench_free(b);
}

/* Removes the frames stamped from to_ns on. */
static void end_capture(struct frames_bench *b, int64_t to_ns)
{
	size_t kept = 0;

	for (size_t i = 0; i < b->world.count; i++)
		if (b->world.frame[i].at_ns < to_ns)
			b->world.frame[kept++] = b->world.frame[i];
	b->world.count = kept;
}

/* The capture ended in the middle of the window. */
static void test_half_a_capture(void)
{
	struct frames_bench b;

	bench_make(&b);
	late_frame(&b);
	end_capture(&b, 4500 * MS);
	without_frames(&b);
}

/* The capture has requests only: it saw one direction. */
static void test_one_way(void)
{
	struct frames_bench b;

	bench_make(&b);
	capture_world_release(&b.world);
	for (int i = 0; i < COUNT; i++)
		capture_request(&b.world, i * 10 * MS,
			&(struct capture_echo){desk.from, desk.to, 7, (uint16_t)i, 0});
	without_frames(&b);
}

static void test_clock_set(void)
{
	struct frames_bench b;

	bench_make(&b);
	late_frame(&b);
	b.disturbances[0] = (struct disturbance){
		.kind = DISTURBED_CLOCK, .from_ns = TRIGGER_NS, .to_ns = TRIGGER_NS + NS_PER_S};
	b.timeline.disturbance_count = 1;
	without_frames(&b);
	/* The clocks were not paired near the gap. */
	bench_make(&b);
	late_frame(&b);
	b.pairs[1] = (struct clock_pair){ZERO_NS + 60 * NS_PER_S, CAPTURE_ZERO_NS + 60 * NS_PER_S};
	b.timeline.pair_count = 2;
	without_frames(&b);
}

/* The capture lacks an answer next to the silence, so it cannot bound the silence. */
static void test_incomplete(void)
{
	const struct move_result *m;
	struct frames_bench b;
	size_t kept = 0;

	bench_make(&b);
	for (size_t i = 0; i < b.world.count; i++)
		if (b.world.frame[i].at_ns < 4000 * MS + 100 * NS_PER_US ||
			b.world.frame[i].at_ns > 4001 * MS)
			b.world.frame[kept++] = b.world.frame[i];
	CU_ASSERT_EQUAL_FATAL(kept + 1, b.world.count);
	b.world.count = kept;
	m = judge(&b);
	CU_ASSERT(m->frames.seen && !m->frames.used);
	same_interval(m->blackout, move_judged(m)->blackout);
	holds_truth(m);
	bench_free(&b);
}

/* Requests sent from from_ns on are not answered; the capture has only the requests. */
static void lose_answers_from(struct frames_bench *b, int64_t from_ns)
{
	end_capture(b, from_ns);
	for (size_t i = 0; i < COUNT; i++) {
		if (b->records[i].sent_ns < ZERO_NS + from_ns)
			continue;
		b->records[i].arrival_ns = NS_NONE;
		capture_request(&b->world, b->records[i].sent_ns - ZERO_NS + 20 * NS_PER_US,
			&(struct capture_echo){desk.from, desk.to, 7, (uint16_t)i, 0});
	}
}

/* After the window no request is answered: the unseen silence at its end has no upper bound. */
static void test_silent_after_window(void)
{
	const struct move_result *m;
	struct frames_bench b;

	bench_make(&b);
	b.move.window_end_ns = ZERO_NS + 7005 * MS;
	lose_answers_from(&b, 7010 * MS);
	m = judge(&b);
	CU_ASSERT_EQUAL(move_judged(m)->gaps.unseen_hi_ns, NS_INF);
	CU_ASSERT(m->frames.seen && m->frames.used && !m->frames.apart);
	CU_ASSERT_EQUAL(m->frames.blackout.hi_ns, NS_INF);
	holds_truth(m);
	bench_free(&b);
}

/* The capture's drops widen the frames' gap only; the socket's drops widen the probe's gap only. */
static void test_drops(void)
{
	const struct move_result *m;
	struct interval undisturbed;
	struct frames_bench b;

	bench_make(&b);
	m = judge(&b);
	undisturbed = m->frames.blackout;
	b.disturbances[0] = (struct disturbance){.kind = DISTURBED_DROPS,
		.source = "main-wire",
		.from_ns = ZERO_NS + 3900 * MS,
		.to_ns = ZERO_NS + 4200 * MS};
	b.timeline.disturbance_count = 1;
	m = judge(&b);
	CU_ASSERT(m->frames.blackout.hi_ns > undisturbed.hi_ns);
	CU_ASSERT(m->frames.blackout.lo_ns < undisturbed.lo_ns);
	same_interval(m->blackout, move_judged(m)->blackout);
	snprintf(b.disturbances[0].source, sizeof(b.disturbances[0].source), "main-fine");
	m = judge(&b);
	same_interval(m->frames.blackout, undisturbed);
	CU_ASSERT(move_judged(m)->blackout.hi_ns > undisturbed.hi_ns);
	same_interval(m->blackout, undisturbed);
	/* A late engine widens both. */
	b.disturbances[0].kind = DISTURBED_LATE;
	m = judge(&b);
	CU_ASSERT(m->frames.blackout.lo_ns < undisturbed.lo_ns);
	holds_truth(m);
	bench_free(&b);
}

/* Another probe of the same definition, 4 ms out of step, lost probes closer to both ends. */
static void test_two_probes(void)
{
	const struct move_result *m;
	struct frames_bench b;

	bench_make(&b);
	capture_world_release(&b.world);
	for (int i = 0; i < COUNT; i++) {
		int64_t at_ns = i * 10 * MS + 4 * MS;

		b.others[i] = (struct probe_record){.sent_ns = ZERO_NS + at_ns,
			.arrival_ns = silent(at_ns + 120 * NS_PER_US)
					      ? NS_NONE
					      : ZERO_NS + at_ns + 220 * NS_PER_US};
	}
	b.series[1] = b.series[0];
	b.series[1].probe = (char *)"second";
	b.series[1].records = b.others;
	b.timeline.series_count = 2;
	m = judge(&b);
	CU_ASSERT(m->observations[1].agrees && !m->observations[1].apart);
	CU_ASSERT(m->blackout.hi_ns <= move_judged(m)->blackout.hi_ns);
	CU_ASSERT(m->blackout.lo_ns > move_judged(m)->blackout.lo_ns + 5 * MS);
	holds_truth(m);
	/* Shifted by 100 ms, the lengths still agree, but the begin and end do not. */
	for (int i = 0; i < COUNT; i++) {
		b.others[i].sent_ns += 100 * MS;
		b.others[i].arrival_ns += b.others[i].arrival_ns == NS_NONE ? 0 : 100 * MS;
	}
	m = judge(&b);
	CU_ASSERT(m->observations[1].apart);
	CU_ASSERT_STRING_EQUAL(m->reason, "witnesses-disagree;within-bound");
	CU_ASSERT_PTR_NOT_NULL(strstr(b.results->disagreements[0], "moments of begin and end"));
	/* Different kinds are different definitions. Two sessions never have the same one. */
	b.series[1].kind = PROBE_PING;
	CU_ASSERT_FALSE(judge(&b)->observations[1].apart);
	b.series[0].kind = b.series[1].kind = PROBE_SESSION;
	CU_ASSERT_FALSE(judge(&b)->observations[1].apart);
	b.series[0].kind = b.series[1].kind = PROBE_BURST;
	CU_ASSERT(judge(&b)->observations[1].apart);
	/* A probe of another address is not a witness. */
	b.series[1].address = (char *)"10.0.0.3";
	CU_ASSERT_EQUAL(judge(&b)->verdict, VERDICT_PASS);
	bench_free(&b);
}

TEST_SUITE(verdict_frames, {"both agree", test_agree}, {"a bound decided", test_bound_decided},
	{"apart", test_apart}, {"half a capture", test_half_a_capture},
	{"one way only", test_one_way}, {"a clock that was set", test_clock_set},
	{"an answer not captured", test_incomplete},
	{"silent after the window", test_silent_after_window}, {"drops", test_drops},
	{"two probes", test_two_probes})
