/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a person sees while `blackout probe` watches: on a terminal one screen that is redrawn in
 * place, elsewhere one line an event. Display only; the report has the bounds.
 */
#ifndef BLACKOUT_TOOLS_COMMANDS_PROBE_VIEW_H
#define BLACKOUT_TOOLS_COMMANDS_PROBE_VIEW_H

#include "harness/ops/probe.h"

struct probe_view;

/* `live`: `to` is a terminal. `colour`: it may be coloured. NULL out of memory. */
struct probe_view *probe_view_open(FILE *to, bool live, bool colour,
	const struct probe_target *targets, size_t count, int64_t interval_ns);
/* The newest values of each target, in order; monotonic time and the wall clock at that moment. */
void probe_view_take(struct probe_view *view, const struct probe_live *live, size_t count,
	int64_t now_ns, int64_t utc_ns);
/* Takes the screen away; lines stay. NULL is allowed. */
void probe_view_close(struct probe_view *view);

#endif
