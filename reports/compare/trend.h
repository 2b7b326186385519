/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Many folders of the same plan as a trend: a row a folder and case, shown as text, CSV and a chart a
 * case. It shows; whether a change matters is for `compare` to judge.
 */
#ifndef BLACKOUT_REPORTS_COMPARE_TREND_H
#define BLACKOUT_REPORTS_COMPARE_TREND_H

#include "reports/compare/compare.h"

/* A folder of runs, as it was given. */
struct trend_folder {
	const char *name;
	struct run_rows rows;
	char *environment;          /* of environment.json; NULL: there is none */
	int64_t date_ns;            /* its first job, UTC; NS_NONE: no run says when */
	struct differences changes; /* against the folder before */
};

/* One case in one folder. */
struct trend_row {
	const struct trend_folder *folder;
	const char *case_name;
	size_t runs;
	struct interval job;      /* the mean of the lower ends and of the upper ends */
	struct interval blackout; /* of the run with the greatest upper end */
	const char *verdict;      /* the worst */
};

struct trend {
	struct trend_folder *folder; /* by date; those without one last */
	size_t folder_count;
	struct trend_row *row; /* case by case, by date in each */
	size_t row_count;
};

/*
 * Sorts the folders by date, finds what changed between them and makes the rows. Moves that were
 * INVALID count in no figure, those whose outcome was not as expected not in job time. The folders
 * outlive the trend, and are the caller's to free.
 */
void trend_make(struct trend *trend, struct trend_folder *folder, size_t count);
void trend_free(struct trend *trend);

void trend_text(FILE *f, const struct trend *trend);
void trend_csv(FILE *f, const struct trend *trend);
/* OUT/charts/trend-CASE.svg with its script and data; `note` says where there is no gnuplot. */
int trend_charts(const struct trend *trend, const char *out, char note[static REPORT_NOTE_MAX],
	struct err *e);
/* trend.txt, trend.csv and the charts in OUT, which is made. */
int trend_write(const struct trend *trend, const char *out, char note[static REPORT_NOTE_MAX],
	struct err *e);

#endif
