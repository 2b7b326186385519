/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The user's cluster as a site: the plan names hosts, VMs and addresses; nothing is brought up or
 * taken down. The driver checks whether the hosts can be reached.
 */
#include "harness/sites/cluster.h"

#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "harness/ops/guest_agent.h"
#include "harness/plan/settings.h"

#define XML_MAX_BYTES (1 << 20)

struct cluster_site {
	struct site base;
	const struct plan *plan;
	struct host_address *hosts;
	size_t host_count;
	char station[PATH_MAX]; /* the result of the last station_netns */
};

static int cluster_close(struct site *base, struct err *e)
{
	struct cluster_site *site = site_downcast(base, &site_cluster);

	(void)e;
	free(site->hosts);
	free(site);
	return 0;
}

static int copy_text(char *buf, size_t size, const char *text, const char *what, struct err *e)
{
	if (snprintf(buf, size, "%s", text) >= (int)size)
		return err_set(
			e, "%s: '%.60s…' is longer than %zu characters", what, text, size - 1);
	return 0;
}

static int read_hosts(struct cluster_site *site, struct err *e)
{
	site->host_count = plan_section_count(site->plan, SECTION_HOST);
	/* One more: a plan with external moves may have no host, and calloc(0) may return NULL. */
	site->hosts = calloc(site->host_count + 1, sizeof(*site->hosts));
	if (!site->hosts)
		return err_set(e, "out of memory");
	for (size_t i = 0; i < site->host_count; i++) {
		const struct plan_section *section = plan_section_at(site->plan, SECTION_HOST, i);
		struct host_address *host = &site->hosts[i];

		if (copy_text(host->name, sizeof(host->name), plan_section_name(section), "[host]",
			    e) ||
			copy_text(host->uri, sizeof(host->uri), host_settings_of(section).uri,
				"[host] uri", e))
			return -1;
	}
	return 0;
}

static int cluster_open(struct site **opened, const struct plan *plan, FILE *say, struct err *e)
{
	struct cluster_site *site = calloc(1, sizeof(*site));
	struct err ignored;

	(void)say;
	if (!site)
		return err_set(e, "out of memory");
	site->base.ops = &site_cluster;
	site->plan = plan;
	if (read_hosts(site, e)) {
		cluster_close(&site->base, &ignored);
		return -1;
	}
	*opened = &site->base;
	return 0;
}

static size_t cluster_hosts(struct site *base, const struct host_address **hosts)
{
	struct cluster_site *site = site_downcast(base, &site_cluster);

	*hosts = site->hosts;
	return site->host_count;
}

static bool is_vm(const struct cluster_site *site, const struct plan_section *section)
{
	return plan_section_find(site->plan, SECTION_VM, plan_section_name(section)) == section;
}

/* Converts a host name or numeric address to a numeric address, the resolver's first. */
static int resolve(const char *text, char *buf, size_t size, struct err *e)
{
	struct addrinfo hints = {.ai_socktype = SOCK_DGRAM, .ai_flags = AI_ADDRCONFIG}, *found;
	int rc = getaddrinfo(text, NULL, &hints, &found);

	if (rc)
		return err_set(e,
			"%.100s cannot be resolved: %s (a numeric address needs no resolver)", text,
			rc == EAI_SYSTEM ? strerror(errno) : gai_strerror(rc));
	rc = getnameinfo(
		found->ai_addr, found->ai_addrlen, buf, (socklen_t)size, NULL, 0, NI_NUMERICHOST);
	freeaddrinfo(found);
	return rc ? err_set(e, "%.100s: %s", text, gai_strerror(rc)) : 0;
}

static int cluster_target(struct site *base, const struct plan_section *section,
	struct probe_target *target, struct err *e)
{
	struct cluster_site *site = site_downcast(base, &site_cluster);
	bool vm = is_vm(site, section);
	const char *name = plan_section_name(section);
	const char *text =
		vm ? vm_settings_of(NULL, section).address : control_settings_of(section).target;

	*target = (struct probe_target){.port = AGENT_SESSION_PORT};
	if (copy_text(target->name, sizeof(target->name), name, vm ? "[vm]" : "[control]", e))
		return -1;
	if (!text)
		return err_set(e, "[vm %s] lacks the address for probes (address = …)", name);
	if (!vm && strcmp(text, "lab-switch") == 0)
		return err_set(e,
			"[control %s] target = lab-switch exists only in the lab; give an address "
			"that never goes silent, such as the router's",
			name);
	if (resolve(text, target->address, sizeof(target->address), e))
		return err_prefix(e, "[%s %s]", vm ? "vm" : "control", name);
	return 0;
}

/* A plan may omit the size of a VM that is not owned; the size is then 0. */
static int64_t number_or_0(int64_t number)
{
	return number == NS_NONE ? 0 : number;
}

static int cluster_vm(struct site *base, const struct plan_case *plan_case,
	const struct plan_section *section, struct vm_spec *vm, struct err *e)
{
	const struct vm_settings settings = vm_settings_of(plan_case, section);
	struct probe_target target;

	*vm = (struct vm_spec){.owned = settings.owned,
		.memory_bytes = (uint64_t)number_or_0(settings.memory_bytes),
		.vcpus = (unsigned)number_or_0(settings.vcpus)};
	if (cluster_target(base, section, &target, e))
		return -1;
	snprintf(vm->name, sizeof(vm->name), "%s", target.name);
	snprintf(vm->address, sizeof(vm->address), "%s", target.address);
	if (!vm->owned)
		return 0;
	if (!settings.xml)
		return err_set(e,
			"[vm %s] is owned, but has no domain XML to be made from (xml = FILE, "
			"or owned = no)",
			vm->name);
	if (file_read(settings.xml, XML_MAX_BYTES, &vm->definition, NULL, e))
		return err_prefix(e, "[vm %s] xml", vm->name);
	return 0;
}

static const char *cluster_station_netns(struct site *base, const struct plan_section *station)
{
	struct cluster_site *site = site_downcast(base, &site_cluster);
	const char *netns = station_settings_of(station).netns;

	if (!netns)
		return NULL;
	snprintf(site->station, sizeof(site->station), "%s%s",
		strchr(netns, '/') ? "" : "/run/netns/", netns);
	return site->station;
}

static const char *cluster_driver_netns(struct site *site)
{
	(void)site;
	return NULL;
}

static char *cluster_environment(struct site *base)
{
	struct cluster_site *site = site_downcast(base, &site_cluster);
	json_t *root = json_object(), *hosts = json_object();
	struct utsname name;
	char *text;

	json_object_set_new(root, "site", json_string("cluster"));
	for (size_t i = 0; i < site->host_count; i++)
		json_object_set_new(hosts, site->hosts[i].name, json_string(site->hosts[i].uri));
	json_object_set_new(root, "hosts", hosts);
	if (uname(&name) == 0)
		json_object_set_new(root, "kernel", json_string(name.release));
	text = json_dumps(root, JSON_INDENT(2));
	json_decref(root);
	return text;
}

const struct site_ops site_cluster = {
	.name = "cluster",
	.help = "your own hosts, as the plan's [host NAME] sections name them",
	.open = cluster_open,
	.close = cluster_close,
	.hosts = cluster_hosts,
	.vm = cluster_vm,
	.target = cluster_target,
	.station_netns = cluster_station_netns,
	.driver_netns = cluster_driver_netns,
	.environment = cluster_environment,
};
