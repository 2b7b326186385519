/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Stamped memory. A page holds its index, its generation, the sum of its payload, and a payload
 * computed from index and generation; a separate table holds the generation of each page. A store
 * that a migration loses leaves an old generation, a torn page, or a table with a wrong sum. The
 * payload does not compress, so migrating a filled guest transfers its full size.
 */
#include "tools/guest/agent/internal.h"
#include "tools/guest/common/mix.h"
#include "tools/guest/common/platform.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define PAGE_BYTES 4096
#define PAGE_WORDS (PAGE_BYTES / sizeof(uint64_t))
#define HUGE_BYTES (UINT64_C(2) << 20)
/* Memory that is left to the kernel and the agent. */
#define RESERVE_BYTES (UINT64_C(24) << 20)
/* Longest time of one turn: sessions wait for its end. */
#define TURN_NS INT64_C(4000000)
#define TURN_PAGES 32
/* A late rewriter catches up at most this much. */
#define ARREARS_NS INT64_C(250000000)
#define SLEEP_IDLE_NS INT64_C(1000000000)
/*
 * Every second rewrite belongs to a burst: a few pages are written BURST_PASSES times within
 * BURST_MS and then left alone; the other rewrites go through all pages in turn. A migration with
 * faulty dirty tracking loses writes to pages that it has just seen written. Bursts create such
 * pages and do not hide a loss by a later write.
 */
#define BURST_PASSES 8
#define BURST_MS 300

enum { WORD_INDEX, WORD_GENERATION, WORD_SUM, WORD_PAYLOAD };

struct pages {
	uint64_t *base;
	uint32_t *generation;
	uint64_t count, filled;
	uint64_t rewrite_bps, rewritten;
	uint64_t chosen; /* pages chosen for rewriting so far: rewritten, or damaged and skipped */
	int64_t rewriter_ns; /* rewrites that were due before this time are done */
	bool verifying, verified;
	uint64_t verify_next, verify_generations;
	struct verify_result result;
};

const char *page_damage_name(enum page_damage damage)
{
	static const char *const names[] = {"ok", "index", "generation", "checksum", "table"};

	return names[damage];
}

static uint64_t payload_seed(uint64_t index, uint64_t generation)
{
	uint64_t x = mix64(index << 32 | (generation & UINT32_MAX));

	/* xorshift maps 0 to itself. */
	return x ? x : 1;
}

/* xorshift64 (Marsaglia 2003): needs no multiplication, which is slow under an emulator. */
static inline uint64_t payload_next(uint64_t x)
{
	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return x;
}

static void page_stamp(uint64_t *page, uint64_t index, uint32_t generation)
{
	uint64_t x = payload_seed(index, generation), sum = 0;

	page[WORD_INDEX] = index;
	page[WORD_GENERATION] = generation;
#pragma GCC unroll 8
	for (size_t i = WORD_PAYLOAD; i < PAGE_WORDS; i++) {
		x = payload_next(x);
		page[i] = x;
		sum += x;
	}
	page[WORD_SUM] = sum;
}

/* Compares every word of the page with its expected content. */
static enum page_damage page_check(const uint64_t *page, uint64_t index, uint32_t generation,
	uint64_t *expected, uint64_t *found)
{
	uint64_t x = payload_seed(index, generation), sum = 0, difference = 0, actual = 0;

	*expected = index;
	*found = page[WORD_INDEX];
	if (*found != *expected)
		return PAGE_INDEX;
	*expected = generation;
	*found = page[WORD_GENERATION];
	if (*found != *expected)
		return PAGE_GENERATION;
#pragma GCC unroll 8
	for (size_t i = WORD_PAYLOAD; i < PAGE_WORDS; i++) {
		x = payload_next(x);
		sum += x;
		difference |= page[i] ^ x;
	}
	if (!difference && page[WORD_SUM] == sum)
		return PAGE_OK;
	for (size_t i = WORD_PAYLOAD; i < PAGE_WORDS; i++)
		actual += page[i];
	*expected = sum;
	*found = actual != sum ? actual : page[WORD_SUM];
	return PAGE_CHECKSUM;
}

static uint64_t *page_at(const struct pages *pages, uint64_t index)
{
	return pages->base + index * PAGE_WORDS;
}

struct pages *pages_new(uint64_t fill_bytes, uint64_t rewrite_bps)
{
	uint64_t available = platform_memory_available(), table_bytes;
	struct pages *pages;
	char *mapping;

	available = available > RESERVE_BYTES ? available - RESERVE_BYTES : 0;
	/* The table takes 4 bytes a page. */
	available -= available / 1024;
	if (fill_bytes > available) {
		agent_log("fill of %llu bytes does not fit, %llu bytes do",
			(unsigned long long)fill_bytes, (unsigned long long)available);
		fill_bytes = available;
	}
	pages = calloc(1, sizeof(*pages));
	if (!pages || fill_bytes < PAGE_BYTES)
		return pages;
	table_bytes = fill_bytes / PAGE_BYTES * sizeof(*pages->generation);
	mapping = mmap(NULL, fill_bytes + HUGE_BYTES, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	pages->generation =
		mmap(NULL, table_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (mapping == MAP_FAILED || pages->generation == MAP_FAILED) {
		agent_log("fill of %llu bytes: no address space", (unsigned long long)fill_bytes);
		return pages;
	}
	mapping += HUGE_BYTES - (uintptr_t)mapping % HUGE_BYTES;
	/* One page fault for 2 MiB instead of one for 4 KiB. */
	madvise(mapping, fill_bytes, MADV_HUGEPAGE);
	pages->base = (uint64_t *)(void *)mapping;
	pages->count = fill_bytes / PAGE_BYTES;
	pages->rewrite_bps = rewrite_bps;
	return pages;
}

static void fill_some(struct pages *pages)
{
	for (int i = 0; i < TURN_PAGES && pages->filled < pages->count; i++, pages->filled++) {
		pages->generation[pages->filled] = 1;
		page_stamp(page_at(pages, pages->filled), pages->filled, 1);
	}
}

static void verify_some(struct pages *pages)
{
	struct verify_result *result = &pages->result;

	for (int i = 0; i < TURN_PAGES && pages->verify_next < pages->count; i++) {
		uint64_t index = pages->verify_next++, expected, found;
		uint32_t generation = pages->generation[index];
		enum page_damage damage =
			page_check(page_at(pages, index), index, generation, &expected, &found);

		pages->verify_generations += generation;
		if (damage == PAGE_OK || result->bad++)
			continue;
		result->first = index;
		result->damage = damage;
		result->expected = expected;
		result->found = found;
	}
	if (pages->verify_next < pages->count)
		return;
	pages->verifying = false;
	pages->verified = true;
	result->pages = pages->count;
	/* The sum shows a lost store to the table: pages begin at 1 and each rewrite adds 1. */
	if (!result->bad && pages->verify_generations != pages->count + pages->rewritten) {
		result->bad = 1;
		result->damage = PAGE_TABLE;
		result->expected = pages->count + pages->rewritten;
		result->found = pages->verify_generations;
	}
}

/* Returns the index of the page to rewrite next. */
static uint64_t rewrite_next(struct pages *pages)
{
	uint64_t number = pages->chosen++, half = number / 2;
	uint64_t pages_a_second = pages->rewrite_bps / PAGE_BYTES;
	uint64_t width = pages_a_second * BURST_MS / 1000 / 2 / BURST_PASSES + 1;
	uint64_t burst = half / (width * BURST_PASSES);

	if (number % 2)
		return half % pages->count;
	/* A large odd stride puts each burst into another area of the memory. */
	return (burst * UINT64_C(2654435761) + half % width) % pages->count;
}

static void rewrite_some(struct pages *pages, int64_t now_ns)
{
	int64_t page_ns = (int64_t)(UINT64_C(1000000000) * PAGE_BYTES / pages->rewrite_bps);

	if (now_ns - pages->rewriter_ns > ARREARS_NS)
		pages->rewriter_ns = now_ns - ARREARS_NS;
	for (int i = 0; i < TURN_PAGES && pages->rewriter_ns + page_ns <= now_ns; i++) {
		uint64_t index = rewrite_next(pages), expected, found;
		uint32_t *generation = &pages->generation[index];
		uint64_t *page = page_at(pages, index);

		pages->rewriter_ns += page_ns;
		/* A damaged page is not rewritten: it is evidence for the next verification. */
		if (page_check(page, index, *generation, &expected, &found) != PAGE_OK)
			continue;
		page_stamp(page, index, ++*generation);
		pages->rewritten++;
	}
}

/* Returns in how many ns pages_serve must do something; 0: now. */
static int64_t idle_ns(const struct pages *pages, int64_t now_ns)
{
	int64_t due_ns;

	if (pages->filled < pages->count || pages->verifying)
		return 0;
	if (!pages->count || !pages->rewrite_bps)
		return SLEEP_IDLE_NS;
	due_ns = pages->rewriter_ns +
		 (int64_t)(UINT64_C(1000000000) * PAGE_BYTES / pages->rewrite_bps);
	/* epoll_wait sleeps whole milliseconds: round up. */
	return due_ns <= now_ns ? 0 : due_ns - now_ns + 1000000;
}

int64_t pages_serve(struct pages *pages, int64_t now_ns)
{
	int64_t end_ns = now_ns + TURN_NS;

	if (!pages)
		return SLEEP_IDLE_NS;
	while (now_ns < end_ns && idle_ns(pages, now_ns) == 0) {
		if (pages->filled < pages->count)
			fill_some(pages);
		else if (pages->verifying)
			verify_some(pages);
		else
			rewrite_some(pages, now_ns);
		now_ns = agent_now_ns();
		/* Filling and verifying suspend the rewriter, which does not catch up later. */
		if (pages->filled < pages->count || pages->verifying)
			pages->rewriter_ns = now_ns;
		if (pages->verified)
			return 0;
	}
	return idle_ns(pages, now_ns);
}

struct page_counts pages_count(const struct pages *pages)
{
	if (!pages)
		return (struct page_counts){0};
	return (struct page_counts){
		.pages = pages->count, .filled = pages->filled, .rewritten = pages->rewritten};
}

void pages_verify_begin(struct pages *pages)
{
	pages->verifying = true;
	pages->verified = false;
	pages->verify_next = 0;
	pages->verify_generations = 0;
	memset(&pages->result, 0, sizeof(pages->result));
}

void pages_verify_cancel(struct pages *pages)
{
	pages->verifying = pages->verified = false;
}

bool pages_verify_poll(struct pages *pages, struct verify_result *result)
{
	if (!pages->verified)
		return false;
	pages->verified = false;
	*result = pages->result;
	return true;
}

bool pages_corrupt(struct pages *pages, uint64_t index)
{
	if (index >= pages->filled)
		return false;
	page_at(pages, index)[PAGE_WORDS / 2] ^= UINT64_C(1) << 20;
	return true;
}
