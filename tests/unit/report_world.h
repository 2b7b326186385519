/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A small world made by hand for the tests of the reports: up to 30 moves of one VM with probes,
 * jobs, sightings and gaps, as the analysis would have found them, and a folder for what is
 * written.
 */
#ifndef BLACKOUT_TESTS_UNIT_REPORT_WORLD_H
#define BLACKOUT_TESTS_UNIT_REPORT_WORLD_H

#include "harness/verdict/verdict.h"

#define MS NS_PER_MS
#define S NS_PER_S
#define FIRST (100 * S)
#define MOVES_MOST 30

/* One move's own things; each lies 60 s after the one before. */
struct scene {
	struct job job;
	struct move move;
	struct series fine, classic, session;
	struct gap gap;
	struct observation observations[3];
};

struct world {
	struct plan *plan;
	struct timeline timeline;
	struct results results;
	struct move_result moves[MOVES_MOST];
	struct case_result cases[8];
	struct scene scenes[MOVES_MOST];
	struct sighting sightings[MOVES_MOST * 3];
	struct session_event events[MOVES_MOST * 2];
	char *notes[1], *disagreements[1];
	char dir[64];
};

/* The first `moves` moves of the plan's six cases, five runs each. */
void world_make(struct world *w, size_t moves);
void world_free(struct world *w);
/* Takes job, gap, answers and ends from the first three moves, each in its own way. */
void world_strip(struct world *w);
/*
 * A series probing from 5 s before the trigger for 40 s; what is sent in [from, to) is never
 * answered. The records are malloc'd.
 */
void world_series(struct series *s, const char *probe, enum probe_kind kind, int64_t interval_ns,
	int64_t trigger_ns, int64_t from_ns, int64_t to_ns);
/* Writes report.txt; or the charts, each move's too. 0 or -1, which is said on stderr. */
int world_text(const struct world *w, const char *environment);
int world_charts(const struct world *w, char *note);
/* A file of the world's folder as text (malloc'd). */
char *world_read(const struct world *w, const char *name);
/* Whether a file holds a text; says so on stderr if it should and does not. */
bool holds(const struct world *w, const char *name, const char *what);
bool lacks(const struct world *w, const char *name, const char *what);
/* The entries of a folder below the world's, "." and ".." counted. */
size_t world_entries(const struct world *w, const char *folder);

extern const char world_environment[];

#endif
