/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The display of `blackout probe`: see probe_view.h. */
#include "tools/commands/probe_view.h"

#include "reports/common/document.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#define REDRAW_NS (250 * NS_PER_MS)
#define ROWS_MAX 20
#define HEAD_ROWS 5 /* the lines without a target, and one for the cursor */
#define NAME_WIDTH 24
#define LINE_BYTES_MAX 512

/* What was printed about a target so far. */
struct printed {
	bool out;
	uint64_t silences;
};

struct probe_view {
	FILE *to;
	bool live, colour;
	const struct probe_target *targets;
	size_t count;
	int64_t interval_ns, begin_ns, drawn_ns;
	struct printed *printed;
	/* The screen: the lines drawn on it, and its width when they were drawn. */
	size_t lines, columns;
	uint64_t sent_before;
	int64_t sent_at_ns;
	double rate;
};

struct probe_view *probe_view_new(FILE *to, bool live, bool colour,
	const struct probe_target *targets, size_t count, int64_t interval_ns)
{
	struct probe_view *view = calloc(1, sizeof(*view));
	struct printed *printed = calloc(count + 1, sizeof(*printed));

	if (!view || !printed) {
		free(view);
		free(printed);
		return NULL;
	}
	*view = (struct probe_view){.to = to,
		.live = live,
		.colour = colour,
		.targets = targets,
		.count = count,
		.interval_ns = interval_ns,
		.begin_ns = NS_NONE,
		.printed = printed};
	return view;
}

static const char *name_of(
	const struct probe_view *view, size_t i, size_t width, char *buf, size_t size)
{
	char safe[256];

	text_safe(view->targets[i].name, safe, sizeof(safe));
	return text_fit(safe, width, buf, size);
}

/* Prints a line per event: "out", and "back" with the bounds of the silence. */
static void print_events(struct probe_view *view, size_t i, const struct probe_live *l,
	int64_t now_ns, int64_t utc_ns)
{
	struct printed *printed = &view->printed[i];
	char name[256], utc[UTC_TEXT_MAX], length[NUMBER_TEXT_MAX];
	uint64_t new_silences = l->silences - printed->silences;

	name_of(view, i, sizeof(name), name, sizeof(name));
	if (new_silences > 0) {
		if (!printed->out)
			fprintf(view->to, "%s out   %s\n",
				utc_text(utc_ns - (now_ns - l->last_from_ns), utc), name);
		fprintf(view->to, "%s back  %s after %s s", utc_text(utc_ns, utc), name,
			interval_text(l->last, 3, length));
		if (new_silences > 1)
			fprintf(view->to, ", the last of %" PRIu64 " silences", new_silences);
		fputc('\n', view->to);
		printed->out = false;
	}
	if (l->gap_ns > 0 && !printed->out)
		fprintf(view->to, "%s out   %s\n", utc_text(utc_ns - l->gap_ns, utc), name);
	printed->out = l->gap_ns > 0;
	printed->silences = l->silences;
}

/* Cuts a line to `columns` characters; it has no control characters. */
static void cut(char *line, size_t columns)
{
	size_t n = 0;

	for (char *p = line; *p; p++) {
		if (((unsigned char)*p & 0xC0) != 0x80 && n++ == columns) {
			*p = '\0';
			return;
		}
	}
}

static void put_line(struct probe_view *view, FILE *f, char *line, bool red)
{
	cut(line, view->columns - 1);
	fprintf(f, "\033[K%s%s%s\n", red && view->colour ? "\033[31m" : "", line,
		red && view->colour ? "\033[0m" : "");
	view->lines++;
}

/* Orders targets: those that are out now first, then by the length of the silence. */
static bool worse(const struct probe_live *a, const struct probe_live *b)
{
	if (a->gap_ns != b->gap_ns)
		return a->gap_ns > b->gap_ns;
	return a->longest_ns > b->longest_ns;
}

/*
 * Chooses at most `rows_max` targets to show: all in their order or, if there are more, the worst.
 */
static size_t choose(const struct probe_live *live, size_t count, size_t rows_max, size_t *chosen)
{
	size_t n = 0;

	for (size_t i = 0; i < count; i++) {
		size_t at = n;

		if (count > rows_max && live[i].gap_ns == 0 && live[i].longest_ns == 0)
			continue;
		while (count > rows_max && at > 0 && worse(&live[i], &live[chosen[at - 1]]))
			at--;
		if (at == rows_max)
			continue;
		if (n < rows_max)
			n++;
		memmove(&chosen[at + 1], &chosen[at], (n - at - 1) * sizeof(*chosen));
		chosen[at] = i;
	}
	return n;
}

static void put_target(
	struct probe_view *view, FILE *f, size_t i, const struct probe_live *l, int64_t utc_ns)
{
	size_t width = view->columns < 60 ? view->columns / 2 : NAME_WIDTH;
	char name[256], line[LINE_BYTES_MAX], utc[UTC_TEXT_MAX];
	int pad;

	name_of(view, i, width, name, sizeof(name));
	pad = (int)width - (int)text_width(name);
	if (l->gap_ns > 0)
		snprintf(line, sizeof(line), "%s%*s OUT %.1f s, since %.12s UTC", name,
			pad > 0 ? pad : 0, "", (double)l->gap_ns / 1e9,
			utc_text(utc_ns - l->gap_ns, utc) + 11);
	else if (l->answered == 0)
		snprintf(line, sizeof(line), "%s%*s no answer yet", name, pad > 0 ? pad : 0, "");
	else if (l->silences > 0)
		snprintf(line, sizeof(line),
			"%s%*s answers; out %" PRIu64 " time%s, longest %.3f s", name,
			pad > 0 ? pad : 0, "", l->silences, l->silences == 1 ? "" : "s",
			(double)l->longest_ns / 1e9);
	else
		snprintf(line, sizeof(line), "%s%*s answers", name, pad > 0 ? pad : 0, "");
	put_line(view, f, line, l->gap_ns > 0);
}

/* The sums over all targets. */
struct sum {
	uint64_t sent, answered, late, silences;
	size_t out;
	size_t longest; /* index of the target with the longest silence */
};

static struct sum sum_of(const struct probe_live *live, size_t count)
{
	struct sum s = {0};

	for (size_t i = 0; i < count; i++) {
		s.sent += live[i].sent;
		s.answered += live[i].answered;
		s.late += live[i].late;
		s.silences += live[i].silences;
		s.out += live[i].gap_ns > 0;
		if (live[i].longest_ns > live[s.longest].longest_ns)
			s.longest = i;
	}
	return s;
}

static void put_head(struct probe_view *view, FILE *f, const struct probe_live *live,
	const struct sum *s, int64_t now_ns)
{
	int64_t seconds = (now_ns - view->begin_ns) / NS_PER_S;
	char line[LINE_BYTES_MAX], every[32], name[64];

	units_format(UNIT_TIME, view->interval_ns, every, sizeof(every));
	snprintf(line, sizeof(line),
		"%zu target%s every %s, observed for %" PRId64 ":%02" PRId64 ":%02" PRId64,
		view->count, view->count == 1 ? "" : "s", every, seconds / 3600, seconds / 60 % 60,
		seconds % 60);
	put_line(view, f, line, false);
	if (view->rate > 0)
		snprintf(line, sizeof(line),
			"sent %" PRIu64 ", answered %" PRIu64 " (late %" PRIu64 "), %.0f probes/s",
			s->sent, s->answered, s->late, view->rate);
	else
		snprintf(line, sizeof(line),
			"sent %" PRIu64 ", answered %" PRIu64 " (late %" PRIu64 ")", s->sent,
			s->answered, s->late);
	put_line(view, f, line, false);
	if (live[s->longest].longest_ns > 0)
		snprintf(line, sizeof(line), "OUT NOW %zu of %zu; longest silence %.3f s (%s)",
			s->out, view->count, (double)live[s->longest].longest_ns / 1e9,
			name_of(view, s->longest, NAME_WIDTH, name, sizeof(name)));
	else
		snprintf(line, sizeof(line), "out now 0 of %zu; no silence so far", view->count);
	put_line(view, f, line, s->out > 0);
}

/* Updates the rate of sending, about once a second. */
static void take_rate(struct probe_view *view, uint64_t sent, int64_t now_ns)
{
	if (view->sent_at_ns && now_ns - view->sent_at_ns < NS_PER_S)
		return;
	if (view->sent_at_ns)
		view->rate = (double)(sent - view->sent_before) * 1e9 /
			     (double)(now_ns - view->sent_at_ns);
	view->sent_before = sent;
	view->sent_at_ns = now_ns;
}

/*
 * Moves the cursor to where the frame begins: over the last frame, or on a cleared screen if the
 * width changed. Returns the terminal's rows.
 */
static size_t begin_frame(struct probe_view *view, FILE *f)
{
	struct winsize size = {.ws_row = 24, .ws_col = 80};

	ioctl(fileno(view->to), TIOCGWINSZ, &size);
	if (view->lines && size.ws_col != view->columns)
		fputs("\033[H\033[2J", f);
	else if (view->lines)
		fprintf(f, "\033[%zuA\r", view->lines);
	view->columns = size.ws_col < 2 ? 80 : size.ws_col;
	view->lines = 0;
	return size.ws_row < 1 ? 24 : size.ws_row;
}

static void draw(struct probe_view *view, const struct probe_live *live, size_t count,
	int64_t now_ns, int64_t utc_ns)
{
	struct sum s = sum_of(live, count);
	size_t chosen[ROWS_MAX + 1], n, rows, length = 0;
	char *text = NULL, line[LINE_BYTES_MAX];
	FILE *f = open_memstream(&text, &length);

	if (!f)
		return;
	take_rate(view, s.sent, now_ns);
	rows = begin_frame(view, f);
	rows = rows > HEAD_ROWS ? rows - HEAD_ROWS : 0;
	n = choose(live, count, size_min(rows, ROWS_MAX), chosen);
	put_head(view, f, live, &s, now_ns);
	for (size_t i = 0; i < n; i++)
		put_target(view, f, chosen[i], &live[chosen[i]], utc_ns);
	if (n < count)
		snprintf(line, sizeof(line), "Ctrl-C ends the probing (the worst of %zu)", count);
	else
		snprintf(line, sizeof(line), "Ctrl-C ends the probing");
	put_line(view, f, line, false);
	fputs("\033[J", f);
	if (fclose(f) == 0)
		fwrite(text, 1, length, view->to);
	fflush(view->to);
	free(text);
}

void probe_view_take(struct probe_view *view, const struct probe_live *live, size_t count,
	int64_t now_ns, int64_t utc_ns)
{
	if (view->begin_ns == NS_NONE)
		view->begin_ns = now_ns;
	if (count > view->count)
		count = view->count;
	if (!view->live) {
		for (size_t i = 0; i < count; i++)
			print_events(view, i, &live[i], now_ns, utc_ns);
		fflush(view->to);
		return;
	}
	if (count == 0 || now_ns - view->drawn_ns < REDRAW_NS)
		return;
	view->drawn_ns = now_ns;
	draw(view, live, count, now_ns, utc_ns);
}

void probe_view_free(struct probe_view *view)
{
	if (!view)
		return;
	if (view->lines)
		fprintf(view->to, "\033[%zuA\r\033[J", view->lines);
	fflush(view->to);
	free(view->printed);
	free(view);
}
