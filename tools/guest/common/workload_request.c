/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Parses a request about a workload: see workload_request.h. */
#include "tools/guest/common/workload_request.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const kinds[WORKLOAD_KINDS] = {"install", "dirty"};
static const char *const verbs[WORKLOAD_VERBS] = {"start", "status", "verify", "corrupt", "stop"};

/*
 * The words of `start`, NAME=NUMBER: the number's range; which kinds of workload need or accept it.
 */
static const struct word {
	const char *name;
	size_t offset; /* of the number in struct workload_request */
	uint64_t min, max;
	bool needed[WORKLOAD_KINDS], accepted[WORKLOAD_KINDS];
} words[] = {
	{"seed", offsetof(struct workload_request, seed), 0, UINT64_MAX, {true, false},
		{true, true}},
	{"bytes", offsetof(struct workload_request, bytes), 1, WORKLOAD_BYTES_MAX, {true}, {true}},
	{"files", offsetof(struct workload_request, files), 1, WORKLOAD_FILES_MAX, {true}, {true}},
	{"rate", offsetof(struct workload_request, rate_bps), 4096, WORKLOAD_BYTES_MAX,
		{false, true}, {false, true}},
	{"set", offsetof(struct workload_request, set_bytes), 4096, WORKLOAD_BYTES_MAX,
		{false, true}, {false, true}},
};
#define WORDS (sizeof(words) / sizeof(words[0]))

const char *workload_kind_name(enum workload_kind kind)
{
	return kinds[kind];
}

static int wrong(char *why, size_t size, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
static int wrong(char *why, size_t size, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(why, size, fmt, args);
	va_end(args);
	return -1;
}

/*
 * Takes the next word of *rest, cut to 63 bytes (no valid word is that long). False: there is none.
 */
static bool next_word(const char **rest, char word[static 64])
{
	size_t length;

	*rest += strspn(*rest, " ");
	length = strcspn(*rest, " ");
	snprintf(word, 64, "%.*s", (int)(length < 63 ? length : 63), *rest);
	*rest += length;
	return length > 0;
}

static int find(const char *word, const char *const *names, int count)
{
	for (int i = 0; i < count; i++)
		if (strcmp(word, names[i]) == 0)
			return i;
	return -1;
}

static int take_number(
	struct workload_request *request, const char *text, unsigned *seen, char *why, size_t size)
{
	const char *equals = strchr(text, '=');
	const struct word *word = words;
	uint64_t value;
	char *end;

	while (word < words + WORDS && !(equals && (size_t)(equals - text) == strlen(word->name) &&
					       strncmp(text, word->name, strlen(word->name)) == 0 &&
					       word->accepted[request->kind]))
		word++;
	if (word == words + WORDS)
		return wrong(why, size, "'%.40s' is no argument of start %s", text,
			kinds[request->kind]);
	if (*seen & 1U << (word - words))
		return wrong(why, size, "%s= is given twice", word->name);
	*seen |= 1U << (word - words);
	errno = 0;
	value = strtoull(equals + 1, &end, 10);
	if (equals[1] < '0' || equals[1] > '9' || *end || errno || value < word->min ||
		value > word->max)
		return wrong(why, size, "%.50s is no whole number from %" PRIu64 " to %" PRIu64,
			text, word->min, word->max);
	memcpy((char *)request + word->offset, &value, sizeof(value));
	return 0;
}

int workload_request_parse(
	const char *line, struct workload_request *request, char *why, size_t size)
{
	unsigned seen = 0;
	char word[64];
	int verb, kind;

	memset(request, 0, sizeof(*request));
	next_word(&line, word);
	verb = find(word, verbs, WORKLOAD_VERBS);
	if (verb < 0)
		return wrong(
			why, size, "'%.40s' is not start, status, verify, corrupt or stop", word);
	next_word(&line, word);
	kind = find(word, kinds, WORKLOAD_KINDS);
	if (kind < 0)
		return wrong(why, size, "'%.40s' is no workload (install, dirty)", word);
	request->verb = (enum workload_verb)verb;
	request->kind = (enum workload_kind)kind;
	while (next_word(&line, word)) {
		if (verb != WORKLOAD_START)
			return wrong(why, size, "unexpected '%.40s' after %s %s", word, verbs[verb],
				kinds[kind]);
		if (take_number(request, word, &seen, why, size))
			return -1;
	}
	for (size_t i = 0; verb == WORKLOAD_START && i < WORDS; i++)
		if (words[i].needed[kind] && !(seen & 1U << i))
			return wrong(why, size, "start %s needs %s=", kinds[kind], words[i].name);
	if (request->bytes < request->files)
		return wrong(why, size, "bytes=%" PRIu64 " are fewer than files=%" PRIu64,
			request->bytes, request->files);
	return 0;
}
