/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A comparison for a terminal, and as Markdown: see compare.h. */
#include "reports/compare/compare.h"
#include "reports/text/text.h"

#include <math.h>
#include <string.h>

#define LISTED_MAX 20

static void put_number(FILE *f, double value, const char *format, int width)
{
	char text[NUMBER_TEXT_MAX];

	if (isfinite(value))
		snprintf(text, sizeof(text), format, value);
	else
		snprintf(text, sizeof(text), "-");
	text_cell(f, text, width, true);
}

static void put_reasons(FILE *f, const struct comparison *comparison)
{
	for (size_t i = 0; i < comparison->count; i++) {
		const struct compared_case *c = &comparison->cases[i];
		char reason[512], line[1024], name[256];

		text_safe(c->name, name, sizeof(name));
		if (*c->worse) {
			snprintf(line, sizeof(line), "%s: %s (run %zu: %s)", name, c->worse,
				c->bad->run, c->bad->reason);
			text_wrap(f, "  ", text_safe(line, reason, sizeof(reason)));
		}
		if (*c->undecided) {
			snprintf(line, sizeof(line), "%s: %s", name, c->undecided);
			text_wrap(f, "  ", line);
		}
		for (enum measure m = 0; m < MEASURES; m++) {
			if (!*compare_case_reason(c, m, comparison, reason, sizeof(reason)))
				continue;
			snprintf(line, sizeof(line), "%s: %s", name, reason);
			text_wrap(f, "  ", line);
		}
	}
}

static void put_differences(FILE *f, const struct differences *d)
{
	if (d->unknown)
		text_wrap(f, "",
			"Base or new has no environment.json: whether hardware and versions differ "
			"is not known.");
	if (!d->count)
		return;
	text_heading(f, "What else differs (check this first)");
	for (size_t i = 0; i < d->count && i < LISTED_MAX; i++) {
		const struct difference *one = &d->difference[i];
		char line[640];

		snprintf(line, sizeof(line), "%s: %s -> %s%s", one->what, one->base, one->fresh,
			one->meaningless ? " (the figures cannot be compared)" : "");
		text_wrap(f, "  ", line);
	}
	if (d->count > LISTED_MAX)
		fprintf(f, "  and %zu more\n", d->count - LISTED_MAX);
}

static void put_table(FILE *f, const struct comparison *comparison, enum measure m)
{
	char heading[64];

	snprintf(heading, sizeof(heading), "%s, s", m == MEASURE_JOB ? "Job time" : "Blackout");
	text_heading(f, heading);
	text_cell(f, "case", CASE_WIDTH, false);
	fputs("runs      base      new    shift   95 % interval      p       so\n", f);
	for (size_t i = 0; i < comparison->count; i++) {
		const struct compared_case *c = &comparison->cases[i];
		const struct compared *v = &c->measure[m];
		char runs[32], span[64] = "-";

		text_case(f, c->name);
		snprintf(runs, sizeof(runs), "%zu/%zu", v->base, v->fresh);
		text_cell(f, runs, 5, false);
		put_number(f, v->base_s, "%.3f", 8);
		put_number(f, v->fresh_s, "%.3f", 8);
		put_number(f, v->difference_s, "%+.3f", 8);
		if (isfinite(v->difference_lo_s))
			snprintf(span, sizeof(span), "[%+.2f, %+.2f]", v->difference_lo_s,
				v->difference_hi_s);
		text_cell(f, span, 17, false);
		put_number(f, v->p, "%.4f", 6);
		fprintf(f, " %s\n",
			!c->base_runs    ? "new case"
			: !c->fresh_runs ? "case is gone"
					 : change_name(v->change));
	}
}

static void put_method(FILE *f, const struct comparison *comparison)
{
	const struct compare_options *o = &comparison->options;
	char line[1024];

	text_heading(f, "How it was decided");
	snprintf(line, sizeof(line),
		"A case is WORSE if its shift matters (at least %.0f %% of the job time, or %.3g s "
		"of blackout) and chance alone would rarely give it. Chance: a permutation test, "
		"which permutes the runs' labels within each case in every way, or in many random "
		"ways. At most %.2g of comparisons give a false alarm, cases and measures "
		"together. The shift is the median of all differences; its interval is the "
		"bootstrap's, widened by the uncertainty of the measurements. INVALID moves count "
		"in neither measure. docs/statistics.md says how often it errs.",
		o->job_share * 100, (double)o->blackout_ns / 1e9, o->alpha);
	text_wrap(f, "  ", line);
	for (enum measure m = 0; m < MEASURES; m++) {
		const struct compared_plan *plan = &comparison->plan[m];

		if (!plan->cases)
			continue;
		snprintf(line, sizeof(line),
			"%s: all cases together p = %.2g (limit %.2g); limit for one case %.2g.",
			measure_name(m), plan->p, plan->alpha_sum, plan->alpha_case);
		text_wrap(f, "  ", line);
	}
}

void compare_text(FILE *f, const struct comparison *comparison, const struct compare_labels *labels)
{
	char line[1024], base[400], fresh[400];

	fprintf(f, "%s\n", compare_headline(comparison, line, sizeof(line)));
	snprintf(line, sizeof(line), "base %s, new %s", text_safe(labels->base, base, sizeof(base)),
		text_safe(labels->fresh, fresh, sizeof(fresh)));
	text_wrap(f, "", line);
	put_reasons(f, comparison);
	if (comparison->too_few_runs)
		text_wrap(f, "  ", compare_too_few(comparison, line, sizeof(line)));
	put_differences(f, labels->differences);
	for (enum measure m = 0; m < MEASURES; m++)
		put_table(f, comparison, m);
	put_method(f, comparison);
}

/* Text in a Markdown table. Characters that would end the cell or begin markup become entities. */
static void put_cell(FILE *f, const char *text)
{
	char safe[512];

	for (const char *p = text_safe(text, safe, sizeof(safe)); *p; p++) {
		if (strchr("|<>&*_`[]\\#@", *p))
			fprintf(f, "&#%d;", *p);
		else
			fputc(*p, f);
	}
}

static void put_markdown_row(FILE *f, const struct compared_case *c, enum measure m)
{
	const struct compared *v = &c->measure[m];

	fputs("| ", f);
	put_cell(f, c->name);
	fprintf(f, " | %s | %zu/%zu | ", measure_name(m), v->base, v->fresh);
	if (!isfinite(v->difference_s))
		fputs("- | - | - | - ", f);
	else
		fprintf(f, "%.3f | %.3f | %+.3f [%+.3f, %+.3f] | %.4f ", v->base_s, v->fresh_s,
			v->difference_s, v->difference_lo_s, v->difference_hi_s, v->p);
	fprintf(f, "| %s%s%s |\n", v->change == CHANGE_WORSE ? "**" : "", change_name(v->change),
		v->change == CHANGE_WORSE ? "**" : "");
}

/* Findings apart from the figures (verdict, outcome, integrity), and results of second runs. */
static void put_markdown_reasons(
	FILE *f, const struct compared_case *c, const struct comparison *comparison)
{
	char reason[512];

	if (*c->worse) {
		fputs("- **", f);
		put_cell(f, c->name);
		fprintf(f, "**: %s\n", c->worse);
	}
	if (*c->undecided) {
		fputs("- ", f);
		put_cell(f, c->name);
		fprintf(f, ": %s\n", c->undecided);
	}
	for (enum measure m = 0; m < MEASURES; m++) {
		if (!*c->measure[m].second_run)
			continue;
		fputs("- ", f);
		put_cell(f, c->name);
		fputs(": ", f);
		put_cell(f, compare_case_reason(c, m, comparison, reason, sizeof(reason)));
		fputc('\n', f);
	}
}

void compare_markdown(
	FILE *f, const struct comparison *comparison, const struct compare_labels *labels)
{
	char line[256];

	fprintf(f, "### Live migration: %s\n\n", compare_headline(comparison, line, sizeof(line)));
	fputs("Base: ", f);
	put_cell(f, labels->base);
	fputs("; new: ", f);
	put_cell(f, labels->fresh);
	fputs("\n\n| case | measure | runs | base, s | new, s | shift, s | p | |\n"
	      "|---|---|---|---|---|---|---|---|\n",
		f);
	for (size_t i = 0; i < comparison->count; i++)
		for (enum measure m = 0; m < MEASURES; m++)
			put_markdown_row(f, &comparison->cases[i], m);
	fputc('\n', f);
	for (size_t i = 0; i < comparison->count; i++) {
		put_markdown_reasons(f, &comparison->cases[i], comparison);
	}
	for (size_t i = 0; i < labels->differences->count && i < LISTED_MAX; i++) {
		const struct difference *d = &labels->differences->difference[i];

		fputs("- differs: ", f);
		put_cell(f, d->what);
		fputs(": ", f);
		put_cell(f, d->base);
		fputs(" -> ", f);
		put_cell(f, d->fresh);
		fputc('\n', f);
	}
}
