/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Pictures of the server's screen: a whole picture is requested, is complete when all of it has come and
 * no more frames come, and tells whether the typed text is on the screen. A busy guest may draw late:
 * nothing is concluded from a picture that shows too little before the guest had time.
 */
#include "probes/rdp/helper/internal.h"

#include <freerdp/scancode.h>
#include <stdio.h>

/* A picture comes in about 40 frames within 0.1 s. It is complete if no frame came for so long, … */
#define QUIET_NS (300 * NS_PER_MS)
/* … or after so long, on a screen that always changes. */
#define RESTLESS_NS (3 * NS_PER_S)
/* If no frame comes for so long, there is no picture, or no more of it. */
#define SILENT_NS (10 * NS_PER_S)
#define POLL_NS (50 * NS_PER_MS)
/*
 * How many pictures of the complete text are taken, at least QUIET_NS apart: a caret blinks within that.
 * The text is complete if nothing new was drawn for as long as drawing it took, …
 */
#define SAMPLES 3
/* … or after so long, on a screen that always changes. */
#define DRAWING_NS (10 * NS_PER_S)
/* The text is lost if no picture shows it for so long. */
#define LOST_NS (5 * NS_PER_S)

const uint32_t session_text[SESSION_TEXT_LENGTH] = {RDP_SCANCODE_KEY_B, RDP_SCANCODE_KEY_L,
	RDP_SCANCODE_KEY_A, RDP_SCANCODE_KEY_C, RDP_SCANCODE_KEY_K, RDP_SCANCODE_KEY_O,
	RDP_SCANCODE_KEY_U, RDP_SCANCODE_KEY_T};

static void ask(struct session *s)
{
	s->frames = 0;
	s->asked_ns = clock_mono_ns();
	link_request_picture(s->link);
	session_set_phase(s, PHASE_PICTURE, POLL_NS);
}

void session_request_picture(struct session *s, enum picture picture)
{
	s->picture = picture;
	s->samples = 0;
	s->check_ns = clock_mono_ns();
	ask(s);
}

static void say_screen(const struct session *s, const char *what)
{
	char hash[PICTURE_HASH_MAX];

	EVENT(clock_mono_ns(), "screen", FS(FIELD_WHAT, what),
		FS(FIELD_HASH, typed_text_hash(&s->text, s->screen, hash)));
}

static void say_unknown(const char *why)
{
	char text[128];

	snprintf(text, sizeof(text), "%s: it is unknown whether state is kept", why);
	EVENT(clock_mono_ns(), "error", FS(FIELD_TEXT, text));
}

static void say_kept(enum text_kept kept)
{
	if (kept == TEXT_UNKNOWN)
		say_unknown("the server does not send the whole picture");
	else
		EVENT(clock_mono_ns(), "state", FB(FIELD_KEPT, kept == TEXT_KEPT));
}

static void begin_text(struct session *s)
{
	typed_text_set_before(&s->text, s->screen);
	s->typed = 0;
	s->typing_ns = clock_mono_ns();
	session_set_phase(s, PHASE_TYPE, 0);
}

/* Whether nothing new of the text was drawn for as long as drawing it took. */
static bool is_drawn(const struct session *s, int64_t now_ns)
{
	return s->text.shown && now_ns - s->drawn_ns >= s->drawn_ns - s->typing_ns;
}

static void typed(struct session *s)
{
	int64_t now_ns = clock_mono_ns();
	bool late = now_ns - s->typing_ns >= DRAWING_NS;
	bool more = typed_text_add(&s->text, s->screen, s->samples++ == 0);

	if (more) {
		s->drawn_ns = now_ns;
		/* This picture may lack some of the text: the next one is the first of it. */
		if (!late)
			s->samples = 0;
	}
	if (s->samples < SAMPLES || (!late && !is_drawn(s, now_ns))) {
		ask(s);
		return;
	}
	say_screen(s, "typed");
	if (!s->text.shown)
		say_unknown("the typed text does not show on the screen");
	session_start_inputs(s);
}

/* After a reconnect, or before the session is closed. */
static void check(struct session *s)
{
	enum text_kept kept = typed_text_kept(&s->text, s->screen);

	if (kept == TEXT_LOST && clock_mono_ns() - s->check_ns < LOST_NS) {
		ask(s);
		return;
	}
	if (s->picture == PICTURE_END)
		say_screen(s, "end");
	say_kept(kept);
	if (s->picture == PICTURE_END)
		session_end(s, kept == TEXT_KEPT);
	else if (kept == TEXT_LOST)
		begin_text(s);
	else
		session_start_inputs(s);
}

static void taken(struct session *s)
{
	link_copy_picture(s->link, s->screen);
	switch (s->picture) {
	case PICTURE_BEFORE:
		begin_text(s);
		break;
	case PICTURE_TYPED:
		typed(s);
		break;
	case PICTURE_AGAIN:
	case PICTURE_END:
		check(s);
		break;
	}
}

static bool is_complete(const struct session *s, int64_t now_ns)
{
	bool quiet =
		now_ns - s->last_frame_ns >= QUIET_NS || now_ns - s->first_frame_ns >= RESTLESS_NS;

	/* A busy guest may pause in the middle of a picture. */
	return quiet && (link_picture_is_whole(s->link) || now_ns - s->last_frame_ns >= SILENT_NS);
}

void session_poll_picture(struct session *s)
{
	int64_t now_ns = clock_mono_ns();

	if (s->frames && is_complete(s, now_ns)) {
		taken(s);
	} else if (!s->frames && now_ns - s->asked_ns >= SILENT_NS) {
		say_unknown("the server sends no picture");
		if (s->picture == PICTURE_END)
			session_end(s, false);
		else
			session_start_inputs(s);
	} else {
		session_set_phase(s, PHASE_PICTURE, POLL_NS);
	}
}
