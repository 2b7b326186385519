/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a run says while it goes on: one line a step and event. Display only; nothing is decided here.
 * What a terminal shows instead of the steps is made from the folder, outside of the run.
 */
#ifndef BLACKOUT_RUN_PROGRESS_H
#define BLACKOUT_RUN_PROGRESS_H

#include "harness/base/base.h"

struct progress_view;

/* `say` may be NULL: silent. `steps`: each step has a line too. `runs`: how many are to be done now. */
struct progress_view *progress_open(FILE *say, bool steps, size_t runs);
void progress_close(struct progress_view *view);
/* A run begins: "memory=2GB session=attached", 3 of 5. */
void progress_run(struct progress_view *view, const char *case_name, size_t run, size_t repeat);
/* The run has ended. */
void progress_run_end(struct progress_view *view);
/* A step begins, or something worth a line happened. */
void progress_step(struct progress_view *view, const char *step);
void progress_event(struct progress_view *view, const char *fmt, ...) PRINTF_LIKE(2, 3);

#endif
