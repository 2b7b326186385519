/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * agent-say URI VM WORDS - one line to a guest's agent, its answer on standard output: how the
 * tests flip a page of a guest's memory on purpose, behind the harness's back.
 */
#include "harness/ops/guest_agent.h"

#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>
#include <stdio.h>
#include <string.h>

static int say(virStreamPtr stream, const char *words)
{
	char line[AGENT_LINE_MAX];
	int n = snprintf(line, sizeof(line), "%s\n", words);

	if (virStreamSend(stream, line, (size_t)n) != n)
		return -1;
	do {
		n = virStreamRecv(stream, line, sizeof(line) - 1);
		if (n <= 0)
			return -1;
		line[n] = '\0';
		fputs(line, stdout);
	} while (!strchr(line, '\n'));
	return 0;
}

int main(int argc, char **argv)
{
	virConnectPtr host = argc == 4 ? virConnectOpen(argv[1]) : NULL;
	virDomainPtr vm = host ? virDomainLookupByName(host, argv[2]) : NULL;
	virStreamPtr stream = vm ? virStreamNew(host, 0) : NULL;
	int rc = 1;

	if (stream && virDomainOpenChannel(vm, AGENT_PORT, stream, VIR_DOMAIN_CHANNEL_FORCE) == 0)
		rc = say(stream, argv[3]) ? 1 : 0;
	if (stream)
		virStreamFree(stream);
	if (vm)
		virDomainFree(vm);
	if (host)
		virConnectClose(host);
	return rc;
}
