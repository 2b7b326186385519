/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BLACKOUT_CMD_INIT_H
#define BLACKOUT_CMD_INIT_H

/* `blackout init`: argv[0] is "init". Returns the exit status. */
int cmd_init(int argc, char **argv);

#endif
