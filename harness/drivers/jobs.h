/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The jobs of a platform: the list that a driver keeps of them, their ids, their facts (`job`,
 * `progress`, `statistics`, `event`), and what polls of a VM's hosts say of its job. A VM may have
 * any number of jobs, one after another. How a platform is asked is left to its driver.
 *
 * Locking: nothing here locks or waits. A list, its jobs and the readings belong to one driver. A
 * driver with threads holds its lock during every call of this file and every access to a job
 * (libvirt: `lock`; external: `lock`; the simulated platform has one thread). job_conclude reads
 * its arguments only.
 */
#ifndef BLACKOUT_DRIVERS_JOBS_H
#define BLACKOUT_DRIVERS_JOBS_H

#include "harness/ops/driver.h"

#define JOBS_NO_HOST SIZE_MAX
/* The message of a job that left its VM nowhere. */
#define JOBS_NOWHERE "the job ended and the VM runs on no host"

/* How far the copy is, in the order of the fact's keys. */
struct job_progress {
	uint64_t total_bytes, processed_bytes, remaining_bytes, iteration, dirty_rate;
};

/* What a platform tells of a job when it is over, in the order of the fact's keys. */
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

/* A job. A driver that keeps more of its jobs embeds this as the first member. */
struct platform_job {
	struct job_list *list;
	char vm[64];
	char id[64];
	size_t source, destination; /* JOBS_NO_HOST: not known (yet) */
	bool found;      /* somebody else's, found by a poll or an event: nobody told when it was requested */
	bool in_call;    /* a call of the driver is going to report its end: polls do not conclude it */
	bool called_off; /* the platform was asked to call it off */
	enum job_state state;
	int64_t at_ns[JOB_EVENTS]; /* when each event came; NS_NONE: not yet */
	int64_t stopped_ns;        /* its source said that the VM had left it; NS_NONE: not said */
	int64_t moving_ns;         /* asked_ns of the latest poll that saw it moving; NS_NONE: none */
	int64_t bandwidth_bps;     /* 0: no limit was asked for */
	struct job_progress progress;
	char message[512];
};

/* What one host said of a VM when it was polled. */
struct job_reading {
	int64_t asked_ns, seen_ns; /* before and after asking; NS_NONE: never asked */
	enum vm_state state;       /* VM_UNKNOWN: the host cannot be asked */
	bool moving;               /* a migration away from this host runs */
	bool job_hidden;           /* the host did not say whether one runs */
	int64_t elapsed_ns;        /* for how long it has been running */
	struct job_progress progress;
};

struct job_list {
	struct fact_log *log; /* NULL: no fact is written any more */
	size_t job_size;
	int64_t poll_interval_ns;
	char (*hosts)[64]; /* their names */
	size_t host_count;
	struct platform_job **jobs; /* the newest last */
	size_t count, room;
};

/* How a job begins. */
struct job_request {
	const char *vm;
	const char *id_prefix; /* the id is PREFIX-NUMBER */
	int64_t id_number;
	size_t source, destination;
	int64_t ns, earliest_ns; /* it was requested in [earliest, ns]; NS_NONE: at ns */
	int64_t bandwidth_bps;   /* 0: no limit */
	bool found;
	const char *message; /* NULL: none */
};

/*
 * Copies what it needs of the context but the log. job_size: of the struct that begins with a
 * platform_job. poll_interval_ns: from one poll of a host to the next; 0: nothing is polled. -1: out
 * of memory.
 */
int jobs_init(struct job_list *list, const struct driver_context *context, size_t job_size,
	int64_t poll_interval_ns);
/* Frees the jobs, too. Whatever a driver's own job holds is to be released before. */
void jobs_release(struct job_list *list);

/* Adds a moving job, zero beyond its base, and writes `requested`. NULL: out of memory. */
struct platform_job *jobs_add(struct job_list *list, const struct job_request *request);
/*
 * Adds a job of somebody else's that moves a VM away from `host` and was requested in [earliest,
 * ns]. readings: what the latest polls said, one a host; they tell its destination.
 */
struct platform_job *jobs_add_found(struct job_list *list, const char *vm, size_t host,
	const struct job_reading *readings, int64_t ns, int64_t earliest_ns);
/* The latest job of a VM; NULL: it had none. */
struct platform_job *jobs_latest(const struct job_list *list, const char *vm);
/*
 * The same if it was requested since since_ns. A job that was found may have been requested before
 * that: it counts if it still moves or ended since.
 */
struct platform_job *jobs_latest_since(
	const struct job_list *list, const char *vm, int64_t since_ns);
/* Fills in what is known of that job. False: there is none, and status says so. */
bool jobs_status(const struct job_list *list, const char *vm, int64_t since_ns,
	struct job_status *status);

/* Keeps the time of an event and writes its `job` fact. Only the first of its kind counts. */
void job_record(struct platform_job *job, enum job_event event, int64_t ns, int64_t earliest_ns);
/*
 * The job was first noticed running at ns, and not yet at before_ns (NS_NONE: nobody asked before).
 * A found job was noticed by that: its beginning is its `requested`, and no fact is added.
 */
void job_record_start(struct platform_job *job, int64_t ns, int64_t before_ns);
void job_record_progress(
	struct platform_job *job, int64_t ns, const struct job_progress *progress);
/* values: one a statistic, NS_NONE for what the platform does not tell. False: it tells nothing. */
bool job_record_statistics(
	struct platform_job *job, int64_t ns, const int64_t values[JOB_STATISTICS]);
/* Writes the `event` fact of a VM on a host. */
void jobs_record_event(const struct job_list *list, int64_t ns, const char *vm, size_t host,
	const char *what, const char *detail);
/*
 * Ends a job, in [earliest, ns]; `message` is set before. One that ended as JOB_UNKNOWN may end once
 * more, when its end becomes known.
 */
void job_end(struct platform_job *job, enum job_state state, int64_t ns, int64_t earliest_ns);
/* Contact with its source was lost: what became of it is unknown. */
void job_lose(struct platform_job *job, int64_t ns);
/* The same for all jobs that move away from a host, but for those in a call. */
void jobs_lose_host(struct job_list *list, size_t host, int64_t ns);

/* One reading a host, of none of which anything is known yet; to be freed. NULL: out of memory. */
struct job_reading *job_readings_new(size_t host_count);

/* A poll of a VM on one host, among what the latest polls of all hosts said. */
struct job_poll {
	const struct job_reading *readings; /* one a host; a silent one's: its latest answer, VM_UNKNOWN */
	size_t host_count;
	size_t host; /* the one polled now … */
	const struct job_reading *now;
	int64_t before_ns; /* … and asked before, NS_NONE: never */
	int64_t interval_ns;
};

enum job_finding {
	JOB_FINDING_NONE,
	JOB_FINDING_BEGAN, /* a job that was not known */
	JOB_FINDING_RUNS,  /* the VM's latest job */
	JOB_FINDING_ENDED, /* the VM's latest job */
};

struct job_conclusion {
	enum job_finding finding;
	int64_t ns, earliest_ns; /* began, ended: in [earliest, ns] */
	enum job_state state;    /* ended: how */
	size_t place;            /* ended: where the VM runs; JOBS_NO_HOST: nowhere */
};

/*
 * What a poll says of a VM's job. latest: the VM's latest job, NULL if it had none. A job ends only
 * when hosts that were asked after it was last seen moving show the VM elsewhere, or on its source
 * without a job, or nowhere. Pure.
 */
struct job_conclusion job_conclude(const struct platform_job *latest, const struct job_poll *poll);
/*
 * Takes a new reading of a VM on a host in among the others, concludes, and carries the conclusion
 * out in the list and in the facts. job: the VM's latest job afterwards, or NULL.
 */
enum job_finding jobs_poll(struct job_list *list, const char *vm, struct job_reading *readings,
	size_t host, const struct job_reading *now, struct platform_job **job);

#endif
