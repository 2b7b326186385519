/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Paths whose facts are written by hand, a line or two for each request: a complete file, a killed
 * prober, a resumed one, and a suspended one.
 */
#include "tests/property/lines.h"
#include "tests/property/paths.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define PROBE_FILE "facts/local-fine.tsv"
#define FOLDER_FILE "facts/watch.tsv"
/* Within this time a fact gives the wall clock. */
#define CLOCKS_NS (NS_PER_S + NS_PER_S / 10)

static int64_t draw_pace(struct dice *dice)
{
	static const int64_t paces_ms[] = {2, 5, 10, 20, 50, 100, 200, 1000};

	if (dice_chance(dice, 40))
		return dice_log(dice, 2 * NS_PER_MS, 2 * NS_PER_S);
	return paces_ms[dice_between(dice, 0, 7)] * NS_PER_MS;
}

struct series_spec live_draw_spec(struct dice *dice)
{
	int64_t pace_ns = draw_pace(dice);
	int64_t timeout_ns = ns_max(pace_ns, 50 * NS_PER_MS);

	return (struct series_spec){.pace_ns = pace_ns,
		.timeout_ns = timeout_ns,
		.count = (size_t)dice_log(dice, 40, 500),
		.first_ns = NS_PER_S,
		.pauses_max = dice_chance(dice, 55) ? 3 : 0,
		.outages_max = 3,
		.holds = true,
		.blips = true,
		.trip_max_ns = timeout_ns * 4 / 10,
		.grain_ns = 1};
}

/* A probe's file, and its prober, to find its requests again. */
struct live {
	struct prober prober;
	struct lines_options how;
	size_t second;   /* the first request of the second segment; 0: there is one segment */
	unsigned passed; /* segments that were read before */
	int64_t end_ns;  /* true time */
};

static void live_make(struct live *l, struct series_spec *spec, struct dice *dice)
{
	*l = (struct live){
		.how = {.target = "desk", .probe = "fine", .kind = "burst", .number = 1}};
	if (spec->pace_ns == NS_PER_S && dice_chance(dice, 70)) {
		l->how.kind = "ping";
		l->how.drops_late = true;
		spec->timeout_ns = 950 * NS_PER_MS;
	}
	prober_make(&l->prober, spec, dice);
	l->how.to = l->prober.count;
	l->end_ns = l->prober.requests[l->prober.count - 1].sent_ns +
		    (dice_chance(dice, 60) ? 3 * spec->timeout_ns + 10 * spec->pace_ns
					   : dice_between(dice, 0, 3 * spec->timeout_ns));
	l->how.until_ns = l->end_ns;
}

static struct request *find(void *ctx, unsigned subject, unsigned segment, int64_t seq)
{
	struct live *l = ctx;
	size_t i = (size_t)seq + (segment + l->passed ? l->second : 0);

	return subject == 1 && seq >= 0 && i < l->prober.count ? &l->prober.requests[i] : NULL;
}

/* Marks the requests that the file shows. Returns its last stamp. */
static int64_t read_back(struct live *l, const char *text, size_t size)
{
	prober_forget(&l->prober);
	return lines_seen(text, size, find, l);
}

/* Writes the folder's own facts, until end_ns. */
static void put_folder(const struct trial *t, const struct live *l, int64_t end_ns, bool ended)
{
	struct lines lines = {0};
	int64_t begin_ns = l->prober.requests[0].sent_ns - NS_PER_MS;
	size_t size;
	char *text;

	lines_clock(&lines, &l->how.axis, "b1", begin_ns, end_ns);
	lines_put(
		&lines, axis_stamp(&l->how.axis, begin_ns), "watch\t-\tbound=none\tcommand=probe");
	if (ended) {
		lines_put(&lines, axis_stamp(&l->how.axis, end_ns), "folder\t-\tstate=complete");
		lines_put(&lines, axis_stamp(&l->how.axis, end_ns), "end\t-\treason=done");
	}
	text = lines_text(&lines, true, &size);
	scratch_put(t->scratch, FOLDER_FILE, text, size);
	free(text);
	lines_free(&lines);
}

/* Adds the lines of one segment. */
static void put_segment(struct lines *lines, struct live *l, bool ended, struct dice *dice)
{
	lines_clock(lines, &l->how.axis, "b1",
		l->prober.requests[l->how.from].sent_ns - NS_PER_MS / 5, l->how.until_ns);
	lines_target(lines, &l->prober, &l->how);
	lines_requests(lines, &l->prober, &l->how, dice);
	lines_late_ticks(lines, &l->prober, &l->how, dice);
	if (ended)
		lines_put(lines, axis_stamp(&l->how.axis, l->how.until_ns) + NS_PER_MS,
			"end\t-\treason=done");
}

static void judge(struct trial *t, struct live *l, int64_t observed_to_ns, bool undisturbed)
{
	struct observed w = prober_observed(&l->prober);
	struct claim claim;

	w.to_ns = observed_to_ns;
	claim = claim_of(&l->prober, &w, "desk", l->end_ns);
	claim.undisturbed &= undisturbed;
	standalone_check(t, &claim, 1);
}

void path_singly(struct trial *t)
{
	struct series_spec spec = live_draw_spec(t->dice);
	struct lines lines = {0};
	struct live l;
	size_t size;
	char *text;

	live_make(&l, &spec, t->dice);
	put_segment(&lines, &l, true, t->dice);
	text = lines_text(&lines, true, &size);
	read_back(&l, text, size);
	scratch_put(t->scratch, PROBE_FILE, text, size);
	put_folder(t, &l, l.end_ns + 2 * NS_PER_MS, true);
	judge(t, &l, NS_NONE, true);
	free(text);
	lines_free(&lines);
	prober_free(&l.prober);
}

/* The true time of a stamp, if the prober was never suspended. */
static int64_t true_time(int64_t stamp_ns)
{
	return stamp_ns == NS_NONE ? NS_NONE : stamp_ns - FACTS_ZERO_NS;
}

/* The file is cut at a random byte; the folder's other file continues, or ends at the same time. */
void path_killed(struct trial *t)
{
	struct series_spec spec = live_draw_spec(t->dice);
	struct lines lines = {0};
	int64_t last_ns, folder_ns;
	size_t size, cut;
	struct live l;
	char *text;

	live_make(&l, &spec, t->dice);
	put_segment(&lines, &l, false, t->dice);
	text = lines_text(&lines, true, &size);
	cut = (size_t)dice_between(
		t->dice, dice_chance(t->dice, 5) ? 0 : (int64_t)size / 4, (int64_t)size);
	last_ns = true_time(read_back(&l, text, cut));
	scratch_put(t->scratch, PROBE_FILE, text, cut);
	folder_ns = l.prober.requests[0].sent_ns;
	if (last_ns > folder_ns)
		folder_ns = last_ns;
	if (dice_chance(t->dice, 70))
		folder_ns += dice_log(t->dice, 1, 30 * NS_PER_S);
	put_folder(t, &l, folder_ns, dice_chance(t->dice, 50));
	free(text);
	text = scratch_get(t->scratch, FOLDER_FILE, &size);
	folder_ns = true_time(lines_seen(text, size, find, &l));
	trial_note(t, "  cut at byte %zu: its last stamp %.9f s, the folder's %.9f s\n", cut,
		(double)last_ns / 1e9, (double)ns_max(folder_ns, last_ns) / 1e9);
	judge(t, &l, ns_max(folder_ns, last_ns), false);
	free(text);
	lines_free(&lines);
	prober_free(&l.prober);
}

/* Returns a random pause; there must be one. */
static const struct pause *draw_pause(const struct live *l, struct dice *dice)
{
	return &l->prober.pauses[dice_between(dice, 0, (int64_t)l->prober.pause_count - 1)];
}

/*
 * The size of a killed segment without its last line: that line may have been cut, and the next
 * writer ends it with a line feed.
 */
static size_t size_without_last_line(const char *text, size_t size)
{
	if (size > 0 && text[size - 1] == '\n')
		size--;
	while (size > 0 && text[size - 1] != '\n')
		size--;
	return size;
}

/* Joins the text that a killed writer left with that of the resumed one. */
static char *joined(
	const char *first, size_t first_size, const char *next, size_t next_size, size_t *size)
{
	bool cut = first_size > 0 && first[first_size - 1] != '\n';
	char *text = malloc(first_size + next_size + 1);

	if (!text)
		abort();
	memcpy(text, first, first_size);
	if (cut)
		text[first_size] = '\n';
	memcpy(text + first_size + cut, next, next_size);
	*size = first_size + cut + next_size;
	return text;
}

void path_segments(struct trial *t)
{
	struct series_spec spec = live_draw_spec(t->dice);
	struct lines before = {0}, after = {0};
	size_t sizes[2], size;
	char *texts[2], *text;
	const struct pause *pause;
	int64_t from_ns, to_ns;
	struct live l;

	do {
		spec.pauses_max = 3;
		live_make(&l, &spec, t->dice);
		if (!l.prober.pause_count)
			prober_free(&l.prober);
	} while (!l.prober.count);
	pause = draw_pause(&l, t->dice);
	from_ns = l.prober.requests[pause->before - 1].sent_ns;
	to_ns = l.prober.requests[pause->before].sent_ns;
	l.second = l.how.to = pause->before;
	l.how.until_ns = dice_between(t->dice, from_ns, to_ns - 2 * NS_PER_MS);
	put_segment(&before, &l, false, t->dice);
	l.how.from = pause->before;
	l.how.to = l.prober.count;
	l.how.until_ns = l.end_ns;
	put_segment(&after, &l, true, t->dice);
	texts[0] = lines_text(&before, true, &sizes[0]);
	texts[1] = lines_text(&after, false, &sizes[1]);
	if (dice_chance(t->dice, 50)) {
		sizes[0] -= (size_t)dice_between(t->dice, 0, (int64_t)sizes[0] / 4);
		trial_note(t, "  the first segment is cut at byte %zu\n", sizes[0]);
	}
	trial_note(t, "  the second segment begins with request %zu\n", l.second);
	text = joined(texts[0], sizes[0], texts[1], sizes[1], &size);
	/* The segments are read separately, because a line that was cut does not count. */
	read_back(&l, texts[0], size_without_last_line(texts[0], sizes[0]));
	l.passed = 1;
	lines_seen(texts[1], sizes[1], find, &l);
	scratch_put(t->scratch, PROBE_FILE, text, size);
	put_folder(t, &l, l.end_ns + 2 * NS_PER_MS, true);
	judge(t, &l, NS_NONE, false);
	free(texts[0]);
	free(texts[1]);
	free(text);
	lines_free(&before);
	lines_free(&after);
	prober_free(&l.prober);
}

/* The clock of the facts stops in a pause, and the wall clock is ahead afterwards. */
void path_suspend(struct trial *t)
{
	struct series_spec spec = live_draw_spec(t->dice);
	struct lines lines = {0};
	struct axis *axis;
	int64_t from_ns, to_ns;
	struct live l;
	size_t size;
	char *text;

	spec.pauses_max = dice_chance(t->dice, 20);
	spec.suspension_ns = dice_log(t->dice, NS_PER_S, 60 * NS_PER_S);
	if (spec.suspension_ns < 3 * spec.pace_ns + 3 * NS_PER_MS)
		spec.suspension_ns = 3 * spec.pace_ns + 3 * NS_PER_MS;
	live_make(&l, &spec, t->dice);
	axis = &l.how.axis;
	from_ns = l.prober.requests[l.prober.pauses[0].before - 1].sent_ns;
	to_ns = l.prober.requests[l.prober.pauses[0].before].sent_ns;
	axis->length_ns = spec.suspension_ns;
	axis->suspended_ns = dice_between(t->dice, from_ns + 1, to_ns - spec.suspension_ns - 1);
	/* A `clock` fact shows the suspension: the next one, or one at the end. */
	if (dice_chance(t->dice, 50)) {
		l.end_ns = ns_max(l.end_ns, to_ns + CLOCKS_NS);
		l.how.until_ns = l.end_ns;
	} else {
		lines_put(&lines, axis_stamp(axis, l.end_ns), "clock\t-\tutc=%" PRId64,
			axis_utc(axis, axis_stamp(axis, l.end_ns)));
	}
	trial_note(t, "  suspended at %.9f s (facts %.9f s) for %.9f s\n",
		(double)axis->suspended_ns / 1e9,
		(double)axis_stamp(axis, axis->suspended_ns) / 1e9, (double)axis->length_ns / 1e9);
	put_segment(&lines, &l, true, t->dice);
	text = lines_text(&lines, true, &size);
	read_back(&l, text, size);
	scratch_put(t->scratch, PROBE_FILE, text, size);
	put_folder(t, &l, l.end_ns + 2 * NS_PER_MS, true);
	judge(t, &l, NS_NONE, false);
	free(text);
	lines_free(&lines);
	prober_free(&l.prober);
}
