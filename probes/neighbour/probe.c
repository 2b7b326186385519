/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The neighbour probe: records how this station's kernel changes the neighbour entries that lead to
 * the targets and, if the station is a switch, the forwarding entries of their MACs (rtnetlink(7)).
 * The facts show which kind of entry kept a target silent. The probe sends nothing. Its thread
 * stamps each change when the kernel reports it, and passes the change on through a pipe.
 */
#include "probes/engine/frame_sender.h"
#include "probes/engine/icmp.h"
#include "probes/engine/recorder.h"
#include "probes/engine/thread.h"
#include "probes/neighbour/component.h"

#include <errno.h>
#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern const struct probe_ops probe_neighbour;

#define BUFFER_BYTES (32 * 1024)
#define SOCKET_BYTES (1 << 20)

/* What the thread passes on: small enough that the pipe takes it whole or not at all (pipe(7)). */
struct change {
	int64_t ns;
	uint32_t target; /* index */
	uint16_t state;  /* NUD_…; 0: gone */
	bool lost;       /* not a change: the kernel dropped messages */
	bool mac_known;
	uint8_t mac[6];
	/* How a forwarding entry changed; FORWARDING_UNKNOWN: a neighbour entry changed. */
	enum forwarding_event forwarding;
	char port[IF_NAMESIZE];
};

/* A target's MAC, and this switch's forwarding entry for it. */
struct forwarding_entry {
	bool mac_known;
	uint8_t mac[6];
	uint32_t bridge, port; /* interface indices; 0: no entry */
};

struct neighbour_probe {
	struct probe base;
	const struct probe_config *config;
	union icmp_address *hops; /* each target's next hop: the target itself, or a gateway */
	struct forwarding_entry *forwarding; /* one for each target */
	struct mnl_socket *socket;
	bool bridges_requested; /* the bridges' forwarding entries have been requested */
	int pipe[2], wake[2];   /* pipes: for changes; to end the thread */
	pthread_t thread;
	bool running;
	atomic_uint_fast64_t dropped; /* changes that found the pipe full */
	uint64_t dropped_recorded;    /* how many of them are in the facts */
	int64_t drained_ns;
};

static enum neighbour_state state_of(uint16_t state)
{
	static const struct {
		uint16_t kernel;
		enum neighbour_state state;
	} states[] = {{NUD_INCOMPLETE, NEIGHBOUR_INCOMPLETE}, {NUD_REACHABLE, NEIGHBOUR_REACHABLE},
		{NUD_STALE, NEIGHBOUR_STALE}, {NUD_DELAY, NEIGHBOUR_DELAY},
		{NUD_PROBE, NEIGHBOUR_PROBE}, {NUD_FAILED, NEIGHBOUR_FAILED},
		{NUD_NOARP, NEIGHBOUR_NOARP}, {NUD_PERMANENT, NEIGHBOUR_PERMANENT}};

	for (size_t i = 0; i < ARRAY_SIZE(states); i++)
		if (states[i].kernel == state)
			return states[i].state;
	return NEIGHBOUR_GONE;
}

static void send_change(struct neighbour_probe *p, const struct change *change)
{
	if (write(p->pipe[1], change, sizeof(*change)) != sizeof(*change))
		atomic_fetch_add(&p->dropped, 1);
}

/* Message attributes are collected by type, up to this one. */
#define ATTRIBUTES 10

static int collect_attribute(const struct nlattr *attribute, void *data)
{
	const struct nlattr **by_type = data;
	uint16_t type = mnl_attr_get_type(attribute);

	if (type < ATTRIBUTES)
		by_type[type] = attribute;
	return MNL_CB_OK;
}

/*
 * How a message changes the `known` forwarding entry; FORWARDING_UNKNOWN: not at all. The kernel
 * marks a removed entry as stale if it was removed because of its age.
 */
static enum forwarding_event forwarding_of(
	const struct forwarding_entry *known, bool gone, const struct ndmsg *entry, uint32_t bridge)
{
	uint32_t port = (uint32_t)entry->ndm_ifindex;

	if (gone && (known->bridge != bridge || known->port != port))
		return FORWARDING_UNKNOWN;
	if (gone)
		return entry->ndm_state & NUD_STALE ? FORWARDING_AGED_OUT : FORWARDING_GONE;
	if (entry->ndm_state & (NUD_NOARP | NUD_PERMANENT))
		return FORWARDING_HELD;
	if (known->bridge != bridge)
		return FORWARDING_LEARNT;
	return known->port == port ? FORWARDING_UNKNOWN : FORWARDING_MOVED;
}

/*
 * Handles a message about a forwarding entry. Entries of a port itself have no bridge: they are
 * ignored.
 */
static int take_forwarding(struct neighbour_probe *p, const struct nlmsghdr *message,
	const struct nlattr *const by_type[ATTRIBUTES])
{
	const struct ndmsg *entry = mnl_nlmsg_get_payload(message);
	struct change change = {.ns = clock_mono_ns(), .mac_known = true};
	bool gone = message->nlmsg_type == RTM_DELNEIGH;
	uint32_t bridge;

	if (!by_type[NDA_MASTER] || !by_type[NDA_LLADDR] ||
		mnl_attr_get_payload_len(by_type[NDA_MASTER]) != sizeof(bridge) ||
		mnl_attr_get_payload_len(by_type[NDA_LLADDR]) != sizeof(change.mac))
		return MNL_CB_OK;
	bridge = mnl_attr_get_u32(by_type[NDA_MASTER]);
	memcpy(change.mac, mnl_attr_get_payload(by_type[NDA_LLADDR]), sizeof(change.mac));
	for (size_t i = 0; i < p->config->target_count; i++) {
		struct forwarding_entry *known = &p->forwarding[i];

		if (!known->mac_known || memcmp(known->mac, change.mac, sizeof(change.mac)) != 0)
			continue;
		change.forwarding = forwarding_of(known, gone, entry, bridge);
		if (change.forwarding == FORWARDING_UNKNOWN)
			continue;
		known->bridge = gone ? 0 : bridge;
		known->port = gone ? 0 : (uint32_t)entry->ndm_ifindex;
		if (!if_indextoname((unsigned)entry->ndm_ifindex, change.port))
			snprintf(change.port, sizeof(change.port), "%d", entry->ndm_ifindex);
		change.target = (uint32_t)i;
		send_change(p, &change);
	}
	return MNL_CB_OK;
}

/*
 * Handles a message about an entry: passes the change on for each target that the entry leads to.
 */
static int take_entry(const struct nlmsghdr *message, void *data)
{
	const struct ndmsg *entry = mnl_nlmsg_get_payload(message);
	struct change change = {.ns = clock_mono_ns(), .state = entry->ndm_state};
	const struct nlattr *by_type[ATTRIBUTES] = {NULL}, *address, *mac;
	struct neighbour_probe *p = data;

	if (message->nlmsg_type != RTM_NEWNEIGH && message->nlmsg_type != RTM_DELNEIGH)
		return MNL_CB_OK;
	mnl_attr_parse(message, sizeof(*entry), collect_attribute, by_type);
	if (entry->ndm_family == AF_BRIDGE)
		return take_forwarding(p, message, by_type);
	if (entry->ndm_family != AF_INET && entry->ndm_family != AF_INET6)
		return MNL_CB_OK;
	if (message->nlmsg_type == RTM_DELNEIGH)
		change.state = NUD_NONE;
	address = by_type[NDA_DST];
	mac = by_type[NDA_LLADDR];
	if (mac && mnl_attr_get_payload_len(mac) == sizeof(change.mac)) {
		memcpy(change.mac, mnl_attr_get_payload(mac), sizeof(change.mac));
		change.mac_known = true;
	}
	for (size_t i = 0; address && i < p->config->target_count; i++) {
		size_t size;
		const uint8_t *hop = icmp_address_bytes(&p->hops[i], &size);

		if (p->hops[i].sa.sa_family != entry->ndm_family ||
			size != mnl_attr_get_payload_len(address) ||
			memcmp(hop, mnl_attr_get_payload(address), size) != 0)
			continue;
		change.target = (uint32_t)i;
		send_change(p, &change);
	}
	return MNL_CB_OK;
}

/* Requests all present entries. They come in messages like those of changes. */
static int request_entries(struct neighbour_probe *p, unsigned char family)
{
	char buffer[256];
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
	struct ndmsg *all;

	message->nlmsg_type = RTM_GETNEIGH;
	message->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	all = mnl_nlmsg_put_extra_header(message, sizeof(*all));
	all->ndm_family = family;
	return mnl_socket_sendto(p->socket, message, message->nlmsg_len) < 0 ? -1 : 0;
}

/*
 * Handles the kernel's messages. After the last present neighbour entry requests the bridges'
 * entries.
 */
static void take_messages(struct neighbour_probe *p, const char *buffer, size_t size)
{
	int state = mnl_cb_run(buffer, size, 0, 0, take_entry, p);

	if (state != MNL_CB_STOP || p->bridges_requested)
		return;
	p->bridges_requested = true;
	if (request_entries(p, AF_BRIDGE))
		send_change(p, &(struct change){.ns = clock_mono_ns(), .lost = true});
}

static void *neighbour_engine(void *arg)
{
	struct neighbour_probe *p = arg;
	struct pollfd fds[] = {{.fd = mnl_socket_get_fd(p->socket), .events = POLLIN},
		{.fd = p->wake[0], .events = POLLIN}};
	char buffer[BUFFER_BYTES];

	while (!fds[1].revents) {
		ssize_t n;

		if (poll(fds, 2, -1) < 0 || !fds[0].revents)
			continue;
		n = mnl_socket_recvfrom(p->socket, buffer, sizeof(buffer));
		if (n > 0)
			take_messages(p, buffer, (size_t)n);
		else if (n < 0 && errno == ENOBUFS)
			send_change(p, &(struct change){.ns = clock_mono_ns(), .lost = true});
	}
	return NULL;
}

static int take_gateway(const struct nlmsghdr *message, void *data)
{
	const struct nlattr *by_type[ATTRIBUTES] = {NULL}, *gateway;
	union icmp_address *hop = data;

	mnl_attr_parse(message, sizeof(struct rtmsg), collect_attribute, by_type);
	gateway = by_type[RTA_GATEWAY];
	if (gateway && hop->sa.sa_family == AF_INET && mnl_attr_get_payload_len(gateway) == 4)
		memcpy(&hop->v4.sin_addr, mnl_attr_get_payload(gateway), 4);
	else if (gateway && mnl_attr_get_payload_len(gateway) == 16)
		memcpy(&hop->v6.sin6_addr, mnl_attr_get_payload(gateway), 16);
	return MNL_CB_OK;
}

/* Finds a target's next hop: asks the kernel for the route. */
static int find_hop(struct neighbour_probe *p, size_t i, struct err *e)
{
	const struct probe_target *target = &p->config->targets[i];
	struct mnl_socket *routes = mnl_socket_open(NETLINK_ROUTE);
	union icmp_address *hop = &p->hops[i];
	char buffer[BUFFER_BYTES];
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
	struct rtmsg *route;
	const uint8_t *bytes;
	size_t size;
	ssize_t n = -1;
	int rc = -1;

	if (icmp_address_parse(hop, target->address)) {
		err_set(e, "probe %s: target %s: '%s' is no numeric address", p->config->name,
			target->name, target->address);
		goto out;
	}
	bytes = icmp_address_bytes(hop, &size);
	message->nlmsg_type = RTM_GETROUTE;
	message->nlmsg_flags = NLM_F_REQUEST;
	route = mnl_nlmsg_put_extra_header(message, sizeof(*route));
	route->rtm_family = (unsigned char)hop->sa.sa_family;
	route->rtm_dst_len = (unsigned char)(8 * size);
	mnl_attr_put(message, RTA_DST, size, bytes);
	if (routes && mnl_socket_bind(routes, 0, MNL_SOCKET_AUTOPID) == 0 &&
		mnl_socket_sendto(routes, message, message->nlmsg_len) >= 0)
		n = mnl_socket_recvfrom(routes, buffer, sizeof(buffer));
	if (n > 0 && mnl_cb_run(buffer, (size_t)n, 0, 0, take_gateway, hop) >= 0)
		rc = 0;
	else
		err_errno(e, "probe %s: no route to target %s (%s)", p->config->name, target->name,
			target->address);
out:
	if (routes)
		mnl_socket_close(routes);
	return rc;
}

static int listen_to_kernel(struct neighbour_probe *p, struct err *e)
{
	int bytes = SOCKET_BYTES;

	p->socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (!p->socket || mnl_socket_bind(p->socket, RTMGRP_NEIGH, MNL_SOCKET_AUTOPID) < 0 ||
		request_entries(p, AF_UNSPEC))
		return err_errno(e, "probe %s: the kernel's neighbour entries cannot be monitored",
			p->config->name);
	setsockopt(mnl_socket_get_fd(p->socket), SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
	return 0;
}

static void neighbour_close(struct probe *probe)
{
	struct neighbour_probe *p = probe_downcast(probe, &probe_neighbour);

	if (!p)
		return;
	for (int i = 0; i < 2; i++) {
		if (p->pipe[i] >= 0)
			close(p->pipe[i]);
		if (p->wake[i] >= 0)
			close(p->wake[i]);
	}
	if (p->socket)
		mnl_socket_close(p->socket);
	free(p->hops);
	free(p->forwarding);
	free(p);
}

static int neighbour_open(struct probe **out, const struct probe_config *config, struct err *e)
{
	struct neighbour_probe *p = calloc(1, sizeof(*p));

	if (!p)
		return err_set(e, "probe %s: out of memory", config->name);
	p->base.ops = &probe_neighbour;
	p->config = config;
	p->pipe[0] = p->pipe[1] = p->wake[0] = p->wake[1] = -1;
	p->hops = calloc(config->target_count + 1, sizeof(*p->hops));
	p->forwarding = calloc(config->target_count + 1, sizeof(*p->forwarding));
	if (!p->hops || !p->forwarding) {
		err_set(e, "probe %s: out of memory", config->name);
		goto fail;
	}
	for (size_t i = 0; i < config->target_count; i++) {
		if (find_hop(p, i, e))
			goto fail;
		p->forwarding[i].mac_known =
			frame_mac_parse(p->forwarding[i].mac, config->targets[i].mac) == 0;
	}
	if (pipe2(p->pipe, O_CLOEXEC | O_NONBLOCK) || pipe2(p->wake, O_CLOEXEC | O_NONBLOCK)) {
		err_errno(e, "probe %s", config->name);
		goto fail;
	}
	if (listen_to_kernel(p, e))
		goto fail;
	recorder_declare(config, component_probe_neighbour.name);
	*out = &p->base;
	return 0;
fail:
	neighbour_close(&p->base);
	return -1;
}

static int neighbour_start(struct probe *probe, struct err *e)
{
	struct neighbour_probe *p = probe_downcast(probe, &probe_neighbour);

	p->drained_ns = clock_mono_ns();
	if (engine_thread_create(p->config->name, &p->thread, neighbour_engine, p, e))
		return -1;
	p->running = true;
	return 0;
}

static void write_change(struct neighbour_probe *p, const struct change *c)
{
	char subject[16], mac[20];

	if (c->lost) {
		FACT(p->config->log, c->ns, FACT_DROPS, "-", FI(FIELD_FROM, p->drained_ns),
			FI(FIELD_COUNT, 1));
		return;
	}
	snprintf(subject, sizeof(subject), "%u", p->config->targets[c->target].number);
	snprintf(mac, sizeof(mac), "%02x:%02x:%02x:%02x:%02x:%02x", c->mac[0], c->mac[1], c->mac[2],
		c->mac[3], c->mac[4], c->mac[5]);
	if (c->forwarding != FORWARDING_UNKNOWN)
		FACT(p->config->log, c->ns, FACT_FORWARDING, subject,
			FS(FIELD_WHAT, forwarding_event_name(c->forwarding)),
			FS(FIELD_PORT, c->port), FS(FIELD_MAC, mac));
	else if (c->mac_known)
		FACT(p->config->log, c->ns, FACT_NEIGHBOUR, subject,
			FS(FIELD_STATE, neighbour_state_name(state_of(c->state))),
			FS(FIELD_MAC, mac));
	else
		FACT(p->config->log, c->ns, FACT_NEIGHBOUR, subject,
			FS(FIELD_STATE, neighbour_state_name(state_of(c->state))));
}

static int neighbour_drain(
	struct probe *probe, struct probe_live *live, size_t count, struct err *e)
{
	struct neighbour_probe *p = probe_downcast(probe, &probe_neighbour);
	uint64_t dropped = atomic_load(&p->dropped);
	int64_t now = clock_mono_ns();
	struct change change;

	(void)live;
	(void)count;
	(void)e;
	while (read(p->pipe[0], &change, sizeof(change)) == sizeof(change))
		write_change(p, &change);
	if (dropped > p->dropped_recorded)
		FACT(p->config->log, now, FACT_DROPS, "-", FI(FIELD_FROM, p->drained_ns),
			FI(FIELD_COUNT, dropped - p->dropped_recorded));
	p->dropped_recorded = dropped;
	p->drained_ns = now;
	return 0;
}

static int neighbour_stop(struct probe *probe, struct err *e)
{
	struct neighbour_probe *p = probe_downcast(probe, &probe_neighbour);

	if (!p->running)
		return 0;
	if (write(p->wake[1], "", 1) != 1)
		return err_errno(e, "probe %s: its thread cannot be woken", p->config->name);
	pthread_join(p->thread, NULL);
	p->running = false;
	return neighbour_drain(probe, NULL, 0, e);
}

const struct probe_ops probe_neighbour = {
	.component = &component_probe_neighbour,
	.open = neighbour_open,
	.start = neighbour_start,
	.drain = neighbour_drain,
	.stop = neighbour_stop,
	.close = neighbour_close,
};
