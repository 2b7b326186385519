/* SPDX-License-Identifier: GPL-3.0-or-later */
/* JUnit XML, and a plan's moves in it: see junit.h. */
#include "reports/common/junit.h"

#include "reports/common/document.h"

#include <libxml/xmlwriter.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define X(text) BAD_CAST(text)

static int put_attribute(xmlTextWriterPtr w, const char *name, const char *value)
{
	char safe[640];

	return xmlTextWriterWriteAttribute(w, X(name), X(text_safe(value, safe, sizeof(safe)))) < 0;
}

static int put_test(xmlTextWriterPtr w, const struct junit_test *test)
{
	int rc = 0;

	rc |= xmlTextWriterStartElement(w, X("testcase")) < 0;
	rc |= put_attribute(w, "classname", test->class_name);
	rc |= put_attribute(w, "name", test->name);
	if (test->element) {
		rc |= xmlTextWriterStartElement(w, X(test->element)) < 0;
		rc |= put_attribute(w, "message", test->message);
		if (strcmp(test->element, "failure") == 0)
			rc |= put_attribute(w, "type", test->type);
		rc |= xmlTextWriterEndElement(w) < 0;
	}
	return rc | (xmlTextWriterEndElement(w) < 0);
}

static int put_suite(xmlTextWriterPtr w, const char *suite, const struct junit_test *tests, size_t count)
{
	unsigned failures = 0, skipped = 0;
	int rc = 0;

	for (size_t i = 0; i < count; i++) {
		failures += tests[i].element && strcmp(tests[i].element, "failure") == 0;
		skipped += tests[i].element && strcmp(tests[i].element, "skipped") == 0;
	}
	rc |= xmlTextWriterStartElement(w, X("testsuite")) < 0;
	rc |= put_attribute(w, "name", suite);
	rc |= xmlTextWriterWriteFormatAttribute(w, X("tests"), "%zu", count) < 0;
	rc |= xmlTextWriterWriteFormatAttribute(w, X("failures"), "%u", failures) < 0;
	rc |= xmlTextWriterWriteAttribute(w, X("errors"), X("0")) < 0;
	rc |= xmlTextWriterWriteFormatAttribute(w, X("skipped"), "%u", skipped) < 0;
	for (size_t i = 0; i < count && !rc; i++)
		rc |= put_test(w, &tests[i]);
	return rc | (xmlTextWriterEndElement(w) < 0);
}

int junit_text(char **text, const char *suite, const struct junit_test *tests, size_t count,
	struct err *e)
{
	xmlBufferPtr buffer = xmlBufferCreate();
	xmlTextWriterPtr w = buffer ? xmlNewTextWriterMemory(buffer, 0) : NULL;
	int rc = -1;

	*text = NULL;
	if (w && xmlTextWriterSetIndent(w, 1) >= 0 &&
		xmlTextWriterStartDocument(w, NULL, "UTF-8", NULL) >= 0 &&
		put_suite(w, suite, tests, count) == 0 && xmlTextWriterEndDocument(w) >= 0) {
		xmlFreeTextWriter(w);
		w = NULL;
		*text = strdup((const char *)xmlBufferContent(buffer));
		rc = *text ? 0 : -1;
	}
	if (w)
		xmlFreeTextWriter(w);
	if (buffer)
		xmlBufferFree(buffer);
	return rc ? err_set(e, "junit.xml: out of memory") : 0;
}

static struct junit_test test_of(const struct move_result *m)
{
	struct junit_test test = {.class_name = m->move->case_name};
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
			verdict_name(m->verdict), m->reason, m->move->broke_off);
	else if (test.element)
		snprintf(test.message, sizeof(test.message), "%s: %s; blackout %s s, bound %s",
			verdict_name(m->verdict), m->reason, interval_text(m->blackout, 3, blackout),
			bound);
	return test;
}

/* A move that was planned and is not there is no passed test. */
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
	const char *title = plan_text(NULL, plan_section_find(results->plan, SECTION_PLAN, ""), "title");

	return title ? title : "blackout";
}

int junit_file(char *text, const char *out, struct err *e)
{
	char path[PATH_MAX];
	int rc;

	if (path_join(path, sizeof(path), out, "junit.xml"))
		rc = err_set(e, "%s: name too long", out);
	else
		rc = file_write(path, text, strlen(text), e);
	free(text);
	return rc;
}

int report_junit(const struct results *results, const char *out, struct err *e)
{
	size_t count = results->move_count + 1;
	struct junit_test *tests;
	char *text;
	struct c_locale locale;
	int rc;

	if (!results->plan)
		return 0;
	tests = calloc(count, sizeof(*tests));
	if (!tests)
		return err_set(e, "junit.xml: out of memory");
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
