/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What was found against the truth: bounds that do not hold it, verdicts against it, and whether
 * the undisturbed series decide. Bounds to be judged by are drawn next to lo, hi and the truth.
 */
#ifndef BLACKOUT_TESTS_PROPERTY_CHECK_H
#define BLACKOUT_TESTS_PROPERTY_CHECK_H

#include "harness/verdict/verdict.h"
#include "tests/property/prober.h"
#include "tests/property/scratch.h"

/* Of one path. */
struct tally {
	unsigned long series;
	unsigned long above, below;      /* lo above the truth, hi below it: outside */
	unsigned long wrong;             /* verdicts */
	unsigned long unread;            /* refused, or not the series that there should be */
	unsigned long deciding, decided; /* bounds far from the truth of undisturbed series */
	unsigned long decidable;         /* of these by an ideal observer */
	/* Undisturbed series; of these whose hi is an ideal observer's to half a pace. */
	unsigned long measured, narrow;
	unsigned long inconsistent; /* truths that the ideal observer's bounds do not hold */
};

/* One generated folder. */
struct trial {
	const char *path;
	uint64_t seed;
	struct tally *tally;
	bool verbose, undecided; /* tell all violations; tell what should be decided and is not */
	struct dice *dice;
	const struct scratch *scratch;
	const struct prober *others[2]; /* whose script is told with each violation */
	char script[2048];              /* what was generated beside the probers */
};

/* What must be found of one series. */
struct claim {
	char target[64]; /* name; of a capture: address */
	int ident;       /* of a capture with several series to one address; -1: any */
	const struct prober *prober;
	struct interval truth;
	struct interval ideal; /* what an ideal observer would say */
	int64_t tolerance_ns;
	int64_t tail_ns;  /* from the last request in the data to where the prober stopped */
	bool undisturbed; /* neither pause nor step nor kill nor loss */
	bool open;        /* silent at an end */
	bool unmeasured;  /* the data show no request */
	bool outside, wrong, refused; /* a violation of the kind was told */
};

/* Adds a line to the trial's script. */
void trial_say(struct trial *trial, const char *fmt, ...) PRINTF_LIKE(2, 3);
/*
 * The claim of a prober: truth and tolerance from the oracle. `end_ns` is the data's end, in true
 * time.
 */
struct claim claim_of(const struct prober *prober, const struct watched *watched,
	const char *target, int64_t end_ns);
/* Whether the ideal observer and the oracle agree; tells and counts it where not. */
void claim_verify(struct claim *claim, struct trial *trial);
/* Counts a bound that should be decided. */
void claim_decide(const struct claim *claim, struct trial *trial, struct interval found,
	enum verdict verdict, const char *reason, int64_t bound_ns);
/* How far a bound must be from the truth so that an undisturbed series decides. */
int64_t claim_margin(const struct claim *claim, struct dice *dice);
/* Draws a bound next to what was found or to the truth. */
int64_t claim_bound(const struct claim *claim, struct interval found, struct dice *dice);
/* Checks an interval, and with a bound (not NS_NONE) its verdict. */
void claim_check(struct claim *claim, struct trial *trial, struct interval found,
	enum verdict verdict, const char *reason, int64_t bound_ns);
/* Tells and counts something else that is not as it must be. */
void claim_refuse(struct claim *claim, struct trial *trial, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* Judges a standalone folder and checks all claims. */
void standalone_check(struct trial *trial, struct claim *claims, size_t count);

#endif
