/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * `blackout report DIR [-o OUT] [--chart CASE[/RUN]]... [--all-charts]`: reads the facts of a
 * result folder, judges them and writes all reports. The facts are not changed, so DIR may be on a
 * read-only disk if OUT is elsewhere.
 */
#include "tools/commands/commands.h"

#include "harness/facts/environment.h"
#include "harness/facts/made_from.h"
#include "harness/timeline/timeline.h"
#include "harness/verdict/verdict.h"
#include "reports/report.h"
#include "reports/text/text.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* How long a report waits for another one that is being written into the same folder. */
#define REPORT_WAIT_NS (120 * NS_PER_S)
#define SUMMARY_ROWS 10

#define WISHES_MAX 256

/* A result folder in memory: its facts and the verdicts on them. */
struct folder {
	struct plan *plan; /* NULL: a standalone folder */
	struct timeline *timeline;
	struct results *results;
	char *environment;
};

static int folder_read(struct folder *folder, const char *dir, struct err *e)
{
	if (timeline_read(&folder->timeline, dir, e))
		return -1;
	if (!*folder->timeline->standalone_command && plan_read_folder(&folder->plan, dir, e))
		return -1;
	folder->environment = environment_read(dir);
	return results_new(&folder->results, folder->timeline, folder->plan, e);
}

static void folder_free(struct folder *folder)
{
	if (folder->results)
		results_free(folder->results);
	if (folder->timeline)
		timeline_free(folder->timeline);
	if (folder->plan)
		plan_free(folder->plan);
	free(folder->environment);
}

/*
 * Opens the folder for the reports and locks it before the facts are read: a report that waited for
 * another one must not replace it by an older one. A folder that does not exist is left closed.
 */
static int lock_out(struct directory *dir, const char *out, struct err *e)
{
	if (!out || access(out, F_OK))
		return 0;
	return directory_open(dir, out, e) || directory_lock(dir, REPORT_WAIT_NS, e) ? -1 : 0;
}

/* made_from: as made_from_now gave it before the facts were read. */
static int write_reports(const struct folder *folder, const struct move_charts *charts,
	const char *made_from, const struct directory *dir, char note[static REPORT_NOTE_MAX],
	struct err *e)
{
	/* Until all is written, the tables may be of different facts. */
	return directory_write(dir, MADE_FROM, "", 0, e) ||
			       report_all(folder->results, folder->environment, charts, dir, note,
				       e) ||
			       directory_write(dir, MADE_FROM, made_from, strlen(made_from), e)
		       ? -1
		       : 0;
}

/* Reads the facts, judges them and writes the reports, if `out` is given. */
static enum status judge_folder(const char *dir, const char *out, struct directory *to,
	const struct chart_wishes *wishes, FILE *summary)
{
	struct move_charts charts = {0};
	struct folder folder = {0};
	char note[REPORT_NOTE_MAX] = "", *made_from = made_from_now(dir);
	enum status status;
	struct err e = {0};

	if (!made_from)
		err_set(&e, "out of memory");
	if (!made_from || folder_read(&folder, dir, &e) ||
		move_charts_init(&charts, folder.results, wishes, &e)) {
		fprintf(stderr, "blackout: %s\n", e.text);
		status = STATUS_USAGE;
	} else if (out && ((to->fd < 0 && directory_make(to, out, &e)) ||
				  write_reports(&folder, &charts, made_from, to, note, &e))) {
		fprintf(stderr, "blackout: %s%s\n", e.text,
			access(out, W_OK) ? " (name a writable folder: -o OUT)" : "");
		status = STATUS_BROKE_OFF;
	} else {
		if (*note)
			fprintf(stderr, "blackout: %s\n", note);
		if (summary)
			report_standalone_summary(summary, folder.results, SUMMARY_ROWS);
		status = results_status(folder.results);
	}
	move_charts_release(&charts);
	folder_free(&folder);
	free(made_from);
	return status;
}

enum status report_folder(
	const char *dir, const char *out, const struct chart_wishes *wishes, FILE *summary)
{
	struct directory to = {.fd = -1};
	enum status status;
	struct err e = {0};

	if (lock_out(&to, out, &e)) {
		fprintf(stderr, "blackout: %s\n", e.text);
		status = STATUS_BROKE_OFF;
	} else {
		status = judge_folder(dir, out, &to, wishes, summary);
	}
	directory_close(&to);
	return status;
}

struct arguments {
	const char *out, *wish[WISHES_MAX];
	struct chart_wishes wishes;
};

static int take_chart(void *arguments, const char *option, const char *text, struct err *e)
{
	struct arguments *a = arguments;

	(void)option, (void)e;
	if (a->wishes.only_count == WISHES_MAX)
		return -1;
	a->wish[a->wishes.only_count++] = text;
	return 0;
}

static const struct command_option options[] = {
	{.letter = 'o',
		.argument = "OUT",
		.offers = "folder",
		.help = "write the reports there (default: into DIR)",
		.offset = offsetof(struct arguments, out)},
	{.name = "chart",
		.argument = "CASE[/RUN]",
		.take = take_chart,
		.help = "also draw the moves of this case, or this run; may be given several times"},
	{.name = "all-charts",
		.help = "draw every move, which takes long with many",
		.offset = offsetof(struct arguments, wishes.all)},
};
const struct command_syntax report_syntax = {
	.name = "report",
	.summary = "judge a result folder again",
	.forms = {"DIR [-o] [--chart]... [--all-charts]"},
	.brief = "DIR [-o]",
	.offers = "folder",
	.about =
		"  Judges a result folder's facts again and writes its tables, texts and charts. "
		"The facts are only\n  read: DIR may be on a read-only disk if OUT is not. Of more "
		"than 40 moves at most 24 have\n  charts, the urgent ones first.\n",
	.options = options,
	.option_count = ARRAY_SIZE(options),
	.notes = "Exit status: by the verdicts, as of `blackout run`.\n\n  blackout report "
		 "results/first\n  blackout report results/first -o again --all-charts\n",
};

int cmd_report(int argc, char **argv)
{
	struct arguments a = {.wishes = {.all = false}};
	const char *dir;
	struct err e = {0};
	int rc;

	a.wishes.only = a.wish;
	rc = options_read(&report_syntax, argc, argv, &a, &e);
	if (rc > 0)
		return STATUS_PASS;
	if (rc || argc - optind != 1) {
		options_help(&report_syntax, stderr);
		return STATUS_USAGE;
	}
	dir = argv[optind];
	return (int)report_folder(dir, a.out ? a.out : dir, &a.wishes, NULL);
}
