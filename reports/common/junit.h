/* SPDX-License-Identifier: GPL-3.0-or-later */
/* JUnit XML for CI servers. Elements and attributes are those of Jenkins' schema. */
#ifndef BLACKOUT_REPORTS_COMMON_JUNIT_H
#define BLACKOUT_REPORTS_COMMON_JUNIT_H

#include "harness/base/directory.h"
#include "harness/base/base.h"

/* A test and its outcome. Every text is escaped when it is written. */
struct junit_test {
	const char *class_name;
	char name[160];
	const char *element; /* "failure", "skipped"; NULL: passed */
	const char *type;    /* of a failure, e.g. "missing" */
	char message[640];
};

/* A suite of tests as malloc'd text. Errors: out of memory. */
int junit_text(char **text, const char *suite, const struct junit_test *tests, size_t count,
	struct err *e);
/* Writes the text to OUT/junit.xml and frees it, also on errors, which name the file. */
int junit_file(char *text, const struct directory *out, struct err *e);

#endif
