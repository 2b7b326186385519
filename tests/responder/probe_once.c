/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Runs probes in a station for a while, without the main program:
 *
 *	probe_once DIR NETNS|- LENGTH_MS KIND:INTERVAL_US:TIMEOUT_US[:FINE_US]… -- ADDRESS[=MAC]…
 *
 * DIR/facts must exist. The last of several addresses is the control target. Prints CPU time and
 * peak memory of the station's process: cpu_ms=… rss_kb=…
 */
#include "harness/station/station.h"
#include "tools/components.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#define PROBES_MAX 8
#define TARGETS_MAX 16384

static const struct probe_ops *const kinds[] = {
	&probe_ping, &probe_burst, &probe_session, &probe_capture, &probe_neighbour, NULL};

static int64_t ms(const struct timeval *t)
{
	return (int64_t)t->tv_sec * 1000 + t->tv_usec / 1000;
}

static const struct probe_ops *probe_named(const char *kind)
{
	const struct plan_component *component = component_find(COMPONENT_PROBE, kind);

	return component ? probe_find(kinds, component) : NULL;
}

static void read_probe(struct station_probe *probe, const char *word, const char *dir)
{
	char kind[16];
	int64_t interval_us, timeout_us, fine_us = 0;

	if (sscanf(word, "%15[a-z]:%" SCNd64 ":%" SCNd64 ":%" SCNd64, kind, &interval_us,
		    &timeout_us, &fine_us) < 3 ||
		!probe_named(kind)) {
		fprintf(stderr, "probe_once: '%s' is no KIND:INTERVAL_US:TIMEOUT_US\n", word);
		exit(2);
	}
	probe->ops = probe_named(kind);
	probe->config.dir = dir;
	probe->config.interval_ns = interval_us * NS_PER_US;
	probe->config.timeout_ns = timeout_us * NS_PER_US;
	probe->config.fine_interval_ns = fine_us * NS_PER_US;
	snprintf(probe->config.name, sizeof(probe->config.name), "%s", kind);
	snprintf(probe->config.station, sizeof(probe->config.station), "here");
}

static int probe_for(struct station *station, const struct station_probe *probes, size_t count,
	int64_t length_ns, struct err *e)
{
	static struct probe_live live[TARGETS_MAX];
	int64_t until = clock_mono_ns() + length_ns;

	if (station_start(station, e))
		return -1;
	while (clock_mono_ns() < until) {
		clock_system.sleep_until(&clock_system, clock_mono_ns() + 100 * NS_PER_MS);
		for (size_t i = 0; i < count; i++)
			if (station_live(station, probes[i].config.name, live, TARGETS_MAX, e) < 0)
				return -1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	static struct probe_target targets[TARGETS_MAX];
	struct station_probe probes[PROBES_MAX] = {0};
	struct station *station = NULL;
	struct rusage used;
	struct err e = {0};
	size_t count = 0, target_count = 0;
	int i = 4, rc;

	if (argc < 7)
		return 2;
	for (; i < argc && strcmp(argv[i], "--") != 0 && count < PROBES_MAX; i++)
		read_probe(&probes[count++], argv[i], argv[1]);
	for (i++; i < argc && target_count < TARGETS_MAX; i++, target_count++) {
		struct probe_target *target = &targets[target_count];
		const char *mac = strchr(argv[i], '=');

		target->number = (unsigned)target_count;
		snprintf(target->name, sizeof(target->name), "t%zu", target_count);
		snprintf(target->address, sizeof(target->address), "%.*s",
			(int)(mac ? mac - argv[i] : 63), argv[i]);
		snprintf(target->mac, sizeof(target->mac), "%s", mac ? mac + 1 : "");
		target->control = target_count && i == argc - 1;
	}
	for (size_t k = 0; k < count; k++) {
		probes[k].config.targets = targets;
		probes[k].config.target_count = target_count;
	}
	rc = station_open(&station, "here", strcmp(argv[2], "-") == 0 ? NULL : argv[2], argv[1],
		probes, count, &clock_system, false, &e);
	if (!rc)
		rc = probe_for(station, probes, count, atoll(argv[3]) * NS_PER_MS, &e);
	if (station_close(station, "done", rc ? &(struct err){0} : &e))
		rc = -1;
	if (rc)
		fprintf(stderr, "probe_once: %s\n", e.text);
	getrusage(RUSAGE_CHILDREN, &used);
	printf("cpu_ms=%" PRId64 " rss_kb=%ld\n", ms(&used.ru_utime) + ms(&used.ru_stime),
		used.ru_maxrss);
	return rc ? 1 : 0;
}
