/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Observation in the libvirt driver: events of all hosts, and a look at each watched VM on each
 * host every LV_POLL_NS. From both it follows the jobs that others started. It starts and ends
 * nothing.
 */
#include "harness/drivers/libvirt/internal.h"

#include <string.h>
#include <time.h>

/* Events and looks of one host may come after the end of the job they belong to. */
#define LATE_NS NS_PER_S
#define STATISTICS_TRIES 4

struct event_name {
	const char *what;
	const char *details[12];
};

/* Indexed by virDomainEventType and that type's own detail enumeration. */
static const struct event_name event_names[] = {
	[VIR_DOMAIN_EVENT_DEFINED] = {"defined", {"added", "updated", "renamed", "from-snapshot"}},
	[VIR_DOMAIN_EVENT_UNDEFINED] = {"undefined", {"removed", "renamed"}},
	[VIR_DOMAIN_EVENT_STARTED] = {"started",
		{"booted", "migrated", "restored", "from-snapshot", "wakeup"}},
	[VIR_DOMAIN_EVENT_SUSPENDED] = {"suspended",
		{"paused", "migrated", "ioerror", "watchdog", "restored", "from-snapshot",
			"api-error", "postcopy", "postcopy-failed"}},
	[VIR_DOMAIN_EVENT_RESUMED] = {"resumed",
		{"unpaused", "migrated", "from-snapshot", "postcopy", "postcopy-failed"}},
	[VIR_DOMAIN_EVENT_STOPPED] = {"stopped", {"shutdown", "destroyed", "crashed", "migrated",
							 "saved", "failed", "from-snapshot"}},
	[VIR_DOMAIN_EVENT_SHUTDOWN] = {"shutdown", {"finished", "guest", "host"}},
	[VIR_DOMAIN_EVENT_PMSUSPENDED] = {"pmsuspended", {"memory", "disk"}},
	[VIR_DOMAIN_EVENT_CRASHED] = {"crashed", {"panicked", "crashloaded"}},
};

static void write_event(
	struct lv_host *host, int64_t ns, const char *vm, const char *what, const char *detail)
{
	LV_FACT(host->driver, ns, FACT_EVENT, vm, FS(FIELD_HOST, host->address.name),
		FS(FIELD_WHAT, what), FS(FIELD_DETAIL, detail));
}

/* A job that somebody else started, first noticed at ns. */
static struct lv_job *follow_locked(
	struct lv_host *host, struct lv_vm *vm, int64_t ns, int64_t earliest_ns)
{
	struct driver *d = host->driver;
	struct lv_job *job = lv_job_add_locked(d, vm, host->index, ns);

	if (!job)
		return NULL;
	/* The paused copy that is coming in is where it goes to. */
	for (size_t i = 0; i < d->host_count; i++)
		if (i != host->index && vm->readings[i].state == VM_PAUSED)
			job->destination = i;
	snprintf(job->message, sizeof(job->message), "started by somebody else");
	lv_job_fact_locked(job, ns, JOB_EVENT_REQUESTED, earliest_ns);
	return job;
}

/* The job that an event on a source belongs to: the latest, or one that begins with it. */
static struct lv_job *job_of_event_locked(struct lv_host *host, struct lv_vm *vm, int64_t ns)
{
	struct lv_job *job = lv_job_latest_locked(host->driver, vm);

	if (job && (job->state == JOB_MOVING || job->ended_ns == NS_NONE ||
			   ns - job->ended_ns < LATE_NS))
		return job->source == host->index ? job : NULL;
	return follow_locked(host, vm, ns, vm->readings[host->index].asked_ns);
}

static void lifecycle_of_job_locked(
	struct lv_host *host, struct lv_vm *vm, int64_t ns, int event, int detail)
{
	struct lv_job *job;

	if (event == VIR_DOMAIN_EVENT_SUSPENDED && detail == VIR_DOMAIN_EVENT_SUSPENDED_MIGRATED) {
		job = job_of_event_locked(host, vm, ns);
		if (job && job->paused_ns == NS_NONE) {
			job->paused_ns = ns;
			lv_job_fact_locked(job, ns, JOB_EVENT_PAUSED, NS_NONE);
		}
		return;
	}
	job = lv_job_latest_locked(host->driver, vm);
	if (!job || (job->ended_ns != NS_NONE && ns - job->ended_ns >= LATE_NS))
		return;
	if (event == VIR_DOMAIN_EVENT_RESUMED && detail == VIR_DOMAIN_EVENT_RESUMED_MIGRATED &&
		host->index != job->source && job->resumed_ns == NS_NONE) {
		if (!job->ours) /* until now a guess */
			job->destination = host->index;
		job->resumed_ns = ns;
		lv_job_fact_locked(job, ns, JOB_EVENT_RESUMED, NS_NONE);
	} else if (event == VIR_DOMAIN_EVENT_STARTED &&
		   detail == VIR_DOMAIN_EVENT_STARTED_MIGRATED && host->index != job->source &&
		   job->destination == LV_NO_HOST) {
		job->destination = host->index;
	} else if (event == VIR_DOMAIN_EVENT_STOPPED &&
		   detail == VIR_DOMAIN_EVENT_STOPPED_MIGRATED && host->index == job->source) {
		job->stopped_ns = ns;
	}
}

static int on_lifecycle(
	virConnectPtr connection, virDomainPtr domain, int event, int detail, void *opaque)
{
	struct lv_host *host = opaque;
	struct driver *d = host->driver;
	int64_t now = lv_now(d);
	const char *name = virDomainGetName(domain), *detail_text = NULL;
	struct lv_vm *vm;
	char number[16];

	(void)connection;
	snprintf(number, sizeof(number), "%d", detail);
	if (event >= 0 && (size_t)event < ARRAY_SIZE(event_names) && detail >= 0 &&
		(size_t)detail < ARRAY_SIZE(event_names[0].details))
		detail_text = event_names[event].details[detail];
	pthread_mutex_lock(&d->lock);
	if (!d->abandoned) {
		write_event(host, now, name,
			event >= 0 && (size_t)event < ARRAY_SIZE(event_names)
				? event_names[event].what
				: "unknown",
			detail_text ? detail_text : number);
		vm = lv_vm_find_locked(d, name);
		if (vm)
			lifecycle_of_job_locked(host, vm, now, event, detail);
	}
	pthread_mutex_unlock(&d->lock);
	return 0;
}

/* Somebody else's job is first noticed running: what began it is its `requested`. */
static void started_locked(struct lv_job *job, int64_t ns, int64_t earliest_ns)
{
	if (job->started_ns != NS_NONE)
		return;
	job->started_ns = ns;
	if (job->ours)
		lv_job_fact_locked(job, ns, JOB_EVENT_STARTED,
			earliest_ns > job->requested_ns ? earliest_ns : job->requested_ns);
}

static void on_iteration(virConnectPtr connection, virDomainPtr domain, int iteration, void *opaque)
{
	struct lv_host *host = opaque;
	struct driver *d = host->driver;
	int64_t now = lv_now(d);
	const char *name = virDomainGetName(domain);
	struct lv_vm *vm;
	struct lv_job *job;
	char number[16];

	(void)connection;
	snprintf(number, sizeof(number), "%d", iteration);
	pthread_mutex_lock(&d->lock);
	if (!d->abandoned) {
		write_event(host, now, name, "migration-iteration", number);
		vm = lv_vm_find_locked(d, name);
		job = vm ? job_of_event_locked(host, vm, now) : NULL;
		if (job && job->copying_ns == NS_NONE) {
			started_locked(job, now, vm->readings[host->index].asked_ns);
			job->copying_ns = now;
			lv_job_fact_locked(job, now, JOB_EVENT_COPYING, NS_NONE);
		}
	}
	pthread_mutex_unlock(&d->lock);
}

static void on_job_completed(virConnectPtr connection, virDomainPtr domain,
	virTypedParameterPtr params, int count, void *opaque)
{
	struct lv_host *host = opaque;
	struct driver *d = host->driver;
	int64_t now = lv_now(d);
	const char *detail = "", *message = NULL;
	int success;

	(void)connection;
	if (virTypedParamsGetBoolean(params, count, VIR_DOMAIN_JOB_SUCCESS, &success) == 1)
		detail = success ? "success" : "failure";
	if (virTypedParamsGetString(params, count, VIR_DOMAIN_JOB_ERRMSG, &message) == 1)
		detail = message;
	pthread_mutex_lock(&d->lock);
	if (!d->abandoned)
		write_event(host, now, virDomainGetName(domain), "job-completed", detail);
	pthread_mutex_unlock(&d->lock);
}

int lv_events_register(struct lv_host *host, virConnectPtr connection)
{
	const struct {
		int id;
		virConnectDomainEventGenericCallback callback;
		bool required;
	} events[ARRAY_SIZE(host->callbacks)] = {
		{VIR_DOMAIN_EVENT_ID_LIFECYCLE, VIR_DOMAIN_EVENT_CALLBACK(on_lifecycle), true},
		{VIR_DOMAIN_EVENT_ID_MIGRATION_ITERATION, VIR_DOMAIN_EVENT_CALLBACK(on_iteration),
			false},
		{VIR_DOMAIN_EVENT_ID_JOB_COMPLETED, VIR_DOMAIN_EVENT_CALLBACK(on_job_completed),
			false},
	};
	int rc = 0;

	for (size_t i = 0; i < ARRAY_SIZE(events); i++) {
		host->callbacks[i] = virConnectDomainEventRegisterAny(
			connection, NULL, events[i].id, events[i].callback, host, NULL);
		if (host->callbacks[i] < 0 && events[i].required)
			rc = -1;
	}
	return rc;
}

void lv_events_deregister(struct lv_host *host, virConnectPtr connection)
{
	for (size_t i = 0; i < ARRAY_SIZE(host->callbacks); i++)
		if (host->callbacks[i] >= 0)
			virConnectDomainEventDeregisterAny(connection, host->callbacks[i]);
}

void lv_read_job(virDomainPtr domain, struct lv_reading *reading)
{
	static const char *const names[] = {VIR_DOMAIN_JOB_DATA_TOTAL,
		VIR_DOMAIN_JOB_DATA_PROCESSED, VIR_DOMAIN_JOB_DATA_REMAINING,
		VIR_DOMAIN_JOB_MEMORY_ITERATION, VIR_DOMAIN_JOB_MEMORY_DIRTY_RATE,
		VIR_DOMAIN_JOB_TIME_ELAPSED};
	unsigned long long values[ARRAY_SIZE(names)] = {0}, page_size = 4096;
	int operation = VIR_DOMAIN_JOB_OPERATION_UNKNOWN, type = VIR_DOMAIN_JOB_NONE, count = 0;
	virTypedParameterPtr params = NULL;

	if (virDomainGetJobStats(domain, &type, &params, &count, 0)) {
		reading->job_hidden = true;
		reading->error_code = virGetLastErrorCode();
		return;
	}
	virTypedParamsGetInt(params, count, VIR_DOMAIN_JOB_OPERATION, &operation);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		virTypedParamsGetULLong(params, count, names[i], &values[i]);
	virTypedParamsGetULLong(params, count, VIR_DOMAIN_JOB_MEMORY_PAGE_SIZE, &page_size);
	virTypedParamsFree(params, count);
	reading->busy = type == VIR_DOMAIN_JOB_BOUNDED || type == VIR_DOMAIN_JOB_UNBOUNDED;
	reading->operation = operation;
	/* Hypervisors that do not name the operation (libxl) have no other unbounded job. */
	reading->moving = reading->busy && (operation == VIR_DOMAIN_JOB_OPERATION_MIGRATION_OUT ||
						   (operation == VIR_DOMAIN_JOB_OPERATION_UNKNOWN &&
							   type == VIR_DOMAIN_JOB_UNBOUNDED));
	reading->total = values[0];
	reading->processed = values[1];
	reading->remaining = values[2];
	reading->iteration = values[3];
	reading->dirty_rate = values[4] * page_size; /* pages/s -> bytes/s */
	reading->elapsed_ns = (int64_t)values[5] * NS_PER_MS;
}

static void progress_locked(struct lv_job *job, const struct lv_reading *now, int64_t before_ns)
{
	started_locked(job, now->seen_ns, before_ns);
	job->moving_ns = now->asked_ns;
	job->total = now->total;
	job->processed = now->processed;
	job->remaining = now->remaining;
	if (job->state == JOB_UNKNOWN) {
		/* Contact is back and the job still runs: it is followed like somebody else's. */
		job->state = JOB_MOVING;
		job->ended_ns = NS_NONE;
	}
	LV_FACT(job->driver, now->seen_ns, FACT_PROGRESS, job->vm->name, FS(FIELD_ID, job->id),
		FI(FIELD_TOTAL, now->total), FI(FIELD_PROCESSED, now->processed),
		FI(FIELD_REMAINING, now->remaining), FI(FIELD_ITERATION, now->iteration),
		FI(FIELD_DIRTY_RATE, now->dirty_rate));
}

/* Where the VM runs, of the looks that are newer than since_ns, but for the source; LV_NO_HOST. */
static size_t running_elsewhere_locked(const struct lv_job *job, int64_t since_ns)
{
	for (size_t i = 0; i < job->driver->host_count; i++)
		if (i != job->source && job->vm->readings[i].asked_ns > since_ns &&
			job->vm->readings[i].state == VM_RUNNING)
			return i;
	return LV_NO_HOST;
}

/*
 * Ends a job whose end no call of ours reports (somebody else's, or one whose contact was lost), if
 * the looks at the hosts allow a conclusion. True if it completed.
 */
static bool conclude_locked(struct lv_job *job, const struct lv_reading *now)
{
	int64_t since_ns = job->state == JOB_UNKNOWN ? job->ended_ns : job->moving_ns;
	const struct lv_reading *source = &job->vm->readings[job->source];
	size_t there = running_elsewhere_locked(job, since_ns);
	/* A loss of contact is noticed late: what ended unseen may have ended before that. */
	int64_t earliest_ns = job->moving_ns == NS_NONE ? job->requested_ns : job->moving_ns;
	int64_t end_ns = job->stopped_ns != NS_NONE ? job->stopped_ns : now->seen_ns;

	/* Suspended on the source and running elsewhere: the job is about to end. */
	if (there != LV_NO_HOST && source->state != VM_PAUSED) {
		job->destination = there;
		if (job->resumed_ns != NS_NONE && job->resumed_ns > earliest_ns)
			earliest_ns = job->resumed_ns;
		lv_job_end_locked(job, JOB_COMPLETED, end_ns, earliest_ns);
		return true;
	}
	if (source->asked_ns <= since_ns || source->state == VM_UNKNOWN || source->moving ||
		source->job_hidden)
		return false;
	if (source->state == VM_RUNNING) {
		/* A job that is being given up is no longer shown, but still bars the next. */
		if (now->asked_ns - since_ns < 2 * LV_POLL_NS)
			return false;
		/* Whether it failed or was called off, libvirt tells only who started it. */
		snprintf(job->message, sizeof(job->message),
			"the job ended (failed, or called off) and the VM runs on %s",
			lv_host_name(job->driver, job->source));
		lv_job_end_locked(
			job, job->abort ? JOB_CANCELLED : JOB_FAILED, now->seen_ns, earliest_ns);
		return false;
	}
	for (size_t i = 0; i < job->driver->host_count; i++)
		if (job->vm->readings[i].asked_ns <= since_ns ||
			job->vm->readings[i].state != VM_NONE)
			return false;
	snprintf(job->message, sizeof(job->message), "the job ended and the VM runs on no host");
	lv_job_end_locked(job, JOB_FAILED, now->seen_ns, earliest_ns);
	return false;
}

/*
 * A job found by looking: asked for after the look before, and before it had run for elapsed_ns. If
 * this is the first look, only the latter is known, to libvirt's millisecond.
 */
static struct lv_job *follow_looked_locked(
	struct lv_host *host, struct lv_vm *vm, const struct lv_reading *now, int64_t before_ns)
{
	int64_t began_ns = now->seen_ns - now->elapsed_ns;

	if (before_ns == NS_NONE)
		return follow_locked(
			host, vm, began_ns, now->asked_ns - now->elapsed_ns - NS_PER_MS);
	return follow_locked(host, vm, began_ns > before_ns ? began_ns : before_ns, before_ns);
}

/* What a look means for the VM's job; returns a job that completed with it, or NULL. */
static struct lv_job *apply_locked(
	struct lv_host *host, struct lv_vm *vm, const struct lv_reading *now)
{
	struct lv_job *job = lv_job_latest_locked(host->driver, vm);
	int64_t before_ns = vm->readings[host->index].asked_ns;
	bool ours = job && job->ours && !job->returned;

	vm->readings[host->index].state = now->state;
	if (now->state != VM_UNKNOWN)
		vm->readings[host->index] = *now;
	if (now->moving) {
		bool same = job && job->source == host->index &&
			    (job->state == JOB_MOVING || job->state == JOB_UNKNOWN);

		/* Asked before contact was lost: whether it still runs is not known. */
		if (same && job->state == JOB_UNKNOWN && now->asked_ns <= job->ended_ns)
			return NULL;
		/* A look that began before a job's end may still have seen that one. */
		if (!same && (!job || (job->state != JOB_MOVING && now->asked_ns > job->ended_ns)))
			job = follow_looked_locked(host, vm, now, before_ns);
		else if (!same)
			return NULL;
		if (job)
			progress_locked(job, now, before_ns);
		return NULL;
	}
	if (!job || ours || (job->state != JOB_MOVING && job->state != JOB_UNKNOWN))
		return NULL;
	return conclude_locked(job, now) ? job : NULL;
}

void lv_look(struct lv_host *host, struct lv_vm *vm)
{
	struct driver *d = host->driver;
	struct lv_reading now = {.asked_ns = lv_now(d), .state = VM_UNKNOWN};
	virConnectPtr connection = lv_host_use(d, host->index);
	struct lv_job *completed = NULL, *job;
	virDomainPtr domain = NULL;
	bool source;

	if (connection) {
		now.state = lv_vm_state(connection, vm->name, &domain);
		pthread_mutex_lock(&d->lock);
		job = lv_job_latest_locked(d, vm);
		source = job && job->state == JOB_MOVING && job->source == host->index;
		pthread_mutex_unlock(&d->lock);
		/* A paused copy that is coming in has no figures, only a lock to wait for. */
		if (domain && (now.state == VM_RUNNING || (source && now.state == VM_PAUSED)))
			lv_read_job(domain, &now);
		if (domain)
			virDomainFree(domain);
		lv_host_release(d, host->index, connection);
	}
	now.seen_ns = lv_now(d);
	pthread_mutex_lock(&d->lock);
	if (!d->abandoned)
		completed = apply_locked(host, vm, &now);
	pthread_mutex_unlock(&d->lock);
	if (completed)
		lv_job_autostart(completed);
	/* The destination has the figures only when it has tidied up. */
	for (int i = 0; completed && i < STATISTICS_TRIES && !lv_job_statistics(completed); i++)
		nanosleep(&(struct timespec){.tv_nsec = LV_POLL_NS}, NULL);
}

void *lv_poller(void *arg)
{
	struct lv_host *host = arg;
	struct driver *d = host->driver;
	int64_t next_ns = clock_mono_ns();

	pthread_mutex_lock(&d->lock);
	while (!d->closing) {
		for (size_t i = 0; i < d->vm_count && !d->closing; i++) {
			struct lv_vm *vm = d->vms[i];

			pthread_mutex_unlock(&d->lock);
			lv_look(host, vm);
			pthread_mutex_lock(&d->lock);
		}
		next_ns += LV_POLL_NS;
		if (next_ns < clock_mono_ns())
			next_ns = clock_mono_ns() + LV_POLL_NS;
		while (!d->closing && lv_wait(d, next_ns))
			;
	}
	pthread_mutex_unlock(&d->lock);
	lv_thread_finish(d, &host->poller);
	return NULL;
}
