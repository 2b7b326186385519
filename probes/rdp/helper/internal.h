/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Inside blackout-rdp, a separate program so that nothing else depends on libfreerdp. It holds one
 * remote-desktop session, writes events as lines to its output, and reads commands as lines from
 * its input (blackout-rdp(1)). It judges nothing.
 *
 * One thread does everything, except for the guard: a second thread that limits the time of a
 * handshake, for which libfreerdp has no time-out.
 */
#ifndef BLACKOUT_PROBES_RDP_HELPER_INTERNAL_H
#define BLACKOUT_PROBES_RDP_HELPER_INTERNAL_H

#include "harness/base/base.h"
#include "harness/base/credentials.h"
#include "harness/facts/facts.h"

#include <pthread.h>
#include <sys/types.h>

/* The screen that the session asks for, in pixels. */
#define SCREEN_WIDTH 640
#define SCREEN_HEIGHT 480

struct rdp_options {
	const char *address; /* numeric */
	uint16_t port;
	bool user_keys;       /* also type keys, between the refreshes */
	bool any_certificate; /* a changed certificate is reported and accepted */
	int64_t interval_ns, connect_timeout_ns, try_timeout_ns, ack_timeout_ns;
};
/* Returns 0; 1 if help was requested and printed; -1 with the error. */
int options_read(struct rdp_options *options, int argc, char **argv, struct err *e);

/* Moves the events to a separate descriptor, so that no library can print between their lines. */
int events_open(struct err *e);
/* Writes one event line. Ends the program if the line cannot be written: the reader is gone. */
void event_write(int64_t ns, const char *name, const struct fact_field *fields, size_t count);
#define EVENT(ns, name, ...)                                                \
	event_write((ns), (name), (const struct fact_field[]){__VA_ARGS__}, \
		sizeof((const struct fact_field[]){__VA_ARGS__}) / sizeof(struct fact_field))
#define EVENT_BARE(ns, name) event_write((ns), (name), NULL, 0)

/* Where commands come from: standard input, and SIGTERM and SIGINT, which mean `quit`. */
enum command { COMMAND_NONE, COMMAND_OPEN, COMMAND_CLOSE, COMMAND_TRY, COMMAND_QUIT };
#define CONSOLE_LINE_MAX 256
#define CONSOLE_QUEUE_MAX 16
struct console {
	int signal_fd;
	char line[CONSOLE_LINE_MAX]; /* the beginning of a line whose end has not arrived */
	size_t length;
	bool overlong;
	enum command queue[CONSOLE_QUEUE_MAX];
	size_t queued;
};
int console_open(struct console *console, struct err *e);
void console_close(struct console *console);
/* Queues the commands that have arrived, without waiting. The end of input counts as `quit`. */
void console_take(struct console *console);
/* Waits until a command is queued, at most until `until_ns` (NS_INF: no limit). */
void console_wait(struct console *console, int64_t until_ns);
/* Takes the oldest command; COMMAND_NONE if there is none. */
enum command console_next(struct console *console);
/* True if a close or a quit is queued, which cancels the attempt under way. */
bool console_has_cancel(const struct console *console);

/* Why a connection attempt failed or a connection was lost. */
struct failure {
	int code;   /* an errno; 0: unknown */
	bool final; /* another attempt is pointless: wrong password, changed certificate */
	char name[64];
	char why[256];
};
/* Sets a failure that is not final. why NULL: strerror's text. */
void failure_set_errno(struct failure *failure, int code, const char *why);

/*
 * Connects to the address and port of `options`. Returns the socket; or -1 with the failure, which
 * is ECANCELED if a command cancelled the attempt.
 */
int tcp_connect(const struct rdp_options *options, struct console *console, int64_t until_ns,
	struct failure *failure);

/* The server's certificate as it was first seen: SHA-256 of its DER form, in hexadecimal. */
struct pin {
	char fingerprint[65];
	bool any;            /* a changed certificate is accepted */
	bool shown, refused; /* in the newest attempt */
};
/* True if a server with this certificate (PEM) is accepted. Reports a change. */
bool pin_accepts(struct pin *pin, const unsigned char *pem, size_t length);

/* Makes a folder for libfreerdp's files and sets HOME to it. Returns 0, or -1 with errno. */
int scratch_dir_make(char *path, size_t size);
void scratch_dir_remove(const char *path);

struct guard {
	struct console *console; /* its commands may cancel the handshake */
	int64_t until_ns;
	int fd;                 /* the socket that is shut down */
	void (*cut)(void *ctx); /* called before the shutdown */
	void *ctx;
	pthread_t thread;
	int end_fd; /* an eventfd that ends the thread */
	int reason; /* see guard_stop */
};
/* Returns 0 or an errno. */
int guard_start(struct guard *guard);
/* Returns why the guard ended the handshake: ETIMEDOUT or ECANCELED; 0 if it did not. */
int guard_stop(struct guard *guard);

/* A rectangle of the screen, in pixels. */
struct rect {
	int x, y, width, height;
};

/* The inputs that no frame has answered yet, oldest first. A full queue forgets the oldest. */
#define INPUT_QUEUE_MAX 16384
struct input_queue {
	struct input {
		int64_t seq;
		struct rect rect;
		bool key; /* else a refresh of `rect` */
	} * ring;
	size_t head, count;
};
/* Returns 0, or -1 out of memory. */
int input_queue_init(struct input_queue *queue);
void input_queue_release(struct input_queue *queue);
void input_queue_clear(struct input_queue *queue);
/* The area that refresh `seq` asks for: neighbouring refreshes ask for different ones. */
struct rect input_queue_refresh_rect(int64_t seq);
/* Adds an input that was sent; rect NULL: a key. */
void input_queue_add(struct input_queue *queue, int64_t seq, const struct rect *rect);
/* Removes the input that a frame answers, and all older ones. Returns its seq; -1: none. */
int64_t input_queue_take_frame(struct input_queue *queue, const struct rect *frame);

/*
 * Marks a pixel that the server has not sent since the picture was requested. No server sends this
 * value.
 */
#define PIXEL_NOT_SENT UINT32_C(0x5a01fe03)

/* The text that was typed, as pixels of the screen that typing changed. */
struct typed_text {
	uint32_t *before, *typed; /* the screen without and with the text */
	bool *mask;               /* which pixels show the text */
	bool *changed;            /* which pixels differed from `before` at any time */
	size_t pixels, shown;     /* of the screen; of the text */
};
enum text_kept {
	TEXT_LOST,
	TEXT_KEPT,
	TEXT_UNKNOWN, /* no text was shown, or the server did not send all pixels of the text */
};
#define PICTURE_HASH_MAX 65
/* Returns 0, or -1 out of memory. */
int typed_text_init(struct typed_text *text, size_t pixels);
void typed_text_release(struct typed_text *text);
void typed_text_set_before(struct typed_text *text, const uint32_t *screen);
/*
 * Adds a picture of the screen with the text; `first` forgets the pictures before. A pixel that
 * differs between pictures (a caret, a clock) is not text. True if a pixel changed that had not
 * changed before: the text may not be drawn completely yet.
 */
bool typed_text_add(struct typed_text *text, const uint32_t *screen, bool first);
enum text_kept typed_text_kept(const struct typed_text *text, const uint32_t *screen);
/* SHA-256 over the text's pixels in `screen`; "" if typing changed no pixel. */
const char *typed_text_hash(
	const struct typed_text *text, const uint32_t *screen, char buf[static PICTURE_HASH_MAX]);

/* One connection. */
struct link;
struct link_setup {
	const struct rdp_options *options;
	const struct credentials *credentials;
	struct pin *pin;
	struct console *console;
	bool proven; /* the server has accepted user and password once */
	void (*on_frame)(void *ctx, int64_t ns, const struct rect *rect);
	void *ctx;
};
/*
 * Connects: TCP within tcp_ns, TCP and handshake together within whole_ns. Returns NULL with the
 * failure.
 */
struct link *link_open(
	const struct link_setup *setup, int64_t tcp_ns, int64_t whole_ns, struct failure *failure);
void link_close(struct link *link);
/* Handles the server's messages until `until_ns` or a command. -1: the connection is lost. */
int link_serve(struct link *link, int64_t until_ns, struct failure *failure);
void link_request_refresh(struct link *link, const struct rect *rect);
/*
 * Requests the whole screen; sets the local copy to PIXEL_NOT_SENT first, so that no old pixel
 * counts.
 */
void link_request_picture(struct link *link);
/* True if the server has sent all pixels of the requested picture. */
bool link_picture_is_whole(const struct link *link);
/* Copies SCREEN_WIDTH × SCREEN_HEIGHT pixels; those that the server's screen lacks are black. */
void link_copy_picture(const struct link *link, uint32_t *pixels);
/* Presses and releases a key. */
void link_type_key(struct link *link, uint32_t scancode);

/* The typed text, and the extra key of --user-keys; freerdp/scancode.h has the codes. */
#define SESSION_TEXT_LENGTH 8
#define SESSION_X RDP_SCANCODE_KEY_X
#define SESSION_BACKSPACE RDP_SCANCODE_BACKSPACE
extern const uint32_t session_text[SESSION_TEXT_LENGTH];

enum session_phase {
	PHASE_DOWN,     /* not connected; if a session is wanted, the next attempt is at next_ns */
	PHASE_GIVEN_UP, /* not connected, and no further attempt is made */
	PHASE_SETTLE,   /* waits until the guest has drawn the screen */
	PHASE_PICTURE,  /* a requested picture is arriving */
	PHASE_TYPE,     /* the text is typed */
	PHASE_INPUTS,   /* inputs are sent and answered */
};

/* What a picture is for. */
enum picture {
	PICTURE_BEFORE, /* the screen without the text */
	PICTURE_TYPED,  /* one of several with the text */
	PICTURE_AGAIN,  /* after a reconnect: is the text still there? */
	PICTURE_END,    /* before the session is closed: is the text still there? */
};

struct session {
	struct link_setup *setup;
	struct link *link;    /* NULL: not connected */
	bool wanted;          /* opened and not yet closed */
	struct failure final; /* why no further attempt is made; name "": attempts are made */
	enum session_phase phase;
	int64_t next_ns;            /* when the phase must do something */
	int64_t refresh_ns, key_ns; /* when the next refresh and the next key are due */
	int64_t seq;
	bool extra_key; /* the extra key was typed after the text and not yet removed */
	size_t typed;   /* how many keys of the text were sent */
	struct input_queue inputs;
	struct typed_text text;
	uint32_t screen[SCREEN_WIDTH * SCREEN_HEIGHT];
	enum picture picture;
	unsigned samples;   /* pictures of the typed text since new pixels of it were last drawn */
	int64_t typing_ns;  /* when the text's first key was sent */
	int64_t drawn_ns;   /* when new pixels of the text were last drawn */
	int64_t check_ns;   /* when the first picture that checks the text was requested */
	unsigned frames;    /* received since the present picture was requested */
	int64_t request_ns; /* when the present picture was requested */
	int64_t first_frame_ns, last_frame_ns; /* of that picture */
};

/* Enters a phase, which must do something after after_ns. */
void session_set_phase(struct session *s, enum session_phase phase, int64_t after_ns);
/* Closes the connection, if there is one. */
void session_disconnect(struct session *s);
/* Disconnects for good: no session is wanted any more. */
void session_finish(struct session *s);
void session_start_inputs(struct session *s);
/* Removes the typed text if the last picture shows it (`kept`), then finishes. */
void session_end(struct session *s, bool kept);
void session_request_picture(struct session *s, enum picture picture);
/* If the picture is complete or overdue, does what it is for. */
void session_poll_picture(struct session *s);

/* Carries out commands until quit or the end of input. Returns 0, or -1 with the error. */
int session_serve(struct link_setup *setup, struct err *e);

#endif
