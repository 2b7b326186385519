/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Observes VMs and jobs in the libvirt driver, by events of all hosts and by a poll of each VM on
 * each host every LV_POLL_NS. Both show jobs that were started elsewhere too;
 * harness/drivers/jobs.c concludes from polls. Nothing here starts or ends a job on a host.
 */
#include "harness/drivers/libvirt/internal.h"

#include <string.h>
#include <time.h>

/* Events of a job may arrive this long after its end. */
#define LATE_NS NS_PER_S
#define STATISTICS_TRIES 4

struct event_name {
	const char *what;
	const char *details[12];
};

/* Indexed by virDomainEventType and by the detail enumeration of that type. */
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
	jobs_record_event(&host->driver->jobs, ns, vm, host->index, what, detail);
}

/* The job of an event on a source: the VM's latest, or a new one that the event reveals. */
static struct platform_job *job_of_event_locked(struct lv_host *host, struct lv_vm *vm, int64_t ns)
{
	struct job_list *jobs = &host->driver->jobs;
	struct platform_job *job = jobs_latest(jobs, vm->name);

	if (job && (job->state == JOB_MOVING || ns - job->at_ns[JOB_EVENT_ENDED] < LATE_NS))
		return job->source == host->index ? job : NULL;
	return jobs_add_found(
		jobs, vm->name, host->index, vm->readings, ns, vm->readings[host->index].asked_ns);
}

static void lifecycle_of_job_locked(
	struct lv_host *host, struct lv_vm *vm, int64_t ns, int event, int detail)
{
	struct platform_job *job;

	if (event == VIR_DOMAIN_EVENT_SUSPENDED && detail == VIR_DOMAIN_EVENT_SUSPENDED_MIGRATED) {
		job = job_of_event_locked(host, vm, ns);
		if (job)
			job_record(job, JOB_EVENT_PAUSED, ns, NS_NONE);
		return;
	}
	job = jobs_latest(&host->driver->jobs, vm->name);
	if (!job || (job->at_ns[JOB_EVENT_ENDED] != NS_NONE &&
			    ns - job->at_ns[JOB_EVENT_ENDED] >= LATE_NS))
		return;
	if (event == VIR_DOMAIN_EVENT_RESUMED && detail == VIR_DOMAIN_EVENT_RESUMED_MIGRATED &&
		host->index != job->source && job->at_ns[JOB_EVENT_RESUMED] == NS_NONE) {
		if (job->found) /* its destination was only presumed until now */
			job->destination = host->index;
		job_record(job, JOB_EVENT_RESUMED, ns, NS_NONE);
	} else if (event == VIR_DOMAIN_EVENT_STARTED &&
		   detail == VIR_DOMAIN_EVENT_STARTED_MIGRATED && host->index != job->source &&
		   job->destination == JOBS_NO_HOST) {
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
	struct libvirt_driver *d = host->driver;
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

static void on_iteration(virConnectPtr connection, virDomainPtr domain, int iteration, void *opaque)
{
	struct lv_host *host = opaque;
	struct libvirt_driver *d = host->driver;
	int64_t now = lv_now(d);
	const char *name = virDomainGetName(domain);
	struct lv_vm *vm;
	struct platform_job *job;
	char number[16];

	(void)connection;
	snprintf(number, sizeof(number), "%d", iteration);
	pthread_mutex_lock(&d->lock);
	if (!d->abandoned) {
		write_event(host, now, name, "migration-iteration", number);
		vm = lv_vm_find_locked(d, name);
		job = vm ? job_of_event_locked(host, vm, now) : NULL;
		if (job && job->at_ns[JOB_EVENT_COPYING] == NS_NONE) {
			job_record_start(job, now, vm->readings[host->index].asked_ns);
			job_record(job, JOB_EVENT_COPYING, now, NS_NONE);
		}
	}
	pthread_mutex_unlock(&d->lock);
}

static void on_job_completed(virConnectPtr connection, virDomainPtr domain,
	virTypedParameterPtr params, int count, void *opaque)
{
	struct lv_host *host = opaque;
	struct libvirt_driver *d = host->driver;
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

void lv_read_job(virDomainPtr domain, struct job_reading *reading, struct lv_operation *operation)
{
	static const char *const names[] = {VIR_DOMAIN_JOB_DATA_TOTAL,
		VIR_DOMAIN_JOB_DATA_PROCESSED, VIR_DOMAIN_JOB_DATA_REMAINING,
		VIR_DOMAIN_JOB_MEMORY_ITERATION, VIR_DOMAIN_JOB_MEMORY_DIRTY_RATE,
		VIR_DOMAIN_JOB_TIME_ELAPSED};
	unsigned long long values[ARRAY_SIZE(names)] = {0}, page_size = 4096;
	int type = VIR_DOMAIN_JOB_NONE, count = 0;
	virTypedParameterPtr params = NULL;

	if (virDomainGetJobStats(domain, &type, &params, &count, 0)) {
		reading->job_hidden = true;
		operation->error_code = virGetLastErrorCode();
		return;
	}
	operation->operation = VIR_DOMAIN_JOB_OPERATION_UNKNOWN;
	virTypedParamsGetInt(params, count, VIR_DOMAIN_JOB_OPERATION, &operation->operation);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		virTypedParamsGetULLong(params, count, names[i], &values[i]);
	virTypedParamsGetULLong(params, count, VIR_DOMAIN_JOB_MEMORY_PAGE_SIZE, &page_size);
	virTypedParamsFree(params, count);
	operation->busy = type == VIR_DOMAIN_JOB_BOUNDED || type == VIR_DOMAIN_JOB_UNBOUNDED;
	/* libxl does not name the operation; a migration is its only unbounded job. */
	reading->moving = operation->busy &&
			  (operation->operation == VIR_DOMAIN_JOB_OPERATION_MIGRATION_OUT ||
				  (operation->operation == VIR_DOMAIN_JOB_OPERATION_UNKNOWN &&
					  type == VIR_DOMAIN_JOB_UNBOUNDED));
	reading->progress = (struct job_progress){.total_bytes = values[0],
		.processed_bytes = values[1],
		.remaining_bytes = values[2],
		.iteration = values[3],
		.dirty_rate = values[4] * page_size}; /* pages/s -> bytes/s */
	reading->elapsed_ns = (int64_t)values[5] * NS_PER_MS;
}

/* Updates the jobs by a poll. Returns the job if it has completed now, else NULL. */
static struct lv_job *apply_locked(
	struct lv_host *host, struct lv_vm *vm, const struct job_reading *now)
{
	struct libvirt_driver *d = host->driver;
	struct platform_job *job;

	if (jobs_poll(&d->jobs, vm->name, vm->readings, host->index, now, &job) !=
		JOB_FINDING_ENDED)
		return NULL;
	pthread_cond_broadcast(&d->changed);
	return job->state == JOB_COMPLETED ? lv_job_of(job) : NULL;
}

void lv_poll(struct lv_host *host, struct lv_vm *vm)
{
	struct libvirt_driver *d = host->driver;
	struct job_reading now = {.asked_ns = lv_now(d), .state = VM_UNKNOWN};
	virConnectPtr connection = lv_host_use(d, host->index);
	const struct platform_job *job;
	struct lv_job *completed = NULL;
	struct lv_operation operation;
	virDomainPtr domain = NULL;
	bool source;

	if (connection) {
		now.state = lv_vm_state(connection, vm->name, &domain);
		pthread_mutex_lock(&d->lock);
		job = jobs_latest(&d->jobs, vm->name);
		source = job && job->state == JOB_MOVING && job->source == host->index;
		pthread_mutex_unlock(&d->lock);
		/* An incoming paused copy has no job to read, and reading would wait for a lock. */
		if (domain && (now.state == VM_RUNNING || (source && now.state == VM_PAUSED)))
			lv_read_job(domain, &now, &operation);
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
		lv_job_autostart(d, completed);
	/* The destination reports statistics only after it has finished the migration. */
	for (int i = 0; completed && i < STATISTICS_TRIES && !lv_job_statistics(d, completed); i++)
		nanosleep(&(struct timespec){.tv_nsec = LV_POLL_NS}, NULL);
}

void *lv_poller(void *arg)
{
	struct lv_host *host = arg;
	struct libvirt_driver *d = host->driver;
	int64_t next_ns = clock_mono_ns();

	pthread_mutex_lock(&d->lock);
	while (!d->closing) {
		for (size_t i = 0; i < d->vm_count && !d->closing; i++) {
			struct lv_vm *vm = d->vms[i];

			pthread_mutex_unlock(&d->lock);
			lv_poll(host, vm);
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
