/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * `blackout report DIR [-o OUT] [--chart CASE[/RUN]]... [--all-charts]`: reads a result folder's facts, judges them, writes every report.
 * The facts are only read, so that a folder may lie on a read-only disk if OUT is elsewhere.
 */
#include "tools/commands/commands.h"

#include "harness/facts/environment.h"
#include "harness/timeline/timeline.h"
#include "harness/verdict/verdict.h"
#include "reports/report.h"
#include "reports/text/text.h"

#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SUMMARY_ROWS 10

#define WISHES_MOST 256

static const char usage[] =
	"usage: blackout report DIR [-o OUT] [--chart CASE[/RUN]]... [--all-charts]\n"
	"  Judges a result folder's facts anew and writes its tables, texts and charts. The facts are only\n"
	"  read: DIR may lie on a read-only disk where OUT does not. Of more than 40 moves only the urgent\n"
	"  ones have charts.\n"
	"  -o OUT              write them there (default: into DIR)\n"
	"  --chart CASE[/RUN]  draw the moves of this case, or this one, too (several times: of each)\n"
	"  --all-charts        draw every move, which takes its time with many\n"
	"Exit status: what the verdicts ask for, as of `blackout run`.\n"
	"\n"
	"  blackout report results/first\n"
	"  blackout report results/first -o again --all-charts\n";

/* A folder's facts in memory, with what they come to. */
struct folder {
	struct plan *plan; /* NULL: it only watched */
	struct timeline *timeline;
	struct results *results;
	char *environment;
};

static int plan_of(struct folder *folder, const char *dir, struct err *e)
{
	struct plan_errors errors = {0};
	char path[PATH_MAX];
	int result = 0;

	if (path_join(path, sizeof(path), dir, "facts/plan.ini"))
		return err_set(e, "%s: name too long", dir);
	if (plan_read_saved(&folder->plan, path, &errors))
		result = err_set(e, "%s", errors.count ? errors.text[0] : path);
	plan_errors_free(&errors);
	return result;
}

static int folder_read(struct folder *folder, const char *dir, struct err *e)
{
	if (timeline_read(&folder->timeline, dir, e))
		return -1;
	if (!*folder->timeline->watched_by && plan_of(folder, dir, e))
		return -1;
	folder->environment = environment_read(dir);
	return results_make(&folder->results, folder->timeline, folder->plan, e);
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

enum status report_folder(const char *dir, const char *out, const struct chart_wishes *wishes,
	FILE *summary)
{
	struct move_charts charts = {0};
	struct folder folder = {0};
	char note[REPORT_NOTE_MAX] = "";
	enum status status;
	struct err e = {0};

	if (folder_read(&folder, dir, &e) || move_charts_make(&charts, folder.results, wishes, &e)) {
		fprintf(stderr, "blackout: %s\n", e.text);
		status = STATUS_USAGE;
	} else if (out && report_all(folder.results, folder.environment, &charts, out, note, &e)) {
		fprintf(stderr, "blackout: %s%s\n", e.text,
			access(out, W_OK) ? " (name a folder that can be: -o OUT)" : "");
		status = STATUS_BROKE_OFF;
	} else {
		if (*note)
			fprintf(stderr, "blackout: %s\n", note);
		if (summary)
			report_watch_summary(summary, folder.results, SUMMARY_ROWS);
		status = results_status(folder.results);
	}
	move_charts_free(&charts);
	folder_free(&folder);
	return status;
}

struct arguments {
	const char *dir, *out, *wish[WISHES_MOST];
	struct chart_wishes wishes;
};

static int read_arguments(int argc, char **argv, struct arguments *a)
{
	static const struct option options[] = {
		{"chart", required_argument, NULL, 'C'},
		{"all-charts", no_argument, NULL, 'A'},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	int option;

	/* 0, not 1: glibc then starts anew, whatever was parsed before. */
	optind = 0;
	while ((option = getopt_long(argc, argv, "-o:h", options, NULL)) != -1) {
		if (option == 'h') {
			fputs(usage, stdout);
			exit(STATUS_PASS);
		} else if (option == 'o') {
			a->out = optarg;
		} else if (option == 'A') {
			a->wishes.all = true;
		} else if (option == 'C' && a->wishes.only_count < WISHES_MOST) {
			a->wish[a->wishes.only_count++] = optarg;
		} else if (option == 1 && !a->dir) {
			a->dir = optarg;
		} else {
			return -1;
		}
	}
	if (!a->dir && optind < argc)
		a->dir = argv[optind++];
	return a->dir && optind == argc ? 0 : -1;
}

int cmd_report(int argc, char **argv)
{
	struct arguments a = {.wishes = {.all = false}};

	a.wishes.only = a.wish;
	if (read_arguments(argc, argv, &a)) {
		fputs(usage, stderr);
		return STATUS_USAGE;
	}
	return (int)report_folder(a.dir, a.out ? a.out : a.dir, &a.wishes, NULL);
}
