/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Executes gnuplot: see gnuplot.h. */
#include "reports/common/gnuplot.h"

#include "harness/base/process.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#define GNUPLOT_SECONDS 120

/*
 * Starts gnuplot in `dir`; its output goes to GNUPLOT_LOG. -1 with errno if it cannot be started.
 */
static int start(const char *dir, const char *script, pid_t *pid)
{
	char path[PATH_MAX + 8], locale[] = "LC_ALL=C.UTF-8", log[PATH_MAX];
	const char *const argv[] = {"gnuplot", "-d", script, NULL};
	char *environment[] = {locale, path, NULL};
	const char *search = getenv("PATH");
	struct program program = {
		.argv = argv, .environment = environment, .dir = dir, .in = PROGRAM_NULL};
	int rc, error;

	snprintf(path, sizeof(path), "PATH=%s", search ? search : "/usr/bin:/bin");
	if (path_join(log, sizeof(log), dir, GNUPLOT_LOG)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	program.out = program.error = open(log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (program.out < 0)
		return -1;
	rc = program_start(&program, pid);
	error = errno;
	close(program.out);
	errno = error;
	return rc;
}

/* Waits for the child and kills it after GNUPLOT_SECONDS. False if it was killed. */
static bool wait_for(pid_t pid, int *status)
{
	struct pollfd ended = {.fd = pidfd_open(pid, 0), .events = POLLIN};
	int64_t until_ns = clock_mono_ns() + GNUPLOT_SECONDS * NS_PER_S;
	bool in_time = true;

	while (ended.fd >= 0) {
		int64_t left_ns = until_ns - clock_mono_ns();

		if (left_ns <= 0) {
			in_time = false;
			kill(pid, SIGKILL);
			break;
		}
		if (poll(&ended, 1, (int)(left_ns / NS_PER_MS) + 1) > 0)
			break;
	}
	if (ended.fd >= 0)
		close(ended.fd);
	while (waitpid(pid, status, 0) < 0 && errno == EINTR)
		;
	return in_time;
}

/* The end of gnuplot's output, which names script and line of an error. */
static void log_end(const char *dir, char *buf, size_t size)
{
	char path[PATH_MAX];
	struct err ignored;
	char *text = NULL;
	size_t length = 0;

	buf[0] = '\0';
	if (path_join(path, sizeof(path), dir, GNUPLOT_LOG) ||
		file_read(path, 1 << 20, &text, &length, &ignored))
		return;
	snprintf(buf, size, "%s", length >= size ? text + length - size + 1 : text);
	for (char *p = buf; *p; p++)
		if ((unsigned char)*p < 0x20)
			*p = ' ';
	free(text);
}

bool gnuplot_execute(const char *dir, const char *script, char why[static GNUPLOT_WHY_MAX])
{
	char reason[400];
	pid_t pid;
	int status = 0;

	if (start(dir, script, &pid)) {
		if (errno == ENOENT)
			snprintf(why, GNUPLOT_WHY_MAX, "gnuplot is not installed");
		else
			snprintf(why, GNUPLOT_WHY_MAX, "gnuplot cannot be started: %s",
				strerror(errno));
	} else if (!wait_for(pid, &status)) {
		snprintf(why, GNUPLOT_WHY_MAX, "gnuplot did not finish within %d s and was killed",
			GNUPLOT_SECONDS);
	} else if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		log_end(dir, reason, sizeof(reason));
		snprintf(why, GNUPLOT_WHY_MAX, "gnuplot failed: %s",
			*reason ? reason : "it printed nothing");
	} else {
		return true;
	}
	return false;
}
