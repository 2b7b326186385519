/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The libvirt driver's list of jobs: one a move, ours or somebody else's, newest last; their facts,
 * their end, their statistics. libvirt itself gives jobs no ids, so these are ours. What a job does
 * is noticed in observe.c and move.c.
 */
#include "harness/drivers/libvirt/internal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct lv_vm *lv_vm_find_locked(struct driver *d, const char *name)
{
	for (size_t i = 0; i < d->vm_count; i++)
		if (strcmp(d->vms[i]->name, name) == 0)
			return d->vms[i];
	return NULL;
}

static struct lv_vm *vm_new(const struct driver *d, const char *name)
{
	struct lv_vm *vm = calloc(1, sizeof(*vm));

	if (!vm)
		return NULL;
	vm->readings = calloc(d->host_count + 1, sizeof(*vm->readings));
	if (!vm->readings) {
		free(vm);
		return NULL;
	}
	snprintf(vm->name, sizeof(vm->name), "%s", name);
	vm->stream_host = LV_NO_HOST;
	for (size_t i = 0; i < d->host_count; i++) {
		vm->readings[i].asked_ns = NS_NONE;
		vm->readings[i].state = VM_UNKNOWN;
	}
	return vm;
}

/* The entry of a VM, from now on looked after by the pollers; NULL out of memory. */
struct lv_vm *lv_vm_watch(struct driver *d, const char *name)
{
	struct lv_vm *vm;

	pthread_mutex_lock(&d->lock);
	vm = lv_vm_find_locked(d, name);
	if (!vm && VEC_ROOM(d->vms, d->vm_count, d->vm_room) == 0) {
		vm = vm_new(d, name);
		if (vm)
			d->vms[d->vm_count++] = vm;
	}
	pthread_mutex_unlock(&d->lock);
	return vm;
}

struct lv_job *lv_job_add_locked(struct driver *d, struct lv_vm *vm, size_t source, int64_t ns)
{
	struct lv_job *job;

	if (VEC_ROOM(d->jobs, d->job_count, d->job_room))
		return NULL;
	job = calloc(1, sizeof(*job));
	if (!job)
		return NULL;
	job->driver = d;
	job->vm = vm;
	job->source = source;
	job->destination = LV_NO_HOST;
	job->state = JOB_MOVING;
	job->requested_ns = ns;
	job->started_ns = job->copying_ns = job->paused_ns = job->resumed_ns = NS_NONE;
	job->stopped_ns = job->ended_ns = job->moving_ns = NS_NONE;
	snprintf(job->id, sizeof(job->id), "%.40s-%" PRId64, vm->name, ns);
	d->jobs[d->job_count++] = job;
	return job;
}

struct lv_job *lv_job_latest_locked(struct driver *d, const struct lv_vm *vm)
{
	for (size_t i = d->job_count; i > 0; i--)
		if (d->jobs[i - 1]->vm == vm)
			return d->jobs[i - 1];
	return NULL;
}

void lv_job_fact_locked(struct lv_job *job, int64_t ns, enum job_event event,
	int64_t earliest_ns)
{
	struct driver *d = job->driver;
	struct fact_field fields[8] = {
		FS(FIELD_ID, job->id),
		FS(FIELD_WHAT, job_event_name(event)),
		FS(FIELD_SOURCE, lv_host_name(d, job->source)),
		FS(FIELD_DESTINATION, lv_host_name(d, job->destination)),
	};
	size_t count = 4;

	if (earliest_ns != NS_NONE && earliest_ns < ns)
		fields[count++] = (struct fact_field)FI(FIELD_EARLIEST, earliest_ns);
	if (event == JOB_EVENT_REQUESTED && job->bandwidth_mib)
		fields[count++] = (struct fact_field)FI(FIELD_BANDWIDTH, job->bandwidth_mib << 23);
	if (event == JOB_EVENT_ENDED) {
		fields[count++] = (struct fact_field)FS(FIELD_STATE, job_state_name(job->state));
		fields[count++] = (struct fact_field)FS(FIELD_MESSAGE, job->message);
	}
	lv_fact_locked(d, ns, FACT_JOB, job->vm->name, fields, count);
}

void lv_job_end_locked(struct lv_job *job, enum job_state state, int64_t ns, int64_t earliest_ns)
{
	job->state = state;
	job->ended_ns = ns;
	lv_job_fact_locked(job, ns, JOB_EVENT_ENDED, earliest_ns);
	pthread_cond_broadcast(&job->driver->changed);
}

void lv_jobs_lose_locked(struct lv_host *host, int64_t now)
{
	struct driver *d = host->driver;

	for (size_t i = 0; i < d->job_count; i++) {
		struct lv_job *job = d->jobs[i];

		if (job->source != host->index || job->state != JOB_MOVING ||
			(job->ours && !job->returned))
			continue;
		snprintf(job->message, sizeof(job->message), "contact with host %s was lost",
			host->address.name);
		lv_job_end_locked(job, JOB_UNKNOWN, now, job->moving_ns);
	}
}

static int64_t ull_param(
	virTypedParameterPtr params, int count, const char *name, int64_t otherwise)
{
	unsigned long long value;

	return virTypedParamsGetULLong(params, count, name, &value) == 1 ? (int64_t)value
									 : otherwise;
}

static bool write_statistics(struct lv_job *job, virTypedParameterPtr params, int count)
{
	/* Only what libvirt said: an absent figure is not 0. Times come in milliseconds. */
	static const struct {
		const char *key, *param;
		int64_t factor;
	} table[] = {
		{FIELD_DOWNTIME, VIR_DOMAIN_JOB_DOWNTIME, NS_PER_MS},
		{FIELD_DOWNTIME_NET, VIR_DOMAIN_JOB_DOWNTIME_NET, NS_PER_MS},
		{FIELD_SETUP, VIR_DOMAIN_JOB_SETUP_TIME, NS_PER_MS},
		{FIELD_ELAPSED, VIR_DOMAIN_JOB_TIME_ELAPSED, NS_PER_MS},
		{FIELD_TRANSFERRED, VIR_DOMAIN_JOB_DATA_PROCESSED, 1},
		{FIELD_TOTAL, VIR_DOMAIN_JOB_DATA_TOTAL, 1},
		{FIELD_MEMORY_TRANSFERRED, VIR_DOMAIN_JOB_MEMORY_PROCESSED, 1},
		{FIELD_MEMORY_TOTAL, VIR_DOMAIN_JOB_MEMORY_TOTAL, 1},
		{FIELD_MEMORY_RATE, VIR_DOMAIN_JOB_MEMORY_BPS, 1},
		{FIELD_ITERATIONS, VIR_DOMAIN_JOB_MEMORY_ITERATION, 1},
	};
	struct fact_field fields[ARRAY_SIZE(table) + 1] = {FS(FIELD_ID, job->id)};
	struct driver *d = job->driver;
	size_t used = 1;

	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		int64_t value = ull_param(params, count, table[i].param, NS_NONE);

		if (value != NS_NONE)
			fields[used++] =
				(struct fact_field)FI(table[i].key, value * table[i].factor);
	}
	pthread_mutex_lock(&d->lock);
	if (used > 1)
		lv_fact_locked(d, lv_now(d), FACT_STATISTICS, job->vm->name, fields, used);
	pthread_mutex_unlock(&d->lock);
	return used > 1;
}

bool lv_job_statistics(struct lv_job *job)
{
	unsigned flags = VIR_DOMAIN_JOB_STATS_COMPLETED | VIR_DOMAIN_JOB_STATS_KEEP_COMPLETED;
	virTypedParameterPtr params = NULL;
	virConnectPtr connection;
	virDomainPtr domain;
	int type, count = 0;
	bool written = false;
	size_t destination;

	pthread_mutex_lock(&job->driver->lock);
	destination = job->destination;
	pthread_mutex_unlock(&job->driver->lock);
	if (destination == LV_NO_HOST)
		return false;
	connection = lv_host_use(job->driver, destination);
	if (!connection)
		return false;
	domain = virDomainLookupByName(connection, job->vm->name);
	if (domain && virDomainGetJobStats(domain, &type, &params, &count, flags) == 0)
		written = write_statistics(job, params, count);
	virTypedParamsFree(params, count);
	if (domain)
		virDomainFree(domain);
	lv_host_release(job->driver, destination, connection);
	return written;
}

void lv_job_autostart(struct lv_job *job)
{
	struct driver *d = job->driver;
	virConnectPtr connection;
	virDomainPtr domain = NULL;
	struct err e = {0};
	size_t destination;
	bool owed;
	int rc = -1;

	pthread_mutex_lock(&d->lock);
	destination = job->destination;
	owed = job->autostart && !d->abandoned && destination != LV_NO_HOST;
	pthread_mutex_unlock(&d->lock);
	if (!owed)
		return;
	connection = lv_host_use(d, destination);
	if (connection)
		domain = virDomainLookupByName(connection, job->vm->name);
	if (domain && virDomainSetAutostart(domain, 1) == 0)
		rc = 0;
	else if (connection)
		lv_error(&e, d, destination,
			"VM %s: that it starts with its host was lost by the move and cannot be "
			"set again",
			job->vm->name);
	else
		lv_error_lost(&e, d, destination,
			"a moved VM was to be set to start with its host again");
	if (domain)
		virDomainFree(domain);
	lv_host_release(d, destination, connection);
	pthread_mutex_lock(&d->lock);
	if (rc)
		LV_FACT(d, lv_now(d), FACT_EVENT, job->vm->name,
			FS(FIELD_HOST, lv_host_name(d, destination)),
			FS(FIELD_WHAT, "autostart-lost"), FS(FIELD_DETAIL, e.text));
	else
		job->autostart = false;
	pthread_mutex_unlock(&d->lock);
}

/* A job of somebody else's may have been asked for before and still be seen after. */
static bool seen_since(const struct lv_job *job, int64_t since_ns)
{
	if (job->requested_ns >= since_ns)
		return true;
	return !job->ours && (job->state == JOB_MOVING || job->ended_ns >= since_ns);
}

int lv_job_status(struct driver *d, const char *name, int64_t since_ns, struct job_status *status,
	struct err *e)
{
	struct lv_vm *vm = lv_vm_watch(d, name);
	struct lv_job *job;

	*status = (struct job_status){.requested_ns = NS_NONE, .ended_ns = NS_NONE};
	if (!vm)
		return err_set(e, "out of memory");
	pthread_mutex_lock(&d->lock);
	job = lv_job_latest_locked(d, vm);
	if (job && seen_since(job, since_ns)) {
		status->state = job->state;
		memcpy(status->id, job->id, sizeof(status->id));
		status->requested_ns = job->requested_ns;
		status->ended_ns = job->ended_ns;
		status->total_bytes = job->total;
		status->processed_bytes = job->processed;
		status->remaining_bytes = job->remaining;
		memcpy(status->message, job->message, sizeof(status->message));
	}
	pthread_mutex_unlock(&d->lock);
	return 0;
}
