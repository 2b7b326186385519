/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Makes facts of blackout-rdp's events: an input is a probe, and a frame answers all inputs up to
 * the one that it names; other events become facts about the session and its connection attempts.
 */
#include "probes/rdp/internal.h"

#include <stdlib.h>
#include <string.h>

/* An input that is later by more than this many intervals shows that the program was delayed. */
#define LATE_INTERVALS 3
/* How long after its stamp a line may still be in the pipe. */
#define PIPE_NS (250 * NS_PER_MS)
/* The maximum number of pending inputs; the oldest are forgotten. */
#define PENDING_MAX ((size_t)1 << 17)

static uint32_t index_of(const struct rdp_probe *p, const struct rdp_target *t)
{
	return (uint32_t)(t - p->targets);
}

static const char *subject_of(const struct rdp_probe *p, const struct rdp_target *t)
{
	return p->recorder.targets[index_of(p, t)].subject;
}

/* Adds a record. A full ring is first emptied into the facts. */
static void put(struct rdp_probe *p, const struct record *r)
{
	if (p->ring.head - p->ring.tail >= p->ring.size - 1)
		recorder_take(&p->recorder, &p->ring);
	record_put(&p->ring, r);
}

static void pop(struct rdp_target *t)
{
	t->first++;
	t->count--;
	if (t->expired)
		t->expired--;
	if (t->first > t->capacity / 2) {
		memmove(t->pending, t->pending + t->first, t->count * sizeof(*t->pending));
		t->first = 0;
	}
}

void rdp_forget(struct rdp_target *t)
{
	t->first = t->count = t->expired = 0;
}

static void put_unanswered(struct rdp_probe *p, const struct rdp_target *t,
	const struct rdp_pending *input, int64_t at_ns, int error)
{
	put(p, &(struct record){.kind = RECORD_UNANSWERED,
		       .target = index_of(p, t),
		       .seq = input->seq,
		       .sent_ns = input->sent_ns,
		       .ns = at_ns,
		       .error = error,
		       .reported_ns = NS_NONE});
}

void rdp_expire(struct rdp_probe *p, struct rdp_target *t, int64_t now)
{
	int64_t timeout_ns = p->config->timeout_ns;

	while (t->expired < t->count) {
		const struct rdp_pending *input = &t->pending[t->first + t->expired];

		if (input->sent_ns + timeout_ns + PIPE_NS > now)
			return;
		put_unanswered(p, t, input, input->sent_ns + timeout_ns, 0);
		t->expired++;
	}
}

/* Records all pending inputs as unanswered: the session has been lost. */
static void fail_pending(struct rdp_probe *p, struct rdp_target *t, int64_t at_ns, int error)
{
	for (; t->expired < t->count; t->expired++)
		put_unanswered(p, t, &t->pending[t->first + t->expired], at_ns, error);
	rdp_forget(t);
}

/* Writes a fact with `fields` and the event's reasons for the failure. */
static void put_failure(struct rdp_probe *p, const struct rdp_target *t, const struct fact *event,
	enum fact_kind kind, struct fact_field *fields, size_t count)
{
	int64_t error = fact_number(event, FIELD_ERRNO, 0);

	if (error)
		fields[count++] = (struct fact_field)FI(FIELD_ERRNO, error);
	if (fact_text(event, FIELD_ERROR))
		fields[count++] = (struct fact_field)FS(FIELD_ERROR, fact_text(event, FIELD_ERROR));
	if (fact_text(event, FIELD_WHY))
		fields[count++] = (struct fact_field)FS(FIELD_WHY, fact_text(event, FIELD_WHY));
	fact_write(p->config->log, event->ns, kind, subject_of(p, t), fields, count);
}

static void on_connecting(struct rdp_probe *p, struct rdp_target *t, const struct fact *event)
{
	(void)p;
	t->began_ns = event->ns;
}

static void on_connected(struct rdp_probe *p, struct rdp_target *t, const struct fact *event)
{
	int64_t from_ns = t->began_ns == NS_NONE ? event->ns : t->began_ns;
	int64_t took_ns = fact_number(event, FIELD_TOOK, event->ns - from_ns);

	t->began_ns = NS_NONE;
	if (t->in_trial) {
		FACT(p->config->log, event->ns, FACT_TRY, subject_of(p, t), FI(FIELD_FROM, from_ns),
			FS(FIELD_OUTCOME, try_outcome_name(TRY_CONNECTED)),
			FI(FIELD_TOOK, took_ns));
		t->wants_trial = false;
		return;
	}
	t->held = t->connected = true;
	t->running = false;
	t->newest_ns = NS_NONE;
	FACT(p->config->log, event->ns, FACT_SESSION, subject_of(p, t),
		FS(FIELD_WHAT, session_event_name(SESSION_EVENT_OPEN)), FI(FIELD_TOOK, took_ns));
}

/*
 * After a final refusal the program refuses each further attempt by itself. Then no `connecting`
 * precedes the refusal, and the outcome is `given-up` rather than `refused`.
 */
static void on_refused(struct rdp_probe *p, struct rdp_target *t, const struct fact *event)
{
	const char *error = fact_text(event, FIELD_ERROR), *why = fact_text(event, FIELD_WHY);
	struct fact_field fields[5] = {FS(FIELD_WHAT, session_event_name(SESSION_EVENT_REFUSED))};
	int64_t from_ns = t->began_ns;

	snprintf(t->why, sizeof(t->why), "%s%s%s", why ? why : "", why && error ? ", " : "",
		error ? error : "");
	t->began_ns = NS_NONE;
	if (!t->in_trial) {
		put_failure(p, t, event, FACT_SESSION, fields, 1);
		return;
	}
	t->in_trial = false;
	t->try_next_ns = event->ns + RDP_TRY_AGAIN_NS;
	if (fact_text(event, FIELD_FINAL))
		t->wants_trial = false;
	fields[0] = (struct fact_field)FI(FIELD_FROM, from_ns == NS_NONE ? event->ns : from_ns);
	fields[1] = (struct fact_field)FS(
		FIELD_OUTCOME, try_outcome_name(from_ns == NS_NONE ? TRY_GIVEN_UP : TRY_REFUSED));
	put_failure(p, t, event, FACT_TRY, fields, 2);
}

static void on_input(struct rdp_probe *p, struct rdp_target *t, const struct fact *event)
{
	int64_t interval_ns = p->config->interval_ns;
	int64_t late_ns = t->newest_ns == NS_NONE ? 0 : event->ns - t->newest_ns - interval_ns;

	/* Keys come between the refreshes, so one check covers both kinds of input. */
	if (late_ns > LATE_INTERVALS * interval_ns)
		put(p, &(struct record){.kind = RECORD_LATE_TICK,
			       .ns = event->ns,
			       .sent_ns = t->newest_ns + interval_ns,
			       .seq = (uint64_t)late_ns});
	t->newest_ns = event->ns;
	t->running = true;
	p->recorder.targets[index_of(p, t)].sent++;
	if (t->closing)
		return;
	if (t->count == PENDING_MAX)
		pop(t);
	if (ARRAY_GROW(t->pending, t->first + t->count, t->capacity))
		return;
	t->pending[t->first + t->count++] =
		(struct rdp_pending){.program_seq = fact_number(event, FIELD_SEQ, 0),
			.seq = t->seq++,
			.sent_ns = event->ns};
}

static void on_frame(struct rdp_probe *p, struct rdp_target *t, const struct fact *event)
{
	int64_t newest = fact_number(event, FIELD_ANSWERS, -1);

	if (newest < 0) {
		FACT(p->config->log, event->ns, FACT_UPDATE, subject_of(p, t),
			FI(FIELD_WIDTH, fact_number(event, FIELD_WIDTH, 0)),
			FI(FIELD_HEIGHT, fact_number(event, FIELD_HEIGHT, 0)));
		return;
	}
	while (t->count && t->pending[t->first].program_seq <= newest) {
		const struct rdp_pending *input = &t->pending[t->first];

		if (input->sent_ns <= event->ns)
			put(p, &(struct record){.kind = RECORD_ANSWER,
				       .target = index_of(p, t),
				       .seq = input->seq,
				       .sent_ns = input->sent_ns,
				       .ns = event->ns,
				       .reported_ns = NS_NONE});
		pop(t);
	}
}

static void on_screen(struct rdp_probe *p, struct rdp_target *t, const struct fact *event)
{
	const char *what = fact_text(event, FIELD_WHAT), *hash = fact_text(event, FIELD_HASH);

	FACT(p->config->log, event->ns, FACT_SCREEN, subject_of(p, t),
		FS(FIELD_WHAT, what ? what : ""), FS(FIELD_HASH, hash ? hash : ""));
}

static void on_state(struct rdp_probe *p, struct rdp_target *t, const struct fact *event)
{
	FACT(p->config->log, event->ns, FACT_SESSION, subject_of(p, t),
		FS(FIELD_WHAT, session_event_name(SESSION_EVENT_STATE)),
		FB(FIELD_KEPT, fact_yes(event, FIELD_KEPT)));
}

static void on_disconnected(struct rdp_probe *p, struct rdp_target *t, const struct fact *event)
{
	struct fact_field fields[4] = {FS(FIELD_WHAT, session_event_name(SESSION_EVENT_DROP))};

	t->connected = t->running = false;
	t->lost = t->closing;
	t->newest_ns = NS_NONE;
	put_failure(p, t, event, FACT_SESSION, fields, 1);
	fail_pending(p, t, event->ns, (int)fact_number(event, FIELD_ERRNO, 0));
}

static void on_closed(struct rdp_probe *p, struct rdp_target *t, const struct fact *event)
{
	if (t->in_trial) {
		t->in_trial = false;
		return;
	}
	t->held = t->connected = t->running = t->closing = t->lost = false;
	t->newest_ns = NS_NONE;
	rdp_forget(t);
	FACT(p->config->log, event->ns, FACT_SESSION, subject_of(p, t),
		FS(FIELD_WHAT, session_event_name(SESSION_EVENT_CLOSE)));
}

/* Writes a note, which the report shows. */
static void put_note(struct rdp_probe *p, const struct rdp_target *t, int64_t ns, const char *text)
{
	char note[512];

	snprintf(note, sizeof(note), "%s: %s", p->config->targets[index_of(p, t)].name, text);
	FACT(p->config->log, ns, FACT_NOTE, "-", FS(FIELD_TEXT, note));
}

static void on_certificate(struct rdp_probe *p, struct rdp_target *t, const struct fact *event)
{
	const char *from = fact_text(event, FIELD_FROM), *to = fact_text(event, FIELD_TO);
	char text[320];

	snprintf(text, sizeof(text), "the RDP server's certificate changed from %.100s to %.100s",
		from ? from : "?", to ? to : "?");
	put_note(p, t, event->ns, text);
}

static void on_error(struct rdp_probe *p, struct rdp_target *t, const struct fact *event)
{
	const char *text = fact_text(event, FIELD_TEXT);

	put_note(p, t, event->ns, text ? text : "an error without a text");
}

static const struct {
	const char *name;
	void (*take)(struct rdp_probe *p, struct rdp_target *t, const struct fact *event);
} handlers[] = {
	{"connecting", on_connecting},
	{"connected", on_connected},
	{"refused", on_refused},
	{"input", on_input},
	{"frame", on_frame},
	{"screen", on_screen},
	{"state", on_state},
	{"disconnected", on_disconnected},
	{"closed", on_closed},
	{"certificate", on_certificate},
	{"error", on_error},
};

void rdp_take_event(struct rdp_probe *p, struct rdp_target *t, const char *line)
{
	char with_subject[RDP_LINE_MAX + 4];
	const char *name = strchr(line, '\t');
	const char *rest = name ? strchr(name + 1, '\t') : NULL;
	struct fact event;

	/* An event is a fact line without a subject: add one. */
	snprintf(with_subject, sizeof(with_subject), "%.*s\t-%s",
		(int)(rest ? rest - line : (ptrdiff_t)strlen(line)), line, rest ? rest : "");
	if (fact_parse(with_subject, &event)) {
		put_note(p, t, clock_mono_ns(), "blackout-rdp printed a line that is no event");
		return;
	}
	/* Unknown events are ignored: a later version may have more. */
	for (size_t i = 0; i < ARRAY_SIZE(handlers); i++)
		if (strcmp(handlers[i].name, event.kind) == 0)
			handlers[i].take(p, t, &event);
}
