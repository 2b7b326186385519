/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The control channel: one request line, one answer line, over a virtio-serial port. The port is
 * opened once, for reading and writing: the kernel calls a second open busy.
 */
#include "tools/guest/agent_parts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PORTS "/sys/class/virtio-ports"

static struct {
	int fd;
	char in[AGENT_LINE_MAX];
	size_t in_length;
	bool overlong; /* skip to the line's end */
	char out[AGENT_LINE_MAX];
	size_t out_length, out_sent;
	bool verifying; /* the answer to `verify` is owed */
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
			agent_say("%s: %s", path, strerror(errno));
		break;
	}
	if (dir)
		closedir(dir);
	return control.fd;
}

static void answer(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static void answer(const char *fmt, ...)
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

static void answer_corrupt(struct pages *pages, const char *number)
{
	char *end;
	uint64_t index;

	errno = 0;
	index = strtoull(number, &end, 10);
	if (*number < '0' || *number > '9' || *end || errno)
		answer("error corrupt wants the index of a page");
	else if (!pages_corrupt(pages, index))
		answer("error no filled page of this index (there are %" PRIu64 ")",
			pages_count(pages).filled);
	else
		answer("ok");
}

static void request(struct pages *pages, const char *line, int64_t now_ns)
{
	struct page_counts counts = pages_count(pages);

	if (strcmp(line, "hello") == 0) {
		answer("ok version=%d pages=%" PRIu64 " fill_bytes=%" PRIu64 " disk=no rdp=%s",
			AGENT_VERSION, counts.pages, counts.pages * 4096,
			desktop_here() ? "yes" : "no");
	} else if (strcmp(line, "status") == 0) {
		answer("ok pages=%" PRIu64 " filled=%" PRIu64 " rewritten=%" PRIu64
		       " sessions=%zu uptime_ns=%" PRId64,
			counts.pages, counts.filled, counts.rewritten, sessions_count(), now_ns);
	} else if (!pages) {
		answer("error out of memory");
	} else if (strcmp(line, "verify") == 0) {
		if (counts.filled < counts.pages) {
			answer("error still filling: %" PRIu64 " of %" PRIu64 " pages",
				counts.filled, counts.pages);
			return;
		}
		control.verifying = true;
		pages_verify(pages);
	} else if (strncmp(line, "corrupt ", 8) == 0) {
		answer_corrupt(pages, line + 8);
	} else {
		answer("error unknown request (hello, status, verify, corrupt INDEX)");
	}
}

static void finish_verify(struct pages *pages)
{
	struct verify_result result;

	if (!control.verifying || !pages_verified(pages, &result))
		return;
	control.verifying = false;
	if (!result.bad)
		answer("ok pages=%" PRIu64 " bad=0", result.pages);
	else
		answer("bad pages=%" PRIu64 " bad=%" PRIu64 " first=%" PRIu64
		       " why=%s expected=%" PRIu64 " found=%" PRIu64,
			result.pages, result.bad, result.first, page_fault_name(result.fault),
			result.expected, result.found);
}

/* Nobody at the other end any more: what was half said or still owed concerns no one. */
static void forget(struct pages *pages)
{
	if (control.verifying)
		pages_verify_cancel(pages);
	control.verifying = control.overlong = false;
	control.in_length = control.out_length = control.out_sent = 0;
}

/* Sends what is owed; true when nothing is left. */
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

/* Takes the first whole line out of the buffer; false: there is none yet. */
static bool next_line(char line[static AGENT_LINE_MAX], bool *overlong)
{
	char *end = memchr(control.in, '\n', control.in_length);
	size_t length;

	if (!end) {
		if (control.in_length == sizeof(control.in)) {
			control.in_length = 0;
			control.overlong = true;
		}
		return false;
	}
	length = (size_t)(end - control.in);
	memcpy(line, control.in, length);
	line[length] = '\0';
	if (length && line[length - 1] == '\r')
		line[length - 1] = '\0';
	/* A NUL inside a request makes it another one than it looks. */
	*overlong = control.overlong || memchr(line, '\0', length ? length - 1 : 0);
	control.overlong = false;
	control.in_length -= length + 1;
	memmove(control.in, end + 1, control.in_length);
	return true;
}

void control_serve(struct pages *pages, int64_t now_ns)
{
	finish_verify(pages);
	/* One request at a time: the next is read when the answer is out. */
	while (flush() && !control.verifying) {
		char line[AGENT_LINE_MAX];
		bool overlong;
		ssize_t n;

		if (next_line(line, &overlong)) {
			if (overlong)
				answer("error malformed line (at most %d bytes of text)",
					AGENT_LINE_MAX);
			else
				request(pages, line, now_ns);
			continue;
		}
		n = read(control.fd, control.in + control.in_length,
			sizeof(control.in) - control.in_length);
		if (n == 0)
			forget(pages);
		if (n <= 0)
			break;
		control.in_length += (size_t)n;
	}
}
