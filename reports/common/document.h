/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Shared by the reports: a document composed in memory in the C locale and written in one step,
 * escaped text, numbers and intervals as text.
 */
#ifndef BLACKOUT_REPORTS_COMMON_DOCUMENT_H
#define BLACKOUT_REPORTS_COMMON_DOCUMENT_H

#include "harness/base/directory.h"
#include "harness/base/text.h"
#include "harness/verdict/verdict.h"

#include <locale.h>

/* Sets the thread's locale to "C" until c_locale_leave, so that numbers have a decimal point. */
struct c_locale {
	locale_t c, before;
};
int c_locale_enter(struct c_locale *locale, struct err *e);
void c_locale_leave(struct c_locale *locale);

/* A document being composed: print to `f`. The thread's locale is "C" until it is ended. */
struct doc {
	FILE *f;
	char *text;
	size_t length;
	struct c_locale locale;
};

int doc_open(struct doc *doc, struct err *e);
/* Ends the document and writes it to DIR/NAME in one step. Frees it in any case. */
int doc_close(struct doc *doc, const struct directory *dir, const char *name, struct err *e);
/* Ends the document. The caller owns its text (malloc'd). */
int doc_take(struct doc *doc, char **text, struct err *e);
/* Discards a document. */
void doc_drop(struct doc *doc);

/* Number of columns that UTF-8 text takes, one per character. */
size_t text_width(const char *text);
/*
 * Copies escaped text to buf; if it is wider than `width` columns, "~" replaces its middle. Returns
 * buf.
 */
const char *text_fit(const char *text, size_t width, char *buf, size_t size);
/*
 * Prints a CSV cell: quoted as RFC 4180 demands, escaped if a spreadsheet would take it for a
 * formula. Bytes that are not UTF-8 become \xNN. NULL gives an empty cell.
 */
void csv_text(FILE *f, const char *text);
/* A file name from a case's name: [A-Za-z0-9._-] only, never empty, never starting with '.'. */
void name_safe(const char *text, char *buf, size_t size);

/* Seconds with `decimals` (0 to 9), rounded half up; "-" for NS_NONE, "inf" for NS_INF. */
#define NUMBER_TEXT_MAX 48
const char *fixed_text(int64_t ns, int decimals, char buf[static NUMBER_TEXT_MAX]);
/* Milliseconds with `decimals`; "-" for NS_NONE. */
const char *ms_text(int64_t ns, int decimals, char buf[static NUMBER_TEXT_MAX]);
/*
 * Seconds as "[1.234, 1.250]"; "-" if not measured. lo is rounded down and hi up, so the printed
 * interval contains the measured one.
 */
const char *interval_text(struct interval i, int decimals, char buf[static NUMBER_TEXT_MAX]);
/*
 * The name of a row on a VM in a case, not escaped: "CASE" or, if the case's runs have several VMs,
 * "CASE VM". plan_case may be NULL: the plan does not have the case.
 */
#define ROW_NAME_MAX 700
const char *case_row_name(const struct plan_case *plan_case, const char *case_name, const char *vm,
	char buf[static ROW_NAME_MAX]);
/* Memory of a case's VM in bytes; -1 if not known. */
int64_t case_memory(const struct plan_case *plan_case, const char *vm);
/* Share of that memory filled with data, 0 to 1; -1 if not known. */
double case_fill(const struct plan_case *plan_case, const char *vm);
/* "attached", "detached", or "" if not known. */
const char *case_session(const struct plan_case *plan_case, const char *vm);
/*
 * The silence that gives a blackout its upper end: a gap of the judged series or, if no gap is as
 * long, the longest time between answered probes, in which a silence may have gone unseen.
 */
struct silence {
	const struct gap *gap;  /* NULL: a time between answered probes */
	int64_t from_ns, to_ns; /* outermost ends; NS_NONE: that end was not seen */
	enum phase phase;       /* of the move, when the silence began */
	/* Caused at least half of the interval's width; NULL: sampling did. */
	const struct disturbance *disturbed_by;
};
/*
 * The longest possible silence of one series; it has no phase if it is a time between answers.
 * False: there is none, or it was not measured.
 */
bool observed_silence(const struct observation *observation, struct silence *silence);
/* The same of a move's judged series, with its phase in any case. */
bool longest_silence(const struct move_result *move, struct silence *silence);
/* Number of moves that were set up. Only they have measurements. */
size_t moves_set_up(const struct results *results);
/* Whether any of the plan's runs moved several VMs. */
bool has_several(const struct results *results);
/*
 * Whether fast pings probed a VM without a user in this case (NULL: in any case). Such a case does
 * not test a silent VM.
 */
bool probed_fast(const struct results *results, const struct plan_case *plan_case);

#endif
