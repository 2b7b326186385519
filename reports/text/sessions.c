/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Users' sessions, and why their gaps differ from the network's. A section of report.txt. */
#include "reports/common/sessions.h"
#include "reports/text/text.h"

#include <inttypes.h>
#include <string.h>

/* Whether the typed text was kept; "" if it was not checked. */
static const char *state_text(const struct session_row *row)
{
	if (row->state_kept == KEPT_UNCHECKED)
		return "";
	return row->state_kept == KEPT_YES ? ", what was typed is still there"
					   : ", what was typed is LOST";
}

static void put_gap(FILE *f, const struct session_row *row)
{
	char name[MOVE_NAME_MAX], probe[128], gap[NUMBER_TEXT_MAX], network[NUMBER_TEXT_MAX];
	char allowed[NUMBER_TEXT_MAX], limit[96] = "", line[1400];
	int64_t allowed_ns = session_allowed_ns(row);

	if (allowed_ns != NS_NONE)
		snprintf(limit, sizeof(limit), ", %s %s s",
			row->gap.hi_ns <= allowed_ns ? "within" : "NOT within",
			fixed_text(allowed_ns, 2, allowed));
	snprintf(line, sizeof(line), "%s, %s: gap %s s, the network's %s s%s; %u dropped%s",
		text_move_name(row->m, name), text_safe(row->series->probe, probe, sizeof(probe)),
		interval_text(row->gap, 2, gap), interval_text(row->network, 2, network), limit,
		row->drops, state_text(row));
	text_wrap(f, "  ", line);
}

static void put_latency(FILE *f, const struct observation *o)
{
	const struct {
		const char *when;
		int64_t median_ns, p99_ns;
	} stretches[] = {
		{"before", o->median_before_ns, o->p99_before_ns},
		{"during the copy", o->median_during_ns, o->p99_during_ns},
		{"after", o->median_after_ns, o->p99_after_ns},
	};
	char line[512] = "an input took (median, p99)", median[NUMBER_TEXT_MAX],
	     p99[NUMBER_TEXT_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(stretches); i++) {
		size_t used = strlen(line);

		if (stretches[i].median_ns == NS_NONE)
			continue;
		snprintf(line + used, sizeof(line) - used, "%s %s, %s ms %s", i ? ";" : "",
			ms_text(stretches[i].median_ns, 1, median),
			ms_text(stretches[i].p99_ns, 1, p99), stretches[i].when);
	}
	text_wrap(f, "      ", line);
}

/* TCP's retransmissions, which make a session's gap longer than the network's. */
static void put_retransmissions(FILE *f, const struct session_row *row)
{
	unsigned count = row->retransmitted_user + row->retransmitted_vm;
	char later[NUMBER_TEXT_MAX], end[NUMBER_TEXT_MAX], line[700];
	size_t used;

	if (!row->captured || row->gap_from_ns == NS_NONE)
		return;
	if (!count) {
		text_wrap(f, "      ",
			"the capture has no retransmission of it: TCP did not cause its gap");
		return;
	}
	used = (size_t)snprintf(line, sizeof(line),
		"in its gap TCP retransmitted %u segment%s (%u from the user's end, %u from the "
		"VM's)",
		count, count == 1 ? "" : "s", row->retransmitted_user, row->retransmitted_vm);
	if (row->retransmitted_ns != NS_NONE)
		used += (size_t)snprintf(line + used, sizeof(line) - used,
			", the first after the network's return %s s later",
			fixed_text(row->retransmitted_ns - row->return_ns, 3, later));
	else if (row->return_ns != NS_NONE)
		used += (size_t)snprintf(
			line + used, sizeof(line) - used, ", none after the network's return");
	if (row->return_ns != NS_NONE && row->gap_to_ns != NS_NONE)
		snprintf(line + used, sizeof(line) - used,
			"; its next frame came %s s after that return",
			fixed_text(row->gap_to_ns - row->return_ns, 3, end));
	text_wrap(f, "      ", line);
}

static void put_drop(FILE *f, const struct session_row *row)
{
	char at[NUMBER_TEXT_MAX], why[256], line[768];
	const struct session_event *drop = row->drop;
	const char *name;

	if (!drop)
		return;
	/* libfreerdp has one error for many causes; errno distinguishes them. */
	name = strerrorname_np((int)drop->errno_code);
	if (!drop->errno_code || !name || strstr(drop->error, name))
		name = NULL;
	snprintf(line, sizeof(line), "dropped %s s after the trigger: %s%s%s%s%s%s",
		fixed_text(drop->at_ns - row->m->move->trigger_ns, 2, at),
		text_safe(drop->error, why, sizeof(why)), *drop->error && name ? "; " : "",
		name ? name : "", name ? " (" : "",
		name ? strerrordesc_np((int)drop->errno_code) : "", name ? ")" : "");
	if (!*drop->error && !name)
		strncat(line, "no reason is known", sizeof(line) - strlen(line) - 1);
	if (row->gap.hi_ns == NS_INF)
		strncat(line, "; it never came back", sizeof(line) - strlen(line) - 1);
	if (row->gap.hi_ns == NS_INF && row->refused) {
		strncat(line, ": ", sizeof(line) - strlen(line) - 1);
		strncat(line, text_safe(row->refused->error, why, sizeof(why)),
			sizeof(line) - strlen(line) - 1);
	}
	text_wrap(f, "      ", line);
}

/* Seconds since the trigger, "3.20"; "-" for NS_NONE. */
static const char *since(const struct session_row *row, int64_t at_ns, char *buf)
{
	return at_ns == NS_NONE ? "-" : fixed_text(at_ns - row->m->move->trigger_ns, 2, buf);
}

/* The error of a failed attempt, " (ETIMEDOUT)"; "" if there is none. */
static void put_reason(char *buf, size_t size, const struct session_try *failure)
{
	char why[256];

	*buf = '\0';
	if (failure && *failure->error)
		snprintf(buf, size, " (%s)", text_safe(failure->error, why, sizeof(why)));
}

/* Outcome of the attempts to connect. There are none if an earlier one was refused for good. */
static void put_outcome(char *buf, size_t size, const struct session_row *row)
{
	char first[NUMBER_TEXT_MAX], through[NUMBER_TEXT_MAX], reason[300], final[300];

	put_reason(reason, sizeof(reason), row->first_failure);
	put_reason(final, sizeof(final), row->given_up);
	if (!row->tries)
		snprintf(buf, size, "not tried: an earlier attempt was refused permanently%s",
			final);
	else
		snprintf(buf, size, "tried %u time%s from %s s on, %u failed%s, %s%s%s%s%s",
			row->tries, row->tries == 1 ? "" : "s",
			since(row, row->first_try->from_ns, first), row->tries_failed, reason,
			row->first_success ? "connected at " : "none connected",
			row->first_success ? since(row, row->first_success->at_ns, through) : "",
			row->first_success ? " s" : "",
			row->given_up ? ", not tried again: refused permanently" : "", final);
}

static void put_tries(FILE *f, const struct session_row *row)
{
	char name[MOVE_NAME_MAX], missed[NUMBER_TEXT_MAX], returned[NUMBER_TEXT_MAX], outcome[700],
		line[1500];

	if (!row->tries && !row->given_up)
		return;
	put_outcome(outcome, sizeof(outcome), row);
	snprintf(line, sizeof(line),
		"%s, a user who is not connected: %s; ping missed its first answer at %s s "
		"and had one again at %s s",
		text_move_name(row->m, name), outcome, since(row, row->missed_ns, missed),
		since(row, row->return_ns, returned));
	text_wrap(f, "  ", line);
}

int text_sessions(FILE *f, const struct results *results, struct err *e)
{
	struct session_rows rows;

	if (session_rows_init(&rows, results, e))
		return -1;
	if (rows.count) {
		text_heading(f, "Sessions");
		text_wrap(f, "",
			"A session's gap is not the network's, because TCP waits longer before "
			"each retransmission. It may be twice the network's plus one input "
			"interval plus 0.2 s. Times of attempts are seconds since the trigger.");
	}
	for (size_t i = 0; i < rows.count; i++) {
		const struct session_row *row = &rows.row[i];

		if (row->observation) {
			put_gap(f, row);
			put_latency(f, row->observation);
			put_retransmissions(f, row);
			put_drop(f, row);
		}
		put_tries(f, row);
	}
	session_rows_release(&rows);
	return 0;
}
