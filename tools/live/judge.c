/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Judges an unfinished run: see judge.h. */
#include "tools/live/judge.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* Judging may use 1/SHARE of a processor, on average. */
#define SHARE 250
#define NICE 19
/* CPU time of one judgement, in seconds: a folder that takes longer is left to the report. */
#define LIMIT_S 30

int judge_folder(const char *dir, struct judge_verdicts *verdicts, struct err *e)
{
	struct timeline *timeline = NULL;
	struct results *results = NULL;
	struct plan *plan = NULL;
	int rc = -1;

	*verdicts = (struct judge_verdicts){0};
	if (timeline_read(&timeline, dir, e) || plan_read_folder(&plan, dir, e) ||
		results_new(&results, timeline, plan, e))
		goto out;
	for (size_t i = 0; i < results->move_count; i++)
		if (results->moves[i].counted)
			verdicts->counts[results->moves[i].verdict]++;
	verdicts->status = results_status(results);
	rc = 0;
out:
	results_free(results);
	timeline_free(timeline);
	plan_free(plan);
	return rc;
}

static void begin(struct judge_process *judge, const char *dir)
{
	struct judge_verdicts verdicts;
	struct err ignored;
	int ends[2];

	if (pipe2(ends, O_CLOEXEC))
		return;
	judge->pid = fork();
	if (judge->pid == 0) {
		signal(SIGINT, SIG_IGN);
		signal(SIGTERM, SIG_DFL);
		setpriority(PRIO_PROCESS, 0, NICE);
		setrlimit(RLIMIT_CPU, &(struct rlimit){LIMIT_S, LIMIT_S});
		if (judge_folder(dir, &verdicts, &ignored) == 0 &&
			write(ends[1], &verdicts, sizeof(verdicts)) == sizeof(verdicts))
			_exit(0);
		_exit(1);
	}
	close(ends[1]);
	judge->pipe = ends[0];
	if (judge->pid < 0) {
		judge->pid = 0;
		close(ends[0]);
	}
}

static int64_t cost_ns(const struct rusage *used)
{
	return ((int64_t)used->ru_utime.tv_sec + (int64_t)used->ru_stime.tv_sec) * NS_PER_S +
	       ((int64_t)used->ru_utime.tv_usec + (int64_t)used->ru_stime.tv_usec) * NS_PER_US;
}

bool judge_poll(struct judge_process *judge, const char *dir, size_t done, int64_t now_ns,
	struct judge_verdicts *verdicts)
{
	struct rusage used;
	bool complete;
	int status;

	if (judge->pid == 0) {
		if (done > judge->judged_done && now_ns >= judge->next_ns) {
			judge->judged_done = done;
			begin(judge, dir);
		}
		return false;
	}
	if (wait4(judge->pid, &status, WNOHANG, &used) != judge->pid)
		return false;
	judge->pid = 0;
	judge->next_ns = now_ns + SHARE * cost_ns(&used);
	complete = read(judge->pipe, verdicts, sizeof(*verdicts)) == sizeof(*verdicts);
	close(judge->pipe);
	return complete;
}

void judge_stop(struct judge_process *judge)
{
	if (judge->pid == 0)
		return;
	kill(judge->pid, SIGKILL);
	waitpid(judge->pid, NULL, 0);
	close(judge->pipe);
	judge->pid = 0;
}
