/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A station runs probes in one network namespace. It is a child process that enters the namespace,
 * opens its probes, drops its capabilities, runs the probes' engines and drains their results into
 * facts files. The child is killed if its parent dies. In the simulated world a station is in the
 * parent, on the world's clock.
 *
 * Fork all stations before the parent starts its first thread (libvirt starts some).
 */
#ifndef BLACKOUT_STATION_STATION_H
#define BLACKOUT_STATION_STATION_H

#include "harness/ops/probe.h"

struct station;

/* One probe of a station. The station sets `config.log` and `config.clock`. */
struct station_probe {
	const struct probe_ops *ops;
	struct probe_config config;
	void *settings; /* what config.settings points to; freed by the caller of station_open */
};

/*
 * Forks a station and waits until every probe is open; with `in_process`, opens the probes in this
 * process. `netns` is the path of a namespace, NULL for the current one. `probes` must outlive the
 * station. Errors: those of a probe, the child died or does not respond, out of memory.
 */
int station_open(struct station **out, const char *name, const char *netns, const char *dir,
	struct station_probe *probes, size_t count, const struct clock *clock, bool in_process,
	struct err *e);
/* Starts every engine. */
int station_start(struct station *station, struct err *e);
/* Sends a command such as "open desk" to the probe of that name, and waits for its response. */
int station_command(struct station *station, const char *probe, const char *words, struct err *e);
/*
 * Receives what the station has sent so far, without waiting, and copies the newest live values of
 * a probe to `live`, at most `count`. Returns how many; -1 if the station has died or one of its
 * probes has failed, or has no such probe.
 */
int station_live(struct station *station, const char *probe, struct probe_live *live, size_t count,
	struct err *e);
/*
 * Stops the engines, drains them, closes the facts files with `reason`, ends the child and frees
 * the station. NULL is allowed. Returns 0, or -1 with the first error.
 */
int station_close(struct station *station, const char *reason, struct err *e);

#endif
