/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Creates and closes a result folder: see folder.h. */
#include "harness/facts/folder.h"

#include "harness/facts/format.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FORMAT_TEXT FOLDER_FORMAT "\n"

static int write_folder(const char *plan, const char *dir, struct err *e)
{
	char path[PATH_MAX];
	int rc = -1;

	if (path_join(path, sizeof(path), dir, "facts/plan.ini"))
		err_set(e, "%s: name too long", dir);
	else if ((!plan || file_write(path, plan, strlen(plan), e) == 0) &&
		 path_join(path, sizeof(path), dir, "format") == 0)
		rc = file_write(path, FORMAT_TEXT, strlen(FORMAT_TEXT), e);
	return rc;
}

/* Removes a folder that could not be completed: the next attempt would refuse it as not empty. */
static void remove_incomplete(const char *dir)
{
	static const char *const entries[] = {"format", "facts/plan.ini", "facts"};
	char path[PATH_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(entries); i++)
		if (path_join(path, sizeof(path), dir, entries[i]) == 0)
			remove(path);
	rmdir(dir);
}

enum status folder_make(const char *plan, const char *dir, struct err *e)
{
	char path[PATH_MAX];

	if (!dir_empty(dir)) {
		err_set(e, "%s: exists and is not empty (choose another folder with -o%s%s)", dir,
			plan ? ", or continue it: blackout run --resume " : "", plan ? dir : "");
		return STATUS_USAGE;
	}
	if (path_join(path, sizeof(path), dir, "facts")) {
		err_set(e, "%s: name too long", dir);
		return STATUS_USAGE;
	}
	if (dir_make(path, e) == 0 && write_folder(plan, dir, e) == 0)
		return STATUS_PASS;
	remove_incomplete(dir);
	return err_status(e, STATUS_SETUP);
}

int folder_begin_standalone(struct fact_log **log, const char *dir, const char *command,
	int64_t bound_ns, struct err *e)
{
	char bound[24] = BOUND_NONE;

	if (fact_log_open(log, dir, "watch", &clock_system, e))
		return -1;
	if (bound_ns != NS_NONE)
		snprintf(bound, sizeof(bound), "%lld", (long long)bound_ns);
	FACT(*log, clock_mono_ns(), FACT_WATCH, "-", FS(FIELD_BOUND, bound),
		FS(FIELD_COMMAND, command));
	return 0;
}

static enum folder_state state_of(enum status status)
{
	switch (status) {
	case STATUS_PASS:
		return FOLDER_COMPLETE;
	case STATUS_INTERRUPTED:
		return FOLDER_INTERRUPTED;
	case STATUS_BROKE_OFF:
		return FOLDER_BROKE_OFF;
	default:
		return FOLDER_SET_UP_FAILED;
	}
}

void folder_close(struct fact_log *log, const struct clock *clock, enum status status)
{
	if (log)
		FACT(log, clock->mono_ns(clock), FACT_FOLDER, "-",
			FS(FIELD_STATE, folder_state_name(state_of(status))));
}

static int check_owner(const char *path, const struct stat *st, struct err *e)
{
	if (S_ISLNK(st->st_mode))
		return err_set(e,
			"%s: is a symbolic link, which is not followed (copy what it leads to)",
			path);
	if (st->st_uid != 0 && st->st_uid != geteuid())
		return err_set(e,
			"%s: belongs to user %u, who can change the plan that user %u would "
			"execute (resume it as user %u, or read the plan and copy the folder)",
			path, (unsigned)st->st_uid, (unsigned)geteuid(), (unsigned)st->st_uid);
	if (st->st_mode & S_IWOTH)
		return err_set(e,
			"%s: everybody can change it, and so the plan that is executed (read the "
			"plan, then chmod o-w)",
			path);
	return 0;
}

int folder_check_plan_owner(const char *dir, struct err *e)
{
	static const char *const names[] = {"facts", "facts/plan.ini"};
	char path[PATH_MAX];
	struct stat st;

	/* The folder itself may be a link: the user named it. */
	if (stat(dir, &st))
		return err_errno(e, "%s: cannot be resumed", dir);
	if (check_owner(dir, &st, e))
		return -1;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (path_join(path, sizeof(path), dir, names[i]))
			return err_set(e, "%s: name too long", dir);
		if (lstat(path, &st))
			return err_errno(e, "%s: cannot be resumed", path);
		if (check_owner(path, &st, e))
			return -1;
	}
	return 0;
}

int folder_scratch(const char *command, char *dir, size_t size, struct err *e)
{
	const char *tmp = getenv("TMPDIR");
	char name[64];
	int rc = 0;

	snprintf(name, sizeof(name), "blackout-%s-XXXXXX", command);
	if (path_join(dir, size, tmp && *tmp ? tmp : "/tmp", name))
		rc = err_set(e, "TMPDIR: name too long");
	else if (!mkdtemp(dir))
		rc = err_errno(
			e, "%s: cannot be created (set TMPDIR, or choose a folder with -o)", dir);
	if (rc)
		dir[0] = '\0';
	return rc;
}

void folder_remove(const char *dir)
{
	if (*dir)
		file_remove_tree(dir, true);
}
