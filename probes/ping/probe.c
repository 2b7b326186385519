/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The one-second ping of the published tests, with liboping: one object and one blocking thread per
 * target. liboping measures with the wall clock and drops late answers. So the facts have this
 * probe's stamps, taken before and after the call, with liboping's round trip as `reported`; and a
 * call during which the wall clock was set is a disturbance, not a loss.
 */
#include "probes/engine/icmp.h"
#include "probes/engine/recorder.h"
#include "probes/engine/schedule.h"
#include "probes/engine/stamp.h"
#include "probes/ping/component.h"

#include <dirent.h>
#include <errno.h>
#include <oping.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/select.h>
#include <unistd.h>

extern const struct probe_ops probe_ping;

/* If liboping's round trip exceeds the length of the call by more, the call is a disturbance. */
#define DISAGREE_NS NS_PER_MS
/* A call this long after its time-out waits because the wall clock was set: interrupt it. */
#define HANG_NS (250 * NS_PER_MS)
/* liboping calls select() with its sockets: their descriptors must be below FD_SETSIZE. */
#define TARGETS_MAX 500

struct ping_target {
	struct ping_probe *probe;
	uint32_t index;
	pingobj_t *object;
	int fd; /* liboping's socket */
	struct record_ring ring;
	pthread_t thread;
	bool running;
	uint64_t seq; /* only the thread uses it */
	atomic_uint_fast64_t sent;
	struct lateness lateness;
	atomic_int_fast64_t calling_ns; /* begin of the call under way; 0: none is */
};

struct ping_probe {
	struct probe base;
	const struct probe_config *config;
	struct recorder recorder;
	struct ping_target *targets;
	size_t count;
	int64_t start_ns;
	int stop_fd; /* readable once the probe is stopping */
};

static void wake_up(int signal)
{
	(void)signal;
}

static double latency_ms(const struct ping_target *t)
{
	double latency = -1;
	size_t size = sizeof(latency);
	pingobj_iter_t *host = ping_iterator_get(t->object);

	if (!host || ping_iterator_get_info(host, PING_INFO_LATENCY, &latency, &size))
		return -1;
	return latency;
}

/* True if a message has arrived that liboping did not read before its time-out. */
static bool has_unread_answer(const struct ping_target *t)
{
	struct pollfd fd = {.fd = t->fd, .events = POLLIN};

	return poll(&fd, 1, 0) > 0;
}

/* If the thread was delayed inside a call, records in which stretches the stamps may be wrong. */
static void record_stall(struct ping_target *t, const struct record *r, int64_t after)
{
	int64_t timeout_ns = t->probe->config->timeout_ns, before = r->sent_ns;
	bool lost = r->kind == RECORD_UNANSWERED;
	struct late_stretch stretches[2];
	int n;

	if (lost && has_unread_answer(t)) {
		/* The answer may have come in time, while the thread was not running. */
		record_put_late(&t->ring, before, after);
		return;
	}
	n = lateness_call_stretches(before, after, lost ? timeout_ns : r->reported_ns, stretches);
	for (int i = 0; i < n; i++)
		record_put_late(&t->ring, stretches[i].from_ns, stretches[i].until_ns);
}

/* Records the result of one call. stepped: the wall clock was set during the call. */
static void record_call(
	struct ping_target *t, int rc, int error, int64_t before, int64_t after, bool stepped)
{
	int64_t timeout_ns = t->probe->config->timeout_ns;
	double ms = latency_ms(t);
	struct record r = {.kind = RECORD_ANSWER,
		.ns = after,
		.sent_ns = before,
		.seq = t->seq++,
		.target = t->index,
		.reported_ns = NS_NONE};

	if (rc < 0 && error == EINTR) {
		/* interrupt_hanging ended the call: the result says nothing about the target. */
		record_put_late(&t->ring, before, after);
		return;
	}
	if (rc >= 0 && ms >= 0) {
		r.reported_ns = (int64_t)(ms * 1e6);
		if (stepped || r.reported_ns > after - before + DISAGREE_NS)
			record_put_late(&t->ring, before, after);
		else
			record_stall(t, &r, after);
	} else if (rc >= 0 && after - before < timeout_ns - NS_PER_MS) {
		/* liboping returned early: by the wall clock the time-out was over. */
		record_put_late(&t->ring, before, after);
		return;
	} else {
		r.kind = RECORD_UNANSWERED;
		r.ns = rc < 0 ? after : before + timeout_ns;
		r.error = rc < 0 ? error : 0;
		if (stepped)
			record_put_late(&t->ring, before, after);
		else if (rc >= 0)
			record_stall(t, &r, after);
	}
	record_put(&t->ring, &r);
}

/* Sleeps until until_ns; false: the probe is stopping. */
static bool sleep_until(const struct ping_probe *p, int64_t until_ns)
{
	struct pollfd stop = {.fd = p->stop_fd, .events = POLLIN};

	for (;;) {
		int64_t left = until_ns - clock_mono_ns();
		struct timespec t = {0};

		if (left > 0)
			t = (struct timespec){left / NS_PER_S, left % NS_PER_S};
		if (ppoll(&stop, 1, &t, NULL) > 0)
			return false;
		if (left <= 0)
			return true;
	}
}

static void *ping_thread(void *arg)
{
	struct ping_target *t = arg;
	const struct ping_probe *p = t->probe;
	struct schedule schedule = {
		.start_ns = p->start_ns + t->index * p->config->interval_ns / (int64_t)p->count,
		.interval_ns = p->config->interval_ns,
		.targets = 1};

	while (sleep_until(p, schedule_due(&schedule))) {
		int64_t due = schedule_due(&schedule), before = clock_mono_ns(), after, late;
		int64_t offset = stamp_wall_offset();
		int rc, error;

		late = schedule_catch_up(&schedule, before);
		lateness_add(&t->lateness, late ? late : before - due);
		if (late) {
			record_put_late(&t->ring, due, before);
			continue;
		}
		before = clock_mono_ns();
		atomic_store(&t->calling_ns, before);
		errno = 0;
		rc = ping_send(t->object);
		error = errno;
		after = clock_mono_ns();
		atomic_store(&t->calling_ns, 0);
		atomic_fetch_add(&t->sent, 1);
		record_call(
			t, rc, error, before, after, stamp_stepped(offset, stamp_wall_offset()));
		schedule_next(&schedule);
	}
	return NULL;
}

/* Marks this process's raw sockets. A new mark identifies the socket that liboping has opened. */
static void mark_raw_sockets(bool raw[static FD_SETSIZE])
{
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *entry;

	memset(raw, 0, FD_SETSIZE * sizeof(*raw));
	while (dir && (entry = readdir(dir))) {
		long fd = strtol(entry->d_name, NULL, 10); /* 0 for `.` and `..` */
		int type = 0;
		socklen_t size = sizeof(type);

		if (fd > 2 && fd < FD_SETSIZE &&
			!getsockopt((int)fd, SOL_SOCKET, SO_TYPE, &type, &size) && type == SOCK_RAW)
			raw[fd] = true;
	}
	if (dir)
		closedir(dir);
}

/*
 * Attaches a filter to liboping's socket. Without it the answers to a fast probe of the same
 * process fill the socket's buffer between two pings; liboping reads them one by one before it
 * sends, which delays the next ping, and that ping's answer finds the buffer full.
 */
static int filter_socket(struct ping_target *t, const bool before[static FD_SETSIZE])
{
	bool now[FD_SETSIZE];
	union icmp_address address;
	uint16_t ident = 0;
	size_t size = sizeof(ident);

	mark_raw_sockets(now);
	t->fd = -1;
	for (int fd = 0; fd < FD_SETSIZE; fd++)
		if (now[fd] && !before[fd])
			t->fd = fd;
	if (t->fd < 0 ||
		ping_iterator_get_info(
			ping_iterator_get(t->object), PING_INFO_IDENT, &ident, &size) ||
		icmp_address_parse(&address, t->probe->config->targets[t->index].address))
		return -1;
	return icmp_attach_filter(t->fd, address.sa.sa_family, ident, false);
}

/*
 * Adds the target to its liboping object, which opens the socket while the process has the
 * privilege.
 */
static int open_target(struct ping_probe *p, size_t i, struct err *e)
{
	const struct probe_target *target = &p->config->targets[i];
	double timeout_s = (double)p->config->timeout_ns / 1e9;
	struct ping_target *t = &p->targets[i];
	union icmp_address address;
	bool before[FD_SETSIZE];

	t->probe = p;
	t->index = (uint32_t)i;
	if (icmp_address_parse(&address, target->address))
		return err_set(e, "probe %s: target %s: '%s' is no numeric address",
			p->config->name, target->name, target->address);
	mark_raw_sockets(before);
	t->object = ping_construct();
	if (!t->object || record_ring_init(&t->ring, 64))
		return err_set(e, "probe %s: out of memory", p->config->name);
	if (ping_setopt(t->object, PING_OPT_TIMEOUT, &timeout_s))
		return err_set(e, "probe %s: liboping does not accept a time-out of %g s",
			p->config->name, timeout_s);
	errno = 0;
	if (ping_host_add(t->object, target->address)) {
		if (errno == EPERM || errno == EACCES)
			return err_set(e,
				"probe %s: raw ICMP sockets are not permitted (run as "
				"root, or give the program CAP_NET_RAW: setcap cap_net_raw+ep)",
				p->config->name);
		return err_set(e, "probe %s: target %s (%s): %s", p->config->name, target->name,
			target->address, ping_get_error(t->object));
	}
	if (filter_socket(t, before))
		return err_set(e,
			"probe %s: target %s: no filter can be attached to liboping's socket "
			"(is its version 1.10?)",
			p->config->name, target->name);
	return 0;
}

static void ping_close(struct probe *probe)
{
	struct ping_probe *p = probe_downcast(probe, &probe_ping);

	if (!p)
		return;
	for (size_t i = 0; p->targets && i < p->count; i++) {
		ping_destroy(p->targets[i].object);
		record_ring_release(&p->targets[i].ring);
	}
	free(p->targets);
	if (p->stop_fd >= 0)
		close(p->stop_fd);
	recorder_release(&p->recorder);
	free(p);
}

static int check_config(const struct probe_config *config, struct err *e)
{
	if (!config->target_count)
		return err_set(e, "probe %s: has no target", config->name);
	if (config->target_count > TARGETS_MAX)
		return err_set(e,
			"probe %s: kind ping takes at most %d targets, not %zu; "
			"use kind burst",
			config->name, TARGETS_MAX, config->target_count);
	if (config->timeout_ns >= config->interval_ns)
		return err_set(e,
			"probe %s: the time-out must be shorter than the interval (kind "
			"ping waits for each answer)",
			config->name);
	return 0;
}

static int ping_open(struct probe **out, const struct probe_config *config, struct err *e)
{
	struct sigaction interrupt = {.sa_handler = wake_up};
	struct ping_probe *p = calloc(1, sizeof(*p));

	if (!p)
		return err_set(e, "probe %s: out of memory", config->name);
	p->base.ops = &probe_ping;
	p->config = config;
	p->stop_fd = -1;
	if (check_config(config, e))
		goto fail;
	p->targets = aligned_alloc(
		_Alignof(struct ping_target), config->target_count * sizeof(*p->targets));
	if (!p->targets) {
		err_set(e, "probe %s: out of memory", config->name);
		goto fail;
	}
	p->count = config->target_count;
	memset(p->targets, 0, p->count * sizeof(*p->targets));
	p->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	/* No SA_RESTART: the signal's only use is to interrupt select(). */
	if (p->stop_fd < 0 || sigaction(SIGURG, &interrupt, NULL)) {
		err_errno(e, "probe %s", config->name);
		goto fail;
	}
	for (size_t i = 0; i < p->count; i++)
		if (open_target(p, i, e))
			goto fail;
	if (recorder_init(&p->recorder, config, component_probe_ping.name, e))
		goto fail;
	for (size_t i = 0; i < p->count; i++)
		p->recorder.targets[i].lateness = &p->targets[i].lateness;
	*out = &p->base;
	return 0;
fail:
	ping_close(&p->base);
	return -1;
}

static int ping_start(struct probe *probe, struct err *e)
{
	struct ping_probe *p = probe_downcast(probe, &probe_ping);
	sigset_t blocked, before;
	int error = 0;

	sigfillset(&blocked);
	sigdelset(&blocked, SIGURG);
	pthread_sigmask(SIG_BLOCK, &blocked, &before);
	p->start_ns = clock_mono_ns();
	for (size_t i = 0; i < p->count && !error; i++) {
		error = pthread_create(&p->targets[i].thread, NULL, ping_thread, &p->targets[i]);
		p->targets[i].running = !error;
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (!error)
		return 0;
	errno = error;
	return err_errno(e, "probe %s: no thread", p->config->name);
}

/* Interrupts calls that wait too long because the wall clock was set back. */
static void interrupt_hanging(struct ping_probe *p)
{
	int64_t now = clock_mono_ns();

	for (size_t i = 0; i < p->count; i++) {
		int64_t since = atomic_load(&p->targets[i].calling_ns);

		if (p->targets[i].running && since && now - since > p->config->timeout_ns + HANG_NS)
			pthread_kill(p->targets[i].thread, SIGURG);
	}
}

static int ping_drain(struct probe *probe, struct probe_live *live, size_t count, struct err *e)
{
	struct ping_probe *p = probe_downcast(probe, &probe_ping);

	(void)e;
	interrupt_hanging(p);
	for (size_t i = 0; i < p->count; i++) {
		recorder_take(&p->recorder, &p->targets[i].ring);
		p->recorder.targets[i].sent = atomic_load(&p->targets[i].sent);
	}
	return recorder_live(&p->recorder, live, count);
}

static int ping_stop(struct probe *probe, struct err *e)
{
	struct ping_probe *p = probe_downcast(probe, &probe_ping);
	uint64_t one = 1;
	bool waiting = true;

	if (write(p->stop_fd, &one, sizeof(one)) < 0)
		return err_errno(e, "probe %s: cannot be stopped", p->config->name);
	while (waiting) {
		waiting = false;
		interrupt_hanging(p);
		for (size_t i = 0; i < p->count; i++) {
			struct ping_target *t = &p->targets[i];

			if (t->running && pthread_tryjoin_np(t->thread, NULL) == 0)
				t->running = false;
			waiting |= t->running;
		}
		if (waiting)
			poll(NULL, 0, 10);
	}
	ping_drain(probe, NULL, 0, e);
	recorder_finish(&p->recorder);
	return 0;
}

const struct probe_ops probe_ping = {
	.component = &component_probe_ping,
	.open = ping_open,
	.start = ping_start,
	.drain = ping_drain,
	.stop = ping_stop,
	.close = ping_close,
};
