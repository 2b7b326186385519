/* SPDX-License-Identifier: GPL-3.0-or-later */
/* blackout-rdp: see blackout-rdp(1) and internal.h. */
#include "probes/rdp/helper/internal.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <winpr/wlog.h>

static int serve(const struct rdp_options *options, struct credentials *credentials, struct err *e)
{
	struct pin pin = {.any = options->any_certificate};
	struct console console = {.signal_fd = -1};
	struct link_setup setup = {
		.options = options,
		.credentials = credentials,
		.pin = &pin,
		.console = &console,
	};
	int rc = -1;

	if (events_open(e) == 0 && console_open(&console, e) == 0)
		rc = session_serve(&setup, e);
	console_close(&console);
	return rc;
}

int main(int argc, char **argv)
{
	struct rdp_options options;
	struct credentials credentials = {0};
	struct err e = {0};
	int rc;

	/*
	 * Before the password is read: no core dump, and no other process may read this one's
	 * memory.
	 */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) || prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0)) {
		perror("blackout-rdp: prctl");
		return STATUS_SETUP;
	}
	signal(SIGPIPE, SIG_IGN);
	if (credentials_read(&credentials, &e) ||
		(rc = options_read(&options, argc, argv, &e)) < 0) {
		credentials_wipe(&credentials);
		fprintf(stderr, "blackout-rdp: %s\n", e.text);
		return STATUS_USAGE;
	}
	if (rc > 0)
		return STATUS_PASS;
	WLog_SetLogLevel(WLog_GetRoot(), WLOG_OFF);
	rc = serve(&options, &credentials, &e);
	credentials_wipe(&credentials);
	if (!rc)
		return STATUS_PASS;
	fprintf(stderr, "blackout-rdp: %s\n", e.text);
	return STATUS_SETUP;
}
