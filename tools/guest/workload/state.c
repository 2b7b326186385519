/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A work's state, between the thread that works and the one that answers. */
#include "tools/guest/common/platform.h"
#include "tools/guest/workload/internal.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const states[STATES] = {
	"none", "running", "verifying", "correct", "incorrect", "failed", "stopped"};

void work_enter(struct work *work, enum work_state state, uint64_t whole)
{
	pthread_mutex_lock(&work->lock);
	work->status.state = state;
	work->status.done = 0;
	work->status.whole = whole;
	pthread_mutex_unlock(&work->lock);
}

void work_advance(struct work *work, uint64_t done)
{
	pthread_mutex_lock(&work->lock);
	work->status.done += done;
	pthread_mutex_unlock(&work->lock);
}

void work_written(struct work *work)
{
	pthread_mutex_lock(&work->lock);
	work->status.ended_ns = platform_now_ns();
	pthread_mutex_unlock(&work->lock);
}

void work_end(struct work *work, enum work_state state)
{
	pthread_mutex_lock(&work->lock);
	work->status.state = state;
	if (!work->status.ended_ns)
		work->status.ended_ns = platform_now_ns();
	pthread_mutex_unlock(&work->lock);
}

void work_forget(struct work *work)
{
	pthread_mutex_lock(&work->lock);
	work->status.bad = 0;
	work->status.file[0] = work->status.why[0] = '\0';
	pthread_mutex_unlock(&work->lock);
}

static void name_first(struct work_status *status, const char *file, const char *fmt, va_list args)
{
	if (status->why[0])
		return;
	snprintf(status->file, sizeof(status->file), "%s", file);
	vsnprintf(status->why, sizeof(status->why), fmt, args);
}

void work_bad(struct work *work, const char *file, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	pthread_mutex_lock(&work->lock);
	work->status.bad++;
	name_first(&work->status, file, fmt, args);
	pthread_mutex_unlock(&work->lock);
	va_end(args);
}

void work_remark(struct work *work, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	pthread_mutex_lock(&work->lock);
	name_first(&work->status, "", fmt, args);
	pthread_mutex_unlock(&work->lock);
	va_end(args);
}

void work_fail(struct work *work, const char *file, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	pthread_mutex_lock(&work->lock);
	name_first(&work->status, file, fmt, args);
	pthread_mutex_unlock(&work->lock);
	va_end(args);
	work_end(work, STATE_FAILED);
}

void work_status_line(struct work *work, char *line, size_t size)
{
	struct work_status status;
	int64_t elapsed_ns;
	uint64_t percent;
	size_t n;

	pthread_mutex_lock(&work->lock);
	status = work->status;
	pthread_mutex_unlock(&work->lock);
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
