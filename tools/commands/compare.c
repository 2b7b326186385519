/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * `blackout compare BASE... NEW`: judges whether the newest runs are worse than older ones. Reads
 * runs.csv of each folder, and environment.json if it exists; moves no VM and writes into no
 * folder.
 */
#include "tools/commands/commands.h"

#include "tools/commands/compare_input.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>

struct arguments {
	const char *const *base;
	char *fresh;
	size_t base_count;
	const char *out;
	bool force;
	struct compare_options options;
};

static int read_share(
	const char *option, const char *text, double min, double max, double *value, struct err *e)
{
	char *end;

	errno = 0;
	*value = strtod(text, &end);
	if (end == text || *end || errno || !(*value > min && *value <= max))
		return err_set(
			e, "%s %s: must be a number above %g, at most %g", option, text, min, max);
	return 0;
}

static int take_job(void *arguments, const char *option, const char *text, struct err *e)
{
	struct arguments *a = arguments;

	if (read_share(option, text, 0, 1000, &a->options.job_share, e))
		return -1;
	a->options.job_share /= 100;
	return 0;
}

static int take_blackout(void *arguments, const char *option, const char *text, struct err *e)
{
	struct arguments *a = arguments;

	if (units_parse(UNIT_TIME, text, &a->options.blackout_ns, e))
		return err_prefix(e, "%s", option);
	return a->options.blackout_ns > 0
		       ? 0
		       : err_set(e, "%s %s: must be a time above 0", option, text);
}

static int take_alpha(void *arguments, const char *option, const char *text, struct err *e)
{
	struct arguments *a = arguments;

	return read_share(option, text, 0, 0.5, &a->options.alpha, e);
}

static int take_seed(void *arguments, const char *option, const char *text, struct err *e)
{
	struct arguments *a = arguments;

	return seed_parse(option, text, &a->options.seed, e);
}

static const struct command_option options[] = {
	{.letter = 'o',
		.argument = "OUT",
		.offers = "folder",
		.help = "write compare.txt, compare.csv, compare.md, junit.xml and a chart there",
		.offset = offsetof(struct arguments, out)},
	{.name = "job",
		.argument = "PERCENT",
		.take = take_job,
		.help = "smallest difference of the job time that matters (default: 10)"},
	{.name = "blackout",
		.argument = "TIME",
		.take = take_blackout,
		.help = "smallest difference of a blackout that matters (default: 200 ms)"},
	{.name = "alpha",
		.argument = "SHARE",
		.take = take_alpha,
		.help = "share of comparisons that may be false alarms (default: 0.01)"},
	{.name = "seed",
		.argument = "N",
		.take = take_seed,
		.help = "seed of the random permutations (default: 1)"},
	{.name = "force",
		.help = "compare folders that are not comparable",
		.offset = offsetof(struct arguments, force)},
};
const struct command_syntax compare_syntax = {
	.name = "compare",
	.summary = "judge whether newer runs are worse than older ones (compare --help)",
	.forms = {"[-o] [--job] [--blackout] [--alpha] [--seed] [--force] BASE... NEW"},
	.brief = "[-o] BASE... NEW",
	.offers = "csv",
	.about = "  Judges whether the runs in NEW are worse than those in BASE (several: the last "
		 "good ones).\n  Each is a result folder, or a runs.csv. No VM is touched.\n",
	.options = options,
	.option_count = ARRAY_SIZE(options),
	.notes =
		"Exit status: 0 no regression; 1 a regression; 2 usage, or not comparable; 3 cannot tell.\n"
		"\n"
		"  blackout compare results/main results/mine\n"
		"  blackout compare -o gate results/mon results/tue results/wed results/now\n",
};

static int read_arguments(int argc, char **argv, struct arguments *a, struct err *e)
{
	int rc = options_read(&compare_syntax, argc, argv, a, e);

	if (rc)
		return rc;
	if (argc - optind < 2)
		return -1;
	a->base = (const char *const *)argv + optind;
	a->base_count = (size_t)(argc - optind - 1);
	a->fresh = argv[argc - 1];
	return 0;
}

static int write_to(const char *out, const struct comparison *comparison,
	const struct compare_labels *labels, char note[static REPORT_NOTE_MAX], struct err *e)
{
	struct directory dir;
	int rc = directory_make(&dir, out, e) || compare_write(comparison, labels, &dir, note, e);

	directory_close(&dir);
	return rc ? -1 : 0;
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
	if (comparison_print(comparison, &labels, e) ||
		(a->out && write_to(a->out, comparison, &labels, note, e)))
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
	compare_input_release(&input);
	return status;
}

int cmd_compare(int argc, char **argv)
{
	struct arguments a = {.options = compare_defaults};
	enum status status = STATUS_USAGE;
	struct err e = {0};
	int rc = read_arguments(argc, argv, &a, &e);

	if (rc > 0)
		return STATUS_PASS;
	if (!rc)
		status = compare(&a, &e);
	if (*e.text)
		fprintf(stderr, "blackout compare: %s\n", e.text);
	else if (rc)
		options_help(&compare_syntax, stderr);
	return (int)status;
}
