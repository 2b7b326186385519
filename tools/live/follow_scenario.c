/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The runs and hosts of a followed folder: see internal.h. */
#include "tools/live/internal.h"

#include <stdlib.h>
#include <string.h>

void follow_add_host(struct follow *f, const char *name)
{
	struct picture *p = &f->picture;

	for (size_t i = 0; i < p->host_count; i++)
		if (strcmp(p->hosts[i], name) == 0)
			return;
	if (*name && p->host_count < HOSTS_MAX)
		snprintf(p->hosts[p->host_count++], PICTURE_NAME, "%s", name);
}

bool follow_run_done(const struct follow *f, size_t i)
{
	return f->runs[i].ended >= f->scenario.runs[i].vm_count;
}

int follow_make_scenario(struct follow *f, struct err *e)
{
	scenario_release(&f->scenario);
	free(f->estimates);
	free(f->runs);
	f->current = SIZE_MAX;
	f->done_s = f->done_estimate_s = 0;
	f->picture.done = 0;
	if (scenario_make(&f->scenario, f->plan, *f->only ? f->only : NULL, e)) {
		*f->only = '\0';
		if (scenario_make(&f->scenario, f->plan, NULL, e))
			return -1;
	}
	f->estimates = estimate_scenario(&f->scenario);
	f->runs = calloc(f->scenario.count + 1, sizeof(*f->runs));
	f->picture.planned = f->scenario.count;
	return f->estimates && f->runs ? 0 : err_set(e, "out of memory");
}
