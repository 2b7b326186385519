/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is fed with arbitrary bytes: each takes one input and must come back whatever it holds. `make
 * fuzz` feeds them with libFuzzer; the unit tests with the corpus (tests/fuzz/corpus).
 */
#ifndef BLACKOUT_TESTS_FUZZ_FUZZ_H
#define BLACKOUT_TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

typedef int fuzz_target(const uint8_t *data, size_t size);

/* A capture file, both passes of its flows. */
fuzz_target fuzz_pcap;
/* What a raw socket gave: family, identifier, cookie, then the packet. */
fuzz_target fuzz_icmp;
/* A facts file, read and judged as a folder that only watched. */
fuzz_target fuzz_facts;
/* What comes over the guest agent's control channel, in pieces. */
fuzz_target fuzz_control;

#endif
