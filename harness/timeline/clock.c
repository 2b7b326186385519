/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One time axis for a folder: finds which lines share a clock, shifts the clocks of later boots and
 * of simulated worlds onto the first one's axis, and relates that axis to the wall clock.
 */
#include "harness/facts/lines.h"
#include "harness/timeline/internal.h"

#include "harness/base/memory.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* A wall clock that moves by more than this between two pairs was set; by less, it was slewed. */
#define CLOCK_STEP_NS (50 * NS_PER_MS)
/* Pause inserted between epochs that would overlap by their wall clocks. */
#define EPOCH_PAUSE_NS NS_PER_S

static bool is_simulated(const char *boot)
{
	return strcmp(boot, BOOT_SIMULATED) == 0;
}

/*
 * How many earlier segments of the file belong to the process: simulated clocks all begin at the
 * same moment, so only process and turn identify an epoch.
 */
static unsigned turn_of(const struct reader *r, const struct fact_file *file, int64_t pid)
{
	unsigned turn = 0;

	for (size_t i = 0; i < file->segment_count; i++)
		turn += r->epochs[file->segments[i].epoch].pid == pid;
	return turn;
}

/* The index of the epoch that a `segment` fact belongs to; adds it if it is new. */
static size_t epoch_of(struct reader *r, const struct fact_file *file, const struct fact *fact)
{
	const char *boot = fact_text(fact, FIELD_BOOT), *clock = fact_text(fact, FIELD_CLOCK);
	int64_t utc = fact_stamp(fact, FIELD_UTC);
	struct epoch key = {.first_ns = fact->ns, .last_ns = fact->ns};

	snprintf(key.boot, sizeof(key.boot), "%s", boot ? boot : "");
	key.boottime = clock && strcmp(clock, STAMPS_BOOTTIME) == 0;
	if (is_simulated(key.boot)) {
		key.pid = fact_number(fact, FIELD_PID, 0);
		key.turn = turn_of(r, file, key.pid);
	}
	key.utc_offset_ns = utc == NS_NONE ? 0 : utc - fact->ns;
	for (size_t i = 0; i < r->epoch_count; i++) {
		struct epoch *e = &r->epochs[i];

		if (strcmp(e->boot, key.boot) != 0 || e->boottime != key.boottime ||
			e->pid != key.pid || e->turn != key.turn)
			continue;
		if (fact->ns < e->first_ns)
			e->first_ns = fact->ns;
		return i;
	}
	MEMORY_GROW("facts", r->epochs, r->epoch_count, r->epoch_capacity);
	r->epochs[r->epoch_count] = key;
	return r->epoch_count++;
}

/* A line's stamp, or NS_NONE if it has none. *rest points behind the stamp. */
static int64_t stamp_of(const char *line, char **rest)
{
	int64_t ns = strtoll(line, rest, 10);

	return *rest > line && **rest == '\t' && ns >= 0 && ns < STAMP_MAX ? ns : NS_NONE;
}

/* Extends the epoch of the file's newest segment, if there is one, to ns. */
static void epoch_reaches(struct reader *r, const struct fact_file *file, int64_t ns)
{
	struct epoch *e;

	if (!file->segment_count)
		return;
	e = &r->epochs[file->segments[file->segment_count - 1].epoch];
	if (ns > e->last_ns)
		e->last_ns = ns;
}

static void add_segment(struct reader *r, struct fact_file *file, const struct fact_lines *lines)
{
	struct fact fact;

	if (fact_parse(lines->text, &fact))
		return;
	MEMORY_GROW("facts", file->segments, file->segment_count, file->segment_capacity);
	file->segments[file->segment_count] = (struct segment){
		.offset = lines->offset, .epoch = epoch_of(r, file, &fact), .begin_ns = fact.ns};
	file->segment_count++;
}

/* Finds a file's segments and its length. */
static int scan_file(struct reader *r, struct fact_file *file, struct err *e)
{
	static const char word[] = "\tsegment\t";
	struct fact_lines lines;
	int64_t last_ns = NS_NONE;
	int rc;

	if (fact_lines_open(&lines, file->path, SIZE_MAX, e))
		return -1;
	while ((rc = fact_lines_next(&lines, e)) > 0) {
		char *rest;
		int64_t ns = stamp_of(lines.text, &rest);

		if (ns == NS_NONE)
			continue;
		if (strncmp(rest, word, sizeof(word) - 1) == 0) {
			epoch_reaches(r, file, last_ns);
			add_segment(r, file, &lines);
		}
		last_ns = ns;
	}
	epoch_reaches(r, file, last_ns);
	file->length = lines.next;
	fact_lines_close(&lines);
	return rc;
}

/* Scans the runner's file first: it is open all the time, so its segments are in order of time. */
int clock_scan(struct reader *r, struct err *e)
{
	for (int pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < r->file_count; i++)
			if ((strcmp(r->files[i].name, "run") == 0) == (pass == 0) &&
				scan_file(r, &r->files[i], e))
				return -1;
	return 0;
}

/*
 * Shifts later epochs onto the first one's axis by the wall clock. An epoch that would then begin
 * before the end of an earlier one (a wall clock set back, a simulated world started again) is put
 * just after that end.
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
	int64_t utc = fact_stamp(fact, FIELD_UTC);
	struct timeline *t = r->t;

	if (utc == NS_NONE)
		return -1;
	MEMORY_GROW("facts", t->pairs, t->pair_count, t->pair_capacity);
	t->pairs[t->pair_count++] =
		(struct clock_pair){.at_ns = folder_time(r, fact->ns), .utc_ns = utc};
	return 0;
}

int take_segment(struct reader *r, const struct fact *fact)
{
	const char *boot = fact_text(fact, FIELD_BOOT);

	r->ended = false;
	if (boot && is_simulated(boot))
		r->t->simulated = true;
	return add_pair(r, fact);
}

int take_clock(struct reader *r, const struct fact *fact)
{
	return add_pair(r, fact);
}

int take_end(struct reader *r, const struct fact *fact)
{
	(void)fact;
	r->ended = true;
	return 0;
}

static int by_time(const void *a, const void *b)
{
	const struct clock_pair *x = a, *y = b;

	if (x->at_ns != y->at_ns)
		return x->at_ns < y->at_ns ? -1 : 1;
	return x->utc_ns < y->utc_ns ? -1 : x->utc_ns > y->utc_ns;
}

/* False if an epoch begins between two pairs. */
static bool same_epoch(const struct reader *r, int64_t before_ns, int64_t after_ns)
{
	for (size_t i = 0; i < r->epoch_count; i++) {
		int64_t begin_ns = r->epochs[i].first_ns + r->epochs[i].shift_ns;

		if (begin_ns > before_ns && begin_ns <= after_ns)
			return false;
	}
	return true;
}

/* By how much the wall clock gained on folder time from one pair to another. */
static int64_t wall_clock_gain(const struct clock_pair *from, const struct clock_pair *to)
{
	return (to->utc_ns - from->utc_ns) - (to->at_ns - from->at_ns);
}

/*
 * By how much the wall clock was set between pair i - 1 and pair i. A writer that is delayed
 * between reading its two clocks writes a single pair that is ahead. So a gain counts only if the
 * next pair shows it, too.
 */
static int64_t step_before(const struct timeline *t, size_t i)
{
	const struct clock_pair *before = &t->pairs[i - 1];
	int64_t step_ns = wall_clock_gain(before, &t->pairs[i]);

	if (step_ns > 0 && i + 1 < t->pair_count) {
		int64_t next_ns = wall_clock_gain(before, &t->pairs[i + 1]);

		step_ns = ns_min(next_ns, step_ns);
	}
	return step_ns;
}

/* Adds a clock step as a disturbance and, if time is missing, to the timeline's steps. */
static void add_step(struct reader *r, const char *source, const struct clock_step *step)
{
	struct timeline *t = r->t;
	struct disturbance *d;

	MEMORY_GROW("facts", t->disturbances, t->disturbance_count, t->disturbance_capacity);
	MEMORY_GROW("facts", t->steps, t->step_count, t->step_capacity);
	d = &t->disturbances[t->disturbance_count++];
	*d = (struct disturbance){.kind = DISTURBED_CLOCK,
		.from_ns = step->from_ns,
		.to_ns = step->to_ns,
		.missing_ns = step->missing_ns};
	snprintf(d->source, sizeof(d->source), "%s", source);
	if (step->missing_ns)
		t->steps[t->step_count++] = *step;
}

int take_clock_step(struct reader *r, const struct fact *fact)
{
	const char *missing = fact_text(fact, FIELD_MISSING);
	struct clock_step step = {.from_ns = folder_time(r, fact_stamp(fact, FIELD_FROM)),
		.to_ns = folder_time(r, fact->ns),
		.missing_ns = fact_stamp(fact, FIELD_MISSING)};

	if (missing && strcmp(missing, TIME_UNKNOWN) == 0)
		step.missing_ns = NS_INF;
	if (step.from_ns == NS_NONE || step.from_ns > step.to_ns || step.missing_ns <= 0)
		return -1;
	add_step(r, r->file->name, &step);
	return 0;
}

static int by_begin(const void *a, const void *b)
{
	const struct clock_step *x = a, *y = b;

	return (x->from_ns > y->from_ns) - (x->from_ns < y->from_ns);
}

void clock_finish(struct reader *r)
{
	struct timeline *t = r->t;

	if (t->pair_count)
		qsort(t->pairs, t->pair_count, sizeof(*t->pairs), by_time);
	for (size_t i = 1; i < t->pair_count; i++) {
		const struct clock_pair *p = &t->pairs[i - 1], *q = &t->pairs[i];
		int64_t step_ns = step_before(t, i);

		/* A wall clock that gained may be right: then folder time stood still. */
		if (llabs(step_ns) > CLOCK_STEP_NS && same_epoch(r, p->at_ns, q->at_ns))
			add_step(r, "wall clock",
				&(struct clock_step){p->at_ns, q->at_ns, ns_max(step_ns, 0)});
	}
	if (t->step_count)
		qsort(t->steps, t->step_count, sizeof(*t->steps), by_begin);
}

/* The clock pair nearest to an instant; NULL: there are no pairs. */
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

int64_t timeline_from_utc(const struct timeline *t, int64_t utc_ns)
{
	int64_t near_ns = utc_ns - t->first_utc_ns + t->first_ns;

	return clock_from_utc(t, clock_from_utc(t, near_ns, utc_ns), utc_ns);
}
