/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Running gnuplot, without a shell and not for ever. */
#ifndef BLACKOUT_REPORTS_GNUPLOT_H
#define BLACKOUT_REPORTS_GNUPLOT_H

#include "harness/base.h"

/* What gnuplot said, in the folder it ran in. */
#define GNUPLOT_LOG "gnuplot.log"

enum gnuplot_result { GNUPLOT_DREW, GNUPLOT_ABSENT, GNUPLOT_FAILED };

/*
 * Runs `gnuplot SCRIPT` in DIR: no start-up files, C locale, nothing to read, two minutes at most.
 * GNUPLOT_FAILED with what it said in `e` if it ends badly, hangs or cannot be started.
 */
enum gnuplot_result gnuplot_run(const char *dir, const char *script, struct err *e);

#endif
