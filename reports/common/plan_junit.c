/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A plan's moves as JUnit tests: see plan_junit.h. */
#include "reports/common/plan_junit.h"
#include "harness/plan/settings.h"

#include "harness/base/memory.h"
#include "reports/common/document.h"
#include "reports/common/junit.h"

#include <stdlib.h>

static struct junit_test test_of(const struct move_result *m)
{
	struct junit_test test = {.class_name = m->move->case_name};
	const char *why = move_prevented_by(m->move);
	char blackout[NUMBER_TEXT_MAX], bound[32] = "none";

	snprintf(test.name, sizeof(test.name), "run %zu of VM %.100s", m->move->run, m->move->vm);
	if (m->verdict == VERDICT_FAIL) {
		test.element = "failure";
		test.type = "verdict";
	} else if (m->verdict != VERDICT_PASS && m->verdict != VERDICT_NOT_JUDGED) {
		test.element = "skipped";
	}
	if (m->bound_ns != NS_NONE)
		units_format(UNIT_TIME, m->bound_ns, bound, sizeof(bound));
	if (test.element && m->move->set_up_failed)
		snprintf(test.message, sizeof(test.message), "%s: %s: %.360s",
			verdict_name(m->verdict), m->reason, why);
	else if (test.element)
		snprintf(test.message, sizeof(test.message),
			"%s: %s%s%.240s; blackout %s s, bound %s", verdict_name(m->verdict),
			m->reason, why ? ": " : "", why ? why : "",
			interval_text(m->blackout, 3, blackout), bound);
	return test;
}

/* A test that fails if planned moves are missing. */
static struct junit_test missing_of(const struct results *results)
{
	struct junit_test test = {.class_name = "plan", .name = "every planned move was made"};

	if (!results->moves_missing)
		return test;
	test.element = "failure";
	test.type = "missing";
	snprintf(test.message, sizeof(test.message), "%zu planned move%s missing",
		results->moves_missing, results->moves_missing == 1 ? " is" : "s are");
	return test;
}

static const char *title_of(const struct results *results)
{
	const char *title = plan_settings_of(results->plan).title;

	return title ? title : "blackout";
}

int report_junit(const struct results *results, const struct directory *out, struct err *e)
{
	size_t count = results->move_count + 1;
	struct junit_test *tests;
	char *text;
	struct c_locale locale;
	int rc;

	if (!results->plan)
		return 0;
	tests = memory_zeroed("junit.xml", count, sizeof(*tests));
	if (c_locale_enter(&locale, e)) {
		free(tests);
		return -1;
	}
	for (size_t i = 0; i < results->move_count; i++)
		tests[i] = test_of(&results->moves[i]);
	tests[results->move_count] = missing_of(results);
	rc = junit_text(&text, title_of(results), tests, count, e);
	c_locale_leave(&locale);
	free(tests);
	return rc ? -1 : junit_file(text, out, e);
}
