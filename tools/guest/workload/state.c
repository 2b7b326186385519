/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A workload's status, shared by its thread and the main thread. */
#include "tools/guest/common/platform.h"
#include "tools/guest/workload/internal.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const states[STATES] = {
	"none", "running", "verifying", "correct", "incorrect", "failed", "stopped"};

void state_enter(struct guest_workload *workload, enum guest_workload_state state, uint64_t whole)
{
	pthread_mutex_lock(&workload->lock);
	workload->status.state = state;
	workload->status.done = 0;
	workload->status.whole = whole;
	pthread_mutex_unlock(&workload->lock);
}

void state_advance(struct guest_workload *workload, uint64_t done)
{
	pthread_mutex_lock(&workload->lock);
	workload->status.done += done;
	pthread_mutex_unlock(&workload->lock);
}

void state_mark_written(struct guest_workload *workload)
{
	pthread_mutex_lock(&workload->lock);
	workload->status.ended_ns = platform_now_ns();
	pthread_mutex_unlock(&workload->lock);
}

void state_end(struct guest_workload *workload, enum guest_workload_state state)
{
	pthread_mutex_lock(&workload->lock);
	workload->status.state = state;
	if (!workload->status.ended_ns)
		workload->status.ended_ns = platform_now_ns();
	pthread_mutex_unlock(&workload->lock);
}

void state_clear_damage(struct guest_workload *workload)
{
	pthread_mutex_lock(&workload->lock);
	workload->status.bad = 0;
	workload->status.file[0] = workload->status.why[0] = '\0';
	pthread_mutex_unlock(&workload->lock);
}

static void name_first(
	struct guest_workload_status *status, const char *file, const char *fmt, va_list args)
{
	if (status->why[0])
		return;
	snprintf(status->file, sizeof(status->file), "%s", file);
	vsnprintf(status->why, sizeof(status->why), fmt, args);
}

void state_add_damage(struct guest_workload *workload, const char *file, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	pthread_mutex_lock(&workload->lock);
	workload->status.bad++;
	name_first(&workload->status, file, fmt, args);
	pthread_mutex_unlock(&workload->lock);
	va_end(args);
}

void state_remark(struct guest_workload *workload, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	pthread_mutex_lock(&workload->lock);
	name_first(&workload->status, "", fmt, args);
	pthread_mutex_unlock(&workload->lock);
	va_end(args);
}

void state_fail(struct guest_workload *workload, const char *file, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	pthread_mutex_lock(&workload->lock);
	name_first(&workload->status, file, fmt, args);
	pthread_mutex_unlock(&workload->lock);
	va_end(args);
	state_end(workload, STATE_FAILED);
}

void state_format(struct guest_workload *workload, char *line, size_t size)
{
	struct guest_workload_status status;
	int64_t elapsed_ns;
	uint64_t percent;
	size_t n;

	pthread_mutex_lock(&workload->lock);
	status = workload->status;
	pthread_mutex_unlock(&workload->lock);
	elapsed_ns = status.ended_ns ? status.ended_ns : platform_now_ns();
	elapsed_ns = status.started_ns ? elapsed_ns - status.started_ns : 0;
	percent = status.whole ? status.done * 100 / status.whole : 0;
	n = (size_t)snprintf(line, size,
		"ok state=%s percent=%" PRIu64 " done_bytes=%" PRIu64 " files=%" PRIu64
		" elapsed_ns=%" PRId64,
		states[status.state], percent, status.done_bytes, status.files, elapsed_ns);
	if (status.rate_bps)
		n += (size_t)snprintf(line + n, size - n, " rate=%" PRIu64 " held=%s",
			status.rate_bps, status.held ? "yes" : "no");
	if (status.bad)
		n += (size_t)snprintf(line + n, size - n, " bad=%" PRIu64, status.bad);
	if (status.file[0])
		n += (size_t)snprintf(line + n, size - n, " file=%s", status.file);
	if (status.why[0])
		snprintf(line + n, size - n, " why=%s", status.why);
}
