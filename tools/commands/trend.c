/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * `blackout trend DIR...`: shows the runs of several folders by date. Reads only and judges
 * nothing.
 */
#include "tools/commands/commands.h"

#include "harness/facts/environment.h"
#include "reports/common/document.h"
#include "reports/compare/trend.h"
#include "tools/commands/compare_input.h"

#include <getopt.h>
#include <stdlib.h>

struct arguments {
	const char *out;
};

static const struct command_option options[] = {
	{.letter = 'o',
		.argument = "OUT",
		.offers = "folder",
		.help = "write trend.txt, trend.csv and a chart per case there (default: only "
			"print the table)",
		.offset = offsetof(struct arguments, out)},
};
const struct command_syntax trend_syntax = {
	.name = "trend",
	.summary = "show runs over weeks, case by case",
	.forms = {"[-o] DIR..."},
	.offers = "csv",
	.about =
		"  Shows the runs of several folders by date, case by case: mean job time, worst blackout and verdict,\n"
		"  and where hardware, versions, rates or plan changed. Each is a result folder, or a runs.csv.\n",
	.options = options,
	.option_count = ARRAY_SIZE(options),
	.notes = "Exit status: 0; 2 usage, or a folder cannot be read. `compare` says whether a "
		 "change matters.\n\n  blackout trend results/mon results/tue results/wed\n  "
		 "blackout trend -o weeks results/mon results/tue results/now\n",
};

/* Reads all folders. 0; -1 after an error message for each that cannot be read. */
static int read_folders(struct trend_folder *folder, char **names, size_t count)
{
	int rc = 0;

	for (size_t i = 0; i < count; i++) {
		struct err e = {0};

		folder[i].name = names[i];
		folder[i].environment = environment_read(names[i]);
		if (compare_input_rows(&folder[i].rows, names[i], &e)) {
			fprintf(stderr, "blackout trend: %s\n", e.text);
			rc = -1;
		}
	}
	return rc;
}

static enum status show(struct trend_folder *folder, size_t count, const char *out, struct err *e)
{
	char note[REPORT_NOTE_MAX] = "";
	struct directory dir = {.fd = -1};
	struct c_locale locale;
	struct trend trend;
	int rc;

	trend_init(&trend, folder, count);
	rc = c_locale_enter(&locale, e);
	if (!rc) {
		trend_text(stdout, &trend);
		c_locale_leave(&locale);
		rc = fflush(stdout) ? err_errno(e, "standard output") : 0;
	}
	if (!rc && out)
		rc = directory_make(&dir, out, e) || trend_write(&trend, &dir, note, e);
	directory_close(&dir);
	if (*note)
		fprintf(stderr, "blackout trend: %s\n", note);
	trend_release(&trend);
	return rc ? STATUS_BROKE_OFF : STATUS_PASS;
}

int cmd_trend(int argc, char **argv)
{
	struct arguments a = {.out = NULL};
	struct trend_folder *folder;
	enum status status = STATUS_USAGE;
	struct err e = {0};
	size_t count;
	int rc = options_read(&trend_syntax, argc, argv, &a, &e);

	if (rc > 0)
		return STATUS_PASS;
	if (rc || optind == argc) {
		options_help(&trend_syntax, stderr);
		return STATUS_USAGE;
	}
	count = (size_t)(argc - optind);
	folder = calloc(count, sizeof(*folder));
	if (!folder) {
		fputs("blackout trend: out of memory\n", stderr);
		return STATUS_BROKE_OFF;
	}
	if (read_folders(folder, argv + optind, count) == 0)
		status = show(folder, count, a.out, &e);
	if (*e.text)
		fprintf(stderr, "blackout trend: %s\n", e.text);
	for (size_t i = 0; i < count; i++) {
		run_rows_release(&folder[i].rows);
		free(folder[i].environment);
	}
	free(folder);
	return (int)status;
}
