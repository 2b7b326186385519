/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shows a picture on a terminal: see screen.h. */
#include "tools/live/screen.h"

#include <curses.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <term.h>
#include <termios.h>
#include <unistd.h>

#define LINES_MAX 256

struct screen {
	SCREEN *terminal;
	FILE *from;
	int keys; /* descriptor of the keyboard; -1: it has ended */
	struct picture_line page[LINES_MAX];
};

/* How to restore the terminal in a signal handler, which gets no context. */
static struct {
	int fd;
	struct termios modes;
	char text[256];
	size_t length;
} restore = {.fd = -1};

static const int fatal[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};

/* Whether terminfo knows the terminal and can move its cursor. */
static bool is_known(int fd)
{
	const char *move;
	int unknown;

	if (setupterm(NULL, fd, &unknown) != OK)
		return false;
	move = tigetstr("cup");
	del_curterm(cur_term);
	return move && move != (const char *)-1;
}

bool screen_is_usable(FILE *to)
{
	const char *terminal = getenv("TERM");

	return isatty(fileno(to)) && terminal && *terminal && strcmp(terminal, "dumb") != 0 &&
	       tcgetpgrp(fileno(to)) == getpgrp() && is_known(fileno(to));
}

/* Whether the user wants no colours (no-color.org: an empty value does not count). */
static bool no_color(void)
{
	const char *value = getenv("NO_COLOR");

	return value && *value;
}

static void on_fatal(int signal_number)
{
	if (restore.fd >= 0) {
		if (write(restore.fd, restore.text, restore.length) < 0)
			restore.length = 0;
		tcsetattr(restore.fd, TCSANOW, &restore.modes);
	}
	raise(signal_number); /* SA_RESETHAND has restored the default action */
}

static void remember(const char *capability)
{
	const char *text = tigetstr(capability);
	size_t n;

	if (!text || text == (const char *)-1)
		return;
	n = strlen(text);
	if (restore.length + n > sizeof(restore.text))
		return;
	memcpy(restore.text + restore.length, text, n);
	restore.length += n;
}

static void catch_fatal(int fd, const struct termios *modes)
{
	struct sigaction action = {.sa_handler = on_fatal, .sa_flags = (int)SA_RESETHAND};

	restore.modes = *modes;
	restore.length = 0;
	remember("sgr0");
	remember("cnorm");
	remember("rmcup");
	restore.fd = fd;
	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < ARRAY_SIZE(fatal); i++)
		sigaction(fatal[i], &action, NULL);
}

struct screen *screen_new(FILE *to)
{
	struct screen *screen = calloc(1, sizeof(*screen));
	struct termios modes;
	int fd = dup(fileno(to));

	if (screen)
		screen->from = fd < 0 ? NULL : fdopen(fd, "r+");
	if (!screen || !screen->from || tcgetattr(fd, &modes) ||
		!(screen->terminal = newterm(NULL, to, screen->from))) {
		if (screen && screen->from)
			fclose(screen->from);
		else if (fd >= 0)
			close(fd);
		free(screen);
		return NULL;
	}
	screen->keys = fd;
	catch_fatal(fileno(to), &modes);
	cbreak();
	noecho();
	nodelay(stdscr, TRUE);
	curs_set(0);
	if (!no_color() && has_colors() && start_color() == OK) {
		use_default_colors();
		init_pair(PICTURE_GOOD, COLOR_GREEN, -1);
		init_pair(PICTURE_BAD, COLOR_RED, -1);
	}
	return screen;
}

void screen_free(struct screen *screen)
{
	if (!screen)
		return;
	endwin();
	restore.fd = -1;
	for (size_t i = 0; i < ARRAY_SIZE(fatal); i++)
		signal(fatal[i], SIG_DFL);
	delscreen(screen->terminal);
	fclose(screen->from);
	free(screen);
}

static int attribute_of(enum picture_style style)
{
	switch (style) {
	case PICTURE_STRONG:
		return (int)A_BOLD;
	case PICTURE_FAINT:
		return (int)A_DIM;
	case PICTURE_GOOD:
	case PICTURE_BAD:
		return no_color() || !has_colors() ? 0 : COLOR_PAIR(style);
	case PICTURE_PLAIN:
		break;
	}
	return 0;
}

void screen_draw(struct screen *screen, const struct picture *picture)
{
	int height, width;
	size_t count;

	getmaxyx(stdscr, height, width);
	if (height < 1 || width < 1)
		return;
	count = picture_render(picture, (unsigned)width, (unsigned)height, picture_has_utf8(),
		screen->page, LINES_MAX);
	erase();
	for (size_t i = 0; i < count; i++) {
		attrset(attribute_of(screen->page[i].style));
		mvaddstr((int)i, 0, screen->page[i].text);
	}
	attrset(0);
	refresh();
}

int screen_wait(struct screen *screen, int fd, int64_t until_ns)
{
	struct pollfd polled[] = {
		{.fd = screen->keys, .events = POLLIN}, {.fd = fd, .events = POLLIN}};
	int64_t left_ns = until_ns - clock_mono_ns();
	int key, rc;

	rc = poll(polled, ARRAY_SIZE(polled), left_ns > 0 ? (int)(left_ns / NS_PER_MS) + 1 : 0);
	/* A terminal that has hung up is always ready: polling it would spin. */
	if (rc > 0 && polled[0].revents && !(polled[0].revents & POLLIN))
		screen->keys = -1;
	key = getch();
	if (key == ERR && rc > 0 && polled[0].revents & POLLIN)
		screen->keys = -1;
	return key == ERR || key == KEY_RESIZE ? 0 : key;
}
