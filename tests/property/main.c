/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The property: the truth of every generated series lies in [lo, hi], no verdict contradicts it,
 * and undisturbed series decide. Also counts how many of these have a narrow hi.
 *
 *	property [--series N] [--seed S] [--path NAME] [--one SEED] [--verbose]
 *		[--undecided] [--keep]
 *
 * A violation is printed with its path and seed; --path NAME --one SEED generates that series
 * again, --keep keeps its folder. --undecided prints the series that should be decided and are not.
 * Exit status 1 if there was a violation.
 */
#include "tests/property/paths.h"
#include "tests/property/selfcheck.h"

#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

const struct path paths[] = {
	{"singly", path_singly, 10},
	{"killed", path_killed, 8},
	{"segments", path_segments, 8},
	{"suspend", path_suspend, 8},
	{"fast", path_fast, 8},
	{"fleet", path_fleet, 10},
	{"window", path_window, 10},
	{"witnesses", path_witnesses, 10},
	{"capture-plain", path_capture_plain, 10},
	{"capture-steps", path_capture_steps, 10},
	{"capture-idents", path_capture_idents, 10},
	{"capture-disorder", path_capture_disorder, 8},
	{"capture-loss", path_capture_loss, 8},
	{"capture-all", path_capture_all, 10},
};
const size_t path_count = ARRAY_SIZE(paths);

struct options {
	unsigned long series;
	uint64_t seed, one;
	const char *path;
	bool only_one, verbose, undecided, keep;
};

static void execute_trial(
	const struct path *path, uint64_t seed, const struct options *o, struct tally *tally)
{
	struct scratch scratch;
	struct dice dice = {seed};
	struct trial trial = {.path = path->name,
		.seed = seed,
		.tally = tally,
		.verbose = o->verbose || o->only_one,
		.undecided = o->undecided,
		.dice = &dice,
		.scratch = &scratch};

	scratch_open(&scratch);
	path->execute(&trial);
	if (o->keep)
		printf("folder: %s\n", scratch.dir);
	else
		scratch_close(&scratch);
}

static void execute_path(
	const struct path *path, unsigned long series, const struct options *o, struct tally *tally)
{
	struct dice seeds = {o->seed};

	/* Each path has its own seeds. */
	for (const char *c = path->name; *c; c++)
		seeds.state = seeds.state * 31 + (unsigned char)*c;
	if (o->only_one)
		execute_trial(path, o->one, o, tally);
	while (!o->only_one && tally->series < series)
		execute_trial(path, dice_next(&seeds) >> 32, o, tally);
}

static void print_row(const char *name, const struct tally *n)
{
	printf("%-18s %8lu %8lu %8lu %8lu %8lu %8lu", name, n->series, n->above, n->below, n->wrong,
		n->unread, n->deciding);
	if (n->deciding)
		printf(" %7.1f %% %7.1f %%", 100.0 * (double)n->decided / (double)n->deciding,
			100.0 * (double)n->decidable / (double)n->deciding);
	printf("\n");
}

static unsigned long violations(const struct tally *n)
{
	return n->above + n->below + n->wrong + n->unread + n->inconsistent;
}

static void usage(void)
{
	fprintf(stderr, "usage: property [--series N] [--seed S] [--path NAME] [--one SEED] "
			"[--verbose] [--undecided] [--keep]\npaths:");
	for (size_t i = 0; i < path_count; i++)
		fprintf(stderr, " %s", paths[i].name);
	fprintf(stderr, "\n");
	exit(2);
}

static void read_options(struct options *o, int argc, char **argv)
{
	*o = (struct options){.series = 2000, .seed = 1};
	for (int i = 1; i < argc; i++) {
		const char *value = i + 1 < argc ? argv[i + 1] : NULL;

		if (strcmp(argv[i], "--verbose") == 0) {
			o->verbose = true;
			continue;
		}
		if (strcmp(argv[i], "--undecided") == 0) {
			o->undecided = true;
			continue;
		}
		if (strcmp(argv[i], "--keep") == 0) {
			o->keep = true;
			continue;
		}
		if (!value)
			usage();
		if (strcmp(argv[i], "--series") == 0)
			o->series = strtoul(value, NULL, 10);
		else if (strcmp(argv[i], "--seed") == 0)
			o->seed = strtoull(value, NULL, 10);
		else if (strcmp(argv[i], "--path") == 0)
			o->path = value;
		else if (strcmp(argv[i], "--one") == 0) {
			o->one = strtoull(value, NULL, 10);
			o->only_one = true;
		} else
			usage();
		i++;
	}
	if (o->only_one && !o->path)
		usage();
}

static unsigned total_weight(const struct options *o)
{
	unsigned sum = 0;

	for (size_t i = 0; i < path_count; i++)
		if (!o->path || strcmp(o->path, paths[i].name) == 0)
			sum += paths[i].weight;
	if (!sum)
		usage();
	return sum;
}

int main(int argc, char **argv)
{
	struct options o;
	struct tally sum = {0}, tallies[ARRAY_SIZE(paths)] = {{0}};
	unsigned weight;

	/* If the reader of the output exits, the scratch folder is still removed. */
	signal(SIGPIPE, SIG_IGN);
	read_options(&o, argc, argv);
	weight = total_weight(&o);
	if (oracle_self_check())
		return 1;
	for (size_t i = 0; i < path_count; i++)
		if (!o.path || strcmp(o.path, paths[i].name) == 0)
			execute_path(&paths[i], (o.series * paths[i].weight + weight - 1) / weight,
				&o, &tallies[i]);
	printf("%-18s %8s %8s %8s %8s %8s %8s %9s %9s\n", "path", "series", "lo>truth", "hi<truth",
		"verdict", "unread", "bounds", "decide", "ideally");
	for (size_t i = 0; i < path_count; i++) {
		const struct tally *n = &tallies[i];

		if (!n->series)
			continue;
		print_row(paths[i].name, n);
		sum.series += n->series;
		sum.above += n->above;
		sum.below += n->below;
		sum.wrong += n->wrong;
		sum.unread += n->unread;
		sum.deciding += n->deciding;
		sum.decided += n->decided;
		sum.decidable += n->decidable;
		sum.inconsistent += n->inconsistent;
		sum.measured += n->measured;
		sum.narrow += n->narrow;
	}
	print_row("all", &sum);
	if (sum.inconsistent)
		printf("property: oracle and ideal observer contradict each other %lu times\n",
			sum.inconsistent);
	printf("property: %lu of %lu undisturbed series with hi within half a pace of an ideal "
	       "one\n",
		sum.narrow, sum.measured);
	printf("property: %lu series, %lu violations\n", sum.series, violations(&sum));
	return violations(&sum) > 0;
}
