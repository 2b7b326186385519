/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The null platform: remembers the host to which its one VM was moved last. */
#include "harness/ops/driver.h"
#include "tests/null_components/component.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct driver {
	const struct driver_context *context;
	struct null_platform_settings settings;
	char host[64];          /* of the one VM */
	char destination[64];
	int64_t requested_ns;   /* NS_NONE: no job yet */
	bool end_recorded;      /* the fact that the job has ended is written */
};

static int null_open(struct driver **out, const struct driver_context *context, struct err *e)
{
	struct driver *d = calloc(1, sizeof(*d));

	if (!d)
		return err_set(e, "out of memory");
	d->context = context;
	d->requested_ns = NS_NONE;
	component_settings_read(&component_platform_null,
		plan_section_at(context->plan, SECTION_PLATFORM, 0), &d->settings);
	*out = d;
	return 0;
}

static void null_close(struct driver *d)
{
	free(d);
}

static int null_vm_ensure(
	struct driver *d, const struct vm_spec *vm, const char *host, struct err *e)
{
	(void)vm;
	(void)e;
	snprintf(d->host, sizeof(d->host), "%s", host ? host : d->context->hosts[0].name);
	return 0;
}

static int null_vm_remove(struct driver *d, const struct vm_spec *vm, struct err *e)
{
	(void)d;
	(void)vm;
	(void)e;
	return 0;
}

static int null_trigger(struct driver *d, const struct move_spec *move, struct err *e)
{
	(void)e;
	d->requested_ns = d->context->clock->mono_ns(d->context->clock);
	d->end_recorded = false;
	snprintf(d->destination, sizeof(d->destination), "%s", move->destination);
	FACT(d->context->log, d->requested_ns, FACT_JOB, move->vm, FS("id", "null"),
		FS("what", job_event_name(JOB_EVENT_REQUESTED)));
	return 0;
}

static int null_job_status(struct driver *d, const char *vm, int64_t since_ns,
	struct job_status *status, struct err *e)
{
	int64_t end_ns = d->requested_ns + d->settings.job_ns;

	(void)e;
	*status = (struct job_status){.requested_ns = NS_NONE, .ended_ns = NS_NONE};
	if (d->requested_ns == NS_NONE || d->requested_ns < since_ns)
		return 0;
	status->state = JOB_MOVING;
	status->requested_ns = d->requested_ns;
	snprintf(status->id, sizeof(status->id), "null");
	if (d->context->clock->mono_ns(d->context->clock) < end_ns)
		return 0;
	status->state = JOB_COMPLETED;
	status->ended_ns = end_ns;
	snprintf(d->host, sizeof(d->host), "%s", d->destination);
	if (!d->end_recorded)
		FACT(d->context->log, end_ns, FACT_JOB, vm, FS("id", "null"),
			FS("what", job_event_name(JOB_EVENT_ENDED)),
			FS("state", job_state_name(JOB_COMPLETED)));
	d->end_recorded = true;
	return 0;
}

static int null_cancel(struct driver *d, const char *vm, struct err *e)
{
	(void)d;
	(void)vm;
	(void)e;
	return 0;
}

static int null_where(struct driver *d, const char *vm, struct vm_place *places, struct err *e)
{
	(void)vm;
	(void)e;
	for (size_t i = 0; i < d->context->host_count; i++) {
		const char *name = d->context->hosts[i].name;

		snprintf(places[i].host, sizeof(places[i].host), "%s", name);
		places[i].state = strcmp(name, d->host) == 0 ? VM_RUNNING : VM_NONE;
	}
	return 0;
}

static int null_reconnect(struct driver *d, struct err *e)
{
	(void)d;
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
