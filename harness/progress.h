/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a person sees while a plan runs: on a terminal one line that is rewritten, elsewhere one line an
 * event. Display only; nothing is decided here.
 */
#ifndef BLACKOUT_PROGRESS_H
#define BLACKOUT_PROGRESS_H

#include "harness/base.h"

struct progress_view;

/* `say` may be NULL: silent. `live`: it is a terminal. `runs`: how many are to be done now. */
struct progress_view *progress_open(FILE *say, bool live, size_t runs);
void progress_close(struct progress_view *view);
/* A run begins: "memory=2GB session=attached", 3 of 5. */
void progress_run(struct progress_view *view, const char *case_name, size_t run, size_t repeat,
	int64_t now_ns);
/* The run has ended; the time left is estimated from those done. */
void progress_run_end(struct progress_view *view);
/* A step begins, or something worth a line happened. */
void progress_step(struct progress_view *view, const char *step);
void progress_event(struct progress_view *view, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* The present moment: share of memory copied in percent (-1: not known) and the VM's silence. */
void progress_now(struct progress_view *view, int copied_percent, int64_t gap_ns, int64_t now_ns);

#endif
