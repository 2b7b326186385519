/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A temporary folder with a synthetic capture, the facts imported from it, and the results. */
#ifndef BLACKOUT_TESTS_UNIT_CAPTURE_BENCH_H
#define BLACKOUT_TESTS_UNIT_CAPTURE_BENCH_H

#include "harness/verdict/verdict.h"
#include "tests/unit/capture_world.h"
#include "tools/commands/capture_import.h"

struct capture_bench {
	struct capture_world world;
	char dir[64], path[96];
	struct analyse_options options;
	struct timeline *timeline;
	struct results *results;
	struct err e;
};

void capture_bench_init(struct capture_bench *b);
/* Writes the capture and analyses it. -1: it was refused, as b->e tells. */
int capture_bench_analyse(struct capture_bench *b);
/* Judges the same facts again, against another bound in ns. */
void capture_bench_judge(struct capture_bench *b, int64_t bound_ns);
void capture_bench_release(struct capture_bench *b);

#endif
