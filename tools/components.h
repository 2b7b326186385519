/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The list of all components, one row each. A row stands for a description (component_platform_sim)
 * and for a table of operations (driver_sim). PROBE(kind) is a real probe, SIMULATED(kind) replaces
 * it in the simulated world. Help and messages keep this order. The second argument is a macro
 * around all that needs the component's code; it expands to nothing where `make WITHOUT=…` left the
 * library out.
 */
#ifndef BLACKOUT_TOOLS_COMPONENTS_H
#define BLACKOUT_TOOLS_COMPONENTS_H

#include "harness/ops/driver.h"
#include "harness/ops/probe.h"
#include "harness/ops/workload.h"
#include "harness/plan/component.h"

#define ALWAYS(...) __VA_ARGS__
#define NEVER(...)
#ifdef WITHOUT_libvirt
#define IF_LIBVIRT NEVER
#else
#define IF_LIBVIRT ALWAYS
#endif
#ifdef WITHOUT_oping
#define IF_OPING NEVER
#else
#define IF_OPING ALWAYS
#endif
#ifdef WITHOUT_rdp
#define IF_RDP NEVER
#else
#define IF_RDP ALWAYS
#endif
#ifdef WITHOUT_pcap
#define IF_PCAP NEVER
#else
#define IF_PCAP ALWAYS
#endif
#ifdef WITHOUT_mnl
#define IF_MNL NEVER
#else
#define IF_MNL ALWAYS
#endif

/* One row per component. */
/* clang-format off */
#define COMPONENTS(PLATFORM, PROBE, SIMULATED, WORKLOAD)   \
	PLATFORM(libvirt, IF_LIBVIRT)                      \
	PLATFORM(external, ALWAYS)                         \
	PLATFORM(sim, ALWAYS)                              \
	PROBE(ping, IF_OPING) SIMULATED(ping, ALWAYS)      \
	PROBE(burst, ALWAYS) SIMULATED(burst, ALWAYS)      \
	PROBE(session, ALWAYS) SIMULATED(session, ALWAYS)  \
	PROBE(rdp, IF_RDP)                                 \
	PROBE(capture, IF_PCAP) SIMULATED(capture, ALWAYS) \
	PROBE(neighbour, IF_MNL)                           \
	WORKLOAD(install, ALWAYS)                          \
	WORKLOAD(dirty, ALWAYS)                            \
	WORKLOAD(command, ALWAYS)
/* clang-format on */

#define NO_COMPONENT(name, built)
#define DECLARE_PLATFORM(name, built)                                 \
	extern const struct plan_component component_platform_##name; \
	extern const struct driver_ops driver_##name;
#define DECLARE_PROBE(name, built)                                 \
	extern const struct plan_component component_probe_##name; \
	extern const struct probe_ops probe_##name;
#define DECLARE_SIMULATED(name, built) extern const struct probe_ops probe_sim_##name;
#define DECLARE_WORKLOAD(name, built)                                 \
	extern const struct plan_component component_workload_##name; \
	extern const struct workload_ops workload_##name;

COMPONENTS(DECLARE_PLATFORM, DECLARE_PROBE, DECLARE_SIMULATED, DECLARE_WORKLOAD)

#endif
