/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A comparison as JUnit XML, which CI servers show test by test: a suite with a test for each case's
 * verdicts, job time and blackout. Elements and attributes are those that Jenkins' own schema knows.
 */
#include "reports/compare.h"
#include "reports/doc.h"

#include <libxml/xmlwriter.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define X(text) BAD_CAST(text)

/* One test's outcome. */
struct outcome {
	const char *element; /* "failure", "skipped"; NULL: passed */
	const char *type;
	char message[640];
};

static int put_test(xmlTextWriterPtr w, const char *case_name, const char *what,
	const struct outcome *o)
{
	char safe[256];
	int rc = 0;

	text_safe(case_name, safe, sizeof(safe));
	rc |= xmlTextWriterStartElement(w, X("testcase")) < 0;
	rc |= xmlTextWriterWriteAttribute(w, X("classname"), X(safe)) < 0;
	rc |= xmlTextWriterWriteAttribute(w, X("name"), X(what)) < 0;
	if (o->element) {
		rc |= xmlTextWriterStartElement(w, X(o->element)) < 0;
		rc |= xmlTextWriterWriteAttribute(w, X("message"), X(o->message)) < 0;
		if (strcmp(o->element, "failure") == 0)
			rc |= xmlTextWriterWriteAttribute(w, X("type"), X(o->type)) < 0;
		rc |= xmlTextWriterEndElement(w) < 0;
	}
	return rc | (xmlTextWriterEndElement(w) < 0);
}

static struct outcome verdict_outcome(const struct compared_case *c)
{
	struct outcome o = {0};
	char text[512];

	if (*c->worse) {
		o = (struct outcome){.element = "failure", .type = "verdict"};
		snprintf(text, sizeof(text), "%s in run %zu: %s", c->worse, c->bad->run,
			c->bad->reason);
		text_safe(text, o.message, sizeof(o.message));
	} else if (c->undecided || !c->base_runs || !c->fresh_runs) {
		o = (struct outcome){.element = "skipped"};
		snprintf(o.message, sizeof(o.message), "%s", !c->base_runs ? "a new case"
			: !c->fresh_runs ? "the case is gone"
			: "new moves are INVALID or INCONCLUSIVE");
	}
	return o;
}

static struct outcome measure_outcome(
	const struct comparison *comparison, const struct compared_case *c, enum measure m)
{
	const struct compared *v = &c->measure[m];
	struct outcome o = {0};

	if (v->change == CHANGE_WORSE)
		o = (struct outcome){.element = "failure", .type = "regression"};
	else if (v->change == CHANGE_TOO_FEW || v->change == CHANGE_UNCLEAR ||
		v->change == CHANGE_UNMEASURED)
		o = (struct outcome){.element = "skipped"};
	if (v->change == CHANGE_UNMEASURED)
		snprintf(o.message, sizeof(o.message), "not measured in both");
	else if (o.element)
		compare_case_story(c, m, comparison, o.message, sizeof(o.message));
	return o;
}

static void count(const struct outcome *o, unsigned *failures, unsigned *skipped)
{
	*failures += o->element && strcmp(o->element, "failure") == 0;
	*skipped += o->element && strcmp(o->element, "skipped") == 0;
}

static int put_suite(xmlTextWriterPtr w, const struct comparison *comparison,
	const struct compare_labels *labels)
{
	unsigned failures = 0, skipped = 0;
	char name[512], safe[512];
	int rc = 0;

	for (size_t i = 0; i < comparison->count; i++) {
		const struct compared_case *c = &comparison->cases[i];
		struct outcome o = verdict_outcome(c);

		count(&o, &failures, &skipped);
		for (enum measure m = 0; m < MEASURES; m++) {
			o = measure_outcome(comparison, c, m);
			count(&o, &failures, &skipped);
		}
	}
	snprintf(name, sizeof(name), "blackout compare %s", labels->fresh);
	rc |= xmlTextWriterStartElement(w, X("testsuite")) < 0;
	rc |= xmlTextWriterWriteAttribute(w, X("name"), X(text_safe(name, safe, sizeof(safe)))) < 0;
	rc |= xmlTextWriterWriteFormatAttribute(w, X("tests"), "%zu", comparison->count * 3) < 0;
	rc |= xmlTextWriterWriteFormatAttribute(w, X("failures"), "%u", failures) < 0;
	rc |= xmlTextWriterWriteAttribute(w, X("errors"), X("0")) < 0;
	rc |= xmlTextWriterWriteFormatAttribute(w, X("skipped"), "%u", skipped) < 0;
	for (size_t i = 0; i < comparison->count && !rc; i++) {
		const struct compared_case *c = &comparison->cases[i];
		struct outcome o = verdict_outcome(c);

		rc |= put_test(w, c->name, "verdict, outcome and integrity", &o);
		for (enum measure m = 0; m < MEASURES; m++) {
			o = measure_outcome(comparison, c, m);
			rc |= put_test(w, c->name, measure_name(m), &o);
		}
	}
	return rc | (xmlTextWriterEndElement(w) < 0);
}

int compare_junit(char **text, const struct comparison *comparison,
	const struct compare_labels *labels, struct err *e)
{
	xmlBufferPtr buffer = xmlBufferCreate();
	xmlTextWriterPtr w = buffer ? xmlNewTextWriterMemory(buffer, 0) : NULL;
	int rc = -1;

	*text = NULL;
	if (w && xmlTextWriterSetIndent(w, 1) >= 0 &&
		xmlTextWriterStartDocument(w, NULL, "UTF-8", NULL) >= 0 &&
		put_suite(w, comparison, labels) == 0 && xmlTextWriterEndDocument(w) >= 0) {
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
