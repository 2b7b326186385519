/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parts of report.txt that live in files of their own; report.c puts them together. */
#ifndef BLACKOUT_REPORTS_TEXT_TEXT_H
#define BLACKOUT_REPORTS_TEXT_TEXT_H

#include "harness/analysis/causes.h"
#include "reports/common/chart_choice.h"
#include "reports/common/document.h"
#include "reports/common/job_time.h"
#include "reports/common/reference.h"

#include <jansson.h>

/*
 * OUT/report.txt, for people. `environment` is the text of facts/environment.json, NULL where there
 * is none; damage in it is said in the report and is no error. `charts` says which moves are
 * drawn. The text is also given to the caller where `text` is not NULL (malloc'd).
 */
int report_text(const struct results *results, const char *environment,
	const struct move_charts *charts, const char *out, char **text, struct err *e);

/* The head of a watch-only folder's report.txt and its longest `rows` silences, for a terminal. */
void report_watch_summary(FILE *f, const struct results *results, size_t rows);

#define TEXT_COLUMNS 100
#define CASE_WIDTH 28

/*
 * cells.c: a cell of a table, padded to `width` columns, to the right where it is a number; one space
 * after.
 */
void text_cell(FILE *f, const char *text, int width, bool right);
void text_line(FILE *f, const char *text, int width, bool right); /* the last cell of a row */
/* A heading, underlined. */
void text_heading(FILE *f, const char *text);
/*
 * Words of a paragraph, broken at TEXT_COLUMNS, each line indented; a number and its unit stay
 * together. The text is safe already.
 */
void text_wrap(FILE *f, const char *indent, const char *text);
/* Milliseconds with two decimals as a cell to the right; "-" for NS_NONE. */
void text_ms(FILE *f, int64_t ns, int width);
/* A case's name as the first cell of a row; a long one stands on a line of its own before it. */
void text_case(FILE *f, const char *name);
/* Two lines between rows of stars, the first of them in large letters. */
void text_banner(FILE *f, const char *large, const char *text);
/* INTERRUPTED and the like as a banner, where the folder was closed so. */
void text_closed(FILE *f, const struct timeline *t);

/* report.c: the parts of the head. PASS or NOT JUDGED only where no case has anything worse. */
const char *whole_verdict(const struct results *results);
/* "12 moves in 4 cases: 12 PASS." */
void text_counts(FILE *f, const struct results *results);
/* Whether something else than completion ended it. */
bool text_ended_early(const struct timeline *timeline);
/* Whether it is the report of a part: runs are missing, or the folder was not closed as complete. */
bool text_is_part(const struct results *results);
/* What that adds to the whole verdict; "" where nothing is missing. */
const char *text_part(const struct results *results);
/* The move that decides how the whole looks: of the worst verdict, the one of greatest hi; or NULL. */
const struct move_result *worst_move(const struct results *results);
/* What became of it, and what limits how well that is known. */
void text_worst(FILE *f, const struct results *results);

/* tables.c: cases, moves, round trips, and what was published, beside them. */
void text_cases(FILE *f, const struct results *results, const struct reference *reference,
	const struct job_time *job_time);
void text_moves(FILE *f, const struct results *results, const struct reference *reference);
/* Which moves have charts, where not all have, and how to have others drawn. */
void text_drawn(FILE *f, const struct results *results, const struct move_charts *charts);
void text_round_trips(FILE *f, const struct results *results);
/* job.c: job time against memory, and the rate that the bytes went at. */
void text_job_time(FILE *f, const struct job_time *job_time);
/* reasons.c: the reason codes in words: "the gap had no end within the window; …". */
void text_reason(const char *codes, char *buf, size_t size);
/* A move's reason in words; of a run that could not be set up, with what went wrong. */
#define WHY_TEXT_MAX 1280
void text_why(const struct move_result *m, char *buf, size_t size);
/* What a verdict was made of: why the interval of the silence is as wide as it is. */
void text_limit(FILE *f, const struct observation *o, const struct silence *silence);
/* detached.c: why a VM that nobody uses may stay silent longer, and what this run says of it.
 */
void text_detached(FILE *f, const struct results *results);
/* sessions.c: users' sessions beside the network. Errors: out of memory. */
int text_sessions(FILE *f, const struct results *results, struct err *e);
/* causes.c: where each blackout went. */
void text_causes(FILE *f, const struct results *results);
/* The first announcement of a move's VM after its pause, or NULL. */
const struct sighting *move_announced(const struct timeline *timeline, const struct move *move);
/* What a move's longest gap went into; false where there is no gap. */
bool move_causes(
	const struct results *results, const struct move_result *move, struct causes *causes);
/* work.c: what the VMs worked at, what the move cost that, and what that cost the move. */
void text_work(FILE *f, const struct results *results, const struct reference *reference,
	const struct job_time *job_time);
/* dirty.c: moves against the rate at which memory is rewritten; the guests' own clocks. */
void text_dirty(FILE *f, const struct results *results, const struct job_time *job_time);
void text_guest_clock(FILE *f, const struct results *results);
/* measured.c: probes and their time-outs, disturbances, the reader's notes. */
void text_measured(FILE *f, const struct results *results);
/* "fast ping" for PROBE_BURST. */
const char *text_kind(enum probe_kind kind);
/* The disturbances that the facts tell of, and what the reader noted. */
void text_disturbances(FILE *f, const struct timeline *t);
void text_notes(FILE *f, const struct timeline *t);
/* A silent control target's stretch, without its place: "SOURCE had no answer from … to …". */
void text_control(const struct timeline *t, const struct disturbance *d, char *buf, size_t size);
/* calibration.c: what calibrating said of the machine; nothing where that was not done. */
void text_calibration(FILE *f, const struct results *results, const char *environment);
/* A value of environment.json as text ("-" for NULL): rates and sizes in their units, by what the key's
 * name says. */
void environment_leaf(const char *key, const json_t *value, char *buf, size_t size);
/* environment.c: the environment and, unless `reference` is NULL, the balancer's settings. */
void text_environment(FILE *f, const char *environment, const struct reference *reference);
/* watch.c: the whole report of a folder that only watched. */
void text_watch(FILE *f, const struct results *results);

#endif
