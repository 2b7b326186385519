/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Parses a request about a workload: the words after `work` in harness/ops/guest_agent.h, shared by
 * the agent and the installation program (tools/guest/workload/main.c). Checks the words, not
 * whether the guest can do what they ask for.
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

/* Larger numbers are rejected: they are a mistake of units, and sums of them might overflow. */
#define WORKLOAD_BYTES_MAX (UINT64_C(1) << 44)
#define WORKLOAD_FILES_MAX UINT64_C(1000000)

struct workload_request {
	enum workload_verb verb;
	enum workload_kind kind;
	/* Of WORKLOAD_START; 0 where the kind has no such word. */
	uint64_t seed, bytes, files;  /* an installation's size */
	uint64_t rate_bps, set_bytes; /* bytes dirtied per second, and of the working set */
};

const char *workload_kind_name(enum workload_kind kind);
/*
 * Parses words such as "start install seed=1 bytes=9 files=2". Returns 0, or -1 with the reason in
 * `why`.
 */
int workload_request_parse(
	const char *line, struct workload_request *request, char *why, size_t size);

#endif
