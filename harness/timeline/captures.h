/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The capture files of a result folder. */
#ifndef BLACKOUT_TIMELINE_CAPTURES_H
#define BLACKOUT_TIMELINE_CAPTURES_H

#include <stddef.h>

struct captures {
	char **path;
	size_t count, capacity;
};

/* Finds DIR/facts/STATION-*.pcap, in the order of their names; none if the folder has none. */
struct captures captures_find(const char *dir, const char *station);
void captures_release(struct captures *captures);

#endif
