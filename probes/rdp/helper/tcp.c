/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The TCP connection of a session. It is made here and not by libfreerdp, to get the errno and to
 * set the time-outs of the command line.
 */
#include "probes/rdp/helper/internal.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

void failure_set_errno(struct failure *failure, int code, const char *why)
{
	const char *name = strerrorname_np(code);

	failure->final = false;
	failure->code = code;
	snprintf(failure->name, sizeof(failure->name), "%s", name ? name : "UNKNOWN");
	snprintf(failure->why, sizeof(failure->why), "%s", why ? why : strerror(code));
}

static socklen_t parse(const struct rdp_options *options, struct sockaddr_storage *address)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)(void *)address;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)(void *)address;

	memset(address, 0, sizeof(*address));
	if (inet_pton(AF_INET, options->address, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(options->port);
		return sizeof(*v4);
	}
	if (inet_pton(AF_INET6, options->address, &v6->sin6_addr) != 1)
		return 0;
	v6->sin6_family = AF_INET6;
	v6->sin6_port = htons(options->port);
	return sizeof(*v6);
}

/* Waits until the socket is connected. Returns 0 or an errno. */
static int await(int fd, struct console *console, int64_t until_ns)
{
	for (;;) {
		struct pollfd fds[] = {
			{.fd = fd, .events = POLLOUT},
			{.fd = STDIN_FILENO, .events = POLLIN},
			{.fd = console->signal_fd, .events = POLLIN},
		};
		int64_t left_ns = until_ns - clock_mono_ns();
		int error = 0;
		socklen_t size = sizeof(error);

		if (left_ns <= 0)
			return ETIMEDOUT;
		if (poll(fds, ARRAY_SIZE(fds), (int)(left_ns / NS_PER_MS) + 1) < 0 &&
			errno != EINTR)
			return errno;
		if (fds[0].revents)
			return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) ? errno : error;
		if (fds[1].revents || fds[2].revents)
			console_take(console);
		if (console_has_cancel(console))
			return ECANCELED;
	}
}

int tcp_connect(const struct rdp_options *options, struct console *console, int64_t until_ns,
	struct failure *failure)
{
	struct sockaddr_storage address;
	socklen_t length = parse(options, &address);
	unsigned ack_ms = (unsigned)(options->ack_timeout_ns / NS_PER_MS);
	int fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0),
	    error = 0;

	if (fd < 0 || setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int)))
		error = errno;
	else if (connect(fd, (struct sockaddr *)&address, length))
		error = errno == EINPROGRESS ? await(fd, console, until_ns) : errno;
	/* Set after connecting, because TCP_USER_TIMEOUT would limit the attempt, too. */
	if (!error && setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &ack_ms, sizeof(ack_ms)))
		error = errno;
	if (!error)
		return fd;
	failure_set_errno(failure, error, NULL);
	if (fd >= 0)
		close(fd);
	return -1;
}
