/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Probes: engines that run inside a station's process and leave facts. A probe judges nothing.
 */
#ifndef BLACKOUT_OPS_PROBE_H
#define BLACKOUT_OPS_PROBE_H

#include "harness/base/base.h"
#include "harness/facts/facts.h"

struct probe;

struct probe_target {
	unsigned number;  /* in the facts */
	char name[64];
	char address[64]; /* numeric IPv4 or IPv6 */
	char mac[20];     /* "" where it is not known */
	bool control;
	uint16_t port;    /* session: the agent's */
};

struct plan_component;
struct secrets;

/* What a probe is opened with; outlives it. */
struct probe_config {
	char name[64];     /* the plan's: "fine" */
	char station[64];
	const char *dir;   /* the result folder; capture writes DIR/facts/STATION-NAME.pcap */
	const struct clock *clock;
	int64_t interval_ns, timeout_ns;
	int64_t fine_interval_ns; /* while answers are missing; 0: none */
	const void *settings;     /* of the probe's own keys (plan_component.keys); NULL: all absent */
	const struct secrets *secrets; /* for its programs alone; NULL: there are none */
	const struct probe_target *targets;
	size_t target_count;
	struct fact_log *log; /* the probe's own: STATION-NAME.tsv */
};

/* What the live view shows of a target. */
struct probe_live {
	unsigned target;
	int64_t gap_ns;     /* how long it has been silent now; 0: answering */
	int64_t longest_ns;
	uint64_t sent, answered;
	uint64_t late;        /* of the answered */
	uint64_t outs;        /* silences that are over */
	int64_t last_from_ns; /* the newest of them: its first probe without an answer in time */
	struct interval last; /* and its length, as far as it was known when it ended */
};

struct probe_ops {
	const struct plan_component *component; /* its row: name and traits */
	/*
	 * Opens sockets (with privileges, before threads). Writes the `target` facts. Errors name the
	 * target and what grants the missing permission.
	 */
	int (*open)(struct probe **probe, const struct probe_config *config, struct err *e);
	/* Starts the engine in a thread of its own; the first probe goes out at once. */
	int (*start)(struct probe *probe, struct err *e);
	/* Called by the station's main thread at least every 100 ms: moves what the engine recorded into
	 * the facts. No lock is shared with the engine. Fills at most `count` live entries; returns how
	 * many. -1: the engine broke (err says). */
	int (*drain)(struct probe *probe, struct probe_live *live, size_t count, struct err *e);
	/* Optional: a command for this probe: "open desk", "close desk". */
	int (*command)(struct probe *probe, const char *words, struct err *e);
	/* Stops the engine, drains, writes final counts (`summary`, drops). */
	int (*stop)(struct probe *probe, struct err *e);
	void (*close)(struct probe *probe);
};

/* What each probe's own struct begins with, as its member `base`. `open` sets it. */
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
