/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Probes: instruments that send requests from a station's process and record facts. A probe judges
 * nothing.
 */
#ifndef BLACKOUT_OPS_PROBE_H
#define BLACKOUT_OPS_PROBE_H

#include "harness/base/base.h"
#include "harness/facts/facts.h"

struct probe;

struct probe_target {
	unsigned number; /* its subject in the facts */
	char name[64];
	char address[64]; /* numeric IPv4 or IPv6 */
	char mac[20];     /* "": unknown */
	bool control;     /* a control target, not a VM */
	uint16_t port;    /* session: the agent's; 0: the default */
};

struct plan_component;
struct secrets;

/* The arguments of `open`; they outlive the probe. */
struct probe_config {
	char name[64]; /* as in [probe NAME]: "fine" */
	char station[64];
	const char *dir; /* the result folder; capture writes DIR/facts/STATION-NAME.pcap */
	const struct clock *clock;
	int64_t interval_ns, timeout_ns;
	int64_t fine_interval_ns; /* burst: while answers are missing; 0: interval_ns */
	const void *settings;     /* the struct of the component's own keys; NULL: it has none */
	const struct secrets *secrets; /* rdp: for its helper program; NULL: none */
	const struct probe_target *targets;
	size_t target_count;
	struct fact_log *log; /* where the probe writes: STATION-NAME.tsv */
};

/* What the live view shows of a target. */
struct probe_live {
	unsigned target;
	int64_t gap_ns;     /* how long it has been silent; 0: it answers */
	int64_t longest_ns; /* the longest silence so far */
	uint64_t sent, answered;
	uint64_t late;        /* of the answered */
	uint64_t silences;    /* how many silences are over */
	int64_t last_from_ns; /* the latest of them: its first send without an answer in time */
	struct interval last; /* the latest of them: its length, as known when it ended */
};

struct probe_ops {
	const struct plan_component *component; /* its row: name and traits */
	/*
	 * Opens sockets, while the process has its privileges and one thread. Writes the `target`
	 * facts. Errors name the target and what grants the missing permission.
	 */
	int (*open)(struct probe **probe, const struct probe_config *config, struct err *e);
	/* Starts the engine in its own thread; the first request is sent at once. */
	int (*start)(struct probe *probe, struct err *e);
	/*
	 * Writes the engine's records to the facts; shares no lock with the engine. The station's
	 * main thread calls it at least every 100 ms. Fills at most `count` entries of `live` and
	 * returns their number; -1 with the error if the engine broke.
	 */
	int (*drain)(struct probe *probe, struct probe_live *live, size_t count, struct err *e);
	/* Optional: carries out a command: "open desk", "close desk". */
	int (*command)(struct probe *probe, const char *words, struct err *e);
	/* Stops the engine, drains, writes the final counts (`summary`, `drops`). */
	int (*stop)(struct probe *probe, struct err *e);
	void (*close)(struct probe *probe);
};

/* The first member, `base`, of each probe's own struct. `open` sets it. */
struct probe {
	const struct probe_ops *ops;
};

/* The probe of a component in a NULL-terminated table; NULL if there is none. */
const struct probe_ops *probe_find(
	const struct probe_ops *const *table, const struct plan_component *component);
/* The component's name, as in `kind =`. */
const char *probe_kind(const struct probe_ops *ops);
/* The name of the first required member that a row lacks; NULL: it is complete. */
const char *probe_missing(const struct probe_ops *ops);
/*
 * The struct that `probe` is the base of, for a function of `ops`. Aborts if another probe's `open`
 * made it. Rows that share a struct share their `close`.
 */
void *probe_downcast(struct probe *probe, const struct probe_ops *ops);

#endif
