/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `blackout watch`: see cmd_watch.c. */
#ifndef BLACKOUT_CMD_WATCH_H
#define BLACKOUT_CMD_WATCH_H

/* argv[0] is "watch". Returns an exit status (base.h). */
int cmd_watch(int argc, char **argv);

#endif
