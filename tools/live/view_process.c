/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The view beside a run: see view_process.h. */
#include "tools/live/view_process.h"

#include "harness/base/stop.h"
#include "tools/live/follow.h"
#include "tools/live/screen.h"
#include "tools/live/verdicts.h"

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
/* How long the view may take to leave. */
#define LEAVE_NS (3 * NS_PER_S)
#define LOOK_NS (10 * NS_PER_MS)
/* Of what was said: what is older is not printed again. */
#define SAID_MOST (256 << 10)

struct beside {
	pid_t pid;
	int stderr_before;
	struct termios modes;
};

/* The view while it lives, for the handler of Ctrl-Z, which can be told nothing. */
static struct {
	pid_t pid;
	struct sigaction before;
} suspended = {.pid = -1};

/* In the view's process. */
struct view {
	const char *dir;
	struct follow *follow;
	struct screen *screen;
	struct judge judge;
	int said_fd;
	char *said; /* all that was said, for afterwards */
	size_t length, shown;
};

/* Takes what was said; whole lines are shown. false: nothing more will come. */
static bool listen_to(struct view *v)
{
	char text[4096], *line, *stop;
	ssize_t n;

	while ((n = read(v->said_fd, text, sizeof(text))) > 0) {
		if (v->length + (size_t)n > SAID_MOST) {
			v->length = v->shown = 0;
		}
		memcpy(v->said + v->length, text, (size_t)n);
		v->length += (size_t)n;
	}
	while ((stop = memchr(v->said + v->shown, '\n', v->length - v->shown))) {
		line = strndup(v->said + v->shown, (size_t)(stop - v->said) - v->shown);
		if (line)
			follow_message(v->follow, line);
		free(line);
		v->shown = (size_t)(stop - v->said) + 1;
	}
	return n != 0;
}

static void draw(struct view *v)
{
	struct live_verdicts verdicts;
	struct err e = {0};

	if (follow_read(v->follow, &e))
		follow_message(v->follow, e.text);
	if (judge_poll(&v->judge, v->dir, follow_done(v->follow), clock_mono_ns(), &verdicts))
		follow_verdicts(v->follow, &verdicts);
	screen_draw(v->screen, follow_picture(v->follow));
}

static void show(struct view *v)
{
	bool talking = true;

	while (!stop_asked()) {
		int64_t next_ns = clock_mono_ns() + DRAW_NS;

		draw(v);
		while (!stop_asked() && clock_mono_ns() < next_ns) {
			screen_wait(v->screen, talking ? v->said_fd : -1, next_ns);
			talking = talking && listen_to(v);
		}
	}
	listen_to(v);
}

/* The process of the view; what was said is printed when the screen has gone. */
static _Noreturn void view_main(const char *dir, int said_fd, pid_t run)
{
	struct view v = {.dir = dir, .said_fd = said_fd, .said = malloc(SAID_MOST)};
	struct stop_before before;
	struct err e = {0};

	stop_catch(&before);
	signal(SIGINT, SIG_IGN); /* it is for the run, which says when it has ended */
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	setpriority(PRIO_PROCESS, 0, NICE);
	if (!v.said || getppid() != run || follow_open(&v.follow, dir, &e))
		_exit(1);
	v.screen = screen_open(stderr);
	if (!v.screen)
		_exit(1);
	show(&v);
	judge_close(&v.judge);
	screen_close(v.screen);
	fwrite(v.said, 1, v.length, stderr);
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
 * Ctrl-Z stops the run and its view, each by itself. The shell goes on as soon as the run has stopped. So
 * that it finds the terminal as it was, the run waits until the view has left the screen and has stopped.
 * Calls only what a signal handler may call.
 */
static void on_suspend(int signal_number)
{
	int64_t until_ns = clock_mono_ns() + LEAVE_NS;
	int errno_before = errno;
	sigset_t set, before;

	while (!has_stopped(suspended.pid) && clock_mono_ns() < until_ns)
		nanosleep(&(struct timespec){.tv_nsec = LOOK_NS}, NULL);
	signal(signal_number, SIG_DFL);
	sigemptyset(&set);
	sigaddset(&set, signal_number);
	raise(signal_number);
	pthread_sigmask(SIG_UNBLOCK, &set, &before);
	/* Here it stands still until it is continued. */
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

struct beside *beside_begin(const char *dir)
{
	struct beside *b;
	pid_t run = getpid();
	int ends[2];

	if (!screen_suits(stderr) || !(b = calloc(1, sizeof(*b))))
		return NULL;
	if (tcgetattr(STDERR_FILENO, &b->modes) || pipe2(ends, O_CLOEXEC | O_NONBLOCK)) {
		free(b);
		return NULL;
	}
	fflush(NULL);
	b->stderr_before = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	b->pid = b->stderr_before < 0 ? -1 : fork();
	if (b->pid == 0) {
		close(ends[1]);
		view_main(dir, ends[0], run);
	}
	close(ends[0]);
	if (b->pid < 0) {
		close(ends[1]);
		close(b->stderr_before);
		free(b);
		return NULL;
	}
	catch_suspend(b->pid);
	/* Whatever becomes of the view: writing to it never blocks, and never kills. */
	signal(SIGPIPE, SIG_IGN);
	dup2(ends[1], STDERR_FILENO);
	close(ends[1]);
	return b;
}

void beside_end(struct beside *b)
{
	int64_t until_ns = clock_mono_ns() + LEAVE_NS;
	int status = 0;

	if (!b)
		return;
	leave_suspend();
	fflush(stderr);
	kill(b->pid, SIGTERM);
	while (waitpid(b->pid, &status, WNOHANG) == 0) {
		if (clock_mono_ns() > until_ns)
			kill(b->pid, SIGKILL);
		nanosleep(&(struct timespec){.tv_nsec = LOOK_NS}, NULL);
	}
	dup2(b->stderr_before, STDERR_FILENO);
	close(b->stderr_before);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		tcsetattr(STDERR_FILENO, TCSANOW, &b->modes);
		fputs("\nblackout: the live view broke off; what was said meanwhile is lost, the "
		      "measuring went on\n", stderr);
	}
	free(b);
}
