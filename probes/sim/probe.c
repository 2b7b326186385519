/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The simulated ping, burst and session (harness/sim/world.h). When a probe is drained, it records
 * the outcome of each request up to that time, as the simulated world gives it. As with a real
 * probe, no answer is written before its arrival and no loss before its time-out. The real probes'
 * recorder writes the facts.
 */
#include "harness/sim/world.h"
#include "probes/burst/component.h"
#include "probes/engine/recorder.h"
#include "probes/ping/component.h"
#include "probes/session/component.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

extern const struct probe_ops probe_sim_ping;
extern const struct probe_ops probe_sim_burst;
extern const struct probe_ops probe_sim_session;

/* How many records are put into the ring before it is emptied; it holds twice as many. */
#define BATCH 2048

/* A request under way. */
struct sim_request {
	int64_t sent_ns, round_trip_ns, arrival_ns;
	uint64_t seq;
	bool decided;  /* arrival_ns is known; NS_NONE: no answer will come */
	bool expired;  /* it was recorded as unanswered */
	bool finished; /* nothing remains to be recorded */
};

struct sim_target {
	const char *name;
	gsl_rng *generator;
	int64_t due_ns;
	uint64_t next_seq;
	struct sim_request *requests;
	size_t count, capacity;
	/* The session's state. */
	bool wanted, open;
	bool had_session; /* an earlier session was not closed by a command */
	bool answered;    /* there was an answer in this session */
	bool silent;      /* a time-out has run out since the newest answer */
	int64_t opened_ns, retry_ns;
};

struct sim_probe {
	struct probe base;
	const struct probe_config *config;
	struct sim_world *world;
	struct recorder recorder;
	struct record_ring ring;
	struct sim_target *targets;
	size_t count;
	bool ping, session, running;
	uint64_t session_record_count; /* the order of session records with the same time */
	int64_t stall_recorded_ns;     /* the end of the last stall that was recorded */
	int64_t overflow_from_ns, overflow_until_ns;
	uint64_t overflowed; /* answers lost in the present overflow */
	/* The records of one drain, which are sorted by time before they are written. */
	struct record *found;
	size_t found_count, found_capacity;
};

static void sim_close(struct probe *probe)
{
	struct sim_probe *p = probe_downcast(probe, &probe_sim_burst);

	if (!p)
		return;
	for (size_t i = 0; p->targets && i < p->count; i++) {
		free(p->targets[i].requests);
		if (p->targets[i].generator)
			gsl_rng_free(p->targets[i].generator);
	}
	free(p->targets);
	free(p->found);
	record_ring_release(&p->ring);
	recorder_release(&p->recorder);
	free(p);
}

static int open_targets(struct sim_probe *p, struct err *e)
{
	const struct probe_config *config = p->config;

	p->targets = calloc(config->target_count + 1, sizeof(*p->targets));
	if (!p->targets || record_ring_init(&p->ring, (size_t)2 * BATCH))
		return err_set(e, "probe %s: out of memory", config->name);
	p->count = config->target_count;
	for (size_t i = 0; i < p->count; i++) {
		char stream[256];

		snprintf(stream, sizeof(stream), "%s/%s/%s", config->station, config->name,
			config->targets[i].name);
		p->targets[i].name = config->targets[i].name;
		p->targets[i].generator = sim_generator(p->world, stream);
		if (!p->targets[i].generator)
			return err_set(e, "probe %s: out of memory", config->name);
	}
	return 0;
}

static int sim_open(struct probe **out, const struct probe_ops *ops,
	const struct probe_config *config, struct err *e)
{
	const struct plan_component *component = ops->component;
	struct sim_world *world = sim_world_of(config->clock);
	struct sim_probe *p;

	if (!world)
		return err_set(e, "probe %s: the simulated %s needs the simulated world's clock",
			config->name, component->name);
	p = calloc(1, sizeof(*p));
	if (!p)
		return err_set(e, "probe %s: out of memory", config->name);
	p->base.ops = ops;
	p->config = config;
	p->world = world;
	p->ping = component == &component_probe_ping;
	p->session = component == &component_probe_session;
	p->stall_recorded_ns = p->overflow_until_ns = NS_NONE;
	if (open_targets(p, e) || recorder_init(&p->recorder, config, component->name, e)) {
		sim_close(&p->base);
		return -1;
	}
	*out = &p->base;
	return 0;
}

static int open_ping(struct probe **p, const struct probe_config *config, struct err *e)
{
	return sim_open(p, &probe_sim_ping, config, e);
}

static int open_burst(struct probe **p, const struct probe_config *config, struct err *e)
{
	return sim_open(p, &probe_sim_burst, config, e);
}

static int open_session(struct probe **p, const struct probe_config *config, struct err *e)
{
	return sim_open(p, &probe_sim_session, config, e);
}

/* Ping probes all targets at once, burst and session spread them over the interval (schedule.h). */
static int sim_start(struct probe *probe, struct err *e)
{
	struct sim_probe *p = probe_downcast(probe, &probe_sim_burst);
	int64_t now = sim_now_ns(p->world);

	(void)e;
	for (size_t i = 0; i < p->count; i++)
		p->targets[i].due_ns =
			p->ping ? now
				: now + (int64_t)i * p->config->interval_ns / (int64_t)p->count;
	p->running = true;
	return 0;
}

static int add_record(struct sim_probe *p, const struct record *record)
{
	if (ARRAY_GROW(p->found, p->found_count, p->found_capacity))
		return -1;
	p->found[p->found_count++] = *record;
	return 0;
}

/* Records that the engine stalled from from_ns to until_ns, once for each stall. */
static int record_stall(struct sim_probe *p, int64_t from_ns, int64_t until_ns)
{
	if (p->stall_recorded_ns == until_ns)
		return 0;
	p->stall_recorded_ns = until_ns;
	return add_record(p, &(struct record){.kind = RECORD_LATE_TICK,
				     .ns = until_ns,
				     .sent_ns = from_ns,
				     .seq = (uint64_t)(until_ns - from_ns)});
}

static int send_due(struct sim_probe *p, struct sim_target *t, int64_t now)
{
	for (; t->due_ns <= now; t->due_ns += p->config->interval_ns) {
		int64_t from_ns, until_ns = sim_stalled_until(p->world, t->due_ns, &from_ns);

		if (until_ns > now)
			return 0;
		if (until_ns != NS_NONE) {
			if (record_stall(p, from_ns, until_ns))
				return -1;
			continue;
		}
		if (p->session && !t->open)
			continue;
		if (ARRAY_GROW(t->requests, t->count, t->capacity))
			return -1;
		t->requests[t->count++] = (struct sim_request){.sent_ns = t->due_ns,
			.round_trip_ns = sim_round_trip(p->world, t->generator),
			.arrival_ns = NS_NONE,
			.seq = t->next_seq++};
	}
	return 0;
}

/*
 * Determines when the answer arrives, if ever. Waits until an undisturbed answer would have
 * arrived: only then has everything that affects the answer happened.
 */
static void decide_arrival(
	struct sim_probe *p, const struct sim_target *t, struct sim_request *r, int64_t now)
{
	if (r->decided || now < r->sent_ns + r->round_trip_ns)
		return;
	r->decided = true;
	if (!p->session || !sim_was_down(p->world, t->name, t->opened_ns))
		r->arrival_ns =
			sim_answer_ns(p->world, t->name, r->sent_ns, r->round_trip_ns, p->session);
	if (p->ping && r->arrival_ns > r->sent_ns + p->config->timeout_ns)
		r->arrival_ns = NS_NONE;
}

/* True if an answer arrives while the socket's buffer is full: it is lost, and counted. */
static bool overflows(struct sim_probe *p, int64_t arrival_ns)
{
	int64_t from_ns, until_ns = sim_overflow_until(p->world, arrival_ns, &from_ns);

	if (until_ns == NS_NONE)
		return false;
	p->overflow_from_ns = from_ns;
	p->overflow_until_ns = until_ns;
	p->overflowed++;
	return true;
}

static int answer_request(
	struct sim_probe *p, const struct sim_target *t, const struct sim_request *r)
{
	struct record record = {.kind = RECORD_ANSWER,
		.ns = r->arrival_ns,
		.sent_ns = r->sent_ns,
		.seq = r->seq,
		.target = (uint32_t)(t - p->targets),
		.reported_ns = p->ping ? r->arrival_ns - r->sent_ns : NS_NONE};

	if (add_record(p, &record))
		return -1;
	record.kind = RECORD_DUPLICATE;
	return sim_duplicated(p->world, t->name, r->sent_ns) && !p->ping ? add_record(p, &record)
									 : 0;
}

/* Records the outcome of one request up to `now`. */
static int follow(struct sim_probe *p, struct sim_target *t, struct sim_request *r, int64_t now)
{
	int64_t deadline_ns = r->sent_ns + p->config->timeout_ns;

	decide_arrival(p, t, r, now);
	if (r->arrival_ns != NS_NONE && r->arrival_ns <= now && !p->session &&
		overflows(p, r->arrival_ns))
		r->arrival_ns = NS_NONE;
	if (!r->expired && deadline_ns <= now &&
		(r->arrival_ns == NS_NONE || r->arrival_ns > deadline_ns)) {
		r->expired = true;
		if (add_record(p, &(struct record){.kind = RECORD_UNANSWERED,
					  .ns = deadline_ns,
					  .sent_ns = r->sent_ns,
					  .seq = r->seq,
					  .target = (uint32_t)(t - p->targets),
					  .reported_ns = NS_NONE}))
			return -1;
	}
	if (r->arrival_ns != NS_NONE && r->arrival_ns <= now) {
		r->finished = true;
		return answer_request(p, t, r);
	}
	r->finished = r->decided && r->expired && r->arrival_ns == NS_NONE;
	return 0;
}

static int follow_all(struct sim_probe *p, struct sim_target *t, int64_t now)
{
	size_t kept = 0;

	for (size_t i = 0; i < t->count; i++) {
		if (follow(p, t, &t->requests[i], now))
			return -1;
		if (!t->requests[i].finished)
			t->requests[kept++] = t->requests[i];
	}
	t->count = kept;
	return 0;
}

static int record_session(struct sim_probe *p, const struct sim_target *t,
	enum session_event_kind what, int error, bool kept)
{
	return add_record(p, &(struct record){.kind = RECORD_SESSION,
				     .ns = sim_now_ns(p->world),
				     .seq = p->session_record_count++,
				     .target = (uint32_t)(t - p->targets),
				     .what = what,
				     .error = error,
				     .kept = kept});
}

static int open_now(struct sim_probe *p, struct sim_target *t, int64_t now)
{
	t->open = true;
	t->opened_ns = now;
	t->silent = t->answered = false;
	if (record_session(p, t, SESSION_EVENT_OPEN, 0, false))
		return -1;
	if (t->had_session && record_session(p, t, SESSION_EVENT_STATE, 0, false))
		return -1;
	t->had_session = true;
	return 0;
}

/*
 * Drops and opens a session. A session survives an outage of the network, but not the end of its
 * guest: it is dropped once the guest is back and resets the connection.
 */
static int follow_session(struct sim_probe *p, struct sim_target *t, int64_t now)
{
	bool down = sim_is_down(p->world, t->name);

	if (t->open && !down && sim_was_down(p->world, t->name, t->opened_ns)) {
		t->open = false;
		t->retry_ns = now + SESSION_RETRY_NS;
		return record_session(p, t, SESSION_EVENT_DROP, ECONNRESET, false);
	}
	if (!t->wanted || t->open || now < t->retry_ns)
		return 0;
	if (!down)
		return open_now(p, t, now);
	t->retry_ns = now + SESSION_RETRY_NS;
	return record_session(p, t, SESSION_EVENT_REFUSED, EHOSTUNREACH, false);
}

static int record_overflow(struct sim_probe *p, int64_t now)
{
	struct record record = {.kind = RECORD_DROPS,
		.ns = p->overflow_until_ns,
		.sent_ns = p->overflow_from_ns,
		.seq = p->overflowed};

	if (!p->overflowed || now < p->overflow_until_ns)
		return 0;
	p->overflowed = 0;
	return add_record(p, &record);
}

/* Orders records by time, then by target and seq, then an answer before its duplicate. */
static int by_time(const void *left, const void *right)
{
	const struct record *a = left, *b = right;

	if (a->ns != b->ns)
		return a->ns < b->ns ? -1 : 1;
	if (a->target != b->target)
		return a->target < b->target ? -1 : 1;
	if (a->seq != b->seq)
		return a->seq < b->seq ? -1 : 1;
	return (a->kind > b->kind) - (a->kind < b->kind);
}

static void put_record(struct sim_probe *p, const struct record *record)
{
	record_put(&p->ring, record);
	if (atomic_load(&p->ring.head) - atomic_load(&p->ring.tail) >= BATCH)
		recorder_take(&p->recorder, &p->ring);
}

/*
 * Writes the found records to the facts. Before a session's first answer after a silence adds the
 * record that the session's state was kept.
 */
static void write_records(struct sim_probe *p)
{
	if (p->found_count)
		qsort(p->found, p->found_count, sizeof(*p->found), by_time);
	for (size_t i = 0; i < p->found_count; i++) {
		const struct record *r = &p->found[i];
		struct sim_target *t = &p->targets[r->target];

		if (r->kind == RECORD_UNANSWERED && r->sent_ns >= t->opened_ns)
			t->silent = true;
		if (p->session && r->kind == RECORD_ANSWER) {
			if (t->silent)
				put_record(p, &(struct record){.kind = RECORD_SESSION,
						      .ns = r->ns,
						      .target = r->target,
						      .what = SESSION_EVENT_STATE,
						      .kept = true});
			t->silent = false;
			t->answered = true;
		}
		put_record(p, r);
	}
	p->found_count = 0;
	recorder_take(&p->recorder, &p->ring);
}

static int simulate(struct sim_probe *p, struct err *e)
{
	int64_t now = sim_now_ns(p->world);

	if (!p->running)
		return 0;
	for (size_t i = 0; i < p->count; i++) {
		struct sim_target *t = &p->targets[i];

		if (send_due(p, t, now) || follow_all(p, t, now) ||
			(p->session && follow_session(p, t, now)))
			return err_set(e, "probe %s: out of memory", p->config->name);
		p->recorder.targets[i].sent = t->next_seq;
	}
	if (record_overflow(p, now))
		return err_set(e, "probe %s: out of memory", p->config->name);
	write_records(p);
	return 0;
}

static int sim_drain(struct probe *probe, struct probe_live *live, size_t count, struct err *e)
{
	struct sim_probe *p = probe_downcast(probe, &probe_sim_burst);

	if (simulate(p, e))
		return -1;
	return recorder_live(&p->recorder, live, count);
}

/* Closes a session for good; requests under way count neither as answered nor as unanswered. */
static int close_now(struct sim_probe *p, struct sim_target *t)
{
	bool open = t->open, answered = t->answered;

	t->count = 0;
	t->open = t->wanted = t->had_session = t->answered = false;
	if (open && answered && record_session(p, t, SESSION_EVENT_STATE, 0, true))
		return -1;
	return open ? record_session(p, t, SESSION_EVENT_CLOSE, 0, false) : 0;
}

static int sim_command(struct probe *probe, const char *words, struct err *e)
{
	struct sim_probe *p = probe_downcast(probe, &probe_sim_burst);
	bool open = strncmp(words, "open ", 5) == 0;
	const char *name = words + (open ? 5 : 6);

	if (!open && strncmp(words, "close ", 6) != 0)
		return err_set(e, "probe %s: '%s' is no command (open NAME, close NAME)",
			p->config->name, words);
	if (simulate(p, e))
		return -1;
	for (size_t i = 0; i < p->count; i++) {
		struct sim_target *t = &p->targets[i];

		if (strcmp(t->name, name) != 0)
			continue;
		if (open && sim_is_down(p->world, name))
			return err_set(e, "probe %s: no session with %s: %s", p->config->name, name,
				strerror(EHOSTUNREACH));
		t->wanted = open;
		if (open ? !t->open && open_now(p, t, sim_now_ns(p->world)) : close_now(p, t))
			return err_set(e, "probe %s: out of memory", p->config->name);
		write_records(p);
		return 0;
	}
	return err_set(e, "probe %s: has no target '%s'", p->config->name, name);
}

static int sim_stop(struct probe *probe, struct err *e)
{
	struct sim_probe *p = probe_downcast(probe, &probe_sim_burst);
	int rc = 0;

	if (!p->running)
		return 0;
	rc = simulate(p, e);
	for (size_t i = 0; i < p->count && p->session && !rc; i++)
		rc = close_now(p, &p->targets[i]) ? err_set(e, "out of memory") : 0;
	write_records(p);
	recorder_finish(&p->recorder);
	p->running = false;
	return rc;
}

const struct probe_ops probe_sim_ping = {
	.component = &component_probe_ping,
	.open = open_ping,
	.start = sim_start,
	.drain = sim_drain,
	.stop = sim_stop,
	.close = sim_close,
};

const struct probe_ops probe_sim_burst = {
	.component = &component_probe_burst,
	.open = open_burst,
	.start = sim_start,
	.drain = sim_drain,
	.stop = sim_stop,
	.close = sim_close,
};

const struct probe_ops probe_sim_session = {
	.component = &component_probe_session,
	.open = open_session,
	.start = sim_start,
	.drain = sim_drain,
	.command = sim_command,
	.stop = sim_stop,
	.close = sim_close,
};
