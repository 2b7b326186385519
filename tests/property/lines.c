/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Facts as lines of text: see lines.h. */
#include "tests/property/lines.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void lines_put(struct lines *l, int64_t ns, const char *fmt, ...)
{
	struct line *line;
	va_list args;
	int n, rest;

	if (ARRAY_GROW(l->line, l->count, l->capacity))
		abort();
	line = &l->line[l->count];
	line->ns = ns;
	line->order = l->count++;
	n = snprintf(line->text, sizeof(line->text), "%" PRId64 "\t", ns);
	va_start(args, fmt);
	rest = vsnprintf(line->text + n, sizeof(line->text) - (size_t)n, fmt, args);
	va_end(args);
	if (n + rest >= (int)sizeof(line->text))
		abort();
}

static int by_stamp(const void *a, const void *b)
{
	const struct line *x = a, *y = b;

	if (x->ns != y->ns)
		return x->ns < y->ns ? -1 : 1;
	return x->order < y->order ? -1 : 1;
}

char *lines_text(struct lines *l, bool header, size_t *size)
{
	char *text, *at;

	if (l->count)
		qsort(l->line, l->count, sizeof(*l->line), by_stamp);
	text = at = malloc(l->count * sizeof(l->line->text) + 64);
	if (!text)
		abort();
	if (header)
		at += sprintf(at, "#blackout-facts 1\n");
	for (size_t i = 0; i < l->count; i++)
		at += sprintf(at, "%s\n", l->line[i].text);
	*size = (size_t)(at - text);
	return text;
}

void lines_free(struct lines *l)
{
	free(l->line);
	memset(l, 0, sizeof(*l));
}

int64_t axis_stamp(const struct axis *axis, int64_t true_ns)
{
	int64_t stopped_ns = true_ns - axis->suspended_ns;

	if (!axis->length_ns || stopped_ns <= 0)
		stopped_ns = 0;
	else if (stopped_ns > axis->length_ns)
		stopped_ns = axis->length_ns;
	return FACTS_ZERO_NS + true_ns - stopped_ns;
}

int64_t axis_utc(const struct axis *axis, int64_t stamp_ns)
{
	int64_t ns = stamp_ns - FACTS_ZERO_NS;

	return UTC_ZERO_NS + ns +
	       (axis->length_ns && ns > axis->suspended_ns ? axis->length_ns : 0);
}

void lines_target(struct lines *l, const struct prober *p, const struct lines_options *how)
{
	lines_put(l, axis_stamp(&how->axis, p->requests[how->from].sent_ns) - NS_PER_MS / 10,
		"target\t%u\tname=%s\taddress=192.0.2.%u\trole=%s\tkind=%s\tprobe=%s\t"
		"station=local\tinterval=%" PRId64 "\ttimeout=%" PRId64,
		how->number, how->target, how->number + 9, how->control ? "control" : "vm",
		how->kind, how->probe, p->pace_ns, p->timeout_ns);
}

static void put_answer(struct lines *l, const struct lines_options *how, int64_t arrival_ns,
	int64_t sent_ns, size_t seq)
{
	char reported[40] = "";

	if (how->drops_late)
		snprintf(reported, sizeof(reported), "\treported=%" PRId64, arrival_ns - sent_ns);
	lines_put(l, arrival_ns, "answer\t%u\tsent=%" PRId64 "\tseq=%zu%s", how->number, sent_ns,
		seq, reported);
}

void lines_requests(
	struct lines *l, const struct prober *p, const struct lines_options *how, struct dice *dice)
{
	for (size_t i = how->from; i < how->to; i++) {
		const struct request *r = &p->requests[i];
		int64_t sent_ns = axis_stamp(&how->axis, r->sent_ns), arrival_ns = NS_NONE;
		int64_t out_ns = sent_ns + p->timeout_ns;
		int64_t until_ns = axis_stamp(&how->axis, how->until_ns);

		if (r->sent_ns > how->until_ns)
			break;
		if (r->answer_ns != NS_NONE && r->answer_ns <= how->until_ns)
			arrival_ns = axis_stamp(&how->axis, r->answer_ns);
		if ((arrival_ns == NS_NONE || arrival_ns > out_ns) && out_ns <= until_ns)
			lines_put(l, out_ns, "unanswered\t%u\tsent=%" PRId64 "\tseq=%zu",
				how->number, sent_ns, i - how->from);
		if (arrival_ns == NS_NONE || (arrival_ns > out_ns && how->drops_late))
			continue;
		put_answer(l, how, arrival_ns, sent_ns, i - how->from);
		if (dice_chance(dice, 1))
			lines_put(l, arrival_ns + dice_between(dice, 0, NS_PER_MS),
				"duplicate\t%u\tseq=%zu", how->number, i - how->from);
	}
}

void lines_clock(
	struct lines *l, const struct axis *axis, const char *boot, int64_t from_ns, int64_t to_ns)
{
	int64_t stamp_ns = axis_stamp(axis, from_ns), last_ns = axis_stamp(axis, to_ns);

	lines_put(l, stamp_ns, "segment\t-\tboot=%s\tutc=%" PRId64 "\tpid=77\tversion=0.1.0", boot,
		axis_utc(axis, stamp_ns));
	while ((stamp_ns += NS_PER_S) <= last_ns)
		lines_put(l, stamp_ns, "clock\t-\tutc=%" PRId64, axis_utc(axis, stamp_ns));
}

void lines_late_ticks(
	struct lines *l, const struct prober *p, const struct lines_options *how, struct dice *dice)
{
	for (size_t i = 0; i < p->pause_count; i++) {
		size_t before = p->pauses[i].before;
		int64_t from_ns, to_ns;

		if (before <= how->from || before >= how->to || dice_chance(dice, 40))
			continue;
		from_ns = axis_stamp(&how->axis, p->requests[before - 1].sent_ns + p->pace_ns);
		to_ns = axis_stamp(&how->axis, p->requests[before].sent_ns);
		if (p->requests[before].sent_ns <= how->until_ns && to_ns - from_ns > p->pace_ns)
			lines_put(l, to_ns, "late-tick\t-\tfrom=%" PRId64 "\tlate=%" PRId64,
				from_ns, to_ns - from_ns);
	}
}

/* The number after "\tKEY=" in a line; -1: the line has no such key. */
static int64_t value_of(const char *line, const char *key)
{
	char word[32];
	const char *at;

	snprintf(word, sizeof(word), "\t%s=", key);
	at = strstr(line, word);
	return at ? strtoll(at + strlen(word), NULL, 10) : -1;
}

static void mark(lines_finder *find, void *ctx, unsigned subject, unsigned segment, int64_t seq,
	bool answered)
{
	struct request *r = find(ctx, subject, segment, seq);

	if (!r)
		return;
	r->seen = true;
	r->answer_seen |= answered;
}

static void take_line(const char *line, unsigned segment, lines_finder *find, void *ctx)
{
	int64_t first = value_of(line, "first"), n = value_of(line, "n");
	unsigned subject;
	char kind[32];
	bool span;

	if (sscanf(line, "%*d\t%31s\t%u", kind, &subject) != 2)
		return;
	span = strcmp(kind, "ok") == 0 || strcmp(kind, "lost") == 0;
	if (strcmp(kind, "answer") == 0 || strcmp(kind, "unanswered") == 0)
		mark(find, ctx, subject, segment, value_of(line, "seq"), *kind == 'a');
	for (int64_t k = 0; span && k < n; k++)
		mark(find, ctx, subject, segment, first + k, *kind == 'o');
}

int64_t lines_seen(const char *text, size_t size, lines_finder *find, void *ctx)
{
	int64_t last_ns = NS_NONE;
	int segment = -1;

	while (size > 0) {
		const char *end = memchr(text, '\n', size);
		char line[4096];
		size_t length;

		if (!end)
			break;
		length = (size_t)(end - text);
		if (length < sizeof(line)) {
			memcpy(line, text, length);
			line[length] = '\0';
			segment += strstr(line, "\tsegment\t-") != NULL;
			if (*line != '#' && strtoll(line, NULL, 10) > last_ns)
				last_ns = strtoll(line, NULL, 10);
			if (segment >= 0)
				take_line(line, (unsigned)segment, find, ctx);
		}
		text += length + 1;
		size -= length + 1;
	}
	return last_ns;
}
