/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The sections of report.txt, and how their tables and paragraphs are written. */
#ifndef BLACKOUT_REPORTS_TEXT_TEXT_H
#define BLACKOUT_REPORTS_TEXT_TEXT_H

#include "harness/analysis/causes.h"
#include "reports/common/chart_choice.h"
#include "reports/common/document.h"
#include "reports/common/job_time.h"
#include "reports/common/reference.h"

#include <jansson.h>

/*
 * Writes OUT/report.txt, for people. `environment` is the text of facts/environment.json, NULL if
 * there is none; if it is damaged, the report says so, which is not an error. `charts` says which
 * moves are drawn. Unless `text` is NULL, *text is set to the report's text (malloc'd).
 */
int report_text(const struct results *results, const char *environment,
	const struct move_charts *charts, const struct directory *out, char **text, struct err *e);

/* Prints the head of a standalone folder's report.txt and its `rows` longest silences. */
void report_standalone_summary(FILE *f, const struct results *results, size_t rows);

#define TEXT_COLUMNS 100
#define CASE_WIDTH 28

/* A cell of a table, padded to `width` columns and followed by a space. `right`: aligned right. */
void text_cell(FILE *f, const char *text, int width, bool right);
void text_line(FILE *f, const char *text, int width, bool right); /* the last cell of a row */
/* A heading, underlined. */
void text_heading(FILE *f, const char *text);
/*
 * A paragraph, broken at TEXT_COLUMNS, each line indented. A number and its unit stay together. The
 * text must be escaped already.
 */
void text_wrap(FILE *f, const char *indent, const char *text);
/* Milliseconds with two decimals as a cell, aligned right; "-" for NS_NONE. */
void text_ms(FILE *f, int64_t ns, int width);
/* A case's name as the first cell of a row. A long name gets a line of its own above the row. */
void text_case(FILE *f, const char *name);
/* The same of a move, with its VM if the run has several. */
void text_move_case(FILE *f, const struct move_result *m);
/*
 * A move as a sentence names it, escaped: "memory=2GB, run 1"; in a run with several VMs "…, run 1,
 * web-3".
 */
#define MOVE_NAME_MAX 700
const char *text_move_name(const struct move_result *m, char buf[static MOVE_NAME_MAX]);
/* The runs that moved several VMs; nothing if there are none. */
void text_several(FILE *f, const struct results *results);
/* Two lines between rows of stars: `large` (spaced letters) and `text`. */
void text_banner(FILE *f, const char *large, const char *text);
/* A banner (INTERRUPTED, …) if the folder was closed before the plan was complete. */
void text_closed(FILE *f, const struct timeline *t);

/* The verdict of the whole folder: the worst of its cases; NOT JUDGED only if all cases are. */
const char *whole_verdict(const struct results *results);
/* "12 moves in 4 cases: 12 PASS." */
void text_counts(FILE *f, const struct results *results);
/* Whether the folder was closed before the plan was complete. */
bool text_ended_early(const struct timeline *timeline);
/* Whether the report is partial: moves are missing, or the folder was not closed as complete. */
bool text_is_partial(const struct results *results);
/* Addition to the whole verdict that says what is missing; "" if nothing is. */
const char *text_missing(const struct results *results);
/* Of the moves with the worst verdict, the one with the greatest upper end; NULL: no moves. */
const struct move_result *worst_move(const struct results *results);
/* A paragraph on the worst move, and what limits the precision of its blackout. */
void text_worst(FILE *f, const struct results *results);

/* Tables of cases, moves and round trips, with published figures next to them. */
void text_cases(FILE *f, const struct results *results, const struct reference *reference,
	const struct job_time *t);
void text_moves(FILE *f, const struct results *results, const struct reference *reference);
/* If some moves have no chart: which have one, and how to get others drawn. */
void text_drawn(FILE *f, const struct results *results, const struct move_charts *charts);
void text_round_trips(FILE *f, const struct results *results);
/* Job time against memory, and the rate at which bytes were sent. */
void text_job_time(FILE *f, const struct job_time *t);
/* Reason codes in words: "the gap had no end within the window; …". */
void text_reason(const char *codes, char *buf, size_t size);
/* A move's reason in words; if set-up failed, with the error. */
#define WHY_TEXT_MAX 1280
void text_why(const struct move_result *m, char *buf, size_t size);
/* Why the interval of the silence is as wide as it is. */
void text_limit(FILE *f, const struct observation *o, const struct silence *silence);
/* Why a VM without a user may stay silent longer, and this folder's evidence for each cause. */
void text_detached(FILE *f, const struct results *results);
/* Users' sessions compared with the network. Errors: out of memory. */
int text_sessions(FILE *f, const struct results *results, struct err *e);
/* The causes of each blackout, stretch by stretch. */
void text_causes(FILE *f, const struct results *results);
/* The first announcement of a move's VM after its pause, or NULL. */
const struct sighting *move_announced(const struct timeline *timeline, const struct move *move);
/* Finds the causes of a move's longest gap. False: there is no gap. */
bool move_causes(
	const struct results *results, const struct move_result *move, struct causes *causes);
/* The VMs' workloads: how moves slowed them down, and how they slowed down moves. */
void text_workloads(FILE *f, const struct results *results, const struct reference *reference,
	const struct job_time *t);
/* Moves against the rate at which memory is rewritten; then the guests' own clocks. */
void text_dirty(FILE *f, const struct results *results, const struct job_time *t);
void text_guest_clock(FILE *f, const struct results *results);
/* How it was measured: probes, time-outs, captured frames, disturbances, notes. */
void text_measured(FILE *f, const struct results *results);
/* "fast ping" for PROBE_BURST. */
const char *text_kind(enum probe_kind kind);
/* The disturbances in the facts; then the notes that reading the facts gave. */
void text_disturbances(FILE *f, const struct timeline *t);
void text_notes(FILE *f, const struct timeline *t);
/* Silence of a control target: "SOURCE had no answer from … to …". */
void text_control(const struct timeline *t, const struct disturbance *d, char *buf, size_t size);
/* Results of the machine's calibration. Prints nothing if there was none. */
void text_calibration(FILE *f, const struct results *results, const char *environment);
/* A value of environment.json as text ("-" for NULL), with the unit that its key's name implies. */
void environment_leaf(const char *key, const json_t *value, char *buf, size_t size);
/* The environment and, unless `reference` is NULL, the balancer's settings. */
void text_environment(FILE *f, const char *environment, const struct reference *reference);
/* The whole report of a standalone folder. */
void text_standalone(FILE *f, const struct results *results);

#endif
