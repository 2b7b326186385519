/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Job time against memory: the fitted line, the slope that the link's rate predicts, and the rate
 * at which bytes were sent. Computed here once, for chart and text.
 */
#ifndef BLACKOUT_REPORTS_COMMON_JOB_TIME_H
#define BLACKOUT_REPORTS_COMMON_JOB_TIME_H

#include "reports/common/fit.h"

#include "harness/verdict/verdict.h"

/* Rate of the migration network in bit/s. NS_NONE: not known. */
struct link_rate {
	int64_t measured_bps; /* of payload, measured before the run */
	int64_t nominal_bps;  /* as configured */
};

/* Bytes per GB of memory that the predicted slope assumes to be sent at the link's rate. */
enum slope_basis {
	BASIS_NONE, /* no prediction: the rate or the bytes to be sent are not known */
	BASIS_FILL, /* the filled share of memory, once */
	BASIS_SENT, /* as the hypervisor reports: includes page tables, kernel and repeated pages */
};

/* Rates of the moves for which the hypervisor gave statistics, in bit/s. */
struct sent_rate {
	size_t moves;
	double mean_bps, min_bps; /* over the job's elapsed time less set-up and downtime */
	double mean_with_downtime_bps;
};

struct job_time {
	/*
	 * Completed jobs of VMs whose memory the plan states: GB of memory, job time and its
	 * bounds.
	 */
	double *gb, *s, *lo_s, *hi_s;
	size_t count;
	bool fitted;
	struct line_fit fit; /* s over GB */
	struct link_rate link;
	enum slope_basis basis;
	double share;        /* bytes sent per byte of memory, by `basis` */
	double predicted;    /* slope, s/GB; NAN for BASIS_NONE */
	double setup_per_gb; /* s/GB that the hypervisor reports as set-up; NAN: not known */
	struct sent_rate rate;
};

/* `environment`: text of environment.json or NULL. Free with job_time_release. */
void job_time_init(struct job_time *t, const struct results *results, const char *environment);
void job_time_release(struct job_time *t);
/* Rate of the migration network, bit/s: measured, otherwise nominal; NS_NONE: not known. */
int64_t job_time_link_bps(const struct job_time *t);
/* "The bytes that were sent, over …, predict 7.87 s/GB: outside the interval, by …" */
void job_time_prediction(const struct job_time *t, char *text, size_t size);

/* The link's rates by the text of environment.json (NULL: none) alone. */
struct link_rate environment_link(const char *environment);

#endif
