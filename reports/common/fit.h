/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Linear regression with a confidence interval of the slope. Pure arithmetic, by GSL. */
#ifndef BLACKOUT_REPORTS_COMMON_FIT_H
#define BLACKOUT_REPORTS_COMMON_FIT_H

#include <stdbool.h>
#include <stddef.h>

/* y = intercept + slope x, in the units of the points. */
struct line_fit {
	double intercept, slope;
	double slope_lo, slope_hi; /* 95 % confidence interval; NAN with two points */
	size_t points;
};

/*
 * Ordinary least squares. The slope's interval is slope ± t(0.975, n - 2) × standard error, for
 * independent errors of equal variance. False: fewer than two points, or all at one x.
 */
bool line_fit(const double *x, const double *y, size_t n, struct line_fit *fit);

/*
 * 95 % confidence interval of mean(a) - mean(b), for unequal variances (Welch 1947; degrees of
 * freedom after Satterthwaite). False: fewer than two values on either side.
 */
bool mean_difference(const double *a, size_t n, const double *b, size_t m, double *lo, double *hi);

/*
 * Seconds per GB that copying takes over a link: filled share × 2^30 bytes × 8 / rate (bit/s). For
 * one pass without rewritten pages; a fitted slope can be compared with it.
 */
double copy_seconds_per_gb(double fill, double rate_bps);

#endif
