/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A capture file, frame by frame, in constant memory: pcap with micro- or nanoseconds and pcapng, as
 * libpcap reads them. A file that is damaged is read up to the damage.
 */
#ifndef BLACKOUT_PCAP_FILE_H
#define BLACKOUT_PCAP_FILE_H

#include "harness/frame.h"

struct pcap_file;

/*
 * Opens a capture. Errors name the file and what it is instead: not there, a folder, no capture, a link
 * type that is not known.
 */
int pcap_file_open(struct pcap_file **file, const char *path, struct err *e);
/*
 * The next frame and its stamp (UTC ns). 1, or 0 at the end. Stamps that go back by more than a second
 * (the clock was set) are shifted so that time goes on: pcap_file_damage tells. Small steps back, as
 * between the queues of a card, stay.
 */
int pcap_file_next(struct pcap_file *file, struct frame *frame, int64_t *utc_ns);
uint64_t pcap_file_frames(const struct pcap_file *file);
/* At the end: what was wrong with the file, one sentence ("" for nothing). */
const char *pcap_file_damage(const struct pcap_file *file);
void pcap_file_close(struct pcap_file *file);

#endif
