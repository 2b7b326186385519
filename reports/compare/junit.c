/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A comparison as JUnit XML: for each case a test of its verdicts, its job time, its blackout. */
#include "reports/common/junit.h"
#include "harness/base/memory.h"
#include "reports/compare/compare.h"

#include <stdlib.h>
#include <string.h>

static struct junit_test verdict_outcome(const struct compared_case *c)
{
	struct junit_test o = {.class_name = c->name, .name = "verdict, outcome and integrity"};

	if (*c->worse) {
		o.element = "failure";
		o.type = "verdict";
		snprintf(o.message, sizeof(o.message), "%s in run %zu: %s", c->worse, c->bad->run,
			c->bad->reason);
	} else if (*c->undecided || !c->base_runs || !c->fresh_runs) {
		o.element = "skipped";
		snprintf(o.message, sizeof(o.message), "%s",
			*c->undecided   ? c->undecided
			: !c->base_runs ? "a new case"
					: "the case is missing");
	}
	return o;
}

static struct junit_test measure_outcome(
	const struct comparison *comparison, const struct compared_case *c, enum measure m)
{
	const struct compared *v = &c->measure[m];
	struct junit_test o = {.class_name = c->name};

	snprintf(o.name, sizeof(o.name), "%s", measure_name(m));
	if (v->change == CHANGE_WORSE) {
		o.element = "failure";
		o.type = "regression";
	} else if (v->change == CHANGE_TOO_FEW || v->change == CHANGE_UNCLEAR ||
		   v->change == CHANGE_UNDECIDED || v->change == CHANGE_UNMEASURED) {
		o.element = "skipped";
	}
	if (v->change == CHANGE_UNMEASURED)
		snprintf(o.message, sizeof(o.message), "not measured in base or new");
	else if (o.element)
		compare_case_reason(c, m, comparison, o.message, sizeof(o.message));
	return o;
}

int compare_junit(char **text, const struct comparison *comparison,
	const struct compare_labels *labels, struct err *e)
{
	const size_t each = 1 + MEASURES;
	struct junit_test *tests =
		memory_zeroed("junit.xml", comparison->count * each, sizeof(*tests));
	char name[512];
	int rc;

	*text = NULL;
	for (size_t i = 0; i < comparison->count; i++) {
		const struct compared_case *c = &comparison->cases[i];

		tests[i * each] = verdict_outcome(c);
		for (enum measure m = 0; m < MEASURES; m++)
			tests[i * each + 1 + m] = measure_outcome(comparison, c, m);
	}
	snprintf(name, sizeof(name), "blackout compare %s", labels->fresh);
	rc = junit_text(text, name, tests, comparison->count * each, e);
	free(tests);
	return rc;
}
