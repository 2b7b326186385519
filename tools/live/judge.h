/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Verdicts on an unfinished run, by the same rules as in the report. Judging reads the whole
 * folder, so it happens rarely, in a child process of the lowest priority.
 */
#ifndef BLACKOUT_TOOLS_LIVE_JUDGE_H
#define BLACKOUT_TOOLS_LIVE_JUDGE_H

#include "harness/verdict/verdict.h"

#include <sys/types.h>

struct judge_verdicts {
	size_t counts[VERDICT_FAIL + 1]; /* number of moves that have ended, by verdict */
	enum status status;              /* exit status for the folder as it is now */
};

/* Judges a folder in this process. 0 or -1. */
int judge_folder(const char *dir, struct judge_verdicts *verdicts, struct err *e);

/* {0}: nothing judged yet. */
struct judge_process {
	pid_t pid;          /* 0: not running */
	int pipe;           /* gives a struct judge_verdicts */
	size_t judged_done; /* how many runs had ended when it last began */
	int64_t next_ns;    /* when it may begin again (monotonic) */
};

/*
 * Begins to judge if `done`, the number of ended runs, has grown and next_ns has passed. Returns
 * true, with the verdicts, when judging has finished. Never blocks.
 */
bool judge_poll(struct judge_process *judge, const char *dir, size_t done, int64_t now_ns,
	struct judge_verdicts *verdicts);
/* Kills the process, if it runs. */
void judge_stop(struct judge_process *judge);

#endif
