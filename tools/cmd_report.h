/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `blackout report`: see cmd_report.c. */
#ifndef BLACKOUT_CMD_REPORT_H
#define BLACKOUT_CMD_REPORT_H

/* argv[0] is "report". Returns the exit status that the folder's verdicts ask for. */
int cmd_report(int argc, char **argv);

#endif
