/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reads a capture file frame by frame with libpcap, in constant memory: pcap with micro- or
 * nanoseconds and pcapng. A damaged file is read up to the damage.
 */
#ifndef BLACKOUT_PACKET_PCAP_FILE_H
#define BLACKOUT_PACKET_PCAP_FILE_H

#include "harness/packet/frame.h"

struct pcap_file;

/*
 * Opens a capture. Errors: the file cannot be read, is not a regular file, is not a capture, has an
 * unsupported link type; out of memory.
 */
int pcap_file_open(struct pcap_file **out, const char *path, struct err *e);
/*
 * Reads the next frame in the order of time and its stamp. Returns 1, or 0 at the end. After the
 * clock was set back, stamps get an offset so that time goes on: see pcap_file_take_step.
 */
int pcap_file_next(struct pcap_file *file, struct frame *frame, int64_t *utc_ns);
/*
 * Takes the next step back of the clock that pcap_file_next has found; false: no more. An unknown
 * time passed after *at_ns, the latest stamp before the step was found; frames with stamps up to
 * *back_ns before *at_ns may have been captured after the step.
 */
bool pcap_file_take_step(struct pcap_file *file, int64_t *at_ns, int64_t *back_ns);
/* The frames that were out of order so far; *max_ns: the longest time by which one was. */
uint64_t pcap_file_unsorted(const struct pcap_file *file, int64_t *max_ns);
/* The number of frames read so far. */
uint64_t pcap_file_frames(const struct pcap_file *file);
/* After the last frame: one sentence about damage of the file; "": no damage. Valid until close. */
const char *pcap_file_damage(const struct pcap_file *file);
void pcap_file_close(struct pcap_file *file);

#endif
