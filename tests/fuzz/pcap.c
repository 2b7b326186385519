/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads arbitrary bytes as a capture file, in both passes of its analysis. */
#include "harness/packet/echo_flows.h"
#include "harness/packet/pcap_file.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static int take(void *ctx, const struct flow_outcome *o)
{
	uint64_t *outcomes = ctx;

	/* Every reader of outcomes relies on this. */
	if ((o->what == FLOW_ANSWER || o->what == FLOW_DUPLICATE) &&
		o->arrival_ns < o->sent_ns - FRAME_EARLY_NS)
		abort();
	++*outcomes;
	return 0;
}

static void pass(const char *path, struct flows *flows, bool survey)
{
	struct pcap_file *file;
	struct frame frame;
	struct err e = {0};
	int64_t at_ns, last_ns = 0;
	uint64_t outcomes = 0;

	if (pcap_file_open(&file, path, &e))
		return;
	while (pcap_file_next(file, &frame, &at_ns)) {
		last_ns = ns_max(at_ns, last_ns);
		if (survey)
			flows_survey(flows, &frame, at_ns);
		else
			flows_match(flows, &frame, at_ns, take, &outcomes);
	}
	if (!survey)
		flows_end(flows, last_ns, take, &outcomes);
	pcap_file_close(file);
}

int fuzz_pcap(const uint8_t *data, size_t size)
{
	int fd = memfd_create("capture", MFD_CLOEXEC);
	struct flows flows = {0};
	char path[64];

	if (fd < 0)
		return 0;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (write(fd, data, size) == (ssize_t)size) {
		pass(path, &flows, true);
		if (!flows_build(&flows))
			pass(path, &flows, false);
		flows_release(&flows);
	}
	close(fd);
	return 0;
}
