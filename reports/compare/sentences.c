/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sentences on a comparison, for all outputs: the headline, why a case is worse or undecided. */
#include "reports/compare/compare.h"

#include <math.h>

const char *compare_headline(const struct comparison *comparison, char *buf, size_t size)
{
	size_t worse = 0, both = 0, gone = 0;

	for (size_t i = 0; i < comparison->count; i++) {
		const struct compared_case *c = &comparison->cases[i];

		both += c->base_runs && c->fresh_runs;
		gone += !c->fresh_runs && *c->undecided;
		worse += *c->worse || c->measure[MEASURE_JOB].change == CHANGE_WORSE ||
			 c->measure[MEASURE_BLACKOUT].change == CHANGE_WORSE;
	}
	if (comparison->status == STATUS_FAIL)
		snprintf(buf, size, "REGRESSION in %zu of %zu cases", worse, both);
	else if (comparison->status == STATUS_UNDECIDED)
		snprintf(buf, size, "CANNOT TELL whether %zu case%s became worse", both + gone,
			both + gone == 1 ? "" : "s");
	else if (comparison->status == STATUS_PASS)
		snprintf(buf, size, "NO REGRESSION in %zu case%s", both, both == 1 ? "" : "s");
	else
		snprintf(buf, size, "DID NOT END: %zu of %zu case%s became worse so far", worse,
			both, both == 1 ? "" : "s");
	return buf;
}

const char *compare_too_few(const struct comparison *comparison, char *buf, size_t size)
{
	size_t needed = size_max(comparison->plan[MEASURE_JOB].runs_needed,
		comparison->plan[MEASURE_BLACKOUT].runs_needed);

	snprintf(buf, size,
		"So few runs cannot show any regression: at least %zu runs per case and side are "
		"needed.",
		needed);
	return buf;
}

static const char *why(const struct compared *c, const struct comparison *comparison,
	enum measure m, char *buf, size_t size)
{
	const struct compared_plan *plan = &comparison->plan[m];

	if (*c->second_run) {
		snprintf(buf, size, "%s", c->second_run);
		return buf;
	}
	switch (c->change) {
	case CHANGE_WORSE:
		snprintf(buf, size, "chance alone gives as much in at most %.2g of comparisons",
			fmin(c->p, plan->p));
		break;
	case CHANGE_SUSPICIOUS:
		snprintf(buf, size,
			"large enough to matter, but chance alone gives as much in %.2g of "
			"comparisons (limit: %.2g): not confirmed",
			c->p, plan->alpha_case);
		break;
	case CHANGE_TOO_FEW:
		snprintf(buf, size,
			"large enough to matter, but %zu and %zu runs cannot distinguish it from "
			"chance: %zu runs per side are needed",
			c->base, c->fresh, plan->runs_needed);
		break;
	case CHANGE_UNCLEAR:
		snprintf(buf, size,
			"the measured intervals allow from %+.3f to %+.3f s: a faster probe would "
			"decide",
			c->difference_min_s, c->difference_max_s);
		break;
	default:
		buf[0] = '\0';
	}
	return buf;
}

const char *compare_case_reason(const struct compared_case *c, enum measure m,
	const struct comparison *comparison, char *buf, size_t size)
{
	const struct compared *v = &c->measure[m];
	char reason[256];

	buf[0] = '\0';
	if (!*why(v, comparison, m, reason, sizeof(reason)))
		return buf;
	if (isfinite(v->difference_s))
		snprintf(buf, size, "%s %.3f s -> %.3f s, %+.3f s [%+.3f, %+.3f] (%+.0f %%): %s",
			measure_name(m), v->base_s, v->fresh_s, v->difference_s, v->difference_lo_s,
			v->difference_hi_s, v->difference_s / v->base_s * 100, reason);
	else
		snprintf(buf, size, "%s: %s", measure_name(m), reason);
	return buf;
}
