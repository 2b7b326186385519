/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Measures how accurate the probes are on this machine, by outages of known length. A calibration
 * leaves a standalone folder (one without a plan) with the probes' facts and the responder's log of
 * the true outages; the folder is then scored, and the scores are printed and stored.
 */
#ifndef BLACKOUT_TOOLS_CALIBRATE_CALIBRATE_H
#define BLACKOUT_TOOLS_CALIBRATE_CALIBRATE_H

#include "harness/ops/probe.h"
#include "tools/calibrate/score.h"

#include <jansson.h>

#define CALIBRATE_ROWS_MAX 8

/* One row of the table: one way to probe, with its own responder. */
struct calibrate_row {
	int64_t interval_ns;
	int64_t fine_interval_ns; /* 0: none */
	char name[32];            /* of the row and of its station: "10ms-500us" */
	struct score score;
};

struct calibrate_options {
	const struct probe_ops *ping, *burst;
	const char *dir;   /* an empty folder, for the facts */
	int64_t length_ns; /* time with outages; a few quiet seconds are added before and after */
	uint64_t seed;     /* of the outages */
	bool load;         /* keep every core busy during the calibration */
	FILE *progress;    /* where progress is shown; NULL: nowhere */
};

/* True if the one-second ping probes the row: at an interval of 1 s. */
bool calibrate_row_is_ping(const struct calibrate_row *row);
/*
 * Reads "INTERVAL" or "INTERVAL/FINE", from 100 us to 1 s: "1 ms", "10ms/0.5ms". 0, or -1 with the
 * error.
 */
int calibrate_row_parse(struct calibrate_row *row, const char *text, struct err *e);
/* Writes the row's name for the table into buf and returns buf: "10ms, then 500us". */
const char *calibrate_row_format(const struct calibrate_row *row, char *buf, size_t size);

/*
 * Probes all rows at the same time, each in its own network namespace. Returns STATUS_PASS,
 * STATUS_INTERRUPTED after SIGINT, SIGTERM or SIGHUP, or the status of the error in `e`.
 */
enum status calibrate_execute(struct calibrate_row *rows, size_t count,
	const struct calibrate_options *options, struct err *e);
/*
 * Scores every row from the folder's facts alone; the caller releases the scores. Returns 0, or -1
 * with the error.
 */
int calibrate_score(struct calibrate_row *rows, size_t count, const char *dir, struct err *e);

/* Returns how many true lengths lie outside the measured bounds, over all rows. */
size_t calibrate_count_outside(const struct calibrate_row *rows, size_t count);
/* Prints the table; its first line says whether all true lengths lie inside their bounds. */
void calibrate_print(FILE *f, const struct calibrate_row *rows, size_t count, bool load);
/* Returns the table as JSON to be stored (docs/facts.md, "Calibration"); the caller releases it. */
json_t *calibrate_to_json(
	const struct calibrate_row *rows, size_t count, const struct calibrate_options *options);

#endif
