/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The output of `blackout probe`: a line for each event, or a screen that is redrawn. */
#include "tools/commands/probe_view.h"

#include "tests/unit/test.h"

#include <stdlib.h>
#include <string.h>

#define MS NS_PER_MS
#define S NS_PER_S
#define UTC (1795494229 * S)

/* A view that writes to a temporary file; `text` is what the last call wrote. */
struct view_fixture {
	struct probe_view *view;
	FILE *f;
	char text[8192];
	struct probe_target targets[30];
	struct probe_live live[30];
	size_t count;
	int64_t now_ns;
};

static void fixture_open(struct view_fixture *s, bool live, size_t count)
{
	*s = (struct view_fixture){.f = tmpfile(), .count = count, .now_ns = 100 * S};
	CU_ASSERT_PTR_NOT_NULL_FATAL(s->f);
	for (size_t i = 0; i < count; i++)
		snprintf(s->targets[i].name, sizeof(s->targets[i].name), "host%zu", i);
	s->view = probe_view_new(s->f, live, true, s->targets, count, 10 * MS);
	CU_ASSERT_PTR_NOT_NULL_FATAL(s->view);
}

/* Advances the clock by `ns`, updates the view and returns what it wrote. */
static const char *take(struct view_fixture *s, int64_t ns)
{
	long before = ftell(s->f);
	size_t n;

	s->now_ns += ns;
	probe_view_take(s->view, s->live, s->count, s->now_ns, UTC + s->now_ns);
	fflush(s->f);
	fseek(s->f, before, SEEK_SET);
	n = fread(s->text, 1, sizeof(s->text) - 1, s->f);
	s->text[n] = '\0';
	return s->text;
}

static void fixture_close(struct view_fixture *s)
{
	probe_view_free(s->view);
	fclose(s->f);
}

static void test_events(void)
{
	struct view_fixture s;

	fixture_open(&s, false, 2);
	snprintf(s.targets[0].name, sizeof(s.targets[0].name), "a\033[2J");
	CU_ASSERT_STRING_EQUAL(take(&s, 0), "");
	s.live[0].gap_ns = 200 * MS;
	CU_ASSERT_STRING_EQUAL(take(&s, 100 * MS), "2026-11-24T04:25:28.900000Z out   a\\x1B[2J\n");
	s.live[0].gap_ns = 300 * MS;
	CU_ASSERT_STRING_EQUAL(take(&s, 100 * MS), "");
	s.live[0] = (struct probe_live){
		.silences = 1, .last_from_ns = 99900 * MS, .last = {400 * MS, 450 * MS}};
	CU_ASSERT_STRING_EQUAL(take(&s, 100 * MS),
		"2026-11-24T04:25:29.300000Z back  a\\x1B[2J after [0.400, 0.450] s\n");
	CU_ASSERT_STRING_EQUAL(take(&s, 100 * MS), "");
	/* Out and back three times between two updates, then out again. */
	s.live[1] = (struct probe_live){.silences = 3,
		.last_from_ns = 100400 * MS,
		.last = {50 * MS, NS_INF},
		.gap_ns = 20 * MS};
	CU_ASSERT_STRING_EQUAL(take(&s, 100 * MS),
		"2026-11-24T04:25:29.400000Z out   host1\n"
		"2026-11-24T04:25:29.500000Z back  host1 after [0.050, inf] s, the last of 3 "
		"silences\n"
		"2026-11-24T04:25:29.480000Z out   host1\n");
	/* Back, out and back again since "out" was printed: "back" is printed once. */
	s.live[1] = (struct probe_live){
		.silences = 5, .last_from_ns = 100550 * MS, .last = {30 * MS, 40 * MS}};
	CU_ASSERT_STRING_EQUAL(take(&s, 100 * MS),
		"2026-11-24T04:25:29.600000Z back  host1 after [0.030, 0.040] s, the last of 2 "
		"silences\n");
	fixture_close(&s);
}

static void assert_shows(const struct view_fixture *s, const char *what)
{
	if (!strstr(s->text, what))
		fprintf(stderr, "\n  '%s' is not in:\n%s\n", what, s->text);
	CU_ASSERT_PTR_NOT_NULL(strstr(s->text, what));
}

/* Number of lines that were written. */
static int count_lines(const struct view_fixture *s)
{
	int n = 0;

	for (const char *p = s->text; *p; p++)
		n += *p == '\n';
	return n;
}

static void test_screen(void)
{
	struct view_fixture s;

	fixture_open(&s, true, 3);
	for (size_t i = 0; i < 3; i++)
		s.live[i] = (struct probe_live){.sent = 100, .answered = 99, .late = 1};
	take(&s, 0);
	assert_shows(&s, "3 targets every 10ms, observed for 0:00:00");
	assert_shows(&s, "sent 300, answered 297 (late 3)");
	assert_shows(&s, "out now 0 of 3; no silence so far");
	CU_ASSERT_EQUAL(count_lines(&s), 7);
	/* The screen is drawn at most four times a second. */
	CU_ASSERT_STRING_EQUAL(take(&s, 200 * MS), "");
	s.live[1].gap_ns = s.live[1].longest_ns = 1500 * MS;
	s.live[2].silences = 2;
	s.live[2].longest_ns = 700 * MS;
	take(&s, 3660 * S);
	CU_ASSERT_EQUAL(strncmp(s.text, "\033[7A\r", 5), 0);
	assert_shows(&s, "observed for 1:01:00");
	assert_shows(&s, "\033[31mOUT NOW 1 of 3; longest silence 1.500 s (host1)\033[0m\n");
	assert_shows(&s, "\033[31mhost1                    OUT 1.5 s, since ");
	assert_shows(&s, "host2                    answers; out 2 times, longest 0.700 s\n");
	CU_ASSERT(strstr(s.text, "host0 ") < strstr(s.text, "host1 "));
	fixture_close(&s);
}

/* More targets than lines: totals and the worst targets, without those that never failed. */
static void test_fleet(void)
{
	struct view_fixture s;

	fixture_open(&s, true, 30);
	for (size_t i = 0; i < 30; i++)
		s.live[i] = (struct probe_live){.sent = 10, .answered = 10};
	s.live[7].longest_ns = 300 * MS;
	s.live[7].silences = 1;
	s.live[20].gap_ns = s.live[20].longest_ns = 200 * MS;
	s.live[29].gap_ns = s.live[29].longest_ns = 400 * MS;
	take(&s, 0);
	CU_ASSERT_EQUAL(count_lines(&s), 7);
	assert_shows(&s, "OUT NOW 2 of 30");
	assert_shows(&s, "(the worst of 30)");
	CU_ASSERT(strstr(s.text, "host29 ") < strstr(s.text, "host20 "));
	CU_ASSERT(strstr(s.text, "host20 ") < strstr(s.text, "host7 "));
	CU_ASSERT_PTR_NULL(strstr(s.text, "host0 "));
	fixture_close(&s);
}

TEST_SUITE(probe_view, {"events", test_events}, {"screen", test_screen}, {"fleet", test_fleet})
