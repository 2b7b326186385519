/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The state of a plan that is being carried out, and the functions on it. */
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

/* What the program remembers of a VM of the plan from run to run. */
struct run_vm {
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
	struct run_vm *vms;      /* in the plan's order */
	int home_netns;          /* fd of the original network namespace; -1: it was not left */
	int lock_fd;

	/* Called regularly by run_wait: sessions, workloads. */
	void (*ticks[TICKS_MAX])(struct run_state *);
	size_t tick_count;

	struct scenario scenario;
	const struct timeline *resumed; /* the facts of a resumed folder; NULL: a new folder */
	struct progress_view *view;
	enum status status;
	struct run_failure failures[FAILURES_MAX]; /* since the last run that was set up */
	size_t failure_count;

	/* The current run. */
	const struct scenario_run *run;
	char subject[64];
	struct vm_spec vm;
	struct run_vm *run_vm; /* the run's VM in `vms` */
	char source[64], destination[64];
	int64_t trigger_ns;
	struct job_status job;
	bool job_running;       /* a move must be cancelled if the run ends now */
	bool set_up_failed;     /* this run could not be set up; the plan continues with the next */
	bool filled;            /* the agent reported that the memory is filled */
	int64_t agent_heard_ns; /* the agent's last response, or the first request to it */
	struct agent_call *agent_call; /* in progress: no other request is sent; NULL: none */
	char agent_error[512];         /* of the last request; "": it succeeded */
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

static inline int64_t now_of(const struct run_state *state)
{
	return state->clock->mono_ns(state->clock);
}

static inline bool run_has_agent(const struct run_state *state)
{
	return state->vm.agent && state->driver_ops->agent;
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

/* Waiting. */
/*
 * How long the run's VM has not answered the judged probe, in ns; 0: it answers; 1 also if it has
 * not answered yet.
 */
int64_t run_gap(const struct run_state *state);
/* True if the run's VM answers the judged probe. */
bool run_answers(struct run_state *state);
/*
 * Registers `tick`: run_wait calls it in each of its rounds. No station is polled until it
 * returns, so it must not wait long.
 */
void run_tick_add(struct run_state *state, void (*tick)(struct run_state *));
/*
 * Waits until `until_ns` (monotonic), or until `done` (may be NULL) returns true. Meanwhile it
 * polls the stations, flushes facts and calls the ticks. 0; -1 with state->status set: interrupted
 * or broken off.
 */
int run_wait(
	struct run_state *state, int64_t until_ns, bool (*done)(struct run_state *), struct err *e);

/* Steps. */
/* Executes one step. 0; -1: state->status or state->set_up_failed is set. */
int run_step(struct run_state *state, const struct step *step, struct err *e);

/* The move. */
/*
 * Asks each host for the state of the run's VM. Returns the number of hosts; 0: the driver failed.
 */
size_t run_places(struct run_state *state, struct vm_place places[MAX_HOSTS]);
/*
 * Returns -1 with state->status BROKE_OFF if no host can be reached any more; else 0. Always 0 for
 * a driver that does not start moves.
 */
int run_places_check(
	struct run_state *state, const struct vm_place *places, size_t n, struct err *e);
/* The same for the latest run's VM, whose places it reads. 0 if no VM was set up yet. */
int run_hosts_check(struct run_state *state, struct err *e);
/* Polls the job, at most once in POLL_NS; reconnects if contact was lost. True: the job is over. */
bool run_job_over(struct run_state *state);
/* Starts a move of the run's VM. 0 or -1. */
int run_trigger(
	struct run_state *state, const char *source, const char *destination, struct err *e);
/*
 * Waits until the job ends, at most for the plan's `timeout` plus `watch`. 0; -1 as run_wait.
 */
int run_wait_job(struct run_state *state, struct err *e);
/* True if somebody else starts the moves: then this program never moves the VM. */
bool run_moved_by_others(const struct run_state *state);
/* Cancels the running job, if there is one, and waits until exactly one host has the VM. */
void run_call_off(struct run_state *state);

/* Preparing the VM. */
/* The step "ensure": the VM runs as the case specifies, on the move's source. */
int step_ensure(struct run_state *state, const struct step *step, struct err *e);
/*
 * Sets source and destination: the plan's `from` and `to`; by default the VM's host (or, if it runs
 * nowhere, the plan's or the first) and the host that follows the source.
 */
void run_choose_hosts(struct run_state *state);
/* Moves the VM to the move's source, unmeasured, if it runs elsewhere. 0 or -1. */
int run_bring_back(struct run_state *state, struct err *e);
/* Waits until the VM answers. 0; 1: no answer within limit_ns; -1 as run_wait. */
int run_wait_answer(struct run_state *state, int64_t limit_ns, struct err *e);

/* The guest's agent. */
/*
 * Sends a request to the agent and waits for its response as run_wait does. 0; 1: no response, for
 * the reason in `response_error`; -1 as run_wait.
 */
int run_agent_ask(struct run_state *state, const char *request, char *response, size_t size,
	int64_t limit_ns, struct err *response_error, struct err *e);

/* Users' sessions. */
/*
 * Opens the VM's sessions if the case says attached, else closes them. Repeats and returns as
 * run_retry: a session that cannot be opened means that the run cannot be set up.
 */
int run_session_set(struct run_state *state, struct err *e);
/* Closes the VM's open sessions; errors are ignored. */
void run_session_close(struct run_state *state);
/* A tick: at the first missed answer of each silence, a detached user tries to connect. */
void run_session_tick(struct run_state *state);
/*
 * After a move: closes an attached desktop, which checks the text typed into it; a detached user
 * tries once more to connect. 0 or -1.
 */
int run_session_end(struct run_state *state, struct err *e);

/* Repeated attempts while a run is set up. */
/* The plan's `answer`: the time limit of each step of the set-up. */
int64_t run_answer_ns(const struct run_state *state);
/*
 * Calls `attempt` each second until it returns 0 or the plan's `answer` time has passed. 0; -1:
 * interrupted or broken off (sets state->status), or not set up (sets state->set_up_failed).
 */
int run_retry(
	struct run_state *state, int (*attempt)(struct run_state *, struct err *), struct err *e);
/*
 * Records that the run cannot be set up, for the reason in `e`. A full disk or an interrupt ends
 * the plan instead. Returns -1.
 */
int run_set_up_failed(struct run_state *state, const struct err *e);
/* Adds such a run to state->failures, which must have fewer than FAILURES_MAX. */
void run_failure_add(struct run_state *state, const struct scenario_run *run, const struct err *e);
/* Sets the error that ends the plan: `what`, then each failed run with its reason. Returns -1. */
int run_failures_describe(const struct run_state *state, const char *what, struct err *e);

/* Workloads. */
/* Finds the run's workloads and checks that the guest's agent supports them. 0 or -1. */
int run_workloads_prepare(struct run_state *state, struct err *e);
/* A tick: polls the active workloads, if a poll is due. */
void run_workloads_poll(struct run_state *state);
/* Stops the active workloads of a run that ends before its move. */
void run_workloads_stop(struct run_state *state);
/* Frees what run_workloads_prepare made. */
void run_workloads_close(struct run_state *state);
/* Starts the workloads and waits for the step's time. 0 or -1. */
int step_workload(struct run_state *state, const struct step *step, struct err *e);
/*
 * Waits for the end of the workloads, verifies and stops them, and writes their results. 0 or -1.
 */
int step_workload_end(struct run_state *state, struct err *e);
/* Writes the guest's clocks with this machine's, read before or after the move. */
void run_guest_clock_record(struct run_state *state, enum clock_reading reading);
/* Writes a fact about the current run. */
#define RUN_FACT(state, kind, ...) \
	FACT((state)->log, now_of(state), (kind), (state)->subject, __VA_ARGS__)

#endif
