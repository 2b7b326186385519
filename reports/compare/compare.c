/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A comparison as CSV, and the files of all its outputs: see compare.h. */
#include "reports/common/document.h"
#include "reports/common/junit.h"
#include "reports/compare/compare.h"

#include <math.h>

void compare_csv(FILE *f, const struct comparison *comparison)
{
	fputs("case,measure,base_runs,new_runs,base_s,new_s,shift_s,shift_lo_s,shift_hi_s,"
	      "matters_s,superiority,p,change\r\n",
		f);
	for (size_t i = 0; i < comparison->count; i++) {
		for (enum measure m = 0; m < MEASURES; m++) {
			const struct compared *c = &comparison->cases[i].measure[m];
			const double figures[] = {c->base_s, c->fresh_s, c->difference_s,
				c->difference_lo_s, c->difference_hi_s, c->matters_s,
				c->superiority, c->p};

			csv_text(f, comparison->cases[i].name);
			fprintf(f, ",%s,%zu,%zu,", measure_name(m), c->base, c->fresh);
			for (size_t k = 0; k < ARRAY_SIZE(figures); k++) {
				if (isfinite(figures[k]))
					fprintf(f, "%.6f", figures[k]);
				fputc(',', f);
			}
			fprintf(f, "%s\r\n", change_name(c->change));
		}
	}
}

/* Writes one output to its file. */
static int write_doc(void (*put)(FILE *, const struct comparison *, const struct compare_labels *),
	const struct comparison *comparison, const struct compare_labels *labels,
	const struct directory *out, const char *name, struct err *e)
{
	struct doc doc;

	if (doc_open(&doc, e))
		return -1;
	put(doc.f, comparison, labels);
	return doc_close(&doc, out, name, e);
}

static void put_csv(
	FILE *f, const struct comparison *comparison, const struct compare_labels *labels)
{
	(void)labels;
	compare_csv(f, comparison);
}

static int write_junit(const struct comparison *comparison, const struct compare_labels *labels,
	const struct directory *out, struct err *e)
{
	char *text;

	return compare_junit(&text, comparison, labels, e) ? -1 : junit_file(text, out, e);
}

int compare_write(const struct comparison *comparison, const struct compare_labels *labels,
	const struct directory *out, char note[static REPORT_NOTE_MAX], struct err *e)
{
	note[0] = '\0';
	if (write_doc(compare_text, comparison, labels, out, "compare.txt", e) ||
		write_doc(compare_markdown, comparison, labels, out, "compare.md", e) ||
		write_doc(put_csv, comparison, labels, out, "compare.csv", e) ||
		write_junit(comparison, labels, out, e))
		return -1;
	return compare_chart(comparison, labels, out, note, e);
}
