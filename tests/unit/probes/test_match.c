/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which answer belongs to which probe, with one target and with many. */
#include "probes/engine/match.h"
#include "tests/unit/test.h"

#include <stdlib.h>

static void test_answers_find_their_probes(void)
{
	struct match_probe p;
	struct match m;

	CU_ASSERT_FATAL(match_init(&m, 64, 1) == 0);
	for (int i = 0; i < 5; i++) {
		match_send(&m, 0, 0, 100 + i, &p);
		CU_ASSERT(p.serial == (uint64_t)i && p.seq == (uint64_t)i && p.sent_ns == 100 + i);
	}
	CU_ASSERT(match_peek(&m, 1, &p) && p.sent_ns == 101);
	CU_ASSERT(match_answer(&m, 1, &p) == MATCH_FIRST && p.sent_ns == 101);
	CU_ASSERT(match_answer(&m, 1, &p) == MATCH_DUPLICATE);
	CU_ASSERT(match_answer(&m, 5, &p) == MATCH_UNKNOWN && !match_peek(&m, 5, &p));
	CU_ASSERT(match_answer(&m, UINT64_MAX, &p) == MATCH_UNKNOWN);
	/* The time-outs of 0 and 2 run out; 1 was answered, 3 was sent later. */
	CU_ASSERT(match_expire(&m, 102, &p) && p.seq == 0 && p.sent_ns == 100);
	CU_ASSERT(match_expire(&m, 102, &p) && p.seq == 2 && p.sent_ns == 102);
	CU_ASSERT(!match_expire(&m, 102, &p));
	/* A late answer is the first answer, too; the next one is a duplicate. */
	CU_ASSERT(match_answer(&m, 2, &p) == MATCH_FIRST && p.sent_ns == 102);
	CU_ASSERT(match_answer(&m, 2, &p) == MATCH_DUPLICATE);
	CU_ASSERT(match_fail(&m, 3, &p) && p.sent_ns == 103);
	CU_ASSERT(!match_fail(&m, 3, &p));
	match_forget(&m);
	CU_ASSERT(!match_expire(&m, 1000, &p));
	CU_ASSERT(match_answer(&m, 1, &p) == MATCH_DUPLICATE);
	CU_ASSERT(match_answer(&m, 4, &p) == MATCH_UNKNOWN);
	match_release(&m);
}

static void test_withdrawn_probes_are_forgotten(void)
{
	struct match_probe p;
	struct match m;

	CU_ASSERT_FATAL(match_init(&m, 64, 1) == 0);
	for (int i = 0; i < 3; i++)
		match_send(&m, 0, 0, 100 + i, &p);
	match_withdraw(&m, 1);
	CU_ASSERT(match_answer(&m, 1, &p) == MATCH_UNKNOWN && !match_fail(&m, 1, &p));
	/* The send time can be corrected only while the probe waits. */
	match_correct(&m, 2, 150);
	CU_ASSERT(match_expire(&m, 120, &p) && p.seq == 0);
	CU_ASSERT(!match_expire(&m, 149, &p));
	match_correct(&m, 0, 160);
	CU_ASSERT(match_answer(&m, 0, &p) == MATCH_FIRST && p.sent_ns == 100);
	CU_ASSERT(match_expire(&m, 150, &p) && p.seq == 2 && p.sent_ns == 150);
	match_release(&m);
}

static void test_the_ring_wraps_and_forgets_the_oldest(void)
{
	struct match_probe p;
	struct match m;
	uint64_t serial;
	unsigned expired = 0;

	CU_ASSERT_FATAL(match_init(&m, 64, 1) == 0);
	for (int64_t i = 0; i < 200000; i++) {
		match_send(&m, 0, 0, i, &p);
		while (match_expire(&m, i - 10, &p)) {
			CU_ASSERT(p.seq == expired && p.sent_ns == (int64_t)p.seq);
			expired++;
		}
	}
	CU_ASSERT(expired == 200000 - 10);
	CU_ASSERT(match_answer(&m, 200000 - 64, &p) == MATCH_FIRST && p.seq == 200000 - 64);
	CU_ASSERT(match_answer(&m, 200000 - 65, &p) == MATCH_UNKNOWN);
	CU_ASSERT(match_find(&m, 0, (uint16_t)199999, &serial) && serial == 199999);
	CU_ASSERT(match_find(&m, 0, (uint16_t)199940, &serial) && serial == 199940);
	CU_ASSERT(!match_find(&m, 0, (uint16_t)199930, &serial));
	match_release(&m);
}

static void test_overwritten_probes_do_not_expire(void)
{
	struct match_probe p;
	struct match m;
	uint64_t first = 136;

	CU_ASSERT_FATAL(match_init(&m, 64, 1) == 0);
	for (int64_t i = 0; i < 200; i++)
		match_send(&m, 0, 0, i, &p);
	for (; match_expire(&m, 1000, &p); first++)
		CU_ASSERT(p.seq == first);
	CU_ASSERT(first == 200);
	match_release(&m);
}

static void test_numbers_of_more_than_32_bits(void)
{
	const uint64_t base = (UINT64_C(5) << 32) - 2;
	struct match_probe p;
	struct match m;

	CU_ASSERT_FATAL(match_init(&m, 64, 1) == 0);
	m.targets[0].next_seq = base;
	for (uint64_t i = 0; i < 4; i++) {
		match_send(&m, 0, 0, 100, &p);
		CU_ASSERT(p.seq == base + i);
	}
	for (uint64_t i = 0; i < 4; i++)
		CU_ASSERT(match_answer(&m, i, &p) == MATCH_FIRST && p.seq == base + i);
	match_release(&m);
}

#define MANY 10000
#define ROUNDS 8

/* How a target answers a probe. */
enum fate { ANSWERS, TWICE, NEVER, LATE, FATES };
static enum fate fate_of(uint32_t target, uint64_t seq)
{
	return (enum fate)((target * 7 + seq * 3) % FATES);
}

/* Answers all probes of a round, in another order than that of sending. */
static void answer_round(
	struct match *m, const uint64_t *serials, uint64_t seq, bool late, unsigned *wrong)
{
	for (uint32_t i = 0; i < MANY; i++) {
		uint32_t target = (uint32_t)((uint64_t)i * 7919 % MANY);
		enum fate fate = fate_of(target, seq);
		struct match_probe p = {0};

		if (fate == NEVER || (fate == LATE) != late)
			continue;
		*wrong += match_answer(m, serials[target], &p) != MATCH_FIRST;
		*wrong += p.target != target || p.seq != seq;
		if (fate == TWICE)
			*wrong += match_answer(m, serials[target], &p) != MATCH_DUPLICATE;
	}
}

static void test_ten_thousand_targets_keep_their_answers(void)
{
	uint64_t *serials = calloc((size_t)MANY * ROUNDS, sizeof(*serials));
	unsigned expired[FATES] = {0}, wrong = 0;
	struct match_probe p;
	struct match m;

	CU_ASSERT_FATAL(serials != NULL);
	CU_ASSERT_FATAL(match_init(&m, 131072, MANY) == 0);
	for (uint64_t seq = 0; seq < ROUNDS; seq++) {
		for (uint32_t target = 0; target < MANY; target++) {
			match_send(&m, target, 0, (int64_t)seq * 1000, &p);
			serials[seq * MANY + target] = p.serial;
			wrong += p.seq != seq;
		}
		answer_round(&m, serials + seq * MANY, seq, false, &wrong);
		while (match_expire(&m, (int64_t)seq * 1000 - 1000, &p))
			expired[fate_of(p.target, p.seq)]++;
	}
	while (match_expire(&m, ROUNDS * 1000, &p))
		expired[fate_of(p.target, p.seq)]++;
	CU_ASSERT(expired[NEVER] == MANY * ROUNDS / FATES && expired[LATE] == expired[NEVER]);
	CU_ASSERT(expired[ANSWERS] == 0 && expired[TWICE] == 0);
	for (uint64_t seq = ROUNDS; seq-- > 0;)
		answer_round(&m, serials + seq * MANY, seq, true, &wrong);
	CU_ASSERT(wrong == 0);
	match_release(&m);
	free(serials);
}

static void test_the_low_16_bits_find_the_target_s_probe(void)
{
	struct match_probe p;
	struct match m;
	uint64_t serial;

	CU_ASSERT_FATAL(match_init(&m, 1024, 3) == 0);
	CU_ASSERT(!match_find(&m, 1, 0, &serial));
	for (int i = 0; i < 300; i++)
		match_send(&m, (uint32_t)i % 3, 0, i, &p);
	CU_ASSERT(match_find(&m, 1, 99, &serial) && serial == 298);
	CU_ASSERT(match_find(&m, 1, 0, &serial) && serial == 1);
	CU_ASSERT(!match_find(&m, 1, 100, &serial));
	/* Only the target's newest 512 probes are searched. */
	for (int i = 300; i < 900; i++)
		match_send(&m, 2, 0, i, &p);
	CU_ASSERT(match_find(&m, 2, 699 - 511, &serial) && serial == 899 - 511);
	CU_ASSERT(!match_find(&m, 2, 699 - 512, &serial));
	match_release(&m);
}

static void test_the_size_is_bounded(void)
{
	const int64_t ms = NS_PER_MS;

	CU_ASSERT(sizeof(struct match_entry) == 24);
	/* A minute of one target. */
	CU_ASSERT(
		match_size(10 * ms, 50 * ms, 1) >= 6000 && match_size(10 * ms, 50 * ms, 1) < 16384);
	CU_ASSERT(match_size(ms, 50 * ms, 1) >= 60000);
	/* At most a million probes, however many targets. */
	CU_ASSERT(match_size(100 * ms, 100 * ms, 10000) == 1 << 20);
	CU_ASSERT(match_size(NS_PER_S, 950 * ms, 100000) == 1 << 20);
	/* At least as many as may wait for an answer at once. */
	CU_ASSERT(match_size(100 * NS_PER_US, 100 * NS_PER_S, 1) >= 2000000);
	CU_ASSERT(match_size(100 * ms, 10 * NS_PER_S, 10000) >= 2000000);
}

TEST_SUITE(match, {"answers find their probes", test_answers_find_their_probes},
	{"withdrawn and corrected", test_withdrawn_probes_are_forgotten},
	{"wraps", test_the_ring_wraps_and_forgets_the_oldest},
	{"overwritten", test_overwritten_probes_do_not_expire},
	{"long numbers", test_numbers_of_more_than_32_bits},
	{"10,000 targets", test_ten_thousand_targets_keep_their_answers},
	{"low 16 bits", test_the_low_16_bits_find_the_target_s_probe},
	{"size", test_the_size_is_bounded});
