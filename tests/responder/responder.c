/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The responder of tools/calibrate as a program of its own, for tests and bench:
 *
 *	responder TAP ADDRESS[,ADDRESS6] COUNT LOG LENGTH_MS [START_MS:LENGTH_MS:WHAT[:MS]]…
 *
 * tools/calibrate/responder.h lists what WHAT can be. START_MS counts from the moment of the line
 * "ready NS UTC_NS", by the monotonic clock and in UTC. LOG gets a line for each event that is
 * over: WHAT BEGIN_NS END_NS LAG_NS, the last being the uncertainty of the event's length.
 */
#include "tools/calibrate/responder.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static void log_event(const struct responder_event *event, void *log)
{
	fprintf(log, "%s %" PRId64 " %" PRId64 " %" PRId64 "\n", responder_event_name(event->kind),
		event->begin_ns, event->end_ns, event->lag_ns);
	fflush(log);
}

static int read_addresses(struct wire_addresses *own, char *text, const char *count, struct err *e)
{
	static const uint8_t mac[6] = {0x52, 0x54, 0x00, 0xb1, 0xac, 0x07};
	char *second = strchr(text, ',');
	struct in_addr first;

	*own = (struct wire_addresses){.count = (uint32_t)strtoul(count, NULL, 10)};
	memcpy(own->mac, mac, sizeof(mac));
	if (second) {
		*second++ = '\0';
		own->has_ipv6 = inet_pton(AF_INET6, second, &own->first6) == 1;
	}
	if (inet_pton(AF_INET, text, &first) != 1 || (second && !own->has_ipv6) || !own->count)
		return err_set(e, "ADDRESS[,ADDRESS6] COUNT: '%s%s%s' '%s'", text,
			second ? "," : "", second ? second : "", count);
	own->first = ntohl(first.s_addr);
	return 0;
}

int main(int argc, char **argv)
{
	struct responder_event *events = argc > 5 ? calloc((size_t)argc, sizeof(*events)) : NULL;
	struct responder *responder = NULL;
	struct wire_addresses own;
	struct err e = {0};
	FILE *log = NULL;
	int64_t start;
	int count = 0, rc = -1;

	if (!events) {
		fprintf(stderr, "usage: responder TAP ADDRESS[,ADDRESS6] COUNT LOG LENGTH_MS "
				"[SCRIPT]…\n");
		return 2;
	}
	if (read_addresses(&own, argv[2], argv[3], &e) ||
		responder_new(&responder, argv[1], &own, &e))
		goto out;
	log = fopen(argv[4], "we");
	if (!log) {
		err_errno(&e, "%s", argv[4]);
		goto out;
	}
	start = clock_mono_ns();
	for (; count < argc - 6; count++)
		if (responder_event_parse(&events[count], argv[6 + count], start, &e))
			goto out;
	printf("ready %" PRId64 " %" PRId64 "\n", start, clock_utc_ns());
	fflush(stdout);
	rc = responder_serve(responder, events, (size_t)count, start + atoll(argv[5]) * NS_PER_MS,
		log_event, log, &e);
out:
	if (rc)
		fprintf(stderr, "responder: %s\n", e.text);
	if (log)
		fclose(log);
	responder_free(responder);
	free(events);
	return rc ? 1 : 0;
}
