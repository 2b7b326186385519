/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The null platform: remembers where its one VM was put last. */
#include "harness/drivers/jobs.h"
#include "harness/ops/driver.h"
#include "tests/null_components/component.h"

#include <stdlib.h>
#include <string.h>

extern const struct driver_ops driver_null;

struct null_driver {
	struct driver base;
	const struct driver_context *context;
	struct null_platform_settings settings;
	struct job_list jobs;
	size_t host; /* of the one VM; the context's hosts are numbered */
};

/* The number of a host; JOBS_NO_HOST: the plan has no such host. */
static size_t host_number(const struct null_driver *d, const char *name)
{
	for (size_t i = 0; i < d->context->host_count; i++)
		if (strcmp(d->context->hosts[i].name, name) == 0)
			return i;
	return JOBS_NO_HOST;
}

static int null_open(struct driver **out, const struct driver_context *context, struct err *e)
{
	struct null_driver *d = calloc(1, sizeof(*d));

	if (!d)
		return err_set(e, "out of memory");
	d->base.ops = &driver_null;
	d->context = context;
	/* 0: this platform is not polled for moves that somebody else starts. */
	if (jobs_init(&d->jobs, context, sizeof(struct platform_job), 0)) {
		free(d);
		return err_set(e, "out of memory");
	}
	component_settings_read(&component_platform_null,
		plan_section_at(context->plan, SECTION_PLATFORM, 0), &d->settings);
	*out = &d->base;
	return 0;
}

static void null_close(struct driver *base)
{
	struct null_driver *d = driver_downcast(base, &driver_null);

	if (!d)
		return;
	jobs_release(&d->jobs);
	free(d);
}

static int null_vm_ensure(
	struct driver *base, const struct vm_spec *vm, const char *host, struct err *e)
{
	struct null_driver *d = driver_downcast(base, &driver_null);
	size_t number = host ? host_number(d, host) : 0;

	if (number == JOBS_NO_HOST)
		return err_set(e, "VM %s: there is no host %s", vm->name, host);
	d->host = number;
	return 0;
}

static int null_vm_remove(struct driver *base, const struct vm_spec *vm, struct err *e)
{
	(void)base;
	(void)vm;
	(void)e;
	return 0;
}

static int null_trigger(struct driver *base, const struct move_spec *move, struct err *e)
{
	struct null_driver *d = driver_downcast(base, &driver_null);
	int64_t now = d->context->clock->mono_ns(d->context->clock);
	const struct job_request request = {.vm = move->vm,
		.id_prefix = "null",
		.id_number = now,
		.source = host_number(d, move->source),
		.destination = host_number(d, move->destination),
		.ns = now,
		.earliest_ns = NS_NONE};

	if (request.destination == JOBS_NO_HOST)
		return err_set(e, "VM %s: there is no host %s", move->vm, move->destination);
	return jobs_add(&d->jobs, &request) ? 0 : err_set(e, "out of memory");
}

static int null_job_status(struct driver *base, const char *vm, int64_t since_ns,
	struct job_status *status, struct err *e)
{
	struct null_driver *d = driver_downcast(base, &driver_null);
	int64_t now = d->context->clock->mono_ns(d->context->clock);
	struct platform_job *job = jobs_latest(&d->jobs, vm);

	(void)e;
	if (job && job->state == JOB_MOVING) {
		int64_t end_ns = job->at_ns[JOB_EVENT_REQUESTED] + d->settings.job_ns;

		if (now >= end_ns) {
			d->host = job->destination;
			job_end(job, JOB_COMPLETED, end_ns, NS_NONE);
		}
	}
	jobs_status(&d->jobs, vm, since_ns, status);
	return 0;
}

static int null_cancel(struct driver *base, const char *vm, struct err *e)
{
	struct null_driver *d = driver_downcast(base, &driver_null);
	struct platform_job *job = jobs_latest(&d->jobs, vm);

	(void)e;
	if (job && job->state == JOB_MOVING)
		job_end(job, JOB_CANCELLED, d->context->clock->mono_ns(d->context->clock), NS_NONE);
	return 0;
}

static int null_where(struct driver *base, const char *vm, struct vm_place *places, struct err *e)
{
	struct null_driver *d = driver_downcast(base, &driver_null);

	(void)vm;
	(void)e;
	for (size_t i = 0; i < d->context->host_count; i++) {
		snprintf(places[i].host, sizeof(places[i].host), "%s", d->context->hosts[i].name);
		places[i].state = i == d->host ? VM_RUNNING : VM_NONE;
	}
	return 0;
}

static int null_reconnect(struct driver *base, struct err *e)
{
	(void)base;
	(void)e;
	return 0;
}

const struct driver_ops driver_null = {
	.component = &component_platform_null,
	.open = null_open,
	.close = null_close,
	.vm_ensure = null_vm_ensure,
	.vm_remove = null_vm_remove,
	.trigger = null_trigger,
	.job_status = null_job_status,
	.cancel = null_cancel,
	.where = null_where,
	.reconnect = null_reconnect,
};
