/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The plan: what a user asks for, read from INI, checked whole, multiplied into cases.
 * Every key is one row of the key table (keys.c); adding a key is adding a row.
 * What a plan does to hosts and VMs is the scenario's business.
 */
#ifndef BLACKOUT_PLAN_PLAN_H
#define BLACKOUT_PLAN_PLAN_H

#include "harness/base/base.h"

#include <stddef.h>

enum section_kind {
	SECTION_PLAN,
	SECTION_LAB,
	SECTION_PLATFORM,
	SECTION_HOST,
	SECTION_VM,
	SECTION_MOVE,
	SECTION_PROBE,
	SECTION_CONTROL,
	SECTION_STATION,
	SECTION_JUDGE,
	SECTION_WORKLOAD,
	SECTION_KINDS,
};

/* The name of the workload that [vm NAME] dirty = … asks for; no [workload NAME] may have it. */
#define WORKLOAD_OF_VM "dirty"

struct plan;
struct plan_section;

struct plan_value {
	char *text; /* canonical: "2GB" whatever the file's spelling */
	int64_t number; /* of a word: which of the known ones, from 1 on */
};

struct plan_list {
	const struct plan_value *value;
	size_t count;
};

/* Everything that is wrong with a file, each as "file:line: what is wrong (what would be right)". */
struct plan_errors {
	char **text;
	size_t count;
	size_t room;
};
void plan_errors_free(struct plan_errors *errors);
/* One more; out of memory it is left out. */
void plan_errors_add(struct plan_errors *errors, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Whether a section can have this name: letters, digits, '.', '_' and '-', at most 48. */
bool plan_name_valid(const char *name);

/*
 * Reads and checks a plan file. 0, or -1 with every error of the file in `errors`. A plan that was
 * read has at least one case, all defaults filled in, and every name that it mentions.
 */
int plan_read(struct plan **plan, const char *path, struct plan_errors *errors);
/*
 * The same of a result folder's plan, which was carried out: addresses that a new plan may not have
 * are taken as they are.
 */
int plan_read_saved(struct plan **plan, const char *path, struct plan_errors *errors);
/* The same from memory; `name` stands for the file in messages. */
int plan_parse(struct plan **plan, const char *name, const char *text, size_t length,
	struct plan_errors *errors);
void plan_free(struct plan *plan);
/* The plan as resolved, defaults included, as INI that plan_parse reads to the same plan. malloc'd. */
char *plan_resolved(const struct plan *plan);

/*
 * Whether a plan for the embedded lab fits into `available_bytes` of memory, the VMs of its largest
 * case, and whether the memory that works rewrite fits into their VMs. Apart from plan_read, because a
 * saved plan is read on other machines too. -1 with an error.
 */
int plan_check_memory(const struct plan *plan, int64_t available_bytes, struct plan_errors *errors);
/* What is no error but comes to nothing, each as "file:line: warning: what (what would be right)". */
void plan_advise(const struct plan *plan, struct plan_errors *advice);

/* The number of sections of a kind, and the i-th; NULL beyond. */
size_t plan_section_count(const struct plan *plan, enum section_kind kind);
const struct plan_section *plan_section_at(const struct plan *plan, enum section_kind kind, size_t i);
/* By name ("" for unnamed kinds); NULL if there is none. [plan], [move], [judge] are always there. */
const struct plan_section *plan_section_find(const struct plan *plan, enum section_kind kind,
	const char *name);
const char *plan_section_name(const struct plan_section *section);

/* One combination of the axes' values. `name` is stable: "memory=2GB session=attached"; a plan
 * without axes has the one case "all". */
struct plan_case {
	const struct plan *plan;
	size_t index;
	char *name;
	size_t *choice; /* for each axis, which of its values */
};
size_t plan_case_count(const struct plan *plan);
const struct plan_case *plan_case_at(const struct plan *plan, size_t i);
const struct plan_case *plan_case_find(const struct plan *plan, const char *name);
/* The axes: short name ("memory"; "desk.memory" where two sections vary the same key), and the text
 * of a case's value ("2GB"). */
size_t plan_axis_count(const struct plan *plan);
const char *plan_axis_name(const struct plan *plan, size_t axis);
const char *plan_axis_value(const struct plan_case *plan_case, size_t axis);

/* The bound a case is judged against in ns, or NS_NONE: measured, not judged. */
int64_t plan_bound(const struct plan_case *plan_case);
/* How often each case runs. */
size_t plan_repeat(const struct plan *plan);

#endif
