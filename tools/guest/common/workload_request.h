/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The words in which a work is asked for: those of harness/ops/guest_agent.h after `work`, the same for the
 * agent and for the program that does it (tools/guest/workload/main.c). Only what is written is looked at here, not
 * whether it can be done.
 */
#ifndef BLACKOUT_TOOLS_GUEST_COMMON_WORKLOAD_REQUEST_H
#define BLACKOUT_TOOLS_GUEST_COMMON_WORKLOAD_REQUEST_H

#include <stddef.h>
#include <stdint.h>

enum workload_kind { WORKLOAD_INSTALL, WORKLOAD_DIRTY, WORKLOAD_KINDS };
enum workload_verb {
	WORKLOAD_START,
	WORKLOAD_STATUS,
	WORKLOAD_VERIFY,
	WORKLOAD_CORRUPT,
	WORKLOAD_STOP,
	WORKLOAD_VERBS
};

/* More would be a mistake of units, and numbers under these do not overflow. */
#define WORKLOAD_BYTES_MAX (UINT64_C(1) << 44)
#define WORKLOAD_FILES_MAX UINT64_C(1000000)

struct workload_request {
	enum workload_verb verb;
	enum workload_kind kind;
	/* Of `start`; 0 where the kind has no such word. */
	uint64_t seed, bytes, files, rate_bps, set_bytes;
};

const char *workload_kind_name(enum workload_kind kind);
/*
 * "start install seed=1 bytes=1048576 files=20" and its like. -1: what is wrong, and what would be
 * right, is in `why`.
 */
int workload_request_parse(
	const char *line, struct workload_request *request, char *why, size_t size);

#endif
