/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The changes of a session's phase. */
#include "probes/rdp/helper/internal.h"

#include <freerdp/scancode.h>

void session_set_phase(struct session *s, enum session_phase phase, int64_t after_ns)
{
	s->phase = phase;
	s->next_ns = clock_mono_ns() + after_ns;
}

void session_disconnect(struct session *s)
{
	link_close(s->link);
	s->link = NULL;
	input_queue_clear(&s->inputs);
	s->phase = PHASE_DOWN;
}

void session_finish(struct session *s)
{
	session_disconnect(s);
	s->wanted = false;
	EVENT_BARE(clock_mono_ns(), "closed");
}

void session_end(struct session *s, bool kept)
{
	/* Remove the text that was typed. */
	for (size_t i = 0; kept && i < SESSION_TEXT_LENGTH; i++)
		link_type_key(s->link, SESSION_BACKSPACE);
	session_finish(s);
}

void session_start_inputs(struct session *s)
{
	session_set_phase(s, PHASE_INPUTS, 0);
	s->refresh_ns = s->next_ns;
	s->key_ns = s->next_ns + s->setup->options->interval_ns / 2;
}
