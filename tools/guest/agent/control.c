/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The control channel: one response line for each request line, over a virtio-serial port. The port
 * is opened once, for reading and writing: the kernel refuses a second open with EBUSY.
 */
#include "tools/guest/agent/internal.h"
#include "tools/guest/common/line_buffer.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PORTS "/sys/class/virtio-ports"

static struct {
	int fd;
	struct line_buffer in;
	char out[AGENT_LINE_MAX];
	size_t out_length, out_sent;
	bool verifying;        /* the response to `verify` is pending */
	bool workload_pending; /* the response to a request for `workload` is pending */
	enum workload_kind workload;
} control = {.fd = -1};

static bool port_is_ours(const char *port)
{
	char path[384], name[64] = "";
	FILE *f;

	snprintf(path, sizeof(path), PORTS "/%.255s/name", port);
	f = fopen(path, "re");
	if (!f)
		return false;
	if (!fgets(name, sizeof(name), f))
		name[0] = '\0';
	fclose(f);
	name[strcspn(name, "\n")] = '\0';
	return strcmp(name, AGENT_PORT) == 0;
}

int control_open(void)
{
	DIR *dir = opendir(PORTS);
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		char path[300];

		if (entry->d_name[0] == '.' || !port_is_ours(entry->d_name))
			continue;
		snprintf(path, sizeof(path), "/dev/%s", entry->d_name);
		control.fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
		if (control.fd < 0)
			agent_log("%s: %s", path, strerror(errno));
		break;
	}
	if (dir)
		closedir(dir);
	return control.fd;
}

static void respond(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static void respond(const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(control.out, sizeof(control.out) - 1, fmt, args);
	va_end(args);
	if (n < 0)
		n = 0;
	if ((size_t)n > sizeof(control.out) - 2)
		n = sizeof(control.out) - 2;
	control.out[n] = '\n';
	control.out_length = (size_t)n + 1;
	control.out_sent = 0;
}

static void respond_verify(struct pages *pages)
{
	struct page_counts counts = pages_count(pages);

	if (!pages) {
		respond("error out of memory");
	} else if (counts.filled < counts.pages) {
		respond("error still filling: %" PRIu64 " of %" PRIu64 " pages", counts.filled,
			counts.pages);
	} else {
		control.verifying = true;
		pages_verify_begin(pages);
	}
}

static void respond_corrupt(struct pages *pages, uint64_t index)
{
	if (pages && pages_corrupt(pages, index))
		respond("ok");
	else
		respond("error no filled page has this index (%" PRIu64 " are filled)",
			pages_count(pages).filled);
}

static void respond_clock(void)
{
	struct clock_reading reading = clock_read();

	respond("ok mono_ns=%" PRId64 " wall_ns=%" PRId64 " jump_ns=%" PRId64
		" jump_at_ns=%" PRId64,
		reading.mono_ns, reading.wall_ns, reading.jump_ns, reading.jump_at_ns);
}

static void respond_workload(const struct control_request *request, int64_t now_ns)
{
	char text[AGENT_LINE_MAX];

	if (workloads_request(request, now_ns, text, sizeof(text))) {
		respond("%s", text);
		return;
	}
	control.workload_pending = true;
	control.workload = request->workload.kind;
}

static void serve_request(struct pages *pages, const char *line, int64_t now_ns)
{
	struct page_counts counts = pages_count(pages);
	struct control_request request;
	char why[160];

	if (control_request_parse(line, &request, why, sizeof(why))) {
		respond("error %s", why);
		return;
	}
	switch (request.kind) {
	case CONTROL_HELLO:
		respond("ok version=%d pages=%" PRIu64 " fill_bytes=%" PRIu64 " disk=%s rdp=%s",
			AGENT_VERSION, counts.pages, counts.pages * 4096,
			boot_has_disk() ? "yes" : "no", desktop_is_installed() ? "yes" : "no");
		break;
	case CONTROL_STATUS:
		respond("ok pages=%" PRIu64 " filled=%" PRIu64 " rewritten=%" PRIu64
			" sessions=%zu uptime_ns=%" PRId64,
			counts.pages, counts.filled, counts.rewritten, sessions_count(), now_ns);
		break;
	case CONTROL_VERIFY:
		respond_verify(pages);
		break;
	case CONTROL_CORRUPT:
		respond_corrupt(pages, request.index);
		break;
	case CONTROL_CLOCK:
		respond_clock();
		break;
	case CONTROL_CLOCK_RESET:
		clock_reset();
		respond("ok");
		break;
	case CONTROL_WORKLOAD:
		respond_workload(&request, now_ns);
		break;
	}
}

static void finish_verify(struct pages *pages)
{
	struct verify_result result;

	if (!control.verifying || !pages_verify_poll(pages, &result))
		return;
	control.verifying = false;
	if (!result.bad)
		respond("ok pages=%" PRIu64 " bad=0", result.pages);
	else
		respond("bad pages=%" PRIu64 " bad=%" PRIu64 " first=%" PRIu64
			" why=%s expected=%" PRIu64 " found=%" PRIu64,
			result.pages, result.bad, result.first, page_damage_name(result.damage),
			result.expected, result.found);
}

static void finish_workload(int64_t now_ns)
{
	char text[AGENT_LINE_MAX];

	if (!control.workload_pending ||
		!workloads_poll_response(control.workload, now_ns, text, sizeof(text)))
		return;
	control.workload_pending = false;
	respond("%s", text);
}

/* The harness has closed its end: drops the partial request and every pending response. */
static void forget(struct pages *pages)
{
	if (control.verifying)
		pages_verify_cancel(pages);
	if (control.workload_pending)
		workloads_abandon();
	control.verifying = control.workload_pending = false;
	control.in = (struct line_buffer){0};
	control.out_length = control.out_sent = 0;
}

/* Sends as much of the response as the port takes. True: all of it is sent. */
static bool flush(void)
{
	while (control.out_sent < control.out_length) {
		ssize_t n = write(control.fd, control.out + control.out_sent,
			control.out_length - control.out_sent);

		if (n <= 0)
			return false;
		control.out_sent += (size_t)n;
	}
	control.out_length = control.out_sent = 0;
	return true;
}

void control_serve(struct pages *pages, int64_t now_ns)
{
	finish_verify(pages);
	finish_workload(now_ns);
	/* One request at a time: the next one is read when the response is sent. */
	while (flush() && !control.verifying && !control.workload_pending) {
		char line[AGENT_LINE_MAX], *space;
		size_t size;
		ssize_t n;
		int got = line_buffer_next(&control.in, line);

		if (got < 0)
			respond("error malformed line (at most %d bytes of text)", AGENT_LINE_MAX);
		else if (got > 0)
			serve_request(pages, line, now_ns);
		if (got)
			continue;
		space = line_buffer_reserve(&control.in, &size);
		n = read(control.fd, space, size);
		if (n == 0)
			forget(pages);
		if (n <= 0)
			break;
		line_buffer_commit(&control.in, (size_t)n);
	}
}
