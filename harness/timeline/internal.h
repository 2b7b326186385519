/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of the timeline's reader share. */
#ifndef BLACKOUT_TIMELINE_INTERNAL_H
#define BLACKOUT_TIMELINE_INTERNAL_H

#include "harness/facts/facts.h"
#include "harness/packet/frame.h"
#include "harness/timeline/timeline.h"

/* A number from here on is no valid stamp: the sum of two stamps must fit in int64_t. */
#define STAMP_MAX (INT64_C(1) << 61)

/* The facts that share a clock: those of one boot, or of one process of a simulated world. */
struct epoch {
	char boot[64];
	bool boottime;             /* stamped by CLOCK_BOOTTIME; older folders: CLOCK_MONOTONIC */
	int64_t pid;               /* simulated worlds: each process has its own clock; else 0 */
	unsigned turn;             /* simulated worlds: the file's n-th segment of this process */
	int64_t utc_offset_ns;     /* wall clock - the facts' clock, at its first segment line */
	int64_t first_ns, last_ns; /* as written */
	int64_t shift_ns;          /* to folder time */
};

/* A `segment` line: from byte `offset` of the file on, stamps are of that epoch's clock. */
struct segment {
	size_t offset;
	size_t epoch;     /* index in reader.epochs */
	int64_t begin_ns; /* as written */
};

struct fact_file {
	char *name; /* "main-fine", without ".tsv" */
	char *path;
	size_t length; /* when it was scanned for segments; what was written later is not read */
	struct segment *segments;
	size_t segment_count, segment_capacity;
};

/*
 * One line about a probe, before all lines of the probe are joined. A plan of many moves has
 * millions of them, so the struct is kept small.
 */
struct raw_probe {
	int64_t sent_ns, arrival_ns, seq;
	uint32_t duplicates;
	uint32_t segment : 31; /* sequence numbers begin anew with each segment */
	bool error : 1;
};
/* A segment's number in 31 bits. */
#define RAW_SEGMENT(segment) ((uint32_t)(segment)&0x7fffffff)

/* A span's line: the probes numbered `first` to `first` + n - 1. */
struct raw_span {
	int64_t first, n;
	int64_t from_ns, to_ns;
	uint32_t segment;
	bool answered;
	uint32_t duplicates;
	int64_t silence_ns, silence_from_ns; /* as in record_span */
};

struct raw_series {
	struct raw_probe *probe;
	size_t count, capacity;
	struct raw_span *span;
	size_t span_count, span_capacity;
};

/* The target that a number stands for in the file that is being read. */
struct target_number {
	int64_t number;
	size_t series; /* in timeline.series; SIZE_MAX: no probes (a capture, neighbour events) */
	char *name, *station;
};

/* A sighting's wall-clock stamp, converted to folder time once all clock pairs are known. */
struct raw_sighting {
	int64_t written_ns, utc_ns;
};

/* A `stolen` fact: processor time and context switches that an engine lost in [from_ns, to_ns]. */
struct stolen {
	int64_t from_ns, to_ns, steal_ns, switches;
};

/* A `mark` fact: an operator's mark of a move's start or end. */
struct move_mark {
	char *vm;
	bool start;
	int64_t at_ns;
};

struct reader {
	struct timeline *t;
	struct fact_file *files;
	size_t file_count, file_capacity;
	struct epoch *epochs;
	size_t epoch_count, epoch_capacity;
	/* Of the file that is being read: */
	const struct fact_file *file;
	size_t line;
	size_t segment;
	int64_t shift_ns; /* of the current segment, to folder time */
	int64_t last_ns;  /* the last stamp so far, folder time */
	struct target_number *targets;
	size_t target_count, target_capacity;
	void *numbers; /* tsearch(3) tree of number_key */
	bool ended;    /* the newest segment has its `end` line */
	/* Of all files: */
	int64_t closed_ns; /* stamp of the newest `folder` fact */
	/* Parallel arrays: `raw` to the timeline's series, `sightings` to its sightings. */
	struct raw_series *raw;
	size_t raw_count, raw_capacity;
	void *series_keys; /* tsearch(3) tree of series_key */
	struct raw_sighting *sightings;
	size_t sighting_count, sighting_capacity;
	struct stolen *stolen;
	size_t stolen_count, stolen_capacity;
	char **subjects; /* parallel to the timeline's moves */
	size_t subject_count, subject_capacity;
	char **workload_subjects; /* parallel to the timeline's workloads */
	size_t workload_subject_count, workload_subject_capacity;
	struct move_mark *marks;
	size_t mark_count, mark_capacity;
};

/*
 * Handles a fact, whose stamps are those of its file's clock. Returns 0, or -1 if the fact is
 * malformed.
 */
typedef int fact_handler(struct reader *r, const struct fact *fact);

/* reader.c */
/* Adds a line to the timeline's notes. */
void reader_note(struct reader *r, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* Returns a copy of text for the caller to free; NULL becomes "". */
char *reader_copy(const char *text);
/* A stamp or duration of a fact; NS_NONE if it is absent or invalid. */
int64_t fact_stamp(const struct fact *fact, const char *key);
/* Converts a stamp of the current segment to folder time; NS_NONE stays. */
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
/* The target with the number that is the fact's subject; NULL: the file has none. */
struct target_number *target_of(const struct reader *r, const struct fact *fact);
/* Call when a later segment of a file begins; begin_ns is a stamp of that segment. */
void probe_segment_begin(struct reader *r, int64_t begin_ns);
/* Call at a file's end. */
void probe_file_end(struct reader *r);
void probe_finish(struct reader *r);

/*
 * The longest time by which an answer's stamp may precede that of its request. Only frames need it,
 * because a capture may stamp its two directions by different clocks.
 */
static inline int64_t early_max(const struct series *s)
{
	return s->kind == PROBE_FRAMES ? FRAME_EARLY_NS : 0;
}

/* sessions.c */
fact_handler take_session, take_try, take_update;
void session_events_release(struct timeline *t);

/* sightings.c */
fact_handler take_announce, take_frame, take_neighbour, take_forwarding;

/*
 * series.c: turns the lines of a series into records, one per probe or span, in order of sending.
 */
void series_finish(struct series *s, struct raw_series *raw);

/* engine_lateness.c */
fact_handler take_stolen;
void lateness_file_end(struct reader *r);

/* moves.c */
fact_handler take_job, take_progress, take_statistics, take_run, take_step, take_trigger,
	take_window, take_place, take_integrity, take_run_end, take_folder, take_watch, take_mark;
void move_finish(struct reader *r);
/* The newest move whose subject is that of the fact, or NULL. */
struct move *move_of(const struct reader *r, const struct fact *fact);

/* workloads.c */
fact_handler take_workload, take_guest_clock;
/* Call after move_finish: sums up the polled rates and marks moves that damaged data. */
void workload_finish(struct reader *r);

#endif
