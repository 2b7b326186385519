/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The libvirt driver, for KVM and other hypervisors that libvirt can migrate: its table of
 * functions, opening and closing. internal.h describes its threads and locks.
 *
 * Closing calls off a running move that the driver started and waits LV_CLOSE_TIMEOUT_NS for
 * threads inside libvirt calls. Such a call cannot be interrupted, so a thread that does not return
 * is abandoned with the memory it uses; it then writes no facts and does not use the context.
 */
#include "harness/drivers/libvirt/component.h"
#include "harness/drivers/libvirt/internal.h"
#include "harness/plan/settings.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

extern const struct driver_ops driver_libvirt;

/* Keeps libvirt from printing its errors, which the driver returns to its caller. */
static void ignore_error(void *opaque, virErrorPtr error)
{
	(void)opaque;
	(void)error;
}

static struct libvirt_driver *driver_new(const struct driver_context *context)
{
	struct libvirt_driver *d = calloc(1, sizeof(*d));
	pthread_condattr_t attr;

	if (!d)
		return NULL;
	d->hosts = calloc(context->host_count + 1, sizeof(*d->hosts));
	if (!d->hosts || jobs_init(&d->jobs, context, sizeof(struct lv_job), LV_POLL_NS)) {
		free(d->hosts);
		free(d);
		return NULL;
	}
	d->base.ops = &driver_libvirt;
	d->clock = *context->clock;
	d->log = context->log;
	d->host_count = context->host_count;
	d->on_connected = lv_events_register;
	d->on_disconnect = lv_events_deregister;
	d->on_lost_locked = lv_jobs_lose_locked;
	for (size_t i = 0; i < d->host_count; i++) {
		struct lv_host *host = &d->hosts[i];

		host->driver = d;
		host->address = context->hosts[i];
		host->index = i;
		pthread_mutex_init(&host->calls, NULL);
		for (size_t k = 0; k < ARRAY_SIZE(host->callbacks); k++)
			host->callbacks[k] = -1;
	}
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&d->changed, &attr);
	pthread_condattr_destroy(&attr);
	pthread_mutex_init(&d->lock, NULL);
	pthread_mutex_init(&d->agent_lock, NULL);
	return d;
}

static void driver_free(struct libvirt_driver *d)
{
	for (size_t i = 0; i < d->jobs.count; i++)
		lv_job_hang_up(lv_job_of(d->jobs.jobs[i]));
	for (size_t i = 0; i < d->vm_count; i++) {
		free(d->vms[i]->definition);
		free(d->vms[i]->readings);
		free(d->vms[i]);
	}
	jobs_release(&d->jobs);
	free(d->vms);
	for (size_t i = 0; i < d->host_count; i++)
		pthread_mutex_destroy(&d->hosts[i].calls);
	free(d->hosts);
	pthread_cond_destroy(&d->changed);
	pthread_mutex_destroy(&d->lock);
	pthread_mutex_destroy(&d->agent_lock);
	free(d);
}

static bool running(const struct lv_thread *thread)
{
	return thread->started && !thread->finished;
}

static bool threads_running_locked(const struct libvirt_driver *d)
{
	for (size_t i = 0; i < d->host_count; i++)
		if (running(&d->hosts[i].poller))
			return true;
	for (size_t i = 0; i < d->jobs.count; i++) {
		const struct lv_job *job = lv_job_of(d->jobs.jobs[i]);

		if (running(&job->worker) || running(&job->watchdog))
			return true;
	}
	return false;
}

/* Joins a finished thread, which no longer needs the lock; detaches an unfinished one. */
static void join_locked(struct lv_thread *thread)
{
	if (!thread->started)
		return;
	if (thread->finished)
		pthread_join(thread->id, NULL);
	else
		pthread_detach(thread->id);
	thread->started = false;
}

/* Ends all threads except the event loop, which their calls need. False: one was abandoned. */
static bool threads_end(struct libvirt_driver *d, int64_t timeout_ns)
{
	int64_t until_ns = clock_mono_ns() + timeout_ns;
	bool all;

	pthread_mutex_lock(&d->lock);
	d->closing = true;
	pthread_cond_broadcast(&d->changed);
	while (threads_running_locked(d) && lv_wait(d, until_ns))
		;
	all = !threads_running_locked(d);
	d->abandoned = !all;
	if (!all)
		d->jobs.log = NULL;
	/* Wakes the watchdog of an abandoned worker, which then exits. */
	pthread_cond_broadcast(&d->changed);
	for (size_t i = 0; i < d->host_count; i++)
		join_locked(&d->hosts[i].poller);
	for (size_t i = 0; i < d->jobs.count; i++) {
		struct lv_job *job = lv_job_of(d->jobs.jobs[i]);

		join_locked(&job->worker);
		join_locked(&job->watchdog);
	}
	pthread_mutex_unlock(&d->lock);
	return all;
}

void lv_close(struct libvirt_driver *d, int64_t timeout_ns)
{
	bool all;

	if (!d)
		return;
	all = threads_end(d, timeout_ns);
	/* An abandoned thread may still hold `calls` of a host, which would block here forever. */
	for (size_t i = 0; i < d->vm_count && all; i++)
		lv_agent_close(d, d->vms[i]);
	for (size_t i = 0; i < d->host_count && all; i++)
		lv_disconnect(&d->hosts[i]);
	lv_loop_stop(d);
	if (all)
		driver_free(d);
}

static void libvirt_close(struct driver *base)
{
	struct libvirt_driver *d = driver_downcast(base, &driver_libvirt);

	lv_close(d, LV_CLOSE_TIMEOUT_NS);
}

/* Sets the URI to which a host's memory is sent; `address` is a URI or an address. */
static int set_migration_uri(struct lv_host *host, const char *address, struct err *e)
{
	bool is_uri = strstr(address, "://") != NULL;
	struct in6_addr ignored;
	bool ipv6 = inet_pton(AF_INET6, address, &ignored) == 1;

	if (snprintf(host->migration_uri, sizeof(host->migration_uri), "%s%s%s%s",
		    is_uri ? "" : "tcp://", ipv6 ? "[" : "", address,
		    ipv6 ? "]" : "") >= (int)sizeof(host->migration_uri))
		return err_set(e, "[host %s] migration-address: '%.60s…' is too long",
			host->address.name, address);
	return 0;
}

/* Reads a host's peer-uri and migration-address. The lab's hosts have no section in the plan. */
static int read_uris(struct lv_host *host, const struct plan *plan, struct err *e)
{
	const struct plan_section *section =
		plan ? plan_section_find(plan, SECTION_HOST, host->address.name) : NULL;
	const char *peer = host_settings_of(section).peer_uri;
	const char *address = host_settings_of(section).migration_address;

	if (snprintf(host->peer_uri, sizeof(host->peer_uri), "%s",
		    peer ? peer : host->address.uri) >= (int)sizeof(host->peer_uri))
		return err_set(
			e, "[host %s] peer-uri: '%.60s…' is too long", host->address.name, peer);
	return address ? set_migration_uri(host, address, e) : 0;
}

static int read_all_uris(struct libvirt_driver *d, const struct plan *plan, struct err *e)
{
	for (size_t i = 0; i < d->host_count; i++)
		if (read_uris(&d->hosts[i], plan, e))
			return -1;
	return 0;
}

static int pollers_start(struct libvirt_driver *d, struct err *e)
{
	for (size_t i = 0; i < d->host_count; i++)
		if (lv_thread_start(&d->hosts[i].poller, lv_poller, &d->hosts[i], e))
			return -1;
	return 0;
}

static int libvirt_open(struct driver **out, const struct driver_context *context, struct err *e)
{
	struct libvirt_driver *d;

	if (context->host_count == 0)
		return err_set(
			e, "libvirt: the plan names no host (add a [host NAME] with its uri)");
	virSetErrorFunc(NULL, ignore_error);
	if (virInitialize() || virEventRegisterDefaultImpl())
		return err_set(e, "libvirt cannot be used here: %s (reinstall libvirt0)",
			virGetLastErrorMessage());
	d = driver_new(context);
	if (!d)
		return err_set(e, "out of memory");
	if (read_all_uris(d, context->plan, e) || lv_loop_start(d, e) || lv_connect(d, e) ||
		pollers_start(d, e)) {
		libvirt_close(&d->base);
		return -1;
	}
	*out = &d->base;
	return 0;
}

/* Polls the VMs with jobs at once, so that the state of a lost job is known on return. */
static int libvirt_reconnect(struct driver *base, struct err *e)
{
	struct libvirt_driver *d = driver_downcast(base, &driver_libvirt);
	int rc = lv_connect(d, e);

	for (size_t i = 0;; i++) {
		struct lv_vm *vm = NULL;
		struct lv_job *job;

		pthread_mutex_lock(&d->lock);
		if (i < d->vm_count)
			vm = d->vms[i];
		job = vm ? lv_job_latest_locked(d, vm) : NULL;
		pthread_mutex_unlock(&d->lock);
		if (!vm)
			return rc;
		for (size_t k = 0; k < d->host_count && job; k++)
			lv_poll(&d->hosts[k], vm);
	}
}

static int libvirt_vm_ensure(
	struct driver *base, const struct vm_spec *spec, const char *host, struct err *e)
{
	return lv_vm_ensure(driver_downcast(base, &driver_libvirt), spec, host, e);
}

static int libvirt_vm_remove(struct driver *base, const struct vm_spec *spec, struct err *e)
{
	return lv_vm_remove(driver_downcast(base, &driver_libvirt), spec, e);
}

static int libvirt_trigger(struct driver *base, const struct move_spec *move, struct err *e)
{
	return lv_trigger(driver_downcast(base, &driver_libvirt), move, e);
}

static int libvirt_job_status(struct driver *base, const char *vm, int64_t since_ns,
	struct job_status *status, struct err *e)
{
	return lv_job_status(driver_downcast(base, &driver_libvirt), vm, since_ns, status, e);
}

static int libvirt_cancel(struct driver *base, const char *vm, struct err *e)
{
	return lv_cancel(driver_downcast(base, &driver_libvirt), vm, e);
}

static int libvirt_where(
	struct driver *base, const char *vm, struct vm_place *places, struct err *e)
{
	return lv_where(driver_downcast(base, &driver_libvirt), vm, places, e);
}

static int libvirt_agent(struct driver *base, const char *vm, const char *request, char *response,
	size_t size, int64_t timeout_ns, struct err *e)
{
	struct libvirt_driver *d = driver_downcast(base, &driver_libvirt);

	return lv_agent(d, vm, request, response, size, timeout_ns, e);
}

static char *libvirt_environment(struct driver *base)
{
	return lv_environment(driver_downcast(base, &driver_libvirt));
}

const struct driver_ops driver_libvirt = {
	.component = &component_platform_libvirt,
	.open = libvirt_open,
	.close = libvirt_close,
	.vm_ensure = libvirt_vm_ensure,
	.vm_remove = libvirt_vm_remove,
	.trigger = libvirt_trigger,
	.job_status = libvirt_job_status,
	.cancel = libvirt_cancel,
	.where = libvirt_where,
	.reconnect = libvirt_reconnect,
	.agent = libvirt_agent,
	.environment = libvirt_environment,
};
