/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The status of a run's workloads: read again and again while the VM moves, and written as facts. A
 * thread waits for the guest's agent, because a VM that is silent does not respond.
 */
#include "harness/run/background.h"
#include "harness/run/internal.h"

#include <stdlib.h>

#define STATUS_POLL_NS (500 * NS_PER_MS)
/* Short: a paused VM does not respond, and the next poll comes soon. */
#define STATUS_TIMEOUT_NS (300 * NS_PER_MS)

/* Values that the guest did not report are left out. */
void run_workload_write(struct vm_run *vm, const struct workload *workload,
	enum workload_event event, const struct workload_status *s)
{
	struct fact_field fields[FACT_FIELDS_MAX];
	size_t n = 0;

	fields[n++] = (struct fact_field)FS(FIELD_NAME, workload->name);
	fields[n++] = (struct fact_field)FS(FIELD_WHAT, workload_event_name(event));
	fields[n++] = (struct fact_field)FS(FIELD_STATE, workload_state_name(s->state));
	if (s->percent >= 0)
		fields[n++] = (struct fact_field)FI(FIELD_PERCENT, s->percent);
	if (s->done_bytes != NS_NONE)
		fields[n++] = (struct fact_field)FI(FIELD_DONE, s->done_bytes);
	if (s->files != NS_NONE)
		fields[n++] = (struct fact_field)FI(FIELD_FILES, s->files);
	if (s->elapsed_ns != NS_NONE)
		fields[n++] = (struct fact_field)FI(FIELD_ELAPSED, s->elapsed_ns);
	if (s->rate_bytes_per_s != NS_NONE)
		fields[n++] = (struct fact_field)FI(FIELD_RATE, s->rate_bytes_per_s);
	if (s->held >= 0)
		fields[n++] = (struct fact_field)FB(FIELD_HELD, s->held);
	if (s->bad != NS_NONE)
		fields[n++] = (struct fact_field)FI(FIELD_BAD, s->bad);
	if (*s->file)
		fields[n++] = (struct fact_field)FS(FIELD_FILE, s->file);
	if (*s->why)
		fields[n++] = (struct fact_field)FS(FIELD_WHY, s->why);
	fact_write(vm->state->log, now_of(vm), FACT_WORKLOAD, vm->subject, fields, n);
}

/* A workload's channel to its agent, in a thread. */
static int ask_and_wait(void *ctx, const char *request, char *response, size_t size,
	int64_t timeout_ns, struct err *e)
{
	struct vm_run *vm = ctx;

	return vm->state->driver_ops->agent(
		vm->state->driver, vm->spec.name, request, response, size, timeout_ns, e);
}

/* A reading of a workload's status. */
struct reading {
	int rc;
	struct workload_status status;
	int64_t heard_ns;
	struct err e;
};

static void read_status(
	struct vm_run *vm, struct workload *workload, int64_t timeout_ns, struct reading *reading)
{
	*reading = (struct reading){0};
	reading->rc = workload->ops->status(workload, &reading->status, timeout_ns, &reading->e);
	reading->heard_ns = now_of(vm);
}

/* Notes what was read of a workload, and writes its status. */
static void take_reading(struct vm_run *vm, size_t i, const struct reading *reading)
{
	struct polled_workload *polled = &vm->polled[i];
	enum workload_state before = polled->status.state, now = reading->status.state;

	if (reading->rc) {
		snprintf(polled->error, sizeof(polled->error), "%.255s", reading->e.text);
		return;
	}
	polled->status = reading->status;
	polled->heard_ns = reading->heard_ns;
	/* The event `end` is written after the move, because the workload may be verified again. */
	run_workload_write(vm, &vm->workloads[i],
		workload_over(now)                                        ? WORKLOAD_EVENT_OVER
		: before == WORKLOAD_RUNNING && now == WORKLOAD_VERIFYING ? WORKLOAD_EVENT_WRITTEN
									  : WORKLOAD_EVENT_PROGRESS,
		&polled->status);
}

void run_workload_read(struct vm_run *vm, size_t i, int64_t timeout_ns)
{
	struct reading reading;

	read_status(vm, &vm->workloads[i], timeout_ns, &reading);
	take_reading(vm, i, &reading);
}

static bool is_active(const struct vm_run *vm, size_t i)
{
	return vm->polled[i].begun && !vm->polled[i].cannot_verify &&
	       !workload_over(vm->polled[i].status.state);
}

/* A poll of a VM's active workloads, by a thread. */
struct workload_poll {
	struct vm_run *vm;
	struct background work;
	/* Copies, whose channels wait in the thread. */
	struct workload workloads[WORKLOADS_MAX];
	bool active[WORKLOADS_MAX];
	struct reading readings[WORKLOADS_MAX];
};

static void read_all(void *ctx)
{
	struct workload_poll *poll = ctx;

	for (size_t i = 0; i < WORKLOADS_MAX; i++)
		if (poll->active[i])
			read_status(poll->vm, &poll->workloads[i], STATUS_TIMEOUT_NS,
				&poll->readings[i]);
}

/* Begins a poll of the workloads that the guest's agent carries out, and reads the others. */
static void begin_poll(struct vm_run *vm)
{
	struct workload_poll *poll = calloc(1, sizeof(*poll));
	bool any = false;

	if (!poll)
		return; /* the next one may have memory */
	poll->vm = vm;
	for (size_t i = 0; i < vm->workload_count; i++) {
		if (!is_active(vm, i))
			continue;
		if (!vm->workloads[i].ops->component->workload.agent) {
			run_workload_read(vm, i, STATUS_TIMEOUT_NS);
			continue;
		}
		poll->workloads[i] = vm->workloads[i];
		poll->workloads[i].channel.ask = ask_and_wait;
		any = poll->active[i] = true;
	}
	if (!any) {
		free(poll);
		return;
	}
	vm->poll = poll;
	background_begin(&poll->work, vm->state->driver_ops->agent_at_once, read_all, poll);
}

void run_workloads_end_poll(struct vm_run *vm)
{
	struct workload_poll *poll = vm->poll;

	if (!poll)
		return;
	background_end(&poll->work);
	vm->poll = NULL;
	for (size_t i = 0; i < vm->workload_count; i++)
		if (poll->active[i] && is_active(vm, i))
			take_reading(vm, i, &poll->readings[i]);
	free(poll);
}

void run_workloads_poll(struct vm_run *vm)
{
	int64_t now = now_of(vm);

	if (!vm->poll && !vm->agent_call && now >= vm->workloads_polled_ns + STATUS_POLL_NS) {
		vm->workloads_polled_ns = now;
		begin_poll(vm);
	}
	if (vm->poll && background_wait(&vm->poll->work, 0))
		run_workloads_end_poll(vm);
}
