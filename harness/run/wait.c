/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Waiting in a run: polls the stations, flushes facts and calls the registered ticks meanwhile.
 */
#include "harness/base/stop.h"
#include "harness/plan/settings.h"
#include "harness/run/internal.h"

#include <stdlib.h>

/* The polling interval of stations. */
#define STATION_POLL_NS (100 * NS_PER_MS)

bool run_interrupted(void)
{
	return stop_asked();
}

static int broke_off(struct run_state *state)
{
	state->status = STATUS_BROKE_OFF;
	return -1;
}

/* Polls every station and flushes facts. */
static int poll_stations(struct run_state *state, struct err *e)
{
	for (size_t i = 0; i < state->station_count; i++) {
		struct run_station *s = &state->stations[i];

		if (station_live(s->station, s->probes[0].config.name, NULL, 0, e) < 0)
			return broke_off(state);
	}
	fact_log_tick(state->log);
	if (state->driver_log)
		fact_log_tick(state->driver_log);
	if (fact_log_failed(state->log, e) ||
		(state->driver_log && fact_log_failed(state->driver_log, e)))
		return broke_off(state);
	return 0;
}

int64_t run_gap(const struct run_state *state)
{
	const char *judged = judge_settings_of(state->plan).probe;
	const struct probe_live *live = state->live;
	struct err e = {0};

	for (size_t i = 0; i < state->station_count; i++) {
		int n = station_live(
			state->stations[i].station, judged, state->live, state->target_count, &e);

		for (int k = 0; k < n; k++)
			if (live[k].target == state->run->move)
				return live[k].answered == 0 && live[k].gap_ns == 0
					       ? 1
					       : live[k].gap_ns;
	}
	return 1; /* no answer yet */
}

bool run_answers(struct run_state *state)
{
	return run_gap(state) == 0;
}

void run_tick_add(struct run_state *state, void (*tick)(struct run_state *))
{
	/* TICKS_MAX is too small: a bug, which any run of the program shows. */
	if (state->tick_count == ARRAY_SIZE(state->ticks))
		abort();
	state->ticks[state->tick_count++] = tick;
}

int run_wait(
	struct run_state *state, int64_t until_ns, bool (*done)(struct run_state *), struct err *e)
{
	for (;;) {
		int64_t now = now_of(state);

		if (poll_stations(state, e))
			return -1;
		if (run_interrupted() && state->status == STATUS_PASS) {
			state->status = STATUS_INTERRUPTED;
			return err_set(e, "interrupted");
		}
		for (size_t i = 0; i < state->tick_count; i++)
			state->ticks[i](state);
		if (done && done(state))
			return 0;
		if (now >= until_ns)
			return 0;
		state->clock->sleep_until(state->clock, ns_min(now + STATION_POLL_NS, until_ns));
	}
}
