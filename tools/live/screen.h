/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A picture on a terminal, by ncurses: drawn anew where it changed, at the terminal's size. However
 * the process ends, but for SIGKILL, the terminal is left as it was.
 */
#ifndef BLACKOUT_TOOLS_LIVE_SCREEN_H
#define BLACKOUT_TOOLS_LIVE_SCREEN_H

#include "tools/live/picture.h"

struct screen;

/* Whether `to` is a terminal that can do it (not TERM=dumb), and ours to draw on now. */
bool screen_is_usable(FILE *to);
/* Whether the locale writes UTF-8. */
bool screen_has_utf8(void);
/* NULL: the terminal is not known; it is as before then. Colours unless NO_COLOR is set. */
struct screen *screen_new(FILE *to);
void screen_free(struct screen *screen);
void screen_draw(struct screen *screen, const struct picture *picture);
/*
 * Waits until the clock says `until_ns`, a signal comes or `fd` (-1: none) can be read. Returns a key
 * that was pressed, 0: none.
 */
int screen_wait(struct screen *screen, int fd, int64_t until_ns);

#endif
