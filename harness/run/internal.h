/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of run share: the state of a plan that is being carried out. */
#ifndef BLACKOUT_RUN_INTERNAL_H
#define BLACKOUT_RUN_INTERNAL_H

#include "harness/ops/workload.h"
#include "harness/run/progress.h"
#include "harness/run/run.h"
#include "harness/run/scenario.h"
#include "harness/station/station.h"

#include <limits.h>

/* A station with the probes that run in it. */
struct run_station {
	struct station *station;
	char name[64];
	struct station_probe *probes;
	size_t probe_count, probe_room;
};

/* A work of the run under way, as it was last heard of. */
struct run_work {
	bool begun;
	bool awaited;   /* for `limit_ns`, until `until_ns` */
	bool verifying; /* it was asked to, after the move: `awaited` is for that … */
	bool refused;   /* … or could not be asked; `error` says why */
	struct workload_status status;
	int64_t begun_ns, heard_ns, until_ns, limit_ns;
	char error[256]; /* why it could not be asked the last time */
};

/* What is known of one of the plan's VMs from run to run. */
struct run_vm {
	char *started; /* the definition that we started it with, or NULL */
	bool spoiled;  /* its memory is harmed or it does not answer: its next run starts it anew */
};

/* A run that could not be set up, for whoever is told why the plan ended. */
struct run_failure {
	char run[80];
	char why[200];
};

#define MAX_HOSTS 32
#define TICKS_MAX 8
/* How often a job, and a guest that fills its memory, is polled. */
#define POLL_NS (250 * NS_PER_MS)
/* How long a guest's agent is waited for, where its answer needs no work. */
#define AGENT_TIMEOUT_NS (5 * NS_PER_S)

/* After so many runs in a row that could not be set up the plan ends. */
#define FAILURES_MOST 3

struct run_state {
	const struct components *components;
	const struct plan *plan;
	const struct run_options *options;
	const char *dir;
	const struct platform_traits *platform;

	const struct site_ops *site_ops;
	struct site *site;
	const struct clock *clock;
	const struct driver_ops *driver_ops;
	struct driver *driver;
	struct driver_context *driver_context;
	struct fact_log *log, *driver_log;
	struct run_station *stations;
	size_t station_count, station_room;
	struct probe_target *targets; /* of all probes: the VMs, then the controls */
	size_t target_count;
	struct run_vm *vms; /* in the plan's order */
	int home_netns; /* where the parent came from; -1: it did not leave */
	int lock_fd;

	/* What is called all the time while time passes: sessions, works, … */
	void (*ticks[TICKS_MAX])(struct run_state *);
	size_t tick_count;

	struct scenario scenario;
	const struct timeline *before; /* of a resumed folder: what is done already; else NULL */
	struct progress_view *view;
	enum status status;
	struct run_failure failures[FAILURES_MOST]; /* in a row, up to now */
	size_t failure_count;

	/* The run under way. */
	const struct scenario_run *run;
	char subject[64];
	struct vm_spec vm;
	struct run_vm *kept; /* of the run's VM */
	char source[64], destination[64];
	int64_t trigger_ns;
	struct job_status job;
	bool job_running; /* something would have to be called off */
	bool set_up_failed; /* it could not be set up: the plan goes on with the next run */
	bool filled;      /* the agent said so */
	int64_t agent_heard_ns; /* or asked first */
	struct agent_call *agent_call; /* under way, else NULL: nobody else asks the agent */
	char agent_error[512];  /* why it did not answer the last time; "": it did */
	bool try_sessions; /* detached: from the first missed answer on a connection is tried … */
	bool tried_sessions; /* … as in the present silence */
	struct workload works[WORKLOADS_MAX];
	struct run_work watched[WORKLOADS_MAX];
	size_t work_count;
	int64_t works_polled_ns;
	int64_t polled_ns, reconnected_ns, steady_ns, watch_end_ns;
};

static inline int64_t now_of(const struct run_state *state)
{
	return state->clock->mono_ns(state->clock);
}

static inline bool run_has_agent(const struct run_state *state)
{
	return state->vm.agent && state->driver_ops->agent;
}

/* setup.c and environment.c */
int run_set_up(struct run_state *state, struct err *e);
void run_take_down(struct run_state *state, const char *reason);
int run_environment_write(struct run_state *state, struct err *e);

/* True once the user asked to stop. */
bool run_interrupted(void);

/* wait.c: letting time pass. */
/* The latest silence of the VM's judged (else any) probe in ns; 0: it answers. */
int64_t run_gap(const struct run_state *state);
bool run_answers(struct run_state *state);
/* From now on `tick` is called each time that run_wait looks round. It must not wait itself. */
void run_tick_add(struct run_state *state, void (*tick)(struct run_state *));
/*
 * Lets time pass until `until_ns`, keeping facts, stations and display going; returns early as soon as
 * `done` (may be NULL) says so. 0; -1 with state->status set: interrupted or broke off.
 */
int run_wait(struct run_state *state, int64_t until_ns, bool (*done)(struct run_state *),
	struct err *e);

/* steps.c */
/* Carries out one step. 0; -1 with state->status set. */
int run_step(struct run_state *state, const struct step *step, struct err *e);

/* move_job.c */
/* Where the run's VM is, host by host. Returns how many hosts there are; 0: nobody knows. */
size_t run_places(struct run_state *state, struct vm_place places[MAX_HOSTS]);
/* -1 with state->status set if the driver starts moves and nobody can say of any host where the VM is. */
int run_places_check(struct run_state *state, const struct vm_place *places, size_t n, struct err *e);
/* The same of the run's VM, which is looked for. 0 while no VM is in hand. */
int run_hosts_check(struct run_state *state, struct err *e);
/* Polls the job, if it is time; where contact was lost it is sought. Whether it is over. */
bool run_job_over(struct run_state *state);
/* Starts a move of the run's VM. */
int run_trigger(struct run_state *state, const char *source, const char *destination, struct err *e);
/* Waits for the running job, bounded by the plan's `timeout` and a margin for its watchdog. */
int run_wait_job(struct run_state *state, struct err *e);
/* True where somebody else starts the moves: then we never move the VM. */
bool run_moved_by_others(const struct run_state *state);
/* Calls the running job off and waits until the VM is in one place. */
void run_call_off(struct run_state *state);

/* ensure_vm.c: the VM as the case wants it, where the move begins. */
int step_ensure(struct run_state *state, const struct step *step, struct err *e);
/* The plan's `from` and `to`; else from where the VM is to the next host. */
void run_choose_hosts(struct run_state *state);
/* Brings the VM to the move's source, unmeasured, if it is elsewhere. */
int run_bring_back(struct run_state *state, struct err *e);
/* Waits until the VM answers. 1: it did not within limit_ns; -1: broken off. */
int run_wait_answer(struct run_state *state, int64_t limit_ns, struct err *e);

/* agent_call.c */
/*
 * Asks the guest's agent and waits for its answer as run_wait does. 0: `answer` has it; 1: it did not
 * answer, `answer_error` says why; -1 as run_wait.
 */
int run_agent_ask(struct run_state *state, const char *request, char *answer, size_t size,
	int64_t limit_ns, struct err *answer_error, struct err *e);

/* user_sessions.c: users' sessions. */
/*
 * Opens them for the VM when the case says attached, else closes them, and tries again as run_retry
 * does. A session that still cannot be opened is an error: the VM is not as the case wants it.
 */
int run_session_set(struct run_state *state, struct err *e);
/* Closes the VM's sessions, where they are open; what cannot be closed is ignored. */
void run_session_close(struct run_state *state);
/* A tick: the first missed answer after the trigger makes the detached user try. */
void run_session_notice(struct run_state *state);
/* After a move: a desktop's text is looked at, and the detached user tries once more. */
int run_session_end(struct run_state *state, struct err *e);

/* retry.c: setting a run up. */
/* The plan's `answer`: how long a step of the set-up may take. */
int64_t run_answer_ns(const struct run_state *state);
/*
 * Does a step of the set-up, again each second until `answer` has passed. 0; -1: interrupted or
 * broke off (state->status says so), or the run could not be set up (run_set_up_failed).
 */
int run_retry(struct run_state *state, int (*attempt)(struct run_state *, struct err *),
	struct err *e);
/*
 * Notes that the run cannot be set up, for the reason in `e`; a full disk ends the plan, and so does
 * an interrupt. Returns -1.
 */
int run_set_up_failed(struct run_state *state, const struct err *e);
/* Counts such a run; up to FAILURES_MOST. */
void run_failure_add(struct run_state *state, const struct scenario_run *run, const struct err *e);
/* Why the plan ends: `what`, with each of the failures in a row and its reason. Returns -1. */
int run_failures_tell(const struct run_state *state, const char *what, struct err *e);

/* workloads.c */
/* Which works the run has, and that their agent can do them. */
int run_works_ready(struct run_state *state, struct err *e);
/* A tick: looks at the works under way, if it is time. */
void run_works_look(struct run_state *state);
/* Stops the works under way, whose run is given up before its move. */
void run_works_stop(struct run_state *state);
void run_works_close(struct run_state *state);
int step_work(struct run_state *state, const struct step *step, struct err *e);
int step_work_end(struct run_state *state, struct err *e);
/* The guest's clock beside ours, "before" or "after" the move. */
void run_guest_clock(struct run_state *state, enum clock_reading reading);
/* Writes a fact of the runner about the run under way. */
#define RUN_FACT(state, kind, ...)                                                                 \
	FACT((state)->log, (state)->clock->mono_ns((state)->clock), (kind), (state)->subject,      \
		__VA_ARGS__)

#endif
