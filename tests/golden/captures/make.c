/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * make-captures DIR: writes the golden captures beside this file anew, each with its known truth
 * (README.md). They are small, so that they can be kept.
 */
#include "tests/unit/capture_world.h"

#include <pcap/dlt.h>
#include <stdlib.h>

#define MS NS_PER_MS
#define S NS_PER_S

static const struct capture_echo desk = {"10.0.0.1", "10.0.0.2", 7, 1, (UINT64_C(3) << 16) + 1};

/* Requests dropped for 0.7 s, held for 0.5 s, and a slow spell of 0.6 s; each 20 ms. */
static void outages(struct capture_world *c)
{
	static const struct capture_outage list[] = {{CAPTURE_DROPPED, 1003 * MS, 1703 * MS},
		{CAPTURE_HELD, 2507 * MS, 3007 * MS}, {CAPTURE_SLOW, 4001 * MS, 4601 * MS}};

	capture_probes(c, desk, 20 * MS, 6 * S, list, 3, 1);
	capture_garp(c, 1704 * MS, "10.0.0.2", 2);
}

/* Answers overtaken, doubled, refused, forged and late, one of each; each 100 ms. */
static void odd(struct capture_world *c)
{
	struct capture_echo echo = desk, forged;

	for (int i = 0; i < 40; i++, echo.seq++, echo.number++) {
		int64_t at_ns = i * 100 * MS;

		capture_request(c, at_ns, &echo);
		if (i == 20)
			capture_error(c, at_ns + MS, &echo);
		else
			capture_reply(c, at_ns + (i == 5 ? 99 : i == 30 ? 150 : 1) * MS, &echo);
		if (i == 10)
			capture_reply(c, at_ns + 2 * MS, &echo);
		forged = echo;
		forged.number += 1 << 16;
		if (i == 15)
			capture_reply(c, at_ns + 3 * MS, &forged);
	}
}

/* IPv6, silent at the first request until 1.5 s, and from 4 s to the end; each 100 ms. */
static void ends(struct capture_world *c)
{
	static const struct capture_outage list[] = {
		{CAPTURE_DROPPED, 0, 1500 * MS}, {CAPTURE_DROPPED, 4 * S, 9 * S}};
	static const struct capture_echo desk6 = {"fd00::1", "fd00::2", 9, 65530, 0};

	capture_probes(c, desk6, 100 * MS, 6 * S, list, 2, 3);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*make)(struct capture_world *);
	} captures[] = {{"outages", outages}, {"odd", odd}, {"ends", ends}};
	int rc = 0;

	if (argc != 2) {
		fprintf(stderr, "usage: make-captures DIR\n");
		return 2;
	}
	for (size_t i = 0; i < ARRAY_SIZE(captures); i++) {
		struct capture_world c = {0};
		char path[4096];

		captures[i].make(&c);
		snprintf(path, sizeof(path), "%s/%s.pcap", argv[1], captures[i].name);
		rc |= capture_write(&c, path, DLT_EN10MB, true);
		capture_world_release(&c);
	}
	return rc ? 1 : 0;
}
