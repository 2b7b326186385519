/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of the timeline's reader share. */
#ifndef BLACKOUT_TIMELINE_INTERNAL_H
#define BLACKOUT_TIMELINE_INTERNAL_H

#include "harness/facts/facts.h"
#include "harness/packet/frame.h"
#include "harness/timeline/timeline.h"

/* Stamps from here on are no stamps: sums of two of them must fit. */
#define STAMP_MAX (INT64_C(1) << 61)

/* Facts that share a clock: one boot, or one run of a simulated world. */
struct epoch {
	char boot[64];
	bool boottime;    /* stamped by CLOCK_BOOTTIME; older folders: CLOCK_MONOTONIC */
	int64_t pid;      /* simulated worlds: each process has its own clock; else 0 */
	unsigned turn;    /* simulated worlds: the n-th of this process in a file */
	int64_t utc_offset_ns; /* wall clock less monotonic, at its first segment line */
	int64_t first_ns, last_ns; /* as written */
	int64_t shift_ns; /* to folder time */
};

/* A `segment` line of a file: from `offset` on, its clock is that of the epoch. */
struct segment {
	size_t offset;
	size_t epoch;
	int64_t begin_ns; /* as written */
};

struct fact_file {
	char *name; /* "main-fine", without ".tsv" */
	char *path;
	size_t length; /* when its segments were looked for; what came later is not read */
	struct segment *segments;
	size_t segment_count, segment_room;
};

/*
 * A probe's line or lines before they are put together. A plan of many moves has millions of them,
 * so that it is no larger than it must be.
 */
struct raw_probe {
	int64_t sent_ns, arrival_ns, seq;
	uint32_t duplicates;
	uint32_t segment : 31; /* sequence numbers begin anew with each */
	bool error : 1;
};
/* A segment's number in a probe's line; nobody begins one two thousand million times. */
#define RAW_SEGMENT(segment) ((uint32_t)(segment)&0x7fffffff)

/* A run line: probes `first` to `first` + n - 1. */
struct raw_run {
	int64_t first, n;
	int64_t from_ns, to_ns;
	uint32_t segment;
	bool answered;
	uint32_t duplicates;
	int64_t silence_ns, silence_from_ns; /* NS_NONE: not told */
};

struct raw_series {
	struct raw_probe *probe;
	size_t count, room;
	struct raw_run *run;
	size_t run_count, run_room;
};

/* What number N means in the file that is being read. */
struct target_number {
	int64_t number;
	size_t series; /* SIZE_MAX: it has no probes (a capture, neighbour events) */
	char *name, *station;
};

/* A sighting's own stamp is of the wall clock: converted when all clock pairs are known. */
struct raw_sighting {
	int64_t written_ns, utc_ns;
};

/* What was taken from an engine, while its file is read. */
struct stolen {
	int64_t from_ns, to_ns, steal_ns, switches;
};

struct mark {
	char *vm;
	bool start;
	int64_t at_ns;
};

struct reader {
	struct timeline *t;
	struct fact_file *files;
	size_t file_count, file_room;
	struct epoch *epochs;
	size_t epoch_count, epoch_room;
	/* While a file is read. */
	const struct fact_file *file;
	size_t line;
	size_t segment;
	int64_t shift_ns, last_ns; /* of the segment; of the file so far, folder time */
	struct target_number *targets;
	size_t target_count, target_room;
	void *numbers; /* tsearch(3): of those that are not in a row */
	bool ended;        /* the file's newest segment has its `end` */
	int64_t closed_ns; /* of the newest `folder` fact */
	/* Parallel to the timeline's series, sightings and moves. */
	struct raw_series *raw;
	size_t raw_count, raw_room;
	void *series_keys; /* tsearch(3): which series there are */
	struct raw_sighting *sightings;
	size_t sighting_count, sighting_room;
	struct stolen *stolen;
	size_t stolen_count, stolen_room;
	char **subjects;
	size_t subject_count, subject_room;
	char **work_subjects;
	size_t work_subject_count, work_subject_room;
	struct mark *marks;
	size_t mark_count, mark_room;
	bool out_of_memory;
};

/* A fact's handler; its stamps are still those of the file. Returns 0, or -1: it makes no sense. */
typedef int fact_handler(struct reader *r, const struct fact *fact);

/* reader.c */
/* A line in the timeline's notes. */
void reader_note(struct reader *r, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* A copy that the timeline owns; NULL becomes "". */
char *reader_copy(struct reader *r, const char *text);
/* A stamp or duration of a fact, or NS_NONE where it is absent or none. */
int64_t fact_stamp(const struct fact *fact, const char *key);
/* A stamp of the file in folder time; NS_NONE stays. */
int64_t folder_time(const struct reader *r, int64_t ns);

/* clock.c */
int clock_scan(struct reader *r, struct err *e);
void clock_align(struct reader *r);
void clock_finish(struct reader *r);
int64_t clock_from_utc(const struct timeline *t, int64_t near_ns, int64_t utc_ns);
fact_handler take_segment, take_clock, take_end;

/* probes.c */
fact_handler take_target, take_answer, take_unanswered, take_duplicate, take_ok, take_lost,
	take_trips, take_late_tick, take_drops, take_note, take_summary, take_clock_step;
/* The target that a fact's number speaks of in this file; NULL: none. */
struct target_number *target_of(const struct reader *r, const struct fact *fact);
/* When a file's second or later segment begins (a stamp of that segment), and at a file's end. */
void probe_segment_begin(struct reader *r, int64_t begin_ns);
void probe_file_end(struct reader *r);
void probe_finish(struct reader *r);

/*
 * Nothing arrives before it was sent. But the two directions of a capture may be stamped by clocks of their
 * own: how long before its request an answer of the series may be stamped.
 */
static inline int64_t early_most(const struct series *s)
{
	return s->kind == PROBE_FRAMES ? FRAME_EARLY_NS : 0;
}

/* sessions.c */
fact_handler take_session, take_try, take_update;
void session_events_free(struct timeline *t);

/* sightings.c */
fact_handler take_announce, take_frame, take_neighbour, take_forwarding;

/* series.c: one record a probe or run, in order of sending. */
void series_finish(struct reader *r, struct series *s, struct raw_series *raw);

/* engine_lateness.c */
fact_handler take_stolen;
void audit_file_end(struct reader *r);

/* moves.c */
fact_handler take_job, take_progress, take_statistics, take_run, take_step, take_trigger,
	take_window, take_place, take_integrity, take_run_end, take_folder, take_watch, take_mark;
void move_finish(struct reader *r);
/* The newest attempt that has the fact's subject, or NULL. */
struct move *move_of(const struct reader *r, const struct fact *fact);

/* workloads.c */
fact_handler take_work, take_guest_clock;
/* After move_finish: what works say of the moves' harm. */
void work_finish(struct reader *r);

#endif
