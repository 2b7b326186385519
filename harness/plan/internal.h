/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Shared by the sources of this folder: the tables of sections and keys, the plan in memory and the
 * list of complaints. A plan passes these stages: its lines and values are read, defaults are
 * filled in, sections are checked against each other, axes are expanded into cases. Only this
 * folder and its tests include this header.
 */
#ifndef BLACKOUT_PLAN_INTERNAL_H
#define BLACKOUT_PLAN_INTERNAL_H

#include "harness/plan/component.h"
#include "harness/plan/plan.h"

#define PLAN_FILE_MAX ((size_t)1 << 20)
#define PLAN_LINE_MAX 4000
#define PLAN_NAME_MAX 48
#define PLAN_SECTIONS_MAX 1024
#define PLAN_VMS_MAX 1000
#define PLAN_ENTRIES_MAX 128
#define PLAN_CASES_MAX 1000
#define PLAN_HOSTS_MAX 32
#define PLAN_NO_AXIS SIZE_MAX

/* The tables. */

struct plan_section_row {
	const char *word;
	const char *header; /* as a user writes it: "[vm NAME]" */
	bool named;
	bool single; /* a plan has at most one */
	bool always; /* added with defaults if the file has none */
};
extern const struct plan_section_row plan_section_rows[SECTION_KINDS];

/*
 * Iterates over the keys of a kind of section in the order of messages, each name once. Initialise
 * the walk with {.section = KIND}; key_walk_next returns NULL at the end.
 */
struct key_walk {
	enum section_kind section;
	size_t row, component, key;
};
const struct plan_key *key_walk_next(struct key_walk *walk);
/*
 * The row of a key, or NULL. The keys of the component `own` (may be NULL) are searched first,
 * because several components may have a key of the same name.
 */
const struct plan_key *plan_key_find(
	enum section_kind section, const struct plan_component *own, const char *name);
/* True if the plan's hosts are those of the embedded lab. */
bool plan_is_lab(const struct plan *plan);
/* The component that alone has this key; NULL: all sections of its kind have it. */
const struct plan_component *plan_key_owner(const struct plan_key *key);
/* A component's own key by name, or NULL. */
const struct plan_key *component_key(const struct plan_component *component, const char *name);
/* The kind of section to which the components of a class add keys. */
enum section_kind component_section(enum component_class class);
/* The words that a key takes, or the names of a class's components, separated by blanks. */
#define WORDS_MAX 512
const char *plan_key_words(const struct plan_key *key, char buf[static WORDS_MAX]);
const char *component_names(enum component_class class, char buf[static WORDS_MAX]);
/* True if `word` is one of `words`, which are separated by blanks. */
bool plan_word_known(const char *words, const char *word);
/*
 * The most similar of `words` (separated by blanks), copied to buf; NULL: none is similar enough.
 */
const char *plan_nearest(const char *word, const char *words, char *buf, size_t size);
/* The most similar key of a kind of section; NULL: none is similar enough. */
const struct plan_key *plan_key_nearest(enum section_kind section, const char *name);

/* The plan in memory. */

/* A key of a section with its values: one for a scalar, any number for lists and axes. */
struct plan_entry {
	const struct plan_key *key;
	char *word;  /* of a qualified key: "detached" in bound.detached; else NULL */
	size_t line; /* in the file; 0: a default */
	bool bad;    /* misspelt or with a wrong value, and a complaint says so */
	struct plan_value *values;
	size_t count, capacity;
	size_t axis; /* index into the plan's axes; PLAN_NO_AXIS: none */
};

struct plan_section {
	enum section_kind kind;
	char *name;     /* "" for kinds without names */
	size_t line;    /* 0: not in the file */
	bool duplicate; /* it repeats an earlier section, and a complaint says so */
	bool expanded;  /* a VM with a count: its copies stand for it, and it is itself no VM */
	/* A copy of an expanded VM, numbered from 1, and that VM; 0 and NULL: no copy. */
	size_t copy;
	const struct plan_section *original;
	struct plan_entry *entries;
	size_t count, capacity;
};

struct plan_axis {
	const struct plan_section *section;
	const struct plan_entry *entry;
	char *name;
};

struct plan {
	char *file;                     /* as messages name it */
	struct plan_section **sections; /* in the file's order */
	size_t section_count, section_capacity;
	struct plan_axis *axes;
	size_t axis_count, axis_capacity;
	struct plan_case *cases;
	size_t case_count;
};

/* The entry of a key that is not qualified, or NULL. */
struct plan_entry *plan_entry_find(const struct plan_section *section, const char *key);
/* The line for a complaint about a key: the key's own, or that of its section. */
static inline size_t line_of(const struct plan_section *section, const char *key)
{
	const struct plan_entry *entry = plan_entry_find(section, key);

	return entry && entry->line ? entry->line : section->line;
}
/* A key's first value, as text, or as a number; NULL or NS_NONE if the key is absent or bad. */
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
/* True if one of the key's values is `word`; section may be NULL. */
bool plan_has_value(const struct plan_section *section, const char *key, const char *word);
/* Appends a section or an entry; NULL: out of memory. */
struct plan_section *plan_section_add(
	struct plan *plan, enum section_kind kind, const char *name, size_t line);
struct plan_entry *plan_entry_add(
	struct plan_section *section, const struct plan_key *key, size_t line);

/*
 * The value of a key in a case (NULL: the first value of an axis), for this folder only; other code
 * uses settings.h. Numbers are nanoseconds, bytes, bit/s, bytes/s, percent, a count, or 0/1 for a
 * flag; an absent key is NS_NONE, or NULL as text. A key that is not in the table, or a text that
 * is asked for as a number, is a bug: the program aborts and names the key.
 */
int64_t plan_number(
	const struct plan_case *plan_case, const struct plan_section *section, const char *key);
const char *plan_text(
	const struct plan_case *plan_case, const struct plan_section *section, const char *key);
/* The number of values of a list or an axis, and its i-th value. */
size_t plan_list_count(const struct plan_section *section, const char *key);
const char *plan_list_text(const struct plan_section *section, const char *key, size_t i);
int64_t plan_list_number(const struct plan_section *section, const char *key, size_t i);

/* Complaints. */

#define COMPLAINTS_MAX 50

struct complaint {
	size_t line; /* 0: about the whole file */
	char *text;
};

/* The complaints about a file: the first COMPLAINTS_MAX with their text, the others as a count. */
struct complaints {
	const char *file;
	size_t last_line; /* of the file: the line for complaints about missing sections */
	struct complaint list[COMPLAINTS_MAX];
	size_t count, more;
};
void complain(struct complaints *complaints, size_t line, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* Appends all complaints to `errors`, sorted by line, and empties the list. */
void complaints_hand_over(struct complaints *complaints, struct plan_errors *errors);
/*
 * Quotes text of the file in a message. Text of QUOTE_MAX bytes or more is cut to 60 bytes at most,
 * not inside a UTF-8 character, and gets "...".
 */
#define QUOTE_MAX 64
const char *plan_quote(const char *text, char buf[static QUOTE_MAX]);

/* The state of reading one file. */
struct plan_reader {
	struct plan *plan;
	struct complaints complaints;
	struct plan_section *section; /* NULL: before the first section, or after a bad header */
	bool skipping;                /* after a bad header: its keys are not reported as well */
	bool saved;                   /* the plan of a result folder: addresses are not checked */
	bool presumed[SECTION_KINDS]; /* the file has one, perhaps under a misspelt header */
};

/*
 * Reads one value of a key; value->text is malloc'd. 0, or -1 with an error, whose message is empty
 * if memory ran out.
 */
int plan_read_value(
	const struct plan_key *key, const char *text, struct plan_value *value, struct err *e);

/* The stages. Each one complains of all mistakes that it finds; -1: out of memory. */
int plan_read_lines(struct plan_reader *reader, const char *text, size_t length);
/* Reads all values of an entry: one for a scalar, else separated by commas. */
int plan_read_values(struct plan_entry *entry, const char *text, struct complaints *complaints);
int plan_fill_defaults(struct plan *plan);
/* Adds a key with its default `text`, in a plan's syntax. */
int plan_default_add(struct plan_section *section, const char *key, const char *text);
/*
 * Complain of keys that belong to other kinds, and of a kind that a simulated platform cannot have.
 */
void plan_check_own_keys(struct plan_reader *reader, const struct plan_section *section,
	const struct plan_component *component);
void plan_check_simulated(struct plan_reader *reader, const struct plan_section *section,
	const struct plan_component *component);
/* [workload NAME] and a VM's keys for its workload. */
int plan_fill_workload(struct plan_section *section);
int plan_fill_vm_workload(const struct plan *plan, struct plan_section *vm);
void plan_check_workload(struct plan_reader *reader, const struct plan_section *section);
void plan_check_vm_workload(struct plan_reader *reader, const struct plan_section *vm);
/* Checks the addresses of a [host], [vm] or [control]; does nothing for other kinds. */
void plan_check_addresses(struct plan_reader *reader, const struct plan_section *section);
/* Complains if two VMs have one address. */
void plan_check_vm_addresses(struct plan_reader *reader);
/* [vm NAME] with count = N: adds its N copies behind it. */
int plan_expand_vms(struct plan_reader *reader);
/* After the axes were found: the copies vary with their original. */
void plan_copy_axes(struct plan *plan);
void plan_check_together(struct plan_reader *reader);
/* Makes the axes and, if the plan has no errors, the cases. */
int plan_make_cases(struct plan_reader *reader);

#endif
