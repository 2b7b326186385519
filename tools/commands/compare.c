/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * `blackout compare BASE... NEW`: whether the newest runs are worse than those before. Reads runs.csv
 * (and environment.json where it is there) of each folder; moves no VM and writes into none of them.
 */
#include "tools/commands/commands.h"

#include "tools/commands/compare_input.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>

static const char usage[] =
	"usage: blackout compare [-o OUT] [--job PERCENT] [--blackout TIME] [--alpha SHARE]\n"
	"                        [--seed N] [--force] BASE... NEW\n"
	"  Tells whether the runs in NEW are worse than those in BASE (several: the last good ones).\n"
	"  Each is a result folder, or a runs.csv. No VM is touched.\n"
	"  -o OUT           write compare.txt, compare.csv, compare.md, junit.xml and a chart there\n"
	"  --job PERCENT    what matters of the job time (default: 10)\n"
	"  --blackout TIME  what matters of a blackout (default: 200 ms)\n"
	"  --alpha SHARE    false alarms that are put up with (default: 0.01 of the comparisons)\n"
	"  --seed N         of what is drawn at random (default: 1)\n"
	"  --force          compare what is not comparable\n"
	"Exit status: 0 no regression; 1 a regression; 2 usage, or not comparable; 3 cannot tell.\n"
	"\n"
	"  blackout compare results/main results/mine\n"
	"  blackout compare -o gate results/mon results/tue results/wed results/now\n";

struct arguments {
	char **base, *fresh;
	size_t base_count;
	const char *out;
	bool force;
	struct compare_options options;
};

static int read_share(const char *option, const char *text, double least, double most, double *value,
	struct err *e)
{
	char *end;

	errno = 0;
	*value = strtod(text, &end);
	if (end == text || *end || errno || !(*value > least && *value <= most))
		return err_set(e, "%s %s: a number above %g, at most %g", option, text, least, most);
	return 0;
}

static int read_option(struct arguments *a, int option, struct err *e)
{
	switch (option) {
	case 'o':
		a->out = optarg;
		return 0;
	case 'F':
		a->force = true;
		return 0;
	case 'J':
		if (read_share("--job", optarg, 0, 1000, &a->options.job_share, e))
			return -1;
		a->options.job_share /= 100;
		return 0;
	case 'A':
		return read_share("--alpha", optarg, 0, 0.5, &a->options.alpha, e);
	case 'B':
		if (units_parse(UNIT_TIME, optarg, &a->options.blackout_ns, e))
			return err_prefix(e, "--blackout");
		return a->options.blackout_ns > 0 ? 0
			: err_set(e, "--blackout %s: a time above 0", optarg);
	case 'S':
		return seed_parse("--seed", optarg, &a->options.seed, e);
	default:
		return -1;
	}
}

/* 0; 1: the usage is what was asked for; -1 with the error, "" for the usage. */
static int read_arguments(int argc, char **argv, struct arguments *a, struct err *e)
{
	static const struct option options[] = {{"job", required_argument, NULL, 'J'},
		{"blackout", required_argument, NULL, 'B'}, {"alpha", required_argument, NULL, 'A'},
		{"seed", required_argument, NULL, 'S'}, {"force", no_argument, NULL, 'F'},
		{"help", no_argument, NULL, 'h'}, {0}};
	int option;

	optind = 0;
	while ((option = getopt_long(argc, argv, "o:h", options, NULL)) != -1) {
		if (option == 'h')
			return 1;
		if (read_option(a, option, e))
			return -1;
	}
	if (argc - optind < 2)
		return -1;
	a->base = argv + optind;
	a->base_count = (size_t)(argc - optind - 1);
	a->fresh = argv[argc - 1];
	return 0;
}

static enum status show(struct compare_input *input, const struct arguments *a, struct err *e)
{
	const struct compare_labels labels = {input->base_label, a->fresh, &input->differences};
	struct comparison *comparison = NULL;
	char note[REPORT_NOTE_MAX] = "";
	enum status status;

	if (comparison_new(&comparison, &input->base, &input->fresh, &a->options, e))
		return STATUS_USAGE;
	status = comparison->status;
	if (compare_say(comparison, &labels, e) ||
		(a->out && compare_write(comparison, &labels, a->out, note, e)))
		status = STATUS_BROKE_OFF;
	if (*note)
		fprintf(stderr, "blackout compare: %s\n", note);
	comparison_free(comparison);
	return status;
}

static enum status compare(const struct arguments *a, struct err *e)
{
	struct compare_input input;
	enum status status = STATUS_USAGE;

	if (compare_input_read(&input, a->base, a->base_count, a->fresh, e))
		return status;
	if (!compare_input_check(&input, a->force, e))
		status = show(&input, a, e);
	compare_input_free(&input);
	return status;
}

int cmd_compare(int argc, char **argv)
{
	struct arguments a = {.options = compare_defaults};
	enum status status = STATUS_USAGE;
	struct err e = {0};
	int rc = read_arguments(argc, argv, &a, &e);

	if (rc > 0) {
		fputs(usage, stdout);
		return STATUS_PASS;
	}
	if (!rc)
		status = compare(&a, &e);
	if (*e.text)
		fprintf(stderr, "blackout compare: %s\n", e.text);
	else if (rc)
		fputs(usage, stderr);
	return (int)status;
}
