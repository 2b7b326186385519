/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The probes there are. Only the main program and the tests choose between them. */
#ifndef BLACKOUT_PROBES_PROBES_H
#define BLACKOUT_PROBES_PROBES_H

#include "harness/ops/probe.h"

extern const struct probe_ops probe_ping;    /* liboping, one echo request a second */
extern const struct probe_ops probe_burst;   /* own ICMP engine: fast, many targets */
extern const struct probe_ops probe_session; /* a TCP session with the guest's agent */
extern const struct probe_ops probe_rdp;     /* a remote-desktop session, held by blackout-rdp */
extern const struct probe_ops probe_capture; /* frames into a pcap file */
extern const struct probe_ops probe_neighbour; /* changes of neighbour entries */

#endif
