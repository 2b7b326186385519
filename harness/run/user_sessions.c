/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Users' sessions in a run. Attached: a session is opened before the move and kept. Detached: there
 * is no session; from the first missed answer of a silence on, a user tries to connect until an
 * attempt succeeds, and once more after the move, as in the published tests. The probes write the
 * results as facts.
 */
#include "harness/run/internal.h"
#include "harness/plan/settings.h"

/* Time for the last attempt after a move; the probe has its own time-out for an attempt. */
#define LAST_TRY_NS (3 * NS_PER_S)

enum session_kind { AGENT_SESSIONS, DESKTOPS };

static bool is_kind(const struct station_probe *probe, enum session_kind kind)
{
	const struct probe_traits *traits = &probe->ops->component->probe;

	return traits->user_session && traits->remote_desktop == (kind == DESKTOPS) &&
	       probe->ops->command;
}

static bool is_attached(const struct vm_run *vm)
{
	return vm_settings_of(vm->run->plan_case, vm->section).session == SESSION_ATTACHED;
}

static bool is_detached(const struct vm_run *vm)
{
	return vm_settings_of(vm->run->plan_case, vm->section).session == SESSION_DETACHED;
}

/*
 * Sends the command "VERB VM" to every probe of a kind. *sent (`sent` may be NULL) is increased by
 * their number.
 */
static int send_command(
	struct vm_run *vm, enum session_kind kind, const char *verb, size_t *sent, struct err *e)
{
	char words[96];

	snprintf(words, sizeof(words), "%s %s", verb, plan_section_name(vm->section));
	for (size_t i = 0; i < vm->state->station_count; i++) {
		struct run_station *s = &vm->state->stations[i];

		for (size_t k = 0; k < s->probe_count; k++) {
			if (!is_kind(&s->probes[k], kind))
				continue;
			if (station_command(s->station, s->probes[k].config.name, words, e))
				return -1;
			if (sent)
				++*sent;
		}
	}
	return 0;
}

static int open_sessions(struct vm_run *vm, struct err *e)
{
	return send_command(vm, AGENT_SESSIONS, "open", NULL, e);
}

static int open_desktops(struct vm_run *vm, struct err *e)
{
	return send_command(vm, DESKTOPS, "open", NULL, e);
}

static int close_all(struct vm_run *vm, struct err *e)
{
	return send_command(vm, AGENT_SESSIONS, "close", NULL, e) ||
			       send_command(vm, DESKTOPS, "close", NULL, e)
		       ? -1
		       : 0;
}

/*
 * Repeats attempts, because the network may not have learned yet where the VM is, and a desktop's
 * server may start later than the VM answers ping.
 */
int run_session_set(struct vm_run *vm, struct err *e)
{
	vm->try_sessions = false;
	if (!is_attached(vm))
		return run_retry(vm, close_all, e);
	return run_retry(vm, open_sessions, e) || run_retry(vm, open_desktops, e) ? -1 : 0;
}

void run_session_close(struct vm_run *vm)
{
	struct err ignored;

	vm->try_sessions = false;
	close_all(vm, &ignored);
}

void run_session_tick(struct vm_run *vm)
{
	struct err ignored;

	if (!vm->try_sessions || !vm->run || !is_detached(vm))
		return;
	/* One request per silence, not per move: a lab's guest may pause before it is moved. */
	if (run_gap(vm) == 0) {
		vm->tried_sessions = false;
		return;
	}
	/* The error is ignored: if the station is gone, run_wait reports it. */
	if (!vm->tried_sessions)
		send_command(vm, DESKTOPS, "try", NULL, &ignored);
	vm->tried_sessions = true;
}

int run_session_end(struct vm_run *vm, struct err *e)
{
	size_t tried = 0;

	vm->try_sessions = false;
	if (is_attached(vm))
		return send_command(vm, DESKTOPS, "close", NULL, e);
	if (!is_detached(vm))
		return 0;
	if (send_command(vm, DESKTOPS, "close", NULL, e) ||
		send_command(vm, DESKTOPS, "try", &tried, e))
		return -1;
	if (tried && run_wait(vm, now_of(vm) + LAST_TRY_NS, NULL, e))
		return -1;
	return send_command(vm, DESKTOPS, "close", NULL, e);
}
