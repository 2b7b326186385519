/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Simulates a full disk: no file of this process can grow beyond a size. */
#ifndef BLACKOUT_TESTS_UNIT_SMALL_DISK_H
#define BLACKOUT_TESTS_UNIT_SMALL_DISK_H

#include <signal.h>
#include <sys/resource.h>

/* What a write fails with. */
#define SMALL_DISK_ERROR "File too large"

/* Returns the limit until now, for small_disk_end. */
static inline struct rlimit small_disk_begin(rlim_t bytes)
{
	struct rlimit before, small;

	getrlimit(RLIMIT_FSIZE, &before);
	small = before;
	small.rlim_cur = bytes;
	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &small);
	return before;
}

static inline void small_disk_end(struct rlimit before)
{
	setrlimit(RLIMIT_FSIZE, &before);
	signal(SIGXFSZ, SIG_DFL);
}

#endif
