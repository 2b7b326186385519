/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BLACKOUT_CMD_CALIBRATE_H
#define BLACKOUT_CMD_CALIBRATE_H

#include "harness/run.h"

/* `blackout calibrate`: argv[0] is "calibrate". Returns the exit status. */
int cmd_calibrate(int argc, char **argv, const struct parts *parts);

#endif
