/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the analysis makes of outages whose truth is known:
 *
 *	outages DIR TRUTH PROBE
 *
 * TRUTH is the responder's log. Prints a line an outage, all in ms: the truth, by how much it is
 * uncertain, and the blackout's lo and hi as a report would have them for a window a second wider.
 */
#include "harness/analysis.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define AROUND_NS NS_PER_S
/* The disturbances of the probe's own engine; there is no control target. */
#define OWN_MOST 1024

static const struct series *find_series(const struct timeline *t, const char *probe)
{
	for (size_t i = 0; i < t->series_count; i++)
		if (strcmp(t->series[i].probe, probe) == 0)
			return &t->series[i];
	return NULL;
}

static size_t own_disturbances(const struct timeline *t, const struct series *series,
	struct disturbance *own)
{
	char source[sizeof(own->source)];
	size_t n = 0;

	snprintf(source, sizeof(source), "%s-%s", series->station, series->probe);
	for (size_t i = 0; i < t->disturbance_count && n < OWN_MOST; i++)
		if (strcmp(t->disturbances[i].source, source) == 0)
			own[n++] = t->disturbances[i];
	return n;
}

/* One outage; the baseline is what was before the first. */
static int judge(const struct timeline *t, const struct series *series, int64_t first_ns,
	int64_t from_ns, int64_t to_ns, int64_t lag_ns, struct err *e)
{
	static struct disturbance own[OWN_MOST];
	struct baseline baseline;
	struct gaps gaps = {0};
	struct interval blackout;

	if (baseline_of(series, t->first_ns, first_ns - NS_PER_S / 2, to_ns + AROUND_NS, &baseline,
			e) ||
		gaps_find(series, &baseline, from_ns - AROUND_NS, to_ns + AROUND_NS, &gaps, e))
		return -1;
	gaps_widen(&gaps, own, own_disturbances(t, series, own));
	blackout = gaps_longest(&gaps, true);
	gaps_free(&gaps);
	printf("%.3f %.3f %.3f %.3f\n", (double)(to_ns - from_ns) / 1e6, (double)lag_ns / 1e6,
		(double)blackout.lo_ns / 1e6, (double)blackout.hi_ns / 1e6);
	return 0;
}

int main(int argc, char **argv)
{
	const struct series *series;
	struct timeline *t = NULL;
	int64_t from, to, lag, first = 0;
	struct err e = {0};
	FILE *truth;
	int rc = 0;

	if (argc != 4) {
		fprintf(stderr, "usage: outages DIR TRUTH PROBE\n");
		return 2;
	}
	truth = fopen(argv[2], "re");
	if (!truth)
		rc = err_errno(&e, "%s", argv[2]);
	else if (timeline_read(&t, argv[1], &e))
		rc = -1;
	series = t ? find_series(t, argv[3]) : NULL;
	if (t && !series)
		rc = err_set(&e, "%s: no probe '%s'", argv[1], argv[3]);
	while (!rc && fscanf(truth, "%*s %" SCNd64 " %" SCNd64 " %" SCNd64, &from, &to, &lag) == 3) {
		first = first ? first : from;
		rc = judge(t, series, first, from, to, lag, &e);
	}
	if (rc)
		fprintf(stderr, "outages: %s\n", e.text);
	timeline_free(t);
	if (truth)
		fclose(truth);
	return rc ? 1 : 0;
}
