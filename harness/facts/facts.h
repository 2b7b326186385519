/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Facts as text: one writer for every source, one parser of a line. What the facts mean is the
 * timeline's business. The format is docs/facts.md.
 */
#ifndef BLACKOUT_FACTS_FACTS_H
#define BLACKOUT_FACTS_FACTS_H

#include "harness/base/base.h"
#include "harness/facts/vocabulary.h"

#define FACTS_HEADER "#blackout-facts 1"
#define FACT_FIELDS_MAX 24
/* The probes of a run line are evenly spread, but for half an interval and so much. */
#define SPAN_TOLERANCE_NS NS_PER_MS

/*
 * The longest regular step from one request of a prober to the next. A longer one is a pause: time in
 * which nothing was probed, which proves no silence. The probes of a run line are not further apart.
 */
static inline int64_t regular_step_ns(int64_t interval_ns)
{
	return interval_ns + interval_ns / 2 + SPAN_TOLERANCE_NS;
}

/* One key=value of a fact: text, or a number where text is NULL. */
struct fact_field {
	const char *key;
	const char *text;
	int64_t number;
};
#define FS(k, t) {.key = (k), .text = (t)}
#define FI(k, v) {.key = (k), .number = (int64_t)(v)}
#define FB(k, yes) FS(k, yes_no(yes))

/* Writes one field with the TAB before it, escaped. */
void fact_field_put(FILE *f, const struct fact_field *field);

struct fact_log;

/*
 * Opens DIR/facts/SOURCE.tsv and writes the header (a new file) and a `segment` fact. A file that
 * is there is continued: a line that was cut is ended first, so that it spoils nothing after it.
 * Stamps and clock pairs come from `clock`. Errors: the file cannot be made or written.
 */
int fact_log_open(struct fact_log **log, const char *dir, const char *source,
	const struct clock *clock, struct err *e);
/*
 * Writes one fact; the line is composed whole before it goes out, and the log may be shared by
 * threads. The first failure sticks (fact_log_failed). Returns 0 or -1.
 */
int fact_write(struct fact_log *log, int64_t ns, enum fact_kind kind, const char *subject,
	const struct fact_field *fields, size_t count);
#define FACT(log, ns, kind, subject, ...)                                                          \
	fact_write((log), (ns), (kind), (subject), (const struct fact_field[]){__VA_ARGS__},       \
		sizeof((const struct fact_field[]){__VA_ARGS__}) / sizeof(struct fact_field))
/*
 * To be called at least twice a second, by any thread: writes the `clock` fact each second, hands
 * lines to the system. 0, or -1 once a line could not be written.
 */
int fact_log_tick(struct fact_log *log);
/* True, with the reason, once a line could not be written (disk full). */
bool fact_log_failed(struct fact_log *log, struct err *e);
/* Writes the `end` fact, flushes, fsyncs, closes and frees. NULL is allowed. 0 or -1. */
int fact_log_close(struct fact_log *log, const char *reason, struct err *e);

/* The id of this machine's boot, as in a `segment` fact; "unknown" where the system does not tell. */
#define BOOT_ID_MAX 64
void facts_boot_id(char *buf, size_t size);

/* A line taken apart; all pointers point into the line given to fact_parse. */
struct fact {
	int64_t ns;
	const char *kind; /* the word in the line … */
	enum fact_kind id;
	const char *subject;
	struct {
		const char *key;
		const char *value;
	} fields[FACT_FIELDS_MAX];
	size_t count;
};

/* Takes a line apart in place (without its LF; TAB, LF, % come back from %xx). 0, or -1: not a fact. */
int fact_parse(char *line, struct fact *fact);
/* The value of a key, or NULL. */
const char *fact_text(const struct fact *fact, const char *key);
/* Whether the value of a key is "yes". */
bool fact_yes(const struct fact *fact, const char *key);
/* The value of a key as a number, or `otherwise` where it is absent or no whole number. */
int64_t fact_number(const struct fact *fact, const char *key, int64_t otherwise);

#endif
