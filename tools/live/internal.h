/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The state of a follower (follow.h). */
#ifndef BLACKOUT_TOOLS_LIVE_INTERNAL_H
#define BLACKOUT_TOOLS_LIVE_INTERNAL_H

#include "harness/run/estimate.h"
#include "tools/live/fact_tail.h"
#include "tools/live/follow.h"
#include "tools/live/judged_answers.h"

#define HOSTS_MAX 64

/* A run of the scenario: how many of its VMs have ended it, how many could not be set up. */
struct follow_run {
	size_t ended, not_set_up;
};

struct follow {
	char dir[PATH_MAX];
	struct plan *plan;
	struct scenario scenario;
	/* Both in the scenario's order. */
	struct estimate *estimates;
	struct follow_run *runs;
	struct fact_tail run, driver, probe;
	struct judged_answers answers;
	struct picture picture;
	/* From the runner's facts. */
	char only[512];                 /* the plan is restricted to these runs; "": it is not */
	char subject[64];               /* of the current run */
	size_t current;                 /* current run, in the scenario; SIZE_MAX: none */
	int64_t began_ns, newest_ns;    /* when the current run began; stamp of the newest fact */
	double done_s, done_estimate_s; /* real and estimated time of the runs that have ended */
};

/* Adds a host to the picture, unless it is there already. */
void follow_add_host(struct follow *f, const char *name);
/* True if all VMs of the scenario's i-th run have ended it. */
bool follow_run_done(const struct follow *f, size_t i);
/* Makes the list of planned runs, restricted to f->only, with none of them done. 0 or -1. */
int follow_make_scenario(struct follow *f, struct err *e);
/* Update the picture by a fact of run.tsv, or of driver.tsv. */
void follow_take_run(void *ctx, const struct fact *fact);
void follow_take_driver(void *ctx, const struct fact *fact);

#endif
