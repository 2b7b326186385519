/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `blackout lab up|down|status|exec`: argv[0] is "lab". Returns an exit status (base.h). */
#ifndef BLACKOUT_CMD_LAB_H
#define BLACKOUT_CMD_LAB_H

int cmd_lab(int argc, char **argv);

#endif
