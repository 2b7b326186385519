/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/fact_folder.h"

#include "tests/unit/test.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void fact_folder_make(struct fact_folder *f)
{
	char path[PATH_MAX];
	struct err e = {0};

	*f = (struct fact_folder){.dir = "/tmp/blackout-timeline-XXXXXX"};
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(f->dir));
	snprintf(path, sizeof(path), "%s/facts", f->dir);
	CU_ASSERT_FATAL(dir_make(path, &e) == 0);
}

void fact_folder_put(const struct fact_folder *f, const char *name, const char *text)
{
	char path[PATH_MAX];
	struct err e = {0};

	snprintf(path, sizeof(path), "%s/%s", f->dir, name);
	CU_ASSERT_FATAL(file_write(path, text, strlen(text), &e) == 0);
}

void fact_folder_remove(struct fact_folder *f)
{
	timeline_free(f->t);
	CU_ASSERT_EQUAL(file_remove_tree(f->dir, false), 0);
}

void fact_folder_read(struct fact_folder *f)
{
	struct err e = {0};

	if (timeline_read(&f->t, f->dir, &e))
		fprintf(stderr, "\n  %s\n", e.text);
	CU_ASSERT_PTR_NOT_NULL_FATAL(f->t);
}
