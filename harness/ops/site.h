/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Sites: where hosts, addresses and probing places come from: the embedded lab, one's own cluster, or
 * the simulated world, behind the same operations.
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
	/* Brings the site up if it is its own to bring up; else looks that it is there. Says what it does
	 * on `say` (NULL: quiet). Errors end with the mend. */
	int (*open)(struct site **site, const struct plan *plan, FILE *say, struct err *e);
	/* Takes down what open brought up, and only that. */
	int (*close)(struct site *site, struct err *e);
	/* The hosts, valid until close. */
	size_t (*hosts)(struct site *site, const struct host_address **hosts);
	/* Fills name, address, owned, definition of the VM of a section in a case (definition malloc'd). */
	int (*vm)(struct site *site, const struct plan_case *plan_case, const struct plan_section *section,
		struct vm_spec *vm, struct err *e);
	/* Name, address, MAC (where known) and port of a VM or control as a probe target. */
	int (*target)(struct site *site, const struct plan_section *section, struct probe_target *target,
		struct err *e);
	/* Path of the network namespace in which a station's process is to live; NULL: the present one. */
	const char *(*station_netns)(struct site *site, const struct plan_section *station);
	/* Path of the network namespace for the driver (management); NULL: the present one. */
	const char *(*driver_netns)(struct site *site);
	/* Optional: makes the network as a case wants it, before each run of it. */
	int (*prepare)(struct site *site, const struct plan_case *plan_case, struct err *e);
	/* Optional: makes the disk of a VM that runs nowhere anew. */
	int (*disk)(struct site *site, const struct plan_section *section, struct err *e);
	/* Optional: copies what the hosts logged into the folder DIR, which is there. */
	int (*logs)(struct site *site, const char *dir, struct err *e);
	/* Optional: the site's own clock (the simulated world's); NULL: the system's. */
	const struct clock *(*clock)(struct site *site);
	/* What is to be recorded of the site as JSON text: accelerator, rates, kernel (malloc'd). */
	char *(*environment)(struct site *site);
};

/* What each site's own struct begins with, as its member `base`. `open` sets it. */
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
