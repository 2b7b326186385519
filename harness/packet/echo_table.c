/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finds a capture's pairs and identifiers by hash tables of their array indices. */
#include "harness/packet/internal.h"

#include <string.h>

static uint64_t mix(uint64_t hash, const uint8_t *bytes)
{
	uint64_t word;

	memcpy(&word, bytes, sizeof(word));
	hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
	return hash ^ hash >> 29;
}

static size_t hash_of(
	const struct frame_address *prober, const struct frame_address *target, uint32_t salt)
{
	uint64_t hash = (uint64_t)salt << 8 | prober->size;

	hash = mix(mix(hash, prober->bytes), prober->bytes + 8);
	hash = mix(mix(hash, target->bytes), target->bytes + 8);
	return (size_t)(hash ^ hash >> 32);
}

size_t flow_pair_bucket(const struct flows *flows, const struct frame_address *prober,
	const struct frame_address *target)
{
	size_t mask = flows->pair_table_size - 1, i = hash_of(prober, target, 0) & mask;

	for (; flows->pair_table[i]; i = (i + 1) & mask) {
		const struct flow_pair *pair = &flows->pairs[flows->pair_table[i] - 1];

		if (frame_address_same(&pair->prober, prober) &&
			frame_address_same(&pair->target, target))
			break;
	}
	return i;
}

size_t flow_ident_bucket(const struct flows *flows, size_t pair, uint16_t ident)
{
	const struct flow_pair *p = &flows->pairs[pair];
	size_t mask = flows->ident_table_size - 1;
	size_t i = hash_of(&p->prober, &p->target, 1u + ident) & mask;

	for (; flows->ident_table[i]; i = (i + 1) & mask) {
		const struct flow_ident *known = &flows->idents[flows->ident_table[i] - 1];

		if (known->ident == ident && known->pair == pair)
			break;
	}
	return i;
}

struct flow_pair *flow_pair_of(const struct flows *flows, const struct frame *frame)
{
	size_t entry = 0;

	if (flows->pair_table_size)
		entry = flows->pair_table[flow_pair_bucket(
			flows, &frame->request_from, &frame->request_to)];
	return entry ? &flows->pairs[entry - 1] : NULL;
}

struct flow_ident *flow_ident_of(const struct flows *flows, const struct frame *frame)
{
	const struct flow_pair *pair = flow_pair_of(flows, frame);
	size_t entry = 0;

	if (pair && flows->ident_table_size)
		entry = flows->ident_table[flow_ident_bucket(
			flows, (size_t)(pair - flows->pairs), frame->ident)];
	return entry ? &flows->idents[entry - 1] : NULL;
}
