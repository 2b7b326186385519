/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Moves that the libvirt driver starts. The migrate call blocks until the move ends, so each move
 * has a worker thread in that call and a watchdog thread that can call it off. observe.c sees its
 * progress.
 */
#include "harness/drivers/libvirt/internal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* The length to which libvirt's error message of a failed move is cut. */
#define MESSAGE_MAX 300

/* Aborts are repeated until the call returns: libvirt may not know the job yet, or lock it. */
#define ABORT_AGAIN_NS (250 * NS_PER_MS)

static int migrate(struct lv_job *job)
{
	virTypedParameterPtr params = NULL;
	int count = 0, capacity = 0, rc = -1;
	virDomainPtr moved = NULL;
	const struct lv_host *to = &job->driver->hosts[job->base.destination];

	if (job->bandwidth_mib && virTypedParamsAddULLong(&params, &count, &capacity,
					  VIR_MIGRATE_PARAM_BANDWIDTH, job->bandwidth_mib))
		goto out;
	if (*to->migration_uri && virTypedParamsAddString(&params, &count, &capacity,
					  VIR_MIGRATE_PARAM_URI, to->migration_uri))
		goto out;
	if (!job->move.direct) {
		rc = virDomainMigrateToURI3(job->domain, to->peer_uri, params, (unsigned)count,
			job->flags | VIR_MIGRATE_PEER2PEER);
		goto out;
	}
	moved = virDomainMigrate3(job->domain, job->target, params, (unsigned)count, job->flags);
	if (moved) {
		rc = 0;
		virDomainFree(moved);
	}
out:
	virTypedParamsFree(params, count);
	return rc;
}

static bool destination_lost_locked(const struct lv_job *job)
{
	const struct lv_host *host = &job->driver->hosts[job->base.destination];

	return host->lost || !host->connection || host->generation != job->target_generation;
}

/* The state of a move whose call failed with `error`; `runs` is the VM's state on the source. */
static enum job_state state_of_failure_locked(
	const struct lv_job *job, const virError *error, bool source_lost, enum vm_state runs)
{
	bool peer_lost = error && error->domain == VIR_FROM_RPC;

	if (source_lost || runs == VM_UNKNOWN)
		return JOB_UNKNOWN;
	/* The destination was lost, so the move was called off, and the VM stays on the source. */
	if (runs == VM_RUNNING && (job->abort == LV_ABORT_DESTINATION_LOST || peer_lost ||
					  destination_lost_locked(job)))
		return JOB_WITH_STATUS;
	if (job->abort || (error && error->code == VIR_ERR_OPERATION_ABORTED))
		return JOB_CANCELLED;
	return JOB_FAILED;
}

static const char *abort_text(const struct lv_job *job, char *buf, size_t size)
{
	char limit[32];

	switch (job->abort) {
	case LV_ABORT_TIMEOUT:
		units_format(UNIT_TIME, job->move.timeout_ns, limit, sizeof(limit));
		snprintf(buf, size, "called off by the watchdog after %s", limit);
		return buf;
	case LV_ABORT_ASKED:
		return "called off by blackout";
	case LV_ABORT_DESTINATION_LOST:
		return "called off by blackout: the destination was lost";
	case LV_ABORT_CLOSING:
		return "called off by blackout: the run ended";
	default:
		return "";
	}
}

/*
 * When QEMU 7.2 cancels a migration, it shuts down and closes its own connection before it marks
 * the job as cancelled (migrate_fd_cancel()). If its copying thread sees that first, as happens on
 * a busy machine, the job fails as if the connection had broken.
 */
static bool maybe_cancelled(enum job_state state, const char *error)
{
	return state == JOB_FAILED &&
	       (strstr(error, "Broken pipe") || strstr(error, "Bad file descriptor"));
}

static void message_locked(struct lv_job *job, enum job_state state, const char *error)
{
	char text[96];
	const char *why = abort_text(job, text, sizeof(text));

	snprintf(job->base.message, sizeof(job->base.message), "%s%s%.*s%s%s%.90s", why,
		*why && *error ? ": " : "", MESSAGE_MAX, error,
		maybe_cancelled(state, error)
			? " (or it was called off, which QEMU may report as this error)"
			: "",
		*job->abort_error ? "; aborting: " : "", job->abort_error);
}

/* Finds the state of a move after a failed call; it depends on where the VM runs now. */
static enum job_state judge_failure(struct lv_job *job, virErrorPtr error)
{
	struct libvirt_driver *d = job->driver;
	virConnectPtr source = virDomainGetConnect(job->domain); /* takes no reference */
	enum vm_state runs = lv_vm_state(source, job->base.vm, NULL);
	bool source_lost = virConnectIsAlive(source) != 1;
	enum job_state state;

	if (source_lost)
		lv_host_lost(&d->hosts[job->base.source], job->source_generation,
			error && error->message ? error->message : "the connection broke");
	pthread_mutex_lock(&d->lock);
	state = state_of_failure_locked(job, error, source_lost, runs);
	pthread_mutex_unlock(&d->lock);
	return state;
}

void lv_job_hang_up(struct lv_job *job)
{
	if (job->domain)
		virDomainFree(job->domain);
	if (job->target)
		virConnectClose(job->target);
	job->domain = NULL;
	job->target = NULL;
}

static void *worker_main(void *arg)
{
	struct lv_job *job = arg;
	struct libvirt_driver *d = job->driver;
	enum job_state state = JOB_COMPLETED;
	int rc = migrate(job);
	int64_t ended_ns = lv_now(d);
	virErrorPtr error = rc ? virSaveLastError() : NULL;
	bool abandoned;

	pthread_mutex_lock(&d->lock);
	abandoned = d->abandoned;
	pthread_mutex_unlock(&d->lock);
	if (rc && !abandoned) {
		state = judge_failure(job, error);
	} else if (!abandoned) {
		lv_job_autostart(d, job);
		lv_job_statistics(d, job);
	}
	lv_job_hang_up(job);
	pthread_mutex_lock(&d->lock);
	job->base.in_call = false;
	if (!d->abandoned) {
		message_locked(job, state, error && error->message ? error->message : "");
		job_end(&job->base, state, ended_ns, NS_NONE);
	}
	pthread_cond_broadcast(&d->changed);
	pthread_mutex_unlock(&d->lock);
	virFreeError(error);
	lv_thread_finish(d, &job->worker);
	return NULL;
}

/*
 * True if a migration runs. virDomainAbortJob would abort any other job too, such as a backup for
 * whose end the migration waits. seen: the result if the host does not report its job.
 */
static bool migration_runs(virDomainPtr domain, bool seen)
{
	struct job_reading now = {.moving = false};
	struct lv_operation running;

	lv_read_job(domain, &now, &running);
	return now.job_hidden ? seen : now.moving;
}

/*
 * Asks libvirt to call off a VM's migration. 0; -1: the host is lost; else libvirt's error code,
 * which is VIR_ERR_OPERATION_INVALID if no migration runs. seen: it was running before.
 */
static int abort_job(
	struct libvirt_driver *d, size_t source, const char *name, bool seen, struct err *e)
{
	virConnectPtr connection = lv_host_use(d, source);
	virDomainPtr domain = NULL;
	int code = 0;

	if (!connection)
		return lv_error_lost(e, d, source, "a job cannot be called off");
	if (lv_vm_state(connection, name, &domain) != VM_UNKNOWN && domain &&
		!migration_runs(domain, seen)) {
		code = VIR_ERR_OPERATION_INVALID;
		err_set(e, "host %s: VM %s is not being migrated there (nothing to call off)",
			lv_host_name(d, source), name);
	} else if (!domain || virDomainAbortJob(domain)) {
		code = virGetLastErrorCode();
		lv_error(e, d, source, "VM %s: its job cannot be called off", name);
	}
	if (domain)
		virDomainFree(domain);
	lv_host_release(d, source, connection);
	return code;
}

static enum lv_abort abort_reason_locked(const struct lv_job *job)
{
	int64_t limit_ns = job->move.timeout_ns;

	if (job->abort)
		return job->abort;
	if (job->driver->closing)
		return LV_ABORT_CLOSING;
	if (job->move.direct && destination_lost_locked(job))
		return LV_ABORT_DESTINATION_LOST;
	if (limit_ns > 0 && lv_now(job->driver) - job->base.at_ns[JOB_EVENT_REQUESTED] >= limit_ns)
		return LV_ABORT_TIMEOUT;
	return LV_ABORT_NONE;
}

static void set_abort_locked(struct lv_job *job, enum lv_abort reason)
{
	job->abort = reason;
	job->base.called_off = reason != LV_ABORT_NONE;
}

/* The caller holds the lock, which is released while libvirt is asked. */
static void abort_locked(struct lv_job *job)
{
	struct libvirt_driver *d = job->driver;
	bool seen = job->base.at_ns[JOB_EVENT_STARTED] != NS_NONE;
	struct err error = {0};
	int code;

	pthread_mutex_unlock(&d->lock);
	code = abort_job(d, job->base.source, job->base.vm, seen, &error);
	pthread_mutex_lock(&d->lock);
	/* If no migration runs, it has not begun or is over; neither is an error. */
	snprintf(job->abort_error, sizeof(job->abort_error), "%.250s",
		code == VIR_ERR_OPERATION_INVALID ? "" : error.text);
}

static void *watchdog_main(void *arg)
{
	struct lv_job *job = arg;
	struct libvirt_driver *d = job->driver;

	pthread_mutex_lock(&d->lock);
	while (job->base.in_call && !d->abandoned) {
		int64_t until_ns = clock_mono_ns() + ABORT_AGAIN_NS;

		set_abort_locked(job, abort_reason_locked(job));
		if (job->abort)
			abort_locked(job);
		while (job->base.in_call && !d->abandoned &&
			(job->abort || !abort_reason_locked(job)) && lv_wait(d, until_ns))
			;
	}
	pthread_mutex_unlock(&d->lock);
	lv_thread_finish(d, &job->watchdog);
	return NULL;
}

/* Converts the limit to libvirt's MiB/s, rounded down so that it never becomes higher. */
static int bandwidth_of(const struct move_spec *move, unsigned long long *mib, struct err *e)
{
	*mib = 0;
	if (move->bandwidth_bps == NS_NONE || move->bandwidth_bps == 0)
		return 0;
	*mib = (unsigned long long)move->bandwidth_bps >> 23;
	if (*mib == 0)
		return err_set(e,
			"VM %s: libvirt limits bandwidth in steps of 8388608 bit/s and cannot keep "
			"below %" PRId64 " bit/s (ask for at least 8.4 Mbit/s)",
			move->vm, move->bandwidth_bps);
	return 0;
}

/* Refuses to move a VM that has a job: the move would wait for it, and the wait be measured. */
static int refuse_second_job(
	struct libvirt_driver *d, const struct lv_job *job, const char *vm, struct err *e)
{
	static const char *const operations[] = {
		[VIR_DOMAIN_JOB_OPERATION_START] = "start",
		[VIR_DOMAIN_JOB_OPERATION_SAVE] = "save",
		[VIR_DOMAIN_JOB_OPERATION_RESTORE] = "restore",
		[VIR_DOMAIN_JOB_OPERATION_MIGRATION_IN] = "migration in",
		[VIR_DOMAIN_JOB_OPERATION_MIGRATION_OUT] = "migration",
		[VIR_DOMAIN_JOB_OPERATION_SNAPSHOT] = "snapshot",
		[VIR_DOMAIN_JOB_OPERATION_SNAPSHOT_REVERT] = "return to a snapshot",
		[VIR_DOMAIN_JOB_OPERATION_DUMP] = "dump",
		[VIR_DOMAIN_JOB_OPERATION_BACKUP] = "backup",
	};
	struct job_reading now = {.moving = false};
	struct lv_operation running = {.busy = false};
	const char *what = NULL;

	lv_read_job(job->domain, &now, &running);
	if (now.job_hidden && running.error_code != VIR_ERR_NO_SUPPORT)
		return lv_error(
			e, d, job->base.source, "VM %s: its present job cannot be read", vm);
	if (!running.busy)
		return 0;
	if (running.operation >= 0 && (size_t)running.operation < ARRAY_SIZE(operations))
		what = operations[running.operation];
	return err_set(e,
		"host %s: VM %s has a job running (%s), and can have only one (wait for it, or end "
		"it: virsh -c %s domjobabort %s)",
		lv_host_name(d, job->base.source), vm, what ? what : "libvirt does not say which",
		d->hosts[job->base.source].address.uri, vm);
}

/*
 * Keeps a VM as it is defined: a transient VM stays transient; a persistent one is made persistent
 * on the destination, where libvirt loses its autostart setting, so that is remembered here.
 */
static int read_persistence(
	struct libvirt_driver *d, struct lv_job *job, const char *vm, struct err *e)
{
	int persistent = virDomainIsPersistent(job->domain), autostart = 0;

	if (persistent < 0)
		return lv_error(e, d, job->base.source,
			"VM %s: whether it is persistent cannot be read", vm);
	job->flags = VIR_MIGRATE_LIVE;
	/* libvirt cannot see that hosts on one machine share the disk's folder. */
	if (job->move.disk)
		job->flags |= VIR_MIGRATE_UNSAFE;
	if (!persistent)
		return 0;
	job->flags |= VIR_MIGRATE_PERSIST_DEST | VIR_MIGRATE_UNDEFINE_SOURCE;
	if (virDomainGetAutostart(job->domain, &autostart) &&
		virGetLastErrorCode() != VIR_ERR_NO_SUPPORT)
		return lv_error(
			e, d, job->base.source, "VM %s: its autostart setting cannot be read", vm);
	job->autostart = autostart != 0;
	return 0;
}

/* Finds the domain on the source over the move's own connection. */
static int find_domain(struct libvirt_driver *d, struct lv_job *job, const char *vm, struct err *e)
{
	virConnectPtr connection = lv_dial(d, job->base.source, e);
	enum vm_state state;
	int rc = -1;

	if (!connection)
		return -1;
	state = lv_vm_state(connection, vm, &job->domain);
	if (state == VM_UNKNOWN) {
		lv_error(e, d, job->base.source, "VM %s: its state cannot be read", vm);
		goto out;
	}
	if (state != VM_RUNNING) {
		err_set(e,
			"host %s: VM %s does not run there, so it cannot be moved from there "
			"(check with virsh -c %s list --all)",
			lv_host_name(d, job->base.source), vm,
			d->hosts[job->base.source].address.uri);
		goto out;
	}
	if (refuse_second_job(d, job, vm, e) == 0)
		rc = read_persistence(d, job, vm, e);
out:
	virConnectClose(connection); /* the domain keeps a reference */
	return rc;
}

/* Prepares a job that is not in the list yet. lv_job_hang_up releases its connections. */
static int prepare(
	struct libvirt_driver *d, struct lv_job *job, const struct move_spec *move, struct err *e)
{
	job->driver = d;
	job->move = *move;
	job->base.source = lv_host_find(d, move->source);
	job->base.destination = lv_host_find(d, move->destination);
	if (job->base.source == JOBS_NO_HOST || job->base.destination == JOBS_NO_HOST)
		return err_set(e, "VM %s: host %s is not in the plan (add a [host %s] section)",
			move->vm,
			job->base.source == JOBS_NO_HOST ? move->source : move->destination,
			job->base.source == JOBS_NO_HOST ? move->source : move->destination);
	if (job->base.source == job->base.destination)
		return err_set(e, "VM %s: source and destination are both %s (name two hosts)",
			move->vm, move->source);
	if (bandwidth_of(move, &job->bandwidth_mib, e))
		return -1;
	job->source_generation = lv_host_generation(d, job->base.source);
	if (!job->source_generation)
		return lv_error_lost(e, d, job->base.source, "a move from there cannot start");
	job->target_generation = lv_host_generation(d, job->base.destination);
	if (!job->target_generation)
		return lv_error_lost(e, d, job->base.destination, "a move to there cannot start");
	if (find_domain(d, job, move->vm, e))
		return -1;
	if (!move->direct)
		return 0;
	job->target = lv_dial(d, job->base.destination, e);
	return job->target ? 0 : -1;
}

/* Adds a prepared job to the list and starts its threads. The caller holds the lock. */
static int start_locked(
	struct libvirt_driver *d, struct lv_vm *vm, struct lv_job *prepared, struct err *e)
{
	struct job_request request = {.vm = vm->name,
		.id_prefix = vm->name,
		.source = prepared->base.source,
		.destination = prepared->base.destination,
		.earliest_ns = NS_NONE,
		.bandwidth_bps = (int64_t)(prepared->bandwidth_mib << 23)};
	struct lv_job *job = lv_job_latest_locked(d, vm);
	bool pending;

	if (job && (job->base.state == JOB_MOVING || job->base.in_call))
		return err_set(e, "VM %s: its job %s is still running (wait for it or cancel it)",
			vm->name, job->base.id);
	/* If autostart could not be set after the move before, this move has to do it. */
	pending = job && job->base.state == JOB_COMPLETED && job->autostart;
	request.ns = request.id_number = lv_now(d);
	job = lv_job_of(jobs_add(&d->jobs, &request));
	if (!job)
		return err_set(e, "out of memory");
	job->base.in_call = true;
	job->driver = d;
	job->move = prepared->move;
	job->bandwidth_mib = prepared->bandwidth_mib;
	job->flags = prepared->flags;
	job->autostart = prepared->autostart || pending;
	job->source_generation = prepared->source_generation;
	job->target_generation = prepared->target_generation;
	job->domain = prepared->domain;
	job->target = prepared->target;
	prepared->domain = NULL;
	prepared->target = NULL;
	if (lv_thread_start(&job->worker, worker_main, job, e) ||
		lv_thread_start(&job->watchdog, watchdog_main, job, e)) {
		/* If only the watchdog could not be started, the worker continues the move. */
		if (!job->worker.started) {
			job->base.in_call = false;
			snprintf(job->base.message, sizeof(job->base.message), "%.500s", e->text);
			job_end(&job->base, JOB_FAILED, lv_now(d), NS_NONE);
			pthread_cond_broadcast(&d->changed);
		}
		return -1;
	}
	return 0;
}

int lv_trigger(struct libvirt_driver *d, const struct move_spec *move, struct err *e)
{
	struct lv_job *prepared = calloc(1, sizeof(*prepared));
	struct lv_vm *vm = lv_vm_observe(d, move->vm);
	int rc = -1;

	if (!prepared || !vm) {
		err_set(e, "out of memory");
		goto out;
	}
	if (prepare(d, prepared, move, e))
		goto out;
	pthread_mutex_lock(&d->lock);
	rc = start_locked(d, vm, prepared, e);
	pthread_mutex_unlock(&d->lock);
out:
	if (prepared)
		lv_job_hang_up(prepared);
	free(prepared);
	return rc;
}

int lv_cancel(struct libvirt_driver *d, const char *name, struct err *e)
{
	struct lv_vm *vm = lv_vm_observe(d, name);
	struct lv_job *job;
	size_t source;
	bool in_call;

	if (!vm)
		return err_set(e, "out of memory");
	pthread_mutex_lock(&d->lock);
	job = lv_job_latest_locked(d, vm);
	if (!job || job->base.state != JOB_MOVING) {
		pthread_mutex_unlock(&d->lock);
		return err_set(e, "VM %s: no job of it is running (nothing to call off)", name);
	}
	in_call = job->base.in_call;
	source = job->base.source;
	if (job->abort == LV_ABORT_NONE)
		set_abort_locked(job, LV_ABORT_ASKED);
	pthread_cond_broadcast(&d->changed);
	pthread_mutex_unlock(&d->lock);
	/* The watchdog of the driver's own job calls it off; a job started elsewhere has none. */
	return in_call || abort_job(d, source, name, true, e) == 0 ? 0 : -1;
}
