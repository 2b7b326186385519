/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Starts programs and ties children to their parent: see process.h. Between fork and exec only
 * functions that are async-signal-safe are called, because the parent may have threads.
 */
#include "harness/base/process.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static void set_death_signal(pid_t parent, int signal_number)
{
	prctl(PR_SET_PDEATHSIG, signal_number);
	if (getppid() != parent)
		_exit(1);
}

void process_tie_to_parent(pid_t parent)
{
	set_death_signal(parent, SIGKILL);
}

/* An ignored signal stays ignored (nohup), except SIGPIPE, which only this program ignores. */
static void reset_signals(void)
{
	struct sigaction action;
	sigset_t empty;

	for (int i = 1; i < NSIG; i++)
		if (sigaction(i, NULL, &action) == 0 &&
			(i == SIGPIPE || action.sa_handler != SIG_IGN))
			signal(i, SIG_DFL);
	sigemptyset(&empty);
	sigprocmask(SIG_SETMASK, &empty, NULL);
}

static int set_streams(const struct program *program)
{
	const int from[] = {program->in, program->out, program->error};
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0)
		return -1;
	for (int i = 0; i <= STDERR_FILENO; i++)
		if (dup2(from[i] == PROGRAM_NULL ? null : from[i], i) < 0)
			return -1;
	return 0;
}

void program_become(const struct program *program)
{
	if (program->own_group)
		setpgid(0, 0);
	reset_signals();
	if (set_streams(program) || (program->dir && chdir(program->dir)))
		return;
	if (!program->keep_files)
		close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC);
	execvpe(program->argv[0], (char *const *)program->argv,
		program->environment ? program->environment : environ);
}

/*
 * Waits until the child has become the program, which closes the pipe, and returns 0; or until the
 * child failed, and returns the errno that it sent.
 */
static int wait_for_exec(int fd)
{
	int error = 0;

	while (read(fd, &error, sizeof(error)) < 0 && errno == EINTR)
		;
	return error;
}

int program_start(const struct program *program, pid_t *pid)
{
	pid_t parent = getpid();
	sigset_t all, mask;
	int error_pipe[2], error;

	if (pipe2(error_pipe, O_CLOEXEC))
		return -1;
	/* Until it resets its signals, the child must not execute the handlers of this process. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &mask);
	*pid = fork();
	if (*pid == 0) {
		if (program->death_signal)
			set_death_signal(parent, program->death_signal);
		program_become(program);
		error = errno;
		_exit(write(error_pipe[1], &error, sizeof(error)) > 0 ? 127 : 126);
	}
	error = *pid < 0 ? errno : 0;
	pthread_sigmask(SIG_SETMASK, &mask, NULL);
	close(error_pipe[1]);
	if (!error) {
		error = wait_for_exec(error_pipe[0]);
		while (error && waitpid(*pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	close(error_pipe[0]);
	errno = error;
	return error ? -1 : 0;
}
