/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How exact this machine is: the real probes against outages that are known. calibrate.c carries it
 * out and leaves a watch-only folder with the truth beside the probes' facts; rows.c scores that
 * folder; table.c says and stores what came of it.
 */
#ifndef BLACKOUT_TOOLS_CALIBRATE_CALIBRATE_H
#define BLACKOUT_TOOLS_CALIBRATE_CALIBRATE_H

#include "harness/ops/probe.h"
#include "tools/calibrate/score.h"

#include <jansson.h>

#define CALIBRATE_ROWS_MAX 8

/* One way to probe, in a world of its own. */
struct calibrate_row {
	int64_t interval_ns;
	int64_t fine_interval_ns; /* 0: none */
	char name[32];            /* the station's: "10ms-500us" */
	struct score score;
};

struct calibrate_options {
	const struct probe_ops *ping, *burst;
	const char *dir;   /* the folder; it is empty */
	int64_t length_ns; /* of outages; some seconds come before and after */
	uint64_t seed;
	bool load;         /* keep every core busy meanwhile */
	FILE *progress;       /* progress for a person; NULL: none */
};

/* From a second on it is the one-second ping that probes. */
bool calibrate_row_is_ping(const struct calibrate_row *row);
/* "INTERVAL" or "INTERVAL/FINE": "1 ms", "10ms/0.5ms". */
int calibrate_row_parse(struct calibrate_row *row, const char *text, struct err *e);
/* How a table names it: "10ms, then 500us". */
const char *calibrate_row_format(const struct calibrate_row *row, char *buf, size_t size);

/*
 * Probes all rows at the same time, each in a network namespace of its own. PASS; SETUP; INTERRUPTED:
 * a signal (SIGINT, SIGTERM, SIGHUP) came, all is taken down.
 */
enum status calibrate_run(struct calibrate_row *rows, size_t count,
	const struct calibrate_options *options, struct err *e);
/* Judges the folder and scores every row. Pure: of the folder alone. */
int calibrate_score(struct calibrate_row *rows, size_t count, const char *dir, struct err *e);

/* True lengths outside their bounds, of all rows. */
size_t calibrate_count_outside(const struct calibrate_row *rows, size_t count);
/* The table for a person; its first line says whether every truth was inside. */
void calibrate_print(FILE *f, const struct calibrate_row *rows, size_t count, bool load);
/* The same to be stored (docs/facts.md, "Calibration"). */
json_t *calibrate_to_json(const struct calibrate_row *rows, size_t count,
	const struct calibrate_options *options);

#endif
