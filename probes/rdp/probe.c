/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The rdp probe: a remote-desktop session with each target, such as an attached user has. The
 * sessions are held by blackout-rdp, one process per target, so that its libraries stay optional.
 * This file sends the programs commands and waits for their effect. No thread is needed: the
 * programs stamp their events, which are read when the station drains.
 */
#include "harness/base/secrets.h"
#include "probes/rdp/component.h"
#include "probes/rdp/internal.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

extern const struct probe_ops probe_rdp;

#define TARGETS_MAX 16
#define RING_CAPACITY 1024
/* How long an open or a close may take. The runner waits a little longer for the response. */
#define OPEN_NS (17 * NS_PER_S)
#define CLOSE_NS (14 * NS_PER_S)
/* How long the program may take to give up a session that was lost, or is to be closed at once. */
#define RELEASE_NS NS_PER_S
#define POLL_MS 20

static void rdp_close(struct probe *probe)
{
	struct rdp_probe *p = probe_downcast(probe, &probe_rdp);

	if (!p)
		return;
	for (size_t i = 0; p->targets && i < p->count; i++) {
		if (p->started)
			rdp_client_stop(&p->targets[i].client);
		free(p->targets[i].pending);
	}
	free(p->targets);
	record_ring_release(&p->ring);
	recorder_release(&p->recorder);
	free(p);
}

static int rdp_open(struct probe **out, const struct probe_config *config, struct err *e)
{
	struct rdp_probe *p = aligned_alloc(_Alignof(struct rdp_probe), sizeof(*p));

	if (!p)
		return err_set(e, "probe %s: out of memory", config->name);
	memset(p, 0, sizeof(*p));
	p->base.ops = &probe_rdp;
	p->config = config;
	if (!config->target_count || config->target_count > TARGETS_MAX) {
		err_set(e, "probe %s: kind rdp takes 1 to %d targets, not %zu", config->name,
			TARGETS_MAX, config->target_count);
		goto fail;
	}
	if (config->secrets && *config->secrets->unusable.text) {
		err_set(e, "probe %s: %.900s", config->name, config->secrets->unusable.text);
		goto fail;
	}
	if (rdp_client_find(p->program, config->name, e))
		goto fail;
	p->count = config->target_count;
	p->targets = calloc(p->count, sizeof(*p->targets));
	if (!p->targets || record_ring_init(&p->ring, RING_CAPACITY)) {
		err_set(e, "probe %s: out of memory", config->name);
		goto fail;
	}
	for (size_t i = 0; i < p->count; i++) {
		p->targets[i].client.in = p->targets[i].client.out = -1;
		p->targets[i].newest_ns = p->targets[i].began_ns = NS_NONE;
	}
	if (recorder_init(&p->recorder, config, component_probe_rdp.name, e))
		goto fail;
	*out = &p->base;
	return 0;
fail:
	rdp_close(&p->base);
	return -1;
}

/*
 * Starts the programs. The station has dropped its capabilities by now, so they have none either.
 */
static int rdp_start(struct probe *probe, struct err *e)
{
	struct rdp_probe *p = probe_downcast(probe, &probe_rdp);

	p->started = true;
	for (size_t i = 0; i < p->count; i++)
		if (rdp_client_start(&p->targets[i].client, p->program, p->config,
			    &p->config->targets[i], e))
			return -1;
	return 0;
}

static void take_lines(struct rdp_probe *p, struct rdp_target *t)
{
	for (char *line; (line = rdp_client_line(&t->client));)
		rdp_take_event(p, t, line);
}

/* Starts the next attempt, if it is due. */
static int try_again(struct rdp_target *t, int64_t now, struct err *e)
{
	if (!t->wants_trial || t->in_trial || now < t->try_next_ns)
		return 0;
	t->in_trial = true;
	return rdp_client_send(&t->client, "try", e);
}

static int follow(struct rdp_probe *p, struct rdp_target *t, struct err *e)
{
	const char *target = p->config->targets[t - p->targets].name;
	int64_t now = clock_mono_ns();
	struct err why;

	take_lines(p, t);
	rdp_expire(p, t, now);
	if (rdp_client_ended(&t->client, &why)) {
		take_lines(p, t);
		return err_set(e, "probe %s: %s: %.800s", p->config->name, target, why.text);
	}
	if (t->client.pid && try_again(t, now, &why))
		return err_set(e, "probe %s: %s: %.800s", p->config->name, target, why.text);
	return 0;
}

static int rdp_drain(struct probe *probe, struct probe_live *live, size_t count, struct err *e)
{
	struct rdp_probe *p = probe_downcast(probe, &probe_rdp);
	int rc = 0;

	for (size_t i = 0; i < p->count; i++)
		if (follow(p, &p->targets[i], e))
			rc = -1;
	recorder_take(&p->recorder, &p->ring);
	return rc ? -1 : recorder_live(&p->recorder, live, count);
}

/* Waits until `done` is true. Returns 1 if it is, 0 after wait_ns, -1 if the program failed. */
static int await(struct rdp_probe *p, struct rdp_target *t, int64_t wait_ns,
	bool (*done)(const struct rdp_target *), struct err *e)
{
	int64_t until_ns = clock_mono_ns() + wait_ns;

	while (!done(t)) {
		struct pollfd fd = {.fd = t->client.out, .events = POLLIN};

		if (clock_mono_ns() >= until_ns)
			return 0;
		poll(&fd, 1, POLL_MS);
		if (follow(p, t, e))
			return -1;
	}
	return 1;
}

static bool is_settled(const struct rdp_target *t)
{
	return t->running || (!t->connected && *t->why);
}

static bool is_closed(const struct rdp_target *t)
{
	return !t->closing;
}

static bool is_lost_or_closed(const struct rdp_target *t)
{
	return t->lost || !t->closing;
}

static bool is_idle(const struct rdp_target *t)
{
	return !t->in_trial;
}

/*
 * Ends the session on both sides, even if it is lost meanwhile. If the first `close` takes too
 * long, a second one makes the program disconnect without a last picture of the screen.
 */
static int end_session(struct rdp_probe *p, struct rdp_target *t, struct err *e)
{
	t->closing = true;
	t->lost = false;
	if (rdp_client_send(&t->client, "close", e) ||
		await(p, t, CLOSE_NS, is_lost_or_closed, e) < 0 ||
		(t->lost && await(p, t, RELEASE_NS, is_closed, e) < 0))
		return -1;
	if (!t->closing)
		return 0;
	if (rdp_client_send(&t->client, "close", e) || await(p, t, RELEASE_NS, is_closed, e) < 0)
		return -1;
	if (!t->closing)
		return 0;
	return err_set(e, "probe %s: blackout-rdp does not close its session with %s",
		p->config->name, p->config->targets[t - p->targets].name);
}

static int close_session(struct rdp_probe *p, struct rdp_target *t, struct err *e)
{
	t->wants_trial = false;
	if (await(p, t, CLOSE_NS, is_idle, e) < 0)
		return -1;
	if (!t->held)
		return 0;
	/* Answers to the newest inputs will not come, but these inputs are not lost. */
	rdp_forget(t);
	return end_session(p, t, e);
}

static int open_session(struct rdp_probe *p, struct rdp_target *t, struct err *e)
{
	const struct probe_target *target = &p->config->targets[t - p->targets];
	struct err ignored;
	int rc;

	if (t->held && t->running)
		return 0;
	if (close_session(p, t, e))
		return -1;
	*t->why = '\0';
	if (rdp_client_send(&t->client, "open", e))
		return -1;
	rc = await(p, t, OPEN_NS, is_settled, e);
	if (rc < 0)
		return -1;
	if (t->running)
		return 0;
	close_session(p, t, &ignored);
	return err_set(e, "probe %s: no remote desktop with %s (%s port %u): %s", p->config->name,
		target->name, target->address, rdp_port(p->config->settings),
		*t->why ? t->why
		: rc    ? "the session was dropped at once"
			: "the session did not start in time");
}

/* Makes connection attempts from now on, until one succeeds. */
static int try_session(struct rdp_target *t)
{
	if (t->held || t->wants_trial)
		return 0;
	t->wants_trial = true;
	t->try_next_ns = 0;
	return 0;
}

/* "open NAME", "close NAME", "try NAME", where NAME is a target's. */
static int rdp_command(struct probe *probe, const char *words, struct err *e)
{
	struct rdp_probe *p = probe_downcast(probe, &probe_rdp);
	size_t verb = strcspn(words, " ");
	bool open = strncmp(words, "open ", 5) == 0, try = strncmp(words, "try ", 4) == 0;

	if (!open && !try && strncmp(words, "close ", 6) != 0)
		return err_set(e, "probe %s: '%s' is no command (open NAME, close NAME, try NAME)",
			p->config->name, words);
	for (size_t i = 0; i < p->count; i++) {
		struct rdp_target *t = &p->targets[i];

		if (strcmp(p->config->targets[i].name, words + verb + 1) != 0)
			continue;
		if (try)
			return try_session(t);
		return open ? open_session(p, t, e) : close_session(p, t, e);
	}
	return err_set(e, "probe %s: has no target '%s'", p->config->name, words + verb + 1);
}

static int rdp_stop(struct probe *probe, struct err *e)
{
	struct rdp_probe *p = probe_downcast(probe, &probe_rdp);
	struct err ignored;
	int rc = 0;

	if (!p->started)
		return 0;
	for (size_t i = 0; i < p->count; i++) {
		struct rdp_target *t = &p->targets[i];

		if (close_session(p, t, &ignored))
			rc = err_set(e, "%.900s", ignored.text);
	}
	recorder_take(&p->recorder, &p->ring);
	recorder_finish(&p->recorder);
	return rc;
}

const struct probe_ops probe_rdp = {
	.component = &component_probe_rdp,
	.open = rdp_open,
	.start = rdp_start,
	.drain = rdp_drain,
	.command = rdp_command,
	.stop = rdp_stop,
	.close = rdp_close,
};
