/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BLACKOUT_CMD_COMPARE_H
#define BLACKOUT_CMD_COMPARE_H

int cmd_compare(int argc, char **argv);

#endif
