/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Executes gnuplot without a shell and with a time limit. */
#ifndef BLACKOUT_REPORTS_COMMON_GNUPLOT_H
#define BLACKOUT_REPORTS_COMMON_GNUPLOT_H

#include "harness/base/base.h"

/* Gnuplot's output, in the folder where it was executed. */
#define GNUPLOT_LOG "gnuplot.log"

/* Size of a buffer for the reason why nothing was drawn. */
#define GNUPLOT_WHY_MAX 480

/* Size of a buffer for the note that a report has no charts, with the reason. */
#define REPORT_NOTE_MAX 768

/*
 * Executes `gnuplot SCRIPT` in DIR: no start-up files, C locale, empty input, at most 2 minutes.
 * False, with the reason, if gnuplot is missing, fails or hangs; its pictures may then be
 * incomplete.
 */
bool gnuplot_execute(const char *dir, const char *script, char why[static GNUPLOT_WHY_MAX]);

#endif
