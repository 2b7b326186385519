/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The burst probe's thread: receives, sends what is due, sleeps. It need not wake for each arrival,
 * as the kernel stamps arrivals. Once started, it does not allocate, lock or access files; its
 * records go into the ring.
 */
#include "probes/burst/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

/*
 * Arrivals are read at least this often: if the wall clock is set, stamps are useless for this
 * long.
 */
#define SLEEP_MAX_NS (10 * NS_PER_MS)
/* With many targets the thread wakes once for about this many probes, but … */
#define GATHER_PROBES 24
/* … delays no probe by more than this, nor by more than this fraction of an interval. */
#define GATHER_MAX_NS (NS_PER_MS / 4)
#define GATHER_INTERVAL_DIVISOR 16
/* How often unsent probes and refusals of the fine interval are recorded. */
#define REPORT_NS (100 * NS_PER_MS)

struct burst_outbox {
	struct mmsghdr messages[BURST_BATCH];
	struct iovec buffers[BURST_BATCH];
	uint8_t packets[BURST_BATCH][ICMP_PACKET_BYTES];
	uint32_t target[BURST_BATCH];
	int64_t due_ns[BURST_BATCH];
	uint64_t serial[BURST_BATCH];
	unsigned count;
	sa_family_t family; /* of all probes in it */
};

int burst_outbox_new(struct burst_probe *p)
{
	struct burst_outbox *out = calloc(1, sizeof(*out));

	p->outbox = out;
	if (!out)
		return -1;
	for (unsigned i = 0; i < BURST_BATCH; i++) {
		out->buffers[i] = (struct iovec){out->packets[i], ICMP_PACKET_BYTES};
		out->messages[i].msg_hdr =
			(struct msghdr){.msg_iov = &out->buffers[i], .msg_iovlen = 1};
	}
	return 0;
}

/* True if our own machine lacked buffer space, which says nothing about the target. */
static bool is_shortage(int error)
{
	return error == ENOBUFS || error == EAGAIN || error == ENOMEM;
}

static void send_failed(struct burst_probe *p, uint64_t serial, int error)
{
	struct record r = {.kind = RECORD_UNANSWERED,
		.ns = clock_mono_ns(),
		.reported_ns = NS_NONE,
		.error = error};
	struct match_probe probe;

	if (!match_peek(&p->match, serial, &probe))
		return;
	if (is_shortage(error)) {
		match_withdraw(&p->match, serial);
		if (!p->unsent.count++)
			p->unsent.from_ns = probe.sent_ns;
		p->unsent.until_ns = r.ns;
		p->unsent.error = error;
		return;
	}
	match_fail(&p->match, serial, &probe);
	counter_increment(&p->targets[probe.target].sent);
	r.target = probe.target;
	r.seq = probe.seq;
	r.sent_ns = probe.sent_ns;
	r.pace = probe.pace;
	record_put(&p->ring, &r);
}

static void send_all(struct burst_probe *p, struct burst_outbox *out, const struct burst_socket *s)
{
	bool again = s->ping;

	for (unsigned done = 0; done < out->count;) {
		int sent = sendmmsg(s->fd, out->messages + done, out->count - done, MSG_DONTWAIT);

		for (int i = 0; i < sent; i++)
			counter_increment(&p->targets[out->target[done++]].sent);
		if (sent > 0 || errno == EINTR)
			continue;
		/* On a ping socket the first error may be of an earlier probe: try once more. */
		if (!again || is_shortage(errno))
			send_failed(p, out->serial[done++], errno);
		again = s->ping && !again;
	}
}

/* Sends the probes in the outbox. */
static void send_outbox(struct burst_probe *p)
{
	struct burst_outbox *out = p->outbox;
	struct burst_socket *s = burst_socket_of(p, out->family);
	int64_t before, after;

	if (!out->count)
		return;
	before = clock_mono_ns();
	for (unsigned i = 0; i < out->count; i++) {
		uint32_t target = out->target[i];
		struct match_probe probe;

		match_send(&p->match, target, pace_epoch(&p->pace, target), before, &probe);
		out->serial[i] = probe.serial;
		icmp_build(out->family,
			&(struct icmp_echo){.ident = s->ident,
				.cookie = p->cookie,
				.target = target,
				.seq = probe.seq,
				.serial = probe.serial},
			out->packets[i]);
		pace_sent(&p->pace, target, before);
	}
	send_all(p, out, s);
	after = clock_mono_ns();
	if (p->stamped)
		burst_take_stamps(p, s, out->count, before, after);
	if (lateness_send_disturbs(p->config->interval_ns, after - before))
		record_put_late(&p->ring, before, after);
	for (unsigned i = 0; i < out->count; i++) {
		lateness_add(&p->targets[out->target[i]].lateness, after - out->due_ns[i]);
		late_ticks_add(&p->audit.ticks, after - out->due_ns[i]);
	}
	out->count = 0;
}

static void queue_probe(struct burst_probe *p, uint32_t target, int64_t due_ns)
{
	struct burst_outbox *out = p->outbox;
	const union icmp_address *to = &p->targets[target].address;

	if (out->count == BURST_BATCH || (out->count && out->family != to->sa.sa_family))
		send_outbox(p);
	out->family = to->sa.sa_family;
	out->target[out->count] = target;
	out->due_ns[out->count] = due_ns;
	out->messages[out->count].msg_hdr.msg_name = (void *)(uintptr_t)to;
	out->messages[out->count].msg_hdr.msg_namelen = icmp_address_size(to);
	out->count++;
}

static void record_pace(struct burst_probe *p, uint32_t target, int64_t interval_ns, int64_t now_ns)
{
	record_put(&p->ring, &(struct record){.kind = RECORD_PACE,
				     .ns = now_ns,
				     .target = target,
				     .seq = (uint64_t)interval_ns});
}

/* Queues the fine probes that are due, at most a batch; records changes of interval. */
static unsigned queue_fine(struct burst_probe *p, int64_t now_ns)
{
	enum pace_event event = PACE_PROBE;
	struct pace_turn turn;
	unsigned n = 0;

	while (n < BURST_BATCH && event != PACE_NOTHING) {
		event = pace_next(&p->pace, now_ns, &turn);
		switch (event) {
		case PACE_FINER:
			record_pace(p, turn.target, p->config->fine_interval_ns, now_ns);
			queue_probe(p, turn.target, turn.due_ns);
			n++;
			break;
		case PACE_PROBE:
			queue_probe(p, turn.target, turn.due_ns);
			n++;
			break;
		case PACE_COARSER:
			record_pace(p, turn.target, p->config->interval_ns, now_ns);
			break;
		case PACE_REFUSED:
			p->refused++;
			break;
		case PACE_NOTHING:
			break;
		}
	}
	return n;
}

/* Sends what is due: at most a batch at the coarse interval, and a batch at the fine one. */
static unsigned send_due(struct burst_probe *p)
{
	int64_t now = clock_mono_ns();
	unsigned n = 0;

	for (; n < BURST_BATCH && schedule_due(&p->schedule) <= now; schedule_next(&p->schedule)) {
		uint32_t target = (uint32_t)p->schedule.target;

		if (pace_is_fine(&p->pace, target))
			continue;
		queue_probe(p, target, schedule_due(&p->schedule));
		n++;
	}
	n += queue_fine(p, now);
	send_outbox(p);
	return n;
}

/* Records unsent probes and refusals of the fine interval. */
static void report_unsent(struct burst_probe *p, int64_t now_ns, bool last)
{
	struct burst_unsent *unsent = &p->unsent;

	if ((!unsent->count && !p->refused) ||
		(!last && now_ns - p->unsent_recorded_ns < REPORT_NS))
		return;
	if (unsent->count) {
		record_put(&p->ring, &(struct record){.kind = RECORD_UNSENT,
					     .ns = unsent->until_ns,
					     .sent_ns = unsent->from_ns,
					     .seq = unsent->count,
					     .error = unsent->error});
		record_put_late(&p->ring, unsent->from_ns, unsent->until_ns);
	}
	if (p->refused)
		record_put(&p->ring, &(struct record){.kind = RECORD_PACE_REFUSED,
					     .ns = now_ns,
					     .sent_ns = p->unsent_recorded_ns,
					     .seq = p->refused});
	p->refused = unsent->count = 0;
	p->unsent_recorded_ns = now_ns;
}

static void sleep_until_due(const struct burst_probe *p)
{
	int64_t until = schedule_due(&p->schedule) + p->gather_ns, now = clock_mono_ns();
	struct timespec t;

	if (until > pace_wake(&p->pace))
		until = pace_wake(&p->pace);
	if (until > now + SLEEP_MAX_NS)
		until = now + SLEEP_MAX_NS;
	t = (struct timespec){.tv_sec = until / NS_PER_S, .tv_nsec = until % NS_PER_S};
	clock_nanosleep(CLOCK_BOOTTIME, TIMER_ABSTIME, &t, NULL);
}

/* How long after the next probe is due to wake, so that several probes are due then. */
static int64_t gather_time_ns(int64_t interval_ns, size_t count)
{
	int64_t apart_ns = interval_ns / (int64_t)count, gather_ns = GATHER_PROBES * apart_ns;

	if (gather_ns > GATHER_MAX_NS)
		gather_ns = GATHER_MAX_NS;
	if (gather_ns > interval_ns / GATHER_INTERVAL_DIVISOR)
		gather_ns = interval_ns / GATHER_INTERVAL_DIVISOR;
	return gather_ns > apart_ns ? gather_ns : 0;
}

static void begin(struct burst_probe *p)
{
	audit_register_thread(&p->audit);
	p->schedule = (struct schedule){.start_ns = clock_mono_ns(),
		.interval_ns = p->config->interval_ns,
		.targets = p->count};
	p->gather_ns = gather_time_ns(p->config->interval_ns, p->count);
	p->read_ns = p->unsent_recorded_ns = p->schedule.start_ns;
	for (size_t i = 0; i < ARRAY_SIZE(p->sockets); i++)
		p->sockets[i].overflow.since_ns = p->schedule.start_ns;
	p->wall_offset_ns = stamp_wall_offset();
}

void *burst_engine(void *arg)
{
	struct burst_probe *p = arg;

	begin(p);
	while (!atomic_load_explicit(&p->stopping, memory_order_relaxed)) {
		int64_t now = clock_mono_ns(), due = schedule_due(&p->schedule), late;
		size_t target = p->schedule.target;

		burst_receive(p);
		late = schedule_catch_up(&p->schedule, now);
		lateness_add(&p->targets[target].lateness, late);
		if (late > LATE_MIN_NS)
			record_put_late(&p->ring, due, now);
		report_unsent(p, now, false);
		/* After a full batch more may be due: receive first, but do not sleep. */
		if (send_due(p) < BURST_BATCH)
			sleep_until_due(p);
	}
	burst_receive(p);
	report_unsent(p, p->read_ns, true);
	return NULL;
}
