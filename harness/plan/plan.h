/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A plan is an INI file in which a user says what to move and measure. It is read, checked as a
 * whole and expanded into cases. Every key is one row of the key table (keys.c) or of a component.
 * How a plan is carried out on hosts and VMs is decided in harness/run.
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

/* The name of the workload that [vm NAME] dirty = … starts. No [workload NAME] may have it. */
#define WORKLOAD_OF_VM "dirty"
/* How long before the move that workload starts: the default of `lead` of a [workload NAME]. */
#define WORKLOAD_OF_VM_LEAD_NS (5 * NS_PER_S)

/* The number of VMs for which the embedded lab has addresses. */
#define LAB_VMS_MAX 99

struct plan;
struct plan_section;

struct plan_value {
	char *text;     /* canonical: "2GB" for any spelling in the file */
	int64_t number; /* in the key's unit; a word's index, from 1 on; NS_NONE: text or `none` */
};

struct plan_list {
	const struct plan_value *value;
	size_t count;
};

/* All errors of a file, each as "FILE:LINE: what is wrong (what would be right)". */
struct plan_errors {
	char **text;
	size_t count;
	size_t capacity;
};
void plan_errors_release(struct plan_errors *errors);
/* Appends an error. If memory runs out, the error is dropped. */
void plan_errors_add(struct plan_errors *errors, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* True if a section may have this name: at most 48 letters, digits, '.', '_' and '-'. */
bool plan_name_valid(const char *name);

/*
 * Reads and checks a plan file. 0, or -1 with every error of the file in `errors`. The plan then
 * has at least one case and all defaults, and each name that it refers to exists.
 */
int plan_read(struct plan **plan, const char *path, struct plan_errors *errors);
/* The same from memory; `name` stands for the file in messages. */
int plan_parse(struct plan **plan, const char *name, const char *text, size_t length,
	struct plan_errors *errors);
/*
 * Reads the plan of the result folder `dir`, facts/plan.ini. That plan was carried out already, so
 * its addresses are accepted even if a new plan may not have them. Of several errors *e has the
 * first one.
 */
int plan_read_folder(struct plan **plan, const char *dir, struct err *e);
void plan_free(struct plan *plan);
/* The plan with all defaults as INI, which plan_parse reads into the same plan. malloc'd. */
char *plan_resolved(const struct plan *plan);

/*
 * Checks that the memory that workloads rewrite fits into their VMs and, in the embedded lab, that
 * the VMs of the largest case fit into `available_bytes`. 0, or -1 with errors. plan_read leaves
 * this out, because a saved plan is read on other machines too.
 */
int plan_check_memory(const struct plan *plan, int64_t available_bytes, struct plan_errors *errors);
/* Appends settings without effect, as "FILE:LINE: warning: which (what would have an effect)". */
void plan_advise(const struct plan *plan, struct plan_errors *advice);

/* The number of sections of a kind, and the i-th of them; NULL if i is too large. */
size_t plan_section_count(const struct plan *plan, enum section_kind kind);
const struct plan_section *plan_section_at(
	const struct plan *plan, enum section_kind kind, size_t i);
/*
 * Finds a section by name ("" if its kind has none), or NULL. [plan], [move], [judge] always exist.
 */
const struct plan_section *plan_section_find(
	const struct plan *plan, enum section_kind kind, const char *name);
const char *plan_section_name(const struct plan_section *section);

/* One combination of the axes' values. A plan without axes has one case, "all". */
struct plan_case {
	const struct plan *plan;
	size_t index;
	char *name;     /* stable: "memory=2GB session=attached" */
	size_t *choice; /* for each axis, the index of its value */
};
size_t plan_case_count(const struct plan *plan);
const struct plan_case *plan_case_at(const struct plan *plan, size_t i);
const struct plan_case *plan_case_find(const struct plan *plan, const char *name);
/*
 * The axes. An axis has the name of its key ("memory"), or "desk.memory" if two sections vary the
 * same key. plan_axis_value returns the canonical text of a case's value ("2GB").
 */
size_t plan_axis_count(const struct plan *plan);
const char *plan_axis_name(const struct plan *plan, size_t axis);
const char *plan_axis_value(const struct plan_case *plan_case, size_t axis);

/* The bound in ns by which a case is judged; NS_NONE: the case is measured but not judged. */
int64_t plan_bound(const struct plan_case *plan_case);
/* [move] together in a case: so many moves of a run at a time; 0: a run moves one VM. */
size_t plan_together(const struct plan_case *plan_case);
/* How often each case runs. */
size_t plan_repeat(const struct plan *plan);

#endif
