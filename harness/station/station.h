/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A station: a place to probe from. A child process that enters its network namespace, opens its
 * probes, drops its capabilities, runs the probes' engines and drains them into their facts files.
 * It dies with its parent. In the simulated world it lives inside the parent, on the world's clock.
 *
 * All stations are forked before the parent starts its first thread (libvirt has threads).
 */
#ifndef BLACKOUT_STATION_STATION_H
#define BLACKOUT_STATION_STATION_H

#include "harness/ops/probe.h"

struct station;

/* One probe of a station. `config.log` and `config.clock` are filled in by the station. */
struct station_probe {
	const struct probe_ops *ops;
	struct probe_config config;
};

/*
 * Forks the station and waits until every probe is open; with `in_process`, opens them here. `netns`
 * is a path, or NULL for the present namespace. Probes outlive the station. Errors are the probes' own
 * or say what the child died of.
 */
int station_open(struct station **station, const char *name, const char *netns, const char *dir,
	struct station_probe *probes, size_t count, const struct clock *clock, bool in_process,
	struct err *e);
/* Starts every engine. */
int station_start(struct station *station, struct err *e);
/* Sends `words` to the probe of that name: "open desk". Returns when the probe has answered. */
int station_command(struct station *station, const char *probe, const char *words, struct err *e);
/*
 * Takes in what the station said since, without waiting, and copies the newest live values of a probe
 * into `live`. Returns how many; -1 once the station is gone or broke (err says which and why).
 */
int station_live(struct station *station, const char *probe, struct probe_live *live, size_t count,
	struct err *e);
/* Stops the engines, drains, closes the facts with `reason`, ends the child, frees. NULL is allowed. */
int station_close(struct station *station, const char *reason, struct err *e);

#endif
