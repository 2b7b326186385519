/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which answer belongs to which probe: see match.h. */
#include "probes/engine/match.h"

#include <stdlib.h>

#define MEMORY_NS (60 * NS_PER_S)
#define MEMORY_PROBES (1 << 20)
/*
 * An error that gives only 16 bits of a seq is matched with this many of the newest probes at most.
 */
#define FIND_MAX 512

enum match_state { MATCH_FREE, MATCH_WAITING, MATCH_UNANSWERED, MATCH_ANSWERED };

static size_t power_of_two(int64_t minimum)
{
	size_t size = 64;

	while ((int64_t)size < minimum)
		size *= 2;
	return size;
}

size_t match_size(int64_t interval_ns, int64_t timeout_ns, size_t targets)
{
	int64_t count = (int64_t)targets;
	int64_t waiting = (2 * (timeout_ns / interval_ns + 1) + 1) * count + 64;
	int64_t remembered = MEMORY_NS / interval_ns;

	remembered = remembered > MEMORY_PROBES / count ? MEMORY_PROBES : remembered * count;
	return power_of_two(remembered > waiting ? remembered : waiting);
}

int match_init(struct match *match, size_t size, size_t targets)
{
	*match = (struct match){.size = size, .target_count = targets};
	match->entries = calloc(size, sizeof(*match->entries));
	match->targets = calloc(targets, sizeof(*match->targets));
	if (match->entries && match->targets)
		return 0;
	match_release(match);
	return -1;
}

void match_release(struct match *match)
{
	free(match->entries);
	free(match->targets);
	*match = (struct match){0};
}

static struct match_entry *slot_of(const struct match *match, uint64_t serial)
{
	return &match->entries[(size_t)serial & (match->size - 1)];
}

static struct match_entry *find_known(const struct match *match, uint64_t serial)
{
	if (serial >= match->next || match->next - serial > match->size ||
		slot_of(match, serial)->state == MATCH_FREE)
		return NULL;
	return slot_of(match, serial);
}

/* A probe's seq in full: the entry has its low 32 bits. */
static uint64_t whole_seq(const struct match *match, const struct match_entry *entry)
{
	uint64_t newest = match->targets[entry->target].next_seq - 1;

	return newest - (uint32_t)((uint32_t)newest - entry->seq);
}

static void fill_probe(const struct match *match, uint64_t serial, struct match_probe *probe)
{
	const struct match_entry *entry = slot_of(match, serial);

	*probe = (struct match_probe){.serial = serial,
		.seq = whole_seq(match, entry),
		.sent_ns = entry->sent_ns,
		.target = entry->target,
		.pace = entry->pace};
}

void match_send(struct match *match, uint32_t target, uint8_t pace, int64_t sent_ns,
	struct match_probe *probe)
{
	struct match_target *own = &match->targets[target];
	uint64_t serial = match->next++, back = own->next_seq ? serial - own->newest : 0;

	*slot_of(match, serial) = (struct match_entry){.sent_ns = sent_ns,
		.target = target,
		.seq = (uint32_t)own->next_seq,
		.back = back < match->size ? (uint32_t)back : 0,
		.state = MATCH_WAITING,
		.pace = pace};
	own->newest = serial;
	own->next_seq++;
	fill_probe(match, serial, probe);
}

void match_withdraw(struct match *match, uint64_t serial)
{
	struct match_entry *entry = find_known(match, serial);

	if (entry)
		entry->state = MATCH_FREE;
}

void match_correct(struct match *match, uint64_t serial, int64_t sent_ns)
{
	struct match_entry *entry = find_known(match, serial);

	if (entry && entry->state == MATCH_WAITING)
		entry->sent_ns = sent_ns;
}

bool match_peek(const struct match *match, uint64_t serial, struct match_probe *probe)
{
	if (!find_known(match, serial))
		return false;
	fill_probe(match, serial, probe);
	return true;
}

enum match_answer match_answer(struct match *match, uint64_t serial, struct match_probe *probe)
{
	struct match_entry *entry = find_known(match, serial);

	if (!entry)
		return MATCH_UNKNOWN;
	fill_probe(match, serial, probe);
	if (entry->state == MATCH_ANSWERED)
		return MATCH_DUPLICATE;
	entry->state = MATCH_ANSWERED;
	return MATCH_FIRST;
}

bool match_fail(struct match *match, uint64_t serial, struct match_probe *probe)
{
	struct match_entry *entry = find_known(match, serial);

	if (!entry || entry->state != MATCH_WAITING)
		return false;
	fill_probe(match, serial, probe);
	entry->state = MATCH_UNANSWERED;
	return true;
}

bool match_expire(struct match *match, int64_t sent_by_ns, struct match_probe *probe)
{
	while (match->expired < match->next) {
		uint64_t oldest = match->expired;
		const struct match_entry *entry = slot_of(match, oldest);
		bool waits = match->next - oldest <= match->size && entry->state == MATCH_WAITING;

		if (waits && entry->sent_ns > sent_by_ns)
			return false;
		match->expired++;
		if (waits)
			return match_fail(match, oldest, probe);
	}
	return false;
}

void match_forget(struct match *match)
{
	for (size_t i = 0; i < match->size; i++)
		if (match->entries[i].state == MATCH_WAITING)
			match->entries[i].state = MATCH_FREE;
	match->expired = match->next;
}

bool match_find(const struct match *match, uint32_t target, uint16_t low, uint64_t *serial)
{
	const struct match_target *own = &match->targets[target];
	uint64_t at = own->newest;

	for (int i = 0; own->next_seq && i < FIND_MAX; i++) {
		const struct match_entry *entry = slot_of(match, at);

		if (match->next - at > match->size || entry->target != target)
			return false;
		if ((uint16_t)entry->seq == low) {
			*serial = at;
			return true;
		}
		if (!entry->back || entry->back > at)
			return false;
		at -= entry->back;
	}
	return false;
}
