/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Connections of the libvirt driver: connecting with a time-out, keepalive, detection of lost
 * hosts, and the threads of the event loop and the ticker. It reports connections to other files by
 * the callbacks in `struct libvirt_driver`.
 */
#include "harness/drivers/libvirt/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* How often facts are flushed to the file. */
#define TICK_NS (NS_PER_S / 2)

static void loop_woken(int timer, void *opaque)
{
	(void)timer;
	(void)opaque;
}

static void *loop_run(void *arg)
{
	struct libvirt_driver *d = arg;
	bool stop = false;

	while (!stop) {
		virEventRunDefaultImpl();
		pthread_mutex_lock(&d->lock);
		stop = d->loop_stop;
		pthread_mutex_unlock(&d->lock);
	}
	/* The timer now fires at once, so these calls return and libvirt frees what it deferred. */
	for (int i = 0; i < 16; i++)
		virEventRunDefaultImpl();
	lv_thread_finish(d, &d->loop);
	return NULL;
}

/* Flushes facts regularly, so that a user sees progress during a call that takes a minute. */
static void *ticker_main(void *arg)
{
	struct libvirt_driver *d = arg;

	pthread_mutex_lock(&d->lock);
	while (!d->loop_stop) {
		int64_t until_ns = clock_mono_ns() + TICK_NS;

		pthread_mutex_unlock(&d->lock);
		fact_log_tick(d->log); /* the log keeps an error, which the runner checks */
		pthread_mutex_lock(&d->lock);
		while (!d->loop_stop && lv_wait(d, until_ns))
			;
	}
	pthread_mutex_unlock(&d->lock);
	lv_thread_finish(d, &d->ticker);
	return NULL;
}

int lv_loop_start(struct libvirt_driver *d, struct err *e)
{
	d->loop_timer = virEventAddTimeout(-1, loop_woken, NULL, NULL);
	if (d->loop_timer < 0)
		return err_set(e, "libvirt: no timer: %s", virGetLastErrorMessage());
	return lv_thread_start(&d->loop, loop_run, d, e) ||
			       lv_thread_start(&d->ticker, ticker_main, d, e)
		       ? -1
		       : 0;
}

void lv_loop_stop(struct libvirt_driver *d)
{
	if (!d->loop.started)
		return;
	pthread_mutex_lock(&d->lock);
	d->loop_stop = true;
	pthread_cond_broadcast(&d->changed);
	pthread_mutex_unlock(&d->lock);
	virEventUpdateTimeout(d->loop_timer, 0);
	pthread_join(d->loop.id, NULL);
	if (d->ticker.started)
		pthread_join(d->ticker.id, NULL);
	virEventRemoveTimeout(d->loop_timer);
}

/*
 * One attempt to connect. virConnectOpen has no time-out, so it runs in its own thread. The caller
 * waits for a limited time and then gives up; the last of the two to finish frees the struct.
 */
struct dial {
	pthread_mutex_t lock;
	pthread_cond_t done_cond;
	int holders;
	bool done, given_up;
	bool own_group;
	virConnectPtr connection;
	char uri[300];
	char error[512];
};

static void dial_release(struct dial *dial)
{
	bool last;

	pthread_mutex_lock(&dial->lock);
	last = --dial->holders == 0;
	pthread_mutex_unlock(&dial->lock);
	if (!last)
		return;
	pthread_cond_destroy(&dial->done_cond);
	pthread_mutex_destroy(&dial->lock);
	free(dial);
}

/*
 * In the program's process group, libvirt's ssh would die of a Ctrl-C at the terminal, just when
 * the connection is needed to call a move off. Ignoring or blocking the signal does not help,
 * because libvirt resets both before it starts ssh. So a child forked by a dialling thread starts a
 * group of its own.
 */
static _Thread_local bool fork_leaves_group;

static void in_forked_child(void)
{
	if (fork_leaves_group)
		setpgid(0, 0);
}

static void register_fork_handler(void)
{
	pthread_atfork(NULL, NULL, in_forked_child);
}

static void *dial_main(void *arg)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct dial *dial = arg;
	virConnectPtr connection;
	const char *error;
	bool given_up;

	pthread_once(&once, register_fork_handler);
	fork_leaves_group = dial->own_group;
	connection = virConnectOpen(dial->uri);
	error = connection ? "" : virGetLastErrorMessage();

	pthread_mutex_lock(&dial->lock);
	given_up = dial->given_up;
	dial->done = true;
	if (!given_up)
		dial->connection = connection;
	snprintf(dial->error, sizeof(dial->error), "%s", error);
	pthread_cond_signal(&dial->done_cond);
	pthread_mutex_unlock(&dial->lock);
	if (given_up && connection)
		virConnectClose(connection);
	dial_release(dial);
	return NULL;
}

/* Adds no_tty=1, so that ssh does not ask at the terminal: several ssh run at once. */
static void dial_uri(char *buf, size_t size, const char *uri)
{
	bool ssh = strstr(uri, "+ssh:") && !strstr(uri, "no_tty=");

	snprintf(buf, size, "%s%s%s", uri,
		!ssh               ? ""
		: strchr(uri, '?') ? "&"
				   : "?",
		ssh ? "no_tty=1" : "");
}

static struct dial *dial_start(const char *uri, struct err *e)
{
	struct dial *dial = calloc(1, sizeof(*dial));
	struct lv_thread thread = {0};
	pthread_condattr_t attr;

	if (!dial) {
		err_set(e, "out of memory");
		return NULL;
	}
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&dial->done_cond, &attr);
	pthread_condattr_destroy(&attr);
	pthread_mutex_init(&dial->lock, NULL);
	dial_uri(dial->uri, sizeof(dial->uri), uri);
	/* With no_tty=0 ssh may ask at the terminal, so it must stay in the terminal's group. */
	dial->own_group = strstr(dial->uri, "+ssh:") && !strstr(dial->uri, "no_tty=0");
	dial->holders = 2;
	if (lv_thread_start(&thread, dial_main, dial, e)) {
		dial->holders = 1;
		dial_release(dial);
		return NULL;
	}
	pthread_detach(thread.id);
	return dial;
}

/* Waits for the attempt until until_ns: its connection, or NULL with the reason in `error`. */
static virConnectPtr dial_finish(struct dial *dial, int64_t until_ns, char *error, size_t size)
{
	struct timespec until = clock_cond_deadline(until_ns);
	virConnectPtr connection;

	pthread_mutex_lock(&dial->lock);
	while (!dial->done)
		if (pthread_cond_timedwait(&dial->done_cond, &dial->lock, &until) == ETIMEDOUT)
			break;
	if (!dial->done) {
		dial->given_up = true;
		snprintf(dial->error, sizeof(dial->error), "no answer within %d s",
			(int)(LV_CONNECT_TIMEOUT_NS / NS_PER_S));
	}
	connection = dial->connection;
	snprintf(error, size, "%s", dial->error);
	pthread_mutex_unlock(&dial->lock);
	dial_release(dial);
	return connection;
}

void lv_host_lost(struct lv_host *host, unsigned generation, const char *message)
{
	struct libvirt_driver *d = host->driver;
	int64_t now = lv_now(d);

	pthread_mutex_lock(&d->lock);
	if (host->generation == generation && host->connection && !host->lost) {
		host->lost = true;
		if (!d->closing) {
			LV_FACT(d, now, FACT_CONTACT, host->address.name,
				FS(FIELD_WHAT, contact_event_name(CONTACT_LOST)),
				FS(FIELD_MESSAGE, message));
			d->on_lost_locked(host, now);
		}
		pthread_cond_broadcast(&d->changed);
	}
	pthread_mutex_unlock(&d->lock);
}

/* Runs in the event loop's thread, without any of the driver's locks. */
static void connection_closed(virConnectPtr connection, int reason, void *opaque)
{
	static const char *const reasons[] = {
		[VIR_CONNECT_CLOSE_REASON_ERROR] = "the connection broke",
		[VIR_CONNECT_CLOSE_REASON_EOF] = "the connection was closed by the host",
		[VIR_CONNECT_CLOSE_REASON_KEEPALIVE] = "no answer to keepalive",
		[VIR_CONNECT_CLOSE_REASON_CLIENT] = "closed by blackout",
	};
	struct lv_host *host = opaque;
	struct libvirt_driver *d = host->driver;
	unsigned generation;

	pthread_mutex_lock(&d->lock);
	generation = host->connection == connection ? host->generation : 0;
	pthread_mutex_unlock(&d->lock);
	lv_host_lost(host, generation,
		(size_t)reason < ARRAY_SIZE(reasons) ? reasons[reason] : "closed");
}

/* Closes the host's connection, if it has one. The caller holds `calls`. */
static void disconnect_holding_calls(struct lv_host *host)
{
	struct libvirt_driver *d = host->driver;
	virConnectPtr connection;

	pthread_mutex_lock(&d->lock);
	connection = host->connection;
	host->connection = NULL;
	pthread_mutex_unlock(&d->lock);
	if (!connection)
		return;
	d->on_disconnect(host, connection);
	virConnectUnregisterCloseCallback(connection, connection_closed);
	virConnectClose(connection);
}

void lv_disconnect(struct lv_host *host)
{
	pthread_mutex_lock(&host->calls);
	disconnect_holding_calls(host);
	pthread_mutex_unlock(&host->calls);
}

static void host_connected(struct lv_host *host, virConnectPtr connection)
{
	struct libvirt_driver *d = host->driver;
	unsigned generation;

	pthread_mutex_lock(&host->calls);
	disconnect_holding_calls(host);
	virConnectSetKeepAlive(connection, LV_KEEPALIVE_INTERVAL_S, LV_KEEPALIVE_COUNT);
	pthread_mutex_lock(&d->lock);
	generation = ++host->generation;
	host->connection = connection;
	host->lost = false;
	if (generation > 1)
		LV_FACT(d, lv_now(d), FACT_CONTACT, host->address.name,
			FS(FIELD_WHAT, contact_event_name(CONTACT_BACK)), FS(FIELD_MESSAGE, ""));
	pthread_mutex_unlock(&d->lock);
	virConnectRegisterCloseCallback(connection, connection_closed, host, NULL);
	if (d->on_connected(host, connection))
		lv_host_lost(host, generation, virGetLastErrorMessage());
	pthread_mutex_unlock(&host->calls);
}

static bool host_needs_connecting(struct lv_host *host)
{
	bool needs;

	pthread_mutex_lock(&host->driver->lock);
	/* virConnectIsAlive asks no host; it sees what broke before the callback was set. */
	needs = !host->connection || host->lost || virConnectIsAlive(host->connection) != 1;
	pthread_mutex_unlock(&host->driver->lock);
	return needs;
}

static int error_unreachable(struct err *e, const struct host_address *address, const char *error)
{
	return err_set(e,
		"host %s (%s): cannot be reached: %s (check that libvirtd runs there and listens: "
		"virsh -c %s version)",
		address->name, address->uri, error, address->uri);
}

virConnectPtr lv_dial(const struct libvirt_driver *d, size_t host, struct err *e)
{
	const struct host_address *address = &d->hosts[host].address;
	struct dial *dial = dial_start(address->uri, e);
	virConnectPtr connection;
	char error[512];

	if (!dial)
		return NULL;
	connection =
		dial_finish(dial, clock_mono_ns() + LV_CONNECT_TIMEOUT_NS, error, sizeof(error));
	if (connection)
		virConnectSetKeepAlive(connection, LV_KEEPALIVE_INTERVAL_S, LV_KEEPALIVE_COUNT);
	else
		error_unreachable(e, address, error);
	return connection;
}

int lv_connect(struct libvirt_driver *d, struct err *e)
{
	int64_t until_ns = clock_mono_ns() + LV_CONNECT_TIMEOUT_NS;
	struct dial **dials = calloc(d->host_count + 1, sizeof(*dials));
	struct err dial_error;
	char error[512];
	int rc = 0;

	if (!dials)
		return err_set(e, "out of memory");
	for (size_t i = 0; i < d->host_count; i++) {
		if (!host_needs_connecting(&d->hosts[i]))
			continue;
		dials[i] = dial_start(d->hosts[i].address.uri, &dial_error);
		if (!dials[i]) {
			rc = -1;
			*e = dial_error;
		}
	}
	for (size_t i = 0; i < d->host_count; i++) {
		virConnectPtr connection;

		if (!dials[i])
			continue;
		connection = dial_finish(dials[i], until_ns, error, sizeof(error));
		if (connection)
			host_connected(&d->hosts[i], connection);
		else if (rc == 0)
			rc = error_unreachable(e, &d->hosts[i].address, error);
	}
	free(dials);
	return rc;
}

virConnectPtr lv_host_use(struct libvirt_driver *d, size_t host)
{
	virConnectPtr connection = NULL;

	pthread_mutex_lock(&d->hosts[host].calls);
	pthread_mutex_lock(&d->lock);
	if (!d->hosts[host].lost)
		connection = d->hosts[host].connection;
	pthread_mutex_unlock(&d->lock);
	if (!connection)
		pthread_mutex_unlock(&d->hosts[host].calls);
	return connection;
}

void lv_host_release(struct libvirt_driver *d, size_t host, virConnectPtr connection)
{
	if (connection)
		pthread_mutex_unlock(&d->hosts[host].calls);
}

unsigned lv_host_generation(struct libvirt_driver *d, size_t host)
{
	unsigned generation;

	pthread_mutex_lock(&d->lock);
	generation =
		d->hosts[host].lost || !d->hosts[host].connection ? 0 : d->hosts[host].generation;
	pthread_mutex_unlock(&d->lock);
	return generation;
}
