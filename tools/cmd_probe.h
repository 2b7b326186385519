/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `blackout probe`: see cmd_probe.c. */
#ifndef BLACKOUT_CMD_PROBE_H
#define BLACKOUT_CMD_PROBE_H

#include "harness/probe.h"

/* argv[0] is "probe"; `ops` is the engine. Returns the exit status. */
int cmd_probe(int argc, char **argv, const struct probe_ops *ops);

#endif
