/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The display of `blackout probe`: on a terminal one screen that is redrawn in place, elsewhere one
 * line per event. Display only; the report has the bounds.
 */
#ifndef BLACKOUT_TOOLS_COMMANDS_PROBE_VIEW_H
#define BLACKOUT_TOOLS_COMMANDS_PROBE_VIEW_H

#include "harness/ops/probe.h"

struct probe_view;

/* `live`: redraw a screen, `to` is a terminal. `colour`: use colours. NULL out of memory. */
struct probe_view *probe_view_new(FILE *to, bool live, bool colour,
	const struct probe_target *targets, size_t count, int64_t interval_ns);
/*
 * Shows the newest values of each target, in order. now_ns (monotonic) and utc_ns are the same
 * moment.
 */
void probe_view_take(struct probe_view *view, const struct probe_live *live, size_t count,
	int64_t now_ns, int64_t utc_ns);
/* Erases the screen; event lines remain. `view` may be NULL. */
void probe_view_free(struct probe_view *view);

#endif
