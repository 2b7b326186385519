/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files that follow a folder share. */
#ifndef BLACKOUT_TOOLS_LIVE_INTERNAL_H
#define BLACKOUT_TOOLS_LIVE_INTERNAL_H

#include "harness/run/estimate.h"
#include "tools/live/fact_tail.h"
#include "tools/live/follow.h"
#include "tools/live/judged_answers.h"

#define HOSTS_MAX 64

struct follow {
	char dir[PATH_MAX];
	struct plan *plan;
	struct scenario scenario;
	struct estimate *estimates;
	/* By the scenario's runs: it is over; and it could not be set up, which a resume tries again. */
	bool *done, *failed;
	struct fact_tail run, driver, probe;
	struct judged_answers answers;
	struct picture picture;
	/* Of runner's facts. */
	char only[512];
	char subject[64];
	size_t present; /* in the scenario; SIZE_MAX: none */
	int64_t began_ns, newest_ns;
	double done_s, done_estimate_s;
};

/* The hosts of the picture, in the order in which they are heard of. */
void follow_add_host(struct follow *f, const char *name);
/* Which runs there are to be: of f->only, or all. Nothing of them is done yet. */
int follow_make_scenario(struct follow *f, struct err *e);
/* A line of run.tsv, and of driver.tsv. */
void follow_take_run(void *ctx, const struct fact *fact);
void follow_take_driver(void *ctx, const struct fact *fact);

#endif
