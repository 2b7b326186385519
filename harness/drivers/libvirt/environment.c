/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The libvirt driver's description of its hosts (versions, CPU, memory): reported, not judged. */
#include "harness/drivers/libvirt/internal.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* "9.0.0" from libvirt's 9000000. */
static void set_version(json_t *object, const char *key, unsigned long version)
{
	json_object_set_new(object, key,
		json_sprintf(
			"%lu.%lu.%lu", version / 1000000, version / 1000 % 1000, version % 1000));
}

/* The host's CPU model is the first <model> in <cpu>; those of guests follow. */
static void set_cpu_model(json_t *object, const char *capabilities)
{
	static const char open[] = "<model>";
	const char *cpu = strstr(capabilities, "<cpu>");
	const char *model = cpu ? strstr(cpu, open) : NULL;
	const char *end = model ? strchr(model + strlen(open), '<') : NULL;

	if (!end)
		return;
	model += strlen(open);
	json_object_set_new(object, "cpu_model", json_stringn(model, (size_t)(end - model)));
}

static void describe(json_t *object, virConnectPtr connection)
{
	unsigned long version;
	virNodeInfo node;
	char *text;

	text = virConnectGetHostname(connection);
	if (text)
		json_object_set_new(object, "hostname", json_string(text));
	free(text);
	if (virConnectGetType(connection))
		json_object_set_new(
			object, "hypervisor", json_string(virConnectGetType(connection)));
	if (virConnectGetVersion(connection, &version) == 0)
		set_version(object, "hypervisor_version", version);
	if (virConnectGetLibVersion(connection, &version) == 0)
		set_version(object, "libvirt_version", version);
	if (virNodeGetInfo(connection, &node) == 0) {
		json_object_set_new(object, "architecture", json_string(node.model));
		json_object_set_new(object, "cpus", json_integer(node.cpus));
		json_object_set_new(object, "cpu_mhz", json_integer(node.mhz));
		json_object_set_new(object, "sockets", json_integer(node.sockets));
		json_object_set_new(object, "cores", json_integer(node.cores));
		json_object_set_new(object, "threads", json_integer(node.threads));
		json_object_set_new(
			object, "memory_bytes", json_integer((json_int_t)node.memory * 1024));
	}
	text = virConnectGetCapabilities(connection);
	if (text) {
		set_cpu_model(object, text);
		json_object_set_new(
			object, "kvm", json_boolean(strstr(text, "<domain type='kvm'") != NULL));
	}
	free(text);
}

char *lv_environment(struct libvirt_driver *d)
{
	json_t *root = json_object(), *hosts = json_array();
	unsigned long version;
	char *text;

	json_object_set_new(root, "driver", json_string("libvirt"));
	if (virGetVersion(&version, NULL, NULL) == 0)
		set_version(root, "client_version", version);
	json_object_set_new(root, "keepalive_s",
		json_integer(LV_KEEPALIVE_INTERVAL_S * (LV_KEEPALIVE_COUNT + 1)));
	json_object_set_new(root, "poll_ms", json_integer(LV_POLL_NS / NS_PER_MS));
	for (size_t i = 0; i < d->host_count; i++) {
		virConnectPtr connection = lv_host_use(d, i);
		json_t *host = json_object();

		json_object_set_new(host, "name", json_string(d->hosts[i].address.name));
		json_object_set_new(host, "uri", json_string(d->hosts[i].address.uri));
		json_object_set_new(host, "reachable", json_boolean(connection != NULL));
		if (connection) {
			describe(host, connection);
			lv_host_release(d, i, connection);
		}
		json_array_append_new(hosts, host);
	}
	json_object_set_new(root, "hosts", hosts);
	text = json_dumps(root, JSON_INDENT(2));
	json_decref(root);
	return text;
}
