/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Starts the remote-desktop server, in images that have one. */
#include "tools/guest/agent/internal.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#define SERVER "/usr/sbin/xrdp"

bool desktop_is_installed(void)
{
	return access(SERVER, X_OK) == 0;
}

void desktop_start(void)
{
	pid_t pid;

	if (!desktop_is_installed()) {
		agent_log("blackout.rdp=1: this image has no " SERVER);
		return;
	}
	pid = fork();
	if (pid < 0)
		agent_log(SERVER ": %s", strerror(errno));
	if (pid)
		return;
	/* xrdp waits for its children, which serve the sessions. */
	signal(SIGCHLD, SIG_DFL);
	signal(SIGPIPE, SIG_DFL);
	execl(SERVER, SERVER, "--nodaemon", (char *)NULL);
	agent_log(SERVER ": %s", strerror(errno));
	_exit(1);
}
