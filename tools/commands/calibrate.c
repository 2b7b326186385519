/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * `blackout calibrate`: known outages on this machine, measured by the real probes; a table, and a
 * record that later reports quote.
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
/* Eight outages: each kind at least once. */
#define LENGTH_LEAST_NS (12 * NS_PER_S)
#define LENGTH_MOST_NS (600 * NS_PER_S)

static const char usage[] =
	"usage: blackout calibrate [-o DIR] [-i INTERVAL[/FINE]]... [-d DURATION] [--load] [--seed N]\n"
	"  Measures outages whose true length is known, made on this machine itself, and says how\n"
	"  far the figures are from the truth. Takes less than two minutes. Needs root.\n"
	"  -o DIR              keep the facts in DIR, which must not be there, or be empty\n"
	"  -i INTERVAL[/FINE]  calibrate this interval, and no others but those given likewise\n"
	"                      (default: 0.2ms 1ms 10ms 10ms/0.5ms 1s)\n"
	"  -d DURATION         of the outages (default: 100 s)\n"
	"  --load              keep every core busy meanwhile\n"
	"  --seed N            other outages\n"
	"Exit status: 0 every true length lay inside the bounds; 3 one did not.\n"
	"\n"
	"  blackout calibrate                     of the usual intervals\n"
	"  blackout calibrate -i 1ms -d 12s       of one, quickly\n"
	"  blackout calibrate --load -o facts     of a busy machine, the facts kept\n";

static const char *const usual[] = {"0.2ms", "1ms", "10ms", "10ms/0.5ms", "1s"};

struct arguments {
	struct calibrate_row rows[CALIBRATE_ROWS_MAX];
	size_t count;
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

static int read_duration(struct arguments *a, const char *text, struct err *e)
{
	int64_t *length_ns = &a->options.length_ns;

	if (units_parse(UNIT_TIME, text, length_ns, e))
		return -1;
	if (*length_ns < LENGTH_LEAST_NS || *length_ns > LENGTH_MOST_NS)
		return err_set(e, "-d %s: from 12 s (less holds too few outages) to 10 min", text);
	return 0;
}

/* 0; 1: the usage is what was asked for; -1 with the error, "" for the usage. */
static int read_arguments(int argc, char **argv, struct arguments *a, struct err *e)
{
	static const struct option options[] = {
		{"load", no_argument, NULL, 'L'},
		{"seed", required_argument, NULL, 'S'},
		{"duration", required_argument, NULL, 'd'},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	bool chosen = false;
	int option, rc = 0;

	optind = 0;
	while (!rc && (option = getopt_long(argc, argv, "o:i:d:h", options, NULL)) != -1) {
		switch (option) {
		case 'o':
			a->dir = optarg;
			break;
		case 'i':
			chosen = true;
			rc = add_row(a, optarg, e);
			break;
		case 'd':
			rc = read_duration(a, optarg, e);
			break;
		case 'L':
			a->options.load = true;
			break;
		case 'S':
			rc = seed_parse("--seed", optarg, &a->options.seed, e);
			break;
		case 'h':
			return 1;
		default:
			return -1;
		}
	}
	if (!rc && optind < argc)
		return -1;
	for (size_t i = 0; !rc && !chosen && i < ARRAY_SIZE(usual); i++)
		rc = add_row(a, usual[i], e);
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

/* Probes, scores, says, stores. */
static enum status calibrate(struct arguments *a, struct err *e)
{
	enum status status = calibrate_run(a->rows, a->count, &a->options, e);

	if (status != STATUS_PASS)
		return status;
	if (calibrate_score(a->rows, a->count, a->options.dir, e))
		return err_status(e, STATUS_BROKE_OFF);
	calibrate_print(stdout, a->rows, a->count, a->options.load);
	if (store(a, e))
		return err_status(e, STATUS_SETUP);
	return calibrate_count_outside(a->rows, a->count) ? STATUS_UNDECIDED : STATUS_PASS;
}

/* As calibrate(), with a folder to do it in. */
static enum status in_folder(struct arguments *a, struct err *e)
{
	char own[PATH_MAX] = "";
	enum status status;

	if (geteuid()) {
		err_set(e, "makes network namespaces and TAP devices, which takes root (sudo blackout "
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

int cmd_calibrate(int argc, char **argv, const struct probe_ops *ping, const struct probe_ops *burst)
{
	struct arguments a = {.options = {.length_ns = LENGTH_NS, .seed = 1,
		.progress = isatty(STDERR_FILENO) ? stderr : NULL}};
	enum status status;
	struct err e = {0};
	int rc = read_arguments(argc, argv, &a, &e);

	if (rc > 0) {
		fputs(usage, stdout);
		return STATUS_PASS;
	}
	a.options.ping = ping;
	a.options.burst = burst;
	status = rc ? STATUS_USAGE : in_folder(&a, &e);
	if (status == STATUS_INTERRUPTED)
		fputs("blackout calibrate: interrupted; nothing was stored\n", stderr);
	else if (*e.text)
		fprintf(stderr, "blackout calibrate: %s\n", e.text);
	else if (rc)
		fputs(usage, stderr);
	for (size_t i = 0; i < a.count; i++)
		score_release(&a.rows[i].score);
	return (int)status;
}
