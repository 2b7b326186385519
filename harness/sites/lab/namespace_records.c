/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which network namespaces are the lab's: those that it recorded, not all that are named like
 * them. Names are recorded before the namespaces are made and their inodes after, so that neither
 * a killed `up` nor a namespace that somebody put in the place of one is taken for something else.
 */
#include "harness/sites/lab/internal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define RECORD_MOST_BYTES 4096
#define BOOT_ID_SIZE 40

bool part_name(const struct lab_options *options, unsigned i, char *buf, size_t size)
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

char *boot_id(struct err *e)
{
	char *text;

	if (file_read("/proc/sys/kernel/random/boot_id", 64, &text, NULL, e))
		return NULL;
	text[strcspn(text, "\n")] = '\0';
	return text;
}

/* A line "boot ID", then a line "PART DEVICE INODE" each; both 0 while it is not made. */
int parts_record(const struct lab_options *options, bool made, struct err *e)
{
	char text[RECORD_MOST_BYTES], part[8], path[PATH_MAX], *boot = boot_id(e);
	int n;

	if (!boot)
		return -1;
	n = snprintf(text, sizeof(text), "boot %.*s\n", BOOT_ID_SIZE, boot);
	free(boot);
	for (unsigned i = 0; part_name(options, i, part, sizeof(part)); i++) {
		struct stat at = {0};

		lab_netns_path(options->name, part, path, sizeof(path));
		if (made && stat(path, &at))
			return err_errno(e, "%s", path);
		n += snprintf(text + n, sizeof(text) - (size_t)n, "%s %" PRIuMAX " %" PRIuMAX "\n",
			part, (uintmax_t)at.st_dev, (uintmax_t)at.st_ino);
	}
	lab_path(path, options->name, "/namespaces");
	return file_write(path, text, (size_t)n, e);
}

/* Whether the inodes recorded are of this boot of the machine: they are used again. */
static bool of_this_boot(const char *line)
{
	struct err ignored;
	char *boot = boot_id(&ignored);
	bool same = boot && strncmp(line, "boot ", 5) == 0 && strcmp(line + 5, boot) == 0;

	free(boot);
	return same;
}

void parts_find(const char *name, struct parts *parts)
{
	char path[PATH_MAX], *text, *rest, *line;
	struct err ignored;

	parts->count = 0;
	lab_path(path, name, "/namespaces");
	if (file_read(path, RECORD_MOST_BYTES, &text, NULL, &ignored))
		return;
	rest = text;
	line = strsep(&rest, "\n");
	if (!of_this_boot(line))
		goto out;
	while ((line = strsep(&rest, "\n")) && parts->count < ARRAY_SIZE(parts->at)) {
		struct part *part = &parts->at[parts->count];
		uintmax_t device, inode;

		if (sscanf(line, "%7s %" SCNuMAX " %" SCNuMAX, part->name, &device, &inode) != 3)
			continue;
		lab_netns_path(name, part->name, path, sizeof(path));
		if (stat(path, &part->is))
			continue;
		part->known = inode != 0;
		if (!part->known || (part->is.st_dev == device && part->is.st_ino == inode))
			parts->count++;
	}
out:
	free(text);
}
