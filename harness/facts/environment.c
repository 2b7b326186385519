/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads and writes facts/environment.json: see environment.h. */
#include "harness/facts/environment.h"

#include "harness/facts/machine.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define ENVIRONMENT_MAX ((size_t)16 << 20)

char *environment_read(const char *dir)
{
	char path[PATH_MAX], *text;
	struct err ignored;

	if (path_join(path, sizeof(path), dir, "facts/environment.json") ||
		file_read_regular(path, ENVIRONMENT_MAX, &text, NULL, &ignored))
		return NULL;
	return text;
}

static int choose_path(char *path, size_t size, const char *dir)
{
	char name[64] = "facts/environment.json";
	struct stat st;

	for (unsigned i = 2;; i++) {
		if (path_join(path, size, dir, name))
			return -1;
		if (stat(path, &st))
			return 0;
		snprintf(name, sizeof(name), "facts/environment-%u.json", i);
	}
}

int environment_write_json(json_t *root, const char *dir, struct err *e)
{
	char *text = json_dumps(root, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
	char path[PATH_MAX];
	int rc = -1;

	if (!text)
		err_set(e, "out of memory");
	else if (choose_path(path, sizeof(path), dir))
		err_set(e, "%s: name too long", dir);
	else
		rc = file_write(path, text, strlen(text), e);
	free(text);
	json_decref(root);
	return rc;
}

int environment_write(const char *dir, struct err *e)
{
	json_t *root = json_object();

	json_object_set_new(root, "blackout", json_string(BLACKOUT_VERSION));
	json_object_set_new(root, "machine", machine_json());
	json_object_set_new(root, "calibration", calibration_load());
	return environment_write_json(root, dir, e);
}
