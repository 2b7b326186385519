/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A person's view of a running plan: see progress.h. */
#include "harness/progress.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

/* A silence shorter than this is not worth a person's eye. */
#define GAP_SHOWN_NS (200 * NS_PER_MS)
#define REDRAW_NS (200 * NS_PER_MS)

struct progress_view {
	FILE *say;
	bool live;
	size_t runs, done;
	int64_t first_ns, run_ns, drawn_ns;
	char what[256];
	char step[32];
};

struct progress_view *progress_open(FILE *say, bool live, size_t runs)
{
	struct progress_view *view = calloc(1, sizeof(*view));

	if (view)
		*view = (struct progress_view){.say = say, .live = say && live, .runs = runs,
			.first_ns = NS_NONE};
	return view;
}

static unsigned width(FILE *f)
{
	struct winsize size;

	return ioctl(fileno(f), TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

static void wipe(struct progress_view *view)
{
	if (view->live)
		fputs("\r\033[K", view->say);
}

void progress_close(struct progress_view *view)
{
	if (view && view->say) {
		wipe(view);
		fflush(view->say);
	}
	free(view);
}

/* Names come from plans: what a terminal might obey is shown as '?'. */
static void put_plain(char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			*text = '?';
}

void progress_event(struct progress_view *view, const char *fmt, ...)
{
	char text[512];
	va_list args;

	if (!view || !view->say)
		return;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	put_plain(text);
	wipe(view);
	fprintf(view->say, "%s\n", text);
	fflush(view->say);
}

void progress_run(struct progress_view *view, const char *case_name, size_t run, size_t repeat,
	int64_t now_ns)
{
	if (!view)
		return;
	if (view->first_ns == NS_NONE)
		view->first_ns = now_ns;
	view->run_ns = now_ns;
	snprintf(view->what, sizeof(view->what), "%.200s run %zu of %zu", case_name, run, repeat);
	put_plain(view->what);
}

void progress_run_end(struct progress_view *view)
{
	if (view)
		view->done++;
}

void progress_step(struct progress_view *view, const char *step)
{
	if (!view)
		return;
	snprintf(view->step, sizeof(view->step), "%s", step);
	view->drawn_ns = 0;
	if (!view->live)
		progress_event(view, "[%zu/%zu] %s: %s", view->done + 1, view->runs, view->what, step);
}

void progress_now(struct progress_view *view, int copied_percent, int64_t gap_ns, int64_t now_ns)
{
	char line[512];
	size_t n = 0, room;

	if (!view || !view->live || now_ns - view->drawn_ns < REDRAW_NS)
		return;
	view->drawn_ns = now_ns;
#define PUT(...)                                                                                   \
	(n += n < sizeof(line) ? (size_t)snprintf(line + n, sizeof(line) - n, __VA_ARGS__) : 0)
	PUT("[%zu/%zu] %s  %s", view->done + 1, view->runs, view->what, view->step);
	if (copied_percent >= 0)
		PUT("  copied %d %%", copied_percent);
	if (gap_ns >= GAP_SHOWN_NS)
		PUT("  SILENT %.1f s", (double)gap_ns / 1e9);
	else
		PUT("  answers");
	if (view->done > 0)
		PUT("  %.0f min left", (double)(view->run_ns - view->first_ns) / (double)view->done *
			(double)(view->runs - view->done) / 60e9 + 0.5);
#undef PUT
	room = width(view->say) - 1;
	if (room < sizeof(line))
		line[room] = '\0';
	fprintf(view->say, "\r\033[K%s", line);
	fflush(view->say);
}
