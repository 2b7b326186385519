/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reads the text of a value by its key's row: into a number in base units and the canonical text,
 * or into an error.
 */
#include "harness/plan/internal.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const enum unit_kind unit_of[] = {
	[KEY_TIME] = UNIT_TIME,
	[KEY_BYTES] = UNIT_BYTES,
	[KEY_RATE] = UNIT_RATE,
	[KEY_WRITES] = UNIT_WRITES,
};

static void format_number(const struct plan_key *key, int64_t number, char *buf, size_t size)
{
	if (key->type <= KEY_WRITES)
		units_format(unit_of[key->type], number, buf, size);
	else
		snprintf(buf, size, "%" PRId64 "%s", number, key->type == KEY_PERCENT ? "%" : "");
}

/* Accepts digits only: a sign, a point or a blank is an error. */
static int read_whole(const char *text, int64_t *number)
{
	size_t n = strspn(text, "0123456789");

	if (!n || text[n] || n > 18)
		return -1;
	*number = strtoll(text, NULL, 10);
	return 0;
}

static void format_range(const struct plan_key *key, char *buf, size_t size)
{
	char min[48], max[48];

	format_number(key, key->min, min, sizeof(min));
	format_number(key, key->max, max, sizeof(max));
	snprintf(buf, size, "%s%s to %s", key->zero ? "0, or " : "", min, max);
}

static int read_quantity(
	const struct plan_key *key, const char *text, int64_t *number, struct err *e)
{
	struct err other = {0};
	char quote[QUOTE_MAX];
	int64_t ignored;

	/* Too long for a quantity. plan_quote shortens it without cutting a character. */
	if (strlen(text) > 40)
		return err_set(e, "'%s' is not a number with a unit (%s)", plan_quote(text, quote),
			units_known(unit_of[key->type]));
	if (units_parse(unit_of[key->type], text, number, e) == 0)
		return 0;
	/* "3 MB" as a time: the number is right, the unit is of another kind. */
	for (size_t i = 0; i < ARRAY_SIZE(unit_of); i++)
		if (units_parse(unit_of[i], text, &ignored, &other) == 0)
			return err_set(e, "'%.60s' has a unit of another kind (%s)", text,
				units_known(unit_of[key->type]));
	return -1;
}

static int read_count(const struct plan_key *key, const char *text, int64_t *number, struct err *e)
{
	char digits[64], range[128], quote[QUOTE_MAX];
	size_t n = strlen(text);

	if (key->type == KEY_PERCENT && n && text[n - 1] == '%')
		for (n--; n && text[n - 1] == ' ';)
			n--;
	snprintf(digits, sizeof(digits), "%.*s", (int)(n < sizeof(digits) ? n : sizeof(digits)),
		text);
	if (read_whole(digits, number) == 0)
		return 0;
	format_range(key, range, sizeof(range));
	return err_set(e, "'%s' is no whole number (%s)", plan_quote(text, quote), range);
}

/* Lists words for a message: "p2p or direct". */
static void format_words(const char *words, char *buf, size_t size)
{
	const char *last = strrchr(words, ' ');
	size_t used = 0;

	for (const char *p = words; *p && used + 8 < size; p++) {
		if (*p != ' ')
			buf[used++] = *p;
		else
			used += (size_t)snprintf(
				buf + used, size - used, "%s", p == last ? " or " : ", ");
	}
	buf[used] = '\0';
}

static int read_word(const struct plan_key *key, const char *text, struct err *e)
{
	char buf[WORDS_MAX], known[WORDS_MAX], nearest[64], quote[QUOTE_MAX];
	const char *words = plan_key_words(key, buf);

	if (plan_word_known(words, text))
		return 0;
	format_words(words, known, sizeof(known));
	if (key->type == KEY_WORD && plan_nearest(text, words, nearest, sizeof(nearest)))
		return err_set(e, "'%s' is not known (did you mean '%s'? known: %s)",
			plan_quote(text, quote), nearest, known);
	return err_set(e, "'%s' is not known (%s)", plan_quote(text, quote), known);
}

static int check_range(const struct plan_key *key, int64_t number, struct err *e)
{
	char range[128], value[48];

	if ((number >= key->min && number <= key->max) || (key->zero && number == 0))
		return 0;
	format_number(key, number, value, sizeof(value));
	format_range(key, range, sizeof(range));
	return err_set(e, "%s is too %s (%s)", value, number < key->min ? "small" : "large", range);
}

static int read_number(const struct plan_key *key, const char *text, int64_t *number, struct err *e)
{
	if (key->type <= KEY_WRITES ? read_quantity(key, text, number, e)
				    : read_count(key, text, number, e))
		return -1;
	return check_range(key, *number, e);
}

/* The index of a word in its key's words, from 1 on; NS_NONE: it is a component's name. */
static int64_t index_of(const struct plan_key *key, const char *text)
{
	for (int64_t i = 1; key->words && key->words[i]; i++)
		if (strcmp(key->words[i], text) == 0)
			return i;
	return NS_NONE;
}

int plan_read_value(
	const struct plan_key *key, const char *text, struct plan_value *value, struct err *e)
{
	char canonical[64], quote[QUOTE_MAX];
	bool none = key->none && strcmp(text, "none") == 0;

	value->number = NS_NONE;
	if (key->argument && text[0] == '-')
		return err_set(e,
			"'%s' begins with a dash, so that a program would take it for an option",
			plan_quote(text, quote));
	if (key->type == KEY_WORD || key->type == KEY_FLAG) {
		if (read_word(key, text, e))
			return -1;
		value->number =
			key->type == KEY_FLAG ? strcmp(text, "yes") == 0 : index_of(key, text);
	} else if (key->type != KEY_TEXT && !none) {
		if (read_number(key, text, &value->number, e))
			return -1;
		format_number(key, value->number, canonical, sizeof(canonical));
		text = canonical;
	}
	value->text = strdup(text);
	return value->text ? 0 : err_set(e, "%s", "");
}

/* The entry's value with this text; NULL: none yet. */
static const struct plan_value *find_value(const struct plan_entry *entry, const char *text)
{
	for (size_t i = 0; i < entry->count; i++)
		if (strcmp(entry->values[i].text, text) == 0)
			return &entry->values[i];
	return NULL;
}

static int add_value(struct plan_entry *entry, const char *text, struct complaints *complaints)
{
	const char *name = entry->key->name;
	struct plan_value value;
	struct err e = {0};

	if (ARRAY_GROW(entry->values, entry->count, entry->capacity))
		return -1;
	if (plan_read_value(entry->key, text, &value, &e)) {
		if (!e.text[0])
			return -1;
		complain(complaints, entry->line, "%s: %s", name, e.text);
		entry->bad = true;
		return 0;
	}
	if (entry->key->shape == KEY_AXIS && find_value(entry, value.text)) {
		complain(complaints, entry->line, "%s: %s is given twice (each value once)", name,
			value.text);
		entry->bad = true;
		free(value.text);
		return 0;
	}
	entry->values[entry->count++] = value;
	return 0;
}

int plan_read_values(struct plan_entry *entry, const char *text, struct complaints *complaints)
{
	const struct plan_key *key = entry->key;
	int rc = 0;

	if (!*text || (key->shape == KEY_SCALAR && key->type != KEY_TEXT && strchr(text, ','))) {
		complain(complaints, entry->line, "%s: %s", key->name,
			*text ? "more than one value (it takes one)" : "no value (key = value)");
		entry->bad = true;
		return 0;
	}
	if (key->shape == KEY_SCALAR)
		return add_value(entry, text, complaints);
	while (rc == 0) {
		size_t n = strcspn(text, ","), lead = strspn(text, " \t");
		size_t length = lead < n ? n - lead : 0;
		char item[PLAN_LINE_MAX + 1];

		memcpy(item, text + lead, length);
		while (length && isblank((unsigned char)item[length - 1]))
			length--;
		item[length] = '\0';
		if (length) {
			rc = add_value(entry, item, complaints);
		} else {
			complain(complaints, entry->line,
				"%s: nothing between two commas or at the end (one value each)",
				key->name);
			entry->bad = true;
		}
		if (!text[n])
			break;
		text += n + 1;
	}
	return rc;
}

int plan_default_add(struct plan_section *section, const char *key, const char *text)
{
	const struct plan_key *row = plan_key_find(section->kind, component_of(section), key);
	struct plan_entry *entry = plan_entry_add(section, row, 0);
	struct complaints none = {0};

	return entry ? plan_read_values(entry, text, &none) : -1;
}
