/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The fuzz targets: each takes one input of arbitrary bytes and must return. `make fuzz` runs them
 * under libFuzzer; the unit tests feed them the corpus (tests/fuzz/corpus).
 */
#ifndef BLACKOUT_TESTS_FUZZ_FUZZ_H
#define BLACKOUT_TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

typedef int fuzz_target(const uint8_t *data, size_t size);

/* A capture file. */
fuzz_target fuzz_pcap;
/* A packet of a raw socket, after its family, identifier and cookie. */
fuzz_target fuzz_icmp;
/* A facts file of a standalone folder. */
fuzz_target fuzz_facts;
/* The input of the guest agent's control channel. */
fuzz_target fuzz_control;

#endif
