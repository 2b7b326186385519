/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A straight line through points, with what is known of its slope. Pure arithmetic over GSL. */
#ifndef BLACKOUT_REPORTS_COMMON_FIT_H
#define BLACKOUT_REPORTS_COMMON_FIT_H

#include <stdbool.h>
#include <stddef.h>

/* y = intercept + slope x, in the units of the points. */
struct line_fit {
	double intercept, slope;
	double slope_lo, slope_hi; /* 95 % interval; NAN with two points */
	size_t points;
};

/*
 * Least squares, all points alike. The interval of the slope is slope ± t(0.975, n - 2) × standard
 * error, errors taken as independent and of one spread. false: fewer than two points, or all at one
 * x.
 */
bool line_fit(const double *x, const double *y, size_t n, struct line_fit *fit);

/*
 * The 95 % interval of mean(a) - mean(b): Welch's, which does not take both spreads for the same
 * (Welch 1947; degrees of freedom after Satterthwaite). false: fewer than two of either.
 */
bool mean_difference(
	const double *a, size_t n, const double *b, size_t m, double *lo, double *hi);

/*
 * Seconds a GB that copying takes over a link: filled share × 2^30 bytes × 8 / rate. One pass,
 * nothing dirtied again: what a fitted slope can be held against.
 */
double copy_seconds_per_gb(double fill, double rate_bps);

#endif
