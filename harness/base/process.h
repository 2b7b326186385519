/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Programs that are started, and what a child does with itself so that nothing of a run outlives it. */
#ifndef BLACKOUT_BASE_PROCESS_H
#define BLACKOUT_BASE_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

/* In place of a descriptor: nothing is read there, and what is written is dropped. */
#define PROGRAM_NULL (-1)

/* A program, and what it gets. Signals are always as a program expects them, none is blocked. */
struct program {
	const char *const *argv;     /* its name is looked for in PATH unless it has a '/' */
	char *const *environment;    /* NULL: ours */
	const char *dir;             /* where it runs; NULL: where we are */
	int in, out, error;          /* its standard streams, or PROGRAM_NULL */
	int death_signal;            /* sent to it when the thread that starts it ends; 0: none */
	bool own_group;              /* Ctrl-C at our terminal does not reach it */
	bool keep_files;             /* it has our other open files, too */
};

/* Starts it. Returns 0 with its process; -1 with errno where it cannot be started (ENOENT: there is none). */
int program_start(const struct program *program, pid_t *pid);
/* Becomes it, in a process that may be given up: comes back only where that fails, with errno. */
void program_become(const struct program *program);

/*
 * Has the kernel kill the calling process when the thread that forked it ends (PR_SET_PDEATHSIG);
 * exits at once if `parent` has already ended. An exec keeps this setting; a change of credentials
 * clears it, after which this must be called again.
 */
void process_tie_to_parent(pid_t parent);

#endif
