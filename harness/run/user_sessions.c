/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Users' sessions in a run. Attached: open before the move and kept. Detached: none; from the first
 * missed answer on a user tries to connect, as in the published tests, until that succeeds, and once
 * more when the move is over. What becomes of it are facts of the probes.
 */
#include "harness/run/internal.h"
#include "harness/plan/settings.h"

/* How long the last try of a move may take; a try has a time-out of its own. */
#define LAST_TRY_NS (3 * NS_PER_S)

enum session_kind { SESSIONS_OF_AGENT, DESKTOPS };

static bool is_kind(const struct station_probe *probe, enum session_kind kind)
{
	const struct probe_traits *traits = &probe->ops->component->probe;

	return traits->user_session && traits->remote_desktop == (kind == DESKTOPS) &&
	       probe->ops->command;
}

static bool is_attached(const struct run_state *state)
{
	return vm_settings_of(state->run->plan_case, state->run->vm).session == SESSION_ATTACHED;
}

static bool is_detached(const struct run_state *state)
{
	return vm_settings_of(state->run->plan_case, state->run->vm).session == SESSION_DETACHED;
}

/* Says `verb NAME-OF-VM` to every probe of that kind. *said (may be NULL): how many there are. */
static int say(struct run_state *state, enum session_kind kind, const char *verb, size_t *said,
	struct err *e)
{
	char words[96];

	snprintf(words, sizeof(words), "%s %s", verb, plan_section_name(state->run->vm));
	for (size_t i = 0; i < state->station_count; i++) {
		struct run_station *s = &state->stations[i];

		for (size_t k = 0; k < s->probe_count; k++) {
			if (!is_kind(&s->probes[k], kind))
				continue;
			if (station_command(s->station, s->probes[k].config.name, words, e))
				return -1;
			if (said)
				++*said;
		}
	}
	return 0;
}

static int open_sessions(struct run_state *state, struct err *e)
{
	return say(state, SESSIONS_OF_AGENT, "open", NULL, e);
}

static int open_desktops(struct run_state *state, struct err *e)
{
	return say(state, DESKTOPS, "open", NULL, e);
}

static int close_all(struct run_state *state, struct err *e)
{
	return say(state, SESSIONS_OF_AGENT, "close", NULL, e) || say(state, DESKTOPS, "close", NULL, e) ? -1 : 0;
}

/* The network may have lost the VM's address, and a desktop's server may come up after ping answers. */
int run_session_set(struct run_state *state, struct err *e)
{
	state->try_sessions = false;
	if (!is_attached(state))
		return run_retry(state, close_all, e);
	return run_retry(state, open_sessions, e) || run_retry(state, open_desktops, e) ? -1 : 0;
}

void run_session_close(struct run_state *state)
{
	struct err ignored;

	state->try_sessions = false;
	close_all(state, &ignored);
}

void run_session_notice(struct run_state *state)
{
	struct err ignored;

	if (!state->try_sessions || !state->run || !is_detached(state))
		return;
	/* Each silence has a first missed answer: a lab's guest may stand still before it is moved. */
	if (run_gap(state) == 0) {
		state->tried_sessions = false;
		return;
	}
	/* A probe that takes no commands any more is found out by whoever waits. */
	if (!state->tried_sessions)
		say(state, DESKTOPS, "try", NULL, &ignored);
	state->tried_sessions = true;
}

int run_session_end(struct run_state *state, struct err *e)
{
	size_t tried = 0;

	state->try_sessions = false;
	if (is_attached(state))
		return say(state, DESKTOPS, "close", NULL, e);
	if (!is_detached(state))
		return 0;
	if (say(state, DESKTOPS, "close", NULL, e) || say(state, DESKTOPS, "try", &tried, e))
		return -1;
	if (tried && run_wait(state, state->clock->mono_ns(state->clock) + LAST_TRY_NS, NULL, e))
		return -1;
	return say(state, DESKTOPS, "close", NULL, e);
}
