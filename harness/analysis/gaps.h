/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From probes to blackouts: how a gap is found and bounded. Pure functions of what is given; no
 * files, no clocks, no plan. docs/accuracy.md has the derivations.
 */
#ifndef BLACKOUT_ANALYSIS_GAPS_H
#define BLACKOUT_ANALYSIS_GAPS_H

#include "harness/timeline/timeline.h"

/* How long answers took. Without any: count 0, the durations NS_NONE. */
struct round_trips {
	size_t count;
	int64_t fastest_ns, median_ns, p99_ns, p999_ns;
};

/* What a series looked like before the move. */
struct baseline {
	size_t probes, lost;
	int64_t fastest_ns; /* of baseline and window: no answer can be faster */
	/*
	 * By how much the fastest may be above the least that ways there and back can add up to, for no
	 * probe need have been fast both ways: no more than J, and no more than the fastest itself.
	 */
	int64_t fastest_unsure_ns;
	int64_t median_ns, p99_ns, p999_ns; /* NS_NONE: no round trip of the baseline is known */
	int64_t jitter_ns;  /* J = p99 - fastest of the baseline; the time-out if not known */
	bool two_clocks;    /* requests and answers may be stamped by a clock each: frames of a capture */
	bool trips_known;   /* of at least half of the baseline's answers */
	int64_t timeout_ns; /* in force: the planned one, or p99.9 where that is higher (see there) */
};

enum phase { PHASE_NONE, PHASE_BEFORE, PHASE_START, PHASE_COPY, PHASE_SWITCH, PHASE_AFTER };
const char *phase_name(enum phase phase);

/*
 * Requests not answered in time, none more than a regular step after the one before: silence that is
 * proven, from the first to the last of them. It counts at most `most_ns`, the prober's own interval
 * a step.
 */
struct silent_stretch {
	int64_t from_ns, to_ns, most_ns;
};

/*
 * A longest run of probes not answered in time.
 *   A   last send answered in time before it (NS_NONE: open at the first probe; start unknown)
 *   L1  first send not answered in time
 *   Ln  last unanswered-in-time send not after R
 *   R   earliest arrival of an answer to any probe sent from L1 on, less the fastest round trip
 *       (NS_NONE: no end seen)
 * length: lo = max(0, longest silent stretch - J), hi = R - A and by how much the fastest round trip is
 * unsure, NS_INF without R or A. There is one
 * stretch, [L1, Ln], unless the prober paused in between: a pause proves nothing.
 */
struct gap {
	int64_t a_ns, l1_ns, ln_ns, r_ns;
	struct interval length;   /* by the probes alone */
	struct interval widened;  /* the same, or wider where a disturbed stretch touches it */
	const struct disturbance *disturbed_by; /* NULL: nothing touched it */
	struct interval sampled; /* what `length` would be had the prober not paused */
	int64_t paused_ns; /* so much of hi comes from pauses next to it */
	int64_t spread_ns; /* what comes off a stretch: J, and of frames the spread of their stamps */
	size_t first_stretch, stretch_count; /* in the gaps' stretches; 0: [L1, Ln] is the only one */
	unsigned lost, late;
	enum phase phase;
};

struct gaps {
	struct gap *gap;
	size_t count, room;
	struct silent_stretch *stretch;
	size_t stretch_count, stretch_room;
	int64_t from_ns, to_ns; /* the window */
	int64_t step_ns;        /* the longest regular step */
	int64_t unsure_ns;      /* of the fastest round trip, and of frames the spread of their stamps */
	/*
	 * How much an answer came after the R that it gave, at most: the fastest round trip, and the time-out
	 * where that is not known because two clocks stamp.
	 */
	int64_t trip_ns;
	bool covered; /* something was sent, and its fate is known, before the window and after it */
	/* The longest silence that answered probes leave room for: "no gap" is [0, this]. */
	int64_t unseen_hi_ns;
	int64_t unseen_from_ns; /* from where it is counted, NS_NONE if nothing was answered */
	int64_t unseen_sampled_ns; /* what unseen_hi_ns would be had the prober not paused */
	const struct disturbance *unseen_disturbed_by; /* NULL: nothing touched it */
	size_t probes;     /* sent in the window and not open */
	bool frames;       /* stamped in a capture */
	bool user_stamps;  /* stamped by the engine's thread, not by the kernel */
	int64_t timeout_ns; /* by which they were found */
};

/*
 * Round trips of what was sent in [from_ns, to_ns), late answers too. Quantiles are GSL's (linear
 * between the neighbours). Of runs of probes in one line the summaries that reach into the stretch
 * count: the least of the fastest, the mean of the medians by number, the largest of each quantile;
 * single answers beside them count in the quantiles where they are more than one in a hundred.
 */
void round_trips_of(const struct series *series, int64_t from_ns, int64_t to_ns,
	struct round_trips *trips);
/*
 * Statistics of the probes of `series` sent in [from_ns, to_ns), and what follows: J and the
 * time-out. The fastest round trip is that of the window up to window_end_ns as well; nothing else
 * comes from the window, whose answers are what is to be judged. The time-out of ping is never
 * raised (liboping drops later answers), nor that of a series with runs of probes in one line in
 * its baseline (it was applied when they were written).
 */
void baseline_of(const struct series *series, int64_t from_ns, int64_t to_ns, int64_t window_end_ns,
	struct baseline *baseline);
/*
 * The same where no stretch is known to be quiet (baseline_unplanned.c): the counts, the fastest and the
 * quantiles are of the whole series; J is that of its stretches (1 s and 20 probes each at the least)
 * which at least half of them do not pass. The time-out is raised only where the median answer takes
 * more than half of the planned one: to the stretches' p99.9, chosen as J is.
 */
void baseline_of_whole(const struct series *series, struct baseline *baseline);
/*
 * All gaps that may touch [from_ns, to_ns] in a series, in order. A stretch that was over before
 * from_ns or began after to_ns proves nothing of the window. Time in the window before the first
 * request and after the last one is possible silence, as is the step to the first request after the
 * window. Probes whose time-out had not run out at series->end_ns are open and count neither way.
 */
void gaps_find(const struct series *series, const struct baseline *baseline, int64_t from_ns,
	int64_t to_ns, struct gaps *gaps);
void gaps_free(struct gaps *gaps);
/*
 * Nothing is watched beyond `limit_ns`: a gap that had not closed by then has no end that was seen, its
 * lower bound counts up to there. To be called before gaps_widen.
 */
void gaps_cut(struct gaps *gaps, const struct series *series, int64_t limit_ns);
/*
 * Sets each lower bound by what the answers next to its gap differ by (p99 less fastest of 100
 * probes on either side, none of another gap), or by the baseline's J where that is more and they are
 * fewer than 100. To be called before gaps_widen.
 */
void gaps_spread(struct gaps *gaps, const struct series *series, const struct baseline *baseline);
/*
 * Widens each gap by the disturbances that touch it, that is, reach into [A, R]. `disturbances` are
 * those of the series' own station and engine, and outlive the gaps. Those of kind "clock" touch a
 * gap only where time may be missing.
 */
void gaps_widen(struct gaps *gaps, const struct disturbance *disturbances, size_t count);
/* Sets each gap's phase, that in which it began, from the job's times. */
void gaps_phases(struct gaps *gaps, const struct move *move);
/* The blackout of a window: largest lo and largest hi (at least unseen_hi_ns); widened or not. */
struct interval gaps_longest(const struct gaps *gaps, bool widened);
/*
 * What sampling at the prober's pace alone leaves of it: not widened, and as if the prober had not
 * paused.
 */
struct interval gaps_sampled(const struct gaps *gaps);
/* The longest run of records not answered in time that touches the window: the published number. */
unsigned lost_in_a_row(const struct series *series, const struct baseline *baseline, int64_t from_ns,
	int64_t to_ns);

#endif
