/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The words in which a work is asked for: those of harness/ops/guest_agent.h after `work`, the same for the
 * agent and for the program that does it (tools/guest/workload/main.c). Only what is written is looked at here, not
 * whether it can be done.
 */
#ifndef BLACKOUT_TOOLS_GUEST_COMMON_WORK_REQUEST_H
#define BLACKOUT_TOOLS_GUEST_COMMON_WORK_REQUEST_H

#include <stddef.h>
#include <stdint.h>

enum work_kind { WORK_INSTALL, WORK_DIRTY, WORK_KINDS };
enum work_verb { WORK_START, WORK_STATUS, WORK_VERIFY, WORK_CORRUPT, WORK_STOP, WORK_VERBS };

/* More would be a mistake of units, and numbers under these do not overflow. */
#define WORK_BYTES_MOST (UINT64_C(1) << 44)
#define WORK_FILES_MOST UINT64_C(1000000)

struct work_request {
	enum work_verb verb;
	enum work_kind kind;
	/* Of `start`; 0 where the kind has no such word. */
	uint64_t seed, bytes, files, rate_bps, set_bytes;
};

const char *work_kind_name(enum work_kind kind);
/*
 * "start install seed=1 bytes=1048576 files=20" and its like. -1: what is wrong, and what would be
 * right, is in `why`.
 */
int work_parse(const char *line, struct work_request *request, char *why, size_t size);

#endif
