/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the files of the libvirt driver share.
 *
 * Threads: the event loop, a ticker for the log, one poller a host, and for each move we start a
 * worker (in the migrate call) and a watchdog. `lock` guards everything that is not constant after
 * opening. It is never held across a call that may go over the network, so that a dead host delays
 * only those who ask it.
 *
 * A connection has one caller at a time: when a host falls silent, libvirt 9.0 ends the call that
 * is reading the socket and leaves any other on that connection hanging until TCP gives up, a
 * quarter of an hour later. So each host has `calls`, taken before `lock`, and a move has
 * connections of its own.
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
/* How long closing waits for threads inside a libvirt call: keepalive frees them, and some time. */
#define LV_CLOSE_TIMEOUT_NS (25 * NS_PER_S)

struct lv_thread {
	pthread_t id;
	bool started;
	bool finished; /* under lock: its last act */
};

struct lv_host {
	struct driver *driver;
	struct host_address address;
	char peer_uri[256];      /* by which the source's libvirtd reaches it */
	char migration_uri[300]; /* "" : the host says itself where memory is to be sent */
	size_t index;
	pthread_mutex_t calls; /* held by who uses `connection` */
	virConnectPtr connection;
	unsigned generation; /* one up at each connection */
	bool lost;
	int callbacks[3];
	struct lv_thread poller;
};

/* Any job that runs on a VM, as libvirt's enumerations and errors have it. */
struct lv_operation {
	bool busy;
	int operation;  /* virDomainJobOperation */
	int error_code; /* why the host did not say; 0: it did */
};

/* A VM that somebody asked about; lives until the driver is closed. */
struct lv_vm {
	char name[64];
	char *definition; /* what we started it from, NULL: not started by us */
	unsigned long memory_kb;
	struct job_reading *readings; /* one a host */
	/* Under agent_lock only: */
	virStreamPtr stream;
	size_t stream_host;
	unsigned stream_generation;
	unsigned owed; /* answers to requests that timed out, still to come */
};

enum lv_abort {
	LV_ABORT_NONE,
	LV_ABORT_ASKED,
	LV_ABORT_TIMEOUT,
	LV_ABORT_DESTINATION_LOST,
	LV_ABORT_CLOSING,
};

struct lv_job {
	struct platform_job base; /* in_call: a worker of ours is in the migrate call */
	struct driver *driver;    /* for the worker and the watchdog of a move of ours */
	struct move_spec move;
	enum lv_abort abort;
	char abort_error[256];
	virDomainPtr domain;  /* on the source, by a connection that only the worker uses */
	virConnectPtr target; /* direct: the same for the destination */
	unsigned source_generation, target_generation; /* of the hosts' connections at the start */
	unsigned long long bandwidth_mib;              /* MiB/s; 0: no limit */
	unsigned flags;
	bool autostart; /* the VM started with its host: the destination owes it that */
	struct lv_thread worker, watchdog;
};

/* The job of the driver's list that begins with `base`; NULL for NULL. */
static inline struct lv_job *lv_job_of(struct platform_job *base)
{
	_Static_assert(offsetof(struct lv_job, base) == 0, "the list allocates whole jobs");
	return (struct lv_job *)base;
}

/*
 * Nothing of the context is used after opening but the log, and that only by lv_fact_locked and
 * `jobs`: a thread that was abandoned may come back when the context is long gone.
 */
struct driver {
	struct clock clock;
	struct fact_log *log;
	pthread_mutex_t lock;
	pthread_cond_t changed; /* a thread or job ended, a host was lost, closing */
	bool closing;
	bool abandoned; /* closed while a thread was inside a call: it must touch nothing */
	/*
	 * Callbacks of connection.c, set at opening. After a host was connected: -1 leaves libvirt's error in
	 * place, and the host is lost. Before its connection is closed. When it was lost. The first two hold
	 * the host's `calls`, the last one the lock.
	 */
	int (*on_connected)(struct lv_host *host, virConnectPtr connection);
	void (*on_disconnect)(struct lv_host *host, virConnectPtr connection);
	void (*on_lost_locked)(struct lv_host *host, int64_t ns);
	struct lv_host *hosts;
	size_t host_count;
	struct lv_vm **vms;
	size_t vm_count, vm_room;
	struct job_list jobs; /* of struct lv_job */
	struct lv_thread loop, ticker;
	bool loop_stop;
	int loop_timer;
	pthread_mutex_t agent_lock;
};

/* driver.c */
/* Ends the driver, waiting `timeout_ns` at most for threads inside libvirt calls. May be NULL. */
void lv_close(struct driver *d, int64_t timeout_ns);

/* shared.c */
/* Writes a fact, unless the driver was abandoned; the lock is held. */
void lv_fact_locked(struct driver *d, int64_t ns, enum fact_kind kind, const char *subject,
	const struct fact_field *fields, size_t count);
#define LV_FACT(d, ns, kind, subject, ...)                                                         \
	lv_fact_locked((d), (ns), (kind), (subject), (const struct fact_field[]){__VA_ARGS__},     \
		sizeof((const struct fact_field[]){__VA_ARGS__}) / sizeof(struct fact_field))
int64_t lv_now(const struct driver *d);
int lv_thread_start(struct lv_thread *thread, void *(*run)(void *), void *arg, struct err *e);
void lv_thread_finish(struct driver *d, struct lv_thread *thread);
/* Waits on `changed` until `until_ns` at the most; the lock is held. False: time is up. */
bool lv_wait(struct driver *d, int64_t until_ns);
size_t lv_host_find(const struct driver *d, const char *name);
const char *lv_host_name(const struct driver *d, size_t host);
/* "host a (URI): WHAT: libvirt's words (MEND)" from this thread's last libvirt error; -1. */
int lv_error(struct err *e, const struct driver *d, size_t host, const char *fmt, ...)
	PRINTF_LIKE(4, 5);
/* The same for a host that is not connected. */
int lv_error_lost(struct err *e, const struct driver *d, size_t host, const char *what);

/* connection.c */
/* The event loop, and the thread that hands facts to the system while callers are in long calls. */
int lv_loop_start(struct driver *d, struct err *e);
void lv_loop_stop(struct driver *d);
/* Connects to every host that has no living connection, all at once; -1 names those that failed. */
int lv_connect(struct driver *d, struct err *e);
void lv_disconnect(struct lv_host *host);
/* A connection beside the hosts' own, for a caller that stays in a call; virConnectClose ends it.
 */
virConnectPtr lv_dial(const struct driver *d, size_t host, struct err *e);
/* The host's connection for this thread alone until lv_host_release; NULL where the host is lost.
 */
virConnectPtr lv_host_use(struct driver *d, size_t host);
void lv_host_release(struct driver *d, size_t host, virConnectPtr connection);
/* The number of the host's living connection, or 0 where the host is lost. */
unsigned lv_host_generation(struct driver *d, size_t host);
void lv_host_lost(struct lv_host *host, unsigned generation, const char *message);

/* observe.c */
int lv_events_register(struct lv_host *host, virConnectPtr connection);
void lv_events_deregister(struct lv_host *host, virConnectPtr connection);
void *lv_poller(void *host);
/* Reads a VM's present job into `reading`, and what else runs; what is not known stays as it is. */
void lv_read_job(
	virDomainPtr domain, struct job_reading *reading, struct lv_operation *operation);
/* Polls a VM on a host and draws the conclusions for its job. */
void lv_poll(struct lv_host *host, struct lv_vm *vm);

/* job.c; the lock is held where a name ends in _locked. */
struct lv_vm *lv_vm_watch(struct driver *d, const char *name);
struct lv_vm *lv_vm_find_locked(struct driver *d, const char *name);
/* A VM's latest job; NULL: none. */
struct lv_job *lv_job_latest_locked(const struct driver *d, const struct lv_vm *vm);
/* The jobs on a lost source that no call of ours reports, until a poll after reconnecting finds them. */
void lv_jobs_lose_locked(struct lv_host *host, int64_t now);
/* Writes what the destination's libvirt says of a finished move; false: nothing (yet). */
bool lv_job_statistics(struct driver *d, struct lv_job *job);
/* Pays what a finished move's destination owes: see `autostart`. A fact says if that failed. */
void lv_job_autostart(struct driver *d, struct lv_job *job);
int lv_job_status(struct driver *d, const char *vm, int64_t since_ns, struct job_status *status,
	struct err *e);

/* move.c */
int lv_trigger(struct driver *d, const struct move_spec *move, struct err *e);
int lv_cancel(struct driver *d, const char *vm, struct err *e);
/* Gives the connections of a job's own back. */
void lv_job_hang_up(struct lv_job *job);

/* vm.c */
/* The state of a domain by name; VM_UNKNOWN with libvirt's error left in place. */
enum vm_state lv_vm_state(virConnectPtr connection, const char *name, virDomainPtr *domain);
int lv_where(struct driver *d, const char *vm, struct vm_place *places, struct err *e);
int lv_vm_ensure(struct driver *d, const struct vm_spec *vm, const char *host, struct err *e);
int lv_vm_remove(struct driver *d, const struct vm_spec *vm, struct err *e);

/* guest_agent.c */
int lv_agent(struct driver *d, const char *vm, const char *request, char *answer, size_t size,
	int64_t timeout_ns, struct err *e);
void lv_agent_close(struct driver *d, struct lv_vm *vm);

/* environment.c */
char *lv_environment(struct driver *d);

#endif
