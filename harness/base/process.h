/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Starts programs, and ties child processes to their parent so that none outlives a run. */
#ifndef BLACKOUT_BASE_PROCESS_H
#define BLACKOUT_BASE_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

/* In place of a descriptor: the stream is /dev/null. */
#define PROGRAM_NULL (-1)

/*
 * A program and its surroundings. Its signal handlers are the default ones, except that an ignored signal
 * stays ignored (SIGPIPE does not); no signal is blocked.
 */
struct program {
	const char *const
		*argv; /* ends with NULL; argv[0] is searched in PATH unless it contains a '/' */
	char *const *environment; /* NULL: the caller's */
	const char *dir;          /* its working directory; NULL: the caller's */
	int in, out, error;       /* its standard streams, or PROGRAM_NULL */
	int death_signal;         /* sent to it when the thread that starts it ends; 0: none */
	bool own_group;  /* it gets a process group, so Ctrl-C at the terminal does not reach it */
	bool keep_files; /* it inherits the caller's other open files */
};

/* Starts a program. Returns 0 and its process id; -1 and errno if that fails (ENOENT: no such program). */
int program_start(const struct program *program, pid_t *pid);
/*
 * Replaces the calling process by the program. Returns only if that fails, with errno; the process may be
 * changed by then and should exit.
 */
void program_become(const struct program *program);

/*
 * Has the kernel kill the calling process when the thread that forked it ends (PR_SET_PDEATHSIG);
 * exits at once if `parent` has already ended. An exec keeps this setting; a change of credentials
 * clears it, after which this must be called again.
 */
void process_tie_to_parent(pid_t parent);

#endif
