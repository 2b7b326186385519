/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Prints progress while a plan is carried out: one line per step and event. Display only, no
 * decision depends on it. The live view of a terminal is separate: it reads the result folder
 * (tools/live).
 */
#ifndef BLACKOUT_RUN_PROGRESS_H
#define BLACKOUT_RUN_PROGRESS_H

#include "harness/base/base.h"

struct progress_view;

/*
 * Prints to `out`; NULL: nothing. `steps`: also a line per step. `runs`: the number of runs that
 * will be executed.
 */
struct progress_view *progress_new(FILE *out, bool steps, size_t runs);
void progress_free(struct progress_view *view);
/* A run begins: run `run` of `repeat` of the case. Prints nothing. */
void progress_run(struct progress_view *view, const char *case_name, size_t run, size_t repeat);
/* The run has ended. */
void progress_run_end(struct progress_view *view);
/* Prints a line: a step begins, or an event happened. */
void progress_step(struct progress_view *view, const char *step);
void progress_event(struct progress_view *view, const char *fmt, ...) PRINTF_LIKE(2, 3);

#endif
