/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A move in the simulated world: a chain of events at virtual times. They change the world and
 * write the same facts as a real platform. When a move is requested, its times and its row of the
 * script (harness/sim/world.h) are fixed.
 */
#include "harness/drivers/sim/internal.h"

#include <gsl/gsl_randist.h>
#include <string.h>

/* Durations of a move's phases besides the copy; measured with libvirt and QEMU on an idle host. */
#define START_NS (30 * NS_PER_MS)
#define SETUP_NS (120 * NS_PER_MS)
#define FINISH_NS (40 * NS_PER_MS)
#define DOWNTIME_MIN_NS (60 * NS_PER_MS)
#define DOWNTIME_SPREAD_NS (100 * NS_PER_MS)
#define PROGRESS_NS (500 * NS_PER_MS)
/* The relative standard deviation of a copy's duration around memory / link. */
#define COPY_NOISE 0.01
/* The share of a link's rate that carries memory; the rest is headers. */
#define LINK_SHARE 0.955
/* A host that the script made vanish is back after this time, without VMs. */
#define BACK_NS (30 * NS_PER_S)

static int64_t now_of(const struct sim_move *m)
{
	return sim_now_ns(m->driver->world);
}

static const char *host_name(const struct sim_move *m, size_t host)
{
	return sim_host_name(m->driver->world, host);
}

static void record(struct sim_move *m, enum job_event event)
{
	job_record(&m->base, event, now_of(m), NS_NONE);
}

static void record_event(const struct sim_move *m, size_t host, const char *what)
{
	jobs_record_event(m->base.list, now_of(m), m->vm->name, host, what, "migrated");
}

/* Schedules an event. If memory runs out, the move fails, because it would otherwise never end. */
static void schedule(struct sim_move *m, int64_t at_ns, void (*fn)(void *))
{
	if (sim_schedule(m->driver->world, at_ns, fn, m))
		sim_move_end(m, JOB_FAILED, "out of memory");
}

/* Cancels the move's further events. */
static void stop(struct sim_move *m)
{
	sim_unschedule(m->driver->world, m);
	if (m->vm->incoming == (int)m->base.destination)
		m->vm->incoming = -1;
}

void sim_move_end(struct sim_move *m, enum job_state state, const char *message)
{
	stop(m);
	snprintf(m->base.message, sizeof(m->base.message), "%s", message);
	job_end(&m->base, state, now_of(m), NS_NONE);
}

static void record_statistics(struct sim_move *m)
{
	int64_t values[JOB_STATISTICS];

	for (size_t i = 0; i < ARRAY_SIZE(values); i++)
		values[i] = NS_NONE;
	values[JOB_STATISTIC_DOWNTIME] = m->downtime_ns;
	values[JOB_STATISTIC_SETUP] = SETUP_NS;
	values[JOB_STATISTIC_ELAPSED] = now_of(m) - m->base.at_ns[JOB_EVENT_REQUESTED];
	values[JOB_STATISTIC_TRANSFERRED] = (int64_t)m->base.progress.total_bytes;
	values[JOB_STATISTIC_TOTAL] = (int64_t)m->vm->memory_bytes;
	job_record_statistics(&m->base, now_of(m), values);
}

static void on_finish(void *ctx)
{
	struct sim_move *m = ctx;
	struct err e;

	record_event(m, m->base.source, "stopped");
	if (m->step.job == SIM_JOB_CORRUPTED)
		sim_vm_corrupt(m->driver->world, m->vm->name, &e);
	if (m->step.job == SIM_JOB_TWO_PLACES)
		sim_vm_double(m->driver->world, m->vm->name, &e);
	record_statistics(m);
	sim_move_end(m, JOB_COMPLETED, "");
}

static void on_resume(void *ctx)
{
	struct sim_move *m = ctx;

	m->vm->host = (int)m->base.destination;
	m->vm->incoming = -1;
	m->vm->paused = false;
	record_event(m, m->base.destination, "resumed");
	record(m, JOB_EVENT_RESUMED);
	if (sim_announce(m->driver->world, m->vm->name)) {
		sim_move_end(m, JOB_FAILED, "out of memory");
		return;
	}
	schedule(m, now_of(m) + FINISH_NS, on_finish);
}

/* Begins the true outage, which may last longer than the downtime that the hypervisor reports. */
static void on_pause(void *ctx)
{
	struct sim_move *m = ctx;
	const struct sim_step *s = &m->step;
	int64_t length_ns = s->mode == SIM_SLOW ? 2 * s->outage_ns : s->outage_ns;
	struct err e = {0};

	m->paused = true;
	m->vm->paused = true;
	m->base.progress.processed_bytes = m->base.progress.total_bytes;
	m->base.progress.remaining_bytes = 0;
	record_event(m, m->base.source, "suspended");
	record(m, JOB_EVENT_PAUSED);
	if (length_ns > 0 && sim_outage(m->driver->world, m->vm->name, s->mode, now_of(m),
				     length_ns, s->outage_ns, &e)) {
		sim_move_end(m, JOB_FAILED, e.text);
		return;
	}
	if (length_ns > 0)
		FACT(m->driver->context->log, now_of(m), FACT_TRUTH, m->vm->name,
			FS(FIELD_ID, m->base.id), FS(FIELD_MODE, sim_mode_name(s->mode)),
			FI(FIELD_FROM, now_of(m)), FI(FIELD_TO, now_of(m) + length_ns),
			FI(FIELD_LONGEST, s->outage_ns));
	schedule(m, now_of(m) + m->downtime_ns, on_resume);
}

static void on_progress(void *ctx)
{
	struct sim_move *m = ctx;
	double done = (double)(now_of(m) - m->copying_ns) / (double)(m->pause_ns - m->copying_ns);
	struct job_progress progress = m->base.progress;

	/* The first pass takes 90 % of the copy; the second sends the pages written meanwhile. */
	progress.iteration = done < 0.9 ? 1 : 2;
	progress.processed_bytes = (uint64_t)((double)progress.total_bytes * done);
	progress.remaining_bytes = progress.total_bytes - progress.processed_bytes;
	job_record_progress(&m->base, now_of(m), &progress);
	if (now_of(m) + PROGRESS_NS < m->pause_ns)
		schedule(m, now_of(m) + PROGRESS_NS, on_progress);
}

static void on_vanish(void *ctx)
{
	struct sim_move *m = ctx;
	struct err e = {0};

	FACT(m->driver->context->log, now_of(m), FACT_TRUTH, m->vm->name, FS(FIELD_ID, m->base.id),
		FS(FIELD_MODE, sim_mode_name(SIM_DOWN)), FI(FIELD_FROM, now_of(m)));
	if (sim_host_vanish(m->driver->world, host_name(m, m->base.source), now_of(m),
		    now_of(m) + BACK_NS, &e))
		sim_move_end(m, JOB_FAILED, e.text);
}

static void on_early_end(void *ctx)
{
	struct sim_move *m = ctx;

	sim_move_end(m, m->early_state, m->early_message);
}

static void on_watchdog(void *ctx)
{
	struct sim_move *m = ctx;
	char limit[32], message[96];

	units_format(UNIT_TIME, m->spec.timeout_ns, limit, sizeof(limit));
	snprintf(message, sizeof(message), "called off by the watchdog after %s", limit);
	sim_move_call_off(m, message);
}

/* Schedules the event, if any, by which the script interrupts the copy, at a random time. */
static void schedule_interruption(struct sim_move *m, int64_t copy_ns)
{
	double share = 0.3 + 0.4 * gsl_rng_uniform(m->driver->generator);
	int64_t at_ns = m->copying_ns + (int64_t)(share * (double)copy_ns);

	switch (m->step.job) {
	case SIM_JOB_FAILED:
		m->early_state = JOB_FAILED;
		m->early_message =
			"operation failed: the migration was refused in mid-copy (simulated)";
		break;
	case SIM_JOB_CANCELLED:
		m->early_state = JOB_CANCELLED;
		m->early_message = "called off by the operator (simulated)";
		break;
	case SIM_JOB_WITH_STATUS:
		m->early_state = JOB_WITH_STATUS;
		m->early_message =
			"completed with a complaint: the VM stays where it is (simulated)";
		break;
	case SIM_JOB_VANISH:
		schedule(m, at_ns, on_vanish);
		return;
	default:
		return;
	}
	schedule(m, at_ns, on_early_end);
}

static void on_copying(void *ctx)
{
	struct sim_move *m = ctx;

	m->vm->incoming = (int)m->base.destination;
	record(m, JOB_EVENT_COPYING);
	schedule(m,
		now_of(m) + PROGRESS_NS < m->pause_ns ? now_of(m) + PROGRESS_NS : m->pause_ns - 1,
		on_progress);
}

static void on_start(void *ctx)
{
	record(ctx, JOB_EVENT_STARTED);
}

/*
 * The number of moves under way, this one included. They share the link: a move's rate is fixed
 * when it begins, at an equal share. So moves that begin together are faster than the link at first
 * and slower than it at the end; equal ones take as long as the link needs for all of them.
 */
static size_t moves_under_way(const struct job_list *jobs)
{
	size_t count = 0;

	for (size_t i = 0; i < jobs->count; i++)
		count += jobs->jobs[i]->state == JOB_MOVING;
	return count;
}

/*
 * Draws the random values of a move and schedules its events. The number and order of the draws do
 * not depend on the move, so one move does not change the values of the next.
 */
static void schedule_move(struct sim_move *m)
{
	gsl_rng *generator = m->driver->generator;
	int64_t bps = sim_setup_of(m->driver->world)->link_bps, copy_ns;
	double noise = gsl_ran_gaussian(generator, COPY_NOISE);

	bps /= (int64_t)moves_under_way(&m->driver->jobs);
	if (m->spec.bandwidth_bps > 0 && m->spec.bandwidth_bps < bps)
		bps = m->spec.bandwidth_bps;
	copy_ns = (int64_t)((double)m->base.progress.total_bytes * 8e9 /
			    (LINK_SHARE * (double)bps) * (1 + noise));
	if (copy_ns < NS_PER_MS)
		copy_ns = NS_PER_MS;
	m->downtime_ns = DOWNTIME_MIN_NS +
			 (int64_t)(gsl_rng_uniform(generator) * (double)DOWNTIME_SPREAD_NS);
	/* A paused VM does not answer, so the downtime is never longer than the outage. */
	if (m->downtime_ns > m->step.outage_ns)
		m->downtime_ns = m->step.outage_ns;
	m->copying_ns = m->base.at_ns[JOB_EVENT_REQUESTED] + START_NS + SETUP_NS;
	m->pause_ns = m->copying_ns + copy_ns;
	schedule(m, m->base.at_ns[JOB_EVENT_REQUESTED] + START_NS, on_start);
	schedule(m, m->copying_ns, on_copying);
	schedule_interruption(m, copy_ns);
	schedule(m, m->pause_ns, on_pause);
	if (m->spec.timeout_ns > 0)
		schedule(m, m->base.at_ns[JOB_EVENT_REQUESTED] + m->spec.timeout_ns, on_watchdog);
}

static int check_move(const struct sim_driver *d, const struct move_spec *spec, struct sim_vm **vm,
	int *source, int *destination, struct err *e)
{
	const struct sim_move *latest = sim_move_latest(d, spec->vm);

	*vm = sim_vm_find(d->world, spec->vm);
	*source = sim_host_find(d->world, spec->source);
	*destination = sim_host_find(d->world, spec->destination);
	if (!*vm)
		return err_set(e, "the simulated world has no VM %s", spec->vm);
	if (*source < 0 || *destination < 0 || *source == *destination)
		return err_set(e,
			"VM %s cannot be moved from host '%s' to host '%s': the simulated "
			"world's hosts are a to %s",
			spec->vm, spec->source, spec->destination,
			sim_host_name(d->world, sim_host_count(d->world) - 1));
	if ((*vm)->host != *source && !(*vm)->on_host[*source])
		return err_set(e,
			"host %s: VM %s does not run there, so it cannot be moved from there",
			spec->source, spec->vm);
	if (latest && latest->base.state == JOB_MOVING)
		return err_set(
			e, "VM %s is being moved already (job %s)", spec->vm, latest->base.id);
	return 0;
}

int sim_move_start(
	struct sim_driver *d, const struct move_spec *spec, const char *requested_by, struct err *e)
{
	struct job_request request = {.vm = spec->vm,
		.id_prefix = requested_by,
		.id_number = (int64_t)d->jobs.count + 1,
		.ns = sim_now_ns(d->world),
		.earliest_ns = NS_NONE};
	struct sim_move *m;
	struct sim_vm *vm;
	int source, destination;

	if (check_move(d, spec, &vm, &source, &destination, e))
		return -1;
	request.source = (size_t)source;
	request.destination = (size_t)destination;
	m = sim_move_of(jobs_add(&d->jobs, &request));
	if (!m)
		return err_set(e, "out of memory");
	m->driver = d;
	m->vm = vm;
	m->spec = *spec;
	m->step = sim_script_next(d->world);
	m->base.progress.total_bytes = m->base.progress.remaining_bytes = vm->fill_bytes;
	if (!sim_host_up(d->world, source) || !sim_host_up(d->world, destination)) {
		sim_move_end(m, JOB_FAILED, "a host of the move cannot be reached");
		return 0;
	}
	if (vm->host == destination || vm->on_host[destination]) {
		sim_move_end(m, JOB_FAILED, "the VM runs on the destination already");
		return 0;
	}
	schedule_move(m);
	return 0;
}

struct sim_move *sim_move_latest(const struct sim_driver *d, const char *vm)
{
	return sim_move_of(jobs_latest(&d->jobs, vm));
}

void sim_move_call_off(struct sim_move *m, const char *message)
{
	if (m->base.state == JOB_MOVING && !m->paused)
		sim_move_end(m, JOB_CANCELLED, message);
}

static bool involves(const struct sim_move *m, int host)
{
	return (size_t)host == m->base.source || (size_t)host == m->base.destination;
}

void sim_moves_halt(struct sim_driver *d, int host)
{
	for (size_t i = 0; i < d->jobs.count; i++) {
		struct sim_move *m = sim_move_of(d->jobs.jobs[i]);

		if (m->base.state == JOB_MOVING && involves(m, host))
			sim_unschedule(d->world, m);
	}
}

/*
 * If the source was lost, the job's state is unknown. If the destination was lost, the source
 * reports how the job ended.
 */
static void move_lost_host(struct sim_move *m, int host)
{
	char message[128];

	if ((size_t)host == m->base.source) {
		stop(m);
		job_lose(&m->base, now_of(m));
	} else if (m->vm->host == (int)m->base.source) {
		m->vm->paused = false;
		snprintf(message, sizeof(message), "called off: host %s was lost",
			host_name(m, m->base.destination));
		sim_move_end(m, JOB_WITH_STATUS, message);
	} else {
		sim_move_end(m, JOB_FAILED, JOBS_NOWHERE);
	}
}

void sim_moves_contact(struct sim_driver *d, int host, bool lost)
{
	for (size_t i = 0; i < d->jobs.count; i++) {
		struct sim_move *m = sim_move_of(d->jobs.jobs[i]);

		if (lost && m->base.state == JOB_MOVING && involves(m, host))
			move_lost_host(m, host);
		else if (lost || m->base.state != JOB_UNKNOWN || (size_t)host != m->base.source)
			continue;
		else if (m->vm->host < 0)
			sim_move_end(m, JOB_FAILED, JOBS_NOWHERE);
		else
			sim_move_end(m, JOB_COMPLETED, "");
	}
}

void sim_moves_release(struct sim_driver *d)
{
	for (size_t i = 0; i < d->jobs.count; i++)
		sim_unschedule(d->world, sim_move_of(d->jobs.jobs[i]));
	jobs_release(&d->jobs);
}
