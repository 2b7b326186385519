/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fewer points for a chart: see thin.h. */
#include "reports/common/thin.h"

#include "harness/base/memory.h"

#include <stdlib.h>
#include <string.h>

static int64_t round_trip(const struct probe_record *r)
{
	return r->arrival_ns == NS_NONE ? NS_NONE : r->arrival_ns - r->sent_ns;
}

static void keep(struct thin_points *points, int64_t sent_ns, int64_t round_trip_ns)
{
	MEMORY_GROW("charts", points->point, points->count, points->capacity);
	points->point[points->count++] = (struct thin_point){sent_ns, round_trip_ns};
}

/* Keeps the lost probes of one record (a span may have many), one per slice. */
static void keep_lost(const struct series *s, const struct probe_record *r, int64_t slice_ns,
	struct thin_points *points)
{
	int64_t last_ns = record_last(s, r);

	for (int64_t ns = r->sent_ns; ns < last_ns; ns += slice_ns)
		keep(points, ns, NS_NONE);
	keep(points, last_ns, NS_NONE);
}

/* Keeps the points of records [from, to), which begin in the same slice: see thin.h. */
static void thin_slice(const struct series *s, size_t from, size_t to, int64_t slice_ns,
	struct thin_points *points)
{
	size_t fastest = to, slowest = to;

	for (size_t i = from; i < to; i++) {
		const struct probe_record *r = &s->records[i];

		if (r->arrival_ns == NS_NONE)
			continue;
		if (fastest == to || round_trip(r) < round_trip(&s->records[fastest]))
			fastest = i;
		if (slowest == to || round_trip(r) > round_trip(&s->records[slowest]))
			slowest = i;
	}
	for (size_t i = from; i < to; i++) {
		const struct probe_record *r = &s->records[i];
		bool open = r->arrival_ns == NS_NONE && !r->error &&
			    r->sent_ns + s->timeout_ns > s->end_ns;

		if (r->arrival_ns == NS_NONE && !open)
			keep_lost(s, r, slice_ns, points);
		if (i == fastest || i == slowest)
			keep(points, r->sent_ns, round_trip(r));
	}
}

void thin_series(const struct series *series, int64_t from_ns, int64_t to_ns, size_t slices,
	struct thin_points *points)
{
	int64_t slice_ns = (to_ns - from_ns) / (int64_t)slices + 1;
	size_t end = series_first_from(series, to_ns);

	for (size_t i = series_first_from(series, from_ns); i < end;) {
		int64_t slice = (series->records[i].sent_ns - from_ns) / slice_ns;
		size_t next = i;

		while (next < end && (series->records[next].sent_ns - from_ns) / slice_ns == slice)
			next++;
		thin_slice(series, i, next, slice_ns, points);
		i = next;
	}
}

void thin_release(struct thin_points *points)
{
	free(points->point);
	memset(points, 0, sizeof(*points));
}
