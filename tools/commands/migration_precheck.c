/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inspects two hypervisors: see migration_precheck.h. */
#include "tools/commands/migration_precheck.h"

#include "harness/base/text.h"
#include "harness/plan/plan.h"

#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>
#include <libxml/xpath.h>
#include <stdlib.h>
#include <string.h>

struct host {
	const char *uri;
	virConnectPtr connection;
	char *name;
	virDomainPtr *vms; /* running */
	int vm_count;
	virNetworkPtr *networks; /* active */
	int network_count;
};

struct precheck {
	struct host host[2];
	size_t host_index; /* of the host where `vm` runs */
	virDomainPtr vm;   /* NULL: none that a plan can name */
	char address[64];
};

/* Suppresses libvirt's own messages: errors are reported here, once. */
static void ignore_error(void *unused, virErrorPtr error)
{
	(void)unused;
	(void)error;
}

static int open_host(struct host *host, const char *uri, struct err *e)
{
	host->uri = uri;
	host->connection = virConnectOpenReadOnly(uri);
	if (!host->connection)
		return err_set(e, "%.200s: cannot be reached: %s", uri, virGetLastErrorMessage());
	host->name = virConnectGetHostname(host->connection);
	host->vm_count = virConnectListAllDomains(
		host->connection, &host->vms, VIR_CONNECT_LIST_DOMAINS_ACTIVE);
	if (host->vm_count < 0)
		return err_set(
			e, "%.200s: its VMs cannot be listed: %s", uri, virGetLastErrorMessage());
	host->network_count = virConnectListAllNetworks(
		host->connection, &host->networks, VIR_CONNECT_LIST_NETWORKS_ACTIVE);
	return 0;
}

static void find_address(struct precheck *precheck)
{
	virDomainInterfacePtr *found = NULL;
	int n = virDomainInterfaceAddresses(
		precheck->vm, &found, VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_LEASE, 0);

	if (n <= 0)
		n = virDomainInterfaceAddresses(
			precheck->vm, &found, VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_ARP, 0);
	for (int i = 0; i < n; i++) {
		if (!*precheck->address && found[i]->naddrs)
			snprintf(precheck->address, sizeof(precheck->address), "%s",
				found[i]->addrs[0].addr);
		virDomainInterfaceFree(found[i]);
	}
	free(found);
}

/* Chooses the first VM whose name is valid in a plan. */
static void choose_vm(struct precheck *precheck)
{
	for (size_t i = 0; i < 2 && !precheck->vm; i++) {
		const struct host *host = &precheck->host[i];

		for (int k = 0; k < host->vm_count && !precheck->vm; k++)
			if (plan_name_valid(virDomainGetName(host->vms[k])))
				precheck->vm = host->vms[k];
		precheck->host_index = i;
	}
}

int precheck_new(struct precheck **opened, const char *const uri[2], struct err *e)
{
	struct precheck *precheck = calloc(1, sizeof(*precheck));

	if (!precheck)
		return err_set(e, "out of memory");
	virSetErrorFunc(NULL, ignore_error);
	for (size_t i = 0; i < 2; i++) {
		if (open_host(&precheck->host[i], uri[i], e)) {
			precheck_free(precheck);
			return -1;
		}
	}
	choose_vm(precheck);
	if (precheck->vm)
		find_address(precheck);
	*opened = precheck;
	return 0;
}

void precheck_free(struct precheck *precheck)
{
	for (size_t i = 0; i < 2; i++) {
		struct host *host = &precheck->host[i];

		for (int k = 0; k < host->vm_count; k++)
			virDomainFree(host->vms[k]);
		for (int k = 0; k < host->network_count; k++)
			virNetworkFree(host->networks[k]);
		free(host->vms);
		free(host->networks);
		free(host->name);
		if (host->connection)
			virConnectClose(host->connection);
	}
	free(precheck);
}

const char *precheck_vm(const struct precheck *precheck)
{
	return precheck->vm ? virDomainGetName(precheck->vm) : NULL;
}

bool precheck_any_vm_runs(const struct precheck *precheck)
{
	return precheck->host[0].vm_count > 0 || precheck->host[1].vm_count > 0;
}

size_t precheck_host_index(const struct precheck *precheck)
{
	return precheck->host_index;
}

const char *precheck_address(const struct precheck *precheck)
{
	return *precheck->address ? precheck->address : NULL;
}

static void print_host(FILE *f, const struct host *host)
{
	unsigned long version = 0;

	virConnectGetVersion(host->connection, &version);
	fprintf(f, "%s (%s)\n  hypervisor: %s %lu.%lu.%lu\n  running VMs:", host->uri,
		host->name ? host->name : "no name", virConnectGetType(host->connection),
		version / 1000000, version / 1000 % 1000, version % 1000);
	for (int i = 0; i < host->vm_count; i++) {
		const char *name = virDomainGetName(host->vms[i]);

		fprintf(f, " %s%s", name, plan_name_valid(name) ? "" : " (no name for a plan)");
	}
	fprintf(f, "%s\n  networks:", host->vm_count ? "" : " none");
	for (int i = 0; i < host->network_count; i++)
		fprintf(f, " %s", virNetworkGetName(host->networks[i]));
	fprintf(f, "%s\n", host->network_count > 0 ? "" : " none that libvirt knows");
}

static bool has_network(const struct host *host, const char *name)
{
	for (int i = 0; i < host->network_count; i++)
		if (strcmp(virNetworkGetName(host->networks[i]), name) == 0)
			return true;
	return false;
}

static bool has_volume(const struct host *host, const char *path)
{
	virStorageVolPtr volume = virStorageVolLookupByPath(host->connection, path);

	if (!volume)
		return false;
	virStorageVolFree(volume);
	return true;
}

static unsigned print_network(FILE *f, const struct host *to, const char *name)
{
	if (has_network(to, name))
		return 0;
	fprintf(f, "  - its network %s is not active on %s\n", name, to->uri);
	return 1;
}

static unsigned print_disk(FILE *f, const struct host *to, const char *path)
{
	if (has_volume(to, path))
		return 0;
	fprintf(f,
		"  - its disk %s must be on storage that both hosts see under that name: libvirt on %s "
		"knows no such volume\n",
		path, to->uri);
	return 1;
}

static unsigned print_device(FILE *f, const struct host *to, const char *type)
{
	(void)to;
	fprintf(f,
		"  - it has a device of the host passed through (%s): such a VM cannot be moved live\n",
		type);
	return 1;
}

/* Calls `print` with the value of every attribute that an XPath finds. */
static unsigned each_value(FILE *f, xmlXPathContextPtr context, const char *path,
	const struct host *to, unsigned (*print)(FILE *, const struct host *, const char *))
{
	xmlXPathObjectPtr found = xmlXPathEval(BAD_CAST(path), context);
	unsigned hindrances = 0;

	for (int i = 0; found && found->nodesetval && i < found->nodesetval->nodeNr; i++) {
		xmlChar *value = xmlNodeGetContent(found->nodesetval->nodeTab[i]);

		if (value)
			hindrances += print(f, to, (const char *)value);
		xmlFree(value);
	}
	xmlXPathFreeObject(found);
	return hindrances;
}

/* Prints the hindrances in the VM's definition. Returns their number. */
static unsigned print_definition(FILE *f, const struct precheck *precheck, const struct host *to)
{
	static const struct {
		const char *path;
		unsigned (*print)(FILE *, const struct host *, const char *);
	} rows[] = {
		{"/domain/devices/interface/source/@network", print_network},
		{"/domain/devices/disk[not(@device) or @device='disk']/source/@*[name()='file' or "
		 "name()='dev']",
			print_disk},
		{"/domain/devices/hostdev/@type", print_device},
	};
	char *xml = virDomainGetXMLDesc(precheck->vm, 0);
	xmlDocPtr doc = xml ? xmlReadDoc(BAD_CAST(xml), NULL, NULL, XML_PARSE_NOERROR) : NULL;
	xmlXPathContextPtr context = doc ? xmlXPathNewContext(doc) : NULL;
	unsigned hindrances = 0;

	for (size_t i = 0; context && i < ARRAY_SIZE(rows); i++)
		hindrances += each_value(f, context, rows[i].path, to, rows[i].print);
	xmlXPathFreeContext(context);
	xmlFreeDoc(doc);
	free(xml);
	return hindrances;
}

/* Prints the hindrances in the two hosts. Returns their number. */
static unsigned print_hosts(
	FILE *f, const struct precheck *precheck, const struct host *from, const struct host *to)
{
	const char *name = precheck_vm(precheck), *other = virConnectGetType(to->connection);
	unsigned long source_version = 0, destination_version = 0;
	unsigned hindrances = 0;
	virDomainPtr there;

	if (strcmp(virConnectGetType(from->connection), other) != 0 && ++hindrances)
		fprintf(f, "  - %s is %s, %s is %s\n", from->uri,
			virConnectGetType(from->connection), to->uri, other);
	if (from->name && to->name && strcmp(from->name, to->name) == 0 && ++hindrances)
		fprintf(f, "  - both call themselves %s: are they one host?\n", from->name);
	there = virDomainLookupByName(to->connection, name);
	if (there && ++hindrances)
		fprintf(f,
			"  - %s is defined on %s, too: another VM of that name, or what a move left\n",
			name, to->uri);
	if (there)
		virDomainFree(there);
	virConnectGetVersion(from->connection, &source_version);
	virConnectGetVersion(to->connection, &destination_version);
	if (destination_version < source_version && ++hindrances)
		fprintf(f,
			"  - the hypervisor on %s is older: it may not know the VM's machine type\n",
			to->uri);
	return hindrances;
}

static void print_all(FILE *f, const struct precheck *precheck)
{
	const struct host *from = &precheck->host[precheck->host_index];
	const struct host *to = &precheck->host[1 - precheck->host_index];

	for (size_t i = 0; i < 2; i++)
		print_host(f, &precheck->host[i]);
	if (!precheck->vm)
		return;
	fprintf(f, "%s, from %s to %s: what may hinder a live migration\n", precheck_vm(precheck),
		from->uri, to->uri);
	if (print_hosts(f, precheck, from, to) + print_definition(f, precheck, to) == 0)
		fputs("  nothing that can be seen from here\n", f);
}

int precheck_print(FILE *f, const struct precheck *precheck, struct err *e)
{
	char *text = NULL, *safe;
	size_t length = 0;
	FILE *memory = open_memstream(&text, &length);

	if (!memory)
		return err_set(e, "out of memory");
	print_all(memory, precheck);
	safe = fclose(memory) ? NULL : malloc(TEXT_SAFE_BYTES(length));
	if (safe)
		fputs(text_safe_lines(text, safe, TEXT_SAFE_BYTES(length)), f);
	free(text);
	if (!safe)
		return err_set(e, "out of memory");
	free(safe);
	return 0;
}
