/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Compares, runs suspicious cases again, decides: see regression_gate.h. */
#include "tools/commands/regression_gate.h"

#include "harness/base/process.h"
#include "harness/base/stop.h"
#include "tools/commands/compare_input.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Interval at which a second run is polled, and a stop request passed on to it. */
#define POLL_NS (50 * NS_PER_MS)

static bool suspected_in(const struct compared_case *c, enum measure m)
{
	enum change change = c->measure[m].change;

	return change == CHANGE_WORSE || change == CHANGE_SUSPICIOUS || change == CHANGE_TOO_FEW;
}

/* A case that is worse by verdict, outcome or integrity counts without a second run. */
static bool wants_second(const struct compared_case *c)
{
	return !*c->worse && (suspected_in(c, MEASURE_JOB) || suspected_in(c, MEASURE_BLACKOUT));
}

/* The state of the gate. */
struct gate {
	const char *dir;
	const char *const *base;
	size_t base_count;
	const struct secrets *secrets;
	struct compare_options options;
	struct compare_input *again; /* of the second runs; comparisons keep pointers into it */
	size_t again_count;
};

/*
 * Waits until the second run's process ends. A stop request is passed on to it once; it then
 * cancels its move and ends.
 */
static int wait_again(pid_t pid, int *status)
{
	const struct timespec pause = {.tv_nsec = POLL_NS};
	bool passed_on = false;
	pid_t ended;

	while ((ended = waitpid(pid, status, WNOHANG)) == 0 || (ended < 0 && errno == EINTR)) {
		if (stop_asked() && !passed_on)
			passed_on = kill(pid, SIGTERM) == 0;
		nanosleep(&pause, NULL);
	}
	return ended < 0 ? -1 : 0;
}

/*
 * Runs one case again. The plan is the folder's copy: the user's file may have been a pipe, or
 * edited since. The run is a new process: stations must be forked before libvirt starts threads,
 * and in this process it has.
 */
static enum status run_again(
	const struct gate *g, const char *case_name, const char *dir, struct err *e)
{
	char plan[PATH_MAX], **environment = secrets_environment_of_blackout(g->secrets);
	const char *const argv[] = {
		"/proc/self/exe", "run", plan, "-o", dir, "--only", case_name, NULL};
	const struct program program = {.argv = argv,
		.environment = environment,
		.in = STDIN_FILENO,
		.out = STDOUT_FILENO,
		.error = STDERR_FILENO,
		.death_signal = SIGTERM};
	enum status ended;
	int status, rc;
	pid_t pid;

	if (path_join(plan, sizeof(plan), g->dir, "facts/plan.ini")) {
		free(environment);
		err_set(e, "%s: name too long", g->dir);
		return STATUS_SETUP;
	}
	rc = environment ? program_start(&program, &pid) : -1;
	free(environment);
	if (rc) {
		err_errno(e, "%s cannot be run again", case_name);
		return STATUS_SETUP;
	}
	if (wait_again(pid, &status)) {
		err_errno(e, "the second run of %s cannot be waited for", case_name);
		return STATUS_BROKE_OFF;
	}
	if (WIFEXITED(status)) {
		ended = (enum status)WEXITSTATUS(status);
		/* The plan itself was valid before, so USAGE must have another cause. */
		return ended == STATUS_USAGE ? STATUS_SETUP : ended;
	}
	if (stop_asked())
		return STATUS_INTERRUPTED;
	err_set(e, "the second run of %s was ended by signal %d", case_name, WTERMSIG(status));
	return STATUS_BROKE_OFF;
}

static const struct compared_case *case_of(const struct comparison *comparison, const char *name)
{
	for (size_t i = 0; i < comparison->count; i++)
		if (strcmp(comparison->cases[i].name, name) == 0)
			return &comparison->cases[i];
	return NULL;
}

/* Compares the bases with the runs of `dir`, and of `more` if it is not NULL. 0 or -1. */
static int compare_with(struct compare_input *input, struct comparison **comparison,
	const struct gate *g, const char *dir, const char *more, struct err *e)
{
	*comparison = NULL;
	if (compare_input_read(input, g->base, g->base_count, dir, e))
		return -1;
	if (compare_input_check(input, false, e) || (more && compare_input_add(input, more, e)) ||
		comparison_new(comparison, &input->base, &input->fresh, &g->options, e)) {
		compare_input_release(input);
		return -1;
	}
	return 0;
}

/*
 * The change of a measure after the second run `a`. A regression is confirmed if the shift matters
 * in the second run alone, and both runs together are WORSE. Writes the explanation to
 * first->second_run.
 */
static enum change second_change(struct compared *first, const struct compared *a,
	const struct compared *both, bool suspected)
{
	char *words = first->second_run;
	size_t size = sizeof(first->second_run);
	const char *open = both->change == CHANGE_TOO_FEW ? "and both are too few to decide"
			   : both->change == CHANGE_UNCLEAR
				   ? "but the measured intervals leave it open"
			   : both->change == CHANGE_WORSE && first->change == CHANGE_UNMEASURED
				   ? "but the first measured nothing"
				   : NULL;

	if (first->change == CHANGE_NONE || (!suspected && !(a->difference_s >= a->matters_s)))
		return first->change;
	if (isnan(a->difference_s)) {
		snprintf(words, size, "a second run measured nothing: cannot tell");
		return CHANGE_UNDECIDED;
	}
	if (a->difference_s < a->matters_s) {
		snprintf(words, size, "a second run did not show it (%+.3f s): not confirmed",
			a->difference_s);
		return CHANGE_UNCONFIRMED;
	}
	if (open) {
		snprintf(words, size, "a second run shifted by %+.3f s, %s: cannot tell",
			a->difference_s, open);
		return CHANGE_UNDECIDED;
	}
	if (both->change == CHANGE_WORSE) {
		snprintf(words, size, "CONFIRMED by a second run (%+.3f s)", a->difference_s);
		return CHANGE_WORSE;
	}
	if (!suspected)
		return first->change;
	snprintf(words, size,
		"a second run shifted by %+.3f s, but chance alone gives as much as both: not "
		"confirmed",
		a->difference_s);
	return CHANGE_UNCONFIRMED;
}

/* Replaces the first result of a case by the result after its second run. Returns its status. */
static enum status apply_second_run(struct compared_case *first, const struct compared_case *alone,
	const struct compared_case *both)
{
	enum status status =
		*first->undecided || *alone->undecided ? STATUS_UNDECIDED : STATUS_PASS;

	for (enum measure m = 0; m < MEASURES; m++) {
		struct compared *c = &first->measure[m];

		c->change = second_change(
			c, &alone->measure[m], &both->measure[m], suspected_in(first, m));
		if (c->change == CHANGE_WORSE)
			status = STATUS_FAIL;
		else if (c->change == CHANGE_UNDECIDED || c->change == CHANGE_UNCLEAR)
			status = status_more_urgent(status, STATUS_UNDECIDED);
	}
	if (!*first->undecided && *alone->undecided)
		snprintf(first->undecided, sizeof(first->undecided), "%.120s, in a second run",
			alone->undecided);
	if (!*alone->worse)
		return status;
	snprintf(first->worse, sizeof(first->worse), "%.120s, in a second run", alone->worse);
	first->bad = alone->bad;
	return STATUS_FAIL;
}

static void print_second(const struct compared_case *c)
{
	if (*c->worse)
		printf("  %s: %s (run %zu: %s)\n", c->name, c->worse, c->bad->run, c->bad->reason);
	if (*c->undecided)
		printf("  %s: %s\n", c->name, c->undecided);
	for (enum measure m = 0; m < MEASURES; m++)
		if (*c->measure[m].second_run)
			printf("  %s: %s shifted by %+.3f s: %s\n", c->name, measure_name(m),
				c->measure[m].difference_s, c->measure[m].second_run);
}

/*
 * Marks the suspicious measures of a case as undecided, because there is no second run to compare.
 */
static void leave_undecided(struct compared_case *c, const char *why)
{
	for (enum measure m = 0; m < MEASURES; m++) {
		if (!suspected_in(c, m))
			continue;
		c->measure[m].change = CHANGE_UNDECIDED;
		snprintf(c->measure[m].second_run, sizeof(c->measure[m].second_run), "%s", why);
	}
}

/* Compares the second run of a case, alone and together with the first. */
static enum status judge_again(struct gate *g, struct compared_case *first, const char *dir)
{
	struct compare_input *alone_input = &g->again[g->again_count], both_input;
	struct comparison *alone, *both;
	enum status status = STATUS_UNDECIDED;
	struct err e = {0};

	if (compare_with(alone_input, &alone, g, dir, NULL, &e) == 0) {
		g->again_count++;
		if (compare_with(&both_input, &both, g, g->dir, dir, &e) == 0) {
			status = apply_second_run(
				first, case_of(alone, first->name), case_of(both, first->name));
			comparison_free(both);
			compare_input_release(&both_input);
		}
		comparison_free(alone);
	}
	if (*e.text) {
		fprintf(stderr, "blackout: %s\n", e.text);
		leave_undecided(first, "a second run cannot be compared: cannot tell");
	}
	print_second(first);
	return status;
}

/* Runs a suspicious case again and judges it. */
static enum status run_case_again(
	struct gate *g, struct compared_case *first, size_t number, struct err *e)
{
	char name[32], dir[PATH_MAX];
	enum status status;

	snprintf(name, sizeof(name), "again-%zu", number);
	if (path_join(dir, sizeof(dir), g->dir, name)) {
		err_set(e, "%s: name too long", g->dir);
		return STATUS_SETUP;
	}
	if (stop_asked())
		return STATUS_INTERRUPTED;
	fprintf(stderr, "%s is suspicious: it is run again\n", first->name);
	status = run_again(g, first->name, dir, e);
	return status_judged(status) ? judge_again(g, first, dir) : status;
}

/* The status of a case that is not run again. */
static enum status without_again(const struct compared_case *c)
{
	if (*c->worse)
		return STATUS_FAIL;
	for (enum measure m = 0; m < MEASURES; m++)
		if (c->measure[m].change == CHANGE_UNCLEAR)
			return STATUS_UNDECIDED;
	return *c->undecided ? STATUS_UNDECIDED : STATUS_PASS;
}

static enum status judge(struct gate *g, struct comparison *first, struct err *e)
{
	enum status status = STATUS_PASS;
	size_t number = 0;

	for (size_t i = 0; i < first->count; i++) {
		struct compared_case *c = &first->cases[i];

		if (!wants_second(c)) {
			status = status_more_urgent(status, without_again(c));
			continue;
		}
		if (status_judged(status))
			status = status_more_urgent(status, run_case_again(g, c, ++number, e));
		if (!status_judged(status))
			leave_undecided(c, "no second run finished");
	}
	/* With so few runs no comparison could have found a regression, so this is no PASS. */
	if (status == STATUS_PASS && first->too_few_runs)
		status = STATUS_UNDECIDED;
	printf("gate: %s\n", status == STATUS_PASS        ? "no regression"
			     : status == STATUS_FAIL      ? "REGRESSION"
			     : status == STATUS_UNDECIDED ? "cannot tell"
							  : "did not end");
	if (fflush(stdout) && status == STATUS_PASS)
		status = STATUS_BROKE_OFF;
	return status;
}

/* Writes the comparison to DIR/compare. */
static int write_comparison(const char *dir, const struct comparison *comparison,
	const struct compare_labels *labels, char note[static REPORT_NOTE_MAX], struct err *e)
{
	struct directory results = {.fd = -1}, compare = {.fd = -1};
	int rc = directory_open(&results, dir, e) ||
		 directory_enter(&compare, &results, "compare", true, e) ||
		 compare_write(comparison, labels, &compare, note, e);

	directory_close(&compare);
	directory_close(&results);
	return rc ? -1 : 0;
}

/* Compares, judges and writes the tables; the caller catches stop requests. */
static enum status gate_folder(struct gate *g, struct err *e)
{
	char note[REPORT_NOTE_MAX];
	struct compare_input input;
	struct compare_labels labels;
	struct comparison *first;
	enum status status = STATUS_BROKE_OFF;

	if (compare_with(&input, &first, g, g->dir, NULL, e))
		return STATUS_USAGE;
	labels = (struct compare_labels){input.base_label, g->dir, &input.differences};
	g->again = calloc(first->count + 1, sizeof(*g->again));
	if (!g->again) {
		err_set(e, "out of memory");
	} else if (!comparison_print(first, &labels, e)) {
		status = first->status = judge(g, first, e);
		if (write_comparison(g->dir, first, &labels, note, e))
			status = STATUS_BROKE_OFF;
	}
	comparison_free(first);
	for (size_t i = 0; i < g->again_count; i++)
		compare_input_release(&g->again[i]);
	free(g->again);
	compare_input_release(&input);
	return status;
}

enum status regression_gate(const char *dir, const char *const *base, size_t base_count,
	bool subset, const struct secrets *secrets, struct err *e)
{
	struct gate g = {.dir = dir,
		.base = base,
		.base_count = base_count,
		.secrets = secrets,
		.options = compare_defaults};
	struct stop_saved before;
	enum status status;

	g.options.subset = subset;
	stop_catch(&before);
	status = gate_folder(&g, e);
	stop_restore(&before);
	return status;
}
