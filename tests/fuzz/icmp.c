/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Parses arbitrary bytes as a packet of a raw socket. */
#include "probes/engine/icmp.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

#define HEAD_BYTES 11

int fuzz_icmp(const uint8_t *data, size_t size)
{
	struct icmp_reply reply;
	uint64_t cookie;
	uint16_t ident;
	uint8_t *packet;

	if (size < HEAD_BYTES)
		return 0;
	memcpy(&ident, data + 1, sizeof(ident));
	memcpy(&cookie, data + 3, sizeof(cookie));
	/* On the heap and of exactly that size, so that the sanitizer sees an overrun of one byte.
	 */
	packet = malloc(size - HEAD_BYTES + 1);
	if (!packet)
		return 0;
	memcpy(packet, data + HEAD_BYTES, size - HEAD_BYTES);
	icmp_parse(
		data[0] & 1 ? AF_INET6 : AF_INET, packet, size - HEAD_BYTES, ident, cookie, &reply);
	free(packet);
	return 0;
}
