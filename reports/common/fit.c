/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A straight line through points, the difference of two means: see fit.h. */
#include "reports/common/fit.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_fit.h>
#include <gsl/gsl_statistics.h>
#include <math.h>

bool line_fit(const double *x, const double *y, size_t n, struct line_fit *fit)
{
	double cov00, cov01, cov11, sumsq, reach;

	if (n < 2 || !(gsl_stats_max(x, 1, n) > gsl_stats_min(x, 1, n)))
		return false;
	gsl_fit_linear(x, 1, y, 1, n, &fit->intercept, &fit->slope, &cov00, &cov01, &cov11, &sumsq);
	fit->points = n;
	fit->slope_lo = fit->slope_hi = NAN;
	if (n > 2) {
		reach = gsl_cdf_tdist_Pinv(0.975, (double)(n - 2)) * sqrt(cov11);
		fit->slope_lo = fit->slope - reach;
		fit->slope_hi = fit->slope + reach;
	}
	return true;
}

double copy_seconds_per_gb(double fill, double rate_bps)
{
	return fill * 1073741824.0 * 8 / rate_bps;
}

bool mean_difference(const double *a, size_t n, const double *b, size_t m, double *lo, double *hi)
{
	double by, va, vb, freedom, reach;

	if (n < 2 || m < 2)
		return false;
	by = gsl_stats_mean(a, 1, n) - gsl_stats_mean(b, 1, m);
	va = gsl_stats_variance(a, 1, n) / (double)n;
	vb = gsl_stats_variance(b, 1, m) / (double)m;
	*lo = *hi = by;
	if (va + vb <= 0)
		return true; /* neither side varies */
	freedom = (va + vb) * (va + vb) / (va * va / (double)(n - 1) + vb * vb / (double)(m - 1));
	reach = gsl_cdf_tdist_Pinv(0.975, freedom) * sqrt(va + vb);
	*lo = by - reach;
	*hi = by + reach;
	return true;
}
