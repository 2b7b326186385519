/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The jobs of a platform: a driver's list of them, their ids, their facts (`job`, `progress`,
 * `statistics`, `event`), and the conclusions about a job from polls of its VM's hosts. A VM may
 * have several jobs, one after another. The driver itself polls its platform.
 *
 * Locking: nothing here locks or waits. A list, its jobs and their readings belong to one driver. A
 * driver with threads holds its `lock` during every call of this file and every access to a job;
 * the simulated platform has one thread. job_conclude reads only its arguments.
 */
#ifndef BLACKOUT_DRIVERS_JOBS_H
#define BLACKOUT_DRIVERS_JOBS_H

#include "harness/ops/driver.h"

#define JOBS_NO_HOST SIZE_MAX
/* The message of a job after which the VM runs on no host. */
#define JOBS_NOWHERE "the job ended and the VM runs on no host"

/* The progress of the memory copy, in the order of the fact's keys. */
struct job_progress {
	uint64_t total_bytes, processed_bytes, remaining_bytes, iteration;
	uint64_t dirty_rate; /* bytes/s */
};

/*
 * What a platform reports of an ended job, in the order of the fact's keys: times in ns, sizes in
 * bytes, the rate in bytes/s.
 */
enum job_statistic {
	JOB_STATISTIC_DOWNTIME,
	JOB_STATISTIC_DOWNTIME_NET,
	JOB_STATISTIC_SETUP,
	JOB_STATISTIC_ELAPSED,
	JOB_STATISTIC_TRANSFERRED,
	JOB_STATISTIC_TOTAL,
	JOB_STATISTIC_MEMORY_TRANSFERRED,
	JOB_STATISTIC_MEMORY_TOTAL,
	JOB_STATISTIC_MEMORY_RATE,
	JOB_STATISTIC_ITERATIONS,
	JOB_STATISTICS,
};

/* A job. A driver with more state for each job embeds this as the first member. */
struct platform_job {
	struct job_list *list;
	char vm[64];
	char id[64];
	size_t source, destination; /* indices of hosts; JOBS_NO_HOST: not known (yet) */
	bool found;                 /* requested elsewhere: a poll or an event noticed it later */
	bool in_call;    /* a call of the driver will report its end, so polls must not end it */
	bool called_off; /* the driver asked the platform to cancel it */
	enum job_state state;
	int64_t at_ns[JOB_EVENTS]; /* the time of each event; NS_NONE: not yet */
	int64_t stopped_ns;        /* the source reported that the VM left it; NS_NONE: not yet */
	int64_t moving_ns;         /* asked_ns of the latest poll that saw it moving, or NS_NONE */
	int64_t bandwidth_bps;     /* the requested limit; 0: none */
	struct job_progress progress;
	char message[512];
};

/* The result of polling one host about a VM. */
struct job_reading {
	int64_t asked_ns, seen_ns; /* before and after the poll; NS_NONE: never polled */
	enum vm_state state;       /* VM_UNKNOWN: the host cannot be asked */
	bool moving;               /* a migration of the VM away from this host runs */
	bool job_hidden;           /* the host did not report whether a migration runs */
	int64_t elapsed_ns;        /* how long the migration has been running when it was polled */
	struct job_progress progress;
};

struct job_list {
	struct fact_log *log; /* NULL: no more facts are written */
	size_t job_size;
	int64_t poll_interval_ns;
	char (*hosts)[64]; /* the hosts' names */
	size_t host_count;
	struct platform_job **jobs; /* in the order of their requests */
	size_t count, capacity;
};

/* A new job for jobs_add. */
struct job_request {
	const char *vm;
	const char *id_prefix; /* the id is PREFIX-NUMBER */
	int64_t id_number;
	size_t source, destination;
	int64_t ns, earliest_ns; /* requested in [earliest_ns, ns]; earliest_ns NS_NONE: at ns */
	int64_t bandwidth_bps;   /* 0: no limit */
	bool found;
	const char *message; /* NULL: none */
};

/*
 * Copies the hosts' names from the context; the log must outlive the list. job_size: size of the
 * driver's struct that begins with a platform_job. poll_interval_ns: time from one poll of a host
 * to the next; 0: the driver does not poll. -1: out of memory.
 */
int jobs_init(struct job_list *list, const struct driver_context *context, size_t job_size,
	int64_t poll_interval_ns);
/* Frees the list and its jobs. The driver must first release what its own members of a job hold. */
void jobs_release(struct job_list *list);

/* Adds a job in state JOB_MOVING, with the driver's own members zero. NULL: out of memory. */
struct platform_job *jobs_add(struct job_list *list, const struct job_request *request);
/*
 * Adds a job that was started elsewhere, moves a VM away from `host` and was requested in
 * [earliest_ns, ns]. readings: the latest of each host; they show its destination.
 */
struct platform_job *jobs_add_found(struct job_list *list, const char *vm, size_t host,
	const struct job_reading *readings, int64_t ns, int64_t earliest_ns);
/* The latest job of a VM; NULL: it had none. */
struct platform_job *jobs_latest(const struct job_list *list, const char *vm);
/*
 * The latest job of a VM if it was requested at since_ns or later, else NULL. A found job may have
 * been requested earlier: it counts if it still moves or ended at since_ns or later.
 */
struct platform_job *jobs_latest_since(
	const struct job_list *list, const char *vm, int64_t since_ns);
/*
 * Fills `status` from the job of jobs_latest_since. False: there is none, and the state JOB_NONE.
 */
bool jobs_status(
	const struct job_list *list, const char *vm, int64_t since_ns, struct job_status *status);

/*
 * Records an event of a job and writes its `job` fact; an event that is recorded already is
 * ignored.
 */
void job_record(struct platform_job *job, enum job_event event, int64_t ns, int64_t earliest_ns);
/*
 * Records `started`: the job was first seen running at ns, and not yet at before_ns (NS_NONE: the
 * host was not polled before). A found job has its start as `requested`, so nothing is recorded.
 */
void job_record_start(struct platform_job *job, int64_t ns, int64_t before_ns);
/* Stores the progress of the copy and writes its `progress` fact. */
void job_record_progress(struct platform_job *job, int64_t ns, const struct job_progress *progress);
/*
 * Writes the `statistics` fact. values: one per statistic, NS_NONE if the platform does not report
 * it. False: all are NS_NONE, and nothing was written.
 */
bool job_record_statistics(
	struct platform_job *job, int64_t ns, const int64_t values[JOB_STATISTICS]);
/* Writes the `event` fact of a VM on a host. */
void jobs_record_event(const struct job_list *list, int64_t ns, const char *vm, size_t host,
	const char *what, const char *detail);
/*
 * Ends a job that ended in [earliest_ns, ns]. The caller sets its `message` first. A job that ended
 * as JOB_UNKNOWN may end again once its end is known.
 */
void job_end(struct platform_job *job, enum job_state state, int64_t ns, int64_t earliest_ns);
/* Ends a job as JOB_UNKNOWN, because contact with its source was lost. */
void job_lose(struct platform_job *job, int64_t ns);
/* Ends all jobs that move away from a host as JOB_UNKNOWN, except those in a call. */
void jobs_lose_host(struct job_list *list, size_t host, int64_t ns);

/* One empty reading per host, to be freed by the caller. NULL: out of memory. */
struct job_reading *job_readings_new(size_t host_count);

/* A poll of a VM on one host, with the latest readings of all hosts. */
struct job_poll {
	/* One per host. A host that cannot be asked keeps its latest reading, with VM_UNKNOWN. */
	const struct job_reading *readings;
	size_t host_count;
	size_t host; /* the host that is polled */
	const struct job_reading *now;
	int64_t before_ns; /* asked_ns of this host's poll before; NS_NONE: none */
	int64_t interval_ns;
};

enum job_finding {
	JOB_FINDING_NONE,
	JOB_FINDING_BEGAN, /* a job runs that is not in the list */
	JOB_FINDING_RUNS,  /* the VM's latest job still runs */
	JOB_FINDING_ENDED, /* the VM's latest job has ended */
};

struct job_conclusion {
	enum job_finding finding;
	int64_t ns, earliest_ns; /* BEGAN, ENDED: it happened in [earliest_ns, ns] */
	enum job_state state;    /* ENDED: how the job ended */
	size_t host;             /* ENDED: the host where the VM runs; JOBS_NO_HOST: none */
};

/*
 * Concludes from a poll what became of a VM's latest job (NULL: it had none). Only readings taken
 * after the job was last seen moving count. The job has ended if they show the VM on another host,
 * or on the source without a migration, or on no host. A pure function.
 */
struct job_conclusion job_conclude(const struct platform_job *latest, const struct job_poll *poll);
/*
 * Stores a new reading of a VM on a host in `readings`, concludes as job_conclude does, and updates
 * the list and the facts. job: set to the VM's latest job, or NULL.
 */
enum job_finding jobs_poll(struct job_list *list, const char *vm, struct job_reading *readings,
	size_t host, const struct job_reading *now, struct platform_job **job);

#endif
