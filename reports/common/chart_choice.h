/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Chooses the moves that get a chart, and the charts' names. With few moves each gets one; with
 * many, the urgent ones and those that the user asks for.
 */
#ifndef BLACKOUT_REPORTS_COMMON_CHART_CHOICE_H
#define BLACKOUT_REPORTS_COMMON_CHART_CHOICE_H

#include "harness/verdict/verdict.h"

#define CHART_NAME_MAX 160
/* Up to this many moves each is drawn; with more, at most MOVES_DRAWN_MAX besides the wishes. */
#define MOVES_ALL_DRAWN 40
#define MOVES_DRAWN_MAX 24

/* Moves that the user wants drawn besides the urgent ones. */
struct chart_wishes {
	bool all;
	const char *const *only; /* "CASE" or "CASE/RUN" each */
	size_t only_count;
};

/* The arrays are parallel to the results' moves. */
struct move_charts {
	char (*names)[CHART_NAME_MAX]; /* without suffix, unique */
	bool *drawn;
	size_t count, drawn_count;
};

/*
 * Chooses in this order: the worst urgent move of each case; other urgent moves; the worst move of
 * each case without urgent ones; the first move of each case. Errors: memory, a wish for a move
 * that the results do not have.
 */
int move_charts_init(struct move_charts *charts, const struct results *results,
	const struct chart_wishes *wishes, struct err *e);
void move_charts_release(struct move_charts *charts);
/* Whether a verdict needs attention: all but PASS and NOT JUDGED. */
bool is_urgent(enum verdict verdict);
/* Whether x needs attention before y: a worse verdict; if equal, a longer blackout. */
bool is_worse(const struct move_result *x, const struct move_result *y);

#endif
