/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The verdicts of a run that is under way, by the same judge as the report's. It reads the whole
 * folder each time, so it is asked seldom, in a process of its own that yields to everybody.
 */
#ifndef BLACKOUT_TOOLS_LIVE_JUDGE_H
#define BLACKOUT_TOOLS_LIVE_JUDGE_H

#include "harness/verdict/verdict.h"

#include <sys/types.h>

struct judge_verdicts {
	size_t counts[VERDICT_FAIL + 1]; /* of the moves that came to their end, by verdict */
	enum status status;              /* that the folder asks for as it is now */
};

/* Judges a folder here and now. */
int judge_folder(const char *dir, struct judge_verdicts *verdicts, struct err *e);

struct judge_process {
	pid_t pid; /* 0: none at work */
	int pipe;
	size_t judged_done; /* how many runs had ended when it was asked last */
	int64_t next_ns;    /* not before this */
};

/*
 * Begins to judge where runs have ended since the last time, and what that costs is due. Returns
 * true once it is done, with the verdicts. Never waits.
 */
bool judge_poll(struct judge_process *judge, const char *dir, size_t done, int64_t now_ns,
	struct judge_verdicts *verdicts);
/* Ends the one at work. */
void judge_stop(struct judge_process *judge);

#endif
