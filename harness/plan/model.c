/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The plan in memory: the table of section kinds, sections and entries, the plan written out with
 * its defaults, and the list of complaints.
 */
#include "harness/base/text.h"
#include "harness/plan/internal.h"

#include <stdlib.h>
#include <string.h>

const struct plan_section_row plan_section_rows[SECTION_KINDS] = {
	[SECTION_PLAN] = {"plan", "[plan]", .single = true, .always = true},
	[SECTION_LAB] = {"lab", "[lab]", .single = true},
	[SECTION_PLATFORM] = {"platform", "[platform NAME]", .named = true, .single = true},
	[SECTION_HOST] = {"host", "[host NAME]", .named = true},
	[SECTION_VM] = {"vm", "[vm NAME]", .named = true},
	[SECTION_MOVE] = {"move", "[move]", .single = true, .always = true},
	[SECTION_PROBE] = {"probe", "[probe NAME]", .named = true},
	[SECTION_CONTROL] = {"control", "[control NAME]", .named = true},
	[SECTION_STATION] = {"station", "[station NAME]", .named = true},
	[SECTION_JUDGE] = {"judge", "[judge]", .single = true, .always = true},
	[SECTION_WORKLOAD] = {"workload", "[workload NAME]", .named = true},
};

/* Complaints. */

const char *plan_quote(const char *text, char buf[static QUOTE_MAX])
{
	size_t n = strlen(text);

	if (n < QUOTE_MAX)
		return memcpy(buf, text, n + 1);
	n = QUOTE_MAX - 4;
	/* Do not cut inside a UTF-8 character. */
	while (n && ((unsigned char)text[n] & 0xc0) == 0x80)
		n--;
	snprintf(buf, QUOTE_MAX, "%.*s...", (int)n, text);
	return buf;
}

void complain(struct complaints *complaints, size_t line, const char *fmt, ...)
{
	struct complaint *complaint = &complaints->list[complaints->count];
	va_list args;

	if (complaints->count == COMPLAINTS_MAX) {
		complaints->more++;
		return;
	}
	va_start(args, fmt);
	complaint->line = line;
	if (vasprintf(&complaint->text, fmt, args) < 0)
		complaint->text = NULL;
	va_end(args);
	complaints->count++;
}

static int by_line(const void *a, const void *b)
{
	const struct complaint *x = a, *y = b;

	return (x->line > y->line) - (x->line < y->line);
}

void plan_errors_add(struct plan_errors *errors, const char *fmt, ...)
{
	char *text, *raw;
	va_list args;
	int n;

	va_start(args, fmt);
	n = vasprintf(&raw, fmt, args);
	va_end(args);
	if (n < 0)
		return;
	text = malloc(TEXT_SAFE_BYTES((size_t)n));
	if (text)
		text_safe_lines(raw, text, TEXT_SAFE_BYTES((size_t)n));
	free(raw);
	if (!text)
		return;
	if (ARRAY_GROW(errors->text, errors->count, errors->capacity)) {
		free(text);
		return;
	}
	errors->text[errors->count++] = text;
}

void complaints_hand_over(struct complaints *complaints, struct plan_errors *errors)
{
	qsort(complaints->list, complaints->count, sizeof(complaints->list[0]), by_line);
	for (size_t i = 0; i < complaints->count; i++) {
		const struct complaint *complaint = &complaints->list[i];

		plan_errors_add(errors, "%s:%zu: %s", complaints->file, complaint->line,
			complaint->text ? complaint->text : "out of memory");
		free(complaint->text);
	}
	if (complaints->more)
		plan_errors_add(errors, "%s:%zu: and %zu more (correct these first)",
			complaints->file, complaints->last_line, complaints->more);
	complaints->count = complaints->more = 0;
}

void plan_errors_release(struct plan_errors *errors)
{
	for (size_t i = 0; i < errors->count; i++)
		free(errors->text[i]);
	free(errors->text);
	*errors = (struct plan_errors){0};
}

/* Sections and entries. */

struct plan_section *plan_section_add(
	struct plan *plan, enum section_kind kind, const char *name, size_t line)
{
	struct plan_section *section;

	if (ARRAY_GROW(plan->sections, plan->section_count, plan->section_capacity))
		return NULL;
	section = calloc(1, sizeof(*section));
	if (!section)
		return NULL;
	section->kind = kind;
	section->line = line;
	section->name = strdup(name);
	if (!section->name) {
		free(section);
		return NULL;
	}
	return plan->sections[plan->section_count++] = section;
}

struct plan_entry *plan_entry_add(
	struct plan_section *section, const struct plan_key *key, size_t line)
{
	struct plan_entry *entry;

	if (ARRAY_GROW(section->entries, section->count, section->capacity))
		return NULL;
	entry = &section->entries[section->count++];
	*entry = (struct plan_entry){.key = key, .line = line, .axis = PLAN_NO_AXIS};
	return entry;
}

struct plan_entry *plan_entry_find(const struct plan_section *section, const char *key)
{
	for (size_t i = 0; i < section->count; i++)
		if (!section->entries[i].word && strcmp(section->entries[i].key->name, key) == 0)
			return &section->entries[i];
	return NULL;
}

bool plan_has_value(const struct plan_section *section, const char *key, const char *word)
{
	const struct plan_entry *entry = section ? plan_entry_find(section, key) : NULL;

	for (size_t v = 0; entry && v < entry->count; v++)
		if (strcmp(entry->values[v].text, word) == 0)
			return true;
	return false;
}

static bool is_counted(const struct plan_section *section)
{
	return !section->duplicate && !section->expanded;
}

const struct plan_section *plan_section_at(
	const struct plan *plan, enum section_kind kind, size_t i)
{
	for (size_t s = 0; s < plan->section_count; s++)
		if (plan->sections[s]->kind == kind && is_counted(plan->sections[s]) && i-- == 0)
			return plan->sections[s];
	return NULL;
}

size_t plan_section_count(const struct plan *plan, enum section_kind kind)
{
	size_t count = 0;

	for (size_t s = 0; s < plan->section_count; s++)
		count += plan->sections[s]->kind == kind && is_counted(plan->sections[s]);
	return count;
}

const struct plan_section *plan_section_find(
	const struct plan *plan, enum section_kind kind, const char *name)
{
	for (size_t s = 0; s < plan->section_count; s++)
		if (plan->sections[s]->kind == kind && !plan->sections[s]->expanded &&
			strcmp(plan->sections[s]->name, name) == 0)
			return plan->sections[s];
	return NULL;
}

const char *plan_section_name(const struct plan_section *section)
{
	return section->name;
}

static void section_free(struct plan_section *section)
{
	for (size_t k = 0; k < section->count; k++) {
		struct plan_entry *entry = &section->entries[k];

		for (size_t v = 0; v < entry->count; v++)
			free(entry->values[v].text);
		free(entry->values);
		free(entry->word);
	}
	free(section->entries);
	free(section->name);
	free(section);
}

void plan_free(struct plan *plan)
{
	if (!plan)
		return;
	for (size_t c = 0; c < plan->case_count; c++) {
		free(plan->cases[c].name);
		free(plan->cases[c].choice);
	}
	for (size_t a = 0; a < plan->axis_count; a++)
		free(plan->axes[a].name);
	for (size_t s = 0; s < plan->section_count; s++)
		section_free(plan->sections[s]);
	free(plan->cases);
	free(plan->axes);
	free(plan->sections);
	free(plan->file);
	free(plan);
}

/* Writing. */

static void put_section(FILE *f, const struct plan_section *section)
{
	fprintf(f, "[%s%s%s]\n", plan_section_rows[section->kind].word, *section->name ? " " : "",
		section->name);
	for (size_t k = 0; k < section->count; k++) {
		const struct plan_entry *entry = &section->entries[k];

		fprintf(f, "%s%s%s = ", entry->key->name, entry->word ? "." : "",
			entry->word ? entry->word : "");
		for (size_t v = 0; v < entry->count; v++)
			fprintf(f, "%s%s", v ? ", " : "", entry->values[v].text);
		putc('\n', f);
	}
}

char *plan_resolved(const struct plan *plan)
{
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		return NULL;
	for (size_t s = 0; s < plan->section_count; s++) {
		if (plan->sections[s]->copy)
			continue;
		if (s)
			putc('\n', f);
		put_section(f, plan->sections[s]);
	}
	if (fclose(f) == 0)
		return text;
	free(text);
	return NULL;
}
