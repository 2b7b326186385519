/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Users' sessions in each move, for sessions.csv and report.txt: gaps of session and network, TCP's
 * retransmissions in between, drops, and attempts of a disconnected user to connect again.
 */
#ifndef BLACKOUT_REPORTS_COMMON_SESSIONS_H
#define BLACKOUT_REPORTS_COMMON_SESSIONS_H

#include "harness/verdict/verdict.h"

/* Whether the text that was typed into the session was still there after the move. */
enum kept { KEPT_UNCHECKED, KEPT_YES, KEPT_NO };

struct session_row {
	const struct move_result *m;
	const struct series *series;
	const struct observation *observation; /* NULL: no session was open, only tried for */
	/*
	 * Opening of the session in use at the trigger, otherwise the first after it. NS_NONE:
	 * none.
	 */
	int64_t opened_ns;
	unsigned drops;
	const struct session_event *drop; /* the first */
	/* The last refused attempt after a drop, if the session was never open again; or NULL. */
	const struct session_event *refused;
	enum kept state_kept;
	struct interval gap, network;   /* lengths; lo_ns NS_NONE: not measured */
	int64_t gap_from_ns, gap_to_ns; /* outermost ends of the session's gap; NS_NONE: not seen */
	int64_t missed_ns, return_ns; /* network: first missed answer, first answer after the gap */
	/* By captures: retransmissions in the session's gap, and the first after return_ns. */
	bool captured; /* a capture has the session's connection */
	unsigned retransmitted_user, retransmitted_vm;
	int64_t retransmitted_ns; /* NS_NONE: none */
	/* Round trips of inputs sent in the window. NAN: none. */
	double median_ms, p99_ms;
	unsigned tries, tries_failed; /* attempts to connect */
	const struct session_try *first_try, *first_success, *first_failure;
	const struct session_try *given_up; /* the probe gave up connecting, or NULL */
};

struct session_rows {
	struct session_row *row;
	size_t count, capacity;
};

int session_rows_init(struct session_rows *rows, const struct results *results, struct err *e);
void session_rows_release(struct session_rows *rows);
/*
 * Longest session gap that the network's gap explains: twice the network's, plus one interval
 * between inputs, plus 0.2 s. NS_NONE: the network's gap is not known, or has no end.
 */
int64_t session_allowed_ns(const struct session_row *row);

#endif
