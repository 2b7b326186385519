/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The session's life: connect, type a text, send inputs, and check at the end whether the text is
 * still there. The session is always in one phase, which must do something at next_ns.
 */
#include "probes/rdp/helper/internal.h"

#include <errno.h>
#include <freerdp/scancode.h>
#include <string.h>

/* The time between reconnect attempts. */
#define RETRY_NS NS_PER_S
/* The time between the extra keys of --user-keys. */
#define KEY_NS (NS_PER_S / 4)
/* How long the guest may draw a new screen before the first picture is requested. */
#define SETTLE_NS NS_PER_S
/* The time between the text's keys. */
#define TYPE_NS (50 * NS_PER_MS)

static void write_failure(const char *event, const struct failure *failure, bool final)
{
	struct fact_field fields[] = {FI(FIELD_ERRNO, failure->code),
		FS(FIELD_ERROR, failure->name), FS(FIELD_WHY, failure->why), FB(FIELD_FINAL, true)};

	event_write(clock_mono_ns(), event, fields, ARRAY_SIZE(fields) - !final);
}

static void write_error(const char *text)
{
	EVENT(clock_mono_ns(), "error", FS(FIELD_TEXT, text));
}

static void settle(struct session *s)
{
	s->extra_key = false;
	session_set_phase(s, PHASE_SETTLE, SETTLE_NS);
}

/*
 * Makes one connection attempt and writes its events. tcp_ns limits the TCP connection, whole_ns
 * that and the handshake. After a final failure (wrong password, changed certificate) further
 * attempts are refused here, because they might lock the account.
 */
static int attempt(struct session *s, int64_t tcp_ns, int64_t whole_ns)
{
	int64_t start_ns = clock_mono_ns();
	struct failure failure;

	if (s->final.name[0]) {
		write_failure("refused", &s->final, true);
		return -1;
	}
	EVENT_BARE(start_ns, "connecting");
	s->link = link_open(s->setup, tcp_ns, whole_ns, &failure);
	if (s->link) {
		s->setup->proven = true;
		EVENT(clock_mono_ns(), "connected", FI(FIELD_TOOK, clock_mono_ns() - start_ns));
		return 0;
	}
	write_failure("refused", &failure, failure.final);
	if (failure.final) {
		s->final = failure;
		write_error(
			"not tried again: the server would refuse again, and might lock the account");
	}
	return -1;
}

static void do_open(struct session *s)
{
	const struct rdp_options *options = s->setup->options;

	if (s->wanted) {
		write_error("open: a session is open");
		return;
	}
	/* If the attempt fails, the next one is made only by another command. */
	if (attempt(s, options->connect_timeout_ns, options->connect_timeout_ns))
		return;
	s->wanted = true;
	s->text.shown = 0;
	settle(s);
}

static void do_try(struct session *s)
{
	const struct rdp_options *options = s->setup->options;

	if (s->wanted) {
		write_error("try: a session is open");
		return;
	}
	if (attempt(s, options->try_timeout_ns, options->try_timeout_ns))
		return;
	session_disconnect(s);
	EVENT_BARE(clock_mono_ns(), "closed");
}

static void do_close(struct session *s)
{
	if (!s->wanted) {
		write_error("close: no session is open");
		return;
	}
	if (s->phase != PHASE_INPUTS || !s->text.shown) {
		session_finish(s);
		return;
	}
	if (s->extra_key)
		link_type_key(s->link, SESSION_BACKSPACE);
	s->extra_key = false;
	session_request_picture(s, PICTURE_END);
}

/* Reconnects after a drop: each second, until an attempt succeeds or fails for good. */
static void retry(struct session *s)
{
	const struct rdp_options *options = s->setup->options;

	session_set_phase(s, PHASE_DOWN, RETRY_NS);
	if (attempt(s, options->try_timeout_ns, options->connect_timeout_ns) == 0)
		settle(s);
	else if (s->final.name[0])
		s->phase = PHASE_GIVEN_UP;
}

static void send_input(struct session *s, const char *kind, const struct rect *rect, uint32_t key)
{
	int64_t now_ns = clock_mono_ns();

	input_queue_add(&s->inputs, s->seq, rect);
	if (rect)
		link_request_refresh(s->link, rect);
	else
		link_type_key(s->link, key);
	EVENT(now_ns, "input", FI(FIELD_SEQ, s->seq), FS(FIELD_KIND, kind));
	s->seq++;
}

/* The first time of the grid due_ns + n * interval_ns, n >= 1, after now_ns. Skips missed times. */
static int64_t next_on_grid(int64_t due_ns, int64_t interval_ns, int64_t now_ns)
{
	int64_t missed = now_ns > due_ns ? (now_ns - due_ns) / interval_ns : 0;

	return due_ns + (missed + 1) * interval_ns;
}

static void send_due(struct session *s)
{
	const struct rdp_options *options = s->setup->options;
	int64_t now_ns = clock_mono_ns();

	if (now_ns >= s->refresh_ns) {
		struct rect rect = input_queue_refresh_rect(s->seq);

		send_input(s, "refresh", &rect, 0);
		s->refresh_ns = next_on_grid(s->refresh_ns, options->interval_ns, now_ns);
	}
	if (options->user_keys && now_ns >= s->key_ns) {
		s->extra_key = !s->extra_key;
		send_input(s, "key", NULL, s->extra_key ? SESSION_X : SESSION_BACKSPACE);
		s->key_ns = next_on_grid(s->key_ns, KEY_NS, now_ns);
	}
	s->next_ns = options->user_keys && s->key_ns < s->refresh_ns ? s->key_ns : s->refresh_ns;
}

static void type_next(struct session *s)
{
	if (s->typed == SESSION_TEXT_LENGTH) {
		session_request_picture(s, PICTURE_TYPED);
		return;
	}
	link_type_key(s->link, session_text[s->typed++]);
	session_set_phase(s, PHASE_TYPE, TYPE_NS);
}

static void do_phase(struct session *s)
{
	switch (s->phase) {
	case PHASE_DOWN:
		if (s->wanted)
			retry(s);
		break;
	case PHASE_GIVEN_UP:
		break;
	case PHASE_SETTLE:
		session_request_picture(s, s->text.shown ? PICTURE_AGAIN : PICTURE_BEFORE);
		break;
	case PHASE_PICTURE:
		session_poll_picture(s);
		break;
	case PHASE_TYPE:
		type_next(s);
		break;
	case PHASE_INPUTS:
		send_due(s);
		break;
	}
}

static void on_frame(void *ctx, int64_t ns, const struct rect *rect)
{
	struct session *s = ctx;
	int64_t seq;

	if (s->phase == PHASE_PICTURE) {
		if (!s->frames++)
			s->first_frame_ns = ns;
		s->last_frame_ns = ns;
	}
	if (s->phase != PHASE_INPUTS)
		return;
	seq = input_queue_take_frame(&s->inputs, rect);
	if (seq >= 0)
		EVENT(ns, "frame", FI(FIELD_ANSWERS, seq));
	else
		EVENT(ns, "frame", FI(FIELD_WIDTH, rect->width), FI(FIELD_HEIGHT, rect->height));
}

/* Waits until the phase must do something or a command comes; serves the connection meanwhile. */
static void wait(struct session *s)
{
	bool idle = s->phase == PHASE_GIVEN_UP || (s->phase == PHASE_DOWN && !s->wanted);
	struct failure failure;

	if (!s->link) {
		console_wait(s->setup->console, idle ? NS_INF : s->next_ns);
		return;
	}
	if (link_serve(s->link, s->next_ns, &failure) == 0)
		return;
	write_failure("disconnected", &failure, false);
	/* Lost while the session was being closed: do not reconnect. */
	if (s->phase == PHASE_PICTURE && s->picture == PICTURE_END) {
		session_finish(s);
		return;
	}
	session_disconnect(s);
	s->next_ns = clock_mono_ns();
}

int session_serve(struct link_setup *setup, struct err *e)
{
	struct session s = {.setup = setup};
	enum command command = COMMAND_NONE;
	int rc = -1;

	setup->on_frame = on_frame;
	setup->ctx = &s;
	if (input_queue_init(&s.inputs) || typed_text_init(&s.text, SCREEN_WIDTH * SCREEN_HEIGHT)) {
		err_set(e, "out of memory");
		goto out;
	}
	while (command != COMMAND_QUIT) {
		wait(&s);
		command = console_next(setup->console);
		if (command == COMMAND_OPEN)
			do_open(&s);
		else if (command == COMMAND_CLOSE)
			do_close(&s);
		else if (command == COMMAND_TRY)
			do_try(&s);
		else if (command == COMMAND_NONE && clock_mono_ns() >= s.next_ns)
			do_phase(&s);
	}
	if (s.wanted)
		session_finish(&s);
	rc = 0;
out:
	input_queue_release(&s.inputs);
	typed_text_release(&s.text);
	return rc;
}
