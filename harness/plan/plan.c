/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads a plan from a file or from memory, stage by stage. */
#include "harness/plan/internal.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

static int read_all(struct plan_reader *reader, const char *text, size_t length)
{
	reader->plan->file = strdup(reader->complaints.file);
	if (!reader->plan->file || plan_read_lines(reader, text, length) ||
		plan_fill_defaults(reader->plan) || plan_expand_vms(reader))
		return -1;
	plan_check_together(reader);
	return plan_make_cases(reader);
}

static int parse(struct plan **plan, const char *name, const char *text, size_t length, bool saved,
	struct plan_errors *errors)
{
	struct plan_reader reader = {
		.complaints.file = name, .plan = calloc(1, sizeof(struct plan)), .saved = saved};

	if (!reader.plan || read_all(&reader, text, length))
		complain(&reader.complaints, reader.complaints.last_line, "out of memory");
	if (reader.complaints.count == 0) {
		*plan = reader.plan;
		return 0;
	}
	complaints_hand_over(&reader.complaints, errors);
	plan_free(reader.plan);
	return -1;
}

int plan_parse(struct plan **plan, const char *name, const char *text, size_t length,
	struct plan_errors *errors)
{
	return parse(plan, name, text, length, false, errors);
}

static int read_file(struct plan **plan, const char *path, bool saved, struct plan_errors *errors)
{
	struct err e = {0};
	size_t length;
	char *text;
	int rc;

	/*
	 * A folder's plan may come from somebody else; any other is the user's, and may be a pipe.
	 */
	if ((saved ? file_read_regular : file_read)(path, PLAN_FILE_MAX, &text, &length, &e)) {
		plan_errors_add(errors, "%s (a plan is a text file of at most 1 MB)", e.text);
		return -1;
	}
	rc = parse(plan, path, text, length, saved, errors);
	free(text);
	return rc;
}

int plan_read(struct plan **plan, const char *path, struct plan_errors *errors)
{
	return read_file(plan, path, false, errors);
}

int plan_read_folder(struct plan **plan, const char *dir, struct err *e)
{
	struct plan_errors errors = {0};
	char path[PATH_MAX];
	int rc = 0;

	if (path_join(path, sizeof(path), dir, "facts/plan.ini"))
		return err_set(e, "%s: name too long", dir);
	if (read_file(plan, path, true, &errors))
		rc = err_set(e, "%s", errors.count ? errors.text[0] : "out of memory");
	plan_errors_release(&errors);
	return rc;
}
