/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The VMs and jobs of the libvirt driver: the list of polled VMs, the statistics of an ended job,
 * and restoring autostart on its destination. harness/drivers/jobs.c keeps the jobs and writes
 * their facts.
 */
#include "harness/drivers/libvirt/internal.h"

#include <stdlib.h>
#include <string.h>

struct lv_vm *lv_vm_find_locked(struct libvirt_driver *d, const char *name)
{
	for (size_t i = 0; i < d->vm_count; i++)
		if (strcmp(d->vms[i]->name, name) == 0)
			return d->vms[i];
	return NULL;
}

static struct lv_vm *vm_new(const struct libvirt_driver *d, const char *name)
{
	struct lv_vm *vm = calloc(1, sizeof(*vm));

	if (!vm)
		return NULL;
	vm->readings = job_readings_new(d->host_count);
	if (!vm->readings) {
		free(vm);
		return NULL;
	}
	snprintf(vm->name, sizeof(vm->name), "%s", name);
	vm->stream_host = JOBS_NO_HOST;
	return vm;
}

struct lv_vm *lv_vm_observe(struct libvirt_driver *d, const char *name)
{
	struct lv_vm *vm;

	pthread_mutex_lock(&d->lock);
	vm = lv_vm_find_locked(d, name);
	if (!vm && ARRAY_GROW(d->vms, d->vm_count, d->vm_capacity) == 0) {
		vm = vm_new(d, name);
		if (vm)
			d->vms[d->vm_count++] = vm;
	}
	pthread_mutex_unlock(&d->lock);
	return vm;
}

struct lv_job *lv_job_latest_locked(const struct libvirt_driver *d, const struct lv_vm *vm)
{
	return lv_job_of(jobs_latest(&d->jobs, vm->name));
}

void lv_jobs_lose_locked(struct lv_host *host, int64_t now)
{
	jobs_lose_host(&host->driver->jobs, host->index, now);
}

static int64_t ull_param(
	virTypedParameterPtr params, int count, const char *name, int64_t otherwise)
{
	unsigned long long value;

	return virTypedParamsGetULLong(params, count, name, &value) == 1 ? (int64_t)value
									 : otherwise;
}

static bool write_statistics(
	struct libvirt_driver *d, struct lv_job *job, virTypedParameterPtr params, int count)
{
	/* A figure that libvirt does not report stays NS_NONE. Times come in milliseconds. */
	static const struct {
		const char *param;
		int64_t factor;
	} table[JOB_STATISTICS] = {
		[JOB_STATISTIC_DOWNTIME] = {VIR_DOMAIN_JOB_DOWNTIME, NS_PER_MS},
		[JOB_STATISTIC_DOWNTIME_NET] = {VIR_DOMAIN_JOB_DOWNTIME_NET, NS_PER_MS},
		[JOB_STATISTIC_SETUP] = {VIR_DOMAIN_JOB_SETUP_TIME, NS_PER_MS},
		[JOB_STATISTIC_ELAPSED] = {VIR_DOMAIN_JOB_TIME_ELAPSED, NS_PER_MS},
		[JOB_STATISTIC_TRANSFERRED] = {VIR_DOMAIN_JOB_DATA_PROCESSED, 1},
		[JOB_STATISTIC_TOTAL] = {VIR_DOMAIN_JOB_DATA_TOTAL, 1},
		[JOB_STATISTIC_MEMORY_TRANSFERRED] = {VIR_DOMAIN_JOB_MEMORY_PROCESSED, 1},
		[JOB_STATISTIC_MEMORY_TOTAL] = {VIR_DOMAIN_JOB_MEMORY_TOTAL, 1},
		[JOB_STATISTIC_MEMORY_RATE] = {VIR_DOMAIN_JOB_MEMORY_BPS, 1},
		[JOB_STATISTIC_ITERATIONS] = {VIR_DOMAIN_JOB_MEMORY_ITERATION, 1},
	};
	int64_t values[JOB_STATISTICS];
	bool written;

	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		values[i] = ull_param(params, count, table[i].param, NS_NONE);
		if (values[i] != NS_NONE)
			values[i] *= table[i].factor;
	}
	pthread_mutex_lock(&d->lock);
	written = job_record_statistics(&job->base, lv_now(d), values);
	pthread_mutex_unlock(&d->lock);
	return written;
}

bool lv_job_statistics(struct libvirt_driver *d, struct lv_job *job)
{
	unsigned flags = VIR_DOMAIN_JOB_STATS_COMPLETED | VIR_DOMAIN_JOB_STATS_KEEP_COMPLETED;
	virTypedParameterPtr params = NULL;
	virConnectPtr connection;
	virDomainPtr domain;
	int type, count = 0;
	bool written = false;
	size_t destination;

	pthread_mutex_lock(&d->lock);
	destination = job->base.destination;
	pthread_mutex_unlock(&d->lock);
	if (destination == JOBS_NO_HOST)
		return false;
	connection = lv_host_use(d, destination);
	if (!connection)
		return false;
	domain = virDomainLookupByName(connection, job->base.vm);
	if (domain && virDomainGetJobStats(domain, &type, &params, &count, flags) == 0)
		written = write_statistics(d, job, params, count);
	virTypedParamsFree(params, count);
	if (domain)
		virDomainFree(domain);
	lv_host_release(d, destination, connection);
	return written;
}

void lv_job_autostart(struct libvirt_driver *d, struct lv_job *job)
{
	virConnectPtr connection;
	virDomainPtr domain = NULL;
	struct err e = {0};
	size_t destination;
	bool pending;
	int rc = -1;

	pthread_mutex_lock(&d->lock);
	destination = job->base.destination;
	pending = job->autostart && !d->abandoned && destination != JOBS_NO_HOST;
	pthread_mutex_unlock(&d->lock);
	if (!pending)
		return;
	connection = lv_host_use(d, destination);
	if (connection)
		domain = virDomainLookupByName(connection, job->base.vm);
	if (domain && virDomainSetAutostart(domain, 1) == 0)
		rc = 0;
	else if (connection)
		lv_error(&e, d, destination,
			"VM %s: the move lost its autostart setting, which cannot be restored",
			job->base.vm);
	else
		lv_error_lost(
			&e, d, destination, "a moved VM's autostart setting cannot be restored");
	if (domain)
		virDomainFree(domain);
	lv_host_release(d, destination, connection);
	pthread_mutex_lock(&d->lock);
	if (rc)
		jobs_record_event(
			&d->jobs, lv_now(d), job->base.vm, destination, "autostart-lost", e.text);
	else
		job->autostart = false;
	pthread_mutex_unlock(&d->lock);
}

int lv_job_status(struct libvirt_driver *d, const char *name, int64_t since_ns,
	struct job_status *status, struct err *e)
{
	struct lv_vm *vm = lv_vm_observe(d, name);

	if (!vm)
		return err_set(e, "out of memory");
	pthread_mutex_lock(&d->lock);
	jobs_status(&d->jobs, vm->name, since_ns, status);
	pthread_mutex_unlock(&d->lock);
	return 0;
}
