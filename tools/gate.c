/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Compare, look again, decide: see gate.h. */
#include "tools/gate.h"

#include "tools/compare_input.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static bool suspected_in(const struct compared_case *c, enum measure m)
{
	enum change change = c->measure[m].change;

	return change == CHANGE_WORSE || change == CHANGE_SUSPICIOUS || change == CHANGE_TOO_FEW;
}

/* What is compared with what, and where. */
struct gate {
	const char *plan, *dir;
	char *const *base;
	size_t base_count;
	const struct secrets *secrets;
};

/*
 * Runs one case again. By a program of its own: stations are forked before libvirt's threads are there,
 * and here they are.
 */
static enum status run_again(
	const struct gate *g, const char *case_name, const char *dir, struct err *e)
{
	char self[] = "/proc/self/exe", run[] = "run", output[] = "-o", only[] = "--only";
	char plan_copy[PATH_MAX], case_copy[512], dir_copy[PATH_MAX];
	char *argv[] = {self, run, plan_copy, output, dir_copy, only, case_copy, NULL}, **environment;
	int status, result;
	pid_t pid;

	snprintf(plan_copy, sizeof(plan_copy), "%s", g->plan);
	snprintf(case_copy, sizeof(case_copy), "%s", case_name);
	snprintf(dir_copy, sizeof(dir_copy), "%s", dir);
	environment = secrets_environment(g->secrets);
	result = environment ? posix_spawn(&pid, self, NULL, NULL, argv, environment) : ENOMEM;
	free(environment);
	if (result) {
		err_set(e, "%s cannot be run again: %s", case_name, strerror(result));
		return STATUS_SETUP;
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFEXITED(status))
		return (enum status)WEXITSTATUS(status);
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

/* The comparison of the bases with a folder's runs, and a second folder's where it is not NULL. */
static int compare_with(struct compare_input *input, struct comparison **comparison,
	const struct gate *g, const char *dir, const char *more, struct err *e)
{
	*comparison = NULL;
	if (compare_input_read(input, g->base, g->base_count, dir, e))
		return -1;
	if (compare_input_check(input, false, e) || (more && compare_input_add(input, more, e)) ||
		compare_make(comparison, &input->base, &input->fresh, &compare_defaults, e)) {
		compare_input_free(input);
		return -1;
	}
	return 0;
}

/* What a case is after its second run: as much as matters alone, and worse with the first. */
static enum status second_look(const struct compared_case *first, const struct compared_case *alone,
	const struct compared_case *both)
{
	enum status status = STATUS_PASS;

	for (enum measure m = 0; m < MEASURES; m++) {
		const struct compared *a = &alone->measure[m], *b = &both->measure[m];

		if (first->measure[m].change == CHANGE_NONE || !(a->shift_s >= a->matters_s))
			continue;
		if (b->change == CHANGE_WORSE)
			return STATUS_FAIL;
		if (b->change == CHANGE_TOO_FEW || b->change == CHANGE_UNCLEAR)
			status = STATUS_UNDECIDED;
	}
	return status;
}

static void say_second(const struct compared_case *first, const struct compared_case *alone,
	enum status status)
{
	for (enum measure m = 0; m < MEASURES; m++)
		if (suspected_in(first, m))
			printf("  %s: %s shifted by %+.3f s, run again by %+.3f s: %s\n", first->name,
				measure_name(m), first->measure[m].shift_s, alone->measure[m].shift_s,
				status == STATUS_FAIL ? "CONFIRMED"
				: status == STATUS_UNDECIDED ? "cannot tell" : "not confirmed");
}

/* Compares what the second run of a case left. */
static enum status judge_again(const struct gate *g, const struct compared_case *first,
	const char *dir, struct err *e)
{
	struct compare_input alone_input, both_input;
	struct comparison *alone, *both;
	enum status status = STATUS_USAGE;

	if (compare_with(&alone_input, &alone, g, dir, NULL, e))
		return STATUS_USAGE;
	if (compare_with(&both_input, &both, g, g->dir, dir, e) == 0) {
		const struct compared_case *a = case_of(alone, first->name);
		const struct compared_case *b = case_of(both, first->name);

		status = second_look(first, a, b);
		say_second(first, a, status);
		compare_free(both);
		compare_input_free(&both_input);
	}
	compare_free(alone);
	compare_input_free(&alone_input);
	return status;
}

/* Runs a suspicious case again and judges it. */
static enum status look_again(
	const struct gate *g, const struct compared_case *first, size_t number, struct err *e)
{
	char name[32], dir[PATH_MAX];
	enum status status;

	snprintf(name, sizeof(name), "again-%zu", number);
	if (path_join(dir, sizeof(dir), g->dir, name)) {
		err_set(e, "%s: name too long", g->dir);
		return STATUS_SETUP;
	}
	fprintf(stderr, "%s is suspicious: it is run again\n", first->name);
	status = run_again(g, first->name, dir, e);
	if (!status_judged(status))
		return status;
	return judge_again(g, first, dir, e);
}

/* What the first comparison leaves to say where no second run can change it. */
static enum status without_again(const struct compared_case *c)
{
	if (*c->worse)
		return STATUS_FAIL;
	for (enum measure m = 0; m < MEASURES; m++)
		if (c->measure[m].change == CHANGE_UNCLEAR)
			return STATUS_UNDECIDED;
	return c->undecided ? STATUS_UNDECIDED : STATUS_PASS;
}

/* What the second run did not show is no regression of the first. */
static void take_back(struct compared_case *c)
{
	for (enum measure m = 0; m < MEASURES; m++)
		if (suspected_in(c, m))
			c->measure[m].change = CHANGE_UNCONFIRMED;
}

static enum status judge(const struct gate *g, struct comparison *first, struct err *e)
{
	enum status status = STATUS_PASS;
	size_t again = 0;

	for (size_t i = 0; i < first->count; i++) {
		struct compared_case *c = &first->cases[i];
		bool suspicious = suspected_in(c, MEASURE_JOB) || suspected_in(c, MEASURE_BLACKOUT);
		enum status one = without_again(c);

		if (suspicious && one != STATUS_FAIL) {
			enum status second = look_again(g, c, ++again, e);

			if (second == STATUS_PASS)
				take_back(c);
			one = status_urgent(one, second);
		}
		status = status_urgent(status, one);
		if (!status_judged(status))
			break;
	}
	/* Nothing was suspicious, yet no outcome of so few runs could have been. */
	if (status == STATUS_PASS && !again && first->status == STATUS_UNDECIDED)
		status = STATUS_UNDECIDED;
	printf("gate: %s\n", status == STATUS_PASS ? "no regression"
		: status == STATUS_FAIL ? "REGRESSION"
		: status == STATUS_UNDECIDED ? "cannot tell" : "did not end");
	if (fflush(stdout) && status == STATUS_PASS)
		status = STATUS_BROKE_OFF;
	return status;
}

enum status gate(const char *plan, const char *dir, char *const *base, size_t base_count,
	const struct secrets *secrets, struct err *e)
{
	const struct gate g = {plan, dir, base, base_count, secrets};
	char out[PATH_MAX], note[REPORT_NOTE_MAX];
	struct compare_input input;
	struct compare_labels labels;
	struct comparison *first;
	enum status status = STATUS_BROKE_OFF;

	if (compare_with(&input, &first, &g, dir, NULL, e))
		return STATUS_USAGE;
	labels = (struct compare_labels){input.base_label, dir, &input.differences};
	if (!compare_say(first, &labels, e) && !path_join(out, sizeof(out), dir, "compare")) {
		status = first->status = judge(&g, first, e);
		if (compare_write(first, &labels, out, note, e))
			status = STATUS_BROKE_OFF;
	}
	compare_free(first);
	compare_input_free(&input);
	return status;
}
