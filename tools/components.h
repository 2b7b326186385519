/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Every component, one row each: its own row (component_platform_sim) and its operations (driver_sim) come
 * from it. PLATFORM(driver), PROBE(kind) measures, SIMULATED(kind) stands in for it in the simulated world,
 * WORKLOAD(kind). The order is that of help and messages.
 */
#ifndef BLACKOUT_TOOLS_COMPONENTS_H
#define BLACKOUT_TOOLS_COMPONENTS_H

#include "harness/ops/driver.h"
#include "harness/ops/probe.h"
#include "harness/ops/workload.h"
#include "harness/plan/component.h"

#define COMPONENTS(PLATFORM, PROBE, SIMULATED, WORKLOAD) \
	PLATFORM(libvirt)                                \
	PLATFORM(external)                               \
	PLATFORM(sim)                                    \
	PROBE(ping) SIMULATED(ping)                      \
	PROBE(burst) SIMULATED(burst)                    \
	PROBE(session) SIMULATED(session)                \
	PROBE(rdp)                                       \
	PROBE(capture) SIMULATED(capture)                \
	PROBE(neighbour)                                 \
	WORKLOAD(install)                                \
	WORKLOAD(dirty)                                  \
	WORKLOAD(command)

#define NO_COMPONENT(name)
#define DECLARE_PLATFORM(name)                                       \
	extern const struct plan_component component_platform_##name; \
	extern const struct driver_ops driver_##name;
#define DECLARE_PROBE(name)                                       \
	extern const struct plan_component component_probe_##name; \
	extern const struct probe_ops probe_##name;
#define DECLARE_SIMULATED(name) extern const struct probe_ops probe_sim_##name;
#define DECLARE_WORKLOAD(name)                                       \
	extern const struct plan_component component_workload_##name; \
	extern const struct workload_ops workload_##name;

COMPONENTS(DECLARE_PLATFORM, DECLARE_PROBE, DECLARE_SIMULATED, DECLARE_WORKLOAD)

#endif
