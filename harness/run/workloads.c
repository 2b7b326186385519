/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Workloads in a run: started before the move, ended and verified after it; and the guest's clock,
 * read before and after. A workload's failure is a fact, never an error of the run.
 */
#include "harness/run/internal.h"

#include "harness/ops/agent_responses.h"

#include <inttypes.h>

/* A workload that does not respond for this long is no longer waited for. */
#define SILENT_NS (60 * NS_PER_S)
/* Time limit of verifying pages or files. */
#define VERIFY_NS (300 * NS_PER_S)

/* A workload's channel to its agent, in the VM's coroutine. */
static int ask(void *ctx, const char *request, char *response, size_t size, int64_t timeout_ns,
	struct err *e)
{
	struct agent_exchange exchange = {.request = request, .limit_ns = timeout_ns};
	int rc = run_agent_ask(ctx, &exchange, e);

	if (rc > 0)
		*e = exchange.error;
	if (rc == 0)
		snprintf(response, size, "%s", exchange.response);
	return rc ? -1 : 0;
}

/* Checks the agent's version, as guest and program may be of different builds, and its disk. */
static int check_agent(struct vm_run *vm, bool needs_disk, struct err *e)
{
	char response[AGENT_LINE_MAX];
	struct agent_hello hello;

	if (ask(vm, "hello", response, sizeof(response), AGENT_TIMEOUT_NS, e))
		return -1;
	if (agent_hello_parse(response, &hello, e))
		return err_prefix(e, "VM %s", vm->spec.name);
	if (hello.version != AGENT_VERSION)
		return err_set(e,
			"VM %s: its agent speaks version %" PRId64
			", this program version %d (`make guest` builds a new image of the guest)",
			vm->spec.name, hello.version == NS_NONE ? 0 : hello.version, AGENT_VERSION);
	if (needs_disk && !hello.disk)
		return err_set(e,
			"VM %s: its agent has no disk to install on (see the guest's console log; "
			"`make guest` builds a new image)",
			vm->spec.name);
	return 0;
}

int run_workloads_prepare(struct vm_run *vm, struct err *e)
{
	bool needs_agent = false, needs_disk = false;

	run_workloads_close(vm);
	vm->workload_count = workload_collect(
		vm->state->components->workloads, vm->run->plan_case, vm->section, vm->workloads);
	for (size_t i = 0; i < vm->workload_count; i++) {
		struct workload *workload = &vm->workloads[i];

		snprintf(workload->address, sizeof(workload->address), "%s", vm->spec.address);
		workload->channel = (struct workload_channel){.ask = ask, .ctx = vm};
		needs_agent |= workload->ops->component->workload.agent;
		needs_disk |= workload->ops->component->workload.size != NULL;
	}
	if (!needs_agent)
		return 0;
	if (!run_has_agent(vm))
		return err_set(e,
			"VM %s has no agent to carry out its workload (kind = command runs a "
			"program of your own instead)",
			vm->spec.name);
	return check_agent(vm, needs_disk, e);
}

void run_workloads_close(struct vm_run *vm)
{
	run_workloads_end_poll(vm);
	for (size_t i = 0; i < vm->workload_count; i++)
		if (vm->workloads[i].ops->close)
			vm->workloads[i].ops->close(&vm->workloads[i]);
	vm->workload_count = 0;
}

static void begin_fact(struct vm_run *vm, const struct workload *workload)
{
	RUN_FACT(vm, FACT_WORKLOAD, FS(FIELD_NAME, workload->name),
		FS(FIELD_WHAT, workload_event_name(WORKLOAD_EVENT_START)),
		FS(FIELD_KIND, workload->ops->component->name),
		FS(FIELD_CASE, vm->run->plan_case->name), FI(FIELD_RUN, vm->run->run),
		FS(FIELD_VM, vm->spec.name), FB(FIELD_MOVED, !vm->run->unmoved),
		FI(FIELD_BYTES, workload->bytes), FI(FIELD_ASKED_RATE, workload->rate_bytes_per_s),
		FI(FIELD_SET, workload->set_bytes));
}

static int begin_workloads(struct vm_run *vm, struct err *e)
{
	for (size_t i = 0; i < vm->workload_count; i++) {
		struct workload *workload = &vm->workloads[i];
		struct err ignored;

		if (vm->polled[i].begun)
			continue;
		if (workload->ops->start(workload, e)) {
			/* If only the response was lost, the guest has started the workload and
			 * would refuse the next start. */
			workload->ops->stop(workload, &ignored);
			return err_prefix(e, "workload %s cannot be started", workload->name);
		}
		vm->polled[i] = (struct polled_workload){.begun = true,
			.status = {.state = WORKLOAD_RUNNING},
			.begun_ns = now_of(vm),
			.heard_ns = now_of(vm)};
		begin_fact(vm, workload);
	}
	return 0;
}

int step_workload(struct vm_run *vm, const struct step *step, struct err *e)
{
	for (size_t i = 0; i < vm->workload_count; i++)
		vm->polled[i] = (struct polled_workload){.begun = false};
	if (run_retry(vm, begin_workloads, e))
		return -1;
	return run_wait(vm, now_of(vm) + step->limit_ns, NULL, e);
}

/* True if each awaited workload is over, unresponsive for SILENT_NS, or at its time limit. */
static bool workloads_over(struct vm_run *vm)
{
	int64_t now = now_of(vm);

	for (size_t i = 0; i < vm->workload_count; i++) {
		const struct polled_workload *w = &vm->polled[i];

		if (w->awaited && !workload_over(w->status.state) &&
			now - w->heard_ns < SILENT_NS && now < w->until_ns)
			return false;
	}
	return true;
}

static void end_fact(struct vm_run *vm, size_t i, enum workload_state end, const char *why)
{
	RUN_FACT(vm, FACT_WORKLOAD, FS(FIELD_NAME, vm->workloads[i].name),
		FS(FIELD_WHAT, workload_event_name(WORKLOAD_EVENT_END)),
		FS(FIELD_STATE, workload_state_name(end)), FS(FIELD_WHY, why));
	progress_event(vm->state->view, "  %s%s: %s: %s", vm->prefix, vm->workloads[i].name,
		workload_state_name(end), why);
}

void run_workloads_stop(struct vm_run *vm)
{
	struct err ignored;

	for (size_t i = 0; i < vm->workload_count; i++) {
		if (!vm->polled[i].begun)
			continue;
		vm->polled[i].begun = false;
		vm->workloads[i].ops->stop(&vm->workloads[i], &ignored);
		/* An unmoved run gets no event `end`, so that a resume repeats it. */
		if (!vm->run->unmoved)
			end_fact(vm, i, WORKLOAD_STOPPED, "its run could not be set up");
	}
}

static void record_end(struct vm_run *vm, size_t i)
{
	struct workload *workload = &vm->workloads[i];
	struct polled_workload *w = &vm->polled[i];
	char why[320], limit[48];
	struct err e = {0};

	w->begun = false;
	if (w->cannot_verify) {
		/* A status from before the move does not show whether the move did damage. */
		snprintf(why, sizeof(why), "it could not be verified: %.255s", w->error);
		end_fact(vm, i, WORKLOAD_UNKNOWN, why);
	} else if (workload_over(w->status.state)) {
		run_workload_write(vm, workload, WORKLOAD_EVENT_END, &w->status);
		progress_event(vm->state->view, "  %s%s: %s%s%s%s%s", vm->prefix, workload->name,
			workload_state_name(w->status.state), *w->status.file ? ": " : "",
			w->status.file, *w->status.why ? ": " : "", w->status.why);
	} else if (now_of(vm) - w->heard_ns >= SILENT_NS) {
		snprintf(why, sizeof(why), "it stopped responding: %.255s", w->error);
		end_fact(vm, i, WORKLOAD_UNKNOWN, why);
	} else {
		units_format(UNIT_TIME, w->limit_ns, limit, sizeof(limit));
		snprintf(why, sizeof(why),
			"%s was not over after %.1f s (its limit is %s), and was stopped",
			w->verifying ? "its verification" : "it",
			(double)(now_of(vm) - (w->until_ns - w->limit_ns)) / (double)NS_PER_S,
			limit);
		end_fact(vm, i, WORKLOAD_TIMED_OUT, why);
	}
	if (workload->ops->stop(workload, &e))
		progress_event(vm->state->view, "  %s%s cannot be stopped: %s", vm->prefix,
			workload->name, e.text);
}

/*
 * Starts to verify a workload that ended correctly before the move did, or that is not finite. A
 * workload that ended otherwise is not verified: files that it never wrote would count as damage.
 */
static bool begin_verify(struct vm_run *vm, size_t i)
{
	struct workload *workload = &vm->workloads[i];
	struct polled_workload *w = &vm->polled[i];
	struct err e = {0};

	if (workload_over(w->status.state) && w->status.state != WORKLOAD_CORRECT &&
		w->status.state > WORKLOAD_NONE)
		return false;
	if (workload->ops->verify(workload, &e)) {
		w->cannot_verify = true;
		snprintf(w->error, sizeof(w->error), "%.255s", e.text);
		return false;
	}
	w->awaited = w->verifying = true;
	w->status.state = WORKLOAD_VERIFYING;
	w->heard_ns = now_of(vm);
	w->limit_ns = VERIFY_NS;
	w->until_ns = w->heard_ns + w->limit_ns;
	return true;
}

/* Reads the last statuses, which have the rate until verification, then verifies what it can. */
static int verify_early(struct vm_run *vm, struct err *e)
{
	bool any = false;

	for (size_t i = 0; i < vm->workload_count; i++) {
		struct polled_workload *w = &vm->polled[i];

		if (!w->begun)
			continue;
		run_workload_read(vm, i, AGENT_TIMEOUT_NS);
		if (vm->workloads[i].ops->component->workload.finite &&
			!workload_over(w->status.state))
			continue; /* the guest verifies it by itself once all is written */
		any |= begin_verify(vm, i);
	}
	return any ? run_wait(vm, now_of(vm) + VERIFY_NS, workloads_over, e) : 0;
}

int step_workload_end(struct vm_run *vm, struct err *e)
{
	int64_t until_ns = 0;

	if (verify_early(vm, e))
		return -1;
	for (size_t i = 0; i < vm->workload_count; i++) {
		struct polled_workload *w = &vm->polled[i];

		if (!w->begun || !vm->workloads[i].ops->component->workload.finite ||
			w->verifying || workload_over(w->status.state))
			continue;
		w->awaited = true;
		w->limit_ns = vm->workloads[i].timeout_ns;
		w->until_ns = w->begun_ns + w->limit_ns;
		until_ns = ns_max(w->until_ns, until_ns);
	}
	if (run_wait(vm, until_ns, workloads_over, e))
		return -1;
	for (size_t i = 0; i < vm->workload_count; i++)
		if (vm->polled[i].begun)
			record_end(vm, i);
	return 0;
}

/*
 * This machine's clock is read before and after the guest's. Writes no fact if the agent does not
 * report its clocks.
 */
int run_guest_clock_record(struct vm_run *vm, enum clock_reading reading, struct err *e)
{
	struct agent_exchange reset = {.request = "clock reset", .limit_ns = AGENT_TIMEOUT_NS};
	struct agent_exchange read = {.request = "clock", .limit_ns = AGENT_TIMEOUT_NS};
	struct agent_clock clock;
	struct err ignored = {0};
	int rc;

	if (!run_has_agent(vm))
		return 0;
	rc = reading == CLOCK_BEFORE ? run_agent_ask(vm, &reset, e) : 0;
	if (rc == 0)
		rc = run_agent_ask(vm, &read, e);
	if (rc || agent_clock_parse(read.response, &clock, &ignored))
		return rc < 0 ? -1 : 0;
	RUN_FACT(vm, FACT_GUEST_CLOCK, FS(FIELD_WHAT, clock_reading_name(reading)),
		FI(FIELD_ASKED, read.asked_ns), FI(FIELD_TOLD, read.told_ns),
		FI(FIELD_MONO, clock.mono_ns), FI(FIELD_WALL, clock.wall_ns),
		FI(FIELD_JUMP, clock.jump_ns), FI(FIELD_JUMP_AT, clock.jump_at_ns));
	return 0;
}
