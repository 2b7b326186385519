/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The folder that a test's reports are written to. */
#ifndef BLACKOUT_TESTS_UNIT_OUT_FOLDER_H
#define BLACKOUT_TESTS_UNIT_OUT_FOLDER_H

#include "harness/base/directory.h"
#include "tests/unit/test.h"

/* Opens it, and makes it if it is missing. The caller closes it. */
static inline struct directory out_folder(const char *path)
{
	struct directory out;
	struct err e = {0};

	CU_ASSERT_EQUAL_FATAL(directory_make(&out, path, &e), 0);
	return out;
}

#endif
