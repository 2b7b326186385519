/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The session server: echoes each record at once, with the server's count of the session's records
 * in it. It runs in the agent's thread and never blocks. When all slots are in use, it drops the
 * client that has been idle longest: a client whose host lost power never closes its connection.
 */
#include "tools/guest/agent/internal.h"

#include <endian.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define CLIENTS_MAX 512
/*
 * Buffer for echoes that the client has not read. While it is full, further records wait in the
 * socket.
 */
#define OUT_BYTES (16 * AGENT_UPDATE_BYTES)

struct client {
	int fd; /* -1: free */
	uint64_t updates;
	int64_t active_ns;
	int64_t screen_ns;     /* interval of the screen's changes; 0: it does not change */
	int64_t screen_due_ns; /* when it changes next */
	size_t in_length, out_length;
	unsigned char in[AGENT_UPDATE_BYTES];
	unsigned char out[OUT_BYTES];
};

static struct {
	int epoll, listener;
	size_t count;
	struct client clients[CLIENTS_MAX];
} server = {.epoll = -1, .listener = -1};

size_t sessions_count(void)
{
	return server.count;
}

int sessions_open(void)
{
	struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons(AGENT_SESSION_PORT)};
	struct epoll_event event = {.events = EPOLLIN, .data = {.ptr = NULL}};
	int on = 1;

	for (size_t i = 0; i < CLIENTS_MAX; i++)
		server.clients[i].fd = -1;
	server.epoll = epoll_create1(EPOLL_CLOEXEC);
	server.listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	setsockopt(server.listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(server.listener, (struct sockaddr *)&any, sizeof(any)) ||
		listen(server.listener, 128) ||
		epoll_ctl(server.epoll, EPOLL_CTL_ADD, server.listener, &event)) {
		agent_log("session server: %s", strerror(errno));
		return -1;
	}
	return server.epoll;
}

static void client_close(struct client *client)
{
	close(client->fd);
	client->fd = -1;
	server.count--;
}

static struct client *client_slot(void)
{
	struct client *idlest = &server.clients[0];

	for (size_t i = 0; i < CLIENTS_MAX; i++) {
		struct client *client = &server.clients[i];

		if (client->fd < 0)
			return client;
		if (client->active_ns < idlest->active_ns)
			idlest = client;
	}
	client_close(idlest);
	return idlest;
}

static void client_accept(void)
{
	struct epoll_event event = {.events = EPOLLIN};
	struct client *client;
	int on = 1, fd = accept4(server.listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd < 0)
		return;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	client = client_slot();
	event.data.ptr = client;
	if (epoll_ctl(server.epoll, EPOLL_CTL_ADD, fd, &event)) {
		close(fd);
		return;
	}
	*client = (struct client){.fd = fd, .active_ns = agent_now_ns()};
	server.count++;
}

static void client_echo(struct client *client)
{
	uint64_t updates = htobe64(++client->updates);
	uint32_t screen_ms;

	memcpy(&screen_ms, client->in + AGENT_UPDATE_SCREEN, sizeof(screen_ms));
	screen_ms = be32toh(screen_ms);
	if (screen_ms && !client->screen_ns)
		client->screen_due_ns = agent_now_ns();
	client->screen_ns = (int64_t)screen_ms * 1000000;
	memcpy(client->in + 8, &updates, sizeof(updates));
	memcpy(client->out + client->out_length, client->in, AGENT_UPDATE_BYTES);
	client->out_length += AGENT_UPDATE_BYTES;
	client->in_length = 0;
}

/* Sends what the socket takes. False: the client is gone. */
static bool client_flush(struct client *client)
{
	ssize_t n;

	if (!client->out_length)
		return true;
	n = send(client->fd, client->out, client->out_length, MSG_NOSIGNAL);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	client->out_length -= (size_t)n;
	memmove(client->out, client->out + n, client->out_length);
	return true;
}

/* Echoes records until no input is left or the output buffer is full. False: the client is gone. */
static bool client_serve(struct client *client)
{
	client->active_ns = agent_now_ns();
	for (int turn = 0; turn < 64; turn++) {
		ssize_t n;

		if (!client_flush(client))
			return false;
		if (client->out_length + AGENT_UPDATE_BYTES > OUT_BYTES)
			return true;
		n = recv(client->fd, client->in + client->in_length,
			AGENT_UPDATE_BYTES - client->in_length, 0);
		if (n == 0)
			return false;
		if (n < 0)
			return errno == EAGAIN || errno == EINTR;
		client->in_length += (size_t)n;
		if (client->in_length == AGENT_UPDATE_BYTES)
			client_echo(client);
	}
	return true;
}

/*
 * Sends a record for each screen change that is due; returns in how many ns the next change is due.
 * Like a remote desktop, it skips a change while the client has not read the last record.
 */
static int64_t screens_serve(void)
{
	const uint64_t number = htobe64(AGENT_SCREEN);
	int64_t now_ns = agent_now_ns(), next_ns = INT64_MAX;

	for (size_t i = 0; i < CLIENTS_MAX; i++) {
		struct client *client = &server.clients[i];

		if (client->fd < 0 || !client->screen_ns)
			continue;
		if (now_ns >= client->screen_due_ns && !client->out_length) {
			memset(client->out, 0, AGENT_UPDATE_BYTES);
			memcpy(client->out, &number, sizeof(number));
			client->out_length = AGENT_UPDATE_BYTES;
			if (!client_flush(client)) {
				client_close(client);
				continue;
			}
		}
		if (now_ns >= client->screen_due_ns)
			client->screen_due_ns = now_ns + client->screen_ns;
		if (client->screen_due_ns < next_ns)
			next_ns = client->screen_due_ns;
	}
	return next_ns == INT64_MAX ? INT64_MAX : next_ns - now_ns;
}

int64_t sessions_serve(void)
{
	struct epoll_event events[64];
	int n = epoll_wait(server.epoll, events, 64, 0);

	for (int i = 0; i < n; i++) {
		struct client *client = events[i].data.ptr;
		struct epoll_event wanted = {.events = EPOLLIN, .data = {.ptr = client}};

		if (!client) {
			client_accept();
			continue;
		}
		if (client->fd < 0)
			continue;
		if (!client_serve(client) || !client_flush(client)) {
			client_close(client);
			continue;
		}
		if (client->out_length)
			wanted.events = client->out_length + AGENT_UPDATE_BYTES > OUT_BYTES
						? EPOLLOUT
						: EPOLLIN | EPOLLOUT;
		epoll_ctl(server.epoll, EPOLL_CTL_MOD, client->fd, &wanted);
	}
	return screens_serve();
}
