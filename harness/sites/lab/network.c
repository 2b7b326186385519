/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The lab's network: namespaces sw (three bridges: lan, ctl, mig), mg (management) and one per
 * host, made with iproute2 in batches. No link is ever in the machine's own namespace, so no
 * failure leaves one there.
 */
#include "harness/sites/lab/internal.h"

#include <inttypes.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const networks[] = {"lan", "ctl", "mig"};

/*
 * Disables IPv6, which sends packets unasked, and packet filters on bridges. A kernel may lack
 * either: then there is nothing to disable.
 */
static int configure_namespace(const void *arg, FILE *out, struct err *e)
{
	static const char *const settings[][2] = {
		{"/proc/sys/net/ipv6/conf/all/disable_ipv6", "1"},
		{"/proc/sys/net/ipv6/conf/default/disable_ipv6", "1"},
		{"/proc/sys/net/bridge/bridge-nf-call-iptables", "0"},
		{"/proc/sys/net/bridge/bridge-nf-call-ip6tables", "0"},
		{"/proc/sys/net/bridge/bridge-nf-call-arptables", "0"},
	};

	(void)arg;
	(void)out;
	for (size_t i = 0; i < ARRAY_SIZE(settings); i++)
		if (sysctl_write(settings[i][0], settings[i][1], true, e))
			return -1;
	return 0;
}

/* Makes the namespaces and records them, so that exactly these are removed again. */
static int add_namespaces(const struct lab_options *options, struct err *e)
{
	struct ip_batch batch;
	char label[8];

	if (netns_dir_record(e) || lab_namespaces_record(options, false, e) ||
		ip_batch_open(&batch, e))
		return -1;
	for (unsigned i = 0; lab_namespace_label(options, i, label, sizeof(label)); i++)
		fprintf(batch.f, "netns add %s-%s\n", options->name, label);
	if (ip_batch_execute(&batch, NULL, false, e))
		return err_prefix(e, "network namespaces cannot be made (" ADVICE_PRIVILEGE ")");
	return lab_namespaces_record(options, true, e);
}

static int make_namespaces(const struct lab_options *options, struct err *e)
{
	int lock = netns_dir_lock(e), rc;
	char label[8], path[PATH_MAX];

	if (lock < 0)
		return -1;
	rc = add_namespaces(options, e);
	close(lock);
	for (unsigned i = 0; !rc && lab_namespace_label(options, i, label, sizeof(label)); i++) {
		lab_netns_path(options->name, label, path, sizeof(path));
		rc = spawn_function(path, configure_namespace, NULL, NULL, e);
	}
	return rc;
}

static int make_switches(const struct lab_options *options, struct err *e)
{
	struct ip_batch batch;
	char netns[64];

	if (ip_batch_open(&batch, e))
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
	return ip_batch_execute(&batch, netns, false, e);
}

/* Connects each namespace to the bridges by veth pairs: NETWORK0 there, NETWORK-LABEL in sw. */
static int make_cables(const struct lab_options *options, struct err *e)
{
	struct ip_batch cables, ports;
	char label[8], netns[64];

	if (ip_batch_open(&cables, e))
		return -1;
	if (ip_batch_open(&ports, e)) {
		ip_batch_drop(&cables);
		return -1;
	}
	for (unsigned i = 1; i < options->hosts + 2; i++) {
		lab_namespace_label(options, i, label, sizeof(label));
		for (unsigned k = 0; k < ARRAY_SIZE(networks); k++) {
			const char *network = networks[k];

			/* Management is not connected to the migration network. */
			if (i == 1 && k == 2)
				continue;
			fprintf(cables.f,
				"link add %s0 netns %s-%s address 02:00:0a:%02x:00:%02x type veth "
				"peer name %s-%s netns %s-sw\n",
				network, options->name, label,
				k == 0   ? 0x14
				: k == 1 ? 0x0a
					 : 0x1e,
				i == 1 ? 1 : 0x0f + i, network, label, options->name);
			fprintf(ports.f, "link set %s-%s master %s up\n", network, label, network);
		}
	}
	snprintf(netns, sizeof(netns), "%s-sw", options->name);
	if (ip_batch_execute(&cables, NULL, false, e)) {
		ip_batch_drop(&ports);
		return -1;
	}
	return ip_batch_execute(&ports, netns, false, e);
}

static int configure_host(const struct lab_options *options, unsigned n, struct err *e)
{
	char netns[64], label[8], rate[32];
	struct ip_batch batch;

	lab_host_name(n, label, sizeof(label));
	snprintf(netns, sizeof(netns), "%s-%s", options->name, label);
	if (ip_batch_open(&batch, e))
		return -1;
	fprintf(batch.f,
		"link set lo up\n"
		"link add br0 type bridge stp_state 0 forward_delay 0 mcast_snooping 0\n"
		"link set lan0 master br0\nlink set lan0 up\nlink set br0 up\n"
		"address add 10.10.0.%u/24 dev ctl0\nlink set ctl0 up\n"
		"address add 10.30.0.%u/24 dev mig0\nlink set mig0 up\n",
		10 + n, 10 + n);
	if (ip_batch_execute(&batch, netns, false, e))
		return -1;
	snprintf(rate, sizeof(rate), "%" PRId64 "bit", options->link_bps);
	return spawn_program(
		(const char *const[]){"tc", "-n", netns, "qdisc", "add", "dev", "mig0", "root",
			"tbf", "rate", rate, "burst", "1mb", "latency", "50ms", NULL},
		NULL, e);
}

static int configure_management(const struct lab_options *options, struct err *e)
{
	struct ip_batch batch;
	char netns[64];

	if (ip_batch_open(&batch, e))
		return -1;
	fprintf(batch.f, "link set lo up\n"
			 "address add " LAB_MANAGEMENT_ADDRESS "/24 dev lan0\nlink set lan0 up\n"
			 "address add 10.10.0.1/24 dev ctl0\nlink set ctl0 up\n");
	snprintf(netns, sizeof(netns), "%s-" LAB_MANAGEMENT, options->name);
	return ip_batch_execute(&batch, netns, false, e);
}

int network_make(const struct lab_options *options, struct err *e)
{
	if (make_namespaces(options, e) || make_switches(options, e) || make_cables(options, e) ||
		configure_management(options, e))
		return -1;
	for (unsigned n = 1; n <= options->hosts; n++)
		if (configure_host(options, n, e))
			return -1;
	return options->router ? router_make(options, e) : 0;
}

int network_remove(const char *name, struct err *e)
{
	struct lab_namespaces namespaces;
	struct ip_batch batch;

	lab_namespaces_find(name, &namespaces);
	if (ip_batch_open(&batch, e))
		return -1;
	/*
	 * If only the name was recorded, `up` started no process: an inhabited one is not the
	 * lab's.
	 */
	for (size_t i = 0; i < namespaces.count; i++)
		if (namespaces.at[i].recorded || !processes_inhabit(&namespaces.at[i].stat))
			fprintf(batch.f, "netns del %s-%s\n", name, namespaces.at[i].label);
	if (ip_batch_execute(&batch, NULL, true, e))
		return -1;
	return netns_dir_clean(name, e);
}
