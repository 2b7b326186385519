/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reads a plan's lines: [kind NAME], key = value, comments. It goes on after every mistake, so that
 * all mistakes are reported at once.
 */
#include "harness/plan/internal.h"

#include <errno.h>
#include <iconv.h>
#include <stdlib.h>
#include <string.h>

#define NAME_BYTES "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-"

static char *trim(char *text)
{
	size_t n;

	text += strspn(text, " \t");
	n = strlen(text);
	while (n && strchr(" \t", text[n - 1]))
		text[--n] = '\0';
	return text;
}

/*
 * Cuts off a comment: `;` begins one at the start of a word; inside a word it belongs to the value.
 */
static void cut_comment(char *text)
{
	for (char *p = strchr(text, ';'); p; p = strchr(p + 1, ';')) {
		if (p == text || strchr(" \t", p[-1])) {
			*p = '\0';
			return;
		}
	}
}

/* iconv refuses overlong forms and surrogates and does not depend on the locale. */
static bool is_utf8(iconv_t decoder, const char *line, size_t length)
{
	char in[PLAN_LINE_MAX + 1], out[4 * (PLAN_LINE_MAX + 1)], *from = in, *to = out;
	size_t left = sizeof(out);

	memcpy(in, line, length);
	iconv(decoder, NULL, NULL, NULL, NULL);
	return iconv(decoder, &from, &length, &to, &left) != (size_t)-1;
}

/* Why a line is not valid text; NULL: it is. */
static const char *not_text(iconv_t decoder, const char *line, size_t length)
{
	if (length > PLAN_LINE_MAX)
		return "the line is longer than 4000 bytes (break it up; is this a plan?)";
	if (memchr(line, '\0', length))
		return "the line holds a NUL byte (a plan is UTF-8 text; is this one?)";
	if (!is_utf8(decoder, line, length))
		return "the line is not UTF-8 (save the file as UTF-8)";
	for (size_t i = 0; i < length; i++)
		if ((unsigned char)line[i] < ' ' ? line[i] != '\t' : line[i] == 0x7f)
			return "the line holds a control character (remove it)";
	return NULL;
}

static int find_kind(const char *word)
{
	for (int kind = 0; kind < SECTION_KINDS; kind++)
		if (strcmp(plan_section_rows[kind].word, word) == 0)
			return kind;
	return -1;
}

static void complain_of_kind(struct plan_reader *reader, size_t line, const char *word)
{
	char known[256] = "", headers[256] = "", nearest[64], quote[QUOTE_MAX];
	size_t used = 0, shown = 0;

	for (int kind = 0; kind < SECTION_KINDS; kind++) {
		const struct plan_section_row *row = &plan_section_rows[kind];

		used += (size_t)snprintf(
			known + used, sizeof(known) - used, "%s%s", kind ? " " : "", row->word);
		shown += (size_t)snprintf(headers + shown, sizeof(headers) - shown, "%s%s",
			kind ? ", " : "", row->header);
	}
	if (plan_nearest(word, known, nearest, sizeof(nearest))) {
		int kind = find_kind(nearest);

		reader->presumed[kind] = true;
		complain(&reader->complaints, line, "there is no section [%s] (did you mean %s?)",
			plan_quote(word, quote), plan_section_rows[kind].header);
	} else {
		complain(&reader->complaints, line, "there is no section [%s] (known: %s)",
			plan_quote(word, quote), headers);
	}
}

static void complain_of_platform(struct plan_reader *reader, size_t line, const char *name)
{
	char buf[WORDS_MAX], nearest[64];
	const char *known = component_names(COMPONENT_PLATFORM, buf);

	if (plan_nearest(name, known, nearest, sizeof(nearest)))
		complain(&reader->complaints, line,
			"there is no [platform %s] (did you mean '%s'?)", name, nearest);
	else
		complain(&reader->complaints, line, "there is no [platform %s] (known: %s)", name,
			known);
}

bool plan_name_valid(const char *name)
{
	size_t n = strspn(name, NAME_BYTES);

	return n && !name[n] && n <= PLAN_NAME_MAX;
}

/* Checks that a name is valid, and present only if the kind of section has names. */
static bool check_name(struct plan_reader *reader, size_t line, int kind, const char *name)
{
	const struct plan_section_row *row = &plan_section_rows[kind];
	size_t n = strspn(name, NAME_BYTES);
	char quote[QUOTE_MAX];

	if (row->named && !*name)
		complain(&reader->complaints, line, "[%s] lacks its name (%s)", row->word,
			row->header);
	else if (!row->named && *name)
		complain(&reader->complaints, line, "[%s %s] has a name (just %s)", row->word,
			plan_quote(name, quote), row->header);
	else if (name[n] || n > PLAN_NAME_MAX)
		complain(&reader->complaints, line,
			"[%s %s]: the name %s (letters, digits, '.', '_' and '-', at most %d)",
			row->word, plan_quote(name, quote),
			name[n] ? "holds other characters" : "is too long", PLAN_NAME_MAX);
	else if (kind == SECTION_PLATFORM && !component_find(COMPONENT_PLATFORM, name))
		complain_of_platform(reader, line, name);
	else
		return true;
	return false;
}

/* The earlier section of the same name, or of a kind that a plan has once; NULL: none. */
static const struct plan_section *find_first(const struct plan *plan, int kind, const char *name)
{
	for (size_t i = 0; i < plan->section_count; i++) {
		const struct plan_section *section = plan->sections[i];

		if ((int)section->kind == kind &&
			(plan_section_rows[kind].single || strcmp(section->name, name) == 0))
			return section;
	}
	return NULL;
}

static int open_section(struct plan_reader *reader, size_t line, int kind, const char *name)
{
	const struct plan_section *first = find_first(reader->plan, kind, name);
	const char *word = plan_section_rows[kind].word;

	if (reader->plan->section_count == PLAN_SECTIONS_MAX) {
		complain(&reader->complaints, line, "too many sections (at most %d)",
			PLAN_SECTIONS_MAX);
		return 0;
	}
	reader->section = plan_section_add(reader->plan, (enum section_kind)kind, name, line);
	if (!reader->section)
		return -1;
	reader->skipping = false;
	if (!first)
		return 0;
	reader->section->duplicate = true;
	if (strcmp(first->name, name) == 0)
		complain(&reader->complaints, line,
			"[%s%s%s] is already in line %zu (put the keys there%s)", word,
			*name ? " " : "", name, first->line,
			kind == SECTION_PLATFORM || !*name ? ""
							   : ", or give this one another name");
	else
		complain(&reader->complaints, line,
			"[%s %s]: line %zu has [%s %s] already (one platform per plan)", word, name,
			first->line, word, first->name);
	return 0;
}

/* Notes the kind of a header that lacks its `]`, so that the section is not reported missing. */
static void presume(struct plan_reader *reader, const char *text)
{
	char word[16];
	int kind;

	text += strspn(text, " \t");
	snprintf(word, sizeof(word), "%.*s", (int)strcspn(text, " \t"), text);
	kind = find_kind(word);
	if (kind >= 0)
		reader->presumed[kind] = true;
}

/* Reads "[kind]" or "[kind NAME]", which a comment may follow. */
static int read_header(struct plan_reader *reader, size_t line, char *text)
{
	char *end = strchr(text, ']'), *word, *name;
	char quote[QUOTE_MAX];
	int kind;

	reader->section = NULL;
	reader->skipping = true;
	if (!end) {
		presume(reader, text + 1);
		complain(&reader->complaints, line, "'%s' lacks its ] ([kind] or [kind NAME])",
			plan_quote(text, quote));
		return 0;
	}
	*end = '\0';
	if (*trim(end + 1)) {
		complain(&reader->complaints, line, "'%s' follows the section's ] (a new line)",
			plan_quote(trim(end + 1), quote));
	}
	word = trim(text + 1);
	name = word + strcspn(word, " \t");
	if (*name) {
		*name++ = '\0';
		name = trim(name);
	}
	kind = find_kind(word);
	if (kind < 0) {
		complain_of_kind(reader, line, word);
		return 0;
	}
	reader->presumed[kind] = true;
	if (!check_name(reader, line, kind, name))
		return 0;
	return open_section(reader, line, kind, name);
}

static void list_keys(enum section_kind section, char *buf, size_t size)
{
	struct key_walk walk = {.section = section};
	const struct plan_key *key;
	size_t used = 0;

	while (used < size && (key = key_walk_next(&walk)))
		used += (size_t)snprintf(
			buf + used, size - used, "%s%s", used ? ", " : "", key->name);
}

/*
 * Complains of an unknown key: names the section that has it, the key that was probably meant, or
 * all keys. Returns the key that was probably meant, or NULL.
 */
static const struct plan_key *complain_of_key(
	struct plan_reader *reader, size_t line, const char *name)
{
	enum section_kind kind = reader->section->kind;
	const char *header = plan_section_rows[kind].header;
	const struct plan_key *nearest = plan_key_nearest(kind, name);
	char quote[QUOTE_MAX], known[512] = "";

	plan_quote(name, quote);
	for (int other = 0; other < SECTION_KINDS; other++) {
		if (!plan_key_find((enum section_kind)other, NULL, name))
			continue;
		complain(&reader->complaints, line, "%s has no key '%s' (it belongs in %s)", header,
			quote, plan_section_rows[other].header);
		return NULL;
	}
	list_keys(kind, known, sizeof(known));
	if (nearest)
		complain(&reader->complaints, line, "%s has no key '%s' (did you mean '%s'?)",
			header, quote, nearest->name);
	else
		complain(&reader->complaints, line, "%s has no key '%s' (known: %s)", header, quote,
			known);
	return nearest;
}

/* Finds a key by name; splits "bound.detached" at the point if the key may be qualified. */
static const struct plan_key *find_key(const struct plan_section *section, char *name, char **word)
{
	const struct plan_component *own = component_of(section);
	const struct plan_key *key = plan_key_find(section->kind, own, name);
	char *point = strchr(name, '.');

	*word = NULL;
	if (key || !point)
		return key;
	*point = '\0';
	key = plan_key_find(section->kind, own, name);
	*point = '.';
	if (!key || !key->qualified)
		return NULL;
	*point = '\0';
	*word = point + 1;
	return key;
}

static const struct plan_entry *find_entry(
	const struct plan_section *section, const struct plan_key *key, const char *word)
{
	for (size_t i = 0; i < section->count; i++) {
		const struct plan_entry *entry = &section->entries[i];

		if (strcmp(entry->key->name, key->name) == 0 && !word == !entry->word &&
			(!word || strcmp(word, entry->word) == 0))
			return entry;
	}
	return NULL;
}

static int add_entry(struct plan_reader *reader, size_t line, const struct plan_key *key,
	const char *word, const char *value)
{
	const struct plan_entry *first = find_entry(reader->section, key, word);
	const struct plan_component *owner = plan_key_owner(key);
	struct plan_entry *entry;

	if (first) {
		complain(&reader->complaints, line,
			"'%s%s%.60s' is set already, in line %zu (once per section)", key->name,
			word ? "." : "", word ? word : "", first->line);
		return 0;
	}
	if (reader->section->count == PLAN_ENTRIES_MAX) {
		complain(&reader->complaints, line, "too many keys in a section (at most %d)",
			PLAN_ENTRIES_MAX);
		return 0;
	}
	entry = plan_entry_add(reader->section, key, line);
	if (!entry || (word && !(entry->word = strdup(word))))
		return -1;
	/* The caller gives no value for a misspelt key, which it has already reported. */
	entry->bad = !value;
	/* Keys of probes and workloads are checked later, because `kind` may follow them. */
	if (value && owner && owner->class == COMPONENT_PLATFORM &&
		owner != component_of(reader->section)) {
		entry->bad = true;
		complain(&reader->complaints, line, "'%s' is for [%s %s] only (remove it)",
			key->name, plan_section_rows[key->section].word, owner->name);
		return 0;
	}
	return value ? plan_read_values(entry, value, &reader->complaints) : 0;
}

static int read_entry(struct plan_reader *reader, size_t line, char *text)
{
	char *equals = strchr(text, '='), *name = text, *word, quote[QUOTE_MAX];
	const struct plan_key *key;

	if (!equals || equals == text) {
		complain(&reader->complaints, line,
			"'%s' is neither a section nor a key (key = value)",
			plan_quote(text, quote));
		return 0;
	}
	*equals = '\0';
	name = trim(name);
	if (!reader->section) {
		if (!reader->skipping)
			complain(&reader->complaints, line,
				"'%s' precedes the first section (begin with [plan])",
				plan_quote(name, quote));
		return 0;
	}
	key = find_key(reader->section, name, &word);
	if (key)
		return add_entry(reader, line, key, word, trim(equals + 1));
	key = complain_of_key(reader, line, name);
	if (key && !find_entry(reader->section, key, NULL))
		return add_entry(reader, line, key, NULL, NULL);
	return 0;
}

static int read_line(
	struct plan_reader *reader, iconv_t decoder, size_t line, const char *from, size_t length)
{
	char copy[PLAN_LINE_MAX + 1], *text;
	const char *wrong;

	if (length && from[length - 1] == '\r')
		length--;
	wrong = not_text(decoder, from, length);
	if (wrong) {
		complain(&reader->complaints, line, "%s", wrong);
		return 0;
	}
	memcpy(copy, from, length);
	copy[length] = '\0';
	text = trim(copy);
	if (!*text || *text == ';' || *text == '#')
		return 0;
	cut_comment(text);
	text = trim(text);
	return *text == '[' ? read_header(reader, line, text) : read_entry(reader, line, text);
}

int plan_read_lines(struct plan_reader *reader, const char *text, size_t length)
{
	static const char byte_order_mark[] = "\xef\xbb\xbf";
	const char *end = text + length;
	iconv_t decoder = iconv_open("UCS-4", "UTF-8");
	size_t line = 0;
	int rc = 0;

	if (decoder == (iconv_t)-1)
		return -1;
	if (length >= 3 && memcmp(text, byte_order_mark, 3) == 0)
		text += 3;
	while (text < end && rc == 0) {
		const char *stop = memchr(text, '\n', (size_t)(end - text));
		size_t n = (size_t)((stop ? stop : end) - text);

		rc = read_line(reader, decoder, ++line, text, n);
		text += n + 1;
	}
	reader->complaints.last_line = line ? line : 1;
	iconv_close(decoder);
	return rc;
}
