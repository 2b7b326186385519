/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Starts programs, and ties child processes to their parent so that none outlives it. */
#ifndef BLACKOUT_BASE_PROCESS_H
#define BLACKOUT_BASE_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

/* Instead of a file descriptor: the stream is /dev/null. */
#define PROGRAM_NULL (-1)

/*
 * A program and what it inherits. Signals have their default action in the program, except that an
 * ignored signal other than SIGPIPE stays ignored; no signal is blocked.
 */
struct program {
	/* Ends with NULL; argv[0] is searched in PATH unless it contains a '/'. */
	const char *const *argv;
	char *const *environment; /* NULL: the caller's */
	const char *dir;          /* working directory; NULL: the caller's */
	int in, out, error;       /* standard streams, or PROGRAM_NULL */
	/* program_start only: sent to the program when the thread that started it ends; 0: none. */
	int death_signal;
	bool own_group;  /* in a new process group, so Ctrl-C at the terminal does not reach it */
	bool keep_files; /* inherits the caller's other open files */
};

/* Starts a program. Returns 0 and sets *pid, or -1 and errno (ENOENT: no such program). */
int program_start(const struct program *program, pid_t *pid);
/*
 * Replaces the calling process by the program. Returns only if that fails, with errno; signals,
 * streams and working directory may then have changed, so the process should exit.
 */
void program_become(const struct program *program);

/*
 * Has the kernel kill the calling process when the thread that forked it ends (PR_SET_PDEATHSIG);
 * exits at once if `parent` has already ended. An exec keeps this setting; a change of credentials
 * clears it: call this function again after one.
 */
void process_tie_to_parent(pid_t parent);

#endif
