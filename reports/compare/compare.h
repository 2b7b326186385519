/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Outputs of a comparison: text for people, CSV, Markdown for a merge request, JUnit XML for a CI
 * server, and a chart. They print; they do not judge.
 */
#ifndef BLACKOUT_REPORTS_COMPARE_COMPARE_H
#define BLACKOUT_REPORTS_COMPARE_COMPARE_H

#include "harness/base/directory.h"
#include "harness/compare/compare.h"
#include "reports/common/gnuplot.h"

/* A value in environment.json that differs between base and new. */
struct difference {
	char what[192]; /* "site.link_bps" */
	char base[128], fresh[128];
	bool meaningless; /* with this difference, comparing figures is meaningless */
};

struct differences {
	struct difference *difference;
	size_t count, capacity;
	bool unknown; /* base or new has no environment.json */
};

/*
 * Finds the differences between two texts of environment.json (NULL: there is none), except values
 * that differ from run to run anyway. If a text is not a JSON object, `unknown` is set.
 */
void differences_find(struct differences *differences, const char *base, const char *fresh);
void differences_release(struct differences *differences);

/* Names of the two sides in the outputs, and the differences of their environments. */
struct compare_labels {
	const char *base, *fresh; /* folders, as given */
	const struct differences *differences;
};

void compare_text(
	FILE *f, const struct comparison *comparison, const struct compare_labels *labels);
void compare_markdown(
	FILE *f, const struct comparison *comparison, const struct compare_labels *labels);
void compare_csv(FILE *f, const struct comparison *comparison);
/* The comparison as a JUnit test suite, a test per case and measure (malloc'd). */
int compare_junit(char **text, const struct comparison *comparison,
	const struct compare_labels *labels, struct err *e);
/* Writes OUT/charts/compare.gp, .dat and .svg: all runs of base and new, case by case. */
int compare_chart(const struct comparison *comparison, const struct compare_labels *labels,
	const struct directory *out, char note[static REPORT_NOTE_MAX], struct err *e);

/* "REGRESSION: 2 of 6 cases" and the like: the first line of each output. */
const char *compare_headline(const struct comparison *comparison, char *buf, size_t size);
/* If there are too few runs to find a regression: how many are needed. */
const char *compare_too_few(const struct comparison *comparison, char *buf, size_t size);
/* In words, why a case is worse or undecided; "" if it is neither. */
const char *compare_case_reason(const struct compared_case *c, enum measure measure,
	const struct comparison *comparison, char *buf, size_t size);

/* Writes to the folder OUT compare.txt, compare.csv, compare.md, junit.xml and the chart. */
int compare_write(const struct comparison *comparison, const struct compare_labels *labels,
	const struct directory *out, char note[static REPORT_NOTE_MAX], struct err *e);

#endif
