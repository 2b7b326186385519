/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Facts as lines of text, written as docs/facts.md specifies and not by the program's own writer;
 * and which requests a truncated file still shows.
 */
#ifndef BLACKOUT_TESTS_PROPERTY_LINES_H
#define BLACKOUT_TESTS_PROPERTY_LINES_H

#include "tests/property/prober.h"

#define FACTS_ZERO_NS (1000 * NS_PER_S)
#define UTC_ZERO_NS (INT64_C(1795241800) * NS_PER_S)

struct line {
	int64_t ns;
	size_t order;
	char text[200];
};

struct lines {
	struct line *line;
	size_t count, capacity;
};

/* Adds a line: the stamp, a tab, and the formatted text. */
void lines_put(struct lines *lines, int64_t ns, const char *fmt, ...) PRINTF_LIKE(3, 4);
/*
 * Returns all lines sorted by stamp, lines of one stamp in the order of adding. The caller frees
 * it.
 */
char *lines_text(struct lines *lines, bool header, size_t *size);
void lines_free(struct lines *lines);

/*
 * The clock of the facts: true time, except that it stops while the prober is suspended, from
 * suspended_ns on for length_ns (0: never).
 */
struct axis {
	int64_t suspended_ns, length_ns;
};
/* The stamp of a true time. */
int64_t axis_stamp(const struct axis *axis, int64_t true_ns);
/* The wall clock at a stamp. It does not stop while the prober is suspended. */
int64_t axis_utc(const struct axis *axis, int64_t stamp_ns);

/* How a prober's facts are written. */
struct lines_options {
	const char *target, *probe, *kind;
	unsigned number;
	bool control;     /* the target is a control */
	bool drops_late;  /* late answers are not recorded, as with liboping */
	size_t from, to;  /* requests [from, to), numbered from 0 */
	int64_t until_ns; /* true time; nothing later is written */
	struct axis axis;
};
void lines_target(struct lines *lines, const struct prober *p, const struct lines_options *how);
void lines_requests(struct lines *lines, const struct prober *p, const struct lines_options *how,
	struct dice *dice);
/* Writes `segment` at from_ns and `clock` each second until to_ns, both true times. */
void lines_clock(struct lines *lines, const struct axis *axis, const char *boot, int64_t from_ns,
	int64_t to_ns);
/* Writes `late-tick` for some of the prober's pauses, as an engine does after a pause. */
void lines_late_ticks(struct lines *lines, const struct prober *p, const struct lines_options *how,
	struct dice *dice);

/* Returns the request of a subject by its segment (from 0) and seq; NULL: there is none. */
typedef struct request *lines_finder(void *ctx, unsigned subject, unsigned segment, int64_t seq);
/*
 * Sets `seen` and `answer_seen` of the requests in the complete lines of a file; the caller has
 * cleared both. Returns the last stamp of a complete line; NS_NONE: there is none.
 */
int64_t lines_seen(const char *text, size_t size, lines_finder *find, void *ctx);

#endif
