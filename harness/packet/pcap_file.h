/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A capture file, frame by frame, in constant memory: pcap with micro- or nanoseconds and pcapng, as
 * libpcap reads them. A file that is damaged is read up to the damage.
 */
#ifndef BLACKOUT_PACKET_PCAP_FILE_H
#define BLACKOUT_PACKET_PCAP_FILE_H

#include "harness/packet/frame.h"

struct pcap_file;

/*
 * Opens a capture. Errors name the file and what it is instead: not there, a folder, no capture, a link
 * type that is not known.
 */
int pcap_file_open(struct pcap_file **file, const char *path, struct err *e);
/*
 * The next frame in the order of time, and its stamp (UTC ns). 1, or 0 at the end. Where the clock was
 * set back, what follows is shifted so that time goes on: pcap_file_step and pcap_file_damage tell.
 */
int pcap_file_next(struct pcap_file *file, struct frame *frame, int64_t *utc_ns);
/*
 * A step back of the clock that pcap_file_next has come across, each told once: at *at_ns (the last stamp
 * before it) an unknown time passed; frames stamped up to *back_ns before may have come after it. False:
 * none that was not told.
 */
bool pcap_file_step(struct pcap_file *file, int64_t *at_ns, int64_t *back_ns);
/* How many frames stood out of the order of time, the furthest by *max_ns. */
uint64_t pcap_file_unsorted(const struct pcap_file *file, int64_t *max_ns);
uint64_t pcap_file_frames(const struct pcap_file *file);
/* At the end: what was wrong with the file, one sentence ("" for nothing). */
const char *pcap_file_damage(const struct pcap_file *file);
void pcap_file_close(struct pcap_file *file);

#endif
