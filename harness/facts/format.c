/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Checks the version of a result folder's format: see format.h. */
#include "harness/facts/format.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int format_check(const char *dir, struct err *e)
{
	char path[PATH_MAX], *text = NULL;
	struct stat st;
	size_t length;
	int rc = 0;

	if (path_join(path, sizeof(path), dir, "format") || stat(path, &st))
		return 0;
	if (file_read_regular(path, 64, &text, &length, e))
		return -1;
	text[strcspn(text, "\r\n")] = '\0';
	if (strcmp(text, FOLDER_FORMAT) != 0)
		rc = err_set(e,
			"%s: the folder has format '%.20s', but this program reads format " FOLDER_FORMAT
			" (use the program's version that wrote the folder)",
			path, text);
	free(text);
	return rc;
}
