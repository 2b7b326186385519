/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads facts back: damage, resumes, clocks, and the joining of one probe's lines. */
#include "harness/plan/component.h"
#include "harness/timeline/timeline.h"
#include "tests/unit/fact_folder.h"
#include "tests/unit/test.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TARGET                                                                           \
	"100\ttarget\t1\tname=desk\taddress=192.0.2.10\trole=vm\tkind=burst\tprobe=fine" \
	"\tstation=local\tinterval=10\ttimeout=50\n"

static bool noted(const struct timeline *t, const char *text)
{
	for (size_t i = 0; i < t->note_count; i++)
		if (strstr(t->notes[i], text))
			return true;
	return false;
}

static void test_records(void)
{
	struct fact_folder f;
	const struct series *s;

	fact_folder_make(&f);
	fact_folder_put(&f, "facts/local-fine.tsv",
		HEAD SEGMENT("100", "b1", "1000000", "7") TARGET
		"160\tunanswered\t1\tsent=110\tseq=1\n"
		"155\tanswer\t1\tsent=150\tseq=5\n" /* overtook the next three */
		"165\tanswer\t1\tsent=140\tseq=4\n"
		"166\tunanswered\t1\tsent=140\tseq=4\terrno=105\n"
		"170\tunanswered\t1\tsent=120\tseq=2\ticmp=3/1\tfrom=192.0.2.1\n"
		"175\tanswer\t1\tsent=110\tseq=1\n" /* it was late */
		"180\tunanswered\t1\tsent=130\tseq=3\n"
		"181\tduplicate\t1\tseq=5\n"
		"182\tduplicate\t1\tseq=99\n" /* of an unknown probe */
		"183\tanswer\t1\tseq=98\n"
		"184\tanswer\t7\tsent=1\tseq=1\n" /* of an unknown target */
		"185\tnovelty\t1\tkey=value\n"
		"300\tend\t-\treason=done\n");
	fact_folder_read(&f);
	CU_ASSERT_EQUAL_FATAL(f.t->series_count, 1);
	CU_ASSERT_EQUAL(f.t->note_count, 0);
	s = &f.t->series[0];
	CU_ASSERT_EQUAL_FATAL(s->count, 5);
	for (size_t i = 0; i < 5; i++)
		CU_ASSERT_EQUAL(s->records[i].sent_ns, 110 + 10 * (int64_t)i);
	CU_ASSERT_EQUAL(s->records[0].arrival_ns, 175);
	CU_ASSERT(s->records[1].arrival_ns == NS_NONE && s->records[1].error);
	CU_ASSERT(s->records[2].arrival_ns == NS_NONE && !s->records[2].error);
	CU_ASSERT(s->records[3].arrival_ns == 165 && s->records[3].error);
	CU_ASSERT_EQUAL(s->records[4].arrival_ns, 155);
	CU_ASSERT_EQUAL(s->records[4].duplicates, 1);
	CU_ASSERT_EQUAL(s->end_ns, 300);
	CU_ASSERT_EQUAL(s->timeout_ns, 50);
	CU_ASSERT(!s->control && s->kind == PROBE_BURST);
	CU_ASSERT_STRING_EQUAL(s->target, "desk");
	CU_ASSERT_EQUAL(f.t->first_ns, 100);
	CU_ASSERT_EQUAL(f.t->first_utc_ns, 1000000);
	fact_folder_remove(&f);
}

/*
 * Every kind of probe in the plan is known to the reader. It skips unknown kinds, which only newer
 * programs may write, so their probes would not be judged.
 */
static void test_kinds(void)
{
	for (size_t i = 0; plan_components[i]; i++) {
		const struct plan_component *component = plan_components[i];
		struct fact_folder f;
		char text[512];

		if (component->class != COMPONENT_PROBE)
			continue;
		snprintf(text, sizeof(text),
			HEAD SEGMENT("100", "b1", "1000000",
				"7") "100\ttarget\t1\tname=desk\taddress=192.0.2.10\trole=vm\tkind=%s\tprobe=fine"
				     "\tstation=local\tinterval=10\ttimeout=50\n",
			component->name);
		fact_folder_make(&f);
		fact_folder_put(&f, "facts/local-fine.tsv", text);
		fact_folder_read(&f);
		if (f.t->series_count + f.t->observer_count != 1)
			CU_FAIL("enum probe_kind (harness/timeline/timeline.h) lacks a kind of probe");
		fact_folder_remove(&f);
	}
}

/* Writes the answers to numbers `first` down to 0. */
static char *lines_backwards(int first)
{
	size_t length;
	char *text;
	FILE *f = open_memstream(&text, &length);

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	fputs(HEAD SEGMENT("100", "b1", "1000000", "7") TARGET, f);
	for (int i = first; i >= 0; i--)
		fprintf(f, "%d\tanswer\t1\tsent=%d\tseq=%d\n", 1005 + i * 10, 1000 + i * 10, i);
	CU_ASSERT(fclose(f) == 0);
	return text;
}

/* Lines out of order are sorted, few by insertion and many by qsort. */
static void test_order(void)
{
	static const int counts[] = {2, 20, 2000};

	for (size_t k = 0; k < ARRAY_SIZE(counts); k++) {
		char *text = lines_backwards(counts[k] - 1);
		const struct series *s;
		struct fact_folder f;

		fact_folder_make(&f);
		fact_folder_put(&f, "facts/local-fine.tsv", text);
		fact_folder_read(&f);
		s = &f.t->series[0];
		CU_ASSERT_EQUAL_FATAL(s->count, (size_t)counts[k]);
		for (size_t i = 0; i < s->count; i++)
			CU_ASSERT(s->records[i].sent_ns == 1000 + 10 * (int64_t)i &&
				  s->records[i].arrival_ns == s->records[i].sent_ns + 5);
		fact_folder_remove(&f);
		free(text);
	}
}

/* What stands in the place of facts but is no file is an error; nobody waits for it. */
static void test_no_files(void)
{
	struct timeline *t = NULL;
	struct err e = {0};
	struct fact_folder f;
	char path[PATH_MAX];

	fact_folder_make(&f);
	fact_folder_put(&f, "facts/run.tsv", "#blackout-facts 1\n");
	snprintf(path, sizeof(path), "%s/facts/driver.tsv", f.dir);
	CU_ASSERT_EQUAL_FATAL(mkfifo(path, 0600), 0);
	CU_ASSERT_EQUAL(timeline_read(&t, f.dir, &e), -1);
	CU_ASSERT_PTR_NOT_NULL(strstr(e.text, "driver.tsv: cannot be read: it is no regular file"));
	CU_ASSERT_EQUAL_FATAL(unlink(path), 0);
	CU_ASSERT_EQUAL_FATAL(symlink("/dev/zero", path), 0);
	CU_ASSERT_EQUAL(timeline_read(&t, f.dir, &e), -1);
	CU_ASSERT_PTR_NOT_NULL(
		strstr(e.text, "driver.tsv: cannot be read: symbolic links are not followed here"));
	fact_folder_remove(&f);
}

static void test_damage(void)
{
	struct fact_folder f;

	fact_folder_make(&f);
	fact_folder_put(&f, "facts/local-fine.tsv",
		HEAD SEGMENT("100", "b1", "1000000", "7") TARGET
		"no fact at all\n"
		"120\tanswer\t1\tsent=130\tseq=1\n" /* answered before it was sent */
		"140\tanswer\t1\tsent=9223372036854775807\tseq=2\n"
		"150\tanswer\t1\tsent=140\tseq=3\n"
		"160\tok\t1\tfirst=4\tn=99999999999\tfrom=150\tto=160\n"
		"170\tanswer\t1\tsent=160\tseq=1"); /* cut: the number may have been 12 */
	fact_folder_read(&f);
	CU_ASSERT(noted(f.t, "local-fine.tsv:4: not a fact"));
	CU_ASSERT(noted(f.t, "local-fine.tsv:5: not a fact"));
	CU_ASSERT(noted(f.t, "local-fine.tsv:8: not a fact"));
	CU_ASSERT(noted(f.t, "local-fine.tsv:9: cut in mid-line"));
	CU_ASSERT_EQUAL(f.t->series[0].count, 1);
	CU_ASSERT_EQUAL(f.t->series[0].records[0].sent_ns, 140);
	fact_folder_remove(&f);
}

static void refused(const char *format, const char *facts, const char *text)
{
	struct timeline *t = NULL;
	struct err e = {0};
	struct fact_folder f;

	fact_folder_make(&f);
	if (format)
		fact_folder_put(&f, "format", format);
	if (facts)
		fact_folder_put(&f, "facts/run.tsv", facts);
	CU_ASSERT_EQUAL(timeline_read(&t, f.dir, &e), -1);
	CU_ASSERT_PTR_NULL(t);
	CU_ASSERT_PTR_NOT_NULL(strstr(e.text, text));
	CU_ASSERT_PTR_NOT_NULL(strstr(e.text, f.dir));
	fact_folder_remove(&f);
}

static void test_refusals(void)
{
	struct timeline *t = NULL;
	struct err e = {0};

	refused(NULL, NULL, "holds no facts");
	refused(NULL, HEAD, "no facts in 1 file");
	refused(NULL, "#blackout-facts 2\n", "version '2'");
	refused("9\n", HEAD SEGMENT("1", "b", "1", "1"), "format '9'");
	CU_ASSERT_EQUAL(timeline_read(&t, "/nonexistent/folder", &e), -1);
	CU_ASSERT_PTR_NOT_NULL(strstr(e.text, "/nonexistent/folder"));
}

/* Killed in mid-line, continued by another process in the same boot, then in another boot. */
static void test_segments(void)
{
	struct fact_folder f;
	const struct series *s;

	fact_folder_make(&f);
	fact_folder_put(&f, "facts/run.tsv",
		HEAD SEGMENT("90", "b1", "1000000090", "7") SEGMENT("400", "b1", "1000000400", "8")
			SEGMENT("5", "b2", "1000001005", "9"));
	fact_folder_put(&f, "facts/local-fine.tsv",
		HEAD SEGMENT("100", "b1", "1000000100", "7") TARGET
		"120\tanswer\t1\tsent=110\tseq=1\n"
		"130\tanswer\t1\tsent=12\tseq=2\n" /* cut from sent=129, completed later */
		SEGMENT("500", "b1", "1000000500", "8") TARGET
		"520\tanswer\t1\tsent=510\tseq=1\n"
		"530\tend\t-\treason=done\n" SEGMENT("10", "b2", "1000001010", "9") TARGET
		"30\tanswer\t1\tsent=20\tseq=1\n"
		"40\tend\t-\treason=done\n");
	fact_folder_read(&f);
	CU_ASSERT_EQUAL_FATAL(f.t->series_count, 1);
	s = &f.t->series[0];
	CU_ASSERT_EQUAL_FATAL(s->count, 3);
	CU_ASSERT_EQUAL(s->records[0].sent_ns, 110);
	CU_ASSERT_EQUAL(s->records[1].sent_ns, 510); /* the same seq in another segment */
	CU_ASSERT_EQUAL(s->records[2].sent_ns, 1020);
	CU_ASSERT_EQUAL(s->end_ns, 1100); /* here the stamp of its `target` line */
	CU_ASSERT(noted(f.t, "local-fine.tsv:5: may have been cut"));
	CU_ASSERT_EQUAL(timeline_utc(f.t, 1020), 1000001020);
	CU_ASSERT_EQUAL(timeline_utc(f.t, NS_NONE), NS_NONE);
	/* The time between the segments was not probed. */
	CU_ASSERT_EQUAL_FATAL(f.t->disturbance_count, 2);
	CU_ASSERT_EQUAL(f.t->disturbances[0].kind, DISTURBED_LATE);
	CU_ASSERT_STRING_EQUAL(f.t->disturbances[0].source, "local-fine");
	CU_ASSERT_EQUAL(f.t->disturbances[0].from_ns, 120);
	CU_ASSERT_EQUAL(f.t->disturbances[0].to_ns, 500);
	CU_ASSERT_EQUAL(f.t->disturbances[1].to_ns, 1010);
	fact_folder_remove(&f);
}

/* A simulated world always begins at the same moment, possibly even with the same process id. */
static void test_simulated(void)
{
	struct fact_folder f;
	const struct series *s;

	fact_folder_make(&f);
	fact_folder_put(&f, "facts/run.tsv",
		HEAD SEGMENT("100", "simulated", "1000",
			"1") "900\tclock\t-\tutc=1800\n"
			     "950\tend\t-\treason=interrupted\n" SEGMENT(
				     "100", "simulated", "1000", "1"));
	fact_folder_put(&f, "facts/local-fine.tsv",
		HEAD SEGMENT("100", "simulated", "1000", "1") TARGET
		"120\tanswer\t1\tsent=110\tseq=1\n"
		"800\tend\t-\treason=interrupted\n" SEGMENT("100", "simulated", "1000", "1") TARGET
		"120\tanswer\t1\tsent=110\tseq=1\n"
		"800\tend\t-\treason=done\n");
	fact_folder_read(&f);
	CU_ASSERT(f.t->simulated);
	s = &f.t->series[0];
	CU_ASSERT_EQUAL_FATAL(s->count, 2);
	CU_ASSERT_EQUAL(s->records[0].sent_ns, 110);
	CU_ASSERT(s->records[1].sent_ns > 950);
	CU_ASSERT_EQUAL(s->records[1].arrival_ns - s->records[1].sent_ns, 10);
	fact_folder_remove(&f);
}

static void test_clock_step(void)
{
	struct fact_folder f;

	fact_folder_make(&f);
	fact_folder_put(&f, "facts/local-fine.tsv",
		HEAD SEGMENT("1000000000", "b1", "50000000000",
			"7") "2000000000\tclock\t-\tutc=51000000000\n"
			     "3000000000\tclock\t-\tutc=52040000000\n" /* slewed by 40 ms: no step */
			     "4000000000\tclock\t-\tutc=63040000000\n"
			     "5000000000\ttarget\t1\tname=desk\tkind=capture\tprobe=wire\tstation=local\n"
			     "5000000000\tannounce\t1\tat=63940000000\tclock=utc\twhat=rarp\n"
			     "5000000000\tframe\t1\tat=63990000000\tclock=utc\tsilence=250000000\n"
			     "6000000000\tdrops\t-\tfrom=5500000000\tcount=3\n"
			     "6000000000\tlate-tick\t-\tfrom=5900000000\tlate=90000000\n");
	fact_folder_read(&f);
	CU_ASSERT_EQUAL(f.t->series_count, 0); /* a capture has no probes */
	CU_ASSERT_EQUAL_FATAL(f.t->disturbance_count, 3);
	CU_ASSERT_EQUAL(f.t->disturbances[0].kind, DISTURBED_DROPS);
	CU_ASSERT_EQUAL(f.t->disturbances[0].from_ns, 5500000000);
	CU_ASSERT_EQUAL(f.t->disturbances[1].kind, DISTURBED_LATE);
	CU_ASSERT_EQUAL(f.t->disturbances[2].kind, DISTURBED_CLOCK);
	CU_ASSERT_EQUAL(f.t->disturbances[2].from_ns, 3000000000);
	CU_ASSERT_EQUAL(f.t->disturbances[2].to_ns, 4000000000);
	CU_ASSERT_EQUAL_FATAL(f.t->sighting_count, 2);
	CU_ASSERT_EQUAL(f.t->sightings[0].what, SIGHTING_RARP);
	CU_ASSERT_EQUAL(f.t->sightings[0].at_ns, 4900000000);
	CU_ASSERT_EQUAL(f.t->sightings[1].silence_ns, 250000000);
	fact_folder_remove(&f);
}

static void test_lateness_is_explained(void)
{
	struct fact_folder f;

	fact_folder_make(&f);
	fact_folder_put(&f, "facts/local-fine.tsv",
		HEAD SEGMENT("1000000000", "b1", "50000000000",
			"7") "2000000000\tstolen\t-\tfrom=1000000000\tsteal=10000000\tswitches=1\tlate=9000\n"
			     "3500000000\tlate-tick\t-\tfrom=2900000000\tlate=600000000\n"
			     "3000000000\tstolen\t-\tfrom=2000000000\tsteal=40000000\tswitches=2\tlate=9000\n"
			     "4000000000\tstolen\t-\tfrom=3000000000\tsteal=0\tswitches=5\tlate=9000\n"
			     "5000000000\tstolen\t-\tfrom=4000000000\tsteal=70000000\tswitches=3\tlate=9000\n"
			     "6000000000\tdrops\t-\tfrom=3100000000\tcount=3\n"
			     "7000000000\tstolen\t-\tfrom=8000000000\tsteal=1\tswitches=1\n");
	fact_folder_put(&f, "facts/local-other.tsv",
		HEAD SEGMENT("1000000000", "b1", "50000000000",
			"7") "3500000000\tlate-tick\t-\tfrom=2900000000\tlate=600000000\n");
	fact_folder_read(&f);
	CU_ASSERT_EQUAL_FATAL(f.t->disturbance_count, 3);
	CU_ASSERT_EQUAL(f.t->note_count, 1); /* the `stolen` fact ends before its begin */
	for (size_t i = 0; i < f.t->disturbance_count; i++) {
		const struct disturbance *d = &f.t->disturbances[i];
		bool own = d->kind == DISTURBED_LATE && strcmp(d->source, "local-fine") == 0;

		CU_ASSERT_EQUAL(d->steal_ns, own ? 40000000 : 0);
		CU_ASSERT_EQUAL(d->switches, own ? 7 : 0);
	}
	fact_folder_remove(&f);
}

static void test_forwarding(void)
{
	struct fact_folder f;

	fact_folder_make(&f);
	fact_folder_put(&f, "facts/local-fine.tsv",
		HEAD SEGMENT("1000000000", "b1", "50000000000",
			"7") "2000000000\ttarget\t1\tname=desk\tkind=neighbour\tprobe=fdb\tstation=mirror\n"
			     "3000000000\tforwarding\t1\twhat=learnt\tport=lan-a\tmac=52:54:00:20:00:01\n"
			     "4000000000\tforwarding\t1\twhat=aged-out\n"
			     "4000000000\tforwarding\t2\twhat=aged-out\tport=lan-c\n"
			     "5000000000\tforwarding\t1\twhat=moved\tport=lan-b\tmac=52:54:00:20:00:01\n");
	fact_folder_read(&f);
	CU_ASSERT_EQUAL_FATAL(f.t->forwarding_count, 2);
	CU_ASSERT_EQUAL(f.t->forwardings[0].what, FORWARDING_LEARNT);
	CU_ASSERT_EQUAL(f.t->forwardings[1].what, FORWARDING_MOVED);
	CU_ASSERT_STRING_EQUAL(f.t->forwardings[1].port, "lan-b");
	CU_ASSERT_STRING_EQUAL(f.t->forwardings[1].target, "desk");
	CU_ASSERT_STRING_EQUAL(f.t->forwardings[1].station, "mirror");
	CU_ASSERT_EQUAL(f.t->forwardings[1].at_ns, 5000000000);
	CU_ASSERT(noted(f.t, "local-fine.tsv:5"));
	fact_folder_remove(&f);
}

static void test_spans(void)
{
	struct fact_folder f;
	const struct series *s;

	fact_folder_make(&f);
	fact_folder_put(&f, "facts/local-fine.tsv",
		HEAD SEGMENT("100", "b1", "1000",
			"7") "100\ttarget\t1\tname=desk\trole=control\tkind=burst\tprobe=fine\tstation=local"
			     "\tinterval=100000\ttimeout=50000000\n"
			     "600000\tok\t1\tfirst=0\tn=5\tfrom=100000\tto=500000"
			     "\tfastest=1000\tmedian=2000\tp99=3000\tp999=4000\n"
			     "650000\tanswer\t1\tsent=600000\tseq=5\n"
			     "60900000\tlost\t1\tfirst=6\tn=3\tfrom=700000\tto=900000\n"
			     "60950000\tanswer\t1\tsent=810000\tseq=7\n" /* a late answer to one of them */
			     "60955000\tok\t1\tfirst=9\tn=1\tfrom=1000000\tto=1000000\n" /* without silence= */
			     "60956000\tok\t1\tfirst=10\tn=1\tfrom=1100000\tto=1100000"
			     "\tfastest=3000\tmedian=2000\tp99=3000\tp999=4000\n"
			     "60960000\tend\t-\treason=done\n");
	fact_folder_read(&f);
	s = &f.t->series[0];
	CU_ASSERT(s->control);
	CU_ASSERT_EQUAL_FATAL(s->count, 7);
	CU_ASSERT_EQUAL_FATAL(s->summary_count, 1);
	CU_ASSERT_EQUAL(s->summaries[0].from_ns, 100000);
	CU_ASSERT_EQUAL(s->summaries[0].to_ns, 500000);
	CU_ASSERT_EQUAL(s->summaries[0].count, 5);
	CU_ASSERT_EQUAL(s->summaries[0].fastest_ns, 1000);
	CU_ASSERT_EQUAL(s->summaries[0].median_ns, 2000);
	CU_ASSERT_EQUAL(s->summaries[0].p99_ns, 3000);
	CU_ASSERT_EQUAL(s->summaries[0].p999_ns, 4000);
	CU_ASSERT(noted(f.t, "local-fine.tsv:9: round trips contradict each other"));
	/* Five answered, one with its own line, three lost (the second was late), two answered. */
	CU_ASSERT_EQUAL(record_count(s, &s->records[0]), 5);
	CU_ASSERT_EQUAL(s->records[0].sent_ns, 100000);
	CU_ASSERT_EQUAL(s->records[0].arrival_ns, 100000 + 50000000);
	CU_ASSERT_EQUAL(record_last(s, &s->records[0]), 500000);
	CU_ASSERT_EQUAL(record_within(s, &s->records[0], 200000, 400000), 2);
	CU_ASSERT_EQUAL(s->spans[0].silence_ns, NS_NONE);
	CU_ASSERT(s->records[0].summarised && !s->records[1].summarised);
	CU_ASSERT_EQUAL(record_count(s, &s->records[2]), 1);
	CU_ASSERT_EQUAL(s->records[2].sent_ns, 700000);
	CU_ASSERT_EQUAL(s->records[2].arrival_ns, NS_NONE);
	CU_ASSERT_EQUAL(s->records[3].sent_ns, 810000);
	CU_ASSERT_EQUAL(s->records[3].arrival_ns, 60950000);
	CU_ASSERT_EQUAL(s->records[4].sent_ns, 900000);
	CU_ASSERT_EQUAL(s->records[4].arrival_ns, NS_NONE);
	CU_ASSERT_EQUAL(series_first_from(s, 500000), 0);
	CU_ASSERT_EQUAL(series_first_from(s, 500001), 1);
	fact_folder_remove(&f);
}

static const char runs[] = HEAD SEGMENT("100", "b1", "1000",
	"7") "110\trun\t0/1\tcase=all\trun=1\tattempt=1\tmove=1\tvm=desk\tplatform=sim"
	     "\tsource=\tdestination=\tsimulated=no\n"
	     "111\tstep\t0/1\tname=baseline\twhat=begin\n"
	     "200\ttrigger\t0/1\tvm=desk\tsource=a\tdestination=b\n"
	     "300\trun-end\t0/1\tcompleted=no\twhy=host a%0Awent\n"
	     "310\trun\t0/1\tcase=all\trun=1\tattempt=2\tmove=1\tvm=desk\tplatform=sim"
	     "\tsource=\tdestination=\tsimulated=no\n"
	     "311\tstep\t0/1\tname=baseline\twhat=begin\n"
	     "400\ttrigger\t0/1\tvm=desk\tsource=a\tdestination=b\n"
	     "900\twindow\t0/1\tfrom=400\tto=890\n"
	     "901\tplace\t0/1\thost=a\tstate=none\n"
	     "902\tplace\t0/1\thost=b\tstate=running\n"
	     "903\tintegrity\t0/1\tchecked=yes\tok=no\tdetail=page 9\n"
	     "904\trun-end\t0/1\tcompleted=yes\n"
	     "905\trun\t0/2\tcase=all\trun=2\tattempt=1\tmove=1\tvm=desk\tplatform=sim"
	     "\tsource=\tdestination=\tsimulated=no\n"
	     "906\tfolder\t-\tstate=interrupted\n";

static void test_moves(void)
{
	struct fact_folder f;
	const struct move *m;

	fact_folder_make(&f);
	fact_folder_put(&f, "facts/run.tsv", runs);
	fact_folder_put(&f, "facts/driver.tsv",
		HEAD SEGMENT("100", "b1", "1000",
			"7") "350\tjob\tdesk\tid=1\twhat=requested\tsource=a\tdestination=b\n" /* a warm-up */
			     "360\tjob\tdesk\tid=1\twhat=ended\tstate=cancelled\n"
			     "401\tjob\tother\tid=9\twhat=requested\n"
			     "402\tjob\tdesk\tid=1\twhat=requested\tsource=a\tdestination=b\n"
			     "410\tjob\tdesk\tid=1\twhat=started\tearliest=405\n"
			     "420\tprogress\tdesk\tid=1\ttotal=100\tprocessed=10\tremaining=90\titeration=1\n"
			     "500\tjob\tdesk\tid=1\twhat=paused\n"
			     "550\tjob\tdesk\tid=1\twhat=resumed\n"
			     "600\tjob\tdesk\tid=1\twhat=ended\tstate=completed\tmessage=\n"
			     "601\tstatistics\tdesk\tid=1\tdowntime=45\tsetup=3\telapsed=198\ttransferred=77\n");
	fact_folder_read(&f);
	CU_ASSERT(f.t->closed == FOLDER_INTERRUPTED);
	CU_ASSERT_EQUAL_FATAL(f.t->move_count, 3);
	m = &f.t->moves[0];
	CU_ASSERT_STRING_EQUAL(m->broke_off, "host a\nwent");
	CU_ASSERT_PTR_NULL(m->job);
	m = &f.t->moves[1];
	CU_ASSERT_PTR_NULL(m->broke_off);
	CU_ASSERT_EQUAL(m->attempt, 2);
	CU_ASSERT_EQUAL(m->baseline_ns, 311);
	CU_ASSERT_EQUAL(m->trigger_ns, 400);
	CU_ASSERT_EQUAL(m->window_end_ns, 890);
	CU_ASSERT_STRING_EQUAL(m->source, "a");
	CU_ASSERT_STRING_EQUAL(m->destination, "b");
	CU_ASSERT_EQUAL(m->place_count, 2);
	CU_ASSERT(m->integrity_checked && !m->integrity_ok);
	CU_ASSERT_PTR_NOT_NULL_FATAL(m->job);
	CU_ASSERT_EQUAL(m->job->state, JOB_COMPLETED);
	CU_ASSERT_EQUAL(m->job->requested.hi_ns, 402);
	CU_ASSERT_EQUAL(m->job->started.lo_ns, 405);
	CU_ASSERT_EQUAL(m->job->started.hi_ns, 410);
	CU_ASSERT_EQUAL(m->job->downtime_ns, 45);
	CU_ASSERT_EQUAL(m->job->progress_count, 1);
	m = &f.t->moves[2];
	CU_ASSERT_PTR_NOT_NULL(m->broke_off);
	CU_ASSERT_EQUAL(m->trigger_ns, NS_NONE);
	fact_folder_remove(&f);
}

#define POLL(ns, rate, held)                                                                      \
	ns "\tworkload\t0/1\tname=dirty\twhat=progress\tstate=running\trate=" rate "\theld=" held \
	   "\n"

/* A move's rate counts from its trigger to its job's end only. */
static void dirty_rate(const char *polls, size_t rates, bool held, double sum_bps)
{
	char facts[4096];
	struct fact_folder f;

	fact_folder_make(&f);
	snprintf(facts, sizeof(facts),
		HEAD SEGMENT("100", "b1", "1000",
			"7") "310\tworkload\t0/1\tname=dirty\twhat=start\tkind=dirty\tcase=all\trun=1"
			     "\tvm=desk\tmoved=yes\tasked_rate=90\n%s",
		polls);
	fact_folder_put(&f, "facts/run.tsv", runs);
	fact_folder_put(&f, "facts/marks.tsv", facts);
	fact_folder_put(&f, "facts/driver.tsv",
		HEAD SEGMENT("100", "b1", "1000",
			"7") "402\tjob\tdesk\tid=1\twhat=requested\tsource=a\tdestination=b\n"
			     "600\tjob\tdesk\tid=1\twhat=ended\tstate=completed\tmessage=\n");
	fact_folder_read(&f);
	CU_ASSERT_EQUAL_FATAL(f.t->workload_count, 1);
	CU_ASSERT_EQUAL(f.t->workloads[0].rates, rates);
	CU_ASSERT_EQUAL(workload_rate_held(&f.t->workloads[0]), held);
	CU_ASSERT_DOUBLE_EQUAL(f.t->workloads[0].rate_sum_bps, sum_bps, 1e-9);
	fact_folder_remove(&f);
}

static void test_dirty_rate(void)
{
	dirty_rate(POLL("390", "90", "yes") POLL("399", "90", "yes") POLL("400", "10", "no")
			   POLL("600", "30", "no") POLL("601", "90", "yes"),
		2, false, 40);
	dirty_rate(POLL("399", "90", "yes") POLL("601", "50", "no") POLL("602", "70", "yes"), 3,
		true, 210);
}

/* The last `folder` fact counts: a resumed folder may end differently than before. */
static void test_closed(void)
{
	struct fact_folder f;

	fact_folder_make(&f);
	fact_folder_put(&f, "facts/run.tsv",
		HEAD SEGMENT("100", "b1", "1000", "7") "200\tfolder\t-\tstate=broke-off\n");
	fact_folder_read(&f);
	CU_ASSERT_EQUAL(f.t->closed, FOLDER_BROKE_OFF);
	timeline_free(f.t);
	fact_folder_put(&f, "facts/run.tsv",
		HEAD SEGMENT("100", "b1", "1000",
			"7") "200\tfolder\t-\tstate=set-up-failed\n" SEGMENT("300", "b1", "1200",
			"8") "400\tfolder\t-\tstate=complete\n");
	fact_folder_read(&f);
	CU_ASSERT_EQUAL(f.t->closed, FOLDER_COMPLETE);
	fact_folder_remove(&f);
}

static void test_marks(void)
{
	struct fact_folder f;

	fact_folder_make(&f);
	fact_folder_put(&f, "facts/run.tsv", runs);
	fact_folder_put(&f, "facts/marks.tsv",
		HEAD SEGMENT("100", "b1", "1000", "7") "420\tmark\tdesk\twhat=start\n"
						       "500\tmark\tother\twhat=end\n"
						       "620\tmark\tdesk\twhat=end\n");
	fact_folder_read(&f);
	CU_ASSERT_PTR_NOT_NULL_FATAL(f.t->moves[1].job);
	CU_ASSERT_EQUAL(f.t->moves[1].job->requested.lo_ns, 420);
	CU_ASSERT_EQUAL(f.t->moves[1].job->ended.hi_ns, 620);
	CU_ASSERT_EQUAL(f.t->moves[1].job->state, JOB_COMPLETED);
	fact_folder_remove(&f);
}

TEST_SUITE(timeline, {"records", test_records}, {"each kind of probe is known", test_kinds},
	{"order", test_order}, {"no files", test_no_files}, {"damage", test_damage},
	{"refusals", test_refusals}, {"segments", test_segments},
	{"simulated worlds", test_simulated}, {"clock steps and sightings", test_clock_step},
	{"lateness explained", test_lateness_is_explained}, {"forwarding entries", test_forwarding},
	{"spans", test_spans}, {"moves and jobs", test_moves}, {"dirty rate", test_dirty_rate},
	{"state of a closed folder", test_closed}, {"marks", test_marks})
