/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Job time against memory in words, below the table of cases in report.txt. */
#include "reports/text/text.h"

#include <math.h>

static void put_rate(FILE *f, const struct job_time *t)
{
	char line[512], share[128] = "";
	size_t n = 0;

	if (!t->rate.moves)
		return;
	if (t->link.nominal_bps != NS_NONE)
		n = (size_t)snprintf(share, sizeof(share), ", %.0f %% of the nominal link",
			t->rate.mean_bps / (double)t->link.nominal_bps * 100);
	if (t->link.measured_bps != NS_NONE)
		snprintf(share + n, sizeof(share) - n, ", %.0f %% of the measured one",
			t->rate.mean_bps / (double)t->link.measured_bps * 100);
	snprintf(line, sizeof(line),
		"Bytes on the wire over transfer time, which is the hypervisor's elapsed time less "
		"set-up and downtime: mean %.0f Mbit/s%s, minimum %.0f Mbit/s, over %zu move%s. "
		"With the downtime, in which the rest is sent, the mean is %.0f Mbit/s.",
		t->rate.mean_bps / 1e6, share, t->rate.min_bps / 1e6, t->rate.moves,
		t->rate.moves == 1 ? "" : "s", t->rate.mean_with_downtime_bps / 1e6);
	text_wrap(f, "", line);
}

void text_job_time(FILE *f, const struct job_time *t)
{
	char line[768], prediction[320], setup[128] = "";

	if (!t->count)
		return;
	fputc('\n', f);
	if (!t->fitted) {
		text_wrap(f, "", "Job time against memory: one memory size, no line to fit.");
		put_rate(f, t);
		return;
	}
	job_time_prediction(t, prediction, sizeof(prediction));
	if (isfinite(t->setup_per_gb))
		snprintf(setup, sizeof(setup),
			" What the hypervisor counts as set-up changes by %.3f s/GB.",
			t->setup_per_gb);
	if (isfinite(t->fit.slope_lo))
		snprintf(line, sizeof(line),
			"Job time against memory: %.2f s/GB, 95 %% interval [%.2f, %.2f]. %s%s",
			t->fit.slope, t->fit.slope_lo, t->fit.slope_hi, prediction, setup);
	else
		snprintf(line, sizeof(line),
			"Job time against memory: %.2f s/GB, from two moves only. %s%s",
			t->fit.slope, prediction, setup);
	text_wrap(f, "", line);
	put_rate(f, t);
}
