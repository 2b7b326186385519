/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `blackout report`: see cmd_report.c. */
#ifndef BLACKOUT_CMD_REPORT_H
#define BLACKOUT_CMD_REPORT_H

#include "harness/base.h"
#include "reports/move_charts.h"

/*
 * Judges the folder DIR and writes every report to OUT (NULL: none), with what `wishes` (NULL: none) asks
 * for beyond the urgent charts; of a watch-only folder also prints
 * a summary (NULL: none). What fails is said on stderr. Returns the status that the verdicts ask for;
 * USAGE if the folder cannot be read or has no such move, BROKE_OFF if a report cannot be written.
 */
enum status report_folder(const char *dir, const char *out, const struct chart_wishes *wishes,
	FILE *summary);
/* argv[0] is "report". Returns the exit status that the folder's verdicts ask for. */
int cmd_report(int argc, char **argv);

#endif
