/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Workloads on the timeline: those of moved VMs and, for comparison, of unmoved ones; and the
 * readings of the guest's clock before and after each move.
 */
#include "harness/timeline/internal.h"

#include "harness/base/memory.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* The newest workload with that name in the run of the fact's subject, or NULL. */
static struct workload_record *workload_by_name(
	struct reader *r, const struct fact *fact, const char *name)
{
	for (size_t i = r->t->workload_count; i-- > 0;)
		if (strcmp(r->workload_subjects[i], fact->subject) == 0 &&
			strcmp(r->t->workloads[i].name, name) == 0)
			return &r->t->workloads[i];
	return NULL;
}

static int workload_begin(struct reader *r, const struct fact *fact, const char *name)
{
	const char *case_name = fact_text(fact, FIELD_CASE), *vm = fact_text(fact, FIELD_VM);
	const char *kind = fact_text(fact, FIELD_KIND);
	int64_t run = fact_number(fact, FIELD_RUN, 0);
	struct timeline *t = r->t;
	struct workload_record *w;

	if (!case_name || !vm || !kind || !fact_text(fact, FIELD_MOVED) || run < 1)
		return -1;
	MEMORY_GROW("facts", t->workloads, t->workload_count, t->workload_capacity);
	MEMORY_GROW("facts", r->workload_subjects, r->workload_subject_count,
		r->workload_subject_capacity);
	r->workload_subjects[r->workload_subject_count] = reader_copy(fact->subject);
	if (!r->workload_subjects[r->workload_subject_count])
		return 0;
	r->workload_subject_count++;
	w = &t->workloads[t->workload_count++];
	*w = (struct workload_record){.case_name = reader_copy(case_name),
		.run = (size_t)run,
		.vm = reader_copy(vm),
		.name = reader_copy(name),
		.file = reader_copy(""),
		.why = reader_copy(""),
		.moved = fact_yes(fact, FIELD_MOVED),
		.bytes = fact_number(fact, FIELD_BYTES, NS_NONE),
		.asked_rate_bps = fact_number(fact, FIELD_ASKED_RATE, NS_NONE),
		.start_ns = folder_time(r, fact->ns),
		.written_ns = NS_NONE,
		.end_ns = NS_NONE};
	snprintf(w->kind, sizeof(w->kind), "%s", kind);
	return 0;
}

static void add_progress(struct reader *r, struct workload_record *w, const struct fact *fact)
{
	int64_t percent = fact_number(fact, FIELD_PERCENT, -1);

	if (percent < 0 || percent > 100)
		return;
	MEMORY_GROW("facts", w->progress, w->progress_count, w->progress_capacity);
	w->progress[w->progress_count++] =
		(struct workload_progress){.at_ns = folder_time(r, fact->ns),
			.percent = (int)percent,
			.verifying = w->written_ns != NS_NONE};
}

/* Adds a polled rate. A poll of a workload that is not running does not count. */
static void take_rate(struct reader *r, struct workload_record *w, const struct fact *fact)
{
	int64_t rate_bps = fact_number(fact, FIELD_RATE, NS_NONE);
	const char *state = fact_text(fact, FIELD_STATE);

	if (rate_bps < 0 || !fact_text(fact, FIELD_HELD) || !state ||
		workload_state_of(state) != WORKLOAD_RUNNING)
		return;
	MEMORY_GROW("facts", w->polls, w->poll_count, w->poll_capacity);
	w->polls[w->poll_count++] = (struct workload_rate){.at_ns = folder_time(r, fact->ns),
		.bps = rate_bps,
		.held = fact_yes(fact, FIELD_HELD)};
}

static void set_text(char **to, const char *text)
{
	if (!text)
		return;
	free(*to);
	*to = reader_copy(text);
}

/*
 * Sets written_ns if no poll saw that all was written. For a verified installation, written_ns is
 * its start plus the guest's own `elapsed`, limited to [seen_ns, end_ns]; seen_ns is the last poll
 * that saw it writing. For a workload without verification, it is its end.
 */
static void estimate_written(struct workload_record *w, const struct fact *fact, int64_t seen_ns)
{
	int64_t elapsed_ns = fact_number(fact, FIELD_ELAPSED, NS_NONE);
	const char *word = fact_text(fact, FIELD_STATE);
	enum workload_state state = word ? workload_state_of(word) : WORKLOAD_UNREPORTED;

	if (w->written_ns != NS_NONE)
		return;
	if (state == WORKLOAD_ENDED) {
		w->written_ns = w->end_ns;
	} else if (state == WORKLOAD_CORRECT && strcmp(w->kind, "install") == 0 &&
		   elapsed_ns != NS_NONE) {
		bool later = elapsed_ns > w->end_ns - w->start_ns;

		w->written_ns = later ? w->end_ns : w->start_ns + elapsed_ns;
		if (w->written_ns < seen_ns)
			w->written_ns = seen_ns;
	}
}

/* Sets why the result is wrong, and the number of errors if there are several. */
static void set_why(struct workload_record *w, const struct fact *fact)
{
	int64_t bad = fact_number(fact, FIELD_BAD, NS_NONE);
	const char *why = fact_text(fact, FIELD_WHY);
	char *counted;

	if (!why || bad < 2) {
		set_text(&w->why, why);
		return;
	}
	counted = memory_format("facts", "%s, %" PRId64 " in all", why, bad);
	free(w->why);
	w->why = counted;
}

int take_workload(struct reader *r, const struct fact *fact)
{
	const char *name = fact_text(fact, FIELD_NAME), *what = fact_text(fact, FIELD_WHAT);
	const char *state = fact_text(fact, FIELD_STATE);
	enum workload_event event;
	int64_t seen_ns;
	struct workload_record *w;

	if (!name || !what)
		return -1;
	event = workload_event_of(what);
	if (event == WORKLOAD_EVENT_START)
		return workload_begin(r, fact, name);
	w = workload_by_name(r, fact, name);
	if (!w)
		return 0;
	if (event == WORKLOAD_EVENT_WRITTEN && w->written_ns == NS_NONE)
		w->written_ns = folder_time(r, fact->ns);
	seen_ns = w->progress_count ? w->progress[w->progress_count - 1].at_ns : w->start_ns;
	add_progress(r, w, fact);
	take_rate(r, w, fact);
	if ((event == WORKLOAD_EVENT_OVER || event == WORKLOAD_EVENT_END) && w->end_ns == NS_NONE) {
		w->end_ns = folder_time(r, fact->ns);
		estimate_written(w, fact, seen_ns);
	}
	if (event != WORKLOAD_EVENT_END)
		return 0;
	w->state = workload_state_of(state ? state : "");
	set_text(&w->file, fact_text(fact, FIELD_FILE));
	set_why(w, fact);
	return 0;
}

int take_guest_clock(struct reader *r, const struct fact *fact)
{
	const char *what = fact_text(fact, FIELD_WHAT);
	struct move *m = move_of(r, fact);
	struct guest_clock *clock;
	int64_t request_ns = fact_stamp(fact, FIELD_ASKED);
	int64_t response_ns = fact_stamp(fact, FIELD_TOLD);

	if (!what || request_ns == NS_NONE || response_ns < request_ns)
		return -1;
	if (!m)
		return 0;
	clock = clock_reading_of(what) == CLOCK_BEFORE ? &m->clock_before : &m->clock_after;
	*clock = (struct guest_clock){.request_ns = folder_time(r, request_ns),
		.response_ns = folder_time(r, response_ns),
		.mono_ns = fact_stamp(fact, FIELD_MONO),
		.jump_ns = fact_stamp(fact, FIELD_JUMP),
		.known = fact_stamp(fact, FIELD_MONO) != NS_NONE};
	return 0;
}

const char *workload_verified(const struct workload_record *w)
{
	if (w->state == WORKLOAD_CORRECT)
		return "yes";
	return w->state == WORKLOAD_INCORRECT ? "no" : "";
}

bool workload_ended_well(const struct workload_record *w)
{
	return w->state == WORKLOAD_CORRECT || w->state == WORKLOAD_ENDED;
}

bool workload_rate_held(const struct workload_record *w)
{
	return w->rates && 2 * w->rates_held > w->rates;
}

bool guest_clock_lost(const struct move *m, struct interval *lost, int64_t *jump_ns)
{
	const struct guest_clock *a = &m->clock_before, *b = &m->clock_after;
	int64_t guest_ns = b->mono_ns - a->mono_ns;

	if (!a->known || !b->known)
		return false;
	/* Each reading was taken at some time between request_ns and response_ns. */
	*lost = (struct interval){b->request_ns - a->response_ns - guest_ns,
		b->response_ns - a->request_ns - guest_ns};
	*jump_ns = b->jump_ns;
	return true;
}

/* Whether the same workload was incorrect in an unmoved run, too. */
static bool wrong_unmoved(const struct timeline *t, const struct workload_record *w)
{
	for (size_t i = 0; i < t->workload_count; i++) {
		const struct workload_record *other = &t->workloads[i];

		if (!other->moved && strcmp(other->name, w->name) == 0 &&
			strcmp(other->vm, w->vm) == 0 &&
			strcmp(other->case_name, w->case_name) == 0 &&
			other->state == WORKLOAD_INCORRECT)
			return true;
	}
	return false;
}

bool workload_of_move(const struct workload_record *w, const struct move *m)
{
	return w->moved && strcmp(w->vm, m->vm) == 0 && strcmp(w->case_name, m->case_name) == 0 &&
	       w->run == m->run && w->start_ns >= m->begin_ns &&
	       (m->end_ns == NS_NONE || w->start_ns <= m->end_ns);
}

bool workload_outlasted(const struct workload_record *w, const struct move *m)
{
	if (w->state == WORKLOAD_UNKNOWN || !m->job || m->job->ended.hi_ns == NS_NONE)
		return false;
	return w->end_ns == NS_NONE || w->end_ns >= m->job->ended.hi_ns;
}

/*
 * Marks a move as corrupting data if its workload was incorrect, unless that also happened in an
 * unmoved run.
 */
static void mark_corrupted(struct reader *r, struct move *m, const struct workload_record *w)
{
	char *detail;

	if (!workload_of_move(w, m) || w->state != WORKLOAD_INCORRECT || wrong_unmoved(r->t, w))
		return;
	m->integrity_checked = true;
	m->integrity_ok = false;
	detail = memory_format(
		"facts", "%s: %s%s%s", w->name, w->file, *w->file && *w->why ? ": " : "", w->why);
	free(m->integrity_detail);
	m->integrity_detail = detail;
}

/* Sums up the rates polled in [from_ns, to_ns]; if there are none, the sums stay as they are. */
static void sum_rates(struct workload_record *w, int64_t from_ns, int64_t to_ns)
{
	size_t rates = 0, held = 0;
	double sum_bps = 0;

	for (size_t i = 0; i < w->poll_count; i++) {
		const struct workload_rate *rate = &w->polls[i];

		if (rate->at_ns < from_ns || rate->at_ns > to_ns)
			continue;
		rates++;
		held += rate->held;
		sum_bps += (double)rate->bps;
	}
	if (!rates)
		return;
	w->rates = rates;
	w->rates_held = held;
	w->rate_sum_bps = sum_bps;
}

static void sum_rates_of_move(struct workload_record *w, const struct move *m)
{
	if (workload_of_move(w, m) && m->trigger_ns != NS_NONE && m->job &&
		m->job->ended.hi_ns != NS_NONE)
		sum_rates(w, m->trigger_ns, m->job->ended.hi_ns);
}

void workload_finish(struct reader *r)
{
	struct timeline *t = r->t;

	for (size_t k = 0; k < t->workload_count; k++)
		sum_rates(&t->workloads[k], INT64_MIN, INT64_MAX);
	for (size_t i = 0; i < t->move_count; i++)
		for (size_t k = 0; k < t->workload_count; k++) {
			sum_rates_of_move(&t->workloads[k], &t->moves[i]);
			mark_corrupted(r, &t->moves[i], &t->workloads[k]);
		}
}
