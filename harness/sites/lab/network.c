/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The lab's network: namespaces sw (three bridges: lan, ctl, mig), mg (management) and one a host,
 * made with iproute2 in batches. No link ever stands in the machine's own namespace, so none can
 * stay there.
 */
#include "harness/sites/lab/internal.h"

#include <inttypes.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const networks[] = {"lan", "ctl", "mig"};

/*
 * Silence (IPv6 solicits by itself) and bridges that no packet filter looks into. Not every kernel
 * has IPv6 or filters bridges; then there is nothing to switch off.
 */
static int settle_namespace(const void *arg, FILE *out, struct err *e)
{
	static const char *const knobs[][2] = {
		{"/proc/sys/net/ipv6/conf/all/disable_ipv6", "1"},
		{"/proc/sys/net/ipv6/conf/default/disable_ipv6", "1"},
		{"/proc/sys/net/bridge/bridge-nf-call-iptables", "0"},
		{"/proc/sys/net/bridge/bridge-nf-call-ip6tables", "0"},
		{"/proc/sys/net/bridge/bridge-nf-call-arptables", "0"},
	};

	(void)arg;
	(void)out;
	for (size_t i = 0; i < ARRAY_SIZE(knobs); i++)
		if (set_text(knobs[i][0], knobs[i][1], true, e))
			return -1;
	return 0;
}

/* The parts are recorded as they are made, so that these and no others are removed again. */
static int add_namespaces(const struct lab_options *options, struct err *e)
{
	struct batch batch;
	char part[8];

	if (place_remember(e) || parts_record(options, false, e) || batch_open(&batch, e))
		return -1;
	for (unsigned i = 0; part_name(options, i, part, sizeof(part)); i++)
		fprintf(batch.f, "netns add %s-%s\n", options->name, part);
	if (batch_run(&batch, NULL, false, e))
		return err_prefix(e, "network namespaces cannot be made (" MEND_PRIVILEGE ")");
	return parts_record(options, true, e);
}

static int make_namespaces(const struct lab_options *options, struct err *e)
{
	int lock = place_lock(e), rc;
	char part[8], path[PATH_MAX];

	if (lock < 0)
		return -1;
	rc = add_namespaces(options, e);
	close(lock);
	for (unsigned i = 0; !rc && part_name(options, i, part, sizeof(part)); i++) {
		lab_netns_path(options->name, part, path, sizeof(path));
		rc = child_run(path, settle_namespace, NULL, NULL, e);
	}
	return rc;
}

static int make_switches(const struct lab_options *options, struct err *e)
{
	struct batch batch;
	char netns[64];

	if (batch_open(&batch, e))
		return -1;
	fprintf(batch.f, "link set lo up\n");
	for (size_t i = 0; i < ARRAY_SIZE(networks); i++)
		fprintf(batch.f,
			"link add %s type bridge stp_state 0 forward_delay 0 mcast_snooping 0\n"
			"link set %s up\n",
			networks[i], networks[i]);
	fprintf(batch.f, "link set lan address " LAB_SWITCH_MAC "\n"
			 "address add " LAB_SWITCH_ADDRESS "/24 dev lan\n");
	snprintf(netns, sizeof(netns), "%s-sw", options->name);
	return batch_run(&batch, netns, false, e);
}

/* Cables from each namespace to the switches: NETWORK0 there, NETWORK-PART here. */
static int make_cables(const struct lab_options *options, struct err *e)
{
	struct batch cables, ports;
	char part[8], netns[64];

	if (batch_open(&cables, e))
		return -1;
	if (batch_open(&ports, e)) {
		batch_drop(&cables);
		return -1;
	}
	for (unsigned i = 1; i < options->hosts + 2; i++) {
		part_name(options, i, part, sizeof(part));
		for (unsigned k = 0; k < ARRAY_SIZE(networks); k++) {
			const char *network = networks[k];

			/* Management has no business on the migration network. */
			if (i == 1 && k == 2)
				continue;
			fprintf(cables.f,
				"link add %s0 netns %s-%s address 02:00:0a:%02x:00:%02x type veth "
				"peer name %s-%s netns %s-sw\n",
				network, options->name, part,
				k == 0   ? 0x14
				: k == 1 ? 0x0a
					 : 0x1e,
				i == 1 ? 1 : 0x0f + i, network, part, options->name);
			fprintf(ports.f, "link set %s-%s master %s up\n", network, part, network);
		}
	}
	snprintf(netns, sizeof(netns), "%s-sw", options->name);
	if (batch_run(&cables, NULL, false, e)) {
		batch_drop(&ports);
		return -1;
	}
	return batch_run(&ports, netns, false, e);
}

static int make_host_end(const struct lab_options *options, unsigned n, struct err *e)
{
	char netns[64], part[8], rate[32];
	struct batch batch;

	lab_host_name(n, part, sizeof(part));
	snprintf(netns, sizeof(netns), "%s-%s", options->name, part);
	if (batch_open(&batch, e))
		return -1;
	fprintf(batch.f,
		"link set lo up\n"
		"link add br0 type bridge stp_state 0 forward_delay 0 mcast_snooping 0\n"
		"link set lan0 master br0\nlink set lan0 up\nlink set br0 up\n"
		"address add 10.10.0.%u/24 dev ctl0\nlink set ctl0 up\n"
		"address add 10.30.0.%u/24 dev mig0\nlink set mig0 up\n",
		10 + n, 10 + n);
	if (batch_run(&batch, netns, false, e))
		return -1;
	snprintf(rate, sizeof(rate), "%" PRId64 "bit", options->link_bps);
	return spawn_wait(
		(const char *const[]){"tc", "-n", netns, "qdisc", "add", "dev", "mig0", "root",
			"tbf", "rate", rate, "burst", "1mb", "latency", "50ms", NULL},
		NULL, e);
}

static int make_management_end(const struct lab_options *options, struct err *e)
{
	struct batch batch;
	char netns[64];

	if (batch_open(&batch, e))
		return -1;
	fprintf(batch.f, "link set lo up\n"
			 "address add " LAB_MANAGEMENT_ADDRESS "/24 dev lan0\nlink set lan0 up\n"
			 "address add 10.10.0.1/24 dev ctl0\nlink set ctl0 up\n");
	snprintf(netns, sizeof(netns), "%s-" LAB_MANAGEMENT, options->name);
	return batch_run(&batch, netns, false, e);
}

int net_make(const struct lab_options *options, struct err *e)
{
	if (make_namespaces(options, e) || make_switches(options, e) || make_cables(options, e) ||
		make_management_end(options, e))
		return -1;
	for (unsigned n = 1; n <= options->hosts; n++)
		if (make_host_end(options, n, e))
			return -1;
	return options->router ? router_make(options, e) : 0;
}

int net_remove(const char *name, struct err *e)
{
	struct parts parts;
	struct batch batch;

	parts_find(name, &parts);
	if (batch_open(&batch, e))
		return -1;
	/* Nothing of ours has lived yet in a part that is known by name only. */
	for (size_t i = 0; i < parts.count; i++)
		if (parts.at[i].known || !is_inhabited(&parts.at[i].is))
			fprintf(batch.f, "netns del %s-%s\n", name, parts.at[i].name);
	if (batch_run(&batch, NULL, true, e))
		return -1;
	return place_forget(name, e);
}
