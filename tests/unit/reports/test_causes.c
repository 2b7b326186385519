/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * report.txt on VMs without users: the causes of their silence, who announced them, and the
 * evidence for both explanations.
 */
#include "reports/report.h"
#include "tests/unit/report_world.h"
#include "tests/unit/test.h"

#include <stdlib.h>
#include <string.h>

static struct passive_observer observers[] = {{(char *)"desk", (char *)"mirror", PROBE_CAPTURE},
	{(char *)"desk", (char *)"local", PROBE_NEIGHBOUR}};

static void write_text(const struct world *w)
{
	CU_ASSERT_EQUAL_FATAL(world_text(w, world_environment), 0);
}

/*
 * Five moves with a session and five without. Those without are silent for 0.9 to 7.7 s, and only
 * `announced` of them are announced. All kinds of sightings are captured.
 */
static void world_silent(struct world *w, size_t announced)
{
	world_make(w, 10);
	w->timeline.observers = observers;
	w->timeline.observer_count = 2;
	for (size_t i = 5 + announced; i < 10; i++)
		for (size_t k = 0; k < 3; k++)
			w->sightings[3 * i + k].target = (char *)"another";
}

static void test_groups(void)
{
	struct world w;

	world_silent(&w, 0);
	write_text(&w);
	CU_ASSERT(holds(&w, "report.txt",
		"attached  yes           5  [0.23, 0.25]    [0.23, 0.25]    128 to 128\n"));
	CU_ASSERT(holds(&w, "report.txt",
		"detached  no            5  [0.89, 0.91]    [7.69, 7.71]    128 to 128\n"));
	CU_ASSERT(holds(&w, "report.txt", "Of 5 detached moves without an announcement 4 were"));
	/* 2.6 + 4.3 + 6.0 + 7.7 s; of each, 0.13 s is the stop and not waiting. */
	CU_ASSERT(holds(&w, "report.txt", "for 20.6 s, 20.1 s of it in that wait"));
	world_free(&w);
	world_silent(&w, 2);
	write_text(&w);
	CU_ASSERT(holds(&w, "report.txt", "detached  yes           2 "));
	CU_ASSERT(holds(&w, "report.txt", "detached  no            3 "));
	world_free(&w);
}

/* The downtimes that the platform reports are the evidence for the study's explanation. */
static void test_study(void)
{
	static const struct {
		int64_t attached_ns;
		const char *words;
	} cases[] = {
		{50 * MS, "this supports 1."},
		{500 * MS, "longer with a session, which contradicts 1."},
		{128 * MS, "the ranges overlap, which does not support 1."},
		{NS_NONE, "No evidence for 1"},
	};

	for (size_t c = 0; c < ARRAY_SIZE(cases); c++) {
		struct world w;
		char *text, *at;

		world_silent(&w, 0);
		for (size_t i = 0; i < 5; i++)
			w.scenes[i].job.downtime_ns = cases[c].attached_ns;
		write_text(&w);
		text = world_read(&w, "report.txt");
		/* Line breaks do not matter here. */
		for (at = text; (at = strstr(at, "\n  ")); at++)
			memmove(at, at + 2, strlen(at + 2) + 1), *at = ' ';
		CU_ASSERT_PTR_NOT_NULL(strstr(text, cases[c].words));
		free(text);
		world_free(&w);
	}
}

static void test_stretches(void)
{
	struct world w;

	world_silent(&w, 0);
	write_text(&w);
	CU_ASSERT(holds(&w, "report.txt",
		"memory=2GB session=attached, run 1: [0.23, 0.25] s, 0 lost; rarp 0.14 s after"));
	CU_ASSERT(holds(&w, "report.txt",
		"memory=2GB session=detached, run 5: [7.69, 7.71] s, 7 lost; not announced\n"
		"      0.14 s stop-and-copy: "));
	CU_ASSERT(holds(&w, "report.txt",
		"      7.57 s waiting for the switch: no announcement, no change"));
	world_free(&w);
}

/*
 * A request sent before the pause and answered after it is reported, unless the VM was announced.
 */
static void test_ring(void)
{
	static const char words[] =
		"A request that waited in the guest was answered from the new host";
	struct world w;
	struct probe_record *r;
	struct job *job;

	world_silent(&w, 0);
	write_text(&w);
	CU_ASSERT(lacks(&w, "report.txt", words));
	job = &w.scenes[5].job;
	r = &w.scenes[5].fine.records[series_first_from(&w.scenes[5].fine, job->paused.lo_ns) - 1];
	r->arrival_ns = job->resumed.hi_ns + 3 * MS;
	write_text(&w);
	CU_ASSERT(holds(&w, "report.txt", words));
	/* With an announcement, that is how the switch found the VM. */
	for (size_t k = 0; k < 3; k++)
		w.sightings[15 + k].target = (char *)"desk";
	write_text(&w);
	CU_ASSERT(lacks(&w, "report.txt", words));
	world_free(&w);
}

TEST_SUITE(silent, {"moves with and without", test_groups}, {"the study's explanation", test_study},
	{"stretches", test_stretches}, {"a request in the ring", test_ring})
