/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Facts as lines of text, written as docs/facts.md says and not by the program's own writer; and
 * what a file that was cut still shows.
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

/* Adds a line; `fmt` says what follows the stamp and its tab. */
void lines_put(struct lines *lines, int64_t ns, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* All lines in the order of their stamps, those of one stamp as they were put; to be freed. */
char *lines_text(struct lines *lines, bool header, size_t *size);
void lines_free(struct lines *lines);

/*
 * The clock of facts. It is true time, but for one stretch in which it stands still: a prober that
 * is suspended at suspended_ns for length_ns (0: never).
 */
struct axis {
	int64_t suspended_ns, length_ns;
};
int64_t axis_stamp(const struct axis *axis, int64_t true_ns);
/* The same for the wall clock, which goes on, at a moment of the facts' clock. */
int64_t axis_utc(const struct axis *axis, int64_t stamp_ns);

/* How a prober's facts are written. */
struct telling {
	const char *target, *probe, *kind;
	unsigned number;
	bool control, drops_late; /* liboping forgets what comes after its time-out */
	size_t from, to;          /* requests [from, to), numbered from 0 */
	int64_t until_ns;         /* true time: nothing is written any more */
	struct axis axis;
};
void lines_target(struct lines *lines, const struct prober *p, const struct telling *how);
void lines_requests(
	struct lines *lines, const struct prober *p, const struct telling *how, struct dice *dice);
/* `segment` at from_ns and `clock` each second until to_ns, both true times. */
void lines_clock(struct lines *lines, const struct axis *axis, const char *boot, int64_t from_ns,
	int64_t to_ns);
/* `late-tick` of some of the prober's pauses, as an engine tells that goes on. */
void lines_late_ticks(
	struct lines *lines, const struct prober *p, const struct telling *how, struct dice *dice);

/* Which request of which segment (from 0) a number means; NULL: none. */
typedef struct request *lines_finder(void *ctx, unsigned subject, unsigned segment, int64_t seq);
/*
 * Sets `seen` and `answer_seen` of each request by the whole lines of a file, after the caller
 * cleared them. Returns the last stamp of a whole line; NS_NONE: there is none.
 */
int64_t lines_seen(const char *text, size_t size, lines_finder *find, void *ctx);

#endif
