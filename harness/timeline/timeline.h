/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The timeline: a result folder's facts, read back and put on one time axis. Reads only; judges
 * nothing. All instants here are "folder time": CLOCK_BOOTTIME ns (CLOCK_MONOTONIC in older folders) of the folder's first segment;
 * later segments (a resume, another boot) are shifted onto it, stamps of the wall clock converted by
 * the nearest clock pair.
 */
#ifndef BLACKOUT_TIMELINE_TIMELINE_H
#define BLACKOUT_TIMELINE_TIMELINE_H

#include "harness/base/base.h"
#include "harness/facts/vocabulary.h"

/* An instant known to lie in [lo_ns, hi_ns]; both NS_NONE where it was not recorded. */
struct instant {
	int64_t lo_ns;
	int64_t hi_ns;
};

enum probe_kind {
	PROBE_PING,
	PROBE_BURST,
	PROBE_SESSION, /* with the guest's agent */
	PROBE_RDP,     /* a remote desktop */
	PROBE_CAPTURE,
	PROBE_SIM,
	PROBE_NEIGHBOUR,
	PROBE_FRAMES, /* requests and answers as a capture has them */
};

/*
 * One probe, or a run of them in one line of the facts, where `run` is not 0 (ask the record_
 * functions below): sent_ns is then the first one's. arrival_ns is NS_NONE while no answer came at
 * all; error: an ICMP or send error.
 */
struct probe_record {
	int64_t sent_ns;
	int64_t arrival_ns;
	uint32_t duplicates;
	uint32_t run; /* index in the series' runs, from 1 */
	bool error;
	bool skipped;    /* nobody told the fate of the requests between the record before and this one */
	bool summarised; /* from a run line: answered in time or not, but no round trip is known */
};

/*
 * What a record of several probes says of them. They are evenly spread, but for half an interval;
 * answered ones have come a time-out after their send at the latest.
 */
struct probe_run {
	int64_t last_ns; /* the last send */
	uint32_t count;
	/*
	 * Answered: the longest time from a send, beginning with the one before the run, to the next
	 * one's arrival, and that send. NS_NONE: the line does not tell.
	 */
	int64_t silence_ns, silence_from_ns;
};

/* So many round trips in a bucket of harness/base/trip_histogram.h. */
struct trip_bucket {
	uint16_t bucket;
	uint16_t count;
};

/*
 * Round trips of answers that are `summarised` in the records: `count` of them, sent in
 * [from_ns, to_ns]. Where they were counted in buckets, the quantiles are rounded up.
 */
struct trip_summary {
	int64_t from_ns, to_ns;
	size_t count;
	int64_t fastest_ns, median_ns, p99_ns, p999_ns;
	struct trip_bucket *buckets; /* NULL: only the quantiles are known */
	size_t bucket_count;
};

/* All probes of one probe section to one target from one station, in order of sent_ns. */
struct series {
	char *station;
	char *probe;       /* the plan's name: "fine" */
	char *target;      /* the VM's or the control's name: "desk" */
	char *address;
	bool control;
	enum probe_kind kind;
	int64_t interval_ns;
	int64_t pace_ns;    /* what a step counts at most; of frames it is measured, and the interval rounded */
	int64_t timeout_ns; /* as planned; the analysis may raise it */
	int64_t end_ns;     /* the last stamp of its source: what was sent less than a time-out before is open */
	/*
	 * Until when it is watched: its last request, or the folder's last stamp where the source has no
	 * end because its writer was killed. NS_NONE: not known, then its last record.
	 */
	int64_t watched_to_ns;
	/* Its first request, where the first whose fate is known came later; NS_NONE: its first record. */
	int64_t watched_from_ns;
	/* Frames: a request's stamp is known to so much; the clock may have stepped by less unseen. */
	int64_t stamp_spread_ns;
	/* Frames: an answer may be of a request sent so much later, for its number repeats. */
	int64_t answer_unsure_ns;
	/* Where its stamps may lack time; the timeline's, in the order of time, not overlapping. */
	const struct clock_step *steps;
	size_t step_count;
	struct probe_record *records;
	size_t count, room;
	struct probe_run *runs;
	size_t run_count;
	struct trip_summary *summaries;
	size_t summary_count, summary_room;
};

/*
 * Between from_ns and to_ns up to missing_ns more time may have passed than the stamps say (NS_INF:
 * nobody knows how much): the prober was paused with its clock, or the clock was set back.
 */
struct clock_step {
	int64_t from_ns, to_ns, missing_ns;
};

/*
 * A stretch in which the harness cannot be trusted. kind: "control", "late", "drops", "clock".
 * from_ns NS_NONE: nobody knows since when; to_ns INT64_MAX: to the end.
 */
struct disturbance {
	enum disturbance_kind kind;
	char source[64];
	int64_t from_ns, to_ns;
	int64_t missing_ns; /* of a clock: as of a clock_step; 0: it was set back, which harms no gap */
	/* "late": what was taken from the engine in the seconds that it touches; 0 where not told. */
	int64_t steal_ns; /* of processor time, by other machines */
	int64_t switches; /* how often its thread was pushed aside */
};

/* A frame of note: an announcement, or the VM's first frame after `silence_ns`. */
struct sighting {
	enum sighting_kind what;
	char *target;
	char *station;
	int64_t at_ns;
	int64_t silence_ns;
};

/* A change of the neighbour entry that leads to a target, as the station's kernel told it. */
struct neighbour_change {
	char *target;
	char *station;
	int64_t at_ns;
	enum neighbour_state state;
	char mac[20]; /* "" where it has none */
};

/* A change of the entry by which a switch forwards frames to a target. */
struct forwarding_change {
	char *target;
	char *station;
	int64_t at_ns;
	enum forwarding_event what;
	char port[20]; /* where it leads, or led */
};

/* A source that watches a target and sends no probes: a capture, or neighbour events. */
struct watcher {
	char *target;
	char *station;
	enum probe_kind kind;
};

struct progress {
	int64_t at_ns;
	int64_t total_bytes, processed_bytes, remaining_bytes, iteration;
};

/* A session's life, as its probe saw it. */
struct session_event {
	enum session_event_kind what;
	char *target;
	char *station;
	char *probe;
	int64_t at_ns;
	bool state_kept; /* of a state */
	int64_t errno_code; /* of a drop and a refusal; 0: none is known */
	char error[96];     /* its name and reason, as far as they are known */
};

/* An attempt to connect by a user who is not: begun at from_ns, over at at_ns. */
struct session_try {
	char *target;
	char *station;
	char *probe;
	int64_t from_ns, at_ns;
	bool connected;
	bool given_up; /* nothing was tried: `error` refused an earlier attempt for good */
	int64_t errno_code;
	char error[96];
};

/* A frame that no input asked for. */
struct screen_update {
	size_t series;
	int64_t at_ns;
};

/* A migration job as the platform sees it. */
struct job {
	char *id, *vm, *source, *destination;
	enum job_state state;
	char *message;
	struct instant requested, started, copying, paused, resumed, ended;
	int64_t downtime_ns; /* as reported; NS_NONE */
	int64_t setup_ns, elapsed_ns; /* as reported; NS_NONE */
	int64_t transferred_bytes, total_bytes;
	struct progress *progress;
	size_t progress_count, progress_room;
};

/* Where a VM was found on one host. */
struct place {
	char *host;
	enum vm_state state;
};

/* How far a work had come; `verifying`: with reading it all again. */
struct work_progress {
	int64_t at_ns;
	int percent;
	bool verifying;
};

/* A rate at which a work was seen, and whether it was the one asked for. */
struct work_rate {
	int64_t at_ns, bps;
	bool held;
};

/* What a VM did in a run of a case, while it moved or (an unmoved run) while it did not. */
struct work {
	char *case_name, *vm, *name; /* name as the plan has it; "dirty" for [vm] dirty */
	size_t run;                  /* of the moved or of the unmoved runs, from 1 */
	bool moved;
	char kind[16];               /* "install" "dirty" "command" */
	enum work_state state;       /* at its end; WORK_UNTOLD: none was seen */
	char *file, *why;            /* the first that is not right; "" */
	int64_t bytes, asked_rate_bps; /* NS_NONE: it has none */
	int64_t start_ns, written_ns, end_ns; /* NS_NONE: not reached */
	/* Dirty: each look, and what those from the trigger to the job's end come to; where none fell
	 * there, and where nothing was moved, all. */
	struct work_rate *looks;
	size_t look_count, look_room;
	size_t rates, rates_held;
	double rate_sum_bps;
	struct work_progress *progress;
	size_t progress_count, progress_room;
};

/* The guest's monotonic clock between two moments of ours. */
struct guest_clock {
	bool known;
	int64_t asked_ns, told_ns; /* ours, folder time */
	int64_t mono_ns;           /* the guest's own */
	int64_t jump_ns; /* the longest time between two ticks of 10 ms since it was reset */
};

/* One run of one case: one attempt to move one VM. */
struct move {
	char *case_name;
	size_t run;  /* from 1 */
	size_t attempt; /* from 1; a resumed plan may try a broken-off run again */
	size_t move; /* which move of the run, from 1 */
	char *vm, *platform, *source, *destination;
	int64_t begin_ns, baseline_ns, trigger_ns, window_end_ns, end_ns; /* NS_NONE: not reached */
	struct job *job; /* NULL: never seen */
	struct place *places;
	size_t place_count, place_room;
	bool integrity_checked;
	bool integrity_ok;
	char *integrity_detail; /* "page 4711 generation 3 not 4" */
	struct guest_clock clock_before, clock_after; /* round the move */
	char *broke_off;        /* why it did not end by itself; NULL if it did */
	bool set_up_failed;     /* it could not be set up, which broke_off gives the reason of */
};

struct timeline {
	char *dir;
	int64_t first_ns, last_ns; /* of the folder's first and last fact */
	int64_t first_utc_ns; /* the same moment by the wall clock */
	bool simulated;
	enum folder_state closed; /* of the last `folder` fact */
	/* A folder that only watched: the `watch` fact's command and bound (NS_NONE: none). */
	char watched_by[16];  /* "probe", "analyse", "calibrate"; "": the folder of a plan */
	int64_t watch_bound_ns;
	struct series *series;
	size_t series_count, series_room;
	struct move *moves; /* finished and broken-off, in order of begin */
	size_t move_count, move_room;
	struct job *jobs;
	size_t job_count, job_room;
	struct work *works; /* in the order of their beginning */
	size_t work_count, work_room;
	struct disturbance *disturbances;
	size_t disturbance_count, disturbance_room;
	struct sighting *sightings;
	size_t sighting_count, sighting_room;
	struct neighbour_change *neighbours;
	size_t neighbour_count, neighbour_room;
	struct forwarding_change *forwardings;
	size_t forwarding_count, forwarding_room;
	struct watcher *watchers;
	size_t watcher_count, watcher_room;
	struct session_event *session_events;
	size_t session_event_count, session_event_room;
	struct session_try *tries;
	size_t try_count, try_room;
	struct screen_update *updates;
	size_t update_count, update_room;
	/* What the reader has to say about the folder: "fine.tsv:812: cut in mid-line, read up to there". */
	char **notes;
	size_t note_count, note_room;
	struct clock_step *steps;
	size_t step_count, step_room;
	/* Clock pairs, for timeline_utc. */
	struct clock_pair {
		int64_t at_ns, utc_ns;
	} *pairs;
	size_t pair_count, pair_room;
};

/* Reads DIR/facts. Errors: no folder, no facts, another format version. Damage inside a file is no
 * error: it is read up to there and said in `notes`. */
int timeline_read(struct timeline **timeline, const char *dir, struct err *e);
void timeline_free(struct timeline *timeline);
/* "yes", "no", or "": nobody looked whether the work came out right. */
const char *work_verified(const struct work *work);
/* Whether it was a move's, and whether it was still at it when that move's job was over. */
bool work_of_move(const struct work *work, const struct move *move);
bool work_outlasted(const struct work *work, const struct move *move);
/* Whether most of the rates that count were the one asked for. */
bool work_rate_held(const struct work *work);
/* Whether it came to the end that it was to come to, as far as anybody looked. */
bool work_ended_well(const struct work *work);
/*
 * How much the guest's clock fell behind ours over the move, as an interval by when it was asked,
 * and its longest tick. false: it was not asked both times.
 */
bool guest_clock_lost(const struct move *move, struct interval *lost, int64_t *jump_ns);
/* Since when a series is watched: its first request; 0: it has none. */
int64_t series_begin(const struct series *series);
/* The index of a series' first record with a probe sent at or after `ns`; its count if there is none. */
size_t series_first_from(const struct series *series, int64_t ns);
/* Whether its probes go through a user's session, with TCP's own retransmissions. */
bool series_is_session(const struct series *series);
/* How many probes a record stands for, and the last one's send. */
size_t record_count(const struct series *series, const struct probe_record *record);
int64_t record_last(const struct series *series, const struct probe_record *record);
/* How many of a record's probes were sent in [from_ns, to_ns). */
size_t record_within(const struct series *series, const struct probe_record *record, int64_t from_ns,
	int64_t to_ns);
/* Of `count` sends, evenly spread from the first to the last: the i-th, and how many lie in [from, to). */
int64_t spread_send(int64_t first_ns, int64_t last_ns, size_t count, size_t i);
size_t spread_within(int64_t first_ns, int64_t last_ns, size_t count, int64_t from_ns, int64_t to_ns);
/* The wall clock's time of an instant, by the nearest clock pair; NS_NONE for NS_NONE. */
int64_t timeline_utc(const struct timeline *timeline, int64_t at_ns);
/* The instant of a wall clock's time, by the nearest clock pair; NS_NONE where there are no pairs. */
int64_t timeline_from_utc(const struct timeline *timeline, int64_t utc_ns);

#endif
