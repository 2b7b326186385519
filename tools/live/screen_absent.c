/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Replaces screen.c in a build without ncurses: no terminal is usable, so lines are printed. */
#include "tools/live/screen.h"

bool screen_is_usable(FILE *to)
{
	(void)to;
	return false;
}

struct screen *screen_new(FILE *to)
{
	(void)to;
	return NULL;
}

void screen_free(struct screen *screen)
{
	(void)screen;
}

void screen_draw(struct screen *screen, const struct picture *picture)
{
	(void)screen, (void)picture;
}

int screen_wait(struct screen *screen, int fd, int64_t until_ns)
{
	(void)screen, (void)fd, (void)until_ns;
	return 0;
}
