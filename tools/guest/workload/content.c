/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The content of an installation. When the workload begins, a package of BLOCKS blocks is generated
 * from the seed and deflated; a block consists of phrases and numbers, as a program's files do.
 * Each chunk that is written or verified is inflated anew. So unpacking costs what it costs a real
 * installer, and nothing has to be shipped or stored for the comparison. zlib is used on Linux and
 * Windows: its versions may compress differently, but inflate to the same bytes.
 */
#include "tools/guest/common/mix.h"
#include "tools/guest/workload/internal.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define BLOCKS 24
#define PAGE_BYTES 4096
#define MARK_WORDS 8
#define PHRASE_BYTES 24
#define PHRASES 512

struct content {
	uint64_t seed;
	struct {
		uint8_t *packed;
		uLong size;
	} blocks[BLOCKS];
};

/*
 * Three pages of phrases from a vocabulary of 512, then one page of numbers that compress little:
 * deflates to about a third, and inflates at about the speed of a program's files.
 */
static void fill_block(uint64_t seed, uint64_t block, uint8_t *out)
{
	for (size_t page = 0; page < CHUNK_BYTES; page += PAGE_BYTES) {
		uint64_t random = mix64(mix64(seed) + block * CHUNK_BYTES + page), word = 0;
		bool numbers = page / PAGE_BYTES % 4 == 3;

		for (size_t i = 0; i < PAGE_BYTES; i++) {
			if (i % PHRASE_BYTES == 0) {
				random = mix64(random);
				word = numbers ? random : random % PHRASES;
			}
			if (i % 8 == 0)
				word = mix64(word);
			uint64_t bits = word >> 8 * (i % 8);
			out[page + i] = (uint8_t)(numbers ? bits : 'a' + bits % 26);
		}
	}
}

struct content *content_new(uint64_t seed)
{
	struct content *content = calloc(1, sizeof(*content));
	uint8_t *block = malloc(CHUNK_BYTES);

	if (!content || !block)
		goto fail;
	content->seed = seed;
	for (uint64_t i = 0; i < BLOCKS; i++) {
		uLong size = compressBound(CHUNK_BYTES);

		content->blocks[i].packed = malloc(size);
		if (!content->blocks[i].packed)
			goto fail;
		fill_block(seed, i, block);
		if (compress2(content->blocks[i].packed, &size, block, CHUNK_BYTES,
			    Z_DEFAULT_COMPRESSION) != Z_OK)
			goto fail;
		content->blocks[i].size = size;
	}
	free(block);
	return content;
fail:
	free(block);
	content_free(content);
	return NULL;
}

void content_free(struct content *content)
{
	for (size_t i = 0; content && i < BLOCKS; i++)
		free(content->blocks[i].packed);
	free(content);
}

int content_make_chunk(const struct content *content, uint64_t file, uint64_t chunk, uint8_t *out)
{
	uint64_t random = mix64(mix64(content->seed ^ file) ^ chunk);
	size_t block = random % BLOCKS;
	uLong size = CHUNK_BYTES;

	if (uncompress(out, &size, content->blocks[block].packed, content->blocks[block].size) !=
			Z_OK ||
		size != CHUNK_BYTES)
		return -1;
	for (size_t page = 0; page < CHUNK_BYTES; page += PAGE_BYTES) {
		uint64_t mark[MARK_WORDS];

		for (size_t i = 0; i < MARK_WORDS; i++)
			mark[i] = random = mix64(random);
		memcpy(out + page, mark, sizeof(mark));
	}
	return 0;
}
