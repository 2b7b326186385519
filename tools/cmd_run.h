/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `blackout run`: see cmd_run.c. */
#ifndef BLACKOUT_CMD_RUN_H
#define BLACKOUT_CMD_RUN_H

#include "harness/run.h"

/* argv[0] is "run". Returns the exit status. */
int cmd_run(int argc, char **argv, const struct parts *parts);

#endif
