/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Users' sessions move by move, for sessions.csv and report.txt: the session's gap beside the
 * network's, what TCP sent again meanwhile, drops, and the attempts of a user who was not connected.
 */
#ifndef BLACKOUT_REPORTS_COMMON_SESSIONS_H
#define BLACKOUT_REPORTS_COMMON_SESSIONS_H

#include "harness/verdict/verdict.h"

/* Whether what was typed was there again. */
enum kept { KEPT_UNTOLD, KEPT_YES, KEPT_NO };

struct session_row {
	const struct move_result *m;
	const struct series *series;
	const struct observation *observation; /* NULL: no session was open, only tried for */
	int64_t opened_ns; /* the open in force at the trigger, else the first after it; NS_NONE */
	unsigned drops;
	const struct session_event *drop; /* the first */
	const struct session_event *refused; /* the last attempt after a drop that stayed one, or NULL */
	enum kept state_kept;
	struct interval gap, network;     /* lo_ns NS_NONE: not measured */
	int64_t gap_from_ns, gap_to_ns;   /* the widest the session's can have been; NS_NONE */
	int64_t missed_ns, return_ns;     /* the network's: first missed answer, first new one */
	/* By the captures: sent again in the session's gap, and the first after the network's return. */
	bool captured;
	unsigned resent_user, resent_vm;
	int64_t resent_ns; /* NS_NONE: none */
	/* Round trips of inputs sent in the window. NAN: none. */
	double median_ms, p99_ms;
	unsigned tries, tries_failed;
	const struct session_try *first_try, *first_success, *first_failure;
	const struct session_try *given_up; /* nothing was tried any more, or NULL */
};

struct session_rows {
	struct session_row *row;
	size_t count, room;
};

int session_rows_make(struct session_rows *rows, const struct results *results, struct err *e);
void session_rows_free(struct session_rows *rows);
/* The gap that a session may have for its network's: twice that, a frame's interval and 0.2 s. */
int64_t session_allowed_ns(const struct session_row *row);

#endif
