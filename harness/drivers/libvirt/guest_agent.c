/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Sends requests to guest agents over a virtio-serial channel in a libvirt stream, so that no byte
 * crosses the user LAN. It carries lines (harness/ops/guest_agent.h) and does not interpret them.
 * There is one exchange at a time for all VMs; its time limit begins with its turn.
 */
#include "harness/base/stop.h"
#include "harness/drivers/libvirt/internal.h"
#include "harness/ops/guest_agent.h"

#include <string.h>
#include <time.h>

/* The stream does not block, and the event loop buffers incoming bytes, so polling is cheap. */
#define RECEIVE_POLL_NS NS_PER_MS
#define WOULD_BLOCK (-2)

struct exchange {
	struct libvirt_driver *driver;
	struct lv_vm *vm;
	int64_t until_ns;
	bool stopped; /* it began after a request to stop, which therefore does not end it */
};

/* The caller holds `calls` of the stream's host. */
static void stream_end(struct lv_vm *vm)
{
	if (!vm->stream)
		return;
	virStreamAbort(vm->stream);
	virStreamFree(vm->stream);
	vm->stream = NULL;
	vm->stream_host = JOBS_NO_HOST;
	vm->owed = 0;
}

void lv_agent_close(struct libvirt_driver *d, struct lv_vm *vm)
{
	pthread_mutex_t *calls;

	if (!vm->stream)
		return;
	calls = &d->hosts[vm->stream_host].calls;
	pthread_mutex_lock(calls);
	stream_end(vm);
	pthread_mutex_unlock(calls);
}

/*
 * Pauses before the next poll of the stream. False: the time is up, the driver is being closed, or
 * the user asked to stop after the exchange began.
 */
static bool wait_for_bytes(const struct exchange *exchange)
{
	struct timespec pause = {.tv_nsec = RECEIVE_POLL_NS};
	bool closing;

	pthread_mutex_lock(&exchange->driver->lock);
	closing = exchange->driver->closing;
	pthread_mutex_unlock(&exchange->driver->lock);
	if (closing || clock_mono_ns() >= exchange->until_ns ||
		(stop_asked() && !exchange->stopped))
		return false;
	nanosleep(&pause, NULL);
	return true;
}

/* The host where the VM runs now, or JOBS_NO_HOST. The current stream's host is asked first. */
static size_t find_running(struct libvirt_driver *d, const struct lv_vm *vm)
{
	size_t first = vm->stream_host == JOBS_NO_HOST ? 0 : vm->stream_host;

	for (size_t i = 0; i < d->host_count; i++) {
		size_t host = (first + i) % d->host_count;
		virConnectPtr connection = lv_host_use(d, host);
		enum vm_state state;

		if (!connection)
			continue;
		state = lv_vm_state(connection, vm->name, NULL);
		lv_host_release(d, host, connection);
		if (state == VM_RUNNING)
			return host;
	}
	return JOBS_NO_HOST;
}

static int stream_begin(struct libvirt_driver *d, struct lv_vm *vm, size_t host, struct err *e)
{
	virConnectPtr connection = lv_host_use(d, host);
	virDomainPtr domain;
	int rc = -1;

	if (!connection)
		return lv_error_lost(e, d, host, "a guest's agent cannot be asked");
	domain = virDomainLookupByName(connection, vm->name);
	vm->stream = domain ? virStreamNew(connection, VIR_STREAM_NONBLOCK) : NULL;
	if (!vm->stream ||
		virDomainOpenChannel(domain, AGENT_PORT, vm->stream, VIR_DOMAIN_CHANNEL_FORCE)) {
		lv_error(e, d, host, "VM %s: channel " AGENT_PORT " cannot be opened", vm->name);
		if (vm->stream)
			virStreamFree(vm->stream);
		vm->stream = NULL;
		goto out;
	}
	vm->stream_host = host;
	vm->stream_generation = lv_host_generation(d, host);
	rc = 0;
out:
	if (domain)
		virDomainFree(domain);
	lv_host_release(d, host, connection);
	return rc;
}

/* Makes sure that the stream leads to the host where the VM runs now; a move needs a new one. */
static int stream_open(struct libvirt_driver *d, struct lv_vm *vm, struct err *e)
{
	size_t host = find_running(d, vm);

	if (host == JOBS_NO_HOST)
		return err_set(e,
			"VM %s: its agent cannot be asked: the VM runs on no reachable host (start "
			"it, or bring its host back)",
			vm->name);
	if (vm->stream && vm->stream_host == host &&
		vm->stream_generation == lv_host_generation(d, host))
		return 0;
	lv_agent_close(d, vm);
	return stream_begin(d, vm, host, e);
}

/* A stream uses its host's connection, so sending holds `calls`. */
static int stream_send(const struct exchange *exchange, const char *data, size_t size)
{
	pthread_mutex_t *calls = &exchange->driver->hosts[exchange->vm->stream_host].calls;
	int n;

	pthread_mutex_lock(calls);
	n = virStreamSend(exchange->vm->stream, data, size);
	pthread_mutex_unlock(calls);
	return n;
}

static int send_line(const struct exchange *exchange, const char *request, struct err *e)
{
	char line[AGENT_LINE_MAX + 1];
	size_t length, sent = 0;

	length = strcspn(request, "\n");
	if (length + 1 > AGENT_LINE_MAX)
		return err_set(e, "VM %s: a request of %zu bytes is longer than %d",
			exchange->vm->name, length + 1, AGENT_LINE_MAX);
	memcpy(line, request, length);
	line[length++] = '\n';
	while (sent < length) {
		int n = stream_send(exchange, line + sent, length - sent);

		if (n == -1)
			return lv_error(e, exchange->driver, exchange->vm->stream_host,
				"VM %s: its agent's channel broke", exchange->vm->name);
		if (n == WOULD_BLOCK && !wait_for_bytes(exchange))
			return err_set(
				e, "VM %s: its agent's channel takes no bytes", exchange->vm->name);
		if (n > 0)
			sent += (size_t)n;
	}
	return 0;
}

/* Reads one line without its LF. 0; 1: it did not come in time; -1: an error, the channel broke. */
static int read_line(const struct exchange *exchange, char *line, size_t size, struct err *e)
{
	size_t length = 0;
	char byte;

	for (;;) {
		int n = virStreamRecv(exchange->vm->stream, &byte, 1);

		if (n == WOULD_BLOCK) {
			if (!wait_for_bytes(exchange))
				return 1;
			continue;
		}
		if (n == 0)
			return err_set(
				e, "VM %s: its agent's channel was closed", exchange->vm->name);
		if (n < 0)
			return lv_error(e, exchange->driver, exchange->vm->stream_host,
				"VM %s: its agent's channel broke", exchange->vm->name);
		if (byte == '\n')
			break;
		if (length + 1 >= size)
			return err_set(e, "VM %s: its agent's response is longer than %zu bytes",
				exchange->vm->name, size - 1);
		line[length++] = byte;
	}
	line[length] = '\0';
	return 0;
}

/* Discards late responses to requests that timed out. -1: the channel broke. */
static int drain(struct lv_vm *vm)
{
	char bytes[512];
	int n;

	while ((n = virStreamRecv(vm->stream, bytes, sizeof(bytes))) > 0)
		for (int i = 0; i < n; i++)
			if (bytes[i] == '\n' && vm->owed)
				vm->owed--;
	return n == WOULD_BLOCK ? 0 : -1;
}

/*
 * Sends a request and reads its response. Responses come in the order of the requests, so those
 * still owed are read and discarded first.
 */
static int exchange_lines(const struct exchange *exchange, const char *request, char *response,
	size_t size, struct err *e)
{
	struct lv_vm *vm = exchange->vm;
	unsigned owed;
	int rc;

	if (send_line(exchange, request, e))
		return -1;
	owed = vm->owed++;
	do {
		rc = read_line(exchange, response, size, e);
		if (rc == 0)
			vm->owed--;
	} while (rc == 0 && vm->owed > 0);
	if (rc <= 0)
		return rc;
	if (owed)
		lv_agent_close(exchange->driver, vm); /* silent twice: expect no owed response */
	return err_set(e,
		"VM %s: its agent does not respond (check that the guest runs it and that the VM "
		"has the virtio channel " AGENT_PORT ")",
		vm->name);
}

int lv_agent(struct libvirt_driver *d, const char *name, const char *request, char *response,
	size_t size, int64_t timeout_ns, struct err *e)
{
	struct exchange exchange = {.driver = d, .stopped = stop_asked()};
	int rc = -1;

	exchange.vm = lv_vm_observe(d, name);
	if (!exchange.vm)
		return err_set(e, "out of memory");
	pthread_mutex_lock(&d->agent_lock);
	exchange.until_ns = clock_mono_ns() + timeout_ns;
	if (stream_open(d, exchange.vm, e))
		goto out;
	/* If the channel broke since the last exchange, it is opened anew before the request. */
	if (drain(exchange.vm)) {
		lv_agent_close(d, exchange.vm);
		if (stream_open(d, exchange.vm, e))
			goto out;
	}
	rc = exchange_lines(&exchange, request, response, size, e);
	if (rc && exchange.vm->owed == 0)
		lv_agent_close(d, exchange.vm);
out:
	pthread_mutex_unlock(&d->agent_lock);
	return rc;
}
