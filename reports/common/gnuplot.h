/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Running gnuplot, without a shell and not for ever. */
#ifndef BLACKOUT_REPORTS_COMMON_GNUPLOT_H
#define BLACKOUT_REPORTS_COMMON_GNUPLOT_H

#include "harness/base/base.h"

/* What gnuplot said, in the folder it ran in. */
#define GNUPLOT_LOG "gnuplot.log"

/* Room for why nothing was drawn. */
#define GNUPLOT_WHY_MAX 480

/* Room for the note that a report has no charts, and why. */
#define REPORT_NOTE_MAX 768

/*
 * Runs `gnuplot SCRIPT` in DIR: no start-up files, C locale, nothing to read, two minutes at most.
 * false, with the reason, if it is not there, ends badly or hangs; what it drew may then be half.
 */
bool gnuplot_run(const char *dir, const char *script, char why[static GNUPLOT_WHY_MAX]);

#endif
