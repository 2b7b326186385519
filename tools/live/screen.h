/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Shows a picture on a terminal, by ncurses. The terminal is restored however the process ends,
 * except by SIGKILL.
 */
#ifndef BLACKOUT_TOOLS_LIVE_SCREEN_H
#define BLACKOUT_TOOLS_LIVE_SCREEN_H

#include "tools/live/picture.h"

struct screen;

/* True if `to` is a terminal with a movable cursor and this process is in its foreground. */
bool screen_is_usable(FILE *to);
/* Takes over the terminal, with colours unless NO_COLOR is set. NULL: it failed without effect. */
struct screen *screen_new(FILE *to);
void screen_free(struct screen *screen);
void screen_draw(struct screen *screen, const struct picture *picture);
/*
 * Waits until until_ns (monotonic), until a signal arrives or until `fd` (-1: none) is readable.
 * Returns the key that was pressed; 0: none.
 */
int screen_wait(struct screen *screen, int fd, int64_t until_ns);

#endif
