/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * `blackout calibrate`: measures known outages on this machine with the real probes. Prints a table
 * and stores a record, which later reports quote.
 */
#include "tools/commands/commands.h"

#include "harness/facts/folder.h"
#include "harness/facts/machine.h"
#include "tools/calibrate/calibrate.h"

#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LENGTH_NS (100 * NS_PER_S)
/* Long enough for eight outages, so that each kind occurs at least once. */
#define LENGTH_MIN_NS (12 * NS_PER_S)
#define LENGTH_MAX_NS (600 * NS_PER_S)

static const char *const default_rows[] = {"0.2ms", "1ms", "10ms", "10ms/0.5ms", "1s"};

struct arguments {
	struct calibrate_row rows[CALIBRATE_ROWS_MAX];
	size_t count;
	bool chosen; /* rows were given */
	const char *dir;
	struct calibrate_options options;
};

static int add_row(struct arguments *a, const char *text, struct err *e)
{
	struct calibrate_row row;

	if (a->count == CALIBRATE_ROWS_MAX)
		return err_set(
			e, "-i %s: at most %d intervals at a time", text, CALIBRATE_ROWS_MAX);
	if (calibrate_row_parse(&row, text, e))
		return -1;
	for (size_t i = 0; i < a->count; i++)
		if (strcmp(a->rows[i].name, row.name) == 0)
			return err_set(e, "-i %s: given twice", text);
	a->rows[a->count++] = row;
	return 0;
}

static int take_row(void *arguments, const char *option, const char *text, struct err *e)
{
	struct arguments *a = arguments;

	(void)option;
	a->chosen = true;
	return add_row(a, text, e);
}

static int take_seed(void *arguments, const char *option, const char *text, struct err *e)
{
	struct arguments *a = arguments;

	return seed_parse(option, text, &a->options.seed, e);
}

static int take_duration(void *arguments, const char *option, const char *text, struct err *e)
{
	struct arguments *a = arguments;
	int64_t *length_ns = &a->options.length_ns;

	if (units_parse(UNIT_TIME, text, length_ns, e))
		return -1;
	if (*length_ns < LENGTH_MIN_NS || *length_ns > LENGTH_MAX_NS)
		return err_set(e, "%s %s: must be from 12 s (less has too few outages) to 10 min",
			option, text);
	return 0;
}

static const struct command_option options[] = {
	{.letter = 'o',
		.argument = "DIR",
		.offers = "folder",
		.help = "keep the facts in DIR, which must not exist, or must be empty",
		.offset = offsetof(struct arguments, dir)},
	{.letter = 'i',
		.argument = "INTERVAL[/FINE]",
		.take = take_row,
		.help = "calibrate only this interval; may be given several times\n(default: 0.2ms "
			"1ms 10ms 10ms/0.5ms 1s)"},
	{.letter = 'd',
		.name = "duration",
		.argument = "DURATION",
		.take = take_duration,
		.help = "for how long outages are made (default: 100 s)"},
	{.name = "load",
		.help = "keep every core busy meanwhile",
		.offset = offsetof(struct arguments, options.load)},
	{.name = "seed",
		.argument = "N",
		.take = take_seed,
		.help = "seed of the outages "
			"(default: 1)"},
};
const struct command_syntax calibrate_syntax = {
	.name = "calibrate",
	.summary = "find out how exactly this machine measures, by outages of known length",
	.forms = {"[-o] [-i]... [-d] [--load] [--seed]"},
	.brief = "[-o] [-i]... [--load]",
	.about =
		"  Measures outages whose true length is known, made on this machine itself, and says how\n"
		"  far the figures are from the truth. Takes less than two minutes. Needs root.\n",
	.options = options,
	.option_count = ARRAY_SIZE(options),
	.notes = "Exit status: 0 every true length lay inside the bounds; 3 one did not.\n\n  "
		 "blackout calibrate                     the default intervals\n  blackout "
		 "calibrate -i 1ms -d 12s       one interval, quickly\n  blackout calibrate --load "
		 "-o facts     a busy machine; keeps the facts\n",
};

static int read_arguments(int argc, char **argv, struct arguments *a, struct err *e)
{
	int rc = options_read(&calibrate_syntax, argc, argv, a, e);

	if (!rc && optind < argc)
		return -1;
	for (size_t i = 0; !rc && !a->chosen && i < ARRAY_SIZE(default_rows); i++)
		rc = add_row(a, default_rows[i], e);
	return rc;
}

static int store(const struct arguments *a, struct err *e)
{
	char path[PATH_MAX];

	if (calibration_store(a->options.load ? "loaded" : "quiet",
		    calibrate_to_json(a->rows, a->count, &a->options), e) ||
		calibration_path(path, sizeof(path)))
		return -1;
	printf("Stored in %s; reports of this machine quote it.\n", path);
	return 0;
}

/* Measures, compares with the truth, prints and stores. */
static enum status calibrate(struct arguments *a, struct err *e)
{
	enum status status = calibrate_execute(a->rows, a->count, &a->options, e);

	if (status != STATUS_PASS)
		return status;
	if (calibrate_score(a->rows, a->count, a->options.dir, e))
		return err_status(e, STATUS_BROKE_OFF);
	calibrate_print(stdout, a->rows, a->count, a->options.load);
	if (store(a, e))
		return err_status(e, STATUS_SETUP);
	return calibrate_count_outside(a->rows, a->count) ? STATUS_UNDECIDED : STATUS_PASS;
}

/* Calls calibrate() with the user's folder, or with a temporary one. */
static enum status in_folder(struct arguments *a, struct err *e)
{
	char own[PATH_MAX] = "";
	enum status status;

	if (geteuid()) {
		err_set(e,
			"makes network namespaces and TAP devices, which needs root (sudo blackout "
			"calibrate)");
		return STATUS_SETUP;
	}
	if (!a->dir && folder_scratch("calibrate", own, sizeof(own), e))
		return STATUS_SETUP;
	a->options.dir = a->dir ? a->dir : own;
	status = calibrate(a, e);
	if (*own && status == STATUS_UNDECIDED)
		printf("The facts are kept: %s\n", own);
	else
		folder_remove(own);
	return status;
}

int cmd_calibrate(
	int argc, char **argv, const struct probe_ops *ping, const struct probe_ops *burst)
{
	struct arguments a = {.options = {.length_ns = LENGTH_NS,
				      .seed = 1,
				      .progress = isatty(STDERR_FILENO) ? stderr : NULL}};
	enum status status;
	struct err e = {0};
	int rc = read_arguments(argc, argv, &a, &e);

	if (rc > 0)
		return STATUS_PASS;
	a.options.ping = ping;
	a.options.burst = burst;
	status = rc ? STATUS_USAGE : in_folder(&a, &e);
	if (status == STATUS_INTERRUPTED)
		fputs("blackout calibrate: interrupted; nothing was stored\n", stderr);
	else if (*e.text)
		fprintf(stderr, "blackout calibrate: %s\n", e.text);
	else if (rc)
		options_help(&calibrate_syntax, stderr);
	for (size_t i = 0; i < a.count; i++)
		score_release(&a.rows[i].score);
	return (int)status;
}
