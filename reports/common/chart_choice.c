/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which moves have a chart: see chart_choice.h. */
#include "reports/common/chart_choice.h"

#include "harness/base/memory.h"
#include "reports/common/document.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

/* Why a move is drawn, most important first. RANKS: it is not drawn. */
enum rank { WORST_OF_CASE, URGENT, WORST_OF_QUIET_CASE, FIRST_OF_CASE, RANKS };

struct candidate {
	const struct move_result *m;
	enum rank rank;
};

bool is_urgent(enum verdict verdict)
{
	return verdict == VERDICT_FAIL || verdict == VERDICT_INVALID ||
	       verdict == VERDICT_INCONCLUSIVE;
}

bool is_worse(const struct move_result *x, const struct move_result *y)
{
	if (x->verdict != y->verdict)
		return x->verdict > y->verdict;
	if (x->blackout.hi_ns != y->blackout.hi_ns)
		return x->blackout.hi_ns > y->blackout.hi_ns;
	return x < y;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* For tdestroy: the names in the tree belong to the charts and are not freed. */
static void keep(void *unused)
{
	(void)unused;
}

/* Names each move's chart after case and run, with a number appended if the name is taken. */
static int name_moves(struct move_charts *charts, const struct results *results, struct err *e)
{
	void *taken = NULL;
	char safe[96];

	for (size_t i = 0; i < charts->count; i++) {
		const struct move *move = results->moves[i].move;
		char *name = charts->names[i];
		unsigned n = 1;

		name_safe(move->case_name, safe, sizeof(safe));
		snprintf(name, CHART_NAME_MAX, "move-%s-%zu", safe, move->run);
		while (tfind(name, &taken, by_text))
			snprintf(name, CHART_NAME_MAX, "move-%s-%zu-%u", safe, move->run, ++n);
		if (!tsearch(name, &taken, by_text)) {
			tdestroy(taken, keep);
			return err_set(e, "charts: out of memory");
		}
	}
	tdestroy(taken, keep);
	return 0;
}

static int by_case(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;
	int order = strcmp(x->m->move->case_name, y->m->move->case_name);

	if (order)
		return order;
	return is_worse(x->m, y->m) ? -1 : 1;
}

static int by_rank(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	if (x->rank != y->rank)
		return (int)x->rank - (int)y->rank;
	return is_worse(x->m, y->m) ? -1 : 1;
}

/* Ranks the moves of one case, which are sorted with the worst first. */
static void rank_case(struct candidate *candidates, size_t count)
{
	size_t first = 0;

	for (size_t i = 0; i < count; i++) {
		candidates[i].rank = is_urgent(candidates[i].m->verdict) ? URGENT : RANKS;
		if (candidates[i].m < candidates[first].m)
			first = i;
	}
	if (candidates[first].rank == RANKS)
		candidates[first].rank = FIRST_OF_CASE;
	candidates[0].rank = candidates[0].rank == URGENT ? WORST_OF_CASE : WORST_OF_QUIET_CASE;
}

static void draw_urgent(struct move_charts *charts, const struct results *results)
{
	struct candidate *candidates = memory_zeroed("charts", charts->count, sizeof(*candidates));
	size_t next;

	for (size_t i = 0; i < charts->count; i++)
		candidates[i].m = &results->moves[i];
	qsort(candidates, charts->count, sizeof(*candidates), by_case);
	for (size_t i = 0; i < charts->count; i = next) {
		for (next = i + 1; next < charts->count; next++)
			if (strcmp(candidates[i].m->move->case_name,
				    candidates[next].m->move->case_name) != 0)
				break;
		rank_case(&candidates[i], next - i);
	}
	qsort(candidates, charts->count, sizeof(*candidates), by_rank);
	for (size_t i = 0; i < MOVES_DRAWN_MAX && candidates[i].rank < RANKS; i++)
		charts->drawn[candidates[i].m - results->moves] = true;
	free(candidates);
}

/* Whether `wish` ("CASE" or "CASE/RUN") names the move. Case names may contain slashes, too. */
static bool is_wished(const struct move *move, const char *wish)
{
	char text[1024];

	if (strcmp(move->case_name, wish) == 0)
		return true;
	return snprintf(text, sizeof(text), "%s/%zu", move->case_name, move->run) <
		       (int)sizeof(text) &&
	       strcmp(text, wish) == 0;
}

static int draw_wished(
	struct move_charts *charts, const struct results *results, const char *wish, struct err *e)
{
	char safe[256], last[256];
	bool found = false;

	for (size_t i = 0; i < charts->count; i++) {
		if (!is_wished(results->moves[i].move, wish))
			continue;
		charts->drawn[i] = true;
		found = true;
	}
	if (found)
		return 0;
	if (!charts->count)
		return err_set(e, "--chart: no move '%s': this folder has no moves",
			text_safe(wish, safe, sizeof(safe)));
	return err_set(e,
		"--chart: no move '%s' (CASE or CASE/RUN as runs.csv has them, such as '%s/%zu')",
		text_safe(wish, safe, sizeof(safe)),
		text_safe(results->moves[0].move->case_name, last, sizeof(last)),
		results->moves[0].move->run);
}

int move_charts_init(struct move_charts *charts, const struct results *results,
	const struct chart_wishes *wishes, struct err *e)
{
	size_t count = results->move_count;
	bool all = count <= MOVES_ALL_DRAWN || (wishes && wishes->all);

	*charts = (struct move_charts){
		.names = memory_zeroed("charts", count + 1, sizeof(*charts->names)),
		.drawn = memory_zeroed("charts", count + 1, sizeof(*charts->drawn)),
		.count = count};
	if (name_moves(charts, results, e))
		goto fail;
	if (!all)
		draw_urgent(charts, results);
	for (size_t i = 0; wishes && i < wishes->only_count; i++)
		if (draw_wished(charts, results, wishes->only[i], e))
			goto fail;
	for (size_t i = 0; i < count; i++) {
		charts->drawn[i] |= all;
		charts->drawn_count += charts->drawn[i];
	}
	return 0;
fail:
	move_charts_release(charts);
	return -1;
}

void move_charts_release(struct move_charts *charts)
{
	free(charts->names);
	free(charts->drawn);
	*charts = (struct move_charts){0};
}
