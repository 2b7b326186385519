/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * rdp-server ADDRESS PORT CERTIFICATE KEY SAM PASSWORD - a remote-desktop server for tests: takes
 * the user "tester" with that password by network-level authentication, which xrdp has not, and
 * then draws nothing. One client at a time, until it is killed. SAM is a file that it writes.
 */
#include <stdio.h> /* first: winpr's headers need it */

#include <freerdp/freerdp.h>
#include <freerdp/listener.h>
#include <freerdp/peer.h>
#include <stdlib.h>
#include <string.h>
#include <winpr/ntlm.h>
#include <winpr/ssl.h>
#include <winpr/synch.h>
#include <winpr/wlog.h>

struct files {
	const char *certificate, *key, *sam;
};

/* user:domain:LM hash:NT hash::: */
static int write_sam(const char *path, const char *password)
{
	WCHAR wide[64];
	BYTE hash[16];
	size_t length = strlen(password);
	FILE *f = fopen(path, "w");

	if (!f || length >= 64)
		return -1;
	for (size_t i = 0; i < length; i++)
		wide[i] = (WCHAR)password[i];
	if (!NTOWFv1W(wide, (UINT32)(2 * length), hash))
		return -1;
	fprintf(f, "tester:::");
	for (size_t i = 0; i < sizeof(hash); i++)
		fprintf(f, "%02x", hash[i]);
	fprintf(f, ":::\n");
	return fclose(f);
}

static BOOL yes(freerdp_peer *peer)
{
	(void)peer;
	return TRUE;
}

static BOOL prepare(freerdp_peer *peer, const struct files *files)
{
	rdpSettings *settings;

	peer->ContextSize = sizeof(rdpContext);
	if (!freerdp_peer_context_new(peer))
		return FALSE;
	settings = peer->settings;
	settings->RdpSecurity = settings->TlsSecurity = FALSE;
	settings->NlaSecurity = TRUE;
	peer->PostConnect = yes;
	peer->Activate = yes;
	return freerdp_settings_set_string(settings, FreeRDP_CertificateFile, files->certificate) &&
	       freerdp_settings_set_string(settings, FreeRDP_PrivateKeyFile, files->key) &&
	       freerdp_settings_set_string(settings, FreeRDP_NtlmSamFile, files->sam) &&
	       peer->Initialize(peer);
}

static BOOL serve(freerdp_listener *listener, freerdp_peer *peer)
{
	HANDLE handles[32];
	DWORD count;

	if (prepare(peer, listener->info))
		while ((count = peer->GetEventHandles(peer, handles, 32)) > 0 &&
			WaitForMultipleObjects(count, handles, FALSE, INFINITE) != WAIT_FAILED &&
			peer->CheckFileDescriptor(peer))
			;
	peer->Disconnect(peer);
	freerdp_peer_context_free(peer);
	freerdp_peer_free(peer);
	return TRUE;
}

int main(int argc, char **argv)
{
	freerdp_listener *listener = freerdp_listener_new();
	struct files files;
	HANDLE handles[32];
	DWORD count;

	if (argc != 7 || !listener) {
		fprintf(stderr, "usage: rdp-server ADDRESS PORT CERTIFICATE KEY SAM PASSWORD\n");
		return 2;
	}
	if (!winpr_InitializeSSL(WINPR_SSL_INIT_DEFAULT) || write_sam(argv[5], argv[6])) {
		fprintf(stderr, "rdp-server: %s cannot be written\n", argv[5]);
		return 1;
	}
	files = (struct files){.certificate = argv[3], .key = argv[4], .sam = argv[5]};
	WLog_SetLogLevel(WLog_GetRoot(), WLOG_OFF);
	listener->info = &files;
	listener->PeerAccepted = serve;
	if (!listener->Open(listener, argv[1], (UINT16)atoi(argv[2]))) {
		fprintf(stderr, "rdp-server: %s port %s cannot be listened at\n", argv[1], argv[2]);
		return 1;
	}
	while ((count = listener->GetEventHandles(listener, handles, 32)) > 0 &&
		WaitForMultipleObjects(count, handles, FALSE, INFINITE) != WAIT_FAILED &&
		listener->CheckFileDescriptor(listener))
		;
	return 0;
}
