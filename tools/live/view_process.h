/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The live view of `blackout run`: a process beside the run that follows its folder as `blackout
 * watch` does, so that nothing that happens to the screen can hold up the measuring. What the run
 * and its programs write to stderr meanwhile is shown in the view, and printed afterwards.
 */
#ifndef BLACKOUT_TOOLS_LIVE_VIEW_PROCESS_H
#define BLACKOUT_TOOLS_LIVE_VIEW_PROCESS_H

struct beside;

/* NULL: stderr is no terminal for it, nothing has changed. Before there are threads and locks. */
struct beside *beside_begin(const char *dir);
/* Takes the screen away; stderr is what it was. NULL is allowed. */
void beside_end(struct beside *beside);

#endif
