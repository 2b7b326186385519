/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A trend over many folders of the same plan: a row per folder and case, as text, as CSV and as a
 * chart per case. It does not judge whether a change matters: `blackout compare` does.
 */
#ifndef BLACKOUT_REPORTS_COMPARE_TREND_H
#define BLACKOUT_REPORTS_COMPARE_TREND_H

#include "harness/base/directory.h"
#include "reports/compare/compare.h"

/* One result folder of the trend. */
struct trend_folder {
	const char *name;
	struct run_rows rows;
	char *environment;          /* text of environment.json; NULL: there is none */
	int64_t date_ns;            /* of its first job, UTC; NS_NONE: not known */
	struct differences changes; /* from the folder before, by date */
};

/* One case in one folder. */
struct trend_row {
	const struct trend_folder *folder;
	const char *case_name;
	size_t runs;
	struct interval job;      /* means of the runs' lower ends and of their upper ends */
	struct interval blackout; /* of the run with the greatest upper end */
	const char *verdict;      /* the worst of the runs */
};

struct trend {
	struct trend_folder *folder; /* by date; those without a date last */
	size_t folder_count;
	struct trend_row *row; /* case by case, by date within each case */
	size_t row_count;
};

/*
 * Sorts the folders by date, finds the changes of environment between them, and makes the rows.
 * INVALID moves do not count in any figure; moves without the expected outcome do not count in job
 * time. The caller keeps the folders while the trend exists, and frees them.
 */
void trend_init(struct trend *trend, struct trend_folder *folder, size_t count);
void trend_release(struct trend *trend);

void trend_text(FILE *f, const struct trend *trend);
void trend_csv(FILE *f, const struct trend *trend);
/* Writes OUT/charts/trend-CASE.gp, .dat and .svg; `note` says why if gnuplot drew none. */
int trend_charts(const struct trend *trend, const struct directory *out,
	char note[static REPORT_NOTE_MAX], struct err *e);
/* Writes to the folder OUT trend.txt, trend.csv and the charts. */
int trend_write(const struct trend *trend, const struct directory *out,
	char note[static REPORT_NOTE_MAX], struct err *e);

#endif
