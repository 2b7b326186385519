/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Moves and jobs on the timeline: the runner's facts about each attempt, the platform's facts about
 * each job, and which job belongs to which attempt.
 */
#include "harness/timeline/internal.h"

#include "harness/base/memory.h"

#include <stdlib.h>
#include <string.h>

#define NEVER ((struct instant){NS_NONE, NS_NONE})

static void set_text(char **to, const char *text)
{
	if (!text || !*text)
		return;
	free(*to);
	*to = reader_copy(text);
}

/* The newest job with that VM and id, or NULL. */
static struct job *job_find(const struct timeline *t, const char *vm, const char *id)
{
	for (size_t i = t->job_count; i-- > 0;)
		if (strcmp(t->jobs[i].vm, vm) == 0 && strcmp(t->jobs[i].id, id) == 0)
			return &t->jobs[i];
	return NULL;
}

static struct job *job_add(struct reader *r, const char *vm, const char *id)
{
	struct timeline *t = r->t;
	struct job *job;

	MEMORY_GROW("facts", t->jobs, t->job_count, t->job_capacity);
	job = &t->jobs[t->job_count];
	*job = (struct job){.id = reader_copy(id),
		.vm = reader_copy(vm),
		.source = reader_copy(""),
		.destination = reader_copy(""),
		.message = reader_copy(""),
		.state = JOB_MOVING,
		.requested = NEVER,
		.started = NEVER,
		.copying = NEVER,
		.paused = NEVER,
		.resumed = NEVER,
		.ended = NEVER,
		.downtime_ns = NS_NONE,
		.setup_ns = NS_NONE,
		.elapsed_ns = NS_NONE,
		.transferred_bytes = -1,
		.total_bytes = -1};
	t->job_count++;
	return job;
}

static struct instant *instant_of(struct job *job, enum job_event event)
{
	struct instant *const instants[JOB_EVENTS] = {
		[JOB_EVENT_REQUESTED] = &job->requested,
		[JOB_EVENT_STARTED] = &job->started,
		[JOB_EVENT_COPYING] = &job->copying,
		[JOB_EVENT_PAUSED] = &job->paused,
		[JOB_EVENT_RESUMED] = &job->resumed,
		[JOB_EVENT_ENDED] = &job->ended,
	};

	return instants[event];
}

static void set_instant(
	struct reader *r, struct job *job, enum job_event event, const struct fact *fact)
{
	struct instant *instant = instant_of(job, event);
	int64_t earliest = fact_stamp(fact, FIELD_EARLIEST);

	/*
	 * The first event of a kind counts (a platform may report "paused" again on each attempt),
	 * but the last end.
	 */
	if (!instant || (instant->hi_ns != NS_NONE && event != JOB_EVENT_ENDED))
		return;
	if (earliest == NS_NONE || earliest > fact->ns)
		earliest = fact->ns;
	*instant = (struct instant){folder_time(r, earliest), folder_time(r, fact->ns)};
}

int take_job(struct reader *r, const struct fact *fact)
{
	const char *id = fact_text(fact, FIELD_ID), *what = fact_text(fact, FIELD_WHAT);
	const char *state = fact_text(fact, FIELD_STATE);
	enum job_event event;
	struct job *job;

	if (!what)
		return -1;
	event = job_event_of(what);
	job = job_find(r->t, fact->subject, id ? id : "");
	/* A second request is another job, even with the same id. */
	if (!job || (event == JOB_EVENT_REQUESTED && job->requested.hi_ns != NS_NONE))
		job = job_add(r, fact->subject, id ? id : "");
	set_instant(r, job, event, fact);
	set_text(&job->source, fact_text(fact, FIELD_SOURCE));
	set_text(&job->destination, fact_text(fact, FIELD_DESTINATION));
	set_text(&job->message, fact_text(fact, FIELD_MESSAGE));
	if (state)
		job->state = job_state_of(state);
	else if (event == JOB_EVENT_ENDED)
		job->state = JOB_UNKNOWN;
	return 0;
}

int take_progress(struct reader *r, const struct fact *fact)
{
	const char *id = fact_text(fact, FIELD_ID);
	struct job *job = job_find(r->t, fact->subject, id ? id : "");

	if (!job)
		return 0;
	MEMORY_GROW("facts", job->progress, job->progress_count, job->progress_capacity);
	job->progress[job->progress_count++] = (struct progress){.at_ns = folder_time(r, fact->ns),
		.total_bytes = fact_number(fact, FIELD_TOTAL, -1),
		.processed_bytes = fact_number(fact, FIELD_PROCESSED, -1),
		.remaining_bytes = fact_number(fact, FIELD_REMAINING, -1),
		.iteration = fact_number(fact, FIELD_ITERATION, -1)};
	return 0;
}

int take_statistics(struct reader *r, const struct fact *fact)
{
	const char *id = fact_text(fact, FIELD_ID);
	struct job *job = job_find(r->t, fact->subject, id ? id : "");

	if (!job)
		return 0;
	job->downtime_ns = fact_stamp(fact, FIELD_DOWNTIME);
	job->setup_ns = fact_stamp(fact, FIELD_SETUP);
	job->elapsed_ns = fact_stamp(fact, FIELD_ELAPSED);
	job->transferred_bytes = fact_number(fact, FIELD_TRANSFERRED, -1);
	job->total_bytes = fact_number(fact, FIELD_TOTAL, -1);
	return 0;
}

struct move *move_of(const struct reader *r, const struct fact *fact)
{
	for (size_t i = r->subject_count; i-- > 0;)
		if (strcmp(r->subjects[i], fact->subject) == 0)
			return &r->t->moves[i];
	return NULL;
}

int take_run(struct reader *r, const struct fact *fact)
{
	int64_t run = fact_number(fact, FIELD_RUN, 1),
		attempt = fact_number(fact, FIELD_ATTEMPT, 1),
		number = fact_number(fact, FIELD_MOVE, 1);
	struct timeline *t = r->t;
	struct move *m;

	if (!fact_text(fact, FIELD_CASE) || run < 1 || attempt < 1 || number < 1)
		return -1;
	MEMORY_GROW("facts", t->moves, t->move_count, t->move_capacity);
	MEMORY_GROW("facts", r->subjects, r->subject_count, r->subject_capacity);
	r->subjects[r->subject_count] = reader_copy(fact->subject);
	m = &t->moves[t->move_count];
	*m = (struct move){.case_name = reader_copy(fact_text(fact, FIELD_CASE)),
		.run = (size_t)run,
		.attempt = (size_t)attempt,
		.move = (size_t)number,
		.vm = reader_copy(fact_text(fact, FIELD_VM)),
		.platform = reader_copy(fact_text(fact, FIELD_PLATFORM)),
		.source = reader_copy(fact_text(fact, FIELD_SOURCE)),
		.destination = reader_copy(fact_text(fact, FIELD_DESTINATION)),
		.begin_ns = folder_time(r, fact->ns),
		.baseline_ns = NS_NONE,
		.window_begin_ns = NS_NONE,
		.trigger_ns = NS_NONE,
		.window_end_ns = NS_NONE,
		.end_ns = NS_NONE};
	t->move_count++;
	if (r->subjects[r->subject_count])
		r->subject_count++;
	t->simulated |= fact_yes(fact, FIELD_SIMULATED);
	return 0;
}

int take_step(struct reader *r, const struct fact *fact)
{
	const char *name = fact_text(fact, FIELD_NAME), *what = fact_text(fact, FIELD_WHAT);
	struct move *m = move_of(r, fact);

	if (m && name && what && step_of(name) == STEP_BASELINE &&
		step_event_of(what) == STEP_EVENT_BEGIN)
		m->baseline_ns = folder_time(r, fact->ns);
	return 0;
}

int take_trigger(struct reader *r, const struct fact *fact)
{
	struct move *m = move_of(r, fact);

	if (!m)
		return 0;
	m->trigger_ns = folder_time(r, fact->ns);
	if (m->window_begin_ns == NS_NONE)
		m->window_begin_ns = m->trigger_ns;
	set_text(&m->source, fact_text(fact, FIELD_SOURCE));
	set_text(&m->destination, fact_text(fact, FIELD_DESTINATION));
	set_text(&m->refused, fact_text(fact, FIELD_ERROR));
	return 0;
}

int take_window(struct reader *r, const struct fact *fact)
{
	int64_t from = fact_stamp(fact, FIELD_FROM), to = fact_stamp(fact, FIELD_TO);
	struct move *m = move_of(r, fact);

	if (from == NS_NONE || to == NS_NONE || to < from)
		return -1;
	if (!m)
		return 0;
	m->window_begin_ns = folder_time(r, from);
	m->window_end_ns = folder_time(r, to);
	if (m->trigger_ns == NS_NONE)
		m->trigger_ns = m->window_begin_ns;
	return 0;
}

int take_place(struct reader *r, const struct fact *fact)
{
	const char *host = fact_text(fact, FIELD_HOST), *state = fact_text(fact, FIELD_STATE);
	struct move *m = move_of(r, fact);
	struct place *place = NULL;

	if (!host || !state)
		return -1;
	if (!m)
		return 0;
	for (size_t i = 0; i < m->place_count; i++)
		if (strcmp(m->places[i].host, host) == 0)
			place = &m->places[i];
	if (!place) {
		MEMORY_GROW("facts", m->places, m->place_count, m->place_capacity);
		place = &m->places[m->place_count];
		*place = (struct place){.host = reader_copy(host)};
		if (!place->host)
			return 0;
		m->place_count++;
	}
	place->state = vm_state_of(state);
	return 0;
}

int take_integrity(struct reader *r, const struct fact *fact)
{
	struct move *m = move_of(r, fact);

	if (!m)
		return 0;
	m->integrity_checked = fact_yes(fact, FIELD_CHECKED);
	m->integrity_ok = m->integrity_checked && fact_yes(fact, FIELD_OK);
	set_text(&m->integrity_detail, fact_text(fact, FIELD_DETAIL));
	return 0;
}

int take_run_end(struct reader *r, const struct fact *fact)
{
	struct move *m = move_of(r, fact);
	const char *why = fact_text(fact, FIELD_WHY), *code = fact_text(fact, FIELD_CODE);

	if (!m)
		return 0;
	m->end_ns = folder_time(r, fact->ns);
	if (!fact_yes(fact, FIELD_COMPLETED))
		set_text(&m->broke_off, why && *why ? why : "the run was not completed");
	m->set_up_failed = m->broke_off && code && folder_state_of(code) == FOLDER_SET_UP_FAILED;
	return 0;
}

int take_folder(struct reader *r, const struct fact *fact)
{
	int64_t at_ns = folder_time(r, fact->ns);
	const char *state = fact_text(fact, FIELD_STATE);

	if (at_ns < r->closed_ns)
		return 0;
	r->closed_ns = at_ns;
	r->t->closed = folder_state_of(state ? state : "");
	return 0;
}

int take_watch(struct reader *r, const struct fact *fact)
{
	const char *command = fact_text(fact, FIELD_COMMAND), *bound = fact_text(fact, FIELD_BOUND);

	if (!command || !*command ||
		(bound && strcmp(bound, BOUND_NONE) != 0 && fact_stamp(fact, FIELD_BOUND) <= 0))
		return -1;
	snprintf(r->t->standalone_command, sizeof(r->t->standalone_command), "%s", command);
	r->t->standalone_bound_ns = fact_stamp(fact, FIELD_BOUND);
	return 0;
}

int take_mark(struct reader *r, const struct fact *fact)
{
	const char *what = fact_text(fact, FIELD_WHAT);
	enum mark_event event = mark_event_of(what ? what : "");
	struct move_mark *mark;

	if (event == MARK_UNKNOWN)
		return -1;
	MEMORY_GROW("facts", r->marks, r->mark_count, r->mark_capacity);
	mark = &r->marks[r->mark_count];
	*mark = (struct move_mark){.vm = reader_copy(fact->subject),
		.start = event == MARK_START,
		.at_ns = folder_time(r, fact->ns)};
	if (mark->vm)
		r->mark_count++;
	return 0;
}

/* The earliest known stage of a job. */
static int64_t job_begin(const struct job *job)
{
	const struct instant *instants[] = {&job->requested, &job->started, &job->copying,
		&job->paused, &job->resumed, &job->ended};

	for (size_t i = 0; i < ARRAY_SIZE(instants); i++)
		if (instants[i]->hi_ns != NS_NONE)
			return instants[i]->hi_ns;
	return INT64_MAX;
}

/* The end of a move, of its window if the end is not known, or INT64_MAX. */
static int64_t move_reach(const struct move *m)
{
	if (m->end_ns != NS_NONE)
		return m->end_ns;
	return m->window_end_ns != NS_NONE ? m->window_end_ns : INT64_MAX;
}

/*
 * A move's job: the VM's first job from the trigger to the move's end. Jobs before the trigger
 * (such as a warm-up) and later ones (that bring the VM back) are not the move's.
 */
static struct job *job_of(const struct timeline *t, const struct move *m)
{
	struct job *found = NULL;

	for (size_t i = 0; m->trigger_ns != NS_NONE && i < t->job_count; i++) {
		struct job *job = &t->jobs[i];
		int64_t begin_ns = job_begin(job);

		if (strcmp(job->vm, m->vm) != 0 || begin_ns < m->trigger_ns ||
			begin_ns > move_reach(m))
			continue;
		if (!found || begin_ns < job_begin(found))
			found = job;
	}
	return found;
}

/* The first mark for a move from from_ns on, or NULL. A mark for the VM "-" is for any VM. */
static const struct move_mark *mark_of(
	const struct reader *r, const struct move *m, bool start, int64_t from_ns)
{
	for (size_t i = 0; i < r->mark_count; i++) {
		const struct move_mark *mark = &r->marks[i];

		if ((strcmp(mark->vm, m->vm) == 0 || strcmp(mark->vm, "-") == 0) &&
			mark->start == start && mark->at_ns >= from_ns &&
			mark->at_ns <= move_reach(m))
			return mark;
	}
	return NULL;
}

/*
 * Makes a job from marks, for a move that an operator started on a platform that reports no jobs. A
 * job that is marked as ended counts as completed; the verdict checks that by the VM's place.
 */
static void job_from_marks(struct reader *r, size_t index)
{
	const struct move *m = &r->t->moves[index];
	const struct move_mark *start, *end;
	struct job *job;

	if (m->trigger_ns == NS_NONE || job_of(r->t, m))
		return;
	start = mark_of(r, m, true, m->begin_ns);
	end = start ? mark_of(r, m, false, start->at_ns) : NULL;
	job = start ? job_add(r, m->vm, "mark") : NULL;
	if (!job)
		return;
	job->requested = (struct instant){start->at_ns, start->at_ns};
	/* The harness waited for the move from the trigger on: the job did not begin earlier. */
	if (job->requested.hi_ns < m->trigger_ns)
		job->requested.hi_ns = m->trigger_ns;
	if (end) {
		job->ended = (struct instant){end->at_ns, end->at_ns};
		job->state = JOB_COMPLETED;
	}
}

static int by_begin(const void *a, const void *b)
{
	const struct move *x = a, *y = b;

	if (x->begin_ns != y->begin_ns)
		return x->begin_ns < y->begin_ns ? -1 : 1;
	if (x->attempt != y->attempt)
		return x->attempt < y->attempt ? -1 : 1;
	/* The VMs of a run begin at the same time in a simulated world. */
	return x->move < y->move ? -1 : x->move > y->move;
}

void move_finish(struct reader *r)
{
	struct timeline *t = r->t;

	for (size_t i = 0; i < t->move_count; i++)
		job_from_marks(r, i);
	if (t->move_count)
		qsort(t->moves, t->move_count, sizeof(*t->moves), by_begin);
	for (size_t i = 0; i < t->move_count; i++) {
		struct move *m = &t->moves[i];

		m->job = job_of(t, m);
		if (m->job && !*m->source)
			set_text(&m->source, m->job->source);
		if (m->job && !*m->destination)
			set_text(&m->destination, m->job->destination);
		if (m->end_ns == NS_NONE)
			set_text(&m->broke_off, "the runner ended during the run");
		if (m->window_end_ns == NS_NONE)
			m->window_end_ns = m->end_ns;
	}
}
