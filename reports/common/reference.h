/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Published figures to compare a run with: copied from the study into reference/ as CSV, built into
 * the program. Reports print them as the study's; they never affect a verdict.
 */
#ifndef BLACKOUT_REPORTS_COMMON_REFERENCE_H
#define BLACKOUT_REPORTS_COMMON_REFERENCE_H

#include "harness/base/base.h"

/* Requests that a one-second ping lost in a row in one run. */
struct reference_blackout {
	char test[8];     /* "I" or "II" */
	char session[16]; /* "attached" or "detached" */
	int memory_gb, run, lost;
};

/* Job time of one run, or the mean as published (run 0), in whole seconds. */
struct reference_job {
	char test[8];
	int memory_gb, run, job_s;
};

/* A statement of the study: its text, and its value (NAN if it has none). */
struct reference_note {
	char item[32];
	double value;
	char *text;
};

/* A setting of the balancer: its key in a plan and in environment.json, and the study's columns. */
struct reference_setting {
	char key[32], setting[32], usual[32], range[32], tests[32];
};

struct reference {
	struct reference_blackout *blackouts;
	size_t blackout_count;
	struct reference_job *jobs;
	size_t job_count;
	struct reference_note *notes;
	size_t note_count;
	struct reference_setting *settings;
	size_t setting_count;
};

/* Reads the built-in tables. Errors: a damaged table (the message names line and column). */
int reference_read(struct reference **reference, struct err *e);
void reference_free(struct reference *reference);
/* The text of an item, "" if there is none. */
const char *reference_text(const struct reference *reference, const char *item);

/*
 * Length of a silence in which a one-second ping lost `lost` requests in a row: between lost - 1
 * and lost + 1 s. With none lost: below 1 s.
 */
struct interval lost_interval(int lost);

#endif
