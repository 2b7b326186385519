/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A target whose outages are known: see responder.h. One thread reads a frame, decides, and writes.
 * The active events are computed only when one begins or ends, so the cost of a packet depends
 * neither on the script nor on the number of addresses. Close to each change the thread polls
 * without sleeping.
 */
#include "tools/calibrate/responder.h"

#include "tools/calibrate/delay_queue.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <math.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#define TICK_NS NS_PER_MS
#define MS_MAX 1e9 /* largest number of milliseconds in an event's text */
/* The thread does not sleep this long before and after a change. */
#define AWAKE_NS (150 * NS_PER_US)
/* After this many answers in a row the thread yields to other threads of its priority. */
#define BATCH 32

struct responder {
	int fd;
	struct wire_addresses addresses;
	struct delay_queue queue;
	struct responder_event *events;
	size_t count;
	const struct responder_event *active[EVENT_KINDS]; /* NULL: not active now */
	int64_t answer_ns;                                 /* delay of every answer */
	int64_t change_ns;                                 /* when an event begins or ends next */
	int64_t changed_ns;                                /* when an event last began or ended */
	int64_t empty_ns; /* every frame that arrived before this time has been read */
	int64_t late_ns;  /* largest lateness of an answer since the last event */
	bool out_of_memory;
};

static const char *const names[EVENT_KINDS] = {
	[EVENT_DROP] = "drop",
	[EVENT_MUTE] = "mute",
	[EVENT_HOLD] = "hold",
	[EVENT_SLOW] = "slow",
	[EVENT_REFUSE] = "refuse",
	[EVENT_TWICE] = "twice",
	[EVENT_FORGE] = "forge",
	[EVENT_RARP] = "rarp",
	[EVENT_GARP] = "garp",
};

const char *responder_event_name(enum responder_event_kind kind)
{
	return names[kind];
}

int responder_event_parse(
	struct responder_event *event, const char *text, int64_t start_ns, struct err *e)
{
	double begin_ms, length_ms, arg_ms = 0;
	char what[16];
	size_t kind = 0;

	if (sscanf(text, "%lf:%lf:%15[a-z]:%lf", &begin_ms, &length_ms, what, &arg_ms) < 3 ||
		!(begin_ms >= 0 && begin_ms < MS_MAX && length_ms >= 0 && length_ms < MS_MAX &&
			arg_ms >= 0 && arg_ms < MS_MAX))
		return err_set(e, "'%s' is not of the form START_MS:LENGTH_MS:WHAT[:MS]", text);
	while (kind < EVENT_KINDS && strcmp(what, names[kind]) != 0)
		kind++;
	if (kind == EVENT_KINDS)
		return err_set(e,
			"'%s': unknown event '%s' (drop, mute, hold, slow, refuse, "
			"twice, forge, rarp, garp)",
			text, what);
	*event = (struct responder_event){.kind = (enum responder_event_kind)kind,
		.begin_ns = start_ns + llround(begin_ms * NS_PER_MS),
		.arg_ns = llround(arg_ms * NS_PER_MS)};
	event->end_ns = event->begin_ns + llround(length_ms * NS_PER_MS);
	return 0;
}

int responder_new(struct responder **out, const char *tap, const struct wire_addresses *addresses,
	struct err *e)
{
	struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI};
	struct responder *r = calloc(1, sizeof(*r));

	if (!r)
		return err_set(e, "responder: out of memory");
	r->addresses = *addresses;
	r->fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);
	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", tap);
	if (r->fd < 0)
		err_errno(e, "responder: /dev/net/tun cannot be opened (TAP devices need root and "
			     "the kernel's tun; in a container pass the device in)");
	else if (ioctl(r->fd, TUNSETIFF, &request))
		err_errno(e, "responder: TAP device %s", tap);
	else {
		*out = r;
		return 0;
	}
	responder_free(r);
	return -1;
}

void responder_free(struct responder *r)
{
	if (!r)
		return;
	if (r->fd >= 0)
		close(r->fd);
	delay_queue_release(&r->queue);
	free(r);
}

/* Sends a frame. A device that is down or full drops it, as a network would. */
static void emit(const struct responder *r, const uint8_t *frame, size_t size)
{
	ssize_t n;

	do
		n = write(r->fd, frame, size);
	while (n < 0 && errno == EINTR);
}

static bool happens_once(const struct responder_event *event)
{
	return event->kind == EVENT_RARP || event->kind == EVENT_GARP;
}

static int64_t end_of(const struct responder_event *event)
{
	return happens_once(event) ? event->begin_ns : event->end_ns;
}

static void next_change(struct responder *r, int64_t ns, int64_t now)
{
	if (ns > now && ns < r->change_ns)
		r->change_ns = ns;
}

/*
 * Computes which events are active from now on. Frames read after this arrived after empty_ns,
 * perhaps before the change: the change is uncertain by that much.
 */
static void apply_change(struct responder *r, int64_t now)
{
	memset(r->active, 0, sizeof(r->active));
	r->changed_ns = r->change_ns;
	r->change_ns = INT64_MAX;
	for (size_t i = 0; i < r->count; i++) {
		struct responder_event *event = &r->events[i];

		next_change(r, event->begin_ns, now);
		next_change(r, event->end_ns, now);
		if (event->begin_ns <= now && now < event->end_ns && !r->active[event->kind])
			r->active[event->kind] = event;
		if ((event->begin_ns == r->changed_ns || event->end_ns == r->changed_ns) &&
			r->empty_ns < r->changed_ns)
			event->lag_ns += r->changed_ns - r->empty_ns;
	}
}

static void apply_changes(struct responder *r, int64_t now)
{
	/* One change after another: several may be overdue. */
	while (now >= r->change_ns)
		apply_change(r, r->change_ns);
}

static void flush_queue(struct responder *r)
{
	int64_t now = clock_mono_ns();

	apply_changes(r, now);
	for (unsigned n = 0; delay_queue_due_ns(&r->queue) <= now; n++) {
		struct delayed_frame answer = delay_queue_take(&r->queue);

		/*
		 * With one address, the first of several answers ends the silence: only its
		 * lateness counts.
		 */
		if ((!n || r->addresses.count > 1) && now - answer.due_ns > r->late_ns)
			r->late_ns = now - answer.due_ns;
		if (!r->active[EVENT_MUTE])
			emit(r, answer.frame, answer.size);
		free(answer.frame);
		if (n % BATCH == BATCH - 1)
			sched_yield();
		now = clock_mono_ns();
		apply_changes(r, now);
	}
}

/* Sends an answer at once if it is due, else queues it. */
static void send_answer(
	struct responder *r, int64_t now, int64_t due_ns, const uint8_t *frame, size_t size)
{
	if (due_ns > now) {
		if (delay_queue_put(&r->queue, due_ns, frame, size))
			r->out_of_memory = true;
	} else if (!r->active[EVENT_MUTE]) {
		emit(r, frame, size);
	}
}

static void take_echo(
	struct responder *r, enum wire_kind kind, uint8_t *frame, size_t size, int64_t now)
{
	int64_t due_ns = now + r->answer_ns;
	uint8_t out[WIRE_SHORT_MAX];

	if (r->active[EVENT_DROP])
		return;
	if (r->active[EVENT_REFUSE]) {
		emit(r, out, wire_refuse(kind, frame, size, out));
		return;
	}
	wire_answer(kind, frame);
	if (r->active[EVENT_HOLD])
		due_ns = r->active[EVENT_HOLD]->end_ns;
	if (r->active[EVENT_SLOW])
		due_ns = now + r->active[EVENT_SLOW]->arg_ns;
	send_answer(r, now, due_ns, frame, size);
	if (r->active[EVENT_TWICE])
		send_answer(r, now, due_ns, frame, size);
	if (r->active[EVENT_FORGE] && wire_forge(kind, frame, size))
		send_answer(r, now, due_ns, frame, size);
}

/* Reads and answers every frame that has arrived. */
static int take_frames(struct responder *r, struct err *e)
{
	uint8_t frame[WIRE_FRAME_MAX], out[WIRE_SHORT_MAX];

	for (;;) {
		int64_t before = clock_mono_ns(), now;
		ssize_t n = read(r->fd, frame, sizeof(frame));
		enum wire_kind kind;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN) {
			r->empty_ns = before;
			return 0;
		}
		if (n < 0)
			return err_errno(e, "responder: the TAP device");
		now = clock_mono_ns();
		apply_changes(r, now);
		kind = wire_classify(&r->addresses, frame, (size_t)n);
		if (kind == WIRE_ARP || kind == WIRE_SOLICIT)
			emit(r, out, wire_resolve(&r->addresses, kind, frame, out));
		else if (kind != WIRE_OTHER)
			take_echo(r, kind, frame, (size_t)n, now);
		if (delay_queue_due_ns(&r->queue) <= now)
			flush_queue(r);
	}
}

/* Sends announcements that are due and reports events that are over. */
static void follow_script(struct responder *r, int64_t now,
	void (*on_done)(const struct responder_event *event, void *ctx), void *ctx)
{
	for (size_t i = 0; i < r->count; i++) {
		struct responder_event *event = &r->events[i];

		if (event->done || now < end_of(event))
			continue;
		event->done = true;
		if (happens_once(event)) {
			uint8_t out[WIRE_SHORT_MAX];

			emit(r, out, wire_announce(&r->addresses, event->kind == EVENT_RARP, out));
			event->end_ns = now;
		} else {
			event->lag_ns += r->late_ns;
			r->late_ns = 0;
		}
		on_done(event, ctx);
	}
}

static void sleep_until_due(const struct responder *r, int64_t now)
{
	struct pollfd fd = {.fd = r->fd, .events = POLLIN};
	int64_t wake_ns = now + TICK_NS, due_ns = delay_queue_due_ns(&r->queue);
	struct timespec t = {0};

	if (r->change_ns - now <= AWAKE_NS || now - r->changed_ns < AWAKE_NS)
		return;
	if (r->change_ns - AWAKE_NS < wake_ns)
		wake_ns = r->change_ns - AWAKE_NS;
	if (due_ns < wake_ns)
		wake_ns = due_ns;
	if (wake_ns <= now)
		return;
	t.tv_nsec = wake_ns - now;
	ppoll(&fd, 1, &t, NULL);
}

int responder_serve(struct responder *r, struct responder_event *events, size_t count,
	int64_t until_ns, void (*on_done)(const struct responder_event *event, void *ctx),
	void *ctx, struct err *e)
{
	struct sched_param priority = {.sched_priority = 1};
	int64_t now = clock_mono_ns();

	/*
	 * Both calls improve punctuality. Failures are ignored: lag_ns shows the resulting
	 * punctuality.
	 */
	prctl(PR_SET_TIMERSLACK, 1);
	sched_setscheduler(0, SCHED_FIFO, &priority);
	r->events = events;
	r->count = count;
	r->empty_ns = now;
	r->changed_ns = 0;
	r->change_ns = INT64_MAX;
	for (size_t i = 0; i < count; i++) {
		if (events[i].kind == EVENT_MUTE)
			r->answer_ns = events[i].arg_ns;
		if (events[i].begin_ns < r->change_ns)
			r->change_ns = events[i].begin_ns;
	}
	while (now < until_ns) {
		sleep_until_due(r, now);
		flush_queue(r);
		if (take_frames(r, e))
			return -1;
		if (r->out_of_memory)
			return err_set(e, "responder: out of memory");
		now = clock_mono_ns();
		apply_changes(r, now);
		follow_script(r, now, on_done, ctx);
	}
	return 0;
}
