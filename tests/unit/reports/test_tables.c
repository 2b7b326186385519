/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tables and text of a small constructed world: columns and cells, the text and its width, names
 * that would control a terminal or a spreadsheet, the published figures.
 */
#include "reports/common/csv.h"
#include "reports/common/document.h"
#include "reports/common/fit.h"
#include "reports/common/reference.h"
#include "reports/report.h"
#include "reports/text/text.h"

#include "harness/compare/run_rows.h"
#include "tests/unit/out_folder.h"
#include "tests/unit/report_world.h"
#include "tests/unit/test.h"

#include <limits.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static void write_csv(const struct world *w)
{
	struct directory out = out_folder(w->dir);
	struct err e = {0};

	CU_ASSERT_EQUAL_FATAL(report_csv(&w->results, &out, &e), 0);
	directory_close(&out);
}

static void write_text(const struct world *w, const char *environment)
{
	CU_ASSERT_EQUAL_FATAL(world_text(w, environment), 0);
}

static void test_tables(void)
{
	struct world w;

	world_make(&w, 1);
	write_csv(&w);
	CU_ASSERT(holds(&w, "runs.csv",
		"case,run,vm,move,platform,source,destination,job_state,job_start_utc,job_lo_s,job_"
		"hi_s,"
		"downtime_reported_ms,lost_1s,blackout_lo_s,blackout_hi_s,outcome,integrity,"
		"verdict,"
		"reason,axis:memory,axis:session,role\r\n"
		"memory=2GB session=attached,1,desk,1,libvirt,a,b,completed,"
		"2026-11-21T05:29:10.000000Z,17.250000,17.250000,128.000000,0,0.230000,0.250000,ok,"
		"ok,"
		"PASS,within-bound,2GB,attached,moved\r\n"));
	CU_ASSERT(holds(&w, "gaps.csv",
		"case,run,vm,station,probe,target,phase,start_utc,start_s,lo_s,hi_s,lost,late,causes\r\n"
		"memory=2GB session=attached,1,desk,local,fine,desk,switch,"
		"2026-11-21T05:29:26.900000Z,26.900000,0.230000,0.250000,24,0,"
		"stop-and-copy 0.135;not known 0.105\r\n"));
	CU_ASSERT(holds(&w, "cases.csv",
		"case,platform,runs,job_mean_s,job_sd_s,job_least_s,job_most_s,lost_1s_most,"
		"blackout_lo_s,blackout_hi_s,verdict,axis:memory,axis:session\r\n"
		"memory=2GB session=attached,libvirt,1,25.400000,,24.000000,26.000000,1,0.230000,"
		"0.250000,PASS,2GB,attached\r\n"));
	CU_ASSERT(holds(&w, "sessions.csv",
		"case,run,vm,station,kind,target,opened_s,gap_lo_s,gap_hi_s,drops,input_median_ms,"
		"input_p99_ms,state_kept,network_lo_s,network_hi_s,sent_again,"
		"sent_again_after_s,before_median_ms,before_p99_ms,after_median_ms,after_p99_ms,"
		"drop_reason,tries,tries_failed,first_try_s,connected_s,refused_reason\r\n"
		"memory=2GB "
		"session=attached,1,desk,local,session,desk,6.000000,0.000000,0.250000,0,"));
	CU_ASSERT(holds(&w, "sessions.csv", ",yes,0.230000,0.250000,"));
	world_free(&w);
}

static void test_tables_absent(void)
{
	struct world w;

	world_make(&w, 1);
	w.moves[0].job.lo_ns = NS_NONE;
	w.moves[0].lost_1s = -1;
	w.moves[0].blackout.hi_ns = NS_INF;
	w.scenes[0].move.job = NULL;
	w.scenes[0].gap.a_ns = NS_NONE;
	w.scenes[0].gap.widened.hi_ns = NS_INF;
	w.scenes[0].gap.phase = PHASE_NONE;
	w.timeline.session_event_count = 0;
	write_csv(&w);
	CU_ASSERT(holds(&w, "runs.csv", ",a,b,,,,,,,0.230000,inf,ok,ok,PASS,"));
	CU_ASSERT(holds(&w, "gaps.csv", ",desk,,,,0.230000,inf,24,0,\r\n"));
	/* The move's job explains gaps of the moved VM only. */
	w.scenes[0].move.job = &w.scenes[0].job;
	write_csv(&w);
	CU_ASSERT(holds(&w, "gaps.csv", ",24,0,stop-and-copy 0."));
	w.scenes[0].fine.target = (char *)"switch";
	write_csv(&w);
	CU_ASSERT(holds(&w, "gaps.csv", ",switch,,,,0.230000,inf,24,0,\r\n"));
	CU_ASSERT(holds(&w, "sessions.csv", ",session,desk,,0.000000,0.250000,0,"));
	world_free(&w);
}

/* A session that dropped and was opened again without its state. */
static void test_session_dropped(void)
{
	struct world w;

	world_make(&w, 1);
	w.events[0].what = SESSION_EVENT_DROP;
	w.events[0].at_ns = w.scenes[0].move.trigger_ns + S;
	w.events[1].state_kept = false;
	w.events[2] = w.events[0];
	w.events[2].what = SESSION_EVENT_OPEN;
	w.events[2].at_ns += 200 * MS;
	w.timeline.session_event_count = 3;
	write_csv(&w);
	CU_ASSERT(holds(&w, "sessions.csv", ",0.200000,0.250000,1,"));
	CU_ASSERT(holds(&w, "sessions.csv", ",no,0.230000,0.250000,"));
	world_free(&w);
}

static void test_tables_read_back(void)
{
	struct world w;
	struct run_rows rows;
	struct err e = {0};
	char path[PATH_MAX];
	char *locale = strdup(setlocale(LC_ALL, NULL));

	world_make(&w, 30);
	w.scenes[0].move.vm = (char *)"=HYPERLINK(\"http://x\",1)";
	w.scenes[1].move.vm = (char *)"a\r\n\"b\"";
	/* A locale with a decimal comma, if the machine has one, changes nothing. */
	if (!setlocale(LC_ALL, "de_DE.UTF-8"))
		setlocale(LC_ALL, "C.UTF-8");
	write_csv(&w);
	setlocale(LC_ALL, locale);
	free(locale);
	CU_ASSERT(holds(&w, "runs.csv", ",\"'=HYPERLINK(\"\"http://x\"\",1)\","));
	CU_ASSERT(holds(&w, "cases.csv", ",25.400000,"));
	snprintf(path, sizeof(path), "%s/runs.csv", w.dir);
	CU_ASSERT_EQUAL_FATAL(run_rows_read(&rows, path, false, &e), 0);
	CU_ASSERT_EQUAL_FATAL(rows.count, 30);
	CU_ASSERT_STRING_EQUAL(rows.row[0].vm, "=HYPERLINK(\"http://x\",1)");
	CU_ASSERT_STRING_EQUAL(rows.row[1].vm, "a\r\n\"b\"");
	CU_ASSERT_EQUAL(rows.row[29].blackout.hi_ns, w.moves[29].blackout.hi_ns);
	CU_ASSERT_EQUAL(rows.row[29].downtime_ns, 128 * MS);
	CU_ASSERT_STRING_EQUAL(rows.row[29].axes[0].value, "4GB");
	run_rows_release(&rows);
	world_free(&w);
}

static void narrow(const struct world *w)
{
	char *text = world_read(w, "report.txt"), *rest = text;

	for (char *line; (line = strsep(&rest, "\n"));)
		if (text_width(line) > 100 || (*line && line[strlen(line) - 1] == ' ')) {
			fprintf(stderr, "\n%s|\n", line);
			CU_FAIL("too wide, or a blank at the end");
		}
	free(text);
}

static void test_text(void)
{
	struct world w;

	world_make(&w, 30);
	write_text(&w, world_environment);
	narrow(&w);
	CU_ASSERT(holds(&w, "report.txt", "Live migration of 2, 3 and 4 GB VMs\nVerdict: PASS\n"));
	CU_ASSERT(holds(&w, "report.txt", "15 NOT JUDGED"));
	CU_ASSERT(holds(&w, "report.txt", "even the interval's upper end is within the bound"));
	CU_ASSERT(holds(&w, "report.txt", "2 GB    9 [8, 10]    2 [1, 3]     8 [7, 9]"));
	CU_ASSERT(holds(&w, "report.txt", "3 GB      35    34    35    35    35    35"));
	CU_ASSERT(holds(&w, "report.txt", "silence of 2 to 4 s: with it alone"));
	CU_ASSERT(holds(&w, "report.txt", "site.link_measured_bps: 941.0 Mbit/s"));
	CU_ASSERT(holds(&w, "report.txt", "CPU threshold          30 %           30 %"));
	CU_ASSERT(holds(&w, "report.txt", "memory threshold       512 MB         512 MB"));
	CU_ASSERT(lacks(&w, "report.txt", "SIMULATED"));
	world_free(&w);
}

#define LINE(outages, inside)                               \
	"{\"outages\":" #outages ",\"inside\":" #inside "," \
	"\"median_error_ns\":2340000,\"worst_error_ns\":5100000}"

/* Results of the machine's calibration, only for the intervals that were probed. */
static void test_text_calibration(void)
{
	struct series series[2];
	struct world w;

	world_make(&w, 1);
	series[0] = w.scenes[0].fine;
	series[1] = w.scenes[0].classic;
	w.timeline.series = series;
	w.timeline.series_count = 2;
	write_text(&w,
		"{\"calibration\":{\"quiet\":{\"date\":\"2026-11-24\",\"rows\":["
		"{\"interval_ns\":10000000,\"fine_interval_ns\":0,\"cut\":" LINE(
			40, 40) ",\"held\":" LINE(9, 9) ",\"slow\":" LINE(8,
			8) "},{\"interval_ns\":10000000,\"fine_interval_ns\":500000,\"cut\":" LINE(5,
			5) ",\"held\":" LINE(0, 0) ",\"slow\":" LINE(1,
			1) "},{\"interval_ns\":1000000,"
			   "\"fine_interval_ns\":0,\"cut\":" LINE(40,
				   40) "}]},\"loaded\":{\"date\":\"2026-11-25\","
				       "\"rows\":[{\"interval_ns\":10000000,\"fine_interval_ns\":0,\"cut\":" LINE(
					       40, 39) ",\"held\":" LINE(9, 9) ",\"slow\":" LINE(8,
					       8) "}]}}}");
	narrow(&w);
	CU_ASSERT(holds(&w, "report.txt",
		"This machine at 10ms: the middle of the bounds was 2.34 ms "
		"from"));
	CU_ASSERT(holds(&w, "report.txt", "of 57 known outages 57 lay inside"));
	CU_ASSERT(holds(&w, "report.txt", "(calibrated 2026-11-24)\n"));
	CU_ASSERT(holds(
		&w, "report.txt", "This machine at 10ms, while answers were missing 500us: "));
	CU_ASSERT(holds(&w, "report.txt", "of 6 known outages 6 lay inside"));
	CU_ASSERT(holds(&w, "report.txt", "This machine at 10ms, every core busy:"));
	CU_ASSERT(holds(&w, "report.txt", "DO NOT TRUST"));
	CU_ASSERT(holds(&w, "report.txt", "This machine at 1s: not calibrated"));
	CU_ASSERT(lacks(&w, "report.txt", "This machine at 1ms"));
	CU_ASSERT(lacks(&w, "report.txt", "calibration."));
	write_text(&w,
		"{\"calibration\":{\"quiet\":{\"rows\":[{\"interval_ns\":10000000,"
		"\"fine_interval_ns\":0,\"cut\":{\"median_error_ns\":9223372036854775807}}]}}}");
	CU_ASSERT(holds(&w, "report.txt", "This machine at 10ms: not calibrated"));
	world_free(&w);
}

static void test_text_warns(void)
{
	struct world w;

	world_make(&w, 2);
	w.timeline.simulated = true;
	w.timeline.closed = FOLDER_INTERRUPTED;
	w.results.moves_missing = 28;
	w.disagreements[0] = (char *)"fine and capture contradict each other in run 1";
	w.results.disagreements = w.disagreements;
	w.results.disagreement_count = 1;
	w.notes[0] = (char *)"fine.tsv:812: cut\x1b[2J";
	w.timeline.notes = w.notes;
	w.timeline.note_count = 1;
	w.cases[0].verdict = VERDICT_INVALID;
	w.moves[1].verdict = VERDICT_INVALID;
	strcpy(w.moves[1].reason, "disturbed-late;no-end");
	w.scenes[1].move.vm =
		(char *)"a very long name of a virtual machine, "
			"longer than any column that a table of a hundred has room for";
	write_text(&w, "{\"broken");
	narrow(&w);
	CU_ASSERT(holds(&w, "report.txt", "S I M U L A T E D"));
	CU_ASSERT(holds(&w, "report.txt", "I N T E R R U P T E D"));
	CU_ASSERT(holds(&w, "report.txt", "28 planned moves were not carried out"));
	CU_ASSERT(holds(&w, "report.txt", "contradict each other in run 1"));
	CU_ASSERT(holds(&w, "report.txt", "cut\\x1B[2J"));
	CU_ASSERT(holds(&w, "report.txt",
		"Verdict: INVALID (of what was carried out; the plan is incomplete)\n"));
	CU_ASSERT(holds(&w, "report.txt", "the harness itself was late"));
	CU_ASSERT(holds(&w, "report.txt", "environment.json cannot be read"));
	world_free(&w);
}

/* A folder that was closed early gets a banner; a complete one does not. */
static void test_closed(void)
{
	static const struct {
		enum folder_state state;
		const char *text;
	} states[] = {{FOLDER_INTERRUPTED, "I N T E R R U P T E D"},
		{FOLDER_BROKE_OFF, "B R O K E   O F F"},
		{FOLDER_SET_UP_FAILED, "S E T - U P   F A I L E D"}};
	struct world w;

	world_make(&w, 1);
	for (size_t i = 0; i < ARRAY_SIZE(states); i++) {
		w.timeline.closed = states[i].state;
		write_text(&w, NULL);
		for (size_t j = 0; j < ARRAY_SIZE(states); j++)
			CU_ASSERT(i == j ? holds(&w, "report.txt", states[j].text)
					 : lacks(&w, "report.txt", states[j].text));
		CU_ASSERT(holds(&w, "report.txt", "the plan is incomplete"));
	}
	w.timeline.closed = FOLDER_COMPLETE;
	write_text(&w, NULL);
	CU_ASSERT(lacks(&w, "report.txt", "*****"));
	CU_ASSERT(lacks(&w, "report.txt", "the plan is incomplete"));
	world_free(&w);
}

/* Disturbances without a known begin or end. */
static void test_disturbed_open(void)
{
	static struct disturbance open[] = {
		{.kind = DISTURBED_DROPS, .source = "wire", .from_ns = NS_NONE, .to_ns = FIRST + S},
		{.kind = DISTURBED_LATE,
			.source = "fine",
			.from_ns = FIRST + S,
			.to_ns = INT64_MAX},
		{.kind = DISTURBED_LATE,
			.source = "slow",
			.from_ns = FIRST,
			.to_ns = FIRST + 2 * S,
			.steal_ns = 30 * NS_PER_MS,
			.switches = 4}};
	struct world w;

	world_make(&w, 1);
	w.timeline.disturbances = open;
	w.timeline.disturbance_count = 3;
	write_text(&w, NULL);
	CU_ASSERT(
		holds(&w, "report.txt", "disturbed (late) by slow at 0.000 s for 2.000 s, while"));
	CU_ASSERT(holds(&w, "report.txt", "machines took 30 ms of processor time"));
	CU_ASSERT(holds(&w, "report.txt", "preempted 4"));
	CU_ASSERT(holds(&w, "report.txt", "disturbed (drops) by wire from the start to 1.000 s"));
	CU_ASSERT(holds(&w, "report.txt", "disturbed (late) by fine from 1.000 s to the end"));
	world_free(&w);
}

static void test_text_bare(void)
{
	struct world w;

	world_make(&w, 3);
	world_strip(&w);
	write_text(&w, NULL);
	narrow(&w);
	CU_ASSERT(holds(&w, "report.txt", "environment.json is missing"));
	w.results.move_count = w.results.case_count = 0;
	write_text(&w, NULL);
	CU_ASSERT(holds(&w, "report.txt", "nothing was moved"));
	w.results.move_count = 3;
	world_free(&w);
}

/* The report names the silence that gives the upper end, and only disturbances that widened it. */
static void test_limit(void)
{
	static const struct disturbance late = {.kind = DISTURBED_LATE, .source = "local-fine"};
	struct gap *gap;
	struct gaps *gaps;
	struct world w;

	world_make(&w, 1);
	gap = &w.scenes[0].gap;
	gaps = &w.scenes[0].observations[0].gaps;
	gap->disturbed_by = &late;
	gap->widened.lo_ns -= 5 * MS;
	write_text(&w, NULL);
	CU_ASSERT(holds(&w, "report.txt", "begun in phase switch"));
	CU_ASSERT(holds(&w, "report.txt", "What limits its precision: the interval is"));
	CU_ASSERT(lacks(&w, "report.txt", "disturbed meanwhile"));
	gap->widened.lo_ns -= 15 * MS;
	write_text(&w, NULL);
	CU_ASSERT(holds(&w, "report.txt", "disturbed meanwhile (late, local-fine)"));
	gap->widened.hi_ns = w.moves[0].blackout.hi_ns = NS_INF;
	write_text(&w, NULL);
	CU_ASSERT(holds(&w, "report.txt", "disturbed meanwhile (late, local-fine)"));
	gap->widened.hi_ns = gap->length.hi_ns;
	gaps->unseen_sampled_ns = 300 * MS;
	w.moves[0].blackout.hi_ns = gaps->unseen_hi_ns = 300 * MS;
	gaps->unseen_from_ns = w.scenes[0].move.trigger_ns + S;
	write_text(&w, NULL);
	CU_ASSERT(holds(&w, "report.txt", "begun in phase copy"));
	CU_ASSERT(holds(&w, "report.txt", "no probe was lost there; 0.300 s lie between"));
	CU_ASSERT(holds(&w, "report.txt", "[0.230, 0.300]        0 copy   PASS"));
	gaps->unseen_disturbed_by = &late;
	write_text(&w, NULL);
	CU_ASSERT(holds(&w, "report.txt", "disturbed meanwhile (late, local-fine)"));
	world_free(&w);
}

/*
 * An unknown begin and an unknown end both make the upper end open; the report says which it is.
 */
static void test_limit_open(void)
{
	struct world w;
	struct gap *gap;

	world_make(&w, 1);
	gap = &w.scenes[0].gap;
	gap->length.hi_ns = gap->widened.hi_ns = w.moves[0].blackout.hi_ns = NS_INF;
	gap->a_ns = NS_NONE;
	write_text(&w, NULL);
	CU_ASSERT(holds(&w, "report.txt", "no earlier request was answered"));
	CU_ASSERT(lacks(&w, "report.txt", "had not answered again"));
	gap->a_ns = gap->l1_ns;
	gap->r_ns = NS_NONE;
	write_text(&w, NULL);
	CU_ASSERT(holds(&w, "report.txt", "had not answered again"));
	CU_ASSERT(lacks(&w, "report.txt", "no earlier request was answered"));
	world_free(&w);
}

/* Detached cases probed by fast pings are marked: their figures do not compare with test II's. */
static void test_probed_fast(void)
{
	struct world w;

	world_make(&w, 10);
	write_text(&w, NULL);
	CU_ASSERT(holds(&w, "report.txt", "NOT JUDGED *\n"));
	CU_ASSERT(holds(&w, "report.txt", "* detached, but probed fast"));
	CU_ASSERT(
		holds(&w, "report.txt", "does not test a silent VM: fast probing itself teaches"));
	CU_ASSERT(lacks(&w, "report.txt", "PASS *\n"));
	for (size_t i = 5; i < 10; i++)
		w.scenes[i].fine.kind = PROBE_PING;
	write_text(&w, NULL);
	CU_ASSERT(lacks(&w, "report.txt", " *\n"));
	CU_ASSERT(lacks(&w, "report.txt", "silent VM"));
	world_free(&w);
}

static void test_verified(void)
{
	struct world w;

	world_make(&w, 2);
	write_text(&w, NULL);
	CU_ASSERT(holds(&w, "report.txt", "verified unharmed after 2 of 2 moves."));
	w.moves[1].integrity = INTEGRITY_UNCHECKED;
	write_text(&w, NULL);
	CU_ASSERT(holds(&w, "report.txt",
		"memory was checked after 1 of 2 moves, and verified unharmed after 1."));
	w.moves[0].integrity = INTEGRITY_UNCHECKED;
	write_text(&w, NULL);
	CU_ASSERT(holds(&w, "report.txt", "memory was not checked (no agent)."));
	CU_ASSERT(lacks(&w, "report.txt", "unharmed"));
	world_free(&w);
}

/* Every code in docs/facts.md is explained. tests/run.sh starts the tests in the tree's root. */
static void test_reasons(void)
{
	struct err e = {0};
	char *text, *rest;
	size_t codes = 0;

	CU_ASSERT_EQUAL_FATAL(file_read("docs/facts.md", 1 << 20, &text, NULL, &e), 0);
	rest = strstr(text, "### Reason codes");
	CU_ASSERT_PTR_NOT_NULL_FATAL(rest);
	for (char *row; (row = strsep(&rest, "\n"));)
		/* The codes of the first column, and the outcomes in the third one. */
		for (char *code = row; *row == '|' && (code = strchr(code, '`')); code++) {
			bool first = !memchr(row + 1, '|', (size_t)(code - row - 1));
			size_t length = strcspn(++code, "`");
			char words[256];

			code[length] = '\0';
			if (strcmp(code, "outcome-…") != 0 &&
				(first || strncmp(code, "outcome-", strlen("outcome-")) == 0)) {
				text_reason(code, words, sizeof(words));
				if (strcmp(words, code) == 0)
					fprintf(stderr, "\nno words for %s\n", code);
				CU_ASSERT_STRING_NOT_EQUAL(words, code);
				codes++;
			}
			code += length;
		}
	CU_ASSERT(codes > 20);
	free(text);
}

/* Numbers keep their units, intervals stay on one line, and no line is too long. */
static void test_wrap(void)
{
	char text[512] = "", *wrapped = NULL;
	size_t length = 0;

	for (size_t pad = 60; pad < 100; pad++) {
		FILE *f = open_memstream(&wrapped, &length);

		CU_ASSERT_PTR_NOT_NULL_FATAL(f);
		memset(text, 'x', pad);
		strcpy(text + pad, " bound 3.000 s: in [0.357, 0.422] s, 94 % of 7.87 s/GB; so.");
		text_wrap(f, "  ", text);
		fclose(f);
		CU_ASSERT(!strstr(wrapped, "3.000\n") && !strstr(wrapped, "0.357,\n") &&
			  !strstr(wrapped, "0.422]\n") && !strstr(wrapped, "94\n") &&
			  !strstr(wrapped, "7.87\n"));
		CU_ASSERT(strcspn(wrapped, "\n") <= 100 || pad > 98);
		free(wrapped);
	}
}

static void test_reference(void)
{
	struct reference *r;
	struct line_fit fit;
	double gb[16], s[16];
	size_t n = 0, above = 0, attached = 0;
	struct err e = {0};

	CU_ASSERT_EQUAL_FATAL(reference_read(&r, &e), 0);
	CU_ASSERT_EQUAL(r->blackout_count, 30);
	CU_ASSERT_EQUAL(r->setting_count, 7);
	for (size_t i = 0; i < r->blackout_count; i++) {
		bool first = strcmp(r->blackouts[i].session, "attached") == 0;

		attached += first;
		above += !first && r->blackouts[i].lost > 3;
		CU_ASSERT(!first || r->blackouts[i].lost <= 1);
	}
	CU_ASSERT_EQUAL(attached, 15);
	/* In the study's test II, 7 of 15 values exceed 3 s. */
	CU_ASSERT_EQUAL(above, 7);
	for (size_t i = 0; i < r->job_count; i++) {
		double sum = 0;
		size_t runs = 0;

		if (r->jobs[i].run) {
			gb[n] = r->jobs[i].memory_gb;
			s[n++] = r->jobs[i].job_s;
			continue;
		}
		for (size_t j = 0; j < r->job_count; j++)
			if (r->jobs[j].run && r->jobs[j].memory_gb == r->jobs[i].memory_gb) {
				sum += r->jobs[j].job_s;
				runs++;
			}
		CU_ASSERT_EQUAL(runs, 5);
		CU_ASSERT_EQUAL(lround(sum / 5), r->jobs[i].job_s);
	}
	CU_ASSERT_EQUAL_FATAL(n, 15);
	CU_ASSERT_FATAL(line_fit(gb, s, n, &fit));
	CU_ASSERT_DOUBLE_EQUAL(fit.slope, 9.3, 0.05);
	CU_ASSERT_DOUBLE_EQUAL(fit.intercept, 6.8, 0.05);
	CU_ASSERT_STRING_NOT_EQUAL(reference_text(r, "source"), "");
	reference_free(r);
	CU_ASSERT_EQUAL(lost_interval(0).lo_ns, 0);
	CU_ASSERT_EQUAL(lost_interval(0).hi_ns, S);
	CU_ASSERT_EQUAL(lost_interval(3).lo_ns, 2 * S);
	CU_ASSERT_EQUAL(lost_interval(3).hi_ns, 4 * S);
}

static void test_words(void)
{
	char buf[NUMBER_TEXT_MAX], text[64];

	CU_ASSERT_STRING_EQUAL(fixed_text(1499999999, 2, buf), "1.50");
	CU_ASSERT_STRING_EQUAL(fixed_text(NS_NONE, 2, buf), "-");
	CU_ASSERT_STRING_EQUAL(fixed_text(999999999, 0, buf), "1");
	CU_ASSERT_STRING_EQUAL(ms_text(1260000, 1, buf), "1.3");
	CU_ASSERT_STRING_EQUAL(ms_text(NS_NONE, 1, buf), "-");
	/* Rounded outwards: the printed interval contains the measured one. */
	CU_ASSERT_STRING_EQUAL(
		interval_text((struct interval){1239999999, 1240000001}, 2, buf), "[1.23, 1.25]");
	CU_ASSERT_STRING_EQUAL(interval_text((struct interval){0, NS_INF}, 1, buf), "[0.0, inf]");
	CU_ASSERT_STRING_EQUAL(
		interval_text((struct interval){NS_INF, NS_INF}, 3, buf), "[inf, inf]");
	CU_ASSERT_STRING_EQUAL(
		text_safe("a\x1b[1m\xc3\xa9\xff\xc2\x9b\xe2\x80\xae", text, sizeof(text)),
		"a\\x1B[1m\xc3\xa9\\xFF\\xC2\\x9B\\xE2\\x80\\xAE");
	CU_ASSERT_STRING_EQUAL(text_safe("\xc3\xa9\xc3\xa9", text, 4), "\xc3\xa9");
	CU_ASSERT_STRING_EQUAL(text_fit("\xc3\xa9"
					"bcdefgh",
				       5, text, sizeof(text)),
		"\xc3\xa9"
		"b~gh");
	CU_ASSERT_EQUAL(text_width("\xc3\xa9"
				   "b"),
		2);
	name_safe("../a b=\xc3\xa9", text, sizeof(text));
	CU_ASSERT_STRING_EQUAL(text, "-.-a-b---");
	name_safe("", text, sizeof(text));
	CU_ASSERT_STRING_EQUAL(text, "-");
}

TEST_SUITE(reports, {"tables", test_tables}, {"tables, not measured", test_tables_absent},
	{"session dropped", test_session_dropped}, {"tables read back", test_tables_read_back},
	{"text", test_text}, {"text warns", test_text_warns},
	{"calibration quoted", test_text_calibration}, {"text of little", test_text_bare},
	{"how it was closed", test_closed}, {"disturbed without end", test_disturbed_open},
	{"what limited it", test_limit}, {"open ends", test_limit_open},
	{"probed fast", test_probed_fast}, {"verified", test_verified}, {"reasons", test_reasons},
	{"wrapping", test_wrap}, {"published figures", test_reference}, {"words", test_words});
