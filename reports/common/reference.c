/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The published figures, built into the program: see reference.h. */
#include "reports/common/reference.h"

#include "harness/base/memory.h"
#include "harness/base/csv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The assembler embeds the files, so the installed program does not need them. */
/* NOLINTBEGIN(bugprone-macro-parentheses): parentheses would break the pasted names and texts. */
#define EMBED(symbol, path)                                   \
	__asm__(".section .rodata\n"                          \
		".global " #symbol "\n" #symbol ":\n"         \
		".incbin \"" path "\"\n"                      \
		".global " #symbol "_end\n" #symbol "_end:\n" \
		".byte 0\n"                                   \
		".text\n");                                   \
	extern const char symbol[], symbol##_end[]
/* NOLINTEND(bugprone-macro-parentheses) */

EMBED(reference_blackout_csv, "reports/reference/blackout.csv");
EMBED(reference_job_time_csv, "reports/reference/job-time.csv");
EMBED(reference_balancer_csv, "reports/reference/balancer.csv");
EMBED(reference_notes_csv, "reports/reference/notes.csv");

static int number(
	const struct csv_table *table, size_t row, const char *column, int *value, struct err *e)
{
	const char *text = csv_cell(table, row, csv_column(table, column));
	char *end;

	*value = (int)strtol(text, &end, 10);
	if (!*text || *end)
		return err_set(e, "%s: row %zu: %s '%s' is not a number", table->name, row + 1,
			column, text);
	return 0;
}

static void copy(
	char *to, size_t size, const struct csv_table *table, size_t row, const char *column)
{
	snprintf(to, size, "%s", csv_cell(table, row, csv_column(table, column)));
}

static int read_blackouts(struct reference *r, struct err *e)
{
	struct csv_table t;
	int result = 0;

	if (csv_parse(&t, "blackout.csv", reference_blackout_csv,
		    (size_t)(reference_blackout_csv_end - reference_blackout_csv), e))
		return -1;
	r->blackouts = memory_zeroed("published figures", t.row_count + 1, sizeof(*r->blackouts));
	for (size_t i = 0; i < t.row_count && !result; i++) {
		struct reference_blackout *b = &r->blackouts[r->blackout_count++];

		copy(b->test, sizeof(b->test), &t, i, "test");
		copy(b->session, sizeof(b->session), &t, i, "session");
		if (number(&t, i, "memory_gb", &b->memory_gb, e) ||
			number(&t, i, "run", &b->run, e) || number(&t, i, "lost", &b->lost, e))
			result = -1;
	}
	csv_release(&t);
	return result;
}

static int read_jobs(struct reference *r, struct err *e)
{
	struct csv_table t;
	int result = 0;

	if (csv_parse(&t, "job-time.csv", reference_job_time_csv,
		    (size_t)(reference_job_time_csv_end - reference_job_time_csv), e))
		return -1;
	r->jobs = memory_zeroed("published figures", t.row_count + 1, sizeof(*r->jobs));
	for (size_t i = 0; i < t.row_count && !result; i++) {
		struct reference_job *j = &r->jobs[r->job_count++];
		bool mean = strcmp(csv_cell(&t, i, csv_column(&t, "run")), "mean") == 0;

		copy(j->test, sizeof(j->test), &t, i, "test");
		if (number(&t, i, "memory_gb", &j->memory_gb, e) ||
			(!mean && number(&t, i, "run", &j->run, e)) ||
			number(&t, i, "job_s", &j->job_s, e))
			result = -1;
	}
	csv_release(&t);
	return result;
}

static int read_notes(struct reference *r, struct err *e)
{
	struct csv_table t;
	int result = 0;

	if (csv_parse(&t, "notes.csv", reference_notes_csv,
		    (size_t)(reference_notes_csv_end - reference_notes_csv), e))
		return -1;
	r->notes = memory_zeroed("published figures", t.row_count + 1, sizeof(*r->notes));
	for (size_t i = 0; i < t.row_count && !result; i++) {
		struct reference_note *n = &r->notes[r->note_count++];
		int value = 0;

		copy(n->item, sizeof(n->item), &t, i, "item");
		n->value = NAN;
		if (*csv_cell(&t, i, csv_column(&t, "value"))) {
			result = number(&t, i, "value", &value, e);
			n->value = value;
		}
		n->text = memory_text("published figures", csv_cell(&t, i, csv_column(&t, "text")));
	}
	csv_release(&t);
	return result;
}

static int read_settings(struct reference *r, struct err *e)
{
	struct csv_table t;
	int result = 0;

	if (csv_parse(&t, "balancer.csv", reference_balancer_csv,
		    (size_t)(reference_balancer_csv_end - reference_balancer_csv), e))
		return -1;
	r->settings = memory_zeroed("published figures", t.row_count + 1, sizeof(*r->settings));
	for (size_t i = 0; i < t.row_count && !result; i++) {
		struct reference_setting *s = &r->settings[r->setting_count++];

		copy(s->key, sizeof(s->key), &t, i, "key");
		copy(s->setting, sizeof(s->setting), &t, i, "setting");
		copy(s->usual, sizeof(s->usual), &t, i, "default");
		copy(s->range, sizeof(s->range), &t, i, "range");
		copy(s->tests, sizeof(s->tests), &t, i, "tests");
	}
	csv_release(&t);
	return result;
}

int reference_read(struct reference **reference, struct err *e)
{
	struct reference *r = memory_zeroed("published figures", 1, sizeof(*r));

	if (read_blackouts(r, e) || read_jobs(r, e) || read_notes(r, e) || read_settings(r, e)) {
		reference_free(r);
		return -1;
	}
	*reference = r;
	return 0;
}

void reference_free(struct reference *reference)
{
	if (!reference)
		return;
	for (size_t i = 0; i < reference->note_count; i++)
		free(reference->notes[i].text);
	free(reference->notes);
	free(reference->settings);
	free(reference->jobs);
	free(reference->blackouts);
	free(reference);
}

const char *reference_text(const struct reference *reference, const char *item)
{
	for (size_t i = 0; i < reference->note_count; i++)
		if (strcmp(reference->notes[i].item, item) == 0)
			return reference->notes[i].text;
	return "";
}

struct interval lost_interval(int lost)
{
	return (struct interval){
		.lo_ns = lost > 0 ? (lost - 1) * NS_PER_S : 0,
		.hi_ns = (lost + 1) * NS_PER_S,
	};
}
