/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Helpers of the libvirt driver: facts, threads, waiting, the hosts' names, error messages. */
#include "harness/drivers/libvirt/internal.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <time.h>

void lv_fact_locked(struct libvirt_driver *d, int64_t ns, enum fact_kind kind, const char *subject,
	const struct fact_field *fields, size_t count)
{
	if (!d->abandoned)
		fact_write(d->log, ns, kind, subject, fields, count);
}

int64_t lv_now(const struct libvirt_driver *d)
{
	return d->clock.mono_ns(&d->clock);
}

/* Blocks all signals in the new thread, so that the main thread receives them. */
int lv_thread_start(struct lv_thread *thread, void *(*run)(void *), void *arg, struct err *e)
{
	sigset_t all, old;
	int rc;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	rc = pthread_create(&thread->id, NULL, run, arg);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (rc) {
		errno = rc;
		return err_errno(e, "libvirt: no thread could be started");
	}
	thread->started = true;
	return 0;
}

void lv_thread_finish(struct libvirt_driver *d, struct lv_thread *thread)
{
	pthread_mutex_lock(&d->lock);
	thread->finished = true;
	pthread_cond_broadcast(&d->changed);
	pthread_mutex_unlock(&d->lock);
}

bool lv_wait(struct libvirt_driver *d, int64_t until_ns)
{
	struct timespec until = clock_cond_deadline(until_ns);

	return pthread_cond_timedwait(&d->changed, &d->lock, &until) != ETIMEDOUT;
}

size_t lv_host_find(const struct libvirt_driver *d, const char *name)
{
	for (size_t i = 0; i < d->host_count; i++)
		if (strcmp(d->hosts[i].address.name, name) == 0)
			return i;
	return JOBS_NO_HOST;
}

const char *lv_host_name(const struct libvirt_driver *d, size_t host)
{
	return host == JOBS_NO_HOST ? "" : d->hosts[host].address.name;
}

static const char *remedy_of(int code)
{
	switch (code) {
	case VIR_ERR_NO_DOMAIN:
		return "start the VM, or correct its name in the plan";
	case VIR_ERR_AUTH_FAILED:
	case VIR_ERR_AUTH_CANCELLED:
	case VIR_ERR_AUTH_UNAVAILABLE:
	case VIR_ERR_OPERATION_DENIED:
	case VIR_ERR_ACCESS_DENIED:
		return "give this user the right to manage VMs there, or use another URI";
	case VIR_ERR_OPERATION_TIMEOUT:
		return "another job holds the VM: wait for it or end it with virsh domjobabort";
	case VIR_ERR_XML_ERROR:
	case VIR_ERR_XML_DETAIL:
	case VIR_ERR_CONFIG_UNSUPPORTED:
		return "correct the VM's definition";
	case VIR_ERR_NO_SUPPORT:
		return "this hypervisor cannot do it";
	default:
		return "libvirtd's log on that host says more";
	}
}

int lv_error(struct err *e, const struct libvirt_driver *d, size_t host, const char *fmt, ...)
{
	const struct host_address *address = &d->hosts[host].address;
	virErrorPtr error = virGetLastError();
	char what[256];
	va_list args;

	va_start(args, fmt);
	vsnprintf(what, sizeof(what), fmt, args);
	va_end(args);
	return err_set(e, "host %s (%s): %s: %.300s (%s)", address->name, address->uri, what,
		error && error->message ? error->message : "no reason given",
		remedy_of(error ? error->code : 0));
}

int lv_error_lost(struct err *e, const struct libvirt_driver *d, size_t host, const char *what)
{
	const struct host_address *address = &d->hosts[host].address;

	return err_set(e,
		"host %s (%s): %s: the host cannot be reached (check that it is on and libvirtd "
		"runs: virsh -c %s version)",
		address->name, address->uri, what, address->uri);
}
