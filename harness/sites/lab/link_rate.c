/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Measures the rate of the migration network: a child process sends and receives over a TCP
 * connection from host 1 to host 2. A socket stays in the namespace in which it was made, so the
 * process enters the hosts' namespaces only to make the sockets.
 */
#include "harness/sites/lab/internal.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CHUNK_BYTES (256 * 1024)
/* The token bucket passes a first burst at full speed: bytes within this time are not counted. */
#define BURST_NS (100 * NS_PER_MS)

struct link_measurement {
	const char *lab;
	int64_t duration_ns;
};

/* Makes a socket in a namespace, in which this process stays. Returns the descriptor or -1. */
static int socket_in(const char *lab, const char *label, struct err *e)
{
	char netns[PATH_MAX];
	int fd;

	lab_netns_path(lab, label, netns, sizeof(netns));
	if (spawn_enter_netns(netns, e))
		return -1;
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	return fd < 0 ? err_errno(e, "socket in %s", netns) : fd;
}

/* Connects host a to host b over the migration network. */
static int connect_hosts(const char *lab, int *sender, int *receiver, struct err *e)
{
	struct sockaddr_in to = {.sin_family = AF_INET};
	socklen_t length = sizeof(to);
	int listener = socket_in(lab, "b", e), rc = -1;
	struct timeval timeout = {.tv_sec = 3};

	*sender = *receiver = -1;
	if (listener < 0)
		return -1;
	inet_pton(AF_INET, "10.30.0.12", &to.sin_addr);
	if (bind(listener, (struct sockaddr *)&to, sizeof(to)) || listen(listener, 1) ||
		getsockname(listener, (struct sockaddr *)&to, &length)) {
		err_errno(e, "listening on the migration network");
		goto out;
	}
	*sender = socket_in(lab, "a", e);
	if (*sender < 0)
		goto out;
	setsockopt(*sender, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout));
	if (connect(*sender, (struct sockaddr *)&to, sizeof(to)) ||
		(*receiver = accept4(listener, NULL, NULL, SOCK_CLOEXEC)) < 0) {
		err_errno(e, "host a does not reach host b over the migration network");
		goto out;
	}
	rc = 0;
out:
	close(listener);
	return rc;
}

/* Sends over the connection for a time. *bps: the rate at which bytes arrived. */
static int transfer(int sender, int receiver, int64_t duration_ns, int64_t *bps, struct err *e)
{
	int64_t start_ns = clock_mono_ns(), from_ns = 0, now_ns = start_ns, bytes = 0;
	struct pollfd fds[] = {
		{.fd = sender, .events = POLLOUT}, {.fd = receiver, .events = POLLIN}};
	char *chunk = calloc(1, CHUNK_BYTES);

	if (!chunk)
		return err_set(e, "out of memory");
	while (now_ns < start_ns + BURST_NS + duration_ns) {
		ssize_t n = 0;

		poll(fds, 2, 100);
		if (fds[0].revents)
			send(sender, chunk, CHUNK_BYTES, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (fds[1].revents)
			n = recv(receiver, chunk, CHUNK_BYTES, MSG_DONTWAIT);
		now_ns = clock_mono_ns();
		if (!from_ns && now_ns >= start_ns + BURST_NS)
			from_ns = now_ns;
		else if (from_ns && n > 0)
			bytes += n;
	}
	free(chunk);
	*bps = (int64_t)((double)bytes * 8 * (double)NS_PER_S / (double)(now_ns - from_ns));
	return bytes ? 0 : err_set(e, "no data passes over the migration network");
}

static int measure_link(const void *arg, FILE *out, struct err *e)
{
	const struct link_measurement *measure = arg;
	int sender, receiver, rc;
	int64_t bps = 0;

	rc = connect_hosts(measure->lab, &sender, &receiver, e) ||
			     transfer(sender, receiver, measure->duration_ns, &bps, e)
		     ? -1
		     : 0;
	fprintf(out, "%lld\n", (long long)bps);
	return rc;
}

int lab_link_measure(const char *name, int64_t duration_ns, int64_t *bps, struct err *e)
{
	struct link_measurement measure = {.lab = name, .duration_ns = duration_ns};
	char *text;

	if (spawn_function(NULL, measure_link, &measure, &text, e))
		return -1;
	*bps = strtoll(text, NULL, 10);
	free(text);
	return 0;
}
