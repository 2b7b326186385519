/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From probes to blackouts: finds gaps and bounds their lengths. Pure functions of the timeline: no
 * files, clocks or plan. docs/accuracy.md has the derivations.
 */
#ifndef BLACKOUT_ANALYSIS_GAPS_H
#define BLACKOUT_ANALYSIS_GAPS_H

#include "harness/timeline/timeline.h"

/* Round-trip times of `count` answers. Without answers the times are NS_NONE. */
struct round_trips {
	size_t count;
	int64_t fastest_ns, median_ns, p99_ns, p999_ns;
};

/* Statistics of a series before the move. */
struct baseline {
	size_t probes, lost;
	int64_t fastest_ns; /* F: the fastest round trip of baseline and window */
	/*
	 * Maximum by which F exceeds the fastest way there plus the fastest way back, since perhaps
	 * no probe was fastest both ways: J, or F itself if that is smaller.
	 */
	int64_t fastest_unsure_ns;
	int64_t median_ns, p99_ns, p999_ns; /* NS_NONE: no round trip of the baseline is known */
	int64_t jitter_ns; /* J: the baseline's p99 - fastest; the time-out if that is not known */
	bool two_clocks;   /* a capture: one clock may stamp requests and another one answers */
	bool trips_known; /* the round trips of at least half of the baseline's answers are known */
	int64_t timeout_ns; /* in force: the planned one, or a higher p99.9 (see baseline_of) */
};

enum phase { PHASE_NONE, PHASE_BEFORE, PHASE_START, PHASE_COPY, PHASE_SWITCH, PHASE_AFTER };
const char *phase_name(enum phase phase);

/*
 * Proven silence: from the first to the last of successive requests that were not answered in time,
 * each sent at most a regular step after the one before. It proves at most `max_ns`, which is one
 * pace of the prober for each step.
 */
struct silent_stretch {
	int64_t from_ns, to_ns, max_ns;
};

/*
 * A maximal row of successive probes not answered in time.
 *   A   last send answered in time before the row (NS_NONE: none was, the start is unknown)
 *   L1  first send not answered in time
 *   Ln  last send not answered in time that is not after R
 *   R   earliest arrival of an answer to any probe sent from L1 on, minus F (NS_NONE: no end seen)
 * Its length is in [lo, hi]:
 *   lo = max(0, longest silent stretch - spread_ns)
 *   hi = R - A + gaps.unsure_ns + time that the stamps lack; NS_INF without A or R
 * [L1, Ln] is one silent stretch unless the prober paused in it: a pause proves nothing.
 */
struct gap {
	int64_t a_ns, l1_ns, ln_ns, r_ns;
	struct interval length;  /* from the probes alone */
	struct interval widened; /* `length`, made wider by the disturbances that touch the gap */
	const struct disturbance *disturbed_by; /* the one that overlaps it longest; NULL: none */
	struct interval sampled; /* what `length` would be if the prober had not paused */
	int64_t paused_ns;       /* how much of hi comes from pauses next to the gap */
	int64_t spread_ns; /* subtracted from each stretch: J, for frames also the stamps' spread */
	size_t first_stretch, stretch_count; /* in gaps.stretch; count 0: only [L1, Ln] */
	unsigned lost, late;
	enum phase phase;
};

/*
 * The gaps that touch a window, and its unseen silence: the longest silence that may lie between
 * two answered probes without any probe meeting it.
 */
struct gaps {
	struct gap *gap;
	size_t count, capacity;
	struct silent_stretch *stretch;
	size_t stretch_count, stretch_capacity;
	int64_t from_ns, to_ns; /* the window */
	int64_t step_ns;        /* longest regular step between requests; a longer one is a pause */
	int64_t unsure_ns; /* added to hi: fastest_unsure_ns, for frames also of their stamps */
	/*
	 * Longest time from R to the arrival of the answer that gave R: F, or the time-out if F is
	 * unknown or negative (two clocks).
	 */
	int64_t trip_ns;
	bool covered;           /* probes of known fate reach from before the window to after it */
	int64_t unseen_hi_ns;   /* upper bound of the unseen silence: "no gap" means [0, this] */
	int64_t unseen_from_ns; /* where it begins; NS_NONE if no probe was answered */
	int64_t unseen_sampled_ns; /* what unseen_hi_ns would be if the prober had not paused */
	const struct disturbance *unseen_disturbed_by; /* NULL: nothing touches it */
	size_t probes;                                 /* sent in the window, with a known fate */
	bool frames;                                   /* a capture stamped them */
	bool user_stamps;   /* the engine's thread stamped them, not the kernel */
	int64_t timeout_ns; /* the time-out by which the gaps were found */
};

/*
 * Round trips of the probes sent in [from_ns, to_ns), late answers included. Quantiles are GSL's
 * (linear between neighbours). Spans count by their summaries that reach into this time: the
 * minimum of the fastest, the mean of the medians weighted by count, the maximum of each quantile
 * (histograms are added up). Next to summaries, single answers count in the quantiles only if there
 * is more than one per hundred answers of the summaries.
 */
void round_trips_of(
	const struct series *series, int64_t from_ns, int64_t to_ns, struct round_trips *trips);
/*
 * Computes the statistics of the probes sent in [from_ns, to_ns), and J and the time-out from them.
 * The fastest round trip also counts the window up to window_end_ns; nothing else comes from the
 * window, because its answers are to be judged. The time-out becomes the p99.9 where that is
 * higher, except for ping (liboping drops later answers) and for a series with spans in its
 * baseline (the planned time-out was applied when they were written).
 */
void baseline_of(const struct series *series, int64_t from_ns, int64_t to_ns, int64_t window_end_ns,
	struct baseline *baseline);
/*
 * baseline_of for a series in which no time is known to be quiet. Counts, the fastest and the
 * quantiles are those of the whole series. J is the median of the spreads of its stretches (at
 * least 1 s and 20 probes each). The time-out is raised only if the median answer takes more than
 * half of the planned time-out: to the median of the stretches' p99.9.
 */
void baseline_of_whole(const struct series *series, struct baseline *baseline);
/*
 * Finds, in order, all gaps of a series that may touch the window [from_ns, to_ns]. A stretch that
 * ended before from_ns or began after to_ns proves nothing about the window. Time in the window
 * before the first request and after the last one is possible silence, and so is the step to the
 * first request after the window. A probe whose time-out ends after series->end_ns is open: it
 * counts neither as answered nor as lost.
 */
void gaps_find(const struct series *series, const struct baseline *baseline, int64_t from_ns,
	int64_t to_ns, struct gaps *gaps);
void gaps_release(struct gaps *gaps);
/*
 * Ends the observation at `limit_ns`: a gap that had not closed by then has no seen end, and its
 * lower bound counts up to there. Call it before gaps_widen.
 */
void gaps_cut(struct gaps *gaps, const struct series *series, int64_t limit_ns);
/*
 * Computes each lower bound anew with the spread of the answers next to its gap: p99 - fastest of
 * up to 100 probes on either side, none of another gap. If these are fewer than 100 answers, the
 * spread is at least the baseline's J. Call it before gaps_widen.
 */
void gaps_spread(struct gaps *gaps, const struct series *series, const struct baseline *baseline);
/*
 * Widens each gap by the disturbances that touch it, that is, reach into [A, R]. `disturbances` are
 * those of the series' own station and engine; they must outlive `gaps`. A disturbance of kind
 * "clock" touches a gap only if time may be missing.
 */
void gaps_widen(struct gaps *gaps, const struct disturbance *disturbances, size_t count);
/* Sets each gap's phase: the phase of the job in which the gap began. */
void gaps_phases(struct gaps *gaps, const struct move *move);
/* The window's blackout: the largest lo and hi of all gaps; hi is at least unseen_hi_ns. */
struct interval gaps_longest(const struct gaps *gaps, bool widened);
/*
 * The window's blackout if sampling were the only uncertainty: not widened, and as if the prober
 * had not paused.
 */
struct interval gaps_sampled(const struct gaps *gaps);
/*
 * The length of the longest row of probes not answered in time that touches the window: the number
 * that published tests give.
 */
unsigned gaps_lost_in_a_row(const struct series *series, const struct baseline *baseline,
	int64_t from_ns, int64_t to_ns);

#endif
