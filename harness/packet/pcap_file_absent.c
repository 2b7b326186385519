/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Replaces pcap_file.c in a build without libpcap: no capture can be read. */
#include "harness/packet/pcap_file.h"

int pcap_file_open(struct pcap_file **out, const char *path, struct err *e)
{
	*out = NULL;
	return err_set(
		e, "%s: this build cannot read captures: it was built with WITHOUT=pcap", path);
}

int pcap_file_next(struct pcap_file *file, struct frame *frame, int64_t *utc_ns)
{
	(void)file, (void)frame, (void)utc_ns;
	return 0;
}

bool pcap_file_take_step(struct pcap_file *file, int64_t *at_ns, int64_t *back_ns)
{
	(void)file, (void)at_ns, (void)back_ns;
	return false;
}

uint64_t pcap_file_unsorted(const struct pcap_file *file, int64_t *max_ns)
{
	(void)file;
	*max_ns = 0;
	return 0;
}

uint64_t pcap_file_frames(const struct pcap_file *file)
{
	(void)file;
	return 0;
}

const char *pcap_file_damage(const struct pcap_file *file)
{
	(void)file;
	return "";
}

void pcap_file_close(struct pcap_file *file)
{
	(void)file;
}
