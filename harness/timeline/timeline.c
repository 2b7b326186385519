/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The timeline's reader: reads the folder's files line by line, in an order that does not depend on
 * the file system. The handlers of the facts are in the folder's other files.
 */
#include "harness/timeline/internal.h"

#include "harness/base/memory.h"

#include "harness/facts/format.h"
#include "harness/facts/lines.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

/* Maximum notes on malformed lines per file; the others are counted in one note. */
#define MALFORMED_NOTES_MAX 10

static fact_handler *const handlers[FACT_KINDS] = {
	[FACT_ANSWER] = take_answer,
	[FACT_UNANSWERED] = take_unanswered,
	[FACT_OK] = take_ok,
	[FACT_LOST] = take_lost,
	[FACT_CLOCK] = take_clock,
	[FACT_PROGRESS] = take_progress,
	[FACT_SEGMENT] = take_segment,
	[FACT_TARGET] = take_target,
	[FACT_DUPLICATE] = take_duplicate,
	[FACT_TRIPS] = take_trips,
	[FACT_SUMMARY] = take_summary,
	[FACT_CLOCK_STEP] = take_clock_step,
	[FACT_END] = take_end,
	[FACT_SESSION] = take_session,
	[FACT_TRY] = take_try,
	[FACT_UPDATE] = take_update,
	[FACT_LATE_TICK] = take_late_tick,
	[FACT_DROPS] = take_drops,
	[FACT_STOLEN] = take_stolen,
	[FACT_ANNOUNCE] = take_announce,
	[FACT_FRAME] = take_frame,
	[FACT_NEIGHBOUR] = take_neighbour,
	[FACT_FORWARDING] = take_forwarding,
	[FACT_NOTE] = take_note,
	[FACT_JOB] = take_job,
	[FACT_STATISTICS] = take_statistics,
	[FACT_RUN] = take_run,
	[FACT_STEP] = take_step,
	[FACT_TRIGGER] = take_trigger,
	[FACT_WINDOW] = take_window,
	[FACT_PLACE] = take_place,
	[FACT_INTEGRITY] = take_integrity,
	[FACT_RUN_END] = take_run_end,
	[FACT_FOLDER] = take_folder,
	[FACT_WATCH] = take_watch,
	[FACT_MARK] = take_mark,
	[FACT_WORKLOAD] = take_workload,
	[FACT_GUEST_CLOCK] = take_guest_clock,
};

static int take(struct reader *r, const struct fact *fact)
{
	if (fact->ns >= STAMP_MAX)
		return -1;
	return handlers[fact->id] ? handlers[fact->id](r, fact) : 0;
}

/* Enters the segment that begins at byte `offset`, if there is one. */
static void enter_segment(struct reader *r, size_t offset)
{
	const struct fact_file *file = r->file;
	size_t next = r->segment == SIZE_MAX ? 0 : r->segment + 1;

	if (next >= file->segment_count || file->segments[next].offset != offset)
		return;
	r->segment = next;
	r->shift_ns = r->epochs[file->segments[next].epoch].shift_ns;
	if (next > 0)
		probe_segment_begin(r, file->segments[next].begin_ns);
}

/*
 * The line before a new segment is the last that an earlier writer wrote. Unless it is an `end`,
 * the writer was killed and the line may be cut; a cut number still looks like a number.
 */
static bool may_be_cut(const struct reader *r, const struct fact *fact, size_t next_offset)
{
	size_t next = r->segment == SIZE_MAX ? 0 : r->segment + 1;

	return next > 0 && next < r->file->segment_count &&
	       r->file->segments[next].offset == next_offset && fact->id != FACT_END &&
	       fact->id != FACT_SEGMENT;
}

/* Returns false if the line is not a fact or is malformed. */
static bool read_line(struct reader *r, char *line, size_t length, size_t next_offset)
{
	struct fact fact;
	int64_t at_ns;

	if (memchr(line, '\0', length) || fact_parse(line, &fact))
		return false;
	if (may_be_cut(r, &fact, next_offset)) {
		reader_note(r, "%s.tsv:%zu: may have been cut when its writer was killed, ignored",
			r->file->name, r->line);
		return true;
	}
	if (take(r, &fact))
		return false;
	at_ns = folder_time(r, fact.ns);
	if (at_ns > r->last_ns)
		r->last_ns = at_ns;
	if (r->t->first_ns == NS_NONE || at_ns < r->t->first_ns)
		r->t->first_ns = at_ns;
	if (at_ns > r->t->last_ns)
		r->t->last_ns = at_ns;
	return true;
}

static int check_header(const struct reader *r, const char *line, struct err *e)
{
	static const char name[] = "#blackout-facts ";

	if (strcmp(line, FACTS_HEADER) == 0)
		return 1;
	if (strncmp(line, name, sizeof(name) - 1) == 0)
		return err_set(e,
			"%s/facts/%s.tsv: facts of version '%.20s', this program reads "
			"version 1 (use the program that wrote them)",
			r->t->dir, r->file->name, line + sizeof(name) - 1);
	return 0;
}

/* Reads a file's first line. Returns 1: it is the header, 0: it is a fact, -1: another version. */
static int read_header(struct reader *r, const char *line, struct err *e)
{
	int rc = check_header(r, line, e);

	if (rc == 0)
		reader_note(r,
			"%s.tsv:1: the header line '" FACTS_HEADER "' is missing, read anyway",
			r->file->name);
	return rc;
}

static int read_lines(struct reader *r, struct fact_lines *lines, struct err *e)
{
	const char *name = r->file->name;
	size_t malformed = 0;
	int rc;

	while ((rc = fact_lines_next(lines, e)) > 0) {
		if (++r->line == 1 && (rc = read_header(r, lines->text, e)) != 0) {
			if (rc < 0)
				return -1;
			continue;
		}
		enter_segment(r, lines->offset);
		if (!lines->length || read_line(r, lines->text, lines->length, lines->next))
			continue;
		if (++malformed <= MALFORMED_NOTES_MAX)
			reader_note(r, "%s.tsv:%zu: not a fact, ignored", name, r->line);
	}
	if (lines->cut)
		reader_note(r, "%s.tsv:%zu: cut in mid-line, read up to there", name, r->line + 1);
	if (malformed > MALFORMED_NOTES_MAX)
		reader_note(r, "%s.tsv: %zu more lines are not facts, ignored", name,
			malformed - MALFORMED_NOTES_MAX);
	return rc;
}

static int read_facts(struct reader *r, struct fact_file *file, struct err *e)
{
	struct fact_lines lines;
	int rc;

	r->file = file;
	r->line = 0;
	r->segment = SIZE_MAX;
	r->shift_ns = 0;
	r->last_ns = NS_NONE;
	r->ended = false;
	if (fact_lines_open(&lines, file->path, file->length, e))
		return -1;
	rc = read_lines(r, &lines, e);
	fact_lines_close(&lines);
	probe_file_end(r);
	lateness_file_end(r);
	return rc;
}

static int is_facts(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return dot && dot != entry->d_name && strcmp(dot, ".tsv") == 0;
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int add_file(struct reader *r, const char *facts, const char *name, struct err *e)
{
	struct fact_file *file;
	char path[PATH_MAX];

	MEMORY_GROW("facts", r->files, r->file_count, r->file_capacity);
	if (path_join(path, sizeof(path), facts, name))
		return err_set(e, "%s/%s: name too long", facts, name);
	file = &r->files[r->file_count++];
	*file = (struct fact_file){
		.name = memory_format("facts", "%.*s", (int)(strlen(name) - strlen(".tsv")), name),
		.path = memory_text("facts", path)};
	return 0;
}

static int find_files(struct reader *r, struct err *e)
{
	struct dirent **entries = NULL;
	char facts[PATH_MAX];
	int n, rc = 0;

	if (path_join(facts, sizeof(facts), r->t->dir, "facts"))
		return err_set(e, "%s: name too long", r->t->dir);
	n = scandir(facts, &entries, is_facts, by_bytes);
	if (n < 0)
		return err_errno(e, "%s: is no result folder, its facts cannot be read", r->t->dir);
	if (n == 0)
		rc = err_set(e, "%s: holds no facts (no .tsv file), so there is nothing to report",
			facts);
	for (int i = 0; i < n; i++) {
		if (!rc)
			rc = add_file(r, facts, entries[i]->d_name, e);
		free(entries[i]);
	}
	free(entries);
	return rc;
}

static void reader_free(struct reader *r)
{
	for (size_t i = 0; i < r->file_count; i++) {
		free(r->files[i].name);
		free(r->files[i].path);
		free(r->files[i].segments);
	}
	for (size_t i = 0; i < r->raw_count; i++) {
		free(r->raw[i].probe);
		free(r->raw[i].span);
	}
	tdestroy(r->series_keys, free);
	for (size_t i = 0; i < r->subject_count; i++)
		free(r->subjects[i]);
	for (size_t i = 0; i < r->mark_count; i++)
		free(r->marks[i].vm);
	free(r->files);
	free(r->epochs);
	free(r->targets);
	free(r->raw);
	free(r->sightings);
	free(r->stolen);
	free(r->subjects);
	for (size_t i = 0; i < r->workload_subject_count; i++)
		free(r->workload_subjects[i]);
	free(r->workload_subjects);
	free(r->marks);
}

static int read_all(struct reader *r, struct err *e)
{
	if (format_check(r->t->dir, e) || find_files(r, e) || clock_scan(r, e))
		return -1;
	clock_align(r);
	for (size_t i = 0; i < r->file_count; i++)
		if (read_facts(r, &r->files[i], e))
			return -1;
	if (r->t->first_ns == NS_NONE)
		return err_set(e, "%s/facts: no facts in %zu files, so there is nothing to report",
			r->t->dir, r->file_count);
	clock_finish(r);
	probe_finish(r);
	move_finish(r);
	workload_finish(r);
	r->t->first_utc_ns = timeline_utc(r->t, r->t->first_ns);
	return 0;
}

int timeline_read(struct timeline **timeline, const char *dir, struct err *e)
{
	struct reader r = {.closed_ns = NS_NONE, .t = memory_zeroed("facts", 1, sizeof(*r.t))};
	int rc;

	r.t->dir = memory_text("facts", dir);
	r.t->first_ns = r.t->last_ns = r.t->first_utc_ns = r.t->standalone_bound_ns = NS_NONE;
	rc = read_all(&r, e);
	reader_free(&r);
	if (rc) {
		timeline_free(r.t);
		return -1;
	}
	*timeline = r.t;
	return 0;
}

static void free_moves(struct timeline *t)
{
	for (size_t i = 0; i < t->move_count; i++) {
		struct move *m = &t->moves[i];

		for (size_t j = 0; j < m->place_count; j++)
			free(m->places[j].host);
		free(m->places);
		free(m->case_name);
		free(m->vm);
		free(m->platform);
		free(m->source);
		free(m->destination);
		free(m->integrity_detail);
		free(m->refused);
		free(m->broke_off);
	}
	for (size_t i = 0; i < t->job_count; i++) {
		struct job *job = &t->jobs[i];

		free(job->id);
		free(job->vm);
		free(job->source);
		free(job->destination);
		free(job->message);
		free(job->progress);
	}
	free(t->moves);
	free(t->jobs);
}

static void free_series(struct series *s)
{
	for (size_t i = 0; i < s->summary_count; i++)
		free(s->summaries[i].buckets);
	free(s->station);
	free(s->probe);
	free(s->target);
	free(s->address);
	free(s->records);
	free(s->spans);
	free(s->summaries);
}

static void free_workloads(struct timeline *t)
{
	for (size_t i = 0; i < t->workload_count; i++) {
		struct workload_record *w = &t->workloads[i];

		free(w->case_name);
		free(w->vm);
		free(w->name);
		free(w->file);
		free(w->why);
		free(w->progress);
		free(w->polls);
	}
	free(t->workloads);
}

void timeline_free(struct timeline *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->series_count; i++) {
		free_series(&t->series[i]);
	}
	for (size_t i = 0; i < t->sighting_count; i++) {
		free(t->sightings[i].target);
		free(t->sightings[i].station);
	}
	for (size_t i = 0; i < t->neighbour_count; i++) {
		free(t->neighbours[i].target);
		free(t->neighbours[i].station);
	}
	for (size_t i = 0; i < t->forwarding_count; i++) {
		free(t->forwardings[i].target);
		free(t->forwardings[i].station);
	}
	for (size_t i = 0; i < t->observer_count; i++) {
		free(t->observers[i].target);
		free(t->observers[i].station);
	}
	session_events_release(t);
	for (size_t i = 0; i < t->note_count; i++)
		free(t->notes[i]);
	free_moves(t);
	free_workloads(t);
	free(t->series);
	free(t->disturbances);
	free(t->sightings);
	free(t->neighbours);
	free(t->forwardings);
	free(t->observers);
	free(t->notes);
	free(t->pairs);
	free(t->steps);
	free(t->dir);
	free(t);
}
