/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `blackout analyse`: see cmd_analyse.c. */
#ifndef BLACKOUT_CMD_ANALYSE_H
#define BLACKOUT_CMD_ANALYSE_H

/* argv[0] is "analyse". Returns the exit status. */
int cmd_analyse(int argc, char **argv);

#endif
