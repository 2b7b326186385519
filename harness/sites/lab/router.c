/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The router: a namespace with a link to the user LAN and one to management. Whether management's
 * route to the LAN goes through the router is a setting (tune.c); the route back always exists.
 */
#include "harness/sites/lab/internal.h"

static int enable_forwarding(const void *arg, FILE *out, struct err *e)
{
	(void)arg;
	(void)out;
	return sysctl_write("/proc/sys/net/ipv4/ip_forward", "1", false, e);
}

static int execute_in(
	const struct lab_options *options, const char *label, const char *lines, struct err *e)
{
	struct ip_batch batch;
	char netns[64];

	if (ip_batch_open(&batch, e))
		return -1;
	fputs(lines, batch.f);
	snprintf(netns, sizeof(netns), "%s-%s", options->name, label);
	return ip_batch_execute(&batch, netns, false, e);
}

int router_make(const struct lab_options *options, struct err *e)
{
	const char *lab = options->name;
	char netns[PATH_MAX];
	struct ip_batch batch;

	if (ip_batch_open(&batch, e))
		return -1;
	fprintf(batch.f,
		"link add lan0 netns %s-" LAB_ROUTER " address " LAB_ROUTER_MAC " type veth "
		"peer name lan-" LAB_ROUTER " netns %s-" LAB_SWITCH "\n"
		"link add far0 netns %s-" LAB_ROUTER " type veth "
		"peer name far0 netns %s-" LAB_MANAGEMENT "\n",
		lab, lab, lab, lab);
	if (ip_batch_execute(&batch, NULL, false, e) ||
		execute_in(options, LAB_SWITCH,
			"link set lan-" LAB_ROUTER " master lan up\n"
			"route add 10.40.0.0/24 via " LAB_ROUTER_ADDRESS "\n",
			e) ||
		execute_in(options, LAB_ROUTER,
			"link set lo up\n"
			"address add " LAB_ROUTER_ADDRESS "/24 dev lan0\nlink set lan0 up\n"
			"address add 10.40.0.254/24 dev far0\nlink set far0 up\n",
			e) ||
		execute_in(options, LAB_MANAGEMENT,
			"address add 10.40.0.1/24 dev far0\nlink set far0 up\n", e))
		return -1;
	lab_netns_path(options->name, LAB_ROUTER, netns, sizeof(netns));
	return spawn_function(netns, enable_forwarding, NULL, NULL, e);
}
