/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Records which network namespaces are the lab's: a matching name alone does not prove it. Names
 * are recorded before the namespaces are made, inodes after. So the namespaces of a killed `up` are
 * found, and a namespace that somebody else made under the same name is recognized. A file of that
 * name without a namespace is left over from an `ip` that was killed: it is removed, too.
 */
#include "harness/sites/lab/internal.h"

#include <inttypes.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>

#define RECORD_MAX_BYTES 4096
#define BOOT_ID_SIZE 40

bool lab_namespace_label(const struct lab_options *options, unsigned i, char *buf, size_t size)
{
	if (i >= options->hosts + 2 + options->router)
		return false;
	if (i < 2)
		snprintf(buf, size, "%s", i == 0 ? LAB_SWITCH : LAB_MANAGEMENT);
	else if (i < options->hosts + 2)
		lab_host_name(i - 1, buf, size);
	else
		snprintf(buf, size, "%s", LAB_ROUTER);
	return true;
}

char *lab_boot_id(struct err *e)
{
	char *text;

	if (file_read("/proc/sys/kernel/random/boot_id", 64, &text, NULL, e))
		return NULL;
	text[strcspn(text, "\n")] = '\0';
	return text;
}

/*
 * The file has a line "boot ID", then a line "LABEL DEVICE INODE" per namespace. The numbers are 0
 * if not `made`.
 */
int lab_namespaces_record(const struct lab_options *options, bool made, struct err *e)
{
	char text[RECORD_MAX_BYTES], label[8], path[PATH_MAX], *boot = lab_boot_id(e);
	int n;

	if (!boot)
		return -1;
	n = snprintf(text, sizeof(text), "boot %.*s\n", BOOT_ID_SIZE, boot);
	free(boot);
	for (unsigned i = 0; lab_namespace_label(options, i, label, sizeof(label)); i++) {
		struct stat inode = {0};

		lab_netns_path(options->name, label, path, sizeof(path));
		if (made && stat(path, &inode))
			return err_errno(e, "%s", path);
		n += snprintf(text + n, sizeof(text) - (size_t)n, "%s %" PRIuMAX " %" PRIuMAX "\n",
			label, (uintmax_t)inode.st_dev, (uintmax_t)inode.st_ino);
	}
	lab_path(path, options->name, "/namespaces");
	return file_write(path, text, (size_t)n, e);
}

/* True if the records were made since the machine booted: a later boot reuses inode numbers. */
static bool of_this_boot(const char *line)
{
	struct err ignored;
	char *boot = lab_boot_id(&ignored);
	bool same = boot && strncmp(line, "boot ", 5) == 0 && strcmp(line + 5, boot) == 0;

	free(boot);
	return same;
}

static bool is_namespace(const char *path)
{
	struct statfs fs;

	return statfs(path, &fs) == 0 && fs.f_type == NSFS_MAGIC;
}

void lab_namespaces_find(const char *name, struct lab_namespaces *namespaces)
{
	char path[PATH_MAX], *text, *rest, *line;
	struct err ignored;

	namespaces->count = 0;
	lab_path(path, name, "/namespaces");
	if (file_read(path, RECORD_MAX_BYTES, &text, NULL, &ignored))
		return;
	rest = text;
	line = strsep(&rest, "\n");
	if (!of_this_boot(line))
		goto out;
	while ((line = strsep(&rest, "\n")) && namespaces->count < ARRAY_SIZE(namespaces->at)) {
		struct lab_namespace *found = &namespaces->at[namespaces->count];
		uintmax_t device, inode;

		if (sscanf(line, "%7s %" SCNuMAX " %" SCNuMAX, found->label, &device, &inode) != 3)
			continue;
		lab_netns_path(name, found->label, path, sizeof(path));
		if (stat(path, &found->stat))
			continue;
		found->recorded = inode != 0;
		if (!found->recorded || !is_namespace(path) ||
			(found->stat.st_dev == device && found->stat.st_ino == inode))
			namespaces->count++;
	}
out:
	free(text);
}
