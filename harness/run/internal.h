/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The state of a plan that is being carried out, and the functions on it. */
#ifndef BLACKOUT_RUN_INTERNAL_H
#define BLACKOUT_RUN_INTERNAL_H

#include "harness/ops/guest_agent.h"
#include "harness/ops/workload.h"
#include "harness/run/coroutine.h"
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
	size_t probe_count, probe_capacity;
};

/* A workload of the current run, and the last status that was read from it. */
struct polled_workload {
	bool begun;
	bool awaited;   /* its end is waited for, at most limit_ns, until until_ns */
	bool verifying; /* the guest was asked after the move to verify it; its end is awaited */
	bool cannot_verify; /* the request to verify failed; `error` is the reason */
	struct workload_status status;
	int64_t begun_ns, heard_ns, until_ns, limit_ns; /* heard_ns: of the last response */
	char error[256];                                /* of the last failed request */
};

struct vm_run;

/* What the program remembers of a VM of the plan from run to run. */
struct kept_vm {
	char *definition;   /* with which this program started the VM; NULL: not started by it */
	bool needs_restart; /* damaged, silent, or left by a run that could not be set up */
};

/* A run that could not be set up, for the message that ends the plan. */
struct run_failure {
	char run[80];
	char why[200];
};

#define MAX_HOSTS 32
#define TICKS_MAX 8
/* The polling interval of a job, and of a guest that fills its memory. */
#define POLL_NS (250 * NS_PER_MS)
/* Time limit of the response to a request that the agent can serve at once. */
#define AGENT_TIMEOUT_NS (5 * NS_PER_S)

/* The plan ends after this many runs in a row that could not be set up. */
#define FAILURES_MAX 3

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
	size_t station_count, station_capacity;
	struct probe_target *targets; /* of all probes: the VMs, then the controls */
	size_t target_count;
	struct probe_live *live; /* space for the live values of all targets of a probe */
	struct kept_vm *kept;    /* the plan's VMs, in the plan's order */
	int home_netns;          /* fd of the original network namespace; -1: it was not left */
	int lock_fd;

	/* Called for each VM of the run in each round of its waiting: sessions, workloads. */
	void (*ticks[TICKS_MAX])(struct vm_run *);
	size_t tick_count;

	struct scenario scenario;
	const struct timeline *resumed; /* the facts of a resumed folder; NULL: a new folder */
	struct progress_view *view;
	enum status status;
	struct run_failure failures[FAILURES_MAX]; /* since the last run that was set up */
	size_t failure_count;

	/* The current run, and its VMs. */
	const struct scenario_run *run; /* NULL: none */
	struct vm_run *vms;
	size_t vm_count;
	size_t met;    /* the meetings (run_meet) that all VMs have come to */
	size_t moving; /* VMs that were asked to move and are not over: at most `together` */
	/* The run's window, from its first trigger to its last settling. NS_NONE: not yet. */
	int64_t window_begin_ns, window_end_ns;
	size_t steps_shown; /* steps whose names the progress has */
	struct err e;       /* why status is not PASS */
};

/* What a VM's coroutine waits for. */
struct vm_wait {
	int64_t until_ns;
	bool (*done)(struct vm_run *); /* NULL: only for the time */
	bool quiet;                    /* goes on although the plan ends: a move is called off */
};

/* A VM in the current run. Its steps are carried out by its coroutine. */
struct vm_run {
	struct run_state *state;
	const struct scenario_run *run;
	const struct plan_section *section;
	size_t number; /* in the plan, from 1 */
	struct kept_vm *kept;
	char subject[64];
	char prefix[80]; /* of its messages: "NAME: " in a run with several VMs, else "" */
	struct vm_spec spec;
	struct coroutine *coroutine;
	struct vm_wait wait;
	size_t meetings; /* how often it waited for the run's other VMs (run_meet) */
	bool over;       /* its coroutine returned */
	struct err e;    /* why its last step failed */
	char source[64], destination[64];
	int64_t trigger_ns;
	struct job_status job;
	struct err move_refused;       /* why the VM is not moved, although others are; "": it is */
	bool holds_slot;               /* it counts in state->moving */
	bool job_running;              /* a move must be cancelled if the run ends now */
	bool set_up_failed;            /* this VM could not be set up; the plan continues */
	struct agent_call *agent_call; /* in progress: its workloads are not polled; NULL: none */
	struct workload_poll *poll;    /* of its workloads, in progress; NULL: none */
	bool try_sessions;   /* a detached user tries to connect at the first missed answer ... */
	bool tried_sessions; /* ... and has done so in the current silence */
	struct workload workloads[WORKLOADS_MAX];
	struct polled_workload polled[WORKLOADS_MAX];
	size_t workload_count;
	int64_t workloads_polled_ns;
	int64_t polled_ns; /* the last poll of the job, or of the agent while it fills memory */
	int64_t reconnected_ns; /* the last attempt to reconnect to the hosts */
	int64_t steady_ns;      /* since when the VM has answered without a gap */
	int64_t watch_end_ns;   /* the end of the plan's `watch` after the job's end */
};

static inline int64_t clock_of(const struct run_state *state)
{
	return state->clock->mono_ns(state->clock);
}

static inline int64_t now_of(const struct vm_run *vm)
{
	return clock_of(vm->state);
}

static inline bool run_has_agent(const struct vm_run *vm)
{
	return vm->spec.agent && vm->state->driver_ops->agent;
}

/* Setting up the whole plan. */
/* Opens site, stations and driver, and starts the probes. 0 or -1. */
int run_set_up(struct run_state *state, struct err *e);
/* Closes all that run_set_up opened, also after it failed. `reason` goes into the facts. */
void run_take_down(struct run_state *state, const char *reason);
/* Writes environment.json. 0 or -1. */
int run_environment_write(struct run_state *state, struct err *e);

/* True once the user asked to stop. */
bool run_interrupted(void);

/* The VMs of the current run. */
/* Makes state->vms, each with a coroutine that carries out the run's steps. 0 or -1. */
int run_make_vms(struct run_state *state, const struct scenario_run *run, struct err *e);
void run_release_vms(struct run_state *state);
/* Writes the VM's `run` fact. */
void run_begin_vm(struct vm_run *vm, size_t attempt);

/* Waiting. */
/*
 * How long the run's VM has not answered the judged probe, in ns; 0: it answers; 1 also if it has
 * not answered yet.
 */
int64_t run_gap(const struct vm_run *vm);
/* True if the run's VM answers the judged probe. */
bool run_answers(struct vm_run *vm);
/*
 * Registers `tick`: run_serve calls it for each VM in each of its rounds. No station is polled
 * until it returns, so it must not wait long.
 */
void run_tick_add(struct run_state *state, void (*tick)(struct vm_run *));
/*
 * The functions below are called in a VM's coroutine; the run's other VMs continue meanwhile.
 *
 * Waits until `until_ns` (monotonic), or until `done` (may be NULL) returns true. 0; -1: the plan
 * ends (state->status is set): interrupted or broken off.
 */
int run_wait(struct vm_run *vm, int64_t until_ns, bool (*done)(struct vm_run *), struct err *e);
/* The same without an end by a failed station, a full disk or a signal. False: it was not done. */
bool run_wait_quietly(struct vm_run *vm, int64_t until_ns, bool (*done)(struct vm_run *));
/*
 * Waits until all VMs of the run that are not over called this as often; they continue in the
 * plan's order. 0; -1 as run_wait.
 */
int run_meet(struct vm_run *vm, struct err *e);
/*
 * Continues the coroutines of the run's VMs until all have returned. Meanwhile polls the stations,
 * flushes facts and calls the ticks. If the plan must end, sets state->status and state->e.
 */
void run_serve(struct run_state *state);

/* Steps. */
/* Executes one step. 0; -1: state->status or state->set_up_failed is set. */
int run_step(struct vm_run *vm, const struct step *step, struct err *e);

/* The move. */
/*
 * Asks each host for the state of the run's VM. Returns the number of hosts; 0: the driver failed.
 */
size_t run_places(struct vm_run *vm, struct vm_place places[MAX_HOSTS]);
/*
 * Returns -1 with state->status BROKE_OFF if no host can be reached any more; else 0. Always 0 for
 * a driver that does not start moves.
 */
int run_places_check(struct vm_run *vm, const struct vm_place *places, size_t n, struct err *e);
/* The same for the latest run's VM, whose places it reads. 0 if no VM was set up yet. */
int run_hosts_check(struct vm_run *vm, struct err *e);
/* Polls the job, at most once in POLL_NS; reconnects if contact was lost. True: the job is over. */
bool run_job_over(struct vm_run *vm);
/* Starts a move of the run's VM. 0 or -1. */
int run_trigger(struct vm_run *vm, const char *source, const char *destination, struct err *e);
/*
 * Waits until the job ends, at most for the plan's `timeout` plus `watch`. 0; -1 as run_wait.
 */
int run_wait_job(struct vm_run *vm, struct err *e);
/*
 * In a run with several VMs: waits until fewer than `together` of its moves are under way, and
 * counts this VM's as one of them, until run_slot_release. 0; -1 as run_wait.
 */
int run_slot_take(struct vm_run *vm, struct err *e);
void run_slot_release(struct vm_run *vm);
/* True if somebody else starts the moves: then this program never moves the VM. */
bool run_moved_by_others(const struct vm_run *vm);
/* Cancels the running job, if there is one, and waits until exactly one host has the VM. */
void run_call_off(struct vm_run *vm);

/* Preparing the VM. */
/* The step "ensure": the VM runs as the case specifies, on the move's source. */
int step_ensure(struct vm_run *vm, const struct step *step, struct err *e);
/*
 * Sets source and destination: the plan's `from` and `to`; by default the VM's host (or, if it runs
 * nowhere, the plan's or the first) and the host that follows the source.
 */
void run_choose_hosts(struct vm_run *vm);
/* Moves the VM to the move's source, unmeasured, if it runs elsewhere. 0 or -1. */
int run_bring_back(struct vm_run *vm, struct err *e);
/* Waits until the VM answers. 0; 1: no answer within limit_ns; -1 as run_wait. */
int run_wait_answer(struct vm_run *vm, int64_t limit_ns, struct err *e);

/* The guest's agent. */
struct agent_exchange {
	const char *request;
	int64_t limit_ns; /* time limit of the response, from when the driver sends the request */
	int rc;           /* 0: there is a response */
	char response[AGENT_LINE_MAX];
	int64_t asked_ns, told_ns; /* when the request was sent, and when its response had come */
	struct err error;          /* why there is no response */
};
/*
 * Sends a request to the agent and waits for its response as run_wait does, after a poll that is
 * under way. 0; 1: no response, for the reason in exchange->error; -1 as run_wait.
 */
int run_agent_ask(struct vm_run *vm, struct agent_exchange *exchange, struct err *e);

/* Users' sessions. */
/*
 * Opens the VM's sessions if the case says attached, else closes them. Repeats and returns as
 * run_retry: a session that cannot be opened means that the run cannot be set up.
 */
int run_session_set(struct vm_run *vm, struct err *e);
/* Closes the VM's open sessions; errors are ignored. */
void run_session_close(struct vm_run *vm);
/* A tick: at the first missed answer of each silence, a detached user tries to connect. */
void run_session_tick(struct vm_run *vm);
/*
 * After a move: closes an attached desktop, which checks the text typed into it; a detached user
 * tries once more to connect. 0 or -1.
 */
int run_session_end(struct vm_run *vm, struct err *e);

/* Repeated attempts while a run is set up. */
/* The plan's `answer`: the time limit of each step of the set-up. */
int64_t run_answer_ns(const struct vm_run *vm);
/*
 * Calls `attempt` each second until it returns 0 or 1 (another attempt would fail, too), or the
 * plan's `answer` time has passed. 0; -1: interrupted or broken off (sets state->status), or not
 * set up (sets vm->set_up_failed).
 */
int run_retry(struct vm_run *vm, int (*attempt)(struct vm_run *, struct err *), struct err *e);
/*
 * Records that the run cannot be set up, for the reason in `e`. A full disk or an interrupt ends
 * the plan instead. Returns -1.
 */
int run_set_up_failed(struct vm_run *vm, const struct err *e);
/* Adds such a run to state->failures, which must have fewer than FAILURES_MAX. */
void run_failure_add(struct run_state *state, const struct scenario_run *run, const struct err *e);
/* Sets the error that ends the plan: `what`, then each failed run with its reason. Returns -1. */
int run_failures_describe(const struct run_state *state, const char *what, struct err *e);

/* Workloads. */
/* Finds the run's workloads and checks that the guest's agent supports them. 0 or -1. */
int run_workloads_prepare(struct vm_run *vm, struct err *e);
/* A tick: polls the active workloads if a poll is due, without waiting for their agent. */
void run_workloads_poll(struct vm_run *vm);
/* Waits for the poll that is under way, if there is one, and takes what it read. */
void run_workloads_end_poll(struct vm_run *vm);
/* Reads the status of workload `i` and writes it, in the VM's coroutine. */
void run_workload_read(struct vm_run *vm, size_t i, int64_t timeout_ns);
/* Writes a workload's status as a fact. */
void run_workload_write(struct vm_run *vm, const struct workload *workload,
	enum workload_event event, const struct workload_status *s);
/* Stops the active workloads of a run that ends before its move. */
void run_workloads_stop(struct vm_run *vm);
/* Frees what run_workloads_prepare made. */
void run_workloads_close(struct vm_run *vm);
/* Starts the workloads and waits for the step's time. 0 or -1. */
int step_workload(struct vm_run *vm, const struct step *step, struct err *e);
/*
 * Waits for the end of the workloads, verifies and stops them, and writes their results. 0 or -1.
 */
int step_workload_end(struct vm_run *vm, struct err *e);
/* Writes the guest's clocks with this machine's, before or after the move. 0; -1 as run_wait. */
int run_guest_clock_record(struct vm_run *vm, enum clock_reading reading, struct err *e);
/* Writes a fact about a VM in the current run. */
#define RUN_FACT(vm, kind, ...) \
	FACT((vm)->state->log, now_of(vm), (kind), (vm)->subject, __VA_ARGS__)

#endif
