/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Subcommands that need none of the concrete parts. */
#ifndef BLACKOUT_CMD_H
#define BLACKOUT_CMD_H

#include "harness/plan.h"

/* Bytes of memory of this machine. */
int64_t machine_memory(void);
/*
 * Reads a plan that is to be run on this machine, a file or a shipped plan's name; prints all that is
 * wrong with it. NULL then.
 */
struct plan *plan_for_this_machine(const char *path);

/* `blackout check PLAN`: argv[0] is "check". Returns the exit status. */
int cmd_check(int argc, char **argv);

#endif
