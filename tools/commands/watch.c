/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * `blackout watch DIR [--once]`: follows a run in its result folder, from another terminal. It only
 * reads the folder, so it cannot disturb the run.
 */
#include "tools/commands/commands.h"

#include "harness/base/stop.h"
#include "tools/live/follow.h"
#include "tools/live/screen.h"
#include "tools/live/judge.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

struct arguments {
	bool once;
};

static const struct command_option options[] = {
	{.name = "once",
		.help = "print the present state and exit",
		.offset = offsetof(struct arguments, once)},
};
const struct command_syntax watch_syntax = {
	.name = "watch",
	.summary = "follow a run in its result folder, until it ends",
	.forms = {"DIR [--once]"},
	.offers = "folder",
	.about =
		"Follows a run in its result folder, until it ends. Nothing in the folder is touched.\n",
	.options = options,
	.option_count = ARRAY_SIZE(options),
	.notes = "Keys: q leaves; so does Ctrl-C. Neither touches the run.\n"
		 "\n"
		 "  blackout run plans/verify.ini -o results/today     in one terminal\n"
		 "  blackout watch results/today                       in another\n"
		 "  blackout watch results/today --once | mail -s blackout me\n",
};

#define DRAW_NS (NS_PER_S / 2)
#define LINES_MAX 256
#define WIDTH_ELSEWHERE 80
/* How long --once waits to learn if the run is gone: longer than GONE_NS of tools/live/follow.c. */
#define GONE_WAIT_NS (4 * NS_PER_S)

struct watching {
	const char *dir;
	struct follow *follow;
	struct screen *screen; /* NULL: print lines */
	struct judge_process judge;
	char printed[512]; /* the last line printed about a step */
	bool left;         /* the user pressed q */
};

/* The terminal's width in columns; without a terminal $COLUMNS, else 80. */
static unsigned width(void)
{
	const char *columns = getenv("COLUMNS");
	unsigned long given = columns ? strtoul(columns, NULL, 10) : 0;
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		return size.ws_col;
	return given > 0 && given < PICTURE_LINE_MAX ? (unsigned)given : WIDTH_ELSEWHERE;
}

static void print_picture(const struct picture *p)
{
	struct picture_line *lines = calloc(LINES_MAX, sizeof(*lines));
	size_t count =
		lines ? picture_render(p, width(), 0, picture_has_utf8(), lines, LINES_MAX) : 0;

	for (size_t i = 0; i < count; i++)
		puts(lines[i].text);
	free(lines);
}

/* Prints a line if a new step has begun. */
static void print_step(struct watching *w, const struct picture *p)
{
	char line[sizeof(w->printed)], safe[PICTURE_LINE_MAX];

	if (p->state != PICTURE_RUNNING)
		return;
	snprintf(line, sizeof(line), "[%zu/%zu] %.200s%s run %zu of %zu: %s", p->done + 1,
		p->planned, p->case_name, p->unmoved ? " unmoved" : "", p->run, p->repeat, p->step);
	if (strcmp(line, w->printed) == 0)
		return;
	memcpy(w->printed, line, sizeof(line));
	puts(picture_fit(line, sizeof(safe), picture_has_utf8(), safe, sizeof(safe)));
	fflush(stdout);
}

static void wait_for_update(struct watching *w)
{
	int64_t next_ns = clock_mono_ns() + DRAW_NS;

	while (clock_mono_ns() < next_ns && !stop_asked() && !w->left) {
		if (w->screen)
			w->left = screen_wait(w->screen, -1, next_ns) == 'q';
		else
			clock_system.sleep_until(&clock_system, next_ns);
	}
}

/* Follows the run until it ends, its process is gone, or the user leaves. */
static int follow_on(struct watching *w, struct err *e)
{
	for (;;) {
		struct judge_verdicts verdicts;
		const struct picture *p;

		if (follow_read(w->follow, e))
			return -1;
		p = follow_picture(w->follow);
		if (p->state == PICTURE_ENDED || p->state == PICTURE_GONE)
			return 0;
		if (judge_poll(&w->judge, w->dir, follow_count_done(w->follow), clock_mono_ns(),
			    &verdicts))
			follow_set_verdicts(w->follow, &verdicts);
		if (w->screen)
			screen_draw(w->screen, follow_picture(w->follow));
		else
			print_step(w, p);
		wait_for_update(w);
		if (stop_asked() || w->left)
			return 0;
	}
}

/* Reads the current state. If the run's process may be gone, waits until that is certain. */
static int read_once(struct watching *w, struct err *e)
{
	int64_t until_ns = clock_mono_ns() + GONE_WAIT_NS;

	if (follow_read(w->follow, e))
		return -1;
	while (!stop_asked() && follow_may_be_gone(w->follow) && clock_mono_ns() < until_ns) {
		wait_for_update(w);
		if (follow_read(w->follow, e))
			return -1;
	}
	return 0;
}

/* Judges the runs that are done, prints the last picture and returns the exit status. */
static enum status finish(struct watching *w)
{
	const struct picture *p = follow_picture(w->follow);
	enum status status = STATUS_PASS;
	struct judge_verdicts verdicts;
	struct err e = {0};

	if (stop_asked())
		return STATUS_INTERRUPTED;
	if (w->left)
		return STATUS_PASS;
	if (follow_count_done(w->follow) > 0 || p->state == PICTURE_ENDED) {
		if (judge_folder(w->dir, &verdicts, &e) == 0)
			follow_set_verdicts(w->follow, &verdicts);
		else
			fprintf(stderr, "blackout: %s\n", e.text);
		if (p->state == PICTURE_ENDED)
			status = *e.text ? STATUS_BROKE_OFF : verdicts.status;
	}
	if (p->state == PICTURE_GONE)
		status = STATUS_BROKE_OFF;
	print_picture(p);
	return fflush(stdout) ? STATUS_BROKE_OFF : status;
}

static enum status watch(const char *dir, bool once)
{
	struct watching w = {.dir = dir};
	struct stop_saved before;
	enum status status;
	struct err e = {0};
	int rc;

	if (follow_new(&w.follow, dir, &e)) {
		fprintf(stderr, "blackout: %s\n", e.text);
		return STATUS_USAGE;
	}
	stop_catch(&before);
	if (!once && screen_is_usable(stdout))
		w.screen = screen_new(stdout);
	rc = once ? read_once(&w, &e) : follow_on(&w, &e);
	judge_stop(&w.judge);
	screen_free(w.screen);
	if (rc)
		fprintf(stderr, "blackout: %s\n", e.text);
	stop_restore(&before); /* Ctrl-C must end the judging of a large folder, which takes long */
	status = rc ? STATUS_USAGE : finish(&w);
	follow_free(w.follow);
	return status;
}

int cmd_watch(int argc, char **argv)
{
	struct arguments a = {.once = false};
	struct err e = {0};
	int rc = options_read(&watch_syntax, argc, argv, &a, &e);

	if (rc > 0)
		return STATUS_PASS;
	if (rc || optind + 1 != argc) {
		options_help(&watch_syntax, stderr);
		return STATUS_USAGE;
	}
	return (int)watch(argv[optind], a.once);
}
