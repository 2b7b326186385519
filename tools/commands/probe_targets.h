/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What to watch: addresses and names from a command line and from a file, resolved, each once. Bad
 * ones are said all at once, each with its place.
 */
#ifndef BLACKOUT_TOOLS_COMMANDS_PROBE_TARGETS_H
#define BLACKOUT_TOOLS_COMMANDS_PROBE_TARGETS_H

#include "harness/ops/probe.h"

/* An address or a name as it was given. */
struct address {
	char *text;
	const char *file; /* NULL: the command line */
	size_t line;
	bool control;
};

struct address_list {
	struct address *address;
	size_t count, room;
};

/* Adds one of the command line. 0, or -1 out of memory. */
int addresses_add(struct address_list *list, const char *text, bool control);
/*
 * Adds those of a file, one a line; blank lines and what follows a # do not count. `path` outlives
 * the list. What is wrong with the file's lines is said on `say`, all of it. Returns 0 or -1.
 */
int addresses_read(struct address_list *list, const char *path, FILE *say);
void addresses_free(struct address_list *list);

struct target_list {
	struct probe_target *target; /* numbered from 1, controls last */
	size_t count, controls;
	size_t repeated; /* so many addresses were given before, and are probed once */
};

/*
 * Resolves all; the first address of a name counts. What cannot be resolved is said on `say`, all
 * of it. Errors also: no target at all, one that is its own control. Returns 0 or -1.
 */
int targets_resolve(struct target_list *targets, const struct address_list *list, FILE *say);
void targets_free(struct target_list *targets);
/* Says on `say` which targets this machine has no route to, if any. Returns how many. */
size_t targets_unroutable(const struct target_list *targets, FILE *say);

#endif
