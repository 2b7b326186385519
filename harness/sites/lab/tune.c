/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The settings of a lab that is up: how long forwarding and neighbour entries are kept, whether
 * announcements are lost, and whether management reaches the LAN through the router.
 */
#include "harness/sites/lab/internal.h"

#include <inttypes.h>

/* The kernel's defaults: BR_DEFAULT_AGEING_TIME, BASE_REACHABLE_TIME, DELAY_PROBE_TIME. */
#define AGEING_NS (300 * NS_PER_S)
#define REACHABLE_NS (30 * NS_PER_S)
#define FIRST_PROBE_NS (5 * NS_PER_S)
#define CENTISECOND_NS (NS_PER_S / 100)

static int64_t ns_or(int64_t ns, int64_t default_ns)
{
	return ns == NS_NONE ? default_ns : ns;
}

/* Called in a namespace. Each write draws the random reachable times of the entries again. */
static int tune_neighbours(const void *arg, FILE *out, struct err *e)
{
	const struct lab_tuning *tuning = arg;
	char text[32];

	(void)out;
	snprintf(text, sizeof(text), "%" PRId64,
		ns_or(tuning->reachable_ns, REACHABLE_NS) / NS_PER_MS);
	if (sysctl_write("/proc/sys/net/ipv4/neigh/lan0/base_reachable_time_ms", text, false, e))
		return -1;
	snprintf(text, sizeof(text), "%" PRId64,
		ns_or(tuning->first_probe_ns, FIRST_PROBE_NS) / NS_PER_S);
	return sysctl_write("/proc/sys/net/ipv4/neigh/lan0/delay_first_probe_time", text, false, e);
}

static int tune_switch(const struct lab_options *options, const char *label, const char *bridge,
	const struct lab_tuning *tuning, struct err *e)
{
	struct ip_batch batch;
	char netns[64];

	if (ip_batch_open(&batch, e))
		return -1;
	fprintf(batch.f, "link set dev %s type bridge ageing_time %" PRId64 "\n", bridge,
		ns_or(tuning->ageing_ns, AGEING_NS) / CENTISECOND_NS);
	snprintf(netns, sizeof(netns), "%s-%s", options->name, label);
	return ip_batch_execute(&batch, netns, false, e);
}

/*
 * Called in a host's namespace. QEMU announces a move by RARP, the guest by an ARP request. The
 * filter drops all ARP requests of the guest, so the guest needs permanent neighbour entries.
 */
static int tune_filter(const void *arg, FILE *out, struct err *e)
{
	static const char none[] = "table bridge lab\ndelete table bridge lab\n";
	static const char lost[] = "table bridge lab\ndelete table bridge lab\n"
				   "table bridge lab {\n"
				   " chain announcements {\n"
				   "  type filter hook forward priority 0;\n"
				   "  oifname \"lan0\" ether type 0x8035 counter drop\n"
				   "  oifname \"lan0\" arp operation request counter drop\n"
				   " }\n"
				   "}\n";
	const struct lab_tuning *tuning = arg;

	(void)out;
	return spawn_program((const char *const[]){"nft", "-f", "-", NULL},
		tuning->announcements_lost ? lost : none, e);
}

/*
 * Adds or removes routes to the LAN's two halves. They are more specific than the LAN's own route,
 * which can therefore stay.
 */
static int tune_route(const struct lab_options *options, bool behind_router, struct err *e)
{
	static const char *const halves[] = {"10.20.0.0/25", "10.20.0.128/25"};
	struct ip_batch batch;
	char netns[64];

	if (ip_batch_open(&batch, e))
		return -1;
	for (size_t i = 0; i < ARRAY_SIZE(halves); i++)
		fprintf(batch.f,
			behind_router ? "route replace %s via 10.40.0.254\n" : "route flush %s\n",
			halves[i]);
	snprintf(netns, sizeof(netns), "%s-" LAB_MANAGEMENT, options->name);
	return ip_batch_execute(&batch, netns, false, e);
}

int lab_tune(const struct lab_options *options, const struct lab_tuning *tuning, struct err *e)
{
	char host[8], netns[PATH_MAX];

	if (tuning->behind_router && !options->router)
		return err_set(e, "lab %s has no router", options->name);
	if (tune_switch(options, LAB_SWITCH, "lan", tuning, e) ||
		tune_route(options, tuning->behind_router, e))
		return -1;
	for (unsigned n = 1; n <= options->hosts; n++) {
		lab_host_name(n, host, sizeof(host));
		lab_netns_path(options->name, host, netns, sizeof(netns));
		if (tune_switch(options, host, "br0", tuning, e) ||
			spawn_function(netns, tune_filter, tuning, NULL, e))
			return -1;
	}
	lab_netns_path(options->name, LAB_MANAGEMENT, netns, sizeof(netns));
	if (spawn_function(netns, tune_neighbours, tuning, NULL, e))
		return -1;
	lab_netns_path(options->name, LAB_ROUTER, netns, sizeof(netns));
	return options->router ? spawn_function(netns, tune_neighbours, tuning, NULL, e) : 0;
}
