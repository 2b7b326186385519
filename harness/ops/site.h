/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Sites: a site provides the hosts, the addresses and the network namespaces of stations. It is the
 * embedded lab, the user's cluster or the simulated world.
 */
#ifndef BLACKOUT_OPS_SITE_H
#define BLACKOUT_OPS_SITE_H

#include "harness/base/base.h"
#include "harness/ops/driver.h"
#include "harness/ops/probe.h"
#include "harness/plan/plan.h"

#include <stdlib.h>

struct site;

struct site_ops {
	const char *name; /* "lab", "cluster", "sim" */
	const char *help;
	/*
	 * Brings the site up unless the user does that, and checks it. Prints its progress to `say`
	 * (NULL: nothing). Errors end with what the user can do.
	 */
	int (*open)(struct site **site, const struct plan *plan, FILE *say, struct err *e);
	/* Takes down what `open` brought up, and only that. */
	int (*close)(struct site *site, struct err *e);
	/* Returns the number of hosts; *hosts is valid until `close`. */
	size_t (*hosts)(struct site *site, const struct host_address **hosts);
	/* Fills `vm` for a [vm] section in a case; vm->definition is malloc'd. */
	int (*vm)(struct site *site, const struct plan_case *plan_case,
		const struct plan_section *section, struct vm_spec *vm, struct err *e);
	/* Fills name, address, MAC (if known) and port of a [vm] or [control] as a probe target. */
	int (*target)(struct site *site, const struct plan_section *section,
		struct probe_target *target, struct err *e);
	/*
	 * Path of the network namespace for a station's process, valid until the next call; NULL:
	 * the caller's namespace.
	 */
	const char *(*station_netns)(struct site *site, const struct plan_section *station);
	/* Path of the network namespace for the driver; NULL: the caller's namespace. */
	const char *(*driver_netns)(struct site *site);
	/* Optional: configures the network as a case needs it, before each of its runs. */
	int (*prepare)(struct site *site, const struct plan_case *plan_case, struct err *e);
	/* Optional: makes a new, empty disk for a VM that runs on no host. */
	int (*disk)(struct site *site, const struct plan_section *section, struct err *e);
	/* Optional: copies the hosts' logs into the existing folder `dir`. */
	int (*logs)(struct site *site, const char *dir, struct err *e);
	/* Optional: the site's own clock (the simulated world's); NULL: the system's clock. */
	const struct clock *(*clock)(struct site *site);
	/* Describes the site for the record as JSON text: accelerator, rates, kernel (malloc'd). */
	char *(*environment)(struct site *site);
};

/* The first member, `base`, of each site's own struct. `open` sets it. */
struct site {
	const struct site_ops *ops;
};

/* The struct that `site` is the base of. Aborts if another site's `open` made it. */
static inline void *site_downcast(struct site *site, const struct site_ops *ops)
{
	if (site->ops != ops)
		abort();
	return site;
}

#endif
