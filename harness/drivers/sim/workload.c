/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The workloads of simulated guests, controlled by the requests of harness/ops/guest_agent.h. The
 * duration of a workload follows from its size. Its result is correct unless the guest's memory or
 * a file was corrupted. Nothing is written.
 */
#include "harness/drivers/sim/internal.h"

#include <inttypes.h>
#include <string.h>

#define WRITE_BYTES_PER_S (INT64_C(50) << 20)
#define READ_BYTES_PER_S (INT64_C(400) << 20)
#define DISK_BYTES (INT64_C(8) << 30)
#define WORKLOAD_FILE "suite/0007.dat"

static struct sim_workload *workload_of(
	struct sim_driver *d, const struct sim_vm *vm, const char *name)
{
	struct sim_workload *workload;

	for (size_t i = 0; i < d->workload_count; i++)
		if (strcmp(d->workloads[i].vm, vm->name) == 0 &&
			strcmp(d->workloads[i].name, name) == 0)
			return &d->workloads[i];
	if (ARRAY_GROW(d->workloads, d->workload_count, d->workload_capacity))
		return NULL;
	workload = &d->workloads[d->workload_count++];
	*workload = (struct sim_workload){.state = WORKLOAD_NONE};
	snprintf(workload->vm, sizeof(workload->vm), "%s", vm->name);
	snprintf(workload->name, sizeof(workload->name), "%s", name);
	return workload;
}

static int64_t span_ns(int64_t bytes, int64_t bytes_per_s)
{
	return (int64_t)((double)bytes / (double)bytes_per_s * (double)NS_PER_S);
}

/* Brings a workload's state up to the current virtual time. */
static void advance(struct sim_driver *d, const struct sim_vm *vm, struct sim_workload *w)
{
	int64_t now = sim_now_ns(d->world);

	if (w->state == WORKLOAD_RUNNING && w->finite) {
		if (w->bytes > DISK_BYTES &&
			now >= w->begun_ns + span_ns(DISK_BYTES, WRITE_BYTES_PER_S)) {
			w->state = WORKLOAD_FAILED;
		} else if (now >= w->begun_ns + span_ns(w->bytes, WRITE_BYTES_PER_S)) {
			w->state = WORKLOAD_VERIFYING;
			w->verify_ns = w->begun_ns + span_ns(w->bytes, WRITE_BYTES_PER_S);
		}
	}
	if (w->state == WORKLOAD_VERIFYING &&
		now >= w->verify_ns + span_ns(w->bytes, READ_BYTES_PER_S))
		w->state = w->corrupted || vm->corrupted ? WORKLOAD_INCORRECT : WORKLOAD_CORRECT;
}

static void format_status(struct sim_driver *d, const struct sim_vm *vm, struct sim_workload *w,
	char *response, size_t size)
{
	int64_t all_ns = span_ns(w->bytes, WRITE_BYTES_PER_S);
	int64_t done_ns = sim_now_ns(d->world) - w->begun_ns;
	bool failed;

	advance(d, vm, w);
	failed = w->state == WORKLOAD_FAILED;
	done_ns = done_ns > all_ns ? all_ns : done_ns;
	snprintf(response, size,
		"ok state=%s percent=%d done_bytes=%" PRId64 " files=7 elapsed_ns=%" PRId64
		"%s%s%s%s",
		workload_state_name(w->state), all_ns ? (int)(100 * done_ns / all_ns) : 100,
		done_ns / NS_PER_MS * WRITE_BYTES_PER_S / 1000, done_ns,
		w->finite ? "" : w->rate_text,
		w->state == WORKLOAD_INCORRECT ? " file=" WORKLOAD_FILE : "",
		w->state == WORKLOAD_INCORRECT ? " why=contents differ (simulated)" : "",
		failed ? " why=No space left on device (simulated)" : "");
}

static bool start(struct sim_driver *d, struct sim_workload *w, const char *words)
{
	int64_t rate = 0;

	*w = (struct sim_workload){.state = WORKLOAD_RUNNING, .begun_ns = sim_now_ns(d->world)};
	if (sscanf(words, "install seed=%*d bytes=%" SCNd64 " files=%*d", &w->bytes) == 1) {
		w->finite = true;
		return true;
	}
	if (sscanf(words, "dirty rate=%" SCNd64 " set=%" SCNd64, &rate, &w->bytes) != 2)
		return false;
	snprintf(w->rate_text, sizeof(w->rate_text), " rate=%" PRId64 " held=yes", rate);
	return true;
}

/* The kind at the start of `words`, "install" or "dirty"; NULL: neither. */
static const char *kind_of(const char *words)
{
	if (strncmp(words, "install", 7) == 0)
		return "install";
	return strncmp(words, "dirty", 5) == 0 ? "dirty" : NULL;
}

void sim_workload_respond(struct sim_driver *d, const struct sim_vm *vm, const char *request,
	char *response, size_t size)
{
	enum { START, STATUS, VERIFY, CORRUPT, STOP, VERBS };
	static const char *const verbs[VERBS] = {
		"start ", "status ", "verify ", "corrupt ", "stop "};
	const char *words = NULL, *kind = NULL;
	struct sim_workload *w, kept;
	int verb = START;

	while (verb < VERBS && strncmp(request, verbs[verb], strlen(verbs[verb])) != 0)
		verb++;
	if (verb < VERBS)
		words = request + strlen(verbs[verb]);
	kind = words ? kind_of(words) : NULL;
	w = kind ? workload_of(d, vm, kind) : NULL;
	snprintf(response, size, "error no such work: %.100s", request);
	if (!w)
		return;
	kept = *w;
	switch (verb) {
	case START:
		if (!start(d, w, words)) {
			*w = kept;
			return;
		}
		memcpy(w->vm, kept.vm, sizeof(w->vm));
		memcpy(w->name, kept.name, sizeof(w->name));
		break;
	case STATUS:
		format_status(d, vm, w, response, size);
		return;
	case VERIFY:
		advance(d, vm, w);
		w->state = WORKLOAD_VERIFYING;
		w->verify_ns = sim_now_ns(d->world);
		break;
	case CORRUPT:
		w->corrupted = true;
		snprintf(response, size, "ok file=" WORKLOAD_FILE);
		return;
	default:
		advance(d, vm, w);
		if (w->state == WORKLOAD_RUNNING || w->state == WORKLOAD_VERIFYING)
			w->state = WORKLOAD_STOPPED;
	}
	snprintf(response, size, "ok");
}
