/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Asks the hosts' libvirt whether it responds and which VMs it has. A child process in the
 * management namespace asks, so that the caller stays single-threaded and in its own namespace.
 */
#include "harness/sites/lab/internal.h"

#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* For all hosts together. */
#define RESPONSE_TIMEOUT_NS (60 * NS_PER_S)

static void ignore_error(void *unused, virErrorPtr error)
{
	(void)unused;
	(void)error;
}

/* Writes the last line of a host's log to buf: the likely reason why the host does not respond. */
static void last_log_line(const char *lab, const char *host, char *buf, size_t size)
{
	static const char *const logs[] = {"init.log", "libvirtd.log"};

	snprintf(buf, size, "its logs are empty");
	for (size_t i = 0; i < ARRAY_SIZE(logs); i++) {
		char path[PATH_MAX], *text, *line;
		struct err ignored;
		size_t length;

		lab_path(path, lab, "/%s/log/%s", host, logs[i]);
		if (file_read(path, 1 << 24, &text, &length, &ignored))
			continue;
		while (length && text[length - 1] == '\n')
			text[--length] = '\0';
		line = strrchr(text, '\n');
		if (length)
			snprintf(buf, size, "%s: %.300s", logs[i], line ? line + 1 : text);
		free(text);
		if (length)
			return;
	}
}

static bool host_responds(unsigned n)
{
	unsigned long version;
	virConnectPtr connection;
	char uri[64];
	bool ok;

	lab_host_uri(n, uri, sizeof(uri));
	connection = virConnectOpen(uri);
	/* libvirtd knows QEMU's version only once it has probed QEMU; then it is ready. */
	ok = connection && virConnectGetVersion(connection, &version) == 0;
	if (connection)
		virConnectClose(connection);
	return ok;
}

static int wait_for_hosts(const void *arg, FILE *out, struct err *e)
{
	const struct lab_options *options = arg;
	int64_t end_ns = clock_mono_ns() + RESPONSE_TIMEOUT_NS;

	(void)out;
	virSetErrorFunc(NULL, ignore_error);
	for (unsigned n = 1; n <= options->hosts; n++) {
		char host[8], path[PATH_MAX], why[512];

		lab_host_name(n, host, sizeof(host));
		lab_path(path, options->name, "/%s/pid", host);
		while (!host_responds(n)) {
			last_log_line(options->name, host, why, sizeof(why));
			if (!process_recorded(path))
				return err_set(e, "host %s ended while starting (%s)", host, why);
			if (clock_mono_ns() > end_ns)
				return err_set(e, "host %s does not respond (%s)", host, why);
			nanosleep(&(struct timespec){.tv_nsec = 20 * NS_PER_MS}, NULL);
		}
	}
	return 0;
}

int host_query_wait(const struct lab_options *options, struct err *e)
{
	char netns[PATH_MAX];

	lab_netns_path(options->name, LAB_MANAGEMENT, netns, sizeof(netns));
	return spawn_function(netns, wait_for_hosts, options, NULL, e);
}

static const char *domain_state(virDomainPtr domain)
{
	static const char *const names[] = {"unknown", "running", "blocked", "paused",
		"shutting-down", "off", "crashed", "suspended"};
	int state, reason;

	if (virDomainGetState(domain, &state, &reason, 0) < 0 || state < 0 ||
		(size_t)state >= ARRAY_SIZE(names))
		state = 0;
	return names[state];
}

static int list_vms(const void *arg, FILE *out, struct err *e)
{
	const struct lab_status *status = arg;

	(void)e;
	virSetErrorFunc(NULL, ignore_error);
	for (unsigned n = 1; n <= status->options.hosts; n++) {
		const struct lab_host *host = &status->hosts[n - 1];
		virDomainPtr *domains = NULL;
		virConnectPtr connection;
		char uri[64];
		int count;

		if (!host->alive)
			continue;
		lab_host_uri(n, uri, sizeof(uri));
		connection = virConnectOpen(uri);
		count = connection ? virConnectListAllDomains(connection, &domains, 0) : -1;
		if (count < 0)
			fprintf(out, "%s does not respond\n", host->name);
		for (int i = 0; i < count; i++) {
			fprintf(out, "%s %s %s\n", host->name, virDomainGetName(domains[i]),
				domain_state(domains[i]));
			virDomainFree(domains[i]);
		}
		free(domains);
		if (connection)
			virConnectClose(connection);
	}
	return 0;
}

int lab_vms(const struct lab_status *status, char **lines, struct err *e)
{
	char netns[PATH_MAX];

	lab_netns_path(status->options.name, LAB_MANAGEMENT, netns, sizeof(netns));
	return spawn_function(netns, list_vms, status, lines, e);
}
