/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which answer belongs to which probe: see match.h. */
#include "probes/match.h"

#include <stdlib.h>

#define MEMORY_NS (60 * NS_PER_S)
#define MEMORY_PROBES 65536

static size_t power_of_two(int64_t least)
{
	size_t size = 64;

	while ((int64_t)size < least)
		size *= 2;
	return size;
}

size_t match_size(int64_t interval_ns, int64_t timeout_ns)
{
	int64_t remembered = MEMORY_NS / interval_ns;
	int64_t waiting = 2 * (timeout_ns / interval_ns) + 64;

	if (remembered > MEMORY_PROBES)
		remembered = MEMORY_PROBES;
	return power_of_two(remembered > waiting ? remembered : waiting);
}

int match_init(struct match *match, size_t size)
{
	*match = (struct match){.size = size};
	match->sent_ns = calloc(size, sizeof(*match->sent_ns));
	match->state = calloc(size, sizeof(*match->state));
	if (match->sent_ns && match->state)
		return 0;
	match_free(match);
	return -1;
}

void match_free(struct match *match)
{
	free(match->sent_ns);
	free(match->state);
	*match = (struct match){0};
}

static size_t place(const struct match *match, uint64_t seq)
{
	return (size_t)seq & (match->size - 1);
}

static bool known(const struct match *match, uint64_t seq)
{
	return seq < match->next_seq && match->next_seq - seq <= match->size &&
		match->state[place(match, seq)] != MATCH_FREE;
}

uint64_t match_send(struct match *match, int64_t sent_ns)
{
	size_t i = place(match, match->next_seq);

	match->sent_ns[i] = sent_ns;
	match->state[i] = MATCH_WAITING;
	return match->next_seq++;
}

enum match_answer match_answer(struct match *match, uint64_t seq, int64_t *sent_ns)
{
	uint8_t *state = &match->state[place(match, seq)];

	if (!known(match, seq))
		return MATCH_UNKNOWN;
	*sent_ns = match->sent_ns[place(match, seq)];
	if (*state == MATCH_ANSWERED)
		return MATCH_DUPLICATE;
	*state = MATCH_ANSWERED;
	return MATCH_FIRST;
}

bool match_fail(struct match *match, uint64_t seq, int64_t *sent_ns)
{
	uint8_t *state = &match->state[place(match, seq)];

	if (!known(match, seq) || *state != MATCH_WAITING)
		return false;
	*sent_ns = match->sent_ns[place(match, seq)];
	*state = MATCH_UNANSWERED;
	return true;
}

bool match_expire(struct match *match, int64_t sent_by_ns, uint64_t *seq, int64_t *sent_ns)
{
	for (; match->expired_seq < match->next_seq; match->expired_seq++) {
		uint64_t oldest = match->expired_seq;
		size_t i = place(match, oldest);

		if (match->next_seq - oldest > match->size || match->state[i] != MATCH_WAITING)
			continue;
		if (match->sent_ns[i] > sent_by_ns)
			return false;
		match->state[i] = MATCH_UNANSWERED;
		*seq = oldest;
		*sent_ns = match->sent_ns[i];
		match->expired_seq++;
		return true;
	}
	return false;
}

void match_forget(struct match *match)
{
	for (size_t i = 0; i < match->size; i++)
		if (match->state[i] == MATCH_WAITING)
			match->state[i] = MATCH_FREE;
	match->expired_seq = match->next_seq;
}

uint64_t match_widen(const struct match *match, uint16_t low)
{
	uint64_t newest = match->next_seq - 1;

	return newest - (uint16_t)((uint16_t)newest - low);
}
