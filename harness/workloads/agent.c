/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The workloads of a VM from its plan, of any kind, and the operations of the kinds that the
 * guest's agent carries out.
 */
#include "harness/ops/workload.h"

#include "harness/ops/agent_responses.h"
#include "harness/ops/guest_agent.h"
#include "harness/plan/settings.h"
#include "harness/workloads/components.h"

#include <inttypes.h>
#include <string.h>

#define ASK_NS (5 * NS_PER_S)

/* Reads the settings of `kind`, all of them absent if the section is of another kind. */
static void own_settings(
	const struct plan_component *kind, const struct plan_section *section, void *settings)
{
	component_settings_read(kind, component_of(section) == kind ? section : NULL, settings);
}

static void from_section(struct workload *workload, const struct workload_ops *const *table,
	const struct plan_section *section)
{
	const struct workload_settings all = workload_settings_of(section);
	struct install_settings install;
	struct dirty_settings dirty;
	struct command_settings command;

	own_settings(&component_workload_install, section, &install);
	own_settings(&component_workload_dirty, section, &dirty);
	own_settings(&component_workload_command, section, &command);
	*workload = (struct workload){
		.ops = workload_find(table, component_of(section)),
		.bytes = install.size_bytes,
		.files = install.files,
		.seed = install.seed == NS_NONE ? dirty.seed : install.seed,
		.rate_bytes_per_s = dirty.rate_bytes_per_s,
		.set_bytes = dirty.set_bytes,
		.command = command.command,
		.verify = command.verify,
		.user = command.user,
		.lead_ns = all.lead_ns,
		.timeout_ns = all.timeout_ns,
		.output = -1,
	};
	snprintf(workload->name, sizeof(workload->name), "%s", plan_section_name(section));
}

size_t workload_collect(const struct workload_ops *const *table, const struct plan_case *c,
	const struct plan_section *vm, struct workload workloads[WORKLOADS_MAX])
{
	const struct vm_settings settings = vm_settings_of(c, vm);
	const struct plan_section *section =
		settings.workload ? plan_section_find(c->plan, SECTION_WORKLOAD, settings.workload)
				  : NULL;
	size_t count = 0;

	if (section)
		from_section(&workloads[count++], table, section);
	if (settings.dirty_bytes_per_s > 0)
		workloads[count++] =
			(struct workload){.ops = workload_find(table, &component_workload_dirty),
				.name = WORKLOAD_OF_VM,
				.bytes = NS_NONE,
				.files = NS_NONE,
				.rate_bytes_per_s = settings.dirty_bytes_per_s,
				.set_bytes = settings.dirty_set_bytes,
				.seed = 1,
				.lead_ns = WORKLOAD_OF_VM_LEAD_NS,
				.timeout_ns = NS_NONE,
				.output = -1};
	for (size_t i = 0; i < count; i++)
		snprintf(workloads[i].vm, sizeof(workloads[i].vm), "%s", plan_section_name(vm));
	return count;
}

/* Sends a request to the agent. 0: the response is "ok"; else an error. */
static int ask(struct workload *workload, const char *request, char *response, size_t size,
	int64_t timeout_ns, struct err *e)
{
	if (workload->channel.ask(workload->channel.ctx, request, response, size, timeout_ns, e))
		return -1;
	if (agent_done_parse(response, e))
		return err_prefix(e, "VM %s: the agent refuses '%s'", workload->vm, request);
	return 0;
}

static int start_install(struct workload *workload, struct err *e)
{
	char request[AGENT_LINE_MAX], response[AGENT_LINE_MAX];

	snprintf(request, sizeof(request),
		"work start install seed=%" PRId64 " bytes=%" PRId64 " files=%" PRId64,
		workload->seed, workload->bytes, workload->files);
	return ask(workload, request, response, sizeof(response), ASK_NS, e);
}

static int start_dirty(struct workload *workload, struct err *e)
{
	char request[AGENT_LINE_MAX], response[AGENT_LINE_MAX];

	snprintf(request, sizeof(request),
		"work start dirty rate=%" PRId64 " set=%" PRId64 " seed=%" PRId64,
		workload->rate_bytes_per_s, workload->set_bytes, workload->seed);
	return ask(workload, request, response, sizeof(response), ASK_NS, e);
}

static int status_of(struct workload *workload, struct workload_status *status, int64_t timeout_ns,
	struct err *e)
{
	char request[64], response[AGENT_LINE_MAX];

	snprintf(request, sizeof(request), "work status %s", workload->ops->component->name);
	if (workload->channel.ask(
		    workload->channel.ctx, request, response, sizeof(response), timeout_ns, e))
		return -1;
	return agent_workload_parse(response, status, e);
}

static int verify(struct workload *workload, struct err *e)
{
	char request[64], response[AGENT_LINE_MAX];

	snprintf(request, sizeof(request), "work verify %s", workload->ops->component->name);
	return ask(workload, request, response, sizeof(response), ASK_NS, e);
}

static int stop(struct workload *workload, struct err *e)
{
	char request[64], response[AGENT_LINE_MAX];

	snprintf(request, sizeof(request), "work stop %s", workload->ops->component->name);
	return ask(workload, request, response, sizeof(response), ASK_NS, e);
}

const struct workload_ops workload_install = {
	.component = &component_workload_install,
	.start = start_install,
	.status = status_of,
	.verify = verify,
	.stop = stop,
};

const struct workload_ops workload_dirty = {
	.component = &component_workload_dirty,
	.start = start_dirty,
	.status = status_of,
	.verify = verify,
	.stop = stop,
};
