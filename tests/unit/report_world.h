/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Synthetic results for the tests of the reports: up to 30 moves of one VM with probes, jobs,
 * sightings and gaps, as the analysis would find them, and a temporary folder for the reports.
 */
#ifndef BLACKOUT_TESTS_UNIT_REPORT_WORLD_H
#define BLACKOUT_TESTS_UNIT_REPORT_WORLD_H

#include "harness/verdict/verdict.h"

#define MS NS_PER_MS
#define S NS_PER_S
#define FIRST (100 * S)
#define MOVES_MAX 30

/* What belongs to one move; moves are 60 s apart. */
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
	struct move_result moves[MOVES_MAX];
	struct case_result cases[8];
	struct scene scenes[MOVES_MAX];
	struct sighting sightings[MOVES_MAX * 3];
	struct session_event events[MOVES_MAX * 2];
	char *notes[1], *disagreements[1];
	char dir[64];
};

/* Makes the first `moves` moves of a plan with six cases of five runs. */
void world_make(struct world *w, size_t moves);
void world_free(struct world *w);
/* Removes from each of the first three moves something else: job, gap, answers, ends. */
void world_strip(struct world *w);
/*
 * Makes a series that probes from 5 s before the trigger for 40 s, without answers to requests sent
 * in [from_ns, to_ns). The caller frees the records.
 */
void world_series(struct series *s, const char *probe, enum probe_kind kind, int64_t interval_ns,
	int64_t trigger_ns, int64_t from_ns, int64_t to_ns);
/* Write report.txt; write the charts, including those of each move. -1: an error, on stderr. */
int world_text(const struct world *w, const char *environment);
int world_charts(const struct world *w, char *note);
/* Returns a file of the folder as text; the caller frees it. */
char *world_read(const struct world *w, const char *name);
/* Whether a file contains a text, or does not; prints to stderr if the result is false. */
bool holds(const struct world *w, const char *name, const char *what);
bool lacks(const struct world *w, const char *name, const char *what);
/* Returns the number of entries of a folder in the world's folder, with "." and "..". */
size_t world_entries(const struct world *w, const char *folder);

extern const char world_environment[];

#endif
