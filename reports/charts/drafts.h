/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where gnuplot works: a private folder, in which nobody else can replace a script before gnuplot
 * executes it. What it drew is copied into the report.
 */
#ifndef BLACKOUT_REPORTS_CHARTS_DRAFTS_H
#define BLACKOUT_REPORTS_CHARTS_DRAFTS_H

#include "harness/base/directory.h"

/* Makes the folder below TMPDIR. 0 or -1. */
int drafts_open(struct directory *drafts, struct err *e);
/*
 * Copies NAME.dat, NAME.gp and, if `drawn`, NAME.svg into `charts`. A picture that is there but was
 * not drawn again is removed, because it does not belong to the new data.
 */
int drafts_publish(const struct directory *drafts, const struct directory *charts, const char *name,
	bool drawn, struct err *e);
/* Removes the folder. May be called if drafts_open failed. */
void drafts_remove(struct directory *drafts);

#endif
