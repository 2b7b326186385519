/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `blackout mark`: see cmd_mark.c. */
#ifndef BLACKOUT_CMD_MARK_H
#define BLACKOUT_CMD_MARK_H

/* argv[0] is "mark". Returns an exit status (base.h). */
int cmd_mark(int argc, char **argv);

#endif
