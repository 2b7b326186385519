/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One time axis for a folder: which lines share a clock, how the clocks of later boots and of
 * simulated worlds are shifted onto the first one's, and what the wall clock said when.
 */
#include "harness/timeline_private.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* The wall clock may be slewed; beyond this between two pairs it was set. */
#define CLOCK_STEP_NS (50 * NS_PER_MS)
/* Between epochs whose wall clocks would make them overlap. */
#define EPOCH_PAUSE_NS NS_PER_S

static bool is_simulated(const char *boot)
{
	return strcmp(boot, "simulated") == 0;
}

/* Simulated clocks all begin at the same moment, so that only process and turn tell them apart. */
static unsigned turn_of(const struct reader *r, const struct fact_file *file, int64_t pid)
{
	unsigned turn = 0;

	for (size_t i = 0; i < file->segment_count; i++)
		turn += r->epochs[file->segments[i].epoch].pid == pid;
	return turn;
}

static size_t epoch_of(struct reader *r, const struct fact_file *file, const struct fact *fact)
{
	const char *boot = fact_text(fact, "boot");
	int64_t utc = fact_stamp(fact, "utc");
	struct epoch key = {.first_ns = fact->ns, .last_ns = fact->ns};

	snprintf(key.boot, sizeof(key.boot), "%s", boot ? boot : "");
	if (is_simulated(key.boot)) {
		key.pid = fact_number(fact, "pid", 0);
		key.turn = turn_of(r, file, key.pid);
	}
	key.utc_offset_ns = utc == NS_NONE ? 0 : utc - fact->ns;
	for (size_t i = 0; i < r->epoch_count; i++) {
		struct epoch *e = &r->epochs[i];

		if (strcmp(e->boot, key.boot) != 0 || e->pid != key.pid || e->turn != key.turn)
			continue;
		if (fact->ns < e->first_ns)
			e->first_ns = fact->ns;
		return i;
	}
	if (VEC_ROOM(r->epochs, r->epoch_count, r->epoch_room)) {
		r->out_of_memory = true;
		return 0;
	}
	r->epochs[r->epoch_count] = key;
	return r->epoch_count++;
}

/* The stamp of the last whole line that ends before `end`; `otherwise` if it has none. */
static int64_t last_stamp(const struct fact_file *file, size_t end, int64_t otherwise)
{
	const char *text = file->text;

	while (end > 0 && text[end - 1] != '\n')
		end--;
	while (end > 0) {
		size_t begin = end - 1;
		char *after;
		int64_t ns;

		while (begin > 0 && text[begin - 1] != '\n')
			begin--;
		ns = strtoll(text + begin, &after, 10);
		if (after > text + begin && *after == '\t' && ns >= 0 && ns < STAMP_MAX)
			return ns;
		end = begin;
	}
	return otherwise;
}

static void epoch_reaches(struct reader *r, const struct fact_file *file, size_t end)
{
	struct epoch *e;
	int64_t ns;

	if (!file->segment_count || r->out_of_memory)
		return;
	e = &r->epochs[file->segments[file->segment_count - 1].epoch];
	ns = last_stamp(file, end, e->last_ns);
	if (ns > e->last_ns)
		e->last_ns = ns;
}

/* Notes where a file's segments begin. */
static void scan_file(struct reader *r, struct fact_file *file)
{
	static const char word[] = "\tsegment\t";
	const char *from = file->text, *end = file->text + file->length;
	const char *hit;

	while ((hit = memmem(from, (size_t)(end - from), word, sizeof(word) - 1))) {
		const char *begin = hit, *stop = memchr(hit, '\n', (size_t)(end - hit));
		struct fact fact;
		char line[512];

		from = hit + 1;
		while (begin > file->text && begin[-1] != '\n')
			begin--;
		if (!stop || (size_t)(stop - begin) >= sizeof(line))
			continue;
		memcpy(line, begin, (size_t)(stop - begin));
		line[stop - begin] = '\0';
		if (fact_parse(line, &fact) || strcmp(fact.kind, "segment") != 0 ||
			fact.ns >= STAMP_MAX)
			continue;
		if (VEC_ROOM(file->segments, file->segment_count, file->segment_room)) {
			r->out_of_memory = true;
			return;
		}
		epoch_reaches(r, file, (size_t)(begin - file->text));
		file->segments[file->segment_count] = (struct segment){
			.offset = (size_t)(begin - file->text),
			.epoch = epoch_of(r, file, &fact),
			.begin_ns = fact.ns};
		file->segment_count++;
	}
	epoch_reaches(r, file, file->length);
}

/* The runner's file first: it is open all the while, so its segments are in the order of time. */
int clock_scan(struct reader *r, struct err *e)
{
	for (int pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < r->file_count; i++)
			if ((strcmp(r->files[i].name, "run") == 0) == (pass == 0))
				scan_file(r, &r->files[i]);
	if (r->out_of_memory)
		return err_set(e, "%s: out of memory", r->t->dir);
	return 0;
}

/*
 * Later epochs are laid onto the first one's axis by the wall clock; where that would put one
 * before the end of another (a wall clock set back, a simulated world begun anew), it comes just
 * after.
 */
void clock_align(struct reader *r)
{
	int64_t reached_ns = 0;

	for (size_t i = 0; i < r->epoch_count; i++) {
		struct epoch *e = &r->epochs[i];

		e->shift_ns = e->utc_offset_ns - r->epochs[0].utc_offset_ns;
		if (i > 0 && e->first_ns + e->shift_ns <= reached_ns)
			e->shift_ns = reached_ns + EPOCH_PAUSE_NS - e->first_ns;
		if (e->last_ns + e->shift_ns > reached_ns)
			reached_ns = e->last_ns + e->shift_ns;
	}
}

static int add_pair(struct reader *r, const struct fact *fact)
{
	int64_t utc = fact_stamp(fact, "utc");
	struct timeline *t = r->t;

	if (utc == NS_NONE)
		return -1;
	if (VEC_ROOM(t->pairs, t->pair_count, t->pair_room)) {
		r->out_of_memory = true;
		return 0;
	}
	t->pairs[t->pair_count++] =
		(struct clock_pair){.at_ns = folder_time(r, fact->ns), .utc_ns = utc};
	return 0;
}

int take_segment(struct reader *r, const struct fact *fact)
{
	const char *boot = fact_text(fact, "boot");

	if (boot && is_simulated(boot))
		r->t->simulated = true;
	return add_pair(r, fact);
}

int take_clock(struct reader *r, const struct fact *fact)
{
	return add_pair(r, fact);
}

static int by_time(const void *a, const void *b)
{
	const struct clock_pair *x = a, *y = b;

	if (x->at_ns != y->at_ns)
		return x->at_ns < y->at_ns ? -1 : 1;
	return x->utc_ns < y->utc_ns ? -1 : x->utc_ns > y->utc_ns;
}

/* Two pairs lie in different epochs if one of them begins between them. */
static bool same_epoch(const struct reader *r, int64_t before_ns, int64_t after_ns)
{
	for (size_t i = 0; i < r->epoch_count; i++) {
		int64_t begin_ns = r->epochs[i].first_ns + r->epochs[i].shift_ns;

		if (begin_ns > before_ns && begin_ns <= after_ns)
			return false;
	}
	return true;
}

void clock_finish(struct reader *r)
{
	struct timeline *t = r->t;

	if (t->pair_count)
		qsort(t->pairs, t->pair_count, sizeof(*t->pairs), by_time);
	for (size_t i = 1; i < t->pair_count; i++) {
		const struct clock_pair *p = &t->pairs[i - 1], *q = &t->pairs[i];
		int64_t step_ns = (q->utc_ns - p->utc_ns) - (q->at_ns - p->at_ns);

		if (llabs(step_ns) <= CLOCK_STEP_NS || !same_epoch(r, p->at_ns, q->at_ns))
			continue;
		if (VEC_ROOM(t->disturbances, t->disturbance_count, t->disturbance_room)) {
			r->out_of_memory = true;
			return;
		}
		t->disturbances[t->disturbance_count++] = (struct disturbance){.kind = "clock",
			.source = "wall clock", .from_ns = p->at_ns, .to_ns = q->at_ns};
	}
}

/* The pair nearest to an instant, or NULL. */
static const struct clock_pair *nearest_pair(const struct timeline *t, int64_t at_ns)
{
	size_t lo = 0, hi = t->pair_count;

	if (!t->pair_count)
		return NULL;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (t->pairs[mid].at_ns <= at_ns)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo == 0)
		return &t->pairs[0];
	if (lo < t->pair_count && t->pairs[lo].at_ns - at_ns < at_ns - t->pairs[lo - 1].at_ns)
		return &t->pairs[lo];
	return &t->pairs[lo - 1];
}

int64_t timeline_utc(const struct timeline *t, int64_t at_ns)
{
	const struct clock_pair *pair = at_ns == NS_NONE ? NULL : nearest_pair(t, at_ns);

	return pair ? pair->utc_ns + (at_ns - pair->at_ns) : NS_NONE;
}

int64_t clock_from_utc(const struct timeline *t, int64_t near_ns, int64_t utc_ns)
{
	const struct clock_pair *pair = nearest_pair(t, near_ns);

	return pair ? pair->at_ns + (utc_ns - pair->utc_ns) : NS_NONE;
}
