/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Job time against memory: the fitted line, what the link leads one to expect of its slope, and the
 * rate that the bytes really went at. Chart and text say the same, so it is computed here, once.
 */
#ifndef BLACKOUT_REPORTS_COMMON_JOB_TIME_H
#define BLACKOUT_REPORTS_COMMON_JOB_TIME_H

#include "reports/common/fit.h"

#include "harness/verdict/verdict.h"

/* The rate of the migration network, bit/s; NS_NONE where it is not known. */
struct link_rate {
	int64_t measured_bps; /* payload, as measured before the run */
	int64_t nominal_bps;  /* as set */
};

/* What the slope is held against: a number of bytes a GB of memory, sent at the link's rate. */
enum slope_basis {
	BASIS_NONE, /* the rate, or how much was to be sent, is not known */
	BASIS_FILL, /* the filled share of memory, once */
	BASIS_SENT, /* what the hypervisor says it sent: page tables, kernel and repeats as well */
};

/* Rates of the moves that the hypervisor gave statistics of. */
struct sent_rate {
	size_t moves;
	double mean_bps, least_bps; /* over its elapsed time less set-up and downtime */
	double mean_with_downtime_bps;
};

struct job_time {
	/* Jobs that ended as completed, of VMs whose memory the plan states. */
	double *gb, *s, *lo_s, *hi_s;
	size_t count;
	bool fitted;
	struct line_fit fit; /* s over GB */
	struct link_rate link;
	enum slope_basis basis;
	double share;        /* of a byte of memory that is to be sent */
	double predicted;    /* s/GB; NAN for BASIS_NONE */
	double setup_per_gb; /* s/GB, the part that the hypervisor calls set-up; NAN: not known */
	struct sent_rate rate;
};

/* To be freed. */
void job_time_make(struct job_time *job_time, const struct results *results, const char *environment);
void job_time_free(struct job_time *job_time);
/* "The bytes that were sent, over …, predict 7.87 s/GB: outside the interval, by …" */
void job_time_prediction(const struct job_time *job_time, char *words, size_t size);

/* From environment.json's text alone. */
struct link_rate environment_link(const char *environment);

#endif
