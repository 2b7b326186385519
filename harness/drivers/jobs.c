/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The list of a platform's jobs, their facts, and conclusions from polls. See jobs.h. */
#include "harness/drivers/jobs.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

int jobs_init(struct job_list *list, const struct driver_context *context, size_t job_size,
	int64_t poll_interval_ns)
{
	*list = (struct job_list){.log = context->log,
		.job_size = job_size,
		.poll_interval_ns = poll_interval_ns,
		.hosts = calloc(context->host_count + 1, sizeof(*list->hosts)),
		.host_count = context->host_count};
	if (!list->hosts)
		return -1;
	for (size_t i = 0; i < list->host_count; i++)
		memcpy(list->hosts[i], context->hosts[i].name, sizeof(list->hosts[i]));
	return 0;
}

void jobs_release(struct job_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->jobs[i]);
	free(list->jobs);
	free(list->hosts);
	*list = (struct job_list){.log = NULL};
}

static void write_fact(const struct job_list *list, int64_t ns, enum fact_kind kind, const char *vm,
	const struct fact_field *fields, size_t count)
{
	if (list->log)
		fact_write(list->log, ns, kind, vm, fields, count);
}

static const char *host_name(const struct job_list *list, size_t host)
{
	return host == JOBS_NO_HOST ? "" : list->hosts[host];
}

/* If the source is unknown, the platform reports no hosts, so the fact names none. */
static void write_job(
	const struct platform_job *job, int64_t ns, enum job_event event, int64_t earliest_ns)
{
	struct fact_field fields[8] = {
		FS(FIELD_ID, job->id),
		FS(FIELD_WHAT, job_event_name(event)),
	};
	size_t count = 2;

	if (job->source != JOBS_NO_HOST) {
		fields[count++] =
			(struct fact_field)FS(FIELD_SOURCE, host_name(job->list, job->source));
		fields[count++] = (struct fact_field)FS(
			FIELD_DESTINATION, host_name(job->list, job->destination));
	}
	if (earliest_ns != NS_NONE && earliest_ns < ns)
		fields[count++] = (struct fact_field)FI(FIELD_EARLIEST, earliest_ns);
	if (event == JOB_EVENT_REQUESTED && job->bandwidth_bps)
		fields[count++] = (struct fact_field)FI(FIELD_BANDWIDTH, job->bandwidth_bps);
	if (event == JOB_EVENT_ENDED) {
		fields[count++] = (struct fact_field)FS(FIELD_STATE, job_state_name(job->state));
		fields[count++] = (struct fact_field)FS(FIELD_MESSAGE, job->message);
	}
	write_fact(job->list, ns, FACT_JOB, job->vm, fields, count);
}

struct platform_job *jobs_add(struct job_list *list, const struct job_request *request)
{
	struct platform_job *job;

	if (ARRAY_GROW(list->jobs, list->count, list->capacity))
		return NULL;
	job = calloc(1, list->job_size);
	if (!job)
		return NULL;
	job->list = list;
	job->source = request->source;
	job->destination = request->destination;
	job->found = request->found;
	job->state = JOB_MOVING;
	for (size_t i = 0; i < ARRAY_SIZE(job->at_ns); i++)
		job->at_ns[i] = NS_NONE;
	job->stopped_ns = job->moving_ns = NS_NONE;
	job->bandwidth_bps = request->bandwidth_bps;
	snprintf(job->vm, sizeof(job->vm), "%s", request->vm);
	snprintf(
		job->id, sizeof(job->id), "%.40s-%" PRId64, request->id_prefix, request->id_number);
	if (request->message)
		snprintf(job->message, sizeof(job->message), "%s", request->message);
	list->jobs[list->count++] = job;
	job_record(job, JOB_EVENT_REQUESTED, request->ns, request->earliest_ns);
	return job;
}

struct platform_job *jobs_add_found(struct job_list *list, const char *vm, size_t host,
	const struct job_reading *readings, int64_t ns, int64_t earliest_ns)
{
	struct job_request request = {.vm = vm,
		.id_prefix = vm,
		.id_number = ns,
		.source = host,
		.destination = JOBS_NO_HOST,
		.ns = ns,
		.earliest_ns = earliest_ns,
		.found = true,
		.message = "started elsewhere"};

	/* The destination holds a paused copy of the VM, which receives its memory. */
	for (size_t i = 0; i < list->host_count; i++)
		if (i != host && readings[i].state == VM_PAUSED)
			request.destination = i;
	return jobs_add(list, &request);
}

struct platform_job *jobs_latest(const struct job_list *list, const char *vm)
{
	for (size_t i = list->count; i > 0; i--)
		if (strcmp(list->jobs[i - 1]->vm, vm) == 0)
			return list->jobs[i - 1];
	return NULL;
}

struct platform_job *jobs_latest_since(
	const struct job_list *list, const char *vm, int64_t since_ns)
{
	struct platform_job *job = jobs_latest(list, vm);

	if (job && (job->at_ns[JOB_EVENT_REQUESTED] >= since_ns ||
			   (job->found && (job->state == JOB_MOVING ||
						  job->at_ns[JOB_EVENT_ENDED] >= since_ns))))
		return job;
	return NULL;
}

bool jobs_status(
	const struct job_list *list, const char *vm, int64_t since_ns, struct job_status *status)
{
	const struct platform_job *job = jobs_latest_since(list, vm, since_ns);

	*status = (struct job_status){
		.state = JOB_NONE, .requested_ns = NS_NONE, .ended_ns = NS_NONE};
	if (!job)
		return false;
	status->state = job->state;
	status->requested_ns = job->at_ns[JOB_EVENT_REQUESTED];
	status->ended_ns = job->at_ns[JOB_EVENT_ENDED];
	status->total_bytes = job->progress.total_bytes;
	status->processed_bytes = job->progress.processed_bytes;
	status->remaining_bytes = job->progress.remaining_bytes;
	memcpy(status->id, job->id, sizeof(status->id));
	memcpy(status->message, job->message, sizeof(status->message));
	return true;
}

void job_record(struct platform_job *job, enum job_event event, int64_t ns, int64_t earliest_ns)
{
	if (job->at_ns[event] != NS_NONE)
		return;
	job->at_ns[event] = ns;
	write_job(job, ns, event, earliest_ns);
}

void job_record_start(struct platform_job *job, int64_t ns, int64_t before_ns)
{
	int64_t requested_ns = job->at_ns[JOB_EVENT_REQUESTED];

	if (job->found)
		return;
	job_record(job, JOB_EVENT_STARTED, ns, before_ns > requested_ns ? before_ns : requested_ns);
}

void job_record_progress(struct platform_job *job, int64_t ns, const struct job_progress *progress)
{
	const struct fact_field fields[] = {FS(FIELD_ID, job->id),
		FI(FIELD_TOTAL, progress->total_bytes),
		FI(FIELD_PROCESSED, progress->processed_bytes),
		FI(FIELD_REMAINING, progress->remaining_bytes),
		FI(FIELD_ITERATION, progress->iteration),
		FI(FIELD_DIRTY_RATE, progress->dirty_rate)};

	job->progress = *progress;
	write_fact(job->list, ns, FACT_PROGRESS, job->vm, fields, ARRAY_SIZE(fields));
}

bool job_record_statistics(
	struct platform_job *job, int64_t ns, const int64_t values[JOB_STATISTICS])
{
	static const char *const keys[JOB_STATISTICS] = {
		[JOB_STATISTIC_DOWNTIME] = FIELD_DOWNTIME,
		[JOB_STATISTIC_DOWNTIME_NET] = FIELD_DOWNTIME_NET,
		[JOB_STATISTIC_SETUP] = FIELD_SETUP,
		[JOB_STATISTIC_ELAPSED] = FIELD_ELAPSED,
		[JOB_STATISTIC_TRANSFERRED] = FIELD_TRANSFERRED,
		[JOB_STATISTIC_TOTAL] = FIELD_TOTAL,
		[JOB_STATISTIC_MEMORY_TRANSFERRED] = FIELD_MEMORY_TRANSFERRED,
		[JOB_STATISTIC_MEMORY_TOTAL] = FIELD_MEMORY_TOTAL,
		[JOB_STATISTIC_MEMORY_RATE] = FIELD_MEMORY_RATE,
		[JOB_STATISTIC_ITERATIONS] = FIELD_ITERATIONS,
	};
	struct fact_field fields[JOB_STATISTICS + 1] = {FS(FIELD_ID, job->id)};
	size_t count = 1;

	for (size_t i = 0; i < JOB_STATISTICS; i++)
		if (values[i] != NS_NONE)
			fields[count++] = (struct fact_field)FI(keys[i], values[i]);
	if (count > 1)
		write_fact(job->list, ns, FACT_STATISTICS, job->vm, fields, count);
	return count > 1;
}

void jobs_record_event(const struct job_list *list, int64_t ns, const char *vm, size_t host,
	const char *what, const char *detail)
{
	const struct fact_field fields[] = {FS(FIELD_HOST, host_name(list, host)),
		FS(FIELD_WHAT, what), FS(FIELD_DETAIL, detail)};

	write_fact(list, ns, FACT_EVENT, vm, fields, ARRAY_SIZE(fields));
}

void job_end(struct platform_job *job, enum job_state state, int64_t ns, int64_t earliest_ns)
{
	job->state = state;
	job->at_ns[JOB_EVENT_ENDED] = ns;
	write_job(job, ns, JOB_EVENT_ENDED, earliest_ns);
}

void job_lose(struct platform_job *job, int64_t ns)
{
	snprintf(job->message, sizeof(job->message), "contact with host %s was lost",
		host_name(job->list, job->source));
	/* A loss is noticed late: the job may have ended at any time since it was last seen. */
	job_end(job, JOB_UNKNOWN, ns, job->moving_ns);
}

void jobs_lose_host(struct job_list *list, size_t host, int64_t ns)
{
	for (size_t i = 0; i < list->count; i++) {
		struct platform_job *job = list->jobs[i];

		if (job->source == host && job->state == JOB_MOVING && !job->in_call)
			job_lose(job, ns);
	}
}

struct job_reading *job_readings_new(size_t host_count)
{
	struct job_reading *readings = calloc(host_count + 1, sizeof(*readings));

	for (size_t i = 0; readings && i < host_count; i++)
		readings[i] = (struct job_reading){
			.asked_ns = NS_NONE, .seen_ns = NS_NONE, .state = VM_UNKNOWN};
	return readings;
}

/* The conclusion if a migration away from the polled host runs. */
static struct job_conclusion conclude_moving(
	const struct platform_job *job, const struct job_poll *poll)
{
	const struct job_reading *now = poll->now;
	int64_t began_ns = now->seen_ns - now->elapsed_ns;
	struct job_conclusion began = {.finding = JOB_FINDING_BEGAN};

	if (job && job->source == poll->host &&
		(job->state == JOB_MOVING || job->state == JOB_UNKNOWN)) {
		/* A poll from before the loss of contact does not show that the job still runs. */
		bool outdated =
			job->state == JOB_UNKNOWN && now->asked_ns <= job->at_ns[JOB_EVENT_ENDED];

		return (struct job_conclusion){
			.finding = outdated ? JOB_FINDING_NONE : JOB_FINDING_RUNS};
	}
	/* A poll that began before the latest job ended may have seen that job. */
	if (job && (job->state == JOB_MOVING || now->asked_ns <= job->at_ns[JOB_EVENT_ENDED]))
		return (struct job_conclusion){.finding = JOB_FINDING_NONE};
	/*
	 * The job was requested after the poll before this one, and elapsed_ns ago or earlier. At
	 * the first poll only elapsed_ns is known, and platforms report it in milliseconds.
	 */
	began.ns = began_ns > poll->before_ns ? began_ns : poll->before_ns;
	began.earliest_ns = poll->before_ns;
	if (poll->before_ns == NS_NONE) {
		began.ns = began_ns;
		began.earliest_ns = now->asked_ns - now->elapsed_ns - NS_PER_MS;
	}
	return began;
}

/* A host other than the source that, by a poll after since_ns, runs the VM; JOBS_NO_HOST: none. */
static size_t running_elsewhere(
	const struct platform_job *job, const struct job_poll *poll, int64_t since_ns)
{
	for (size_t i = 0; i < poll->host_count; i++)
		if (i != job->source && poll->readings[i].asked_ns > since_ns &&
			poll->readings[i].state == VM_RUNNING)
			return i;
	return JOBS_NO_HOST;
}

/* True if every host was polled after since_ns and none has the VM. */
static bool runs_nowhere(const struct job_poll *poll, int64_t since_ns)
{
	for (size_t i = 0; i < poll->host_count; i++)
		if (poll->readings[i].asked_ns <= since_ns || poll->readings[i].state != VM_NONE)
			return false;
	return true;
}

/* The conclusion if no migration runs, for a job that has no known end and is not in a call. */
static struct job_conclusion conclude_end(
	const struct platform_job *job, const struct job_poll *poll)
{
	int64_t since_ns = job->state == JOB_UNKNOWN ? job->at_ns[JOB_EVENT_ENDED] : job->moving_ns;
	const struct job_reading *source = &poll->readings[job->source];
	size_t elsewhere = running_elsewhere(job, poll, since_ns);
	/* A loss of contact is noticed late, so the job may have ended since moving_ns. */
	struct job_conclusion ended = {.finding = JOB_FINDING_ENDED,
		.ns = poll->now->seen_ns,
		.earliest_ns = job->moving_ns == NS_NONE ? job->at_ns[JOB_EVENT_REQUESTED]
							 : job->moving_ns,
		.host = elsewhere};
	const struct job_conclusion none = {.finding = JOB_FINDING_NONE};

	/* While the source still shows the VM paused, the job is about to end but has not ended. */
	if (elsewhere != JOBS_NO_HOST && source->state != VM_PAUSED) {
		ended.state = JOB_COMPLETED;
		if (job->stopped_ns != NS_NONE)
			ended.ns = job->stopped_ns;
		if (job->at_ns[JOB_EVENT_RESUMED] > ended.earliest_ns)
			ended.earliest_ns = job->at_ns[JOB_EVENT_RESUMED];
		return ended;
	}
	if (source->asked_ns <= since_ns || source->job_hidden)
		return none;
	/* Platforms report only to a job's starter whether it failed or was called off. */
	ended.state = job->called_off ? JOB_CANCELLED : JOB_FAILED;
	if (source->state == VM_RUNNING) {
		ended.host = job->source;
		/* While a job is called off, it is hidden but blocks the next: wait two polls. */
		return poll->now->asked_ns - since_ns < 2 * poll->interval_ns ? none : ended;
	}
	ended.state = JOB_FAILED;
	ended.host = JOBS_NO_HOST;
	return runs_nowhere(poll, since_ns) ? ended : none;
}

struct job_conclusion job_conclude(const struct platform_job *latest, const struct job_poll *poll)
{
	if (poll->now->moving)
		return conclude_moving(latest, poll);
	if (!latest || latest->in_call ||
		(latest->state != JOB_MOVING && latest->state != JOB_UNKNOWN))
		return (struct job_conclusion){.finding = JOB_FINDING_NONE};
	return conclude_end(latest, poll);
}

static void carry_on(struct platform_job *job, const struct job_reading *now, int64_t before_ns)
{
	job_record_start(job, now->seen_ns, before_ns);
	job->moving_ns = now->asked_ns;
	/* Contact with the source is back, and the job still runs. */
	if (job->state == JOB_UNKNOWN) {
		job->state = JOB_MOVING;
		job->at_ns[JOB_EVENT_ENDED] = NS_NONE;
	}
	job_record_progress(job, now->seen_ns, &now->progress);
}

static void carry_out_end(struct platform_job *job, const struct job_conclusion *ended)
{
	if (ended->state == JOB_COMPLETED)
		job->destination = ended->host;
	else if (ended->host == JOBS_NO_HOST)
		snprintf(job->message, sizeof(job->message), "%s", JOBS_NOWHERE);
	else
		snprintf(job->message, sizeof(job->message),
			"the job ended (failed, or called off) and the VM runs on %s",
			host_name(job->list, ended->host));
	job_end(job, ended->state, ended->ns, ended->earliest_ns);
}

enum job_finding jobs_poll(struct job_list *list, const char *vm, struct job_reading *readings,
	size_t host, const struct job_reading *now, struct platform_job **job)
{
	struct platform_job *latest = jobs_latest(list, vm);
	const struct job_poll poll = {.readings = readings,
		.host_count = list->host_count,
		.host = host,
		.now = now,
		.before_ns = readings[host].asked_ns,
		.interval_ns = list->poll_interval_ns};
	struct job_conclusion conclusion;

	readings[host].state = now->state;
	if (now->state != VM_UNKNOWN)
		readings[host] = *now;
	conclusion = job_conclude(latest, &poll);
	if (conclusion.finding == JOB_FINDING_BEGAN)
		latest = jobs_add_found(
			list, vm, host, readings, conclusion.ns, conclusion.earliest_ns);
	*job = latest;
	if (!latest)
		return JOB_FINDING_NONE;
	if (conclusion.finding == JOB_FINDING_ENDED)
		carry_out_end(latest, &conclusion);
	else if (conclusion.finding != JOB_FINDING_NONE)
		carry_on(latest, now, poll.before_ns);
	return conclusion.finding;
}
