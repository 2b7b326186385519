/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The kinds of work that the guest's agent does, and its answers: see harness/ops/workload.h. */
#include "harness/ops/workload.h"

#include "harness/ops/guest_agent.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define ASK_NS (5 * NS_PER_S)

const struct workload_ops *workload_find(const char *kind)
{
	static const struct workload_ops *const kinds[] = {
		&workload_install, &workload_dirty, &workload_command};

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (strcmp(kinds[i]->kind, kind) == 0)
			return kinds[i];
	return NULL;
}

static void from_section(struct workload *work, const struct plan_case *c,
	const struct plan_section *section)
{
	*work = (struct workload){
		.ops = workload_find(plan_text(c, section, "kind")),
		.bytes = plan_number(c, section, "size"),
		.files = plan_number(c, section, "files"),
		.seed = plan_number(c, section, "seed"),
		.rate_bps = plan_number(c, section, "rate"),
		.set_bytes = plan_number(c, section, "set"),
		.command = plan_text(c, section, "command"),
		.verify = plan_text(c, section, "verify"),
		.user = plan_text(c, section, "user"),
		.lead_ns = plan_number(c, section, "lead"),
		.timeout_ns = plan_number(c, section, "timeout"),
		.output = -1,
	};
	snprintf(work->name, sizeof(work->name), "%s", plan_section_name(section));
}

size_t workload_of(const struct plan_case *c, const struct plan_section *vm,
	struct workload works[WORKS_MAX])
{
	const char *name = plan_text(c, vm, "workload");
	const struct plan_section *section =
		name ? plan_section_find(c->plan, SECTION_WORKLOAD, name) : NULL;
	int64_t dirty_bps = plan_number(c, vm, "dirty");
	size_t count = 0;

	if (section)
		from_section(&works[count++], c, section);
	if (dirty_bps > 0)
		works[count++] = (struct workload){.ops = &workload_dirty,
			.name = "dirty",
			.bytes = NS_NONE,
			.files = NS_NONE,
			.rate_bps = dirty_bps,
			.set_bytes = plan_number(c, vm, "dirty-set"),
			.seed = 1,
			.lead_ns = 5 * NS_PER_S,
			.timeout_ns = NS_NONE,
			.output = -1};
	for (size_t i = 0; i < count; i++)
		snprintf(works[i].vm, sizeof(works[i].vm), "%s", plan_section_name(vm));
	return count;
}

/* The text behind KEY=; to the next blank, or (`rest`) to the line's end. */
static bool take_text(const char *answer, const char *key, bool rest, char *buf, size_t size)
{
	size_t length = strlen(key);

	for (const char *p = strchr(answer, ' '); p; p = strchr(p, ' ')) {
		p++;
		if (strncmp(p, key, length) == 0 && p[length] == '=') {
			p += length + 1;
			snprintf(buf, size, "%.*s", (int)(rest ? strlen(p) : strcspn(p, " ")), p);
			return true;
		}
		/* What follows is prose. */
		if (strncmp(p, "why=", 4) == 0)
			break;
	}
	buf[0] = '\0';
	return false;
}

static int64_t take_number(const char *answer, const char *key)
{
	char text[32], *end;
	int64_t value;

	if (!take_text(answer, key, false, text, sizeof(text)) || text[0] < '0' || text[0] > '9')
		return NS_NONE;
	value = strtoll(text, &end, 10);
	return *end || value == INT64_MAX ? NS_NONE : value;
}

int work_status_parse(const char *answer, struct work_status *status, struct err *e)
{
	char state[32], held[8];
	enum work_state said;
	int64_t percent = take_number(answer, "percent");

	*status = (struct work_status){.state = WORK_STATES,
		.percent = percent >= 0 && percent <= 100 ? (int)percent : -1,
		.done_bytes = take_number(answer, "done_bytes"),
		.files = take_number(answer, "files"),
		.elapsed_ns = take_number(answer, "elapsed_ns"),
		.rate_bps = take_number(answer, "rate"),
		.bad = take_number(answer, "bad"),
		.held = -1};
	if (strncmp(answer, "error ", 6) == 0)
		return err_set(e, "%s", answer + 6);
	if (take_text(answer, "held", false, held, sizeof(held)))
		status->held = strcmp(held, "yes") == 0;
	take_text(answer, "file", false, status->file, sizeof(status->file));
	take_text(answer, "why", true, status->why, sizeof(status->why));
	take_text(answer, "state", false, state, sizeof(state));
	said = work_state_of(state);
	if (said >= WORK_NONE && said <= WORK_STOPPED)
		status->state = said;
	if (strncmp(answer, "ok ", 3) != 0 || status->state == WORK_STATES)
		return err_set(e, "the agent's answer makes no sense: '%.200s'", answer);
	return 0;
}

/* A request whose answer is "ok". */
static int ask(struct workload *work, const char *request, char *answer, size_t size,
	int64_t timeout_ns, struct err *e)
{
	if (work->channel.ask(work->channel.ctx, request, answer, size, timeout_ns, e))
		return -1;
	if (strcmp(answer, "ok") == 0 || strncmp(answer, "ok ", 3) == 0)
		return 0;
	return err_set(e, "VM %s: the agent refuses '%s': %s", work->vm, request,
		strncmp(answer, "error ", 6) == 0 ? answer + 6 : answer);
}

static int start_install(struct workload *work, struct err *e)
{
	char request[AGENT_LINE_MAX], answer[AGENT_LINE_MAX];

	snprintf(request, sizeof(request),
		"work start install seed=%" PRId64 " bytes=%" PRId64 " files=%" PRId64, work->seed,
		work->bytes, work->files);
	return ask(work, request, answer, sizeof(answer), ASK_NS, e);
}

static int start_dirty(struct workload *work, struct err *e)
{
	char request[AGENT_LINE_MAX], answer[AGENT_LINE_MAX];

	snprintf(request, sizeof(request),
		"work start dirty rate=%" PRId64 " set=%" PRId64 " seed=%" PRId64, work->rate_bps,
		work->set_bytes, work->seed);
	return ask(work, request, answer, sizeof(answer), ASK_NS, e);
}

static int status_of(struct workload *work, struct work_status *status, int64_t timeout_ns,
	struct err *e)
{
	char request[64], answer[AGENT_LINE_MAX];

	snprintf(request, sizeof(request), "work status %s", work->ops->kind);
	if (work->channel.ask(work->channel.ctx, request, answer, sizeof(answer), timeout_ns, e))
		return -1;
	return work_status_parse(answer, status, e);
}

static int verify(struct workload *work, struct err *e)
{
	char request[64], answer[AGENT_LINE_MAX];

	snprintf(request, sizeof(request), "work verify %s", work->ops->kind);
	return ask(work, request, answer, sizeof(answer), ASK_NS, e);
}

static int stop(struct workload *work, struct err *e)
{
	char request[64], answer[AGENT_LINE_MAX];

	snprintf(request, sizeof(request), "work stop %s", work->ops->kind);
	return ask(work, request, answer, sizeof(answer), ASK_NS, e);
}

const struct workload_ops workload_install = {
	.kind = "install",
	.help = "writes a suite of files with commits to disk, and reads it all again",
	.agent = true,
	.finite = true,
	.start = start_install,
	.status = status_of,
	.verify = verify,
	.stop = stop,
};

const struct workload_ops workload_dirty = {
	.kind = "dirty",
	.help = "rewrites a set of memory pages at a rate",
	.agent = true,
	.start = start_dirty,
	.status = status_of,
	.verify = verify,
	.stop = stop,
};
