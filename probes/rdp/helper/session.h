/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A session's state: what is due (session.c), its phases (phases.c), and the pictures (screen.c). */
#ifndef BLACKOUT_PROBES_RDP_HELPER_SESSION_H
#define BLACKOUT_PROBES_RDP_HELPER_SESSION_H

#include "probes/rdp/helper/internal.h"

#include <freerdp/scancode.h>

#define SESSION_TEXT_LENGTH 8
#define SESSION_X RDP_SCANCODE_KEY_X
#define SESSION_BACKSPACE RDP_SCANCODE_BACKSPACE
extern const uint32_t session_text[SESSION_TEXT_LENGTH];

enum phase {
	PHASE_DOWN,     /* no connection; one is tried when due, if one is wanted */
	PHASE_GIVEN_UP, /* nor will one be tried */
	PHASE_SETTLE,
	PHASE_PICTURE, /* a picture was asked for and comes */
	PHASE_TYPE,
	PHASE_RUN,
};

/* What a picture is for. */
enum picture { PICTURE_BEFORE, PICTURE_TYPED, PICTURE_AGAIN, PICTURE_END };

struct session {
	struct link_setup *setup;
	struct link *link;
	bool wanted; /* opened and not yet closed */
	struct failure final; /* why no further attempt is made; no name: none such */
	enum phase phase;
	int64_t next_ns, refresh_ns, key_ns;
	int64_t seq;
	bool extra_key; /* an x stands behind the text */
	size_t typed;   /* keys of the text that are sent */
	struct answers answers;
	struct text_state text;
	uint32_t screen[SCREEN_WIDTH * SCREEN_HEIGHT];
	enum picture picture;
	unsigned looks, frames;
	int64_t asked_ns, first_frame_ns, last_frame_ns;
};

void session_phase(struct session *s, enum phase phase, int64_t after_ns);
/* Closes the connection, if there is one. */
void session_down(struct session *s);
/* The same at the end: none is wanted any more. */
void session_finish(struct session *s);
/* Begins to send inputs. */
void session_watch(struct session *s);
/* The end's picture was taken. */
void session_closed(struct session *s, bool kept);

/* Asks for a picture. */
void session_picture(struct session *s, enum picture picture);
/* Looks whether it is there, and does what it is for. */
void session_picture_look(struct session *s);

#endif
