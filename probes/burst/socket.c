/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The burst probe's sockets. A raw socket needs CAP_NET_RAW, and receives whole messages, also the
 * ICMP errors of routers. Without the privilege a ping socket is used (Linux: SOCK_DGRAM with ICMP,
 * for the groups in net.ipv4.ping_group_range): the kernel chooses its identifier, checks the
 * checksums, strips the IP header of answers, and puts ICMP errors into the socket's error queue.
 */
#include "probes/burst/internal.h"

#include <errno.h>
#include <linux/net_tstamp.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

/*
 * Answers that were held up for a minute may come at once. The kernel allocates memory only then.
 */
#define RECEIVE_BYTES (32 << 20)
#define SEND_BYTES (4 << 20)

int burst_sockets_init(struct burst_probe *p)
{
	uint16_t ident;

	p->sockets[0] = (struct burst_socket){.fd = -1, .family = AF_INET};
	p->sockets[1] = (struct burst_socket){.fd = -1, .family = AF_INET6};
	if (getrandom(&ident, sizeof(ident), 0) != sizeof(ident) ||
		getrandom(&p->cookie, sizeof(p->cookie), 0) != sizeof(p->cookie))
		return -1;
	p->sockets[0].ident = p->sockets[1].ident = ident;
	return 0;
}

/*
 * Sets a buffer's size by the `privileged` socket option, which may exceed the system's limit and
 * needs CAP_NET_ADMIN, else by the `ordinary` one. Messages that a too small buffer drops are
 * recorded.
 */
static void set_buffer_size(int fd, int privileged, int ordinary, int bytes)
{
	if (setsockopt(fd, SOL_SOCKET, privileged, &bytes, sizeof(bytes)))
		setsockopt(fd, SOL_SOCKET, ordinary, &bytes, sizeof(bytes));
}

/* Requests send stamps. They are optional: without them the time before the call is used. */
static void enable_send_stamps(const struct burst_probe *p, int fd)
{
	unsigned flags = SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE;

	if (p->stamped)
		setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPING, &flags, sizeof(flags));
}

/* Binds a ping socket: its port is its identifier. Requests the ICMP errors of routers. */
static int bind_ping(struct burst_socket *s)
{
	union icmp_address own = {.sa.sa_family = s->family};
	socklen_t size = icmp_address_size(&own);
	int on = 1, rc;

	rc = s->family == AF_INET ? setsockopt(s->fd, SOL_IP, IP_RECVERR, &on, sizeof(on))
				  : setsockopt(s->fd, SOL_IPV6, IPV6_RECVERR, &on, sizeof(on));
	if (rc || bind(s->fd, &own.sa, size) || getsockname(s->fd, &own.sa, &size))
		return -1;
	s->ident = ntohs(s->family == AF_INET ? own.v4.sin_port : own.v6.sin6_port);
	return 0;
}

static int not_permitted(const struct burst_probe *p, struct err *e)
{
	FILE *f = fopen("/proc/sys/net/ipv4/ping_group_range", "re");
	unsigned long from = 1, to = 0;

	if (f && fscanf(f, "%lu %lu", &from, &to) != 2)
		from = 1, to = 0;
	if (f)
		fclose(f);
	return err_set(e,
		"probe %s: sending ICMP is not permitted: run as root, or give the program "
		"CAP_NET_RAW (setcap cap_net_raw+ep), or its group, %u, ping sockets (sysctl "
		"net.ipv4.ping_group_range, which is '%lu %lu' here%s)",
		p->config->name, (unsigned)getegid(), from, to, from > to ? ", nobody" : "");
}

static bool is_denial(int error)
{
	return error == EPERM || error == EACCES;
}

int burst_socket_open(struct burst_probe *p, sa_family_t family, struct err *e)
{
	struct burst_socket *s = burst_socket_of(p, family);
	int protocol = family == AF_INET ? (int)IPPROTO_ICMP : (int)IPPROTO_ICMPV6;
	const int flags = SOCK_CLOEXEC | SOCK_NONBLOCK;
	int on = 1;

	if (s->fd >= 0)
		return 0;
	s->fd = socket(family, SOCK_RAW | flags, protocol);
	if (s->fd < 0 && is_denial(errno)) {
		s->ping = true;
		s->fd = socket(family, SOCK_DGRAM | flags, protocol);
	}
	if (s->fd < 0 && is_denial(errno))
		return not_permitted(p, e);
	if (s->fd < 0)
		return err_errno(e, "probe %s: no ICMP socket", p->config->name);
	if (setsockopt(s->fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on)) ||
		setsockopt(s->fd, SOL_SOCKET, SO_RXQ_OVFL, &on, sizeof(on)) ||
		(s->ping ? bind_ping(s) : icmp_attach_filter(s->fd, family, s->ident, true)))
		return err_errno(
			e, "probe %s: the ICMP socket cannot be configured", p->config->name);
	set_buffer_size(s->fd, SO_RCVBUFFORCE, SO_RCVBUF, RECEIVE_BYTES);
	set_buffer_size(s->fd, SO_SNDBUFFORCE, SO_SNDBUF, SEND_BYTES);
	enable_send_stamps(p, s->fd);
	return 0;
}

void burst_sockets_close(struct burst_probe *p)
{
	for (size_t i = 0; i < ARRAY_SIZE(p->sockets); i++)
		if (p->sockets[i].fd >= 0)
			close(p->sockets[i].fd);
}
