/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Checks what the analysis found against the truth: counts bounds that exclude the truth, verdicts
 * that contradict it, and whether undisturbed series decide. The bounds of the verdicts are drawn
 * next to lo, hi and the truth.
 */
#ifndef BLACKOUT_TESTS_PROPERTY_CHECK_H
#define BLACKOUT_TESTS_PROPERTY_CHECK_H

#include "harness/verdict/verdict.h"
#include "tests/property/prober.h"
#include "tests/property/scratch.h"

/* The counts of one path. */
struct tally {
	unsigned long series;
	unsigned long above;     /* lo above the truth */
	unsigned long below;     /* hi below the truth */
	unsigned long wrong;     /* verdicts that contradict the truth */
	unsigned long unread;    /* series that could not be read or judged, or in a wrong number */
	unsigned long deciding;  /* bounds far from the truth of undisturbed series */
	unsigned long decided;   /* of these: the verdict decided */
	unsigned long decidable; /* of these: an ideal observer could decide */
	unsigned long measured;  /* undisturbed series */
	unsigned long narrow; /* of these: hi exceeds an ideal observer's by half a pace at most */
	unsigned long inconsistent; /* truths outside an ideal observer's bounds */
};

/* One generated folder. */
struct trial {
	const char *path;
	uint64_t seed;
	struct tally *tally;
	bool verbose, undecided; /* print all violations; print what should be decided and is not */
	struct dice *dice;
	const struct scratch *scratch;
	const struct prober *others[2]; /* further probers to print with each violation */
	char script[2048]; /* notes on what was generated, printed with each violation */
};

/* What the analysis must find for one series. */
struct claim {
	char target[64]; /* name; of a capture: address */
	int ident;       /* of a capture with several series to one address; -1: any */
	const struct prober *prober;
	struct interval truth;
	struct interval ideal; /* the bounds of an ideal observer (reference.h) */
	int64_t tolerance_ns;
	int64_t tail_ns;             /* from the last request in the data to the prober's end */
	bool undisturbed;            /* no pause, clock step, kill or loss of the capture */
	bool open;                   /* silent at its begin or end */
	bool unmeasured;             /* the data show no request */
	bool outside, wrong, failed; /* a violation of this kind was counted */
};

/* Adds text to the trial's script. */
void trial_note(struct trial *trial, const char *fmt, ...) PRINTF_LIKE(2, 3);
/*
 * Makes the claim for a prober: truth and tolerance from the oracle. `end_ns` is the end of the
 * data, in true time.
 */
struct claim claim_of(const struct prober *prober, const struct observed *observed,
	const char *target, int64_t end_ns);
/* Checks that the truth lies in the ideal observer's bounds; else counts and prints that. */
void claim_check_oracle(struct claim *claim, struct trial *trial);
/* Counts a verdict by a bound that should be decided. */
void claim_count_decision(const struct claim *claim, struct trial *trial, struct interval found,
	enum verdict verdict, const char *reason, int64_t bound_ns);
/* Draws how far from the truth a bound is by which an undisturbed series must decide. */
int64_t claim_margin(const struct claim *claim, struct dice *dice);
/* Draws a bound next to the found interval or to the truth. */
int64_t claim_bound(const struct claim *claim, struct interval found, struct dice *dice);
/* Checks an interval and, unless bound_ns is NS_NONE, its verdict. */
void claim_check(struct claim *claim, struct trial *trial, struct interval found,
	enum verdict verdict, const char *reason, int64_t bound_ns);
/* Counts and prints another violation, once for each claim. */
void claim_fail(struct claim *claim, struct trial *trial, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* Judges a standalone folder and checks all claims. */
void standalone_check(struct trial *trial, struct claim *claims, size_t count);

#endif
