/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One connection to a remote-desktop server, by libfreerdp, without a window. Its only event is
 * that the certificate has changed: the session interprets frames and the connection's end.
 */
#include "probes/rdp/helper/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <freerdp/freerdp.h>
#include <freerdp/gdi/gdi.h>
#include <freerdp/input.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <winpr/synch.h>

#define HANDLES_MAX 64

struct link {
	freerdp *rdp;
	const struct link_setup *setup;
	int fd; /* a duplicate of the socket: shutting it down ends any wait for the server */
	bool connected;
	HANDLE console[2]; /* standard input and signal_fd */
};

struct link_context {
	rdpContext rdp;
	struct link *link;
};

static struct link *link_of(const rdpContext *context)
{
	return ((const struct link_context *)(const void *)context)->link;
}

/* libfreerdp calls this after each update from the server. */
static BOOL end_paint(rdpContext *context)
{
	const struct link_setup *setup = link_of(context)->setup;
	int64_t now_ns = clock_mono_ns();
	HGDI_WND window = context->gdi->primary->hdc->hwnd;
	HGDI_RGN drawn = window->invalid;

	if (drawn->null)
		return TRUE;
	setup->on_frame(setup->ctx, now_ns, &(struct rect){drawn->x, drawn->y, drawn->w, drawn->h});
	/* The client must clear this, or each frame would include everything drawn before. */
	drawn->null = TRUE;
	window->ninvalid = 0;
	return TRUE;
}

/* A handler that ignores an update. */
#define IGNORE(name, what)                                        \
	static BOOL name(rdpContext *context, const what *update) \
	{                                                         \
		(void)context, (void)update;                      \
		return TRUE;                                      \
	}

IGNORE(no_color_pointer, POINTER_COLOR_UPDATE)
IGNORE(no_new_pointer, POINTER_NEW_UPDATE)
IGNORE(no_large_pointer, POINTER_LARGE_UPDATE)
IGNORE(no_cached_pointer, POINTER_CACHED_UPDATE)

static BOOL post_connect(freerdp *rdp)
{
	rdpPointerUpdate *pointer = rdp->update->pointer;

	/* gdi_init sets handlers, too, so it comes first. */
	if (!gdi_init(rdp, PIXEL_FORMAT_BGRX32))
		return FALSE;
	rdp->update->EndPaint = end_paint;
	/* The pointer is not needed, and libfreerdp 2.11 leaks the memory of pointer shapes. */
	pointer->PointerColor = no_color_pointer;
	pointer->PointerNew = no_new_pointer;
	pointer->PointerLarge = no_large_pointer;
	pointer->PointerCached = no_cached_pointer;
	return TRUE;
}

static int verify(
	freerdp *rdp, const BYTE *pem, size_t length, const char *host, UINT16 port, DWORD flags)
{
	(void)host, (void)port, (void)flags;
	return pin_accepts(link_of(rdp->context)->setup->pin, pem, length) ? 2 : 0;
}

/* Called if credentials are missing: there is no user to ask. */
static BOOL no_question(freerdp *rdp, char **user, char **password, char **domain)
{
	(void)rdp, (void)user, (void)password, (void)domain;
	return FALSE;
}

static bool apply_settings(rdpSettings *settings, const struct link_setup *setup, int fd)
{
	const struct credentials *credentials = setup->credentials;
	char host[80];

	/* With a leading '|' libfreerdp uses a connected socket, whose descriptor is the port. */
	snprintf(host, sizeof(host), "|%s", setup->options->address);
	if (!freerdp_settings_set_string(settings, FreeRDP_ServerHostname, host))
		return false;
	settings->ServerPort = (UINT32)fd;
	if (credentials->given &&
		(!freerdp_settings_set_string(settings, FreeRDP_Username, credentials->user) ||
			!freerdp_settings_set_string(
				settings, FreeRDP_Password, credentials->password)))
		return false;
	settings->NlaSecurity = settings->AutoLogonEnabled = credentials->given;
	settings->RdpSecurity = FALSE;
	settings->TlsSecurity = TRUE;
	settings->ExternalCertificateManagement = TRUE;
	settings->DesktopWidth = SCREEN_WIDTH;
	settings->DesktopHeight = SCREEN_HEIGHT;
	settings->ColorDepth = 32;
	settings->SoftwareGdi = settings->FastPathOutput = settings->FastPathInput = TRUE;
	settings->AutoReconnectionEnabled = FALSE;
	settings->TcpAckTimeout = (UINT32)(setup->options->ack_timeout_ns / NS_PER_MS);
	return true;
}

static void abort_connect(void *ctx)
{
	freerdp_abort_connect(ctx);
}

static bool is_final(UINT32 error)
{
	return error == FREERDP_ERROR_CONNECT_LOGON_FAILURE ||
	       error == FREERDP_ERROR_CONNECT_WRONG_PASSWORD ||
	       error == FREERDP_ERROR_CONNECT_ACCOUNT_LOCKED_OUT ||
	       error == FREERDP_ERROR_CONNECT_ACCOUNT_DISABLED ||
	       error == FREERDP_ERROR_CONNECT_ACCOUNT_EXPIRED ||
	       error == FREERDP_ERROR_CONNECT_PASSWORD_EXPIRED ||
	       error == FREERDP_ERROR_CONNECT_ACCESS_DENIED;
}

static void set_rdp_failure(struct failure *failure, rdpContext *context, int code)
{
	UINT32 error = freerdp_get_last_error(context);

	failure->final = is_final(error);
	failure->code = code == EAGAIN || code == EINPROGRESS ? 0 : code;
	snprintf(failure->name, sizeof(failure->name), "%s", freerdp_get_last_error_name(error));
	snprintf(failure->why, sizeof(failure->why), "%s", freerdp_get_last_error_string(error));
}

/*
 * Sets the failure for a server that closed the connection during the handshake. libfreerdp then
 * tries again with the closed socket, so its error is useless.
 */
static void set_hang_up_failure(struct failure *failure, const struct link_setup *setup)
{
	bool shown = setup->credentials->given && setup->pin->shown;

	*failure = (struct failure){.final = shown && !setup->proven};
	snprintf(failure->name, sizeof(failure->name), "%s",
		shown ? "ERRCONNECT_AUTHENTICATION_FAILED" : "ERRCONNECT_CONNECT_FAILED");
	snprintf(failure->why, sizeof(failure->why), "%s",
		shown ? "the server closed the connection when it received user and password"
		      : "the server closed the connection during the handshake");
}

/* Does the handshake, at most until until_ns. Returns 0, or -1 with the failure. */
static int do_handshake(struct link *link, int64_t until_ns, struct failure *failure)
{
	struct guard guard = {
		.console = link->setup->console,
		.until_ns = until_ns,
		.fd = link->fd,
		.cut = abort_connect,
		.ctx = link->rdp,
	};
	int code = guard_start(&guard), reason;
	bool done;

	if (code) {
		failure_set_errno(failure, code, NULL);
		return -1;
	}
	link->setup->pin->shown = link->setup->pin->refused = false;
	errno = 0;
	done = freerdp_connect(link->rdp);
	code = errno;
	reason = guard_stop(&guard);
	link->connected = done;
	if (done && !reason)
		return 0;
	if (reason == ETIMEDOUT)
		failure_set_errno(
			failure, reason, "the server accepted the connection, then sent nothing");
	else if (reason)
		failure_set_errno(failure, reason, NULL);
	else if (link->setup->pin->refused)
		*failure = (struct failure){.final = true,
			.name = "CERTIFICATE_CHANGED",
			.why = "the server's certificate is not the one seen before"};
	else if (code == ENOTSOCK)
		set_hang_up_failure(failure, link->setup);
	else
		set_rdp_failure(failure, link->rdp->context, code);
	return -1;
}

static int create_context(struct link *link, int socket_fd)
{
	freerdp *rdp = link->rdp = freerdp_new();

	if (!rdp)
		return -1;
	rdp->ContextSize = sizeof(struct link_context);
	rdp->PostConnect = post_connect;
	rdp->PostDisconnect = gdi_free;
	rdp->VerifyX509Certificate = verify;
	rdp->Authenticate = no_question;
	if (!freerdp_context_new(rdp))
		return -1;
	((struct link_context *)(void *)rdp->context)->link = link;
	link->console[0] =
		CreateFileDescriptorEventA(NULL, FALSE, FALSE, STDIN_FILENO, WINPR_FD_READ);
	link->console[1] = CreateFileDescriptorEventA(
		NULL, FALSE, FALSE, link->setup->console->signal_fd, WINPR_FD_READ);
	return link->console[0] && link->console[1] &&
			       apply_settings(rdp->settings, link->setup, socket_fd)
		       ? 0
		       : -1;
}

struct link *link_open(
	const struct link_setup *setup, int64_t tcp_ns, int64_t whole_ns, struct failure *failure)
{
	int64_t start_ns = clock_mono_ns();
	struct link *link = calloc(1, sizeof(*link));
	char home[PATH_MAX] = "";
	int fd, code;

	if (!link) {
		failure_set_errno(failure, ENOMEM, NULL);
		return NULL;
	}
	link->setup = setup;
	link->fd = -1;
	fd = tcp_connect(setup->options, setup->console, start_ns + tcp_ns, failure);
	if (fd < 0)
		goto fail;
	link->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (link->fd < 0 || scratch_dir_make(home, sizeof(home)) || create_context(link, fd)) {
		code = errno;
		close(fd);
		failure_set_errno(failure, code ? code : ENOMEM, NULL);
		goto fail;
	}
	if (do_handshake(link, start_ns + whole_ns, failure))
		goto fail;
	scratch_dir_remove(home);
	return link;
fail:
	if (home[0])
		scratch_dir_remove(home);
	link_close(link);
	return NULL;
}

void link_close(struct link *link)
{
	if (!link)
		return;
	if (link->connected)
		freerdp_disconnect(link->rdp);
	if (link->rdp) {
		freerdp_context_free(link->rdp);
		freerdp_free(link->rdp);
	}
	for (size_t i = 0; i < ARRAY_SIZE(link->console); i++)
		if (link->console[i])
			CloseHandle(link->console[i]);
	if (link->fd >= 0)
		close(link->fd);
	free(link);
}

static int set_lost(struct link *link, int code, struct failure *failure)
{
	set_rdp_failure(failure, link->rdp->context, code);
	if (!failure->code && strcmp(failure->name, "FREERDP_ERROR_SUCCESS") == 0)
		snprintf(failure->why, sizeof(failure->why), "the server closed the connection");
	shutdown(link->fd, SHUT_RDWR); /* so that disconnecting does not wait for the server */
	return -1;
}

int link_serve(struct link *link, int64_t until_ns, struct failure *failure)
{
	rdpContext *context = link->rdp->context;

	for (;;) {
		HANDLE handles[HANDLES_MAX];
		DWORD count = freerdp_get_event_handles(context, handles, HANDLES_MAX - 2);
		int64_t left_ns = until_ns - clock_mono_ns();

		errno = 0;
		if (!count)
			return set_lost(link, errno, failure);
		handles[count] = link->console[0];
		handles[count + 1] = link->console[1];
		if (WaitForMultipleObjects(count + 2, handles, FALSE,
			    left_ns > 0 ? (DWORD)(left_ns / NS_PER_MS) + 1 : 0) == WAIT_FAILED ||
			!freerdp_check_event_handles(context) ||
			freerdp_shall_disconnect(link->rdp))
			return set_lost(link, errno, failure);
		console_take(link->setup->console);
		if (link->setup->console->queued || clock_mono_ns() >= until_ns)
			return 0;
	}
}

void link_request_refresh(struct link *link, const struct rect *rect)
{
	RECTANGLE_16 area = {
		/* its ends are inclusive */
		.left = (UINT16)rect->x,
		.top = (UINT16)rect->y,
		.right = (UINT16)(rect->x + rect->width - 1),
		.bottom = (UINT16)(rect->y + rect->height - 1),
	};

	link->rdp->update->RefreshRect(link->rdp->context, 1, &area);
}

/* A line of the local copy of the screen. */
static uint32_t *picture_line(const rdpGdi *gdi, int y)
{
	return (uint32_t *)(void *)(gdi->primary_buffer + (size_t)y * (size_t)gdi->stride);
}

void link_request_picture(struct link *link)
{
	rdpGdi *gdi = link->rdp->context->gdi;

	for (int y = 0; y < gdi->height; y++) {
		uint32_t *line = picture_line(gdi, y);

		for (int x = 0; x < gdi->width; x++)
			line[x] = PIXEL_NOT_SENT;
	}
	link_request_refresh(link, &(struct rect){0, 0, gdi->width, gdi->height});
}

bool link_picture_is_whole(const struct link *link)
{
	const rdpGdi *gdi = link->rdp->context->gdi;

	for (int y = 0; y < gdi->height; y++) {
		const uint32_t *line = picture_line(gdi, y);

		for (int x = 0; x < gdi->width; x++)
			if (line[x] == PIXEL_NOT_SENT)
				return false;
	}
	return true;
}

void link_copy_picture(const struct link *link, uint32_t *pixels)
{
	const rdpGdi *gdi = link->rdp->context->gdi;

	memset(pixels, 0, sizeof(*pixels) * SCREEN_WIDTH * SCREEN_HEIGHT);
	for (int y = 0; y < gdi->height && y < SCREEN_HEIGHT; y++)
		memcpy(pixels + y * SCREEN_WIDTH, picture_line(gdi, y),
			sizeof(*pixels) *
				(size_t)(gdi->width < SCREEN_WIDTH ? gdi->width : SCREEN_WIDTH));
}

void link_type_key(struct link *link, uint32_t scancode)
{
	freerdp_input_send_keyboard_event_ex(link->rdp->input, TRUE, scancode);
	freerdp_input_send_keyboard_event_ex(link->rdp->input, FALSE, scancode);
}
