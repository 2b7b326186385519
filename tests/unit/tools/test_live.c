/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The live view: rendering at any width, silences of the judged probe, a folder that grows. */
#include "tests/unit/fact_folder.h"
#include "tests/unit/test.h"
#include "tools/live/follow.h"
#include "tools/live/judged_answers.h"

#include <limits.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#define S NS_PER_S
#define MS NS_PER_MS

static char hosts[2][PICTURE_NAME] = {"a", "b"};
static struct picture_vm vms[2] = {{"desk", "a", "b"}, {"other", "b", ""}};

static struct picture sample(void)
{
	struct picture p = {.title = "Live migration",
		.state = PICTURE_RUNNING,
		.hosts = hosts,
		.host_count = 2,
		.vms = vms,
		.vm_count = 2,
		.done = 11,
		.planned = 30,
		.case_name = "memory=2GB session=attached",
		.run = 2,
		.repeat = 5,
		.step = "watch",
		.copied_percent = 50,
		.probe = "fine",
		.longest_ns = 312 * MS,
		.longest_in = "memory=2GB session=attached run 1",
		.judged = true,
		.left_s = 840};

	for (size_t i = 0; i < STRIP_S; i++)
		p.strip[i] = STRIP_ANSWERED;
	p.strip[58] = STRIP_LOST;
	p.strip[59] = STRIP_SOME;
	p.strip[0] = STRIP_NONE;
	p.verdicts[VERDICT_PASS] = 10;
	p.verdicts[VERDICT_FAIL] = 1;
	return p;
}

static size_t columns_of(const char *text)
{
	wchar_t wide[PICTURE_LINE_MAX];
	size_t n = mbstowcs(wide, text, PICTURE_LINE_MAX);

	CU_ASSERT_NOT_EQUAL_FATAL(n, (size_t)-1);
	return (size_t)wcswidth(wide, n); /* a character that has no width makes it huge */
}

/* The rendered lines, each with a line feed. */
static const char *text_of(const struct picture *p, unsigned width, unsigned rows, bool utf8)
{
	static char text[64 * PICTURE_LINE_MAX];
	static struct picture_line lines[64];
	size_t count = picture_render(p, width, rows, utf8, lines, 64);

	*text = '\0';
	for (size_t i = 0; i < count; i++) {
		CU_ASSERT(columns_of(lines[i].text) <= width);
		strcat(strcat(text, lines[i].text), "\n");
	}
	return text;
}

static void test_lines(void)
{
	static const unsigned widths[] = {1, 20, 40, 80, 200};
	struct picture p = sample();

	setlocale(LC_CTYPE, "C.UTF-8");
	for (size_t i = 0; i < ARRAY_SIZE(widths); i++)
		text_of(&p, widths[i], 0, true);
	CU_ASSERT_STRING_EQUAL(text_of(&p, 80, 0, false),
		"Live migration\n"
		"run 12 of 30  watch\n"
		"memory=2GB session=attached 2/5\n"
		"host a     desk > b\n"
		"host b     other\n"
		"copied    [####################--------------------]  50 %\n"
		"answers   .|||||||||||||||||||||||||||||||||||||||||||||||||||||||||_!\n"
		"silence   longest in a move: at most 0.312 s, memory=2GB session=attached run 1\n"
		"verdicts  1 FAIL, 10 PASS\n"
		"left      about 14 min\n");
	CU_ASSERT_STRING_EQUAL(text_of(&p, 20, 0, false), "Live migration\n"
							  "run 12 of 30  watch\n"
							  "memor~ched 2/5\n"
							  "a desk > b\n"
							  "b other\n"
							  "[######-----]  50 %\n"
							  "||||||||||||||||||_!\n"
							  "longest 0.312 s\n"
							  "1 FAIL, 10 PASS\n"
							  "left about 14 min\n");
	CU_ASSERT_PTR_NOT_NULL(strstr(text_of(&p, 200, 0, true), "\u2588_\u2584"));
	/* Lines beyond the number of rows are left out, from the bottom up. */
	p.message_count = 1;
	strcpy(p.messages[0], "a message");
	CU_ASSERT_PTR_NOT_NULL(strstr(text_of(&p, 80, 11, true), "a message"));
	CU_ASSERT_PTR_NULL(strstr(text_of(&p, 80, 10, true), "a message"));
	CU_ASSERT_STRING_EQUAL(text_of(&p, 80, 2, true), "Live migration\nrun 12 of 30  watch\n");
}

static void test_states(void)
{
	struct picture p = sample();

	p.silence_ns = 1500 * MS;
	CU_ASSERT_PTR_NOT_NULL(strstr(text_of(&p, 80, 0, true), "SILENT for 1.5 s\n"));
	p.unwritten_ns = 9 * S;
	CU_ASSERT_PTR_NOT_NULL(strstr(text_of(&p, 80, 0, true), "nothing was written for 9 s\n"));
	p.state = PICTURE_GONE;
	CU_ASSERT_PTR_NOT_NULL(strstr(text_of(&p, 80, 0, true), "the run's process is gone\n"));
	p.state = PICTURE_ENDED;
	p.closed = FOLDER_INTERRUPTED;
	CU_ASSERT_PTR_NOT_NULL(strstr(text_of(&p, 80, 0, true), "ended: interrupted\n"));
	CU_ASSERT_PTR_NULL(strstr(text_of(&p, 80, 0, true), "left"));
	p.state = PICTURE_SETTING_UP;
	CU_ASSERT_PTR_NOT_NULL(strstr(text_of(&p, 80, 0, true), "setting up\n"));
}

/* Names with control characters, with wide characters and with combining characters. */
static void test_hostile(void)
{
	static const unsigned widths[] = {1, 2, 7, 20, 39, 80, 200};
	struct picture p = sample();
	const char *text;

	strcpy(p.title, "\033[2J\033]0;x\007 \302\233 \342\200\256 e\314\201\314\201\314\201 \377");
	strcpy(vms[0].name, "\346\274\242\345\255\227\346\274\242\345\255\227\r\n\tx");
	strcpy(p.case_name, "\346\274\242\345\255\227\346\274\242\345\255\227=\033[31m");
	for (size_t i = 0; i < ARRAY_SIZE(widths); i++) {
		text = text_of(&p, widths[i], 0, i % 2);
		for (const char *at = text; *at; at++)
			CU_ASSERT((unsigned char)*at >= ' ' || *at == '\n');
		CU_ASSERT_PTR_NULL(strstr(text, "\302\233"));
		CU_ASSERT_PTR_NULL(strstr(text, "\342\200\256"));
		CU_ASSERT_PTR_NULL(strstr(text, "\314\201"));
	}
	text = text_of(&p, 80, 0, true);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "\346\274\242\345\255\227"));
	for (const char *at = text_of(&p, 80, 0, false); *at; at++)
		CU_ASSERT((unsigned char)*at < 0x80);
	strcpy(vms[0].name, "desk");
}

static void take_fact(struct judged_answers *a, int64_t ns, const char *kind, const char *fields)
{
	char line[256];
	struct fact fact;

	snprintf(line, sizeof(line), "%lld\t%s\t1\t%s", (long long)ns, kind, fields);
	CU_ASSERT_EQUAL_FATAL(fact_parse(line, &fact), 0);
	judged_answers_take(a, &fact);
}

static void take_probe(struct judged_answers *a, int64_t sent_ns, int64_t at_ns, bool answered)
{
	char sent[64];

	snprintf(sent, sizeof(sent), "sent=%lld\tseq=1", (long long)sent_ns);
	take_fact(a, at_ns, answered ? "answer" : "unanswered", sent);
}

/* Probes every 100 ms; those sent in [20.0, 21.5) s are not answered. */
static void test_answers(void)
{
	struct picture p = {0};
	struct judged_answers a;

	judged_answers_init(&a);
	take_fact(&a, 0, "target", "name=desk\trole=vm\tinterval=100000000\ttimeout=100000000");
	judged_answers_open_window(&a, "desk", "all run 1", 18 * S);
	for (int64_t sent = 10 * S; sent < 30 * S; sent += 100 * MS) {
		bool lost = sent >= 20 * S && sent < 21500 * MS;

		take_probe(&a, sent, sent + (lost ? 100 : 1) * MS, !lost);
		if (sent == 21 * S) {
			CU_ASSERT_TRUE(judged_answers_fill_picture(&a, "desk", &p));
			CU_ASSERT_EQUAL(p.silence_ns, 1200 * MS);
		}
	}
	CU_ASSERT_TRUE(judged_answers_fill_picture(&a, "desk", &p));
	CU_ASSERT_EQUAL(p.silence_ns, 0);
	/* From 19.9 s, the last send answered, to 21.501 s, the next answer. */
	CU_ASSERT_EQUAL(p.longest_ns, 1601 * MS);
	CU_ASSERT_STRING_EQUAL(p.longest_in, "all run 1");
	CU_ASSERT_EQUAL(p.strip[STRIP_S - 1 - 29 + 19], STRIP_ANSWERED);
	CU_ASSERT_EQUAL(p.strip[STRIP_S - 1 - 29 + 20], STRIP_LOST);
	CU_ASSERT_EQUAL(p.strip[STRIP_S - 1 - 29 + 21], STRIP_SOME);
	CU_ASSERT_EQUAL(p.strip[STRIP_S - 1 - 29 + 9], STRIP_NONE);
	/* A longer silence, but not in a move. */
	judged_answers_close_window(&a, NULL, 30 * S);
	take_probe(&a, 30 * S + MS, 30 * S + 2 * MS, true);
	take_probe(&a, 40 * S, 40 * S + MS, true);
	CU_ASSERT_TRUE(judged_answers_fill_picture(&a, "desk", &p));
	CU_ASSERT_EQUAL(p.longest_ns, 1601 * MS);
	/* Late answers end a silence, too; here both arrive at the same time. */
	judged_answers_open_window(&a, "desk", "all run 2", 40 * S);
	take_probe(&a, 41 * S, 43 * S, true);
	take_probe(&a, 42 * S, 43 * S, true);
	CU_ASSERT_TRUE(judged_answers_fill_picture(&a, "desk", &p));
	CU_ASSERT_EQUAL(p.longest_ns, 3 * S);
	CU_ASSERT_EQUAL(p.strip[STRIP_S - 1 - 2], STRIP_LOST);
	CU_ASSERT_FALSE(judged_answers_fill_picture(&a, "other", &p));
	judged_answers_release(&a);
}

/* The window of another VM closes first; a later silence of this VM is still in its move. */
static void test_answers_of_several(void)
{
	struct picture p = {0};
	struct judged_answers a;

	judged_answers_init(&a);
	take_fact(&a, 0, "target", "name=desk\trole=vm\tinterval=100000000\ttimeout=100000000");
	judged_answers_open_window(&a, "desk", "all run 1", 10 * S);
	judged_answers_open_window(&a, "other", "all run 1", 11 * S);
	judged_answers_close_window(&a, "other", 12 * S);
	take_probe(&a, 20 * S, 20 * S + MS, true);
	take_probe(&a, 22 * S, 22 * S + MS, true);
	CU_ASSERT_TRUE(judged_answers_fill_picture(&a, "desk", &p));
	CU_ASSERT_EQUAL(p.longest_ns, 2001 * MS);
	judged_answers_release(&a);
}

/* Appends lines to a file of facts. */
static void append(const struct fact_folder *folder, const char *name, const char *lines)
{
	char path[PATH_MAX];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", folder->dir, name);
	f = fopen(path, "a");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	fputs(lines, f);
	fclose(f);
}

static const char *open_refused(const struct fact_folder *folder)
{
	static struct err e;
	struct follow *f;

	e = (struct err){0};
	CU_ASSERT_EQUAL(follow_new(&f, folder->dir, &e), -1);
	return e.text;
}

/* Reads what was written since the last call. */
static const struct picture *read_picture(struct follow *f)
{
	struct err e = {0};

	CU_ASSERT_EQUAL(follow_read(f, &e), 0);
	return follow_picture(f);
}

static const char plan[] = "[plan]\ntitle = Small\nrepeat = 2\n[platform sim]\n"
			   "[vm desk]\nmemory = 256 MB, 512 MB\n[probe fine]\nkind = burst\n"
			   "[control switch]\ntarget = sim-switch\n";

/* Makes the folder of a plan that has not begun. */
static void make_folder(struct fact_folder *folder, const char *ini)
{
	fact_folder_make(folder);
	fact_folder_put(folder, "format", "1\n");
	fact_folder_put(folder, "facts/plan.ini", ini);
}

static struct follow *open_folder(const struct fact_folder *folder)
{
	struct follow *f;
	struct err e = {0};

	CU_ASSERT_EQUAL_FATAL(follow_new(&f, folder->dir, &e), 0);
	return f;
}

/* What the first run writes. */
static void check_first_run(struct fact_folder *folder, struct follow *f)
{
	const struct picture *p;

	/* A line counts once it is complete. */
	fact_folder_put(folder, "facts/run.tsv",
		"#blackout-facts 1\n1\tscope\t-\tonly=\n"
		"1000000000\tstep\t0/1\tname=ensure\twhat=begin\n"
		"2000000000\ttrigger\t0/1\tvm=desk\tsource=a\tdesti");
	p = read_picture(f);
	CU_ASSERT_EQUAL(p->state, PICTURE_RUNNING);
	CU_ASSERT_STRING_EQUAL(p->case_name, "memory=256MB");
	CU_ASSERT_STRING_EQUAL(p->vms[0].host, "");
	append(folder, "facts/run.tsv", "nation=b\n");
	fact_folder_put(folder, "facts/driver.tsv",
		"#blackout-facts 1\n"
		"2000000001\tjob\tdesk\tid=1\twhat=requested\tsource=a\tdestination=b\n"
		"2500000000\tprogress\tdesk\tid=1\ttotal=200\tremaining=50\n");
	p = read_picture(f);
	CU_ASSERT_STRING_EQUAL(p->vms[0].host, "a");
	CU_ASSERT_STRING_EQUAL(p->vms[0].to, "b");
	CU_ASSERT_EQUAL(p->copied_percent, 75);
	append(folder, "facts/driver.tsv",
		"3000000000\tjob\tdesk\tid=1\twhat=ended\tsource=a\t"
		"destination=b\tstate=completed\n");
	append(folder, "facts/run.tsv",
		"9000000000\trun-end\t0/1\tcompleted=yes\n"
		"9000000000\tstep\t0/2\tname=ensure\twhat=begin\n");
	p = read_picture(f);
	CU_ASSERT_STRING_EQUAL(p->vms[0].host, "b");
	CU_ASSERT_EQUAL(p->copied_percent, -1);
	CU_ASSERT_EQUAL(p->done, 1);
	CU_ASSERT_EQUAL(p->run, 2);
}

/* What happens to the folder after its first run. */
static void check_later_runs(const struct fact_folder *folder, struct follow *f)
{
	const struct picture *p;

	/* A run whose set-up failed is over, until a resume repeats it. */
	append(folder, "facts/run.tsv",
		"9500000000\trun-end\t0/2\tcompleted=no\tcode=set-up-failed\twhy=x\n"
		"9500000001\trun-end\t1/1\tcompleted=no\tcode=broke-off\twhy=x\n");
	CU_ASSERT_EQUAL(read_picture(f)->done, 2);
	append(folder, "facts/run.tsv",
		"9600000000\tsegment\t-\tboot=x\tutc=1\tpid=1\tversion=1\n");
	CU_ASSERT_EQUAL(read_picture(f)->done, 1);
	/* The plan is restricted to other runs now. */
	append(folder, "facts/run.tsv",
		"1\tscope\t-\tonly=memory=512MB\n"
		"9\tfolder\t-\tstate=interrupted\n");
	p = read_picture(f);
	CU_ASSERT_EQUAL(p->planned, 2);
	CU_ASSERT_EQUAL(p->state, PICTURE_ENDED);
}

static void test_folder(void)
{
	struct fact_folder folder;
	const struct picture *p;
	struct follow *f;

	make_folder(&folder, plan);
	f = open_folder(&folder);
	p = read_picture(f);
	CU_ASSERT_EQUAL(p->state, PICTURE_GONE); /* no process holds the folder's lock */
	CU_ASSERT_EQUAL(p->planned, 4);
	check_first_run(&folder, f);
	check_later_runs(&folder, f);
	follow_free(f);
	fact_folder_remove(&folder);
}

/* Folders that cannot be followed, and facts that cannot be read. */
static void test_refused(void)
{
	struct fact_folder folder;
	struct follow *f;
	struct err e = {0};

	fact_folder_make(&folder);
	CU_ASSERT_PTR_NOT_NULL(strstr(open_refused(&folder), "not a result folder"));
	fact_folder_put(&folder, "format", "7\n");
	CU_ASSERT_PTR_NOT_NULL(strstr(open_refused(&folder), "format '7'"));
	fact_folder_put(&folder, "format", "1\n");
	CU_ASSERT_PTR_NOT_NULL(strstr(open_refused(&folder), "is incomplete"));
	fact_folder_put(&folder, "facts/plan.ini", plan);
	fact_folder_put(&folder, "facts/run.tsv", "#blackout-facts 2\n");
	f = open_folder(&folder);
	CU_ASSERT_EQUAL(follow_read(f, &e), -1);
	CU_ASSERT_PTR_NOT_NULL(strstr(e.text, "version '2'"));
	follow_free(f);
	fact_folder_put(&folder, "facts/watch.tsv", "#blackout-facts 1\n");
	CU_ASSERT_PTR_NOT_NULL(strstr(open_refused(&folder), "is a standalone folder"));
	fact_folder_remove(&folder);
}

/* A run with several VMs is done when all have ended it; the answers shown are the silent VM's. */
static void test_several(void)
{
	struct fact_folder folder;
	const struct picture *p;
	struct follow *f;

	make_folder(&folder,
		"[plan]\nrepeat = 2\n[platform sim]\n[vm web]\ncount = 3\n[move]\ntogether = 3\n"
		"[probe fine]\nkind = burst\n[control switch]\ntarget = sim-switch\n");
	fact_folder_put(&folder, "facts/run.tsv",
		"#blackout-facts 1\n1\tscope\t-\tonly=\n"
		"1000000000\tstep\t0/1/1\tname=ensure\twhat=begin\n"
		"1000000001\tstep\t0/1/2\tname=ensure\twhat=begin\n"
		"1000000001\tstep\t0/1/3\tname=ensure\twhat=begin\n"
		"2000000000\ttrigger\t0/1/1\tvm=web-1\tsource=a\tdestination=b\n"
		"2000000000\ttrigger\t0/1/2\tvm=web-2\tsource=a\tdestination=b\n"
		"2000000000\ttrigger\t0/1/3\tvm=web-3\tsource=a\tdestination=b\n");
	fact_folder_put(&folder, "facts/local-fine.tsv",
		"#blackout-facts 1\n"
		"1\ttarget\t1\tname=web-1\trole=vm\tinterval=10000000\ttimeout=50000000\n"
		"1\ttarget\t2\tname=web-2\trole=vm\tinterval=10000000\ttimeout=50000000\n"
		"1\ttarget\t3\tname=web-3\trole=vm\tinterval=10000000\ttimeout=50000000\n"
		"2000001000\tanswer\t1\tsent=2000000000\tseq=1\n"
		"2000001000\tanswer\t2\tsent=2000000000\tseq=1\n"
		"2000001000\tanswer\t3\tsent=2000000000\tseq=1\n"
		"4000001000\tanswer\t3\tsent=4000000000\tseq=3\n"
		"4500001000\tanswer\t1\tsent=4500000000\tseq=4\n");
	f = open_folder(&folder);
	p = read_picture(f);
	CU_ASSERT_EQUAL(p->planned, 2);
	CU_ASSERT_EQUAL(p->run, 1);
	CU_ASSERT_TRUE(p->several);
	CU_ASSERT_STRING_EQUAL(p->strip_vm, "web-2");
	CU_ASSERT_EQUAL(p->silence_ns, 4500001000 - 2000000000);
	append(&folder, "facts/run.tsv",
		"5000000000\tplace\t0/1/3\thost=b\tstate=running\n"
		"9000000000\trun-end\t0/1/1\tcompleted=yes\n"
		"9000000000\trun-end\t0/1/2\tcompleted=yes\n");
	p = read_picture(f);
	CU_ASSERT_EQUAL(p->done, 0);
	CU_ASSERT_STRING_EQUAL(p->vms[2].host, "b");
	CU_ASSERT_STRING_EQUAL(p->vms[0].host, "a");
	append(&folder, "facts/run.tsv", "9000000000\trun-end\t0/1/3\tcompleted=yes\n");
	CU_ASSERT_EQUAL(read_picture(f)->done, 1);
	follow_free(f);
	fact_folder_remove(&folder);
}

TEST_SUITE(live, {"lines", test_lines}, {"states", test_states}, {"hostile", test_hostile},
	{"answers", test_answers}, {"answers of several VMs", test_answers_of_several},
	{"folder", test_folder}, {"refused folders", test_refused}, {"several VMs", test_several});
