/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Shared by the sources of the libvirt driver.
 *
 * Threads: the event loop, a ticker that flushes the log, one poller per host, and for each move
 * that the driver starts a worker (in the migrate call) and a watchdog. `lock` guards everything
 * that changes after opening. It is never held across a call that may use the network, so a dead
 * host delays only the threads that call it.
 *
 * A connection has one caller at a time. When a host falls silent, libvirt 9.0 ends only the call
 * that is reading the socket; other calls on the connection hang until TCP gives up, 15 minutes
 * later. Therefore each host has a mutex `calls`, taken before `lock`, and each move has its own
 * connections.
 */
#ifndef BLACKOUT_DRIVERS_LIBVIRT_INTERNAL_H
#define BLACKOUT_DRIVERS_LIBVIRT_INTERNAL_H

#include "harness/drivers/jobs.h"
#include "harness/ops/driver.h"

#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>
#include <pthread.h>
#include <stddef.h>

/* A host that is silent for interval × (count + 1) is lost. */
#define LV_KEEPALIVE_INTERVAL_S 5
#define LV_KEEPALIVE_COUNT 3
#define LV_CONNECT_TIMEOUT_NS (15 * NS_PER_S)
#define LV_POLL_NS (250 * NS_PER_MS)
/* How long closing waits for threads in libvirt calls: longer than keepalive takes to end them. */
#define LV_CLOSE_TIMEOUT_NS (25 * NS_PER_S)

struct lv_thread {
	pthread_t id;
	bool started;
	bool finished; /* set under the lock, as the last thing that the thread does */
};

struct lv_host {
	struct libvirt_driver *driver;
	struct host_address address;
	char peer_uri[256];      /* the URI by which the source's libvirtd connects to it */
	char migration_uri[300]; /* where memory is sent; "": libvirtd of this host decides */
	size_t index;
	pthread_mutex_t calls; /* held while `connection` is used */
	virConnectPtr connection;
	unsigned generation; /* incremented by each new connection */
	bool lost;
	int callbacks[3];
	struct lv_thread poller;
};

/* The job, of any kind, that libvirt runs on a VM. */
struct lv_operation {
	bool busy;
	int operation;  /* virDomainJobOperation */
	int error_code; /* libvirt's error if the job could not be read; 0: it was read */
};

/* A VM that the driver was asked about; freed when the driver is closed. */
struct lv_vm {
	char name[64];
	char *definition; /* the XML from which the driver started it; NULL: started elsewhere */
	unsigned long memory_kb;
	struct job_reading *readings; /* one per host */
	/* Guarded by agent_lock: */
	virStreamPtr stream;
	size_t stream_host;
	unsigned stream_generation;
	unsigned owed; /* number of responses still to come to requests that timed out */
};

enum lv_abort {
	LV_ABORT_NONE,
	LV_ABORT_ASKED,
	LV_ABORT_TIMEOUT,
	LV_ABORT_DESTINATION_LOST,
	LV_ABORT_CLOSING,
};

struct lv_job {
	struct platform_job base;      /* in_call: the worker is in the migrate call */
	struct libvirt_driver *driver; /* of a move that the driver started, for its threads */
	struct move_spec move;
	enum lv_abort abort;
	char abort_error[256];
	virDomainPtr domain;  /* on the source; only the worker uses its connection */
	virConnectPtr target; /* mode direct: the worker's connection to the destination */
	unsigned source_generation, target_generation; /* of the hosts' connections at the start */
	unsigned long long bandwidth_mib;              /* MiB/s; 0: no limit */
	unsigned flags;
	bool autostart; /* the VM starts with its host; to be set on the destination too */
	struct lv_thread worker, watchdog;
};

/* The job that contains `base`, a job of the driver's list; NULL for NULL. */
static inline struct lv_job *lv_job_of(struct platform_job *base)
{
	_Static_assert(offsetof(struct lv_job, base) == 0, "the list allocates whole jobs");
	return (struct lv_job *)base;
}

/*
 * After opening, the driver uses only the log of its context, and only in lv_fact_locked and
 * `jobs`: an abandoned thread may return from its call after the context is freed.
 */
struct libvirt_driver {
	struct driver base;
	struct clock clock;
	struct fact_log *log;
	pthread_mutex_t lock;
	pthread_cond_t changed; /* a thread or job ended, a host was lost, or closing has begun */
	bool closing;
	bool abandoned; /* closed while a thread was in a call; it must not use the context */
	/*
	 * Callbacks about connections, set at opening. on_connected: after a host was connected; -1
	 * with libvirt's error set makes the host lost. on_disconnect: before its connection is
	 * closed. Both are called with the host's `calls` held. on_lost_locked: when a host is
	 * lost; with `lock`.
	 */
	int (*on_connected)(struct lv_host *host, virConnectPtr connection);
	void (*on_disconnect)(struct lv_host *host, virConnectPtr connection);
	void (*on_lost_locked)(struct lv_host *host, int64_t ns);
	struct lv_host *hosts;
	size_t host_count;
	struct lv_vm **vms;
	size_t vm_count, vm_capacity;
	struct job_list jobs; /* of struct lv_job */
	struct lv_thread loop, ticker;
	bool loop_stop;
	int loop_timer;
	pthread_mutex_t agent_lock; /* held during an exchange with a guest's agent */
};

/* Closing. */

/* Closes the driver; waits at most timeout_ns for threads inside libvirt calls. `d` may be NULL. */
void lv_close(struct libvirt_driver *d, int64_t timeout_ns);

/* Facts, threads, waiting, names of hosts, errors. */

/* Writes a fact unless the driver was abandoned. The caller holds the lock. */
void lv_fact_locked(struct libvirt_driver *d, int64_t ns, enum fact_kind kind, const char *subject,
	const struct fact_field *fields, size_t count);
#define LV_FACT(d, ns, kind, subject, ...)                                                     \
	lv_fact_locked((d), (ns), (kind), (subject), (const struct fact_field[]){__VA_ARGS__}, \
		sizeof((const struct fact_field[]){__VA_ARGS__}) / sizeof(struct fact_field))
int64_t lv_now(const struct libvirt_driver *d);
/* Starts a thread, in which all signals are blocked. It must end with lv_thread_finish. */
int lv_thread_start(struct lv_thread *thread, void *(*run)(void *), void *arg, struct err *e);
void lv_thread_finish(struct libvirt_driver *d, struct lv_thread *thread);
/* Waits on `changed`, at most until until_ns. The caller holds the lock. False: time is up. */
bool lv_wait(struct libvirt_driver *d, int64_t until_ns);
/* The index of a host; JOBS_NO_HOST: no such host. */
size_t lv_host_find(const struct libvirt_driver *d, const char *name);
const char *lv_host_name(const struct libvirt_driver *d, size_t host);
/* Sets "host a (URI): WHAT: REASON (REMEDY)" from this thread's last libvirt error. Returns -1. */
int lv_error(struct err *e, const struct libvirt_driver *d, size_t host, const char *fmt, ...)
	PRINTF_LIKE(4, 5);
/* Sets the error for a host that is not connected. Returns -1. */
int lv_error_lost(struct err *e, const struct libvirt_driver *d, size_t host, const char *what);

/* The event loop and connections. */

/* Starts the event loop and the ticker, which flushes facts while callers are in long calls. */
int lv_loop_start(struct libvirt_driver *d, struct err *e);
void lv_loop_stop(struct libvirt_driver *d);
/*
 * Connects to all hosts without a live connection, in parallel. -1: the error names one that
 * failed.
 */
int lv_connect(struct libvirt_driver *d, struct err *e);
void lv_disconnect(struct lv_host *host);
/*
 * Opens a further connection to a host, for a long call; the caller closes it by virConnectClose.
 */
virConnectPtr lv_dial(const struct libvirt_driver *d, size_t host, struct err *e);
/* Takes the host's connection for this thread until lv_host_release; NULL: the host is lost. */
virConnectPtr lv_host_use(struct libvirt_driver *d, size_t host);
void lv_host_release(struct libvirt_driver *d, size_t host, virConnectPtr connection);
/* The generation of the host's connection; 0: the host is lost. */
unsigned lv_host_generation(struct libvirt_driver *d, size_t host);
/* Marks the host as lost, with its `contact` fact, if its connection is of this generation. */
void lv_host_lost(struct lv_host *host, unsigned generation, const char *message);

/* Events and polls. */

int lv_events_register(struct lv_host *host, virConnectPtr connection);
void lv_events_deregister(struct lv_host *host, virConnectPtr connection);
void *lv_poller(void *arg);
/* Reads a VM's current job into `reading` and `operation`; unknown members stay unchanged. */
void lv_read_job(virDomainPtr domain, struct job_reading *reading, struct lv_operation *operation);
/* Polls a VM on a host and updates its job. */
void lv_poll(struct lv_host *host, struct lv_vm *vm);

/* Polled VMs and jobs. Callers of functions that end in _locked hold the lock. */

/* The entry of a VM, which is added and polled from now on; NULL: out of memory. */
struct lv_vm *lv_vm_observe(struct libvirt_driver *d, const char *name);
struct lv_vm *lv_vm_find_locked(struct libvirt_driver *d, const char *name);
/* A VM's latest job; NULL: none. */
struct lv_job *lv_job_latest_locked(const struct libvirt_driver *d, const struct lv_vm *vm);
/* Ends a lost source's jobs as JOB_UNKNOWN, except those in a call. Polls may correct that. */
void lv_jobs_lose_locked(struct lv_host *host, int64_t now);
/* Writes the statistics that the destination's libvirt has of an ended move; false: none (yet). */
bool lv_job_statistics(struct libvirt_driver *d, struct lv_job *job);
/* Sets `autostart` of an ended move's VM on the destination. A fact says if that failed. */
void lv_job_autostart(struct libvirt_driver *d, struct lv_job *job);
int lv_job_status(struct libvirt_driver *d, const char *name, int64_t since_ns,
	struct job_status *status, struct err *e);

/* Moves that the driver starts. */

int lv_trigger(struct libvirt_driver *d, const struct move_spec *move, struct err *e);
int lv_cancel(struct libvirt_driver *d, const char *name, struct err *e);
/* Closes the job's own connections. */
void lv_job_hang_up(struct lv_job *job);

/* VMs. */

/* The state of a domain by name; VM_UNKNOWN: libvirt's error is set. `out` may be NULL. */
enum vm_state lv_vm_state(virConnectPtr connection, const char *name, virDomainPtr *out);
int lv_where(struct libvirt_driver *d, const char *name, struct vm_place *places, struct err *e);
int lv_vm_ensure(
	struct libvirt_driver *d, const struct vm_spec *spec, const char *host, struct err *e);
int lv_vm_remove(struct libvirt_driver *d, const struct vm_spec *spec, struct err *e);

/* Guest agents. */
int lv_agent(struct libvirt_driver *d, const char *name, const char *request, char *response,
	size_t size, int64_t timeout_ns, struct err *e);
void lv_agent_close(struct libvirt_driver *d, struct lv_vm *vm);

/* The description of the hosts. */
char *lv_environment(struct libvirt_driver *d);

#endif
