/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The targets of `blackout probe`: addresses and names from the command line and from files,
 * resolved, each once. All bad ones are reported together, those of a file with file and line.
 */
#ifndef BLACKOUT_TOOLS_COMMANDS_PROBE_TARGETS_H
#define BLACKOUT_TOOLS_COMMANDS_PROBE_TARGETS_H

#include "harness/ops/probe.h"

/* An address or a name as the user gave it. */
struct address {
	char *text;
	const char *file; /* where it stands; NULL: on the command line */
	size_t line;      /* in the file, from 1 */
	bool control;     /* a control target */
};

struct address_list {
	struct address *address;
	size_t count, capacity;
};

/* Adds a copy of one from the command line. 0, or -1 out of memory. */
int addresses_add(struct address_list *list, const char *text, bool control);
/*
 * Adds those of a file, one per line; blank lines and text after # are ignored. The list keeps
 * `path`. Prints all errors to `errors`. 0 or -1.
 */
int addresses_read(struct address_list *list, const char *path, FILE *errors);
void addresses_release(struct address_list *list);

struct target_list {
	struct probe_target *target; /* numbered from 1, controls last */
	size_t count, controls;
	size_t repeated; /* the number of addresses left out because they were given before */
};

/*
 * Resolves all; of a name's addresses the first is used. Prints all errors to `errors`: names that
 * cannot be resolved, no target at all, a target that is also a control target. 0 or -1.
 */
int targets_resolve(struct target_list *targets, const struct address_list *list, FILE *errors);
void targets_release(struct target_list *targets);
/* Prints to `to` the targets to which this machine has no route. Returns their number. */
size_t targets_unroutable(const struct target_list *targets, FILE *to);

#endif
