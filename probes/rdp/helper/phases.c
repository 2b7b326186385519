/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How a session goes from one phase to the next: see session.h. */
#include "probes/rdp/helper/session.h"

void session_phase(struct session *s, enum phase phase, int64_t after_ns)
{
	s->phase = phase;
	s->next_ns = clock_mono_ns() + after_ns;
}

void session_down(struct session *s)
{
	link_close(s->link);
	s->link = NULL;
	answers_clear(&s->answers);
	s->phase = PHASE_DOWN;
}

void session_finish(struct session *s)
{
	session_down(s);
	s->wanted = false;
	EVENT_BARE(clock_mono_ns(), "closed");
}

void session_closed(struct session *s, bool kept)
{
	/* The text was ours: it is taken back where it still stands. */
	for (size_t i = 0; kept && i < SESSION_TEXT_LENGTH; i++)
		link_key(s->link, SESSION_BACKSPACE);
	session_finish(s);
}

void session_watch(struct session *s)
{
	session_phase(s, PHASE_RUN, 0);
	s->refresh_ns = s->next_ns;
	s->key_ns = s->next_ns + s->setup->options->interval_ns / 2;
}
