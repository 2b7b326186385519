/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The process of the live view: see view_process.h. */
#include "tools/live/view_process.h"

#include "harness/base/stop.h"
#include "tools/live/follow.h"
#include "tools/live/screen.h"
#include "tools/live/judge.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define DRAW_NS (NS_PER_S / 2)
#define NICE 10
/* How long the view may take to restore the terminal. */
#define LEAVE_NS (3 * NS_PER_S)
#define POLL_NS (10 * NS_PER_MS)
/* Bytes of messages that are kept for printing afterwards. */
#define MESSAGES_MAX (256 << 10)

struct view_process {
	pid_t pid;
	int stderr_before;
	struct termios modes;
};

/* The view's process, for the handler of Ctrl-Z, which gets no context. */
static struct {
	pid_t pid;
	struct sigaction before;
} suspended = {.pid = -1};

/* The state of the view, in its process. */
struct live_view {
	const char *dir;
	struct follow *follow;
	struct screen *screen;
	struct judge_process judge;
	int messages_fd;
	char *messages;       /* what was read from messages_fd */
	size_t length, shown; /* bytes read, and bytes that the view has shown */
};

/* Reads messages and shows complete lines. False: the run has closed its end. */
static bool read_messages(struct live_view *v)
{
	char text[4096], *line, *stop;
	ssize_t n;

	while ((n = read(v->messages_fd, text, sizeof(text))) > 0) {
		if (v->length + (size_t)n > MESSAGES_MAX) {
			v->length = v->shown = 0;
		}
		memcpy(v->messages + v->length, text, (size_t)n);
		v->length += (size_t)n;
	}
	while ((stop = memchr(v->messages + v->shown, '\n', v->length - v->shown))) {
		line = strndup(v->messages + v->shown, (size_t)(stop - v->messages) - v->shown);
		if (line)
			follow_add_message(v->follow, line);
		free(line);
		v->shown = (size_t)(stop - v->messages) + 1;
	}
	return n != 0;
}

static void draw(struct live_view *v)
{
	struct judge_verdicts verdicts;
	struct err e = {0};

	if (follow_read(v->follow, &e))
		follow_add_message(v->follow, e.text);
	if (judge_poll(&v->judge, v->dir, follow_count_done(v->follow), clock_mono_ns(), &verdicts))
		follow_set_verdicts(v->follow, &verdicts);
	screen_draw(v->screen, follow_picture(v->follow));
}

static void show(struct live_view *v)
{
	bool run_writes = true;

	while (!stop_asked()) {
		int64_t next_ns = clock_mono_ns() + DRAW_NS;

		draw(v);
		while (!stop_asked() && clock_mono_ns() < next_ns) {
			screen_wait(v->screen, run_writes ? v->messages_fd : -1, next_ns);
			run_writes = run_writes && read_messages(v);
		}
	}
	read_messages(v);
}

/* The view's process: prints the messages again when the screen is restored. */
static _Noreturn void view_main(const char *dir, int messages_fd, pid_t run)
{
	struct live_view v = {
		.dir = dir, .messages_fd = messages_fd, .messages = malloc(MESSAGES_MAX)};
	struct stop_saved before;
	struct err e = {0};

	stop_catch(&before);
	signal(SIGINT, SIG_IGN); /* the run handles it and then ends the view */
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	setpriority(PRIO_PROCESS, 0, NICE);
	if (!v.messages || getppid() != run || follow_new(&v.follow, dir, &e))
		_exit(1);
	v.screen = screen_new(stderr);
	if (!v.screen)
		_exit(1);
	show(&v);
	judge_stop(&v.judge);
	screen_free(v.screen);
	fwrite(v.messages, 1, v.length, stderr);
	_exit(0);
}

static bool has_stopped(pid_t pid)
{
	siginfo_t info = {0};

	return waitid(P_PID, (id_t)pid, &info, WSTOPPED | WEXITED | WNOHANG | WNOWAIT) != 0 ||
	       info.si_pid != 0;
}

static void on_suspend(int signal_number);

static void catch_signal(int signal_number)
{
	const struct sigaction action = {.sa_handler = on_suspend, .sa_flags = SA_RESTART};

	sigaction(signal_number, &action, NULL);
}

/*
 * Ctrl-Z stops both the run and its view. The shell continues as soon as the run has stopped, so
 * the run first waits until the view has restored the terminal and has stopped. Calls only
 * async-signal-safe functions.
 */
static void on_suspend(int signal_number)
{
	int64_t until_ns = clock_mono_ns() + LEAVE_NS;
	int errno_before = errno;
	sigset_t set, before;

	while (!has_stopped(suspended.pid) && clock_mono_ns() < until_ns)
		nanosleep(&(struct timespec){.tv_nsec = POLL_NS}, NULL);
	signal(signal_number, SIG_DFL);
	sigemptyset(&set);
	sigaddset(&set, signal_number);
	raise(signal_number);
	pthread_sigmask(SIG_UNBLOCK, &set, &before);
	/* The process has been stopped and continued when it gets here. */
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	catch_signal(signal_number);
	errno = errno_before;
}

static void catch_suspend(pid_t view)
{
	if (sigaction(SIGTSTP, NULL, &suspended.before) || suspended.before.sa_handler != SIG_DFL)
		return;
	suspended.pid = view;
	catch_signal(SIGTSTP);
}

static void leave_suspend(void)
{
	if (suspended.pid > 0)
		sigaction(SIGTSTP, &suspended.before, NULL);
	suspended.pid = -1;
}

struct view_process *view_process_start(const char *dir)
{
	struct view_process *process;
	pid_t run = getpid();
	int ends[2];

	if (!screen_is_usable(stderr) || !(process = calloc(1, sizeof(*process))))
		return NULL;
	if (tcgetattr(STDERR_FILENO, &process->modes) || pipe2(ends, O_CLOEXEC | O_NONBLOCK)) {
		free(process);
		return NULL;
	}
	fflush(NULL);
	process->stderr_before = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	process->pid = process->stderr_before < 0 ? -1 : fork();
	if (process->pid == 0) {
		close(ends[1]);
		view_main(dir, ends[0], run);
	}
	close(ends[0]);
	if (process->pid < 0) {
		close(ends[1]);
		close(process->stderr_before);
		free(process);
		return NULL;
	}
	catch_suspend(process->pid);
	/* If the view hangs or dies, writing to stderr neither blocks nor kills the run. */
	signal(SIGPIPE, SIG_IGN);
	dup2(ends[1], STDERR_FILENO);
	close(ends[1]);
	return process;
}

void view_process_stop(struct view_process *process)
{
	int64_t until_ns = clock_mono_ns() + LEAVE_NS;
	int status = 0;

	if (!process)
		return;
	leave_suspend();
	fflush(stderr);
	kill(process->pid, SIGTERM);
	while (waitpid(process->pid, &status, WNOHANG) == 0) {
		if (clock_mono_ns() > until_ns)
			kill(process->pid, SIGKILL);
		nanosleep(&(struct timespec){.tv_nsec = POLL_NS}, NULL);
	}
	dup2(process->stderr_before, STDERR_FILENO);
	close(process->stderr_before);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		tcsetattr(STDERR_FILENO, TCSANOW, &process->modes);
		fputs("\nblackout: the live view failed; the messages that it showed are lost, the "
		      "measurement continued\n",
			stderr);
	}
	free(process);
}
