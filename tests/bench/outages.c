/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Compares the analysis with outages of known length:
 *
 *	outages DIR TRUTH PROBE
 *
 * TRUTH is the responder's log. Prints a line for each outage and target, times in ms: the true
 * length, its uncertainty, lo and hi of the blackout, and 1 if a probe missed an answer, else 0.
 * The last line is "false N", the number of gaps that touch no outage.
 */
#include "tools/calibrate/score.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define OUTAGES_MAX 4096

static size_t read_truth(FILE *truth, struct responder_event *events)
{
	size_t n = 0;

	while (n < OUTAGES_MAX &&
		fscanf(truth, "%*s %" SCNd64 " %" SCNd64 " %" SCNd64, &events[n].begin_ns,
			&events[n].end_ns, &events[n].lag_ns) == 3)
		n++;
	return n;
}

static int print_series(const struct observation *o, const struct responder_event *events,
	size_t count, size_t *false_gaps, struct err *e)
{
	struct score score;

	if (score_init(&score, o, events, count, e))
		return -1;
	for (size_t i = 0; i < score.count; i++) {
		const struct scored_outage *s = &score.outages[i];

		printf("%.3f %.3f %.3f %.3f %d\n",
			(double)(events[i].end_ns - events[i].begin_ns) / 1e6,
			(double)events[i].lag_ns / 1e6, (double)s->found.lo_ns / 1e6,
			(double)s->found.hi_ns / 1e6, s->seen);
	}
	*false_gaps += score.false_gaps;
	score_release(&score);
	return 0;
}

int main(int argc, char **argv)
{
	static struct responder_event events[OUTAGES_MAX];
	struct timeline *t = NULL;
	struct results *results = NULL;
	size_t count, found = 0, false_gaps = 0;
	struct err e = {0};
	FILE *truth;
	int rc = -1;

	if (argc != 4) {
		fprintf(stderr, "usage: outages DIR TRUTH PROBE\n");
		return 2;
	}
	truth = fopen(argv[2], "re");
	if (!truth) {
		err_errno(&e, "%s", argv[2]);
		goto out;
	}
	count = read_truth(truth, events);
	fclose(truth);
	if (timeline_read(&t, argv[1], &e) || results_new(&results, t, NULL, &e))
		goto out;
	for (size_t i = 0; i < results->standalone_count; i++) {
		const struct observation *o = &results->standalone[i].observation;

		if (strcmp(o->series->probe, argv[3]) == 0 && ++found &&
			print_series(o, events, count, &false_gaps, &e))
			goto out;
	}
	rc = found ? 0 : err_set(&e, "%s: no probe '%s'", argv[1], argv[3]);
	printf("false %zu\n", false_gaps);
out:
	if (rc)
		fprintf(stderr, "outages: %s\n", e.text);
	if (results)
		results_free(results);
	if (t)
		timeline_free(t);
	return rc ? 1 : 0;
}
