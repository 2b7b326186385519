/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The paths by which a generated series is written down, read back and judged. */
#ifndef BLACKOUT_TESTS_PROPERTY_PATHS_H
#define BLACKOUT_TESTS_PROPERTY_PATHS_H

#include "tests/property/check.h"

struct path {
	const char *name;
	void (*run)(struct trial *trial);
	unsigned weight; /* its share of all trials */
};

extern const struct path paths[];
extern const size_t path_count;

/* A prober whose facts are written by hand: paces from 2 ms to 2 s. */
struct wish live_wish(struct dice *dice);

void path_singly(struct trial *trial);
void path_killed(struct trial *trial);
void path_segments(struct trial *trial);
void path_suspend(struct trial *trial);
void path_fast(struct trial *trial);
void path_fleet(struct trial *trial);
void path_window(struct trial *trial);
void path_witnesses(struct trial *trial);
void path_capture_plain(struct trial *trial);
void path_capture_steps(struct trial *trial);
void path_capture_idents(struct trial *trial);
void path_capture_disorder(struct trial *trial);
void path_capture_loss(struct trial *trial);
void path_capture_all(struct trial *trial);

#endif
