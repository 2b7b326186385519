/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The parts of blackout-rdp, a program of its own so that libfreerdp is nobody else's dependency.
 * It holds one remote-desktop session, says what happens as lines on its output, and takes commands
 * as lines on its input (blackout-rdp(1)). It judges nothing.
 *
 * One thread does everything, but for the guard that bounds a handshake, for which libfreerdp has
 * no time-out of its own.
 */
#ifndef BLACKOUT_PROBES_RDP_HELPER_INTERNAL_H
#define BLACKOUT_PROBES_RDP_HELPER_INTERNAL_H

#include "harness/base/base.h"
#include "harness/base/credentials.h"
#include "harness/facts/facts.h"

#include <pthread.h>
#include <sys/types.h>

#define SCREEN_WIDTH 640
#define SCREEN_HEIGHT 480

struct rdp_options {
	const char *address; /* numeric */
	uint16_t port;
	bool user_keys;       /* type beside the refreshes */
	bool any_certificate; /* say that the certificate changed, and go on */
	int64_t interval_ns, connect_timeout_ns, try_timeout_ns, ack_timeout_ns;
};
/* 0: run; 1: help was asked for and given; -1: wrong, the error says what. */
int options_read(struct rdp_options *options, int argc, char **argv, struct err *e);

/* Moves the events' lines to a descriptor of their own, so that no library can print among them. */
int events_open(struct err *e);
/* One line of output. A reader that is gone ends the program: nobody is left to tell. */
void event_write(int64_t ns, const char *name, const struct fact_field *fields, size_t count);
#define EVENT(ns, name, ...)                                                                       \
	event_write((ns), (name), (const struct fact_field[]){__VA_ARGS__},                        \
		sizeof((const struct fact_field[]){__VA_ARGS__}) / sizeof(struct fact_field))
#define EVENT_BARE(ns, name) event_write((ns), (name), NULL, 0)

enum command { COMMAND_NONE, COMMAND_OPEN, COMMAND_CLOSE, COMMAND_TRY, COMMAND_QUIT };
#define CONSOLE_LINE_MAX 256
#define CONSOLE_QUEUE_MAX 16
struct console {
	int signal_fd; /* SIGTERM and SIGINT: as quit */
	char line[CONSOLE_LINE_MAX];
	size_t length;
	bool overlong;
	enum command queue[CONSOLE_QUEUE_MAX];
	size_t queued;
};
int console_open(struct console *console, struct err *e);
void console_close(struct console *console);
/* Takes what can be read without waiting. End of input is a quit. */
void console_take(struct console *console);
/* Waits for a command or the instant (NS_INF: none). */
void console_wait(struct console *console, int64_t until_ns);
/* The next command, COMMAND_NONE if there is none. */
enum command console_next(struct console *console);
/* A close or a quit waits: what is being tried need not be finished. */
bool console_hurries(const struct console *console);

/* Why there is no connection, or no longer. */
struct failure {
	int code; /* an errno; 0: none is known */
	bool final; /* trying again is of no use: the password is wrong, the certificate another */
	char name[64];
	char why[256];
};
void failure_errno(struct failure *failure, int code, const char *why);

/* A connected socket for `options`, or -1. Ends early when the console hurries (ECANCELED). */
int tcp_connect(const struct rdp_options *options, struct console *console, int64_t until_ns,
	struct failure *failure);

/* The server's certificate as first seen: SHA-256 of its DER form, in hexadecimal. */
struct pin {
	char fingerprint[65];
	bool any;
	bool shown, refused; /* in the newest attempt */
};
/* Whether to go on with a server that shows this certificate (PEM). */
bool pin_accepts(struct pin *pin, const unsigned char *pem, size_t length);

/* A folder for libfreerdp's files, which HOME names from then on. */
int scratch_make(char *path, size_t size);
void scratch_remove(const char *path);

struct guard {
	struct console *console;
	int64_t until_ns;
	int fd; /* the socket to cut */
	void (*cut)(void *ctx);
	void *ctx;
	pthread_t thread;
	int end_fd, reason;
};
/* 0 or an errno. */
int guard_start(struct guard *guard);
/* What it cut the handshake for: 0 (it did not), ETIMEDOUT or ECANCELED. */
int guard_stop(struct guard *guard);

struct rect {
	int x, y, width, height;
};

/* Which input a frame answers. */
#define ANSWERS_MAX 16384
struct answers {
	struct pending {
		int64_t seq;
		struct rect rect;
		bool key;
	} *ring;
	size_t head, count;
};
int answers_init(struct answers *answers);
void answers_free(struct answers *answers);
void answers_clear(struct answers *answers);
/* The corner of the screen that input `seq` asks for: neighbours differ, so that frames do. */
struct rect answers_rect(int64_t seq);
/* An input goes out; rect NULL: a key. */
void answers_sent(struct answers *answers, int64_t seq, const struct rect *rect);
/*
 * A frame has come. The newest input that it answers, all older ones with it; -1: none.
 */
int64_t answers_frame(struct answers *answers, const struct rect *frame);

/* What typing changed on the screen, and whether it is still there. */
struct text_state {
	uint32_t *before, *typed;
	bool *mask; /* pixels that show the text */
	size_t pixels, shown;
};
#define PICTURE_HASH_MAX 65
int text_init(struct text_state *text, size_t pixels);
void text_free(struct text_state *text);
void text_before(struct text_state *text, const uint32_t *screen);
/* Called several times: a pixel that changes by itself (a caret, a clock) is none of the text's. */
void text_typed(struct text_state *text, const uint32_t *screen, bool first);
bool text_kept(const struct text_state *text, const uint32_t *screen);
/* A hash of the text's pixels; "" if typing showed nothing. */
const char *text_hash(const struct text_state *text, const uint32_t *screen,
	char buf[static PICTURE_HASH_MAX]);

/* One connection. */
struct link;
struct link_setup {
	const struct rdp_options *options;
	const struct credentials *credentials;
	struct pin *pin;
	struct console *console;
	bool proven; /* user and password were accepted before */
	void (*on_frame)(void *ctx, int64_t ns, const struct rect *rect);
	void *ctx;
};
/*
 * Connects: TCP within tcp_ns, that and the handshake within whole_ns. NULL: failed, and why.
 */
struct link *link_open(const struct link_setup *setup, int64_t tcp_ns, int64_t whole_ns,
	struct failure *failure);
void link_close(struct link *link);
/* Serves the connection until the instant or until the console has something. -1: lost. */
int link_serve(struct link *link, int64_t until_ns, struct failure *failure);
void link_refresh(struct link *link, const struct rect *rect);
/* Asks for the whole screen anew; the copy kept here is wiped, so that nothing old is taken for it. */
void link_ask_picture(struct link *link);
/* Copies SCREEN_WIDTH × SCREEN_HEIGHT pixels. */
void link_picture(const struct link *link, uint32_t *pixels);
void link_key(struct link *link, uint32_t scancode);

/* Carries out commands until quit or end of input. */
int session_run(struct link_setup *setup, struct err *e);

#endif
