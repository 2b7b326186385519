/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The dirty workload: writes random pages of a working set, at a given rate. Each page holds its
 * index and its generation. Eight words spread over the page change with the generation; the rest
 * is random and constant, so that compression gains a hypervisor nothing and a write costs little.
 * A separate table holds the generation of each page. Before a page is written it is compared with
 * its expected content, and `verify` compares every word of all pages: a store that a move lost
 * leaves an old generation. If the set was not filled completely, only the filled pages are
 * verified.
 */
#include "tools/guest/common/mix.h"
#include "tools/guest/common/platform.h"
#include "tools/guest/workload/internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGE_BYTES 4096
#define PAGE_WORDS (PAGE_BYTES / sizeof(uint64_t))
#define STAMP_WORDS 64 /* distance between two changing words */
#define NS_PER_S INT64_C(1000000000)
/* A late workload catches up at most this much. */
#define ARREARS_NS INT64_C(250000000)
/* Pages written between two readings of the clock. */
#define TURN_PAGES 16
#define NO_PAGE UINT64_MAX

enum { WORD_INDEX, WORD_GENERATION, WORD_FIRST };

struct dirty {
	uint64_t *base;
	uint32_t *generation;
	uint64_t count, filled, written; /* pages of the set; filled pages; writes since the fill */
	uint64_t window_pages;           /* written since window_ns, for the measured rate */
	int64_t window_ns;
	int64_t done_ns;              /* writes that were due before this time are done */
	atomic_uint_fast64_t corrupt; /* index of a page to be damaged, or NO_PAGE */
	bool *damaged;                /* for each page: damage was found */
};

static uint64_t word_of(uint64_t index, size_t word, uint32_t generation)
{
	uint64_t x = mix64(index * PAGE_WORDS + word);

	return word % STAMP_WORDS == WORD_FIRST ? x ^ mix64(~(uint64_t)generation) : x;
}

static void stamp(uint64_t *page, uint64_t index, uint32_t generation, size_t step)
{
	page[WORD_INDEX] = index;
	page[WORD_GENERATION] = generation;
	for (size_t i = WORD_FIRST; i < PAGE_WORDS; i += step)
		page[i] = word_of(index, i, generation);
}

/* Compares each step-th word of a page. False: damage, which is reported once for each page. */
static bool check(struct guest_workload *workload, uint64_t index, size_t step)
{
	struct dirty *dirty = workload->dirty;
	const uint64_t *page = dirty->base + index * PAGE_WORDS;
	uint32_t generation = dirty->generation[index];
	uint64_t difference = 0;
	char name[32];

	for (size_t i = WORD_FIRST; i < PAGE_WORDS; i += step)
		difference |= page[i] ^ word_of(index, i, generation);
	if (!difference && page[WORD_INDEX] == index && page[WORD_GENERATION] == generation)
		return true;
	if (dirty->damaged[index])
		return false;
	dirty->damaged[index] = true;
	snprintf(name, sizeof(name), "page-%" PRIu64, index);
	if (page[WORD_INDEX] != index)
		state_add_damage(workload, name, "has index %" PRIu64, page[WORD_INDEX]);
	else if (page[WORD_GENERATION] != generation)
		state_add_damage(workload, name,
			"has generation %" PRIu64 " instead of %u: a store was lost",
			page[WORD_GENERATION], generation);
	else
		state_add_damage(workload, name,
			"generation %u: its content is not what was written", generation);
	return false;
}

static void corrupt_requested(struct dirty *dirty)
{
	uint64_t index = atomic_exchange(&dirty->corrupt, NO_PAGE);

	if (index != NO_PAGE)
		dirty->base[index * PAGE_WORDS + WORD_FIRST + STAMP_WORDS] ^= UINT64_C(1) << 20;
}

/* At a second's end: sets its rate, and whether that is within a tenth of the requested rate. */
static void close_window(struct guest_workload *workload, int64_t now_ns)
{
	struct dirty *dirty = workload->dirty;
	double seconds = (double)(now_ns - dirty->window_ns) / 1e9;
	uint64_t wanted = workload->request.rate_bps;
	uint64_t rate = (uint64_t)((double)(dirty->window_pages * PAGE_BYTES) / seconds);
	uint64_t off = rate > wanted ? rate - wanted : wanted - rate;

	pthread_mutex_lock(&workload->lock);
	workload->status.rate_bps = rate ? rate : 1;
	workload->status.held = off <= wanted / 10;
	pthread_mutex_unlock(&workload->lock);
	dirty->window_ns = now_ns;
	dirty->window_pages = 0;
}

static void write_turn(struct guest_workload *workload, int64_t now_ns)
{
	struct dirty *dirty = workload->dirty;
	double page_ns = (double)NS_PER_S * PAGE_BYTES / (double)workload->request.rate_bps;
	uint64_t due = (uint64_t)((double)(now_ns - dirty->done_ns) / page_ns);
	uint64_t count = due < TURN_PAGES ? due : TURN_PAGES;

	for (uint64_t i = 0; i < count; i++) {
		uint64_t index = mix64(workload->request.seed ^ dirty->written++) % dirty->count;

		if (check(workload, index, STAMP_WORDS))
			stamp(dirty->base + index * PAGE_WORDS, index, ++dirty->generation[index],
				STAMP_WORDS);
	}
	dirty->window_pages += count;
	dirty->done_ns += (int64_t)((double)count * page_ns);
	pthread_mutex_lock(&workload->lock);
	workload->status.done_bytes += count * PAGE_BYTES;
	pthread_mutex_unlock(&workload->lock);
}

static void write_until_stopped(struct guest_workload *workload)
{
	struct dirty *dirty = workload->dirty;

	dirty->window_ns = dirty->done_ns = platform_now_ns();
	while (!atomic_load(&workload->stop)) {
		int64_t now_ns = platform_now_ns();
		double page_ns = (double)NS_PER_S * PAGE_BYTES / (double)workload->request.rate_bps;

		corrupt_requested(dirty);
		if (now_ns - dirty->window_ns >= NS_PER_S)
			close_window(workload, now_ns);
		if (now_ns - dirty->done_ns > ARREARS_NS)
			dirty->done_ns = now_ns - ARREARS_NS;
		if ((double)(now_ns - dirty->done_ns) < page_ns)
			platform_sleep_ms(1);
		else
			write_turn(workload, now_ns);
	}
	corrupt_requested(dirty);
}

void dirty_release(struct guest_workload *workload)
{
	struct dirty *dirty = workload->dirty;

	if (!dirty)
		return;
	if (dirty->base)
		platform_memory_release(dirty->base, dirty->count * PAGE_BYTES);
	free(dirty->generation);
	free(dirty->damaged);
	free(dirty);
	workload->dirty = NULL;
}

/* Allocates the set and its tables. False: it failed, and the status says why. */
static bool allocate_set(struct guest_workload *workload)
{
	uint64_t set = workload->request.set_bytes, available = platform_memory_available();
	struct dirty *dirty = calloc(1, sizeof(*dirty));

	dirty_release(workload);
	workload->dirty = dirty;
	/* The tables take 5 bytes a page. */
	if (available && set + set / 512 > available) {
		state_fail(workload, "",
			"a set of %" PRIu64 " bytes does not fit: %" PRIu64 " are free", set,
			available);
		return false;
	}
	if (dirty) {
		dirty->count = set / PAGE_BYTES;
		atomic_init(&dirty->corrupt, NO_PAGE);
		dirty->generation = calloc(dirty->count, sizeof(*dirty->generation));
		dirty->damaged = calloc(dirty->count, sizeof(*dirty->damaged));
		dirty->base = platform_memory_allocate(dirty->count * PAGE_BYTES);
	}
	if (!dirty || !dirty->generation || !dirty->damaged || !dirty->base) {
		state_fail(workload, "", "no memory for a set of %" PRIu64 " bytes", set);
		return false;
	}
	return true;
}

static void dirty_start(struct guest_workload *workload)
{
	struct dirty *dirty;

	if (!allocate_set(workload))
		return;
	dirty = workload->dirty;
	state_enter(workload, STATE_RUNNING, dirty->count * PAGE_BYTES);
	for (uint64_t i = 0; i < dirty->count && !atomic_load(&workload->stop); i++) {
		stamp(dirty->base + i * PAGE_WORDS, i, 0, 1);
		dirty->filled++;
		state_advance(workload, PAGE_BYTES);
	}
	write_until_stopped(workload);
	state_mark_written(workload);
	state_end(workload, STATE_STOPPED);
}

static void dirty_verify(struct guest_workload *workload)
{
	struct dirty *dirty = workload->dirty;
	uint64_t sum = 0, damaged = 0;

	if (!dirty || !dirty->base || !dirty->filled) {
		state_fail(workload, "", "no pages were written: nothing to verify");
		return;
	}
	if (!workload->status.bad)
		state_clear_damage(workload);
	state_enter(workload, STATE_VERIFYING, dirty->filled * PAGE_BYTES);
	for (uint64_t i = 0; i < dirty->filled && !atomic_load(&workload->stop); i++) {
		damaged += !check(workload, i, 1);
		sum += dirty->generation[i];
		state_advance(workload, PAGE_BYTES);
	}
	/* The sum shows a lost store to the table. It holds only if no page is damaged, because
	 * damaged pages are not written. */
	if (!damaged && sum != dirty->written)
		state_add_damage(workload, "page-table",
			"has %" PRIu64 " writes instead of %" PRIu64 ": a store was lost", sum,
			dirty->written);
	if (dirty->filled < dirty->count)
		state_remark(workload,
			"only %" PRIu64 " of %" PRIu64 " pages were filled before it was verified",
			dirty->filled, dirty->count);
	if (atomic_load(&workload->stop))
		state_end(workload, STATE_STOPPED);
	else
		state_end(workload, workload->status.bad ? STATE_INCORRECT : STATE_CORRECT);
}

static int dirty_corrupt(struct guest_workload *workload, char *file, size_t size)
{
	struct guest_workload_status status;

	pthread_mutex_lock(&workload->lock);
	status = workload->status;
	pthread_mutex_unlock(&workload->lock);
	/* The workload's thread alone uses the set until it is filled. */
	if (workload->threaded && (status.state != STATE_RUNNING || status.done < status.whole)) {
		snprintf(file, size, "the pages are being filled or verified");
		return -1;
	}
	if (!workload->dirty || !workload->dirty->base || !workload->dirty->filled) {
		snprintf(file, size, "no pages were written");
		return -1;
	}
	atomic_store(&workload->dirty->corrupt, workload->dirty->filled / 2);
	if (!workload->threaded)
		corrupt_requested(workload->dirty);
	snprintf(file, size, "page-%" PRIu64, workload->dirty->filled / 2);
	return 0;
}

const struct guest_workload_ops guest_workload_dirty = {
	.start = dirty_start, .verify = dirty_verify, .corrupt = dirty_corrupt};
