/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the reports share: a document that is composed in memory in the C locale and then written in
 * one step, text made harmless, numbers and intervals as words. No report's contents live here.
 */
#ifndef BLACKOUT_REPORTS_COMMON_DOCUMENT_H
#define BLACKOUT_REPORTS_COMMON_DOCUMENT_H

#include "harness/base/text.h"
#include "harness/verdict/verdict.h"

#include <locale.h>

/* The thread's locale put to "C" for a while, so that a decimal point is a point. */
struct c_locale {
	locale_t c, before;
};
int c_locale_enter(struct c_locale *locale, struct err *e);
void c_locale_leave(struct c_locale *locale);

/* A document in the making: print to `f`. From doc_open to its end the thread's locale is "C". */
struct doc {
	FILE *f;
	char *text;
	size_t length;
	struct c_locale locale;
};

int doc_open(struct doc *doc, struct err *e);
/* Ends the document and writes it to DIR/NAME in one step. Frees it in any case. */
int doc_close(struct doc *doc, const char *dir, const char *name, struct err *e);
/* Ends the document and gives its text away (malloc'd). */
int doc_take(struct doc *doc, char **text, struct err *e);
/* Gives up a document. */
void doc_drop(struct doc *doc);

/* The number of columns that UTF-8 text takes, one a character. */
size_t text_width(const char *text);
/* At most `width` columns of text that is safe already: the middle is left out ("~") where it is
 * longer. Returns buf. */
const char *text_fit(const char *text, size_t width, char *buf, size_t size);
/* A cell of CSV: quoted where RFC 4180 asks for it, guarded where a spreadsheet would compute it;
 * bytes that are no UTF-8 become \xNN. NULL is an empty one. */
void csv_text(FILE *f, const char *text);
/* A file name from a case's name: [A-Za-z0-9._-] only, never empty, never starting with '.'. */
void name_safe(const char *text, char *buf, size_t size);

/* Seconds with so many decimals (0 to 9), rounded half up; "-" for NS_NONE, "inf" for NS_INF. */
#define NUMBER_TEXT_MAX 48
const char *fixed_text(int64_t ns, int decimals, char buf[static NUMBER_TEXT_MAX]);
/* Milliseconds with so many decimals; "-" for NS_NONE. */
const char *ms_text(int64_t ns, int decimals, char buf[static NUMBER_TEXT_MAX]);
/* "[1.234, 1.250]", or "-" where it was not measured. lo is rounded down and hi up, so that the
 * printed interval holds the measured one. */
const char *interval_text(struct interval i, int decimals, char buf[static NUMBER_TEXT_MAX]);
/* The axis values of a case, "2GB" for "memory"; NULL if the plan has no such axis. An axis of one
 * section ("desk.memory") counts where no plain one is there. */
const char *axis_value(const struct plan_case *plan_case, const char *name);
/* Memory of a case's VM in bytes, -1 if it cannot be told. */
int64_t case_memory(const struct plan_case *plan_case, const char *vm);
/* Share of that memory filled with data, 0 to 1; -1 if it cannot be told. */
double case_fill(const struct plan_case *plan_case, const char *vm);
/* "attached", "detached", or "" if it cannot be told. */
const char *case_session(const struct plan_case *plan_case, const char *vm);
/*
 * What the upper end of a move's blackout comes from: a gap of the judged series or, where no gap
 * is as long, the longest stretch between answers, in which a silence may have gone unseen.
 */
struct silence {
	const struct gap *gap;  /* NULL: a stretch between answers */
	int64_t from_ns, to_ns; /* the widest it can have been; NS_NONE: that end was not seen */
	enum phase phase;       /* where it began */
	/* What at least half of the interval's width is owed to; NULL: nothing disturbed it so far.
	 */
	const struct disturbance *disturbed_by;
};
/* The same of one series, without the phase of a stretch between answers. */
bool observed_silence(const struct observation *observation, struct silence *silence);
/* false: nothing was measured, or there is no silence to speak of. */
bool longest_silence(const struct move_result *move, struct silence *silence);
/* How many moves were set up; what was not has nothing measured. */
size_t moves_set_up(const struct results *results);
/* The judged observation of a move, or NULL. */
const struct observation *judged_observation(const struct move_result *move);
/*
 * Whether a VM that nobody was to use was probed fast, in a case (NULL: in any): then it is no test of a
 * silent VM.
 */
bool probed_fast(const struct results *results, const struct plan_case *plan_case);

#endif
