/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which moves have a chart of their own, and what each chart is called. A plan of few moves has all of
 * them; of one with many the urgent ones are drawn, and those that somebody asks for.
 */
#ifndef BLACKOUT_REPORTS_COMMON_CHART_CHOICE_H
#define BLACKOUT_REPORTS_COMMON_CHART_CHOICE_H

#include "harness/verdict/verdict.h"

#define CHART_NAME_MAX 160
/* Up to so many moves all are drawn; of more, at most so many that nobody asked for. */
#define MOVES_ALL_DRAWN 40
#define MOVES_DRAWN_MOST 24

/* What somebody asks for beyond the urgent ones. */
struct chart_wishes {
	bool all;
	const char *const *only; /* "CASE" or "CASE/RUN" each */
	size_t only_count;
};

/* Parallel to the results' moves. */
struct move_charts {
	char (*names)[CHART_NAME_MAX]; /* without suffix, no two alike */
	bool *drawn;
	size_t count, drawn_count;
};

/*
 * Chooses, in this order: of each case the worst move that is neither PASS nor NOT JUDGED; the others that
 * are neither; the worst of each other case; the first of each case. Errors: memory, a wish for a
 * move that the results do not have.
 */
int move_charts_make(struct move_charts *charts, const struct results *results,
	const struct chart_wishes *wishes, struct err *e);
void move_charts_free(struct move_charts *charts);
/* Whether a verdict is one that somebody should look at. */
bool is_urgent(enum verdict verdict);
/* Whether x is to be looked at before y: the worse verdict, the longer blackout. */
bool is_worse(const struct move_result *x, const struct move_result *y);

#endif
