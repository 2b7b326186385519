/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Coroutines: they take turns, keep their stacks, and a thousand of them fit. */
#include "tests/unit/test.h"

#include "harness/run/coroutine.h"

#include <string.h>

#define MANY 1000

struct speaker {
	struct coroutine *coroutine;
	char name;
	int turns;
	char *said; /* shared: one letter a turn */
	int64_t sum;
};

/* Calls itself, so that each turn has another stack frame. */
static int64_t speak(struct speaker *s, int turn)
{
	char frame[512];

	if (turn == s->turns)
		return 0;
	memset(frame, turn, sizeof(frame));
	s->said[strlen(s->said)] = s->name;
	coroutine_yield(s->coroutine);
	for (size_t i = 0; i < sizeof(frame); i++)
		CU_ASSERT_EQUAL(frame[i], (char)turn);
	return turn + speak(s, turn + 1);
}

static int speak_all(void *ctx)
{
	struct speaker *s = ctx;

	s->sum = speak(s, 0);
	return s->name;
}

static void test_turns(void)
{
	char said[64] = "";
	struct speaker a = {.name = 'a', .turns = 3, .said = said},
		       b = {.name = 'b', .turns = 5, .said = said};
	bool a_over = false, b_over = false;
	struct err e;

	CU_ASSERT_EQUAL_FATAL(coroutine_new(&a.coroutine, speak_all, &a, &e), 0);
	CU_ASSERT_EQUAL_FATAL(coroutine_new(&b.coroutine, speak_all, &b, &e), 0);
	CU_ASSERT_STRING_EQUAL(said, ""); /* a coroutine begins when it is first resumed */
	while (!a_over || !b_over) {
		a_over = a_over || coroutine_resume(a.coroutine);
		b_over = b_over || coroutine_resume(b.coroutine);
	}
	CU_ASSERT_STRING_EQUAL(said, "abababbb");
	CU_ASSERT_EQUAL(coroutine_result(a.coroutine), 'a');
	CU_ASSERT_EQUAL(coroutine_result(b.coroutine), 'b');
	CU_ASSERT_EQUAL(a.sum, 0 + 1 + 2);
	CU_ASSERT_EQUAL(b.sum, 0 + 1 + 2 + 3 + 4);
	coroutine_free(a.coroutine);
	coroutine_free(b.coroutine);
}

static void test_many(void)
{
	static struct speaker speakers[MANY];
	static char said[2 * MANY + 1];
	struct err e;

	memset(said, 0, sizeof(said));
	for (size_t i = 0; i < MANY; i++) {
		speakers[i] =
			(struct speaker){.name = (char)('A' + i % 26), .turns = 2, .said = said};
		CU_ASSERT_EQUAL_FATAL(
			coroutine_new(&speakers[i].coroutine, speak_all, &speakers[i], &e), 0);
	}
	for (int turn = 0; turn < 3; turn++)
		for (size_t i = 0; i < MANY; i++)
			CU_ASSERT_EQUAL(coroutine_resume(speakers[i].coroutine), turn == 2);
	for (size_t i = 0; i < MANY; i++)
		coroutine_free(speakers[i].coroutine);
	CU_ASSERT_EQUAL(strlen(said), 2 * MANY);
	CU_ASSERT_EQUAL(said[MANY - 1], 'A' + (MANY - 1) % 26);
}

static void test_never_begun(void)
{
	struct speaker s = {.name = 'a'};
	struct err e;

	CU_ASSERT_EQUAL_FATAL(coroutine_new(&s.coroutine, speak_all, &s, &e), 0);
	coroutine_free(s.coroutine);
	coroutine_free(NULL);
}

TEST_SUITE(coroutine, {"turns", test_turns}, {"a thousand", test_many},
	{"one that never begins", test_never_begun});
