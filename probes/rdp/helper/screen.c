/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Pictures of the server's screen: requests whole pictures, detects when a picture is complete, and
 * checks whether the typed text is on the screen. A busy guest may draw late, so the text is
 * missing only if it does not appear for some time.
 */
#include "probes/rdp/helper/internal.h"

#include <freerdp/scancode.h>
#include <stdio.h>

/* A picture arrives as about 40 frames within 0.1 s. It is used after this time without one, … */
#define QUIET_NS (300 * NS_PER_MS)
/* … or this long after its first frame, on a screen that always changes. */
#define RESTLESS_NS (3 * NS_PER_S)
/* If no frame comes for this long, the server sends no picture, or no more of it. */
#define SILENT_NS (10 * NS_PER_S)
/* A picture that is not whole after this long is used as it is: the screen may always change. */
#define PICTURE_NS (30 * NS_PER_S)
#define POLL_NS (50 * NS_PER_MS)
/*
 * How many pictures of the complete text are taken, at least QUIET_NS apart, to find a blinking
 * caret. The text is complete if no new pixel was drawn for as long as drawing took, …
 */
#define SAMPLES 3
/* … or this long after its first key, on a screen that always changes. */
#define DRAWING_NS (10 * NS_PER_S)
/* The text is lost if no picture shows it for this long. */
#define LOST_NS (5 * NS_PER_S)

const uint32_t session_text[SESSION_TEXT_LENGTH] = {RDP_SCANCODE_KEY_B, RDP_SCANCODE_KEY_L,
	RDP_SCANCODE_KEY_A, RDP_SCANCODE_KEY_C, RDP_SCANCODE_KEY_K, RDP_SCANCODE_KEY_O,
	RDP_SCANCODE_KEY_U, RDP_SCANCODE_KEY_T};

static void request_screen(struct session *s)
{
	s->frames = 0;
	s->request_ns = clock_mono_ns();
	link_request_picture(s->link);
	session_set_phase(s, PHASE_PICTURE, POLL_NS);
}

void session_request_picture(struct session *s, enum picture picture)
{
	s->picture = picture;
	s->samples = 0;
	s->check_ns = clock_mono_ns();
	request_screen(s);
}

static void write_screen(const struct session *s, const char *what)
{
	char hash[PICTURE_HASH_MAX];

	EVENT(clock_mono_ns(), "screen", FS(FIELD_WHAT, what),
		FS(FIELD_HASH, typed_text_hash(&s->text, s->screen, hash)));
}

static void write_unknown(const char *why)
{
	char text[128];

	snprintf(text, sizeof(text), "%s: it is unknown whether state is kept", why);
	EVENT(clock_mono_ns(), "error", FS(FIELD_TEXT, text));
}

static void write_kept(enum text_kept kept)
{
	if (kept == TEXT_UNKNOWN)
		write_unknown("the server does not send the whole picture");
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

/* True if no new pixel of the text was drawn for as long as drawing took. */
static bool is_drawn(const struct session *s, int64_t now_ns)
{
	return s->text.shown && now_ns - s->drawn_ns >= s->drawn_ns - s->typing_ns;
}

static void add_sample(struct session *s)
{
	int64_t now_ns = clock_mono_ns();
	bool late = now_ns - s->typing_ns >= DRAWING_NS;
	bool more = typed_text_add(&s->text, s->screen, s->samples++ == 0);

	if (more) {
		s->drawn_ns = now_ns;
		/*
		 * This picture may lack some of the text: the samples begin anew with the next one.
		 */
		if (!late)
			s->samples = 0;
	}
	if (s->samples < SAMPLES || (!late && !is_drawn(s, now_ns))) {
		request_screen(s);
		return;
	}
	write_screen(s, "typed");
	if (!s->text.shown)
		write_unknown("the typed text does not show on the screen");
	session_start_inputs(s);
}

/* After a reconnect, or before the session is closed. */
static void check_text(struct session *s)
{
	enum text_kept kept = typed_text_kept(&s->text, s->screen);

	if (kept == TEXT_LOST && clock_mono_ns() - s->check_ns < LOST_NS) {
		request_screen(s);
		return;
	}
	if (s->picture == PICTURE_END)
		write_screen(s, "end");
	write_kept(kept);
	if (s->picture == PICTURE_END)
		session_end(s, kept == TEXT_KEPT);
	else if (kept == TEXT_LOST)
		begin_text(s);
	else
		session_start_inputs(s);
}

static void use_picture(struct session *s)
{
	link_copy_picture(s->link, s->screen);
	switch (s->picture) {
	case PICTURE_BEFORE:
		begin_text(s);
		break;
	case PICTURE_TYPED:
		add_sample(s);
		break;
	case PICTURE_AGAIN:
	case PICTURE_END:
		check_text(s);
		break;
	}
}

static bool is_complete(const struct session *s, int64_t now_ns)
{
	bool quiet =
		now_ns - s->last_frame_ns >= QUIET_NS || now_ns - s->first_frame_ns >= RESTLESS_NS;

	/* A busy guest may pause in the middle of a picture. */
	bool awaited = now_ns - s->last_frame_ns < SILENT_NS && now_ns - s->request_ns < PICTURE_NS;

	return quiet && (!awaited || link_picture_is_whole(s->link));
}

void session_poll_picture(struct session *s)
{
	int64_t now_ns = clock_mono_ns();

	if (s->frames && is_complete(s, now_ns)) {
		use_picture(s);
	} else if (!s->frames && now_ns - s->request_ns >= SILENT_NS) {
		write_unknown("the server sends no picture");
		if (s->picture == PICTURE_END)
			session_end(s, false);
		else
			session_start_inputs(s);
	} else {
		session_set_phase(s, PHASE_PICTURE, POLL_NS);
	}
}
