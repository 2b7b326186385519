/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads commands, one per line, and signals, which mean the same as `quit`. */
#include "probes/rdp/helper/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

static const struct {
	const char *word;
	enum command command;
} commands[] = {
	{"open", COMMAND_OPEN},
	{"close", COMMAND_CLOSE},
	{"try", COMMAND_TRY},
	{"quit", COMMAND_QUIT},
};

int console_open(struct console *console, struct err *e)
{
	int flags = fcntl(STDIN_FILENO, F_GETFL);
	sigset_t set;

	memset(console, 0, sizeof(*console));
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	console->signal_fd = -1;
	if (sigprocmask(SIG_BLOCK, &set, NULL) == 0)
		console->signal_fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	if (console->signal_fd < 0 || flags < 0 ||
		fcntl(STDIN_FILENO, F_SETFL, flags | O_NONBLOCK) < 0)
		return err_errno(e, "blackout-rdp: input");
	return 0;
}

void console_close(struct console *console)
{
	if (console->signal_fd >= 0)
		close(console->signal_fd);
}

static void enqueue(struct console *console, enum command command)
{
	if (console->queued < CONSOLE_QUEUE_MAX)
		console->queue[console->queued++] = command;
	else if (command == COMMAND_QUIT)
		console->queue[CONSOLE_QUEUE_MAX - 1] = command;
	else
		EVENT(clock_mono_ns(), "error",
			FS(FIELD_TEXT, "too many commands are queued: one is discarded"));
}

static void take_line(struct console *console)
{
	char text[CONSOLE_LINE_MAX + 80];

	console->line[console->length] = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		if (!console->overlong && strcmp(console->line, commands[i].word) == 0) {
			enqueue(console, commands[i].command);
			goto out;
		}
	if (console->length) {
		snprintf(text, sizeof(text), "'%s' is no command (open, close, try, quit)",
			console->line);
		EVENT(clock_mono_ns(), "error", FS(FIELD_TEXT, text));
	}
out:
	console->length = 0;
	console->overlong = false;
}

void console_take(struct console *console)
{
	char buf[512];
	struct signalfd_siginfo info;
	ssize_t n;

	if (read(console->signal_fd, &info, sizeof(info)) > 0)
		enqueue(console, COMMAND_QUIT);
	while ((n = read(STDIN_FILENO, buf, sizeof(buf))) > 0)
		for (ssize_t i = 0; i < n; i++) {
			if (buf[i] == '\n')
				take_line(console);
			else if (console->length < CONSOLE_LINE_MAX - 1)
				console->line[console->length++] = buf[i];
			else
				console->overlong = true;
		}
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		enqueue(console, COMMAND_QUIT);
}

void console_wait(struct console *console, int64_t until_ns)
{
	while (!console->queued) {
		struct pollfd fds[] = {
			{.fd = STDIN_FILENO, .events = POLLIN},
			{.fd = console->signal_fd, .events = POLLIN},
		};
		int64_t left_ns = until_ns == NS_INF ? NS_PER_S : until_ns - clock_mono_ns();

		if (left_ns <= 0)
			return;
		if (left_ns > NS_PER_S)
			left_ns = NS_PER_S;
		if (poll(fds, ARRAY_SIZE(fds), (int)(left_ns / NS_PER_MS) + 1) > 0)
			console_take(console);
	}
}

enum command console_next(struct console *console)
{
	enum command command = console->queued ? console->queue[0] : COMMAND_NONE;

	if (console->queued)
		memmove(console->queue, console->queue + 1,
			--console->queued * sizeof(*console->queue));
	return command;
}

bool console_has_cancel(const struct console *console)
{
	for (size_t i = 0; i < console->queued; i++)
		if (console->queue[i] == COMMAND_CLOSE || console->queue[i] == COMMAND_QUIT)
			return true;
	return false;
}
