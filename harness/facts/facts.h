/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Facts as text: the only writer and the only parser of fact lines. harness/timeline interprets
 * facts. docs/facts.md describes the format.
 */
#ifndef BLACKOUT_FACTS_FACTS_H
#define BLACKOUT_FACTS_FACTS_H

#include "harness/base/base.h"
#include "harness/facts/vocabulary.h"

#define FACTS_HEADER "#blackout-facts 1"
#define FACT_FIELDS_MAX 24
/* A span's probe is sent within half an interval plus this of its evenly spaced instant. */
#define SPAN_TOLERANCE_NS NS_PER_MS

/*
 * The longest regular step from one request of a prober to the next. A longer step is a pause:
 * nothing was probed in it, so it proves no silence. A span contains no pause.
 */
static inline int64_t regular_step_ns(int64_t interval_ns)
{
	return interval_ns + interval_ns / 2 + SPAN_TOLERANCE_NS;
}

/* One key=value of a fact; the value is `number` if `text` is NULL. */
struct fact_field {
	const char *key;
	const char *text;
	int64_t number;
};
#define FS(k, t)                        \
	{                               \
		.key = (k), .text = (t) \
	}
#define FI(k, v)                                   \
	{                                          \
		.key = (k), .number = (int64_t)(v) \
	}
#define FB(k, yes) FS(k, yes_no(yes))

/* Writes a TAB and the field as key=value, with the value escaped. */
void fact_field_put(FILE *f, const struct fact_field *field);

struct fact_log;

/*
 * Opens DIR/facts/SOURCE.tsv and writes the header (to a new file) and a `segment` fact. An
 * existing file is continued; if its last line is incomplete, that line is ended first, so that it
 * does not damage the next. Stamps and clock pairs come from `clock`. Errors: out of memory, the
 * file cannot be created or written.
 */
int fact_log_open(struct fact_log **out, const char *dir, const char *source,
	const struct clock *clock, struct err *e);
/*
 * Writes one fact. Threads may share the log: lines never mix. Returns 0, or -1 once a line could
 * not be written (fact_log_failed has the reason).
 */
int fact_write(struct fact_log *log, int64_t ns, enum fact_kind kind, const char *subject,
	const struct fact_field *fields, size_t count);
#define FACT(log, ns, kind, subject, ...)                                                    \
	fact_write((log), (ns), (kind), (subject), (const struct fact_field[]){__VA_ARGS__}, \
		sizeof((const struct fact_field[]){__VA_ARGS__}) / sizeof(struct fact_field))
/*
 * Writes a `clock` fact each second and flushes lines to the system. Call it at least twice a
 * second, from any thread. Returns 0, or -1 once a line could not be written.
 */
int fact_log_tick(struct fact_log *log);
/* True once a line could not be written; `e` then has the reason, such as a full disk. */
bool fact_log_failed(struct fact_log *log, struct err *e);
/* Writes the `end` fact, flushes, fsyncs, closes and frees. NULL is allowed. Returns 0 or -1. */
int fact_log_close(struct fact_log *log, const char *reason, struct err *e);

#define BOOT_ID_MAX 64
/* Writes the id of this machine's boot, as in a `segment` fact; "unknown" if it cannot be read. */
void facts_boot_id(char *buf, size_t size);

/* A parsed line; all pointers point into the line given to fact_parse. */
struct fact {
	int64_t ns;
	const char *kind;  /* the word in the line */
	enum fact_kind id; /* the kind as an enum */
	const char *subject;
	struct {
		const char *key;
		const char *value;
	} fields[FACT_FIELDS_MAX];
	size_t count;
};

/*
 * Parses a line without its LF, in place: unescapes %xx and ends each word with a NUL. Returns 0,
 * or -1 if the line is not a fact or has more than FACT_FIELDS_MAX fields.
 */
int fact_parse(char *line, struct fact *fact);
/* The value of a key, or NULL. */
const char *fact_text(const struct fact *fact, const char *key);
/* True if the value of a key is "yes". */
bool fact_yes(const struct fact *fact, const char *key);
/* The value of a key as a number, or `otherwise` if it is absent or not a whole number. */
int64_t fact_number(const struct fact *fact, const char *key, int64_t otherwise);

#endif
