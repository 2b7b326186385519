/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Prints the progress of a plan: see progress.h. */
#include "harness/run/progress.h"

#include <stdlib.h>
#include <string.h>

struct progress_view {
	FILE *out;
	bool steps;
	size_t runs, done;
	char run_name[256];
};

struct progress_view *progress_new(FILE *out, bool steps, size_t runs)
{
	struct progress_view *view = calloc(1, sizeof(*view));

	if (view)
		*view = (struct progress_view){.out = out, .steps = steps, .runs = runs};
	return view;
}

void progress_free(struct progress_view *view)
{
	free(view);
}

/*
 * Replaces control characters by '?': names come from plans, and a terminal obeys such characters.
 */
static void mask_controls(char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			*text = '?';
}

void progress_event(struct progress_view *view, const char *fmt, ...)
{
	char text[512];
	va_list args;

	if (!view || !view->out)
		return;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	mask_controls(text);
	fprintf(view->out, "%s\n", text);
	fflush(view->out);
}

void progress_run(struct progress_view *view, const char *case_name, size_t run, size_t repeat)
{
	if (!view)
		return;
	snprintf(view->run_name, sizeof(view->run_name), "%.200s run %zu of %zu", case_name, run,
		repeat);
	mask_controls(view->run_name);
}

void progress_run_end(struct progress_view *view)
{
	if (view)
		view->done++;
}

void progress_step(struct progress_view *view, const char *step)
{
	if (view && view->steps)
		progress_event(
			view, "[%zu/%zu] %s: %s", view->done + 1, view->runs, view->run_name, step);
}
