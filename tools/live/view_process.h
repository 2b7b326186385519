/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The live view of `blackout run`: a process beside the run that follows its folder as `blackout
 * watch` does, so that nothing that happens to the screen can hold up the measuring. What the run
 * and its programs write to stderr meanwhile is shown in the view, and printed afterwards.
 */
#ifndef BLACKOUT_TOOLS_LIVE_VIEW_PROCESS_H
#define BLACKOUT_TOOLS_LIVE_VIEW_PROCESS_H

struct view_process;

/* NULL: stderr is no terminal for it, nothing has changed. Before there are threads and locks. */
struct view_process *view_process_start(const char *dir);
/* Takes the screen away; stderr is what it was. NULL is allowed. */
void view_process_stop(struct view_process *process);

#endif
