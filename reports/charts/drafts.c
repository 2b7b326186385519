/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See drafts.h. */
#include "reports/charts/drafts.h"

#include "harness/facts/folder.h"
#include "reports/common/chart_choice.h"

#include <stdlib.h>

/* The largest file that is copied. */
#define DRAFT_BYTES_MAX ((size_t)1 << 30)

int drafts_open(struct directory *drafts, struct err *e)
{
	char path[PATH_MAX];

	*drafts = (struct directory){.fd = -1};
	if (folder_scratch("charts", path, sizeof(path), e))
		return -1;
	if (directory_open(drafts, path, e)) {
		folder_remove(path);
		return -1;
	}
	drafts->scratch = true;
	return 0;
}

static int copy(const struct directory *drafts, const struct directory *charts, const char *name,
	const char *suffix, struct err *e)
{
	char leaf[CHART_NAME_MAX + 8], *text;
	size_t length;
	int rc;

	snprintf(leaf, sizeof(leaf), "%s%s", name, suffix);
	if (directory_read(drafts, leaf, DRAFT_BYTES_MAX, &text, &length, e))
		return -1;
	rc = directory_write(charts, leaf, text, length, e);
	free(text);
	return rc;
}

int drafts_publish(const struct directory *drafts, const struct directory *charts, const char *name,
	bool drawn, struct err *e)
{
	char picture[CHART_NAME_MAX + 8];

	if (copy(drafts, charts, name, ".dat", e) || copy(drafts, charts, name, ".gp", e))
		return -1;
	if (drawn)
		return copy(drafts, charts, name, ".svg", e);
	snprintf(picture, sizeof(picture), "%s.svg", name);
	directory_remove(charts, picture);
	return 0;
}

void drafts_remove(struct directory *drafts)
{
	if (drafts->fd < 0)
		return;
	directory_close(drafts);
	folder_remove(drafts->path);
}
