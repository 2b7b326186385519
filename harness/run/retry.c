/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Repeats steps of the set-up, and collects the runs that could not be set up, with the reasons. */
#include "harness/run/internal.h"
#include "harness/plan/settings.h"

#include <string.h>

#define RETRY_NS NS_PER_S

int64_t run_answer_ns(const struct vm_run *vm)
{
	return plan_settings_of(vm->state->plan).answer_ns;
}

int run_set_up_failed(struct vm_run *vm, const struct err *e)
{
	if (vm->state->status == STATUS_PASS)
		vm->state->status =
			run_interrupted() ? STATUS_INTERRUPTED : err_status(e, STATUS_PASS);
	vm->set_up_failed = vm->state->status == STATUS_PASS;
	return -1;
}

int run_retry(struct vm_run *vm, int (*attempt)(struct vm_run *, struct err *), struct err *e)
{
	int64_t until_ns = now_of(vm) + run_answer_ns(vm);
	struct err ignored = {0}, wait_error = {0};
	bool reported = false;
	int rc;

	while ((rc = attempt(vm, e))) {
		int64_t now = now_of(vm);

		if (vm->state->status != STATUS_PASS)
			return -1;
		if (rc > 0 || now >= until_ns)
			return run_set_up_failed(vm, e);
		if (!reported)
			progress_event(vm->state->view, "  %.440s; trying again", e->text);
		reported = true;
		if (run_wait(vm, now + RETRY_NS, NULL, &wait_error)) {
			*e = wait_error;
			return -1;
		}
		vm->state->driver_ops->reconnect(vm->state->driver, &ignored);
	}
	return 0;
}

void run_failure_add(struct run_state *state, const struct scenario_run *run, const struct err *e)
{
	struct run_failure *failure = &state->failures[state->failure_count++];

	snprintf(failure->run, sizeof(failure->run), "%.48s run %zu", run->plan_case->name,
		run->run);
	snprintf(failure->why, sizeof(failure->why), "%.199s", e->text);
}

int run_failures_describe(const struct run_state *state, const char *what, struct err *e)
{
	char text[sizeof(e->text)] = "";
	size_t used = 0;

	for (size_t i = 0; i < state->failure_count && used < sizeof(text); i++) {
		const struct run_failure *f = &state->failures[i];
		bool same = i > 0 && strcmp(f->why, state->failures[i - 1].why) == 0;
		int n = snprintf(text + used, sizeof(text) - used, "%s%s: %s", i ? "; " : "",
			f->run, same ? "the same" : f->why);

		used += n > 0 ? (size_t)n : 0;
	}
	return err_set(e,
		"%s (%.800s): remove the cause, then continue: blackout run --resume %.100s", what,
		text, state->dir);
}
