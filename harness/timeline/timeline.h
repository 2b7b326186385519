/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The timeline: a result folder's facts, read back and put on one time axis; other folders judge
 * them. All instants are in folder time: ns of CLOCK_BOOTTIME (CLOCK_MONOTONIC in older folders) as
 * in the folder's first segment. Later segments (a resume, another boot) are shifted onto that
 * axis; stamps of the wall clock are converted by the nearest clock pair.
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
	PROBE_FRAMES, /* requests and answers found in a capture */
};

/*
 * One probe or, if `span` is not 0, a span of several probes from one line of the facts; sent_ns is
 * then the first send (use the record_ functions below). arrival_ns is NS_NONE if no answer came.
 */
struct probe_record {
	int64_t sent_ns;
	int64_t arrival_ns;
	uint32_t duplicates;
	uint32_t span;   /* index in the series' spans, from 1; 0: one probe */
	bool error;      /* an ICMP or send error */
	bool skipped;    /* requests of unknown fate lie between the record before and this one */
	bool summarised; /* from a span's line: answered in time or not, no round trip is known */
};

/*
 * The probes of a record with a span. Their sends are evenly spread, to within half a step and
 * SPAN_TOLERANCE_NS. If they were answered, each answer came within the time-out.
 */
struct record_span {
	int64_t last_ns; /* the last send */
	uint32_t count;
	/*
	 * Of an answered span: the longest time from a send, the one before the span included, to
	 * the arrival of the next probe's answer; and that send. NS_NONE: not recorded.
	 */
	int64_t silence_ns, silence_from_ns;
};

/* `count` round trips in a bucket of harness/base/trip_histogram.h. */
struct trip_bucket {
	uint16_t bucket;
	uint16_t count;
};

/*
 * Round trips of `count` answers that are `summarised` in the records, sent in [from_ns, to_ns].
 * Quantiles from buckets are rounded up.
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
	char *probe;  /* the plan's name: "fine" */
	char *target; /* the VM's or the control's name: "desk" */
	char *address;
	bool control;
	enum probe_kind kind;
	int64_t interval_ns;
	int64_t pace_ns;    /* the longest silence that one step can prove; frames: not rounded */
	int64_t timeout_ns; /* as planned; the analysis may raise it */
	int64_t end_ns; /* its source's last stamp; probes less than a time-out before are open */
	/*
	 * End of the observation: the last request, or the folder's last stamp if the source's
	 * writer was killed. NS_NONE: not known; use the last record.
	 */
	int64_t observed_to_ns;
	/*
	 * The first request, if it is earlier than the first of known fate; NS_NONE: the first
	 * record.
	 */
	int64_t observed_from_ns;
	/* Frames: uncertainty of a request's stamp; smaller clock steps may have gone unseen. */
	int64_t stamp_spread_ns;
	/*
	 * Frames: an answer may belong to a request sent this much later, because sequence numbers
	 * repeat.
	 */
	int64_t answer_unsure_ns;
	/* The timeline's clock steps, in order of time, not overlapping. */
	const struct clock_step *steps;
	size_t step_count;
	struct probe_record *records;
	size_t count, capacity;
	struct record_span *spans;
	size_t span_count;
	struct trip_summary *summaries;
	size_t summary_count, summary_capacity;
};

/*
 * A clock step: between from_ns and to_ns up to missing_ns more time may have passed than the
 * stamps show (NS_INF: unknown), because the prober's clock stood still or was set back.
 */
struct clock_step {
	int64_t from_ns, to_ns, missing_ns;
};

/*
 * A time in which the harness cannot be trusted. from_ns NS_NONE: the begin is unknown; to_ns
 * INT64_MAX: to the end of the folder.
 */
struct disturbance {
	enum disturbance_kind kind;
	char source[64];
	int64_t from_ns, to_ns;
	/* Clock: as in clock_step. 0: the wall clock was set back, which affects no gap. */
	int64_t missing_ns;
	/* Late: what the engine lost in the seconds that the disturbance touches; 0: no record. */
	int64_t steal_ns; /* processor time that other virtual machines took */
	int64_t switches; /* involuntary context switches of its thread */
};

/* A frame of the VM in a capture: an announcement, or its first frame after `silence_ns`. */
struct sighting {
	enum sighting_kind what;
	char *target;
	char *station;
	int64_t at_ns;
	int64_t silence_ns;
};

/* A change of a target's neighbour entry (ARP or NDP) in the kernel of a station. */
struct neighbour_change {
	char *target;
	char *station;
	int64_t at_ns;
	enum neighbour_state state;
	char mac[20]; /* "": none */
};

/* A change of a switch's forwarding entry for a target. */
struct forwarding_change {
	char *target;
	char *station;
	int64_t at_ns;
	enum forwarding_event what;
	char port[20]; /* to which the entry leads or, if it is gone, led */
};

/* A source that observes a target without sending probes: a capture, or neighbour events. */
struct passive_observer {
	char *target;
	char *station;
	enum probe_kind kind;
};

/* A job's progress; -1: not reported. */
struct progress {
	int64_t at_ns;
	int64_t total_bytes, processed_bytes, remaining_bytes, iteration;
};

/* An event in a user's session, as its probe saw it. */
struct session_event {
	enum session_event_kind what;
	char *target;
	char *station;
	char *probe;
	int64_t at_ns;
	bool state_kept;    /* a `state` event: whether the guest kept the session's state */
	int64_t errno_code; /* a drop or a refusal; 0: not known */
	char error[96];     /* the error's name and reason; "": not known */
};

/* An attempt of a disconnected user to connect, from from_ns to at_ns. */
struct session_try {
	char *target;
	char *station;
	char *probe;
	int64_t from_ns, at_ns;
	bool connected;
	bool given_up; /* nothing was tried: an earlier attempt failed permanently with `error` */
	int64_t errno_code;
	char error[96];
};

/* An update of a remote desktop's screen without a preceding input. */
struct screen_update {
	size_t series; /* index in timeline.series */
	int64_t at_ns;
};

/* A migration job as the platform sees it. */
struct job {
	char *id, *vm, *source, *destination;
	enum job_state state;
	char *message;
	struct instant requested, started, copying, paused, resumed, ended;
	/* As the platform reports. NS_NONE, and -1 for bytes: not reported. */
	int64_t downtime_ns, setup_ns, elapsed_ns;
	int64_t transferred_bytes, total_bytes;
	struct progress *progress;
	size_t progress_count, progress_capacity;
};

/* Where a VM was found on one host. */
struct place {
	char *host;
	enum vm_state state;
};

/* A workload's progress in writing or, if `verifying`, in reading everything back. */
struct workload_progress {
	int64_t at_ns;
	int percent;
	bool verifying;
};

/* A workload's measured rate; held: it reached the rate asked for. */
struct workload_rate {
	int64_t at_ns, bps;
	bool held;
};

/* A workload of a VM in a run of a case; in an unmoved run the VM was not moved. */
struct workload_record {
	char *case_name, *vm, *name; /* name: the plan's, "dirty" for [vm] dirty */
	size_t run;                  /* from 1; unmoved runs are counted separately */
	bool moved;
	char kind[16];                 /* "install", "dirty", "command" */
	enum workload_state state;     /* at its end; WORKLOAD_UNREPORTED: not reported */
	char *file, *why;              /* the first incorrect file, and the reason; "": none */
	int64_t bytes, asked_rate_bps; /* NS_NONE: none */
	int64_t start_ns, written_ns, end_ns; /* NS_NONE: not reached */
	/*
	 * Dirty workloads: each poll of the rate, and the sums over the polls from the trigger to
	 * the job's end; if there are none, or nothing was moved, over all polls.
	 */
	struct workload_rate *polls;
	size_t poll_count, poll_capacity;
	size_t rates, rates_held;
	double rate_sum_bps;
	struct workload_progress *progress;
	size_t progress_count, progress_capacity;
};

/* A reading of the guest's monotonic clock, taken between request_ns and response_ns. */
struct guest_clock {
	bool known;
	int64_t request_ns, response_ns; /* folder time */
	int64_t mono_ns;                 /* the guest's clock */
	int64_t jump_ns; /* longest time between two 10 ms ticks since the guest's last reset */
};

/* One run of one case: one attempt to move one VM. */
struct move {
	char *case_name;
	size_t run;     /* from 1 */
	size_t attempt; /* from 1; a resumed plan repeats a run that broke off */
	size_t move;    /* which move of the run, from 1 */
	char *vm, *platform, *source, *destination;
	/*
	 * NS_NONE: not reached. The VMs of a run share the judged window: it begins with the run's
	 * event, at the VM's own trigger or before. window_end_ns is end_ns if the window did not
	 * end.
	 */
	int64_t begin_ns, baseline_ns, window_begin_ns, trigger_ns, window_end_ns, end_ns;
	struct job *job; /* NULL: never seen */
	struct place *places;
	size_t place_count, place_capacity;
	bool integrity_checked;
	bool integrity_ok;
	char *integrity_detail;                       /* "page 4711 generation 3 not 4" */
	struct guest_clock clock_before, clock_after; /* readings before and after the move */
	char *refused;      /* why the platform did not start the move; NULL: it did */
	char *broke_off;    /* why the run did not complete; NULL if it did */
	bool set_up_failed; /* the run could not be set up; broke_off gives the reason */
};

struct timeline {
	char *dir;
	int64_t first_ns, last_ns; /* stamps of the folder's first and last fact */
	int64_t first_utc_ns;      /* first_ns by the wall clock */
	bool simulated;
	enum folder_state closed; /* of the last `folder` fact */
	/* A standalone folder: the `watch` fact's command and bound (NS_NONE: none). */
	char standalone_command[16]; /* "probe", "analyse", "calibrate"; "": the folder of a plan */
	int64_t standalone_bound_ns;
	struct series *series;
	size_t series_count, series_capacity;
	struct move *moves; /* also those that broke off; in order of begin_ns */
	size_t move_count, move_capacity;
	struct job *jobs;
	size_t job_count, job_capacity;
	struct workload_record *workloads; /* in order of start */
	size_t workload_count, workload_capacity;
	struct disturbance *disturbances;
	size_t disturbance_count, disturbance_capacity;
	struct sighting *sightings;
	size_t sighting_count, sighting_capacity;
	struct neighbour_change *neighbours;
	size_t neighbour_count, neighbour_capacity;
	struct forwarding_change *forwardings;
	size_t forwarding_count, forwarding_capacity;
	struct passive_observer *observers;
	size_t observer_count, observer_capacity;
	struct session_event *session_events;
	size_t session_event_count, session_event_capacity;
	struct session_try *tries;
	size_t try_count, try_capacity;
	struct screen_update *updates;
	size_t update_count, update_capacity;
	/* Remarks on the folder's files: "fine.tsv:812: cut in mid-line, read up to there". */
	char **notes;
	size_t note_count, note_capacity;
	struct clock_step *steps;
	size_t step_count, step_capacity;
	/* Clock pairs, for timeline_utc. */
	struct clock_pair {
		int64_t at_ns, utc_ns;
	} * pairs;
	size_t pair_count, pair_capacity;
};

/*
 * Reads DIR/facts. Returns 0, or -1: no folder, no facts, another format version.
 * Damage inside a file is no error: the reader leaves the damaged lines out and adds a note.
 */
int timeline_read(struct timeline **timeline, const char *dir, struct err *e);
void timeline_free(struct timeline *timeline);
/* "yes", "no", or "": the workload's outcome was not verified. */
const char *workload_verified(const struct workload_record *workload);
/* Whether a workload belongs to a move, and whether it still ran when that move's job ended. */
bool workload_of_move(const struct workload_record *workload, const struct move *move);
bool workload_outlasted(const struct workload_record *workload, const struct move *move);
/* Whether more than half of the counted rates reached the rate asked for. */
bool workload_rate_held(const struct workload_record *workload);
/* Whether a workload ended as intended: verified as correct, or ended without being verified. */
bool workload_ended_well(const struct workload_record *workload);
/*
 * How far the guest's clock fell behind folder time over the move, in ns (an interval, because each
 * reading lies between request_ns and response_ns), and jump_ns of the later reading. False: a
 * reading is missing.
 */
bool guest_clock_lost(const struct move *move, struct interval *lost, int64_t *jump_ns);
/* When the observation of a series begins: its first request; 0: it has none. */
int64_t series_begin(const struct series *series);
/* The index of the first record with a probe sent at or after `ns`; the count if there is none. */
size_t series_first_from(const struct series *series, int64_t ns);
/* Whether a series' probes go through a user's session, where TCP retransmits. */
bool series_is_session(const struct series *series);
/* How many probes a record stands for, and when the last of them was sent. */
size_t record_count(const struct series *series, const struct probe_record *record);
int64_t record_last(const struct series *series, const struct probe_record *record);
/* How many of a record's probes were sent in [from_ns, to_ns). */
size_t record_within(const struct series *series, const struct probe_record *record,
	int64_t from_ns, int64_t to_ns);
/*
 * For `count` sends that are evenly spread from first_ns to last_ns: the i-th send, and how many
 * lie in [from_ns, to_ns).
 */
int64_t spread_send(int64_t first_ns, int64_t last_ns, size_t count, size_t i);
size_t spread_within(
	int64_t first_ns, int64_t last_ns, size_t count, int64_t from_ns, int64_t to_ns);
/* The wall clock's time of an instant, by the nearest clock pair; NS_NONE: none is known. */
int64_t timeline_utc(const struct timeline *timeline, int64_t at_ns);
/* The instant of a wall clock's time, by the nearest clock pair; NS_NONE: there are no pairs. */
int64_t timeline_from_utc(const struct timeline *timeline, int64_t utc_ns);

#endif
