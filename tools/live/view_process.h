/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The live view of `blackout run`: a child process that follows the folder as `blackout watch`
 * does, so that a slow terminal cannot delay the measurement. What the run and its programs write
 * to stderr meanwhile is shown in the view and printed to the terminal afterwards.
 */
#ifndef BLACKOUT_TOOLS_LIVE_VIEW_PROCESS_H
#define BLACKOUT_TOOLS_LIVE_VIEW_PROCESS_H

struct view_process;

/*
 * Starts the view. It forks: call it before any thread or lock exists. NULL: there is no view and
 * nothing changed, because stderr is no suitable terminal or the system refused.
 */
struct view_process *view_process_start(const char *dir);
/* Ends the view and restores stderr and the terminal. Accepts NULL. */
void view_process_stop(struct view_process *process);

#endif
