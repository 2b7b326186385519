/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The burst probe's thread: reads what came, gives up what ran out, sends what is due, sleeps.
 * Arrivals carry the kernel's stamps, so it need not wake for each of them. After start it
 * neither allocates nor locks nor touches a file; what it sees goes into the ring.
 */
#include "probes/burst.h"

#include <errno.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>

#define READ_BATCH 64
#define READ_BATCHES 64 /* then sending has its turn */
#define PACKET_BYTES 256
/* Arrivals are read at least this often: a wall clock set meanwhile puts only so much in doubt. */
#define SLEEP_MOST_NS (10 * NS_PER_MS)
#define EXPIRE_EVERY_NS NS_PER_MS

struct inbox {
	struct mmsghdr messages[READ_BATCH];
	struct iovec parts[READ_BATCH];
	union icmp_address from[READ_BATCH];
	uint8_t packets[READ_BATCH][PACKET_BYTES];
	_Alignas(struct cmsghdr) uint8_t control[READ_BATCH][128];
	bool stepped; /* the wall clock was set since the last batch: its stamps tell nothing */
};

static void put_late(struct probe *p, int64_t from_ns, int64_t until_ns)
{
	record_put(&p->ring, &(struct record){.kind = RECORD_LATE_TICK, .ns = until_ns,
		.sent_ns = from_ns, .seq = (uint64_t)(until_ns - from_ns)});
}

static void read_control(struct probe *p, struct msghdr *message, size_t family, bool stepped,
	int64_t now, int64_t *utc_ns)
{
	struct record r = {.kind = RECORD_DROPS, .ns = now};
	uint32_t total = p->overflows[family].total;

	*utc_ns = 0;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
		if (c->cmsg_level != SOL_SOCKET)
			continue;
		if (c->cmsg_type == SO_TIMESTAMPNS) {
			struct timespec t;

			memcpy(&t, CMSG_DATA(c), sizeof(t));
			*utc_ns = (int64_t)t.tv_sec * NS_PER_S + t.tv_nsec;
		} else if (c->cmsg_type == SO_RXQ_OVFL) {
			memcpy(&total, CMSG_DATA(c), sizeof(total));
		}
	}
	r.seq = overflow_note(&p->overflows[family], total, stepped ? 0 : *utc_ns,
		p->distance_ns, now, &r.sent_ns);
	if (r.seq)
		record_put(&p->ring, &r);
}

/* Whose address that is; count if nobody's. */
static size_t target_of(const struct probe *p, const uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < p->count; i++) {
		size_t have;
		const uint8_t *own = icmp_address_bytes(&p->targets[i].address, &have);

		if (have == size && memcmp(own, bytes, size) == 0)
			return i;
	}
	return p->count;
}

static void count_foreign(struct probe *p, const union icmp_address *from)
{
	size_t size, i;
	const uint8_t *bytes = icmp_address_bytes(from, &size);

	i = target_of(p, bytes, size);
	atomic_fetch_add_explicit(&p->targets[i < p->count ? i : 0].foreign, 1,
		memory_order_relaxed);
}

static void take_answer(struct probe *p, const struct inbox *in, const struct icmp_reply *reply,
	const union icmp_address *from, int64_t utc_ns, int64_t now)
{
	struct record r = {.target = reply->echo.target, .seq = reply->echo.seq,
		.reported_ns = NS_NONE, .ns = now, .kind = RECORD_ANSWER};
	size_t size, own_size;
	const uint8_t *bytes = icmp_address_bytes(from, &size), *own;

	if (r.target >= p->count) {
		count_foreign(p, from);
		return;
	}
	own = icmp_address_bytes(&p->targets[r.target].address, &own_size);
	if (size != own_size || memcmp(bytes, own, size) != 0) {
		count_foreign(p, from);
		return;
	}
	switch (match_answer(&p->targets[r.target].match, r.seq, &r.sent_ns)) {
	case MATCH_UNKNOWN:
		count_foreign(p, from);
		return;
	case MATCH_DUPLICATE:
		r.kind = RECORD_DUPLICATE;
		break;
	case MATCH_FIRST:
		break;
	}
	if (!in->stepped)
		r.ns = stamp_arrival(utc_ns, p->distance_ns, r.sent_ns, now);
	record_put(&p->ring, &r);
}

static void take_error(struct probe *p, const struct icmp_reply *reply,
	const union icmp_address *from, int64_t now)
{
	struct record r = {.kind = RECORD_UNANSWERED, .ns = now, .target = reply->echo.target,
		.seq = reply->echo.seq, .reported_ns = NS_NONE, .icmp_type = reply->type,
		.icmp_code = reply->code};
	size_t size;
	const uint8_t *bytes = icmp_address_bytes(from, &size);
	size_t i = target_of(p, reply->quoted, size);

	/* The quoted destination must be the target that the payload names, or names one at all. */
	if (i == p->count || (!reply->short_quote && i != r.target)) {
		count_foreign(p, from);
		return;
	}
	r.target = (uint32_t)i;
	if (reply->short_quote)
		r.seq = match_widen(&p->targets[i].match, (uint16_t)r.seq);
	if (!match_fail(&p->targets[i].match, r.seq, &r.sent_ns))
		return;
	r.from_family = (uint8_t)from->sa.sa_family;
	memcpy(r.from, bytes, size);
	record_put(&p->ring, &r);
}

static void take_message(struct probe *p, struct inbox *in, size_t i, sa_family_t family,
	int64_t now)
{
	struct msghdr *message = &in->messages[i].msg_hdr;
	struct icmp_reply reply;
	int64_t utc_ns;

	read_control(p, message, family == AF_INET6, in->stepped, now, &utc_ns);
	icmp_parse(family, in->packets[i], in->messages[i].msg_len, p->ident, p->cookie, &reply);
	switch (reply.what) {
	case ICMP_FOREIGN:
		count_foreign(p, &in->from[i]);
		break;
	case ICMP_ANSWER:
		take_answer(p, in, &reply, &in->from[i], utc_ns, now);
		break;
	case ICMP_REFUSED:
		take_error(p, &reply, &in->from[i], now);
		break;
	}
}

/* Reads one batch; returns how many messages there were. */
static int read_batch(struct probe *p, struct inbox *in, int fd, sa_family_t family)
{
	int64_t now;
	int n;

	for (size_t i = 0; i < READ_BATCH; i++) {
		in->parts[i] = (struct iovec){in->packets[i], PACKET_BYTES};
		in->messages[i].msg_hdr = (struct msghdr){.msg_name = &in->from[i],
			.msg_namelen = sizeof(in->from[i]), .msg_iov = &in->parts[i],
			.msg_iovlen = 1, .msg_control = in->control[i],
			.msg_controllen = sizeof(in->control[i])};
	}
	n = recvmmsg(fd, in->messages, READ_BATCH, MSG_DONTWAIT, NULL);
	now = clock_mono_ns();
	for (int i = 0; i < n; i++)
		take_message(p, in, (size_t)i, family, now);
	return n;
}

static void read_all(struct probe *p, struct inbox *in)
{
	int64_t before = clock_mono_ns(), distance = stamp_distance();

	in->stepped = stamp_stepped(p->distance_ns, distance);
	if (in->stepped)
		put_late(p, p->read_ns, before);
	p->distance_ns = distance;
	for (int i = 0; p->fd4 >= 0 && i < READ_BATCHES; i++)
		if (read_batch(p, in, p->fd4, AF_INET) < READ_BATCH)
			break;
	for (int i = 0; p->fd6 >= 0 && i < READ_BATCHES; i++)
		if (read_batch(p, in, p->fd6, AF_INET6) < READ_BATCH)
			break;
	p->read_ns = before;
}

/* What was sent a time-out before `now_ns` and is not answered; all that came by then is read. */
static void expire(struct probe *p, int64_t now_ns)
{
	int64_t timeout_ns = p->config->timeout_ns;

	for (size_t i = 0; i < p->count; i++) {
		struct record r = {.kind = RECORD_UNANSWERED, .target = (uint32_t)i,
			.reported_ns = NS_NONE};

		while (match_expire(&p->targets[i].match, now_ns - timeout_ns, &r.seq,
			&r.sent_ns)) {
			r.ns = r.sent_ns + timeout_ns;
			record_put(&p->ring, &r);
		}
	}
}

struct outbox {
	struct mmsghdr messages[BURST_BATCH];
	struct iovec parts[BURST_BATCH];
	uint8_t packets[BURST_BATCH][ICMP_PACKET_BYTES];
	struct icmp_echo echo[BURST_BATCH];
};

static void send_failed(struct probe *p, const struct icmp_echo *echo, int error)
{
	struct record r = {.kind = RECORD_UNANSWERED, .ns = clock_mono_ns(), .target = echo->target,
		.seq = echo->seq, .reported_ns = NS_NONE, .error = error};

	if (match_fail(&p->targets[echo->target].match, echo->seq, &r.sent_ns))
		record_put(&p->ring, &r);
}

static void send_batch(struct probe *p, struct outbox *out, unsigned n, sa_family_t family)
{
	int fd = family == AF_INET ? p->fd4 : p->fd6;

	for (unsigned done = 0; done < n;) {
		int sent = sendmmsg(fd, out->messages + done, n - done, MSG_DONTWAIT);

		if (sent > 0)
			done += (unsigned)sent;
		else if (errno != EINTR)
			send_failed(p, &out->echo[done++], errno);
	}
}

/* Sends what is due, at most a batch of one address family; returns how many. */
static unsigned send_due(struct probe *p, struct outbox *out)
{
	int64_t now = clock_mono_ns(), after, due[BURST_BATCH];
	sa_family_t family = AF_UNSPEC;
	unsigned n = 0;

	while (n < BURST_BATCH && schedule_due(&p->schedule) <= now) {
		struct burst_target *target = &p->targets[p->schedule.target];
		sa_family_t own = target->address.sa.sa_family;

		if (family != AF_UNSPEC && own != family)
			break;
		family = own;
		due[n] = schedule_due(&p->schedule);
		out->echo[n] = (struct icmp_echo){.ident = p->ident, .cookie = p->cookie,
			.target = (uint32_t)p->schedule.target,
			.seq = match_send(&target->match, now)};
		icmp_build(family, &out->echo[n], out->packets[n]);
		out->parts[n] = (struct iovec){out->packets[n], ICMP_PACKET_BYTES};
		out->messages[n].msg_hdr = (struct msghdr){.msg_name = &target->address,
			.msg_namelen = icmp_address_size(&target->address),
			.msg_iov = &out->parts[n], .msg_iovlen = 1};
		atomic_fetch_add_explicit(&target->sent, 1, memory_order_relaxed);
		schedule_next(&p->schedule);
		n++;
	}
	if (!n)
		return 0;
	send_batch(p, out, n, family);
	after = clock_mono_ns();
	if (late_send(p->config->interval_ns, after - now))
		put_late(p, now, after);
	for (unsigned i = 0; i < n; i++)
		lateness_count(&p->targets[out->echo[i].target].lateness, after - due[i]);
	return n;
}

static void sleep_until_due(const struct probe *p)
{
	int64_t until = schedule_due(&p->schedule), now = clock_mono_ns();
	struct timespec t;

	if (until > now + SLEEP_MOST_NS)
		until = now + SLEEP_MOST_NS;
	t = (struct timespec){.tv_sec = until / NS_PER_S, .tv_nsec = until % NS_PER_S};
	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
}

void *burst_engine(void *arg)
{
	struct probe *p = arg;
	struct inbox in = {0};
	struct outbox out = {0};
	struct sched_param priority = {.sched_priority = 1};

	/* Both help punctuality and are granted or not; lateness is recorded in any case. */
	prctl(PR_SET_TIMERSLACK, 1);
	pthread_setschedparam(pthread_self(), SCHED_FIFO, &priority);
	p->schedule = (struct schedule){.start_ns = clock_mono_ns(),
		.interval_ns = p->config->interval_ns, .targets = p->count};
	p->read_ns = p->overflows[0].since_ns = p->overflows[1].since_ns = p->schedule.start_ns;
	p->distance_ns = stamp_distance();
	while (!atomic_load_explicit(&p->stopping, memory_order_relaxed)) {
		int64_t now = clock_mono_ns(), due = schedule_due(&p->schedule), late;
		size_t target = p->schedule.target;

		read_all(p, &in);
		if (now >= p->expire_ns) {
			expire(p, now);
			p->expire_ns = now + EXPIRE_EVERY_NS;
		}
		late = schedule_catch_up(&p->schedule, now);
		lateness_count(&p->targets[target].lateness, late);
		if (late > LATE_LEAST_NS)
			put_late(p, due, now);
		/* A full batch: more may be due, but arrivals are looked at in between. */
		if (send_due(p, &out) < BURST_BATCH)
			sleep_until_due(p);
	}
	read_all(p, &in);
	expire(p, p->read_ns);
	return NULL;
}
