/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Receiving for the burst probe: answers and errors, in batches, with the kernel's arrival stamps;
 * the kernel's send stamps; and probes whose time-out has run out.
 */
#include "probes/burst/internal.h"

#include <errno.h>
#include <linux/errqueue.h>
#include <linux/net_tstamp.h>
#include <linux/sock_diag.h>
#include <stdlib.h>
#include <string.h>

#define READ_BATCH 64
#define READ_BATCHES 64 /* how many batches are read before the next sending */
#define PACKET_BYTES 256
#define CONTROL_BYTES 256

struct burst_inbox {
	struct mmsghdr messages[READ_BATCH];
	struct iovec buffers[READ_BATCH];
	union icmp_address from[READ_BATCH];
	uint8_t packets[READ_BATCH][PACKET_BYTES];
	_Alignas(struct cmsghdr) uint8_t control[READ_BATCH][CONTROL_BYTES];
	bool clock_stepped; /* the wall clock was set since the last read: the stamps are useless */
};

static void make_ready(struct burst_inbox *in, size_t i)
{
	struct msghdr *message = &in->messages[i].msg_hdr;

	message->msg_namelen = sizeof(in->from[i]);
	message->msg_controllen = sizeof(in->control[i]);
	message->msg_flags = 0;
}

int burst_inbox_new(struct burst_probe *p)
{
	struct burst_inbox *in = calloc(1, sizeof(*in));

	p->inbox = in;
	if (!in)
		return -1;
	for (size_t i = 0; i < READ_BATCH; i++) {
		in->buffers[i] = (struct iovec){in->packets[i], PACKET_BYTES};
		in->messages[i].msg_hdr = (struct msghdr){.msg_name = &in->from[i],
			.msg_iov = &in->buffers[i],
			.msg_iovlen = 1,
			.msg_control = in->control[i]};
		make_ready(in, i);
	}
	return 0;
}

static int64_t read_timespec(const struct cmsghdr *c)
{
	struct timespec t;

	memcpy(&t, CMSG_DATA(c), sizeof(t));
	return (int64_t)t.tv_sec * NS_PER_S + t.tv_nsec;
}

static void read_control(struct burst_probe *p, struct burst_socket *s, struct msghdr *message,
	int64_t now, int64_t *utc_ns)
{
	struct record r = {.kind = RECORD_DROPS, .ns = now};
	uint32_t total = s->overflow.total;

	*utc_ns = 0;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
		if (c->cmsg_level != SOL_SOCKET)
			continue;
		if (c->cmsg_type == SO_TIMESTAMPNS)
			*utc_ns = read_timespec(c);
		else if (c->cmsg_type == SO_RXQ_OVFL)
			memcpy(&total, CMSG_DATA(c), sizeof(total));
	}
	r.seq = stamp_overflow_note(&s->overflow, total, p->inbox->clock_stepped ? 0 : *utc_ns,
		p->wall_offset_ns, now, &r.sent_ns);
	if (r.seq)
		record_put(&p->ring, &r);
}

/* Orders addresses: IPv4 before IPv6, then by their bytes. */
static int compare_address(const union icmp_address *own, const uint8_t *bytes, size_t size)
{
	size_t own_size;
	const uint8_t *own_bytes = icmp_address_bytes(own, &own_size);

	if (own_size != size)
		return own_size < size ? -1 : 1;
	return memcmp(own_bytes, bytes, size);
}

static int by_address(const void *a, const void *b, void *probe)
{
	const struct burst_probe *p = probe;
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	size_t size;
	const uint8_t *bytes = icmp_address_bytes(&p->targets[y].address, &size);
	int order = compare_address(&p->targets[x].address, bytes, size);

	return order ? order : (x > y) - (x < y);
}

void burst_sort_addresses(struct burst_probe *p)
{
	for (size_t i = 0; i < p->count; i++)
		p->by_address[i] = (uint32_t)i;
	qsort_r(p->by_address, p->count, sizeof(*p->by_address), by_address, p);
}

/* The first target with an address; p->count if no target has it. */
static size_t find_target(const struct burst_probe *p, const uint8_t *bytes, size_t size)
{
	size_t low = 0, high = p->count;

	while (low < high) {
		size_t middle = (low + high) / 2;
		uint32_t target = p->by_address[middle];

		if (compare_address(&p->targets[target].address, bytes, size) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == p->count ||
		compare_address(&p->targets[p->by_address[low]].address, bytes, size) != 0)
		return p->count;
	return p->by_address[low];
}

/* Counts a foreign message for its sender; one from an unknown sender, for the first target. */
static void count_foreign(struct burst_probe *p, const union icmp_address *from)
{
	size_t size, i;
	const uint8_t *bytes = icmp_address_bytes(from, &size);

	i = find_target(p, bytes, size);
	counter_increment(&p->targets[i < p->count ? i : 0].foreign);
}

/* True if a message's target, seq and address are those of the probe with its serial number. */
static bool matches_probe(const struct burst_probe *p, const struct icmp_echo *echo,
	const struct match_probe *probe, const uint8_t *address, size_t size)
{
	return probe->target == echo->target && probe->seq == echo->seq &&
	       compare_address(&p->targets[probe->target].address, address, size) == 0;
}

static void take_answer(struct burst_probe *p, const struct icmp_reply *reply,
	const union icmp_address *from, int64_t utc_ns, int64_t now)
{
	struct record r = {.reported_ns = NS_NONE, .ns = now, .kind = RECORD_ANSWER};
	struct match_probe probe;
	size_t size;
	const uint8_t *bytes = icmp_address_bytes(from, &size);

	if (!match_peek(&p->match, reply->echo.serial, &probe) ||
		!matches_probe(p, &reply->echo, &probe, bytes, size)) {
		count_foreign(p, from);
		return;
	}
	if (match_answer(&p->match, probe.serial, &probe) == MATCH_DUPLICATE)
		r.kind = RECORD_DUPLICATE;
	r.target = probe.target;
	r.seq = probe.seq;
	r.sent_ns = probe.sent_ns;
	r.pace = probe.pace;
	if (!p->inbox->clock_stepped)
		r.ns = stamp_arrival(utc_ns, p->wall_offset_ns, r.sent_ns, now);
	if (r.kind == RECORD_ANSWER)
		pace_answered(&p->pace, r.target, r.sent_ns, r.ns);
	record_put(&p->ring, &r);
}

static void take_error(struct burst_probe *p, const struct icmp_reply *reply,
	const union icmp_address *from, int64_t now)
{
	struct record r = {.kind = RECORD_UNANSWERED,
		.ns = now,
		.reported_ns = NS_NONE,
		.icmp_type = reply->type,
		.icmp_code = reply->code};
	size_t size, i = p->count, quoted_size = from->sa.sa_family == AF_INET ? 4 : 16;
	const uint8_t *bytes = icmp_address_bytes(from, &size);
	struct match_probe probe;
	uint64_t serial = reply->echo.serial;

	/* Only address and 16 bits of seq are known: assume the address's first target. */
	if (reply->short_quote)
		i = find_target(p, reply->quoted, quoted_size);
	if (reply->short_quote ? i == p->count || !match_find(&p->match, (uint32_t)i,
							  (uint16_t)reply->echo.seq, &serial)
			       : !match_peek(&p->match, serial, &probe) ||
					 !matches_probe(p, &reply->echo, &probe, reply->quoted,
						 quoted_size)) {
		count_foreign(p, from);
		return;
	}
	if (!match_fail(&p->match, serial, &probe))
		return;
	r.target = probe.target;
	r.seq = probe.seq;
	r.sent_ns = probe.sent_ns;
	r.pace = probe.pace;
	r.from_family = (uint8_t)from->sa.sa_family;
	memcpy(r.from, bytes, size);
	record_put(&p->ring, &r);
}

static void take_message(struct burst_probe *p, struct burst_socket *s, size_t i, int64_t now)
{
	struct burst_inbox *in = p->inbox;
	struct msghdr *message = &in->messages[i].msg_hdr;
	struct icmp_reply reply;
	int64_t utc_ns;

	read_control(p, s, message, now, &utc_ns);
	if (s->ping)
		icmp_parse_message(s->family, in->packets[i], in->messages[i].msg_len, s->ident,
			p->cookie, &reply);
	else
		icmp_parse(s->family, in->packets[i], in->messages[i].msg_len, s->ident, p->cookie,
			&reply);
	switch (reply.what) {
	case ICMP_FOREIGN:
		count_foreign(p, &in->from[i]);
		break;
	case ICMP_ANSWER:
		take_answer(p, &reply, &in->from[i], utc_ns, now);
		break;
	case ICMP_REFUSED:
		take_error(p, &reply, &in->from[i], now);
		break;
	}
}

/* The send stamp that the kernel returns with a packet of ours; 0: none. */
static int64_t read_stamp(struct msghdr *message)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c))
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_TIMESTAMPING)
			return read_timespec(c);
	return 0;
}

/* Reads an ICMP error and its sender from an error-queue message. False: it is no ICMP error. */
static bool read_error(struct msghdr *message, struct icmp_reply *reply, union icmp_address *from)
{
	struct sock_extended_err error;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
		size_t size = c->cmsg_len - CMSG_LEN(0);

		if (!(c->cmsg_level == SOL_IP && c->cmsg_type == IP_RECVERR) &&
			!(c->cmsg_level == SOL_IPV6 && c->cmsg_type == IPV6_RECVERR))
			continue;
		if (size < sizeof(error))
			return false;
		memcpy(&error, CMSG_DATA(c), sizeof(error));
		reply->type = error.ee_type;
		reply->code = error.ee_code;
		size -= sizeof(error);
		memcpy(from, CMSG_DATA(c) + sizeof(error),
			size < sizeof(*from) ? size : sizeof(*from));
		return error.ee_origin == SO_EE_ORIGIN_ICMP ||
		       error.ee_origin == SO_EE_ORIGIN_ICMP6;
	}
	return false;
}

/* Handles an ICMP error from the error queue. False: the message is no error, but a send stamp. */
static bool take_queued_error(
	struct burst_probe *p, const struct burst_socket *s, size_t i, int64_t now)
{
	struct burst_inbox *in = p->inbox;
	union icmp_address from = {0};
	struct icmp_reply reply = {0};
	const uint8_t *bytes;
	size_t size;

	if (!read_error(&in->messages[i].msg_hdr, &reply, &from))
		return false;
	icmp_parse_quoted(in->packets[i], in->messages[i].msg_len, s->ident, p->cookie, &reply);
	if (in->from[i].sa.sa_family != s->family)
		return true;
	if (from.sa.sa_family != s->family)
		from = in->from[i];
	bytes = icmp_address_bytes(&in->from[i], &size);
	memcpy(reply.quoted, bytes, size);
	if (reply.what == ICMP_REFUSED)
		take_error(p, &reply, &from, now);
	else
		count_foreign(p, &from);
	return true;
}

void burst_take_stamps(struct burst_probe *p, struct burst_socket *s, unsigned sent,
	int64_t before_ns, int64_t after_ns)
{
	struct burst_inbox *in = p->inbox;
	int n;

	do {
		n = recvmmsg(s->fd, in->messages, READ_BATCH, MSG_DONTWAIT | MSG_ERRQUEUE, NULL);
		for (int i = 0; i < n; i++) {
			int64_t utc_ns = read_stamp(&in->messages[i].msg_hdr);
			struct icmp_echo echo;

			/* Ignore stamps of earlier batches: the kernel held those probes back. */
			if (!take_queued_error(p, s, (size_t)i, after_ns) && utc_ns &&
				icmp_parse_sent(in->packets[i], in->messages[i].msg_len, s->ident,
					p->cookie, &echo) &&
				p->match.next - echo.serial <= sent)
				match_correct(&p->match, echo.serial,
					stamp_sent(utc_ns, p->wall_offset_ns, before_ns, after_ns));
			make_ready(in, (size_t)i);
		}
	} while (n == READ_BATCH);
}

/*
 * Records what a ping socket lost since it was last read. Only raw sockets report that with
 * messages.
 */
static void count_drops(struct burst_probe *p, struct burst_socket *s, int64_t now)
{
	uint32_t info[SK_MEMINFO_VARS] = {0};
	socklen_t size = sizeof(info);
	struct record r = {.kind = RECORD_DROPS, .ns = now, .sent_ns = p->read_ns};

	if (getsockopt(s->fd, SOL_SOCKET, SO_MEMINFO, info, &size))
		return;
	r.seq = info[SK_MEMINFO_DROPS] - s->drops;
	s->drops = info[SK_MEMINFO_DROPS];
	if (r.seq)
		record_put(&p->ring, &r);
}

/* Reads a socket until it is empty, at most READ_BATCHES batches. False: it may not be empty. */
static bool read_socket(struct burst_probe *p, struct burst_socket *s)
{
	struct burst_inbox *in = p->inbox;
	bool empty = false;

	if (s->fd < 0)
		return true;
	for (int k = 0; k < READ_BATCHES && !empty; k++) {
		int n = recvmmsg(s->fd, in->messages, READ_BATCH, MSG_DONTWAIT, NULL);
		int64_t now = clock_mono_ns();

		for (int i = 0; i < n; i++) {
			take_message(p, s, (size_t)i, now);
			make_ready(in, (size_t)i);
		}
		/*
		 * A ping socket also returns a pending error here; the error itself is in the
		 * error queue.
		 */
		empty = n < READ_BATCH && (n >= 0 || !s->ping || errno == EAGAIN);
	}
	if (s->ping) {
		int64_t now = clock_mono_ns();

		burst_take_stamps(p, s, 0, now, now);
		count_drops(p, s, now);
	}
	return empty;
}

/* Records the probes whose time-out ran out by now_ns. Arrivals up to then must have been read. */
static void expire(struct burst_probe *p, int64_t now_ns)
{
	int64_t timeout_ns = p->config->timeout_ns;
	struct match_probe probe;

	while (match_expire(&p->match, now_ns - timeout_ns, &probe))
		record_put(&p->ring, &(struct record){.kind = RECORD_UNANSWERED,
					     .target = probe.target,
					     .seq = probe.seq,
					     .pace = probe.pace,
					     .sent_ns = probe.sent_ns,
					     .ns = probe.sent_ns + timeout_ns,
					     .reported_ns = NS_NONE});
}

void burst_receive(struct burst_probe *p)
{
	int64_t before = clock_mono_ns(), offset = stamp_wall_offset();
	bool empty4, empty6;

	p->inbox->clock_stepped = stamp_stepped(p->wall_offset_ns, offset);
	if (p->inbox->clock_stepped)
		record_put_late(&p->ring, p->read_ns, before);
	p->wall_offset_ns = offset;
	empty4 = read_socket(p, burst_socket_of(p, AF_INET));
	empty6 = read_socket(p, burst_socket_of(p, AF_INET6));
	if (empty4 && empty6)
		expire(p, before);
	p->read_ns = before;
}
