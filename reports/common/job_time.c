/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Job time against memory: see job_time.h. */
#include "reports/common/job_time.h"

#include "harness/base/memory.h"
#include "harness/plan/component.h"
#include "reports/common/document.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define GB 1073741824.0

/*
 * The first rate in the tree whose key ends in "_bps" and contains "measured" or, if `measured` is
 * false, "link" without "measured". 0: there is none.
 */
static int64_t find_rate(const json_t *tree, bool measured, int depth)
{
	const char *key;
	json_t *value;
	size_t i;
	int64_t rate = 0;

	if (depth > 8)
		return 0;
	json_array_foreach(tree, i, value)
		rate = rate ? rate : find_rate(value, measured, depth + 1);
	json_object_foreach((json_t *)tree, key, value) {
		size_t n = strlen(key);
		bool fits = n > 4 && strcmp(key + n - 4, "_bps") == 0 &&
			    (strstr(key, "measured") ? measured : !measured && strstr(key, "link"));

		if (rate)
			break;
		if (fits && json_is_number(value) && json_number_value(value) >= 1 &&
			json_number_value(value) < 1e18)
			rate = (int64_t)json_number_value(value);
		else
			rate = find_rate(value, measured, depth + 1);
	}
	return rate;
}

struct link_rate environment_link(const char *environment)
{
	json_t *root = environment ? json_loads(environment, 0, NULL) : NULL;
	int64_t measured = find_rate(root, true, 0), nominal = find_rate(root, false, 0);

	json_decref(root);
	return (struct link_rate){
		.measured_bps = measured ? measured : NS_NONE,
		.nominal_bps = nominal ? nominal : NS_NONE,
	};
}

/* The link's rates. A nominal rate that the environment lacks is the plan's (lab, simulation). */
static struct link_rate find_link(const struct plan *plan, const char *environment)
{
	struct link_rate link = environment_link(environment);

	if (link.nominal_bps == NS_NONE)
		link.nominal_bps = plan_link_bps(plan);
	if (link.nominal_bps <= 0)
		link.nominal_bps = NS_NONE;
	return link;
}

/* Memory in bytes of a move that gives a point of the fit; -1 if it gives none. */
static int64_t point_memory(const struct move_result *m)
{
	if (m->job.lo_ns == NS_NONE || m->job.hi_ns == NS_INF || !m->move->job ||
		m->move->job->state != JOB_COMPLETED)
		return -1;
	return case_memory(m->plan_case, m->move->vm);
}

static void take_points(struct job_time *t, const struct results *r)
{
	t->gb = memory_zeroed("job times", r->move_count + 1, sizeof(double));
	t->s = memory_zeroed("job times", r->move_count + 1, sizeof(double));
	t->lo_s = memory_zeroed("job times", r->move_count + 1, sizeof(double));
	t->hi_s = memory_zeroed("job times", r->move_count + 1, sizeof(double));
	for (size_t i = 0; i < r->move_count; i++) {
		const struct move_result *m = &r->moves[i];
		int64_t memory = point_memory(m);

		if (memory < 0)
			continue;
		t->gb[t->count] = (double)memory / GB;
		t->lo_s[t->count] = (double)m->job.lo_ns / NS_PER_S;
		t->hi_s[t->count] = (double)m->job.hi_ns / NS_PER_S;
		t->s[t->count] = (t->lo_s[t->count] + t->hi_s[t->count]) / 2;
		t->count++;
	}
	t->fitted = line_fit(t->gb, t->s, t->count, &t->fit);
}

/* Sent bytes in GB by the job's statistics; -1 if not known. */
static double sent_gb(const struct job *job)
{
	return job->transferred_bytes > 0 ? (double)job->transferred_bytes / GB : -1;
}

static double setup_s(const struct job *job)
{
	return job->setup_ns >= 0 ? (double)job->setup_ns / NS_PER_S : -1;
}

/* Slope of a figure of the jobs over memory in GB; NAN if no line can be fitted. */
static double slope_of(
	const struct results *r, double (*figure)(const struct job *), double *gb, double *figures)
{
	struct line_fit fit;
	size_t n = 0;

	for (size_t i = 0; i < r->move_count; i++) {
		int64_t memory = point_memory(&r->moves[i]);

		if (memory < 0 || figure(r->moves[i].move->job) < 0)
			continue;
		gb[n] = (double)memory / GB;
		figures[n++] = figure(r->moves[i].move->job);
	}
	return line_fit(gb, figures, n, &fit) ? fit.slope : NAN;
}

/* Mean filled share of the moved VMs' memory; -1 if the plan does not give it. */
static double mean_fill(const struct results *r)
{
	double sum = 0;
	size_t n = 0;

	for (size_t i = 0; i < r->move_count; i++) {
		double fill = case_fill(r->moves[i].plan_case, r->moves[i].move->vm);

		if (fill < 0)
			continue;
		sum += fill;
		n++;
	}
	return n ? sum / (double)n : -1;
}

int64_t job_time_link_bps(const struct job_time *t)
{
	return t->link.measured_bps != NS_NONE ? t->link.measured_bps : t->link.nominal_bps;
}

static void predict(struct job_time *t, const struct results *r)
{
	double *gb = memory_zeroed("job times", r->move_count + 1, sizeof(double));
	double *figures = memory_zeroed("job times", r->move_count + 1, sizeof(double));
	double sent = NAN, fill = mean_fill(r);

	t->predicted = t->setup_per_gb = NAN;
	sent = slope_of(r, sent_gb, gb, figures);
	t->setup_per_gb = slope_of(r, setup_s, gb, figures);
	t->basis = isfinite(sent) && sent > 0 ? BASIS_SENT : fill > 0 ? BASIS_FILL : BASIS_NONE;
	if (t->link.measured_bps == NS_NONE && t->link.nominal_bps == NS_NONE)
		t->basis = BASIS_NONE;
	t->share = t->basis == BASIS_SENT ? sent : fill;
	if (t->basis != BASIS_NONE)
		t->predicted = copy_seconds_per_gb(t->share, (double)job_time_link_bps(t));
	free(figures);
	free(gb);
}

static void take_rates(struct sent_rate *rate, const struct results *r)
{
	for (size_t i = 0; i < r->move_count; i++) {
		const struct job *job = r->moves[i].move->job;
		double bits, bps;
		int64_t all_ns, copy_ns;

		if (!job || job->transferred_bytes <= 0 || job->elapsed_ns <= 0 ||
			job->setup_ns < 0 || job->downtime_ns < 0 || job->state != JOB_COMPLETED)
			continue;
		all_ns = job->elapsed_ns - job->setup_ns;
		copy_ns = all_ns - job->downtime_ns;
		if (copy_ns <= 0)
			continue;
		bits = (double)job->transferred_bytes * 8;
		bps = bits * NS_PER_S / (double)copy_ns;
		rate->min_bps = !rate->moves || bps < rate->min_bps ? bps : rate->min_bps;
		rate->mean_bps += bps;
		rate->mean_with_downtime_bps += bits * NS_PER_S / (double)all_ns;
		rate->moves++;
	}
	if (!rate->moves)
		return;
	rate->mean_bps /= (double)rate->moves;
	rate->mean_with_downtime_bps /= (double)rate->moves;
}

void job_time_init(struct job_time *t, const struct results *results, const char *environment)
{
	*t = (struct job_time){.link = find_link(results->plan, environment)};
	take_points(t, results);
	predict(t, results);
	take_rates(&t->rate, results);
}

void job_time_release(struct job_time *t)
{
	free(t->gb);
	free(t->s);
	free(t->lo_s);
	free(t->hi_s);
}

void job_time_prediction(const struct job_time *t, char *text, size_t size)
{
	bool measured = t->link.measured_bps != NS_NONE;
	double off = t->fit.slope - t->predicted;
	size_t n;

	if (t->basis == BASIS_NONE) {
		snprintf(text, size,
			"The link's rate, or how much there was to send, is not known: there is no "
			"prediction for the slope.");
		return;
	}
	if (t->basis == BASIS_SENT)
		n = (size_t)snprintf(text, size, "The bytes that were sent,");
	else
		n = (size_t)snprintf(
			text, size, "The filled %.0f %% of memory, sent once", t->share * 100);
	n += (size_t)snprintf(text + n, size - n,
		" over the %s %.0f Mbit/s of the link, predict%s %.2f s/GB",
		measured ? "measured" : "nominal", (double)job_time_link_bps(t) / 1e6,
		t->basis == BASIS_SENT ? "" : "s", t->predicted);
	if (!t->fitted || !isfinite(t->fit.slope_lo))
		snprintf(text + n, size - n, ".");
	else if (t->predicted >= t->fit.slope_lo && t->predicted <= t->fit.slope_hi)
		snprintf(text + n, size - n, ": inside the interval.");
	else
		snprintf(text + n, size - n, ": outside the interval, by %.2f s/GB (%.1f %%).",
			fabs(off), fabs(off) / t->predicted * 100);
}
