/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Checks what the analysis found against the truth: see check.h. */
#include "tests/property/check.h"

#include "tests/property/reference.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

/* Violations of one path that are printed in full; the others are only counted. */
#define REPORTED_MAX 3
#define ANSWERS_FEW 20

void trial_note(struct trial *t, const char *fmt, ...)
{
	size_t used = strlen(t->script);
	va_list args;

	va_start(args, fmt);
	vsnprintf(t->script + used, sizeof(t->script) - used, fmt, args);
	va_end(args);
}

struct claim claim_of(
	const struct prober *p, const struct observed *w, const char *target, int64_t end_ns)
{
	struct claim c = {.ident = -1,
		.prober = p,
		.truth = oracle_truth(w),
		.tolerance_ns = prober_tolerance(p),
		.unmeasured = true};
	size_t answers = 0;

	snprintf(c.target, sizeof(c.target), "%s", target);
	for (size_t i = 0; i < p->count; i++) {
		c.unmeasured &= !p->requests[i].seen;
		answers += p->requests[i].answer_seen;
	}
	/* Few answers do not show the jitter. */
	if (answers < ANSWERS_FEW)
		c.tolerance_ns = 2 * p->jitter_ns;
	c.ideal = reference_bounds(p, w, end_ns);
	c.undisturbed = p->pause_count == 0;
	c.open = prober_is_open(p);
	return c;
}

int64_t claim_margin(const struct claim *c, struct dice *dice)
{
	int64_t min_ns = c->prober->pace_ns * 5 / 2 + 2 * c->prober->jitter_ns;

	/* Requests under way when the prober stops are not recorded. */
	min_ns += c->tail_ns;

	/* The held requests of the last time-out were answered in time. */
	for (size_t i = 0; i < c->prober->outage_count; i++)
		if (c->prober->outages[i].kind == OUTAGE_HOLD) {
			min_ns += c->prober->timeout_ns;
			break;
		}
	return dice_between(dice, min_ns, 2 * min_ns);
}

int64_t claim_bound(const struct claim *c, struct interval found, struct dice *dice)
{
	int64_t near_ns = dice_between(dice, 0, 1) ? c->truth.lo_ns : c->truth.hi_ns;
	int64_t bound_ns;

	switch (dice_between(dice, 0, 5)) {
	case 0:
		near_ns = found.lo_ns;
		break;
	case 1:
		near_ns = found.hi_ns == NS_INF ? c->truth.hi_ns + c->prober->pace_ns : found.hi_ns;
		break;
	case 2:
		near_ns += dice_between(dice, -3 * c->prober->pace_ns, 3 * c->prober->pace_ns);
		break;
	}
	bound_ns = near_ns + dice_between(dice, -1, 1);
	return bound_ns > 0 ? bound_ns : 1;
}

static void print_claim(const struct claim *c, const struct trial *t, const char *what,
	struct interval found, const char *verdict, const char *reason, int64_t bound_ns)
{
	char lo[SECONDS_TEXT_MAX], hi[SECONDS_TEXT_MAX];

	seconds_text(found.lo_ns, lo);
	seconds_text(found.hi_ns, hi);
	printf("%s --path %s --one %" PRIu64 ": %s\n",
		strcmp(what, "undecided") == 0 ? "UNDECIDED" : "VIOLATION", t->path, t->seed, what);
	printf("  target %s: truth [%.9f, %.9f] s, found [%s, %s] s", c->target,
		(double)c->truth.lo_ns / 1e9, (double)c->truth.hi_ns / 1e9, lo, hi);
	if (found.lo_ns != NS_NONE && found.hi_ns != NS_INF)
		printf(" = [%.9f, %.9f]", (double)found.lo_ns / 1e9, (double)found.hi_ns / 1e9);
	if (bound_ns != NS_NONE)
		printf(", %s (%s) at bound %.9f s", verdict, reason, (double)bound_ns / 1e9);
	printf(", tolerance %.9f s\n", (double)c->tolerance_ns / 1e9);
	prober_script(c->prober, stdout);
	for (size_t i = 0; i < ARRAY_SIZE(t->others); i++)
		if (t->others[i] && t->others[i] != c->prober)
			prober_script(t->others[i], stdout);
	if (*t->script)
		printf("%s", t->script);
	fflush(stdout);
}

static void report_violation(const struct claim *c, const struct trial *t, const char *what,
	struct interval found, const char *verdict, const char *reason, int64_t bound_ns)
{
	const struct tally *n = t->tally;

	if (t->verbose || strncmp(what, "ORACLE", 6) == 0 ||
		n->above + n->below + n->wrong + n->unread + n->inconsistent <= REPORTED_MAX)
		print_claim(c, t, what, found, verdict, reason, bound_ns);
}

void claim_check_oracle(struct claim *c, struct trial *t)
{
	if (c->unmeasured || (c->ideal.lo_ns <= c->truth.hi_ns && c->ideal.hi_ns >= c->truth.lo_ns))
		return;
	t->tally->inconsistent++;
	report_violation(c, t, "ORACLE: an ideal observer's bounds do not hold the truth", c->ideal,
		"", "", NS_NONE);
}

void claim_count_decision(const struct claim *c, struct trial *t, struct interval found,
	enum verdict verdict, const char *reason, int64_t bound_ns)
{
	bool decided = verdict == VERDICT_PASS || verdict == VERDICT_FAIL;

	t->tally->deciding++;
	t->tally->decided += decided;
	t->tally->decidable += c->ideal.lo_ns > bound_ns || c->ideal.hi_ns <= bound_ns;
	if (t->undecided && !decided)
		print_claim(c, t, "undecided", found, verdict_name(verdict), reason, bound_ns);
}

void claim_fail(struct claim *c, struct trial *t, const char *fmt, ...)
{
	struct interval none = {NS_NONE, NS_NONE};
	char what[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(what, sizeof(what), fmt, args);
	va_end(args);
	if (c->failed)
		return;
	c->failed = true;
	t->tally->unread++;
	report_violation(c, t, what, none, "", "", NS_NONE);
}

static void check_verdict(struct claim *c, struct trial *t, struct interval found,
	enum verdict verdict, const char *reason, int64_t bound_ns)
{
	bool wrong = (verdict == VERDICT_PASS && c->truth.lo_ns > bound_ns + c->tolerance_ns) ||
		     (verdict == VERDICT_FAIL && c->truth.hi_ns <= bound_ns - c->tolerance_ns) ||
		     (c->unmeasured && (verdict == VERDICT_PASS || verdict == VERDICT_FAIL));

	if (!wrong || c->wrong)
		return;
	c->wrong = true;
	t->tally->wrong++;
	report_violation(c, t, "a verdict against the truth", found, verdict_name(verdict), reason,
		bound_ns);
}

static void count_narrow(const struct claim *c, struct trial *t, struct interval found)
{
	int64_t ideal_ns = c->ideal.hi_ns;

	t->tally->measured++;
	t->tally->narrow +=
		ideal_ns == NS_INF ||
		(found.hi_ns != NS_INF && found.hi_ns <= ideal_ns + c->prober->pace_ns / 2);
}

void claim_check(struct claim *c, struct trial *t, struct interval found, enum verdict verdict,
	const char *reason, int64_t bound_ns)
{
	bool above = found.lo_ns > c->truth.hi_ns + c->tolerance_ns;
	bool below = found.hi_ns < c->truth.lo_ns - c->tolerance_ns;

	if (bound_ns == NS_NONE && c->undisturbed && !c->unmeasured)
		count_narrow(c, t, found);
	if (bound_ns != NS_NONE)
		check_verdict(c, t, found, verdict, reason, bound_ns);
	if (c->outside || found.lo_ns == NS_NONE || c->unmeasured || (!above && !below))
		return;
	c->outside = true;
	t->tally->above += above;
	t->tally->below += below;
	report_violation(c, t, above ? "lo above the truth" : "hi below the truth", found,
		verdict_name(verdict), reason, bound_ns);
}
