/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Pictures of the server's screen: a whole picture is requested, is complete when no more frames come,
 * and tells whether the typed text is on the screen.
 */
#include "probes/rdp/helper/internal.h"

#include <freerdp/scancode.h>

/* A picture comes in about 40 frames within 0.1 s. It is complete if no frame came for so long, … */
#define QUIET_NS (300 * NS_PER_MS)
/* … or after so long, on a screen that always changes. */
#define RESTLESS_NS (3 * NS_PER_S)
/* If no frame comes for so long, there is no picture. */
#define SILENT_NS (10 * NS_PER_S)
#define POLL_NS (50 * NS_PER_MS)
/* How many pictures of the typed text are taken, at least QUIET_NS apart: a caret blinks within that. */
#define SAMPLES 3

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
	ask(s);
}

static void say_screen(const struct session *s, const char *what)
{
	char hash[PICTURE_HASH_MAX];

	EVENT(clock_mono_ns(), "screen", FS(FIELD_WHAT, what),
		FS(FIELD_HASH, typed_text_hash(&s->text, s->screen, hash)));
}

static bool say_kept(const struct session *s)
{
	bool kept = typed_text_is_kept(&s->text, s->screen);

	EVENT(clock_mono_ns(), "state", FB(FIELD_KEPT, kept));
	return kept;
}

static void begin_text(struct session *s)
{
	typed_text_set_before(&s->text, s->screen);
	s->typed = 0;
	session_set_phase(s, PHASE_TYPE, 0);
}

static void typed(struct session *s)
{
	typed_text_add(&s->text, s->screen, s->samples++ == 0);
	if (s->samples < SAMPLES) {
		ask(s);
		return;
	}
	say_screen(s, "typed");
	if (!s->text.shown)
		EVENT(clock_mono_ns(), "error",
			FS(FIELD_TEXT, "the typed text does not show on the screen: it is unknown "
				       "whether state is kept"));
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
		if (say_kept(s))
			session_start_inputs(s);
		else
			begin_text(s);
		break;
	case PICTURE_END:
		say_screen(s, "end");
		session_end(s, say_kept(s));
		break;
	}
}

void session_poll_picture(struct session *s)
{
	int64_t now_ns = clock_mono_ns();

	if (s->frames && (now_ns - s->last_frame_ns >= QUIET_NS ||
				 now_ns - s->first_frame_ns >= RESTLESS_NS)) {
		taken(s);
	} else if (!s->frames && now_ns - s->asked_ns >= SILENT_NS) {
		EVENT(now_ns, "error",
			FS(FIELD_TEXT,
				"the server sends no picture: it is unknown whether state is "
				"kept"));
		if (s->picture == PICTURE_END)
			session_end(s, false);
		else
			session_start_inputs(s);
	} else {
		session_set_phase(s, PHASE_PICTURE, POLL_NS);
	}
}
