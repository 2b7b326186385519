/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Limits the time of a handshake. libfreerdp waits for ever for a server that accepts a connection
 * and then sends nothing. So the guard's thread shuts the socket down when the time is up or a
 * command cancels the attempt. Between guard_start and guard_stop only that thread may use the
 * console.
 */
#include "probes/rdp/helper/internal.h"

#include <errno.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

static void *guard_thread(void *arg)
{
	struct guard *guard = arg;

	while (!guard->reason) {
		struct pollfd fds[] = {
			{.fd = guard->end_fd, .events = POLLIN},
			{.fd = STDIN_FILENO, .events = POLLIN},
			{.fd = guard->console->signal_fd, .events = POLLIN},
		};
		int64_t left_ns = guard->until_ns - clock_mono_ns();

		if (left_ns <= 0) {
			guard->reason = ETIMEDOUT;
			break;
		}
		if (poll(fds, ARRAY_SIZE(fds), (int)(left_ns / NS_PER_MS) + 1) <= 0)
			continue;
		if (fds[0].revents)
			return NULL;
		console_take(guard->console);
		if (console_has_cancel(guard->console))
			guard->reason = ECANCELED;
	}
	guard->cut(guard->ctx);
	shutdown(guard->fd, SHUT_RDWR);
	return NULL;
}

int guard_start(struct guard *guard)
{
	int error;

	guard->reason = 0;
	guard->end_fd = eventfd(0, EFD_CLOEXEC);
	if (guard->end_fd < 0)
		return errno;
	error = pthread_create(&guard->thread, NULL, guard_thread, guard);
	if (error)
		close(guard->end_fd);
	return error;
}

int guard_stop(struct guard *guard)
{
	uint64_t one = 1;

	while (write(guard->end_fd, &one, sizeof(one)) < 0 && errno == EINTR)
		;
	pthread_join(guard->thread, NULL);
	close(guard->end_fd);
	return guard->reason;
}
