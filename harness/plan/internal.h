/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the parts of the plan share: the tables of sections and keys, the plan as it lies in memory,
 * and the list of complaints. The way of a plan: lines (lines.c) with their values
 * (values.c), then defaults (defaults.c), then what must fit together (check.c), then axes and cases
 * (cases.c). What is asked only before a plan is run is in check_addresses.c and feasibility.c.
 * Nothing outside of the plan and its tests includes this.
 */
#ifndef BLACKOUT_PLAN_INTERNAL_H
#define BLACKOUT_PLAN_INTERNAL_H

#include "harness/plan/component.h"
#include "harness/plan/plan.h"

#define PLAN_FILE_MAX ((size_t)1 << 20)
#define PLAN_LINE_MAX 4000
#define PLAN_NAME_MAX 48
#define PLAN_SECTIONS_MAX 1024
#define PLAN_ENTRIES_MAX 128
#define PLAN_CASES_MAX 1000
#define PLAN_HOSTS_MAX 32
#define PLAN_NO_AXIS SIZE_MAX

/* The tables. */

struct plan_section_row {
	const char *word;
	const char *header; /* as a user writes it: "[vm NAME]" */
	bool named;
	bool single;        /* at most one a plan */
	bool always;        /* there even where the file has none */
};
extern const struct plan_section_row plan_section_rows[SECTION_KINDS];

/* All keys of a section in the order of messages: begin with {section}, NULL ends. Each name once. */
struct key_walk {
	enum section_kind section;
	size_t row, component, key;
};
const struct plan_key *key_walk_next(struct key_walk *walk);
/* The row of a key, or NULL. `own` (NULL: none): whose keys come first where several components have one. */
const struct plan_key *plan_key_find(
	enum section_kind section, const struct plan_component *own, const char *name);
/* The component whose own key it is; NULL: all of the section's kind have it. */
const struct plan_component *plan_key_owner(const struct plan_key *key);
/* The own key of a component, or NULL. */
const struct plan_key *component_key(const struct plan_component *component, const char *name);
/* The section whose keys the components of a class can add to. */
enum section_kind component_section(enum component_class class);
/* The words that a key takes, or the names of a class, a blank between them. */
#define WORDS_MAX 512
const char *plan_key_words(const struct plan_key *key, char buf[static WORDS_MAX]);
const char *component_names(enum component_class class, char buf[static WORDS_MAX]);
/* Whether `word` is one of the words, which have a blank between them. */
bool plan_word_known(const char *words, const char *word);
/* The nearest of the words (a blank between them), if it is near enough to be meant; else NULL. */
const char *plan_nearest(const char *word, const char *words, char *buf, size_t size);
/* The nearest key of a section in the same way. */
const struct plan_key *plan_key_nearest(enum section_kind section, const char *name);

/* The plan in memory. */

/* A key of a section with its values: one for a scalar, any number for lists and axes. */
struct plan_entry {
	const struct plan_key *key;
	char *word;   /* of a qualified key: "detached" in bound.detached; else NULL */
	size_t line;  /* 0: a default */
	bool bad;     /* it is in the file, but wrong, and that was said */
	struct plan_value *values;
	size_t count, room;
	size_t axis;  /* which axis it is; PLAN_NO_AXIS */
};

struct plan_section {
	enum section_kind kind;
	char *name;   /* "" for unnamed kinds */
	size_t line;  /* 0: not in the file */
	bool second;  /* there is one like it already, and that was said */
	struct plan_entry *entries;
	size_t count, room;
};

struct plan_axis {
	const struct plan_section *section;
	const struct plan_entry *entry;
	char *name;
};

struct plan {
	char *file;                    /* as messages name it */
	struct plan_section **sections; /* in the file's order */
	size_t section_count, section_room;
	struct plan_axis *axes;
	size_t axis_count, axis_room;
	struct plan_case *cases;
	size_t case_count;
};

/* The entry of a key without qualifier, or NULL. */
struct plan_entry *plan_entry_find(const struct plan_section *section, const char *key);
/* Where a complaint about a key points to: its line, else its section's. */
static inline size_t line_of(const struct plan_section *section, const char *key)
{
	const struct plan_entry *entry = plan_entry_find(section, key);

	return entry && entry->line ? entry->line : section->line;
}
/* The first value of a key, also as text or as a number; NULL or NS_NONE where it is absent or bad. */
static inline const struct plan_value *value_of(const struct plan_section *section, const char *key)
{
	const struct plan_entry *entry = plan_entry_find(section, key);

	return entry && !entry->bad && entry->count ? &entry->values[0] : NULL;
}
static inline const char *text_of(const struct plan_section *section, const char *key)
{
	const struct plan_value *value = value_of(section, key);

	return value ? value->text : NULL;
}
static inline int64_t number_of(const struct plan_section *section, const char *key)
{
	const struct plan_value *value = value_of(section, key);

	return value ? value->number : NS_NONE;
}
/* Whether one of a key's values is that word; section may be NULL. */
bool plan_has_value(const struct plan_section *section, const char *key, const char *word);
/* A new section or entry at the end; NULL: out of memory. */
struct plan_section *plan_section_add(struct plan *plan, enum section_kind kind, const char *name,
	size_t line);
struct plan_entry *plan_entry_add(struct plan_section *section, const struct plan_key *key,
	size_t line);

/* Others have settings.h. */
/*
 * The value of a key in a case (NULL: the first value of an axis): nanoseconds, bytes, bits a second,
 * percent, a count, or 0/1 for a flag. Asking for a key that is not in the table, or for text as a
 * number, is a bug and aborts with its name. An optional key that is absent and has no default is
 * NS_NONE, or NULL as text.
 */
int64_t plan_number(const struct plan_case *plan_case, const struct plan_section *section,
	const char *key);
const char *plan_text(const struct plan_case *plan_case, const struct plan_section *section,
	const char *key);
/* A list's length and its i-th item, for the keys whose row says list. */
size_t plan_list_count(const struct plan_section *section, const char *key);
const char *plan_list_text(const struct plan_section *section, const char *key, size_t i);
int64_t plan_list_number(const struct plan_section *section, const char *key, size_t i);

/* Complaints. */

#define COMPLAINTS_MAX 50

struct complaint {
	size_t line; /* 0: the file as a whole */
	char *text;
};

/* What is wrong with a file: the first ones found in full, the others counted. */
struct complaints {
	const char *file;
	size_t last_line; /* where a complaint about what is missing points to */
	struct complaint list[COMPLAINTS_MAX];
	size_t count, more;
};
void complain(struct complaints *complaints, size_t line, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* Appends all of them to `errors` in the order of their lines, and empties the list. */
void complaints_hand_over(struct complaints *complaints, struct plan_errors *errors);
/* A piece of the file for a message: at most 60 bytes of it, cut between characters. */
#define QUOTE_MAX 64
const char *plan_quote(const char *text, char buf[static QUOTE_MAX]);

/* What is carried along while a file is read. */
struct plan_reader {
	struct plan *plan;
	struct complaints complaints;
	struct plan_section *section; /* NULL: before the first, or in one that is not understood */
	bool skipping;
	bool saved; /* of a result folder: what was carried out is not refused */
	bool presumed[SECTION_KINDS]; /* a misspelt header probably meant one of these */
};

/* The stages. Each complains about all it finds; -1: out of memory. */
int plan_read_lines(struct plan_reader *reader, const char *text, size_t length);
int plan_read_value(const struct plan_key *key, const char *text, struct plan_value *value,
	struct err *e);
int plan_read_values(struct plan_entry *entry, const char *text, struct complaints *complaints);
int plan_fill_defaults(struct plan *plan);
/* A key with its default, as a plan would say it; -1: out of memory. */
int plan_default_add(struct plan_section *section, const char *key, const char *text);
/* check_component.c: keys that belong to other kinds, and a kind that no simulated platform has. */
void plan_check_own_keys(struct plan_reader *reader, const struct plan_section *section,
	const struct plan_component *component);
void plan_check_simulated(struct plan_reader *reader, const struct plan_section *section,
	const struct plan_component *component);
/* check_workload.c: [workload NAME], and what a VM says of its work. */
int plan_fill_workload(struct plan_section *section);
int plan_fill_vm_workload(const struct plan *plan, struct plan_section *vm);
void plan_check_workload(struct plan_reader *reader, const struct plan_section *section);
void plan_check_vm_work(struct plan_reader *reader, const struct plan_section *vm);
/* check_addresses.c: a [host], [vm] or [control]; nothing to say of other kinds. */
void plan_check_addresses(struct plan_reader *reader, const struct plan_section *section);
void plan_check_together(struct plan_reader *reader);
int plan_make_cases(struct plan_reader *reader);

#endif
