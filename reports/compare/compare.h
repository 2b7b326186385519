/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A comparison shown: text for people, CSV, Markdown for a merge request, JUnit XML for a CI
 * server, and a chart. Each prints; none judges.
 */
#ifndef BLACKOUT_REPORTS_COMPARE_COMPARE_H
#define BLACKOUT_REPORTS_COMPARE_COMPARE_H

#include "harness/compare/compare.h"
#include "reports/common/gnuplot.h"

/* A value of environment.json that base and new do not share. */
struct difference {
	char what[192]; /* "site.link_bps" */
	char base[128], fresh[128];
	bool meaningless; /* figures of the two say nothing about each other */
};

struct differences {
	struct difference *difference;
	size_t count, room;
	bool unknown; /* base or new has no environment.json */
};

/*
 * What differs between two environment.json texts (NULL: there is none), but for what differs from
 * one run to the next by nature. A text that is no JSON object is `unknown`.
 */
void differences_find(struct differences *differences, const char *base, const char *fresh);
void differences_free(struct differences *differences);

/* What the outputs name the two sides by, and how it was asked. */
struct compare_labels {
	const char *base, *fresh; /* folders, as given */
	const struct differences *differences;
};

void compare_text(
	FILE *f, const struct comparison *comparison, const struct compare_labels *labels);
void compare_markdown(
	FILE *f, const struct comparison *comparison, const struct compare_labels *labels);
void compare_csv(FILE *f, const struct comparison *comparison);
/* The comparison as a JUnit test suite: a test a case and measure. malloc'd text. */
int compare_junit(char **text, const struct comparison *comparison,
	const struct compare_labels *labels, struct err *e);
/* Base and new, run by run, case by case: OUT/charts/compare.svg with its .gp and .dat. */
int compare_chart(const struct comparison *comparison, const struct compare_labels *labels,
	const char *out, char note[static REPORT_NOTE_MAX], struct err *e);

/* "REGRESSION: 2 of 6 cases" and the like: the first line of each output. */
const char *compare_headline(const struct comparison *comparison, char *buf, size_t size);
/* Where the comparison is hopeless: how many runs would tell. */
const char *compare_too_few(const struct comparison *comparison, char *buf, size_t size);
/* Why a case is worse or cannot be told, in words; "" where there is nothing to say. */
const char *compare_case_story(const struct compared_case *c, enum measure measure,
	const struct comparison *comparison, char *buf, size_t size);

/* compare.txt, compare.csv, compare.md, junit.xml and the chart in OUT, which is made. */
int compare_write(const struct comparison *comparison, const struct compare_labels *labels,
	const char *out, char note[static REPORT_NOTE_MAX], struct err *e);

#endif
