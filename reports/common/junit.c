/* SPDX-License-Identifier: GPL-3.0-or-later */
/* JUnit XML: see junit.h. */
#include "reports/common/junit.h"

#include "harness/base/text.h"

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

static int put_suite(
	xmlTextWriterPtr w, const char *suite, const struct junit_test *tests, size_t count)
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

int junit_text(
	char **text, const char *suite, const struct junit_test *tests, size_t count, struct err *e)
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

int junit_file(char *text, const struct directory *out, struct err *e)
{
	int rc = directory_write(out, "junit.xml", text, strlen(text), e);

	free(text);
	return rc;
}
