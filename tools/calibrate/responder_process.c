/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The responder's child process and its namespace: see responder_process.h. */
#include "tools/calibrate/responder_process.h"

#include "harness/base/process.h"
#include "tools/calibrate/truth.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define TAP "tap0"
#define OWN_ADDRESS "10.78.0.1"
#define OWN_MASK "255.255.255.0"

static int bring_up(int fd, const char *device, struct err *e)
{
	struct ifreq request = {.ifr_flags = IFF_UP | IFF_RUNNING};

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", device);
	return ioctl(fd, SIOCSIFFLAGS, &request) ? err_errno(e, "%s cannot be brought up", device)
						 : 0;
}

static int set_address(int fd, unsigned long what, const char *text, struct err *e)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	struct ifreq request = {0};

	inet_pton(AF_INET, text, &address.sin_addr);
	snprintf(request.ifr_name, sizeof(request.ifr_name), TAP);
	memcpy(&request.ifr_addr, &address, sizeof(address));
	return ioctl(fd, what, &request) ? err_errno(e, TAP ": %s", text) : 0;
}

/* Prevents the kernel's own IPv6 packets. A kernel without IPv6 lacks the file. */
static void disable_ipv6(void)
{
	int fd = open("/proc/sys/net/ipv6/conf/all/disable_ipv6", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	if (write(fd, "1", 1) < 0)
		errno = 0;
	close(fd);
}

static int configure_devices(struct err *e)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), rc;

	if (fd < 0)
		return err_errno(e, "no socket");
	disable_ipv6();
	rc = bring_up(fd, "lo", e) || set_address(fd, SIOCSIFADDR, OWN_ADDRESS, e) ||
			     set_address(fd, SIOCSIFNETMASK, OWN_MASK, e) || bring_up(fd, TAP, e)
		     ? -1
		     : 0;
	close(fd);
	return rc;
}

static int open_responder(struct responder **responder, struct err *e)
{
	struct wire_addresses own = {.mac = {0x52, 0x54, 0x00, 0xb1, 0xac, 0x07}, .count = 1};
	struct in_addr first;

	inet_pton(AF_INET, RESPONDER_ADDRESS, &first);
	own.first = ntohl(first.s_addr);
	if (unshare(CLONE_NEWNET))
		return err_errno(e, "a network namespace cannot be made (run blackout as root; a "
				    "container must be privileged)");
	return responder_new(responder, TAP, &own, e) || configure_devices(e) ? -1 : 0;
}

/* Sends the error text to the waiting parent; "" means that the responder answers. */
static void report_start(int fd, const struct err *e)
{
	if (write(fd, e->text, strlen(e->text) + 1) < 0)
		_exit(1);
	close(fd);
}

static void ignore_event(const struct responder_event *event, void *ctx)
{
	(void)event;
	(void)ctx;
}

static _Noreturn void serve(const char *name, const char *dir, struct responder_event *events,
	size_t count, int64_t until_ns, int fd, pid_t parent)
{
	struct responder *responder = NULL;
	struct err e = {0};
	int rc;

	process_tie_to_parent(parent);
	/* Ctrl-C reaches the whole process group; the parent decides what it means. */
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_DFL);
	rc = open_responder(&responder, &e);
	report_start(fd, &e);
	if (!rc)
		rc = responder_serve(responder, events, count, until_ns, ignore_event, NULL, &e) ||
		     truth_write(dir, name, events, count, &e);
	if (rc)
		fprintf(stderr, "blackout: %s\n", e.text);
	_exit(rc ? 1 : 0);
}

int responder_process_start(struct responder_process *process, const char *name, const char *dir,
	struct responder_event *events, size_t count, int64_t until_ns, struct err *e)
{
	pid_t parent = getpid();
	char text[sizeof(e->text)] = "";
	struct err ignored;
	int ends[2];
	ssize_t n;

	*process = (struct responder_process){0};
	if (pipe2(ends, O_CLOEXEC))
		return err_errno(e, "no pipe");
	fflush(NULL);
	process->pid = fork();
	if (process->pid == 0)
		serve(name, dir, events, count, until_ns, ends[1], parent);
	close(ends[1]);
	if (process->pid < 0) {
		process->pid = 0;
		close(ends[0]);
		return err_errno(e, "no child process");
	}
	do
		n = read(ends[0], text, sizeof(text) - 1);
	while (n < 0 && errno == EINTR);
	close(ends[0]);
	snprintf(process->netns, sizeof(process->netns), "/proc/%d/ns/net", (int)process->pid);
	if (n > 0 && !*text)
		return 0;
	responder_process_stop(process, true, &ignored);
	return err_set(e, "%s", *text ? text : "the responder died");
}

int responder_process_stop(struct responder_process *process, bool now, struct err *e)
{
	int status = 0;

	if (!process->pid)
		return 0;
	if (now)
		kill(process->pid, SIGKILL);
	while (waitpid(process->pid, &status, 0) < 0)
		if (errno != EINTR)
			break;
	process->pid = 0;
	return now || status == 0 ? 0 : err_set(e, "the responder failed");
}
