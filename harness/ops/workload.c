/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the states of a workload are called; the kinds of work are in harness/workloads/. */
#include "harness/ops/workload.h"

static const char *const state_names[WORK_STATES] = {
	[WORK_NONE] = "none",
	[WORK_RUNNING] = "running",
	[WORK_VERIFYING] = "verifying",
	[WORK_CORRECT] = "correct",
	[WORK_INCORRECT] = "incorrect",
	[WORK_FAILED] = "failed",
	[WORK_STOPPED] = "stopped",
	[WORK_ENDED] = "ended",
};

const char *work_state_name(enum work_state state)
{
	return state_names[state];
}

bool work_over(enum work_state state)
{
	return state != WORK_RUNNING && state != WORK_VERIFYING;
}
