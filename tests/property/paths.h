/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The paths: each generates series, writes their facts or capture, and checks what is found. */
#ifndef BLACKOUT_TESTS_PROPERTY_PATHS_H
#define BLACKOUT_TESTS_PROPERTY_PATHS_H

#include "tests/property/check.h"

struct path {
	const char *name;
	void (*execute)(struct trial *trial);
	unsigned weight; /* its share of all trials */
};

extern const struct path paths[];
extern const size_t path_count;

/* Draws the spec of a prober whose facts are written by hand: paces from 2 ms to 2 s. */
struct series_spec live_draw_spec(struct dice *dice);

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
