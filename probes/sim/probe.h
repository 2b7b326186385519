/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The simulated world's stand-ins for the kinds of probe: same facts, no sockets, no threads. */
#ifndef BLACKOUT_PROBES_SIM_PROBE_H
#define BLACKOUT_PROBES_SIM_PROBE_H

#include "harness/ops/probe.h"

extern const struct probe_ops probe_sim_ping;    /* like liboping, drops answers that come late */
extern const struct probe_ops probe_sim_burst;
extern const struct probe_ops probe_sim_session;
extern const struct probe_ops probe_sim_capture; /* announcements and frames of note; no pcap */

#endif
