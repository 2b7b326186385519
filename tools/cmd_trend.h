/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BLACKOUT_CMD_TREND_H
#define BLACKOUT_CMD_TREND_H

/* `blackout trend`: argv[0] is "trend". Returns the exit status. */
int cmd_trend(int argc, char **argv);

#endif
