/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The capture probe: writes the targets' frames to a pcap file with nanosecond stamps, and as facts
 * the announcements of a move and each target's first frame after a silence. It sends nothing. It
 * needs no thread: the kernel queues and stamps the frames, and they are read when the station
 * drains.
 */
#include "probes/capture/component.h"

#include "harness/base/directory.h"
#include "probes/engine/frame_sender.h"
#include "probes/engine/recorder.h"
#include "probes/engine/stamp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <limits.h>
#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern const struct probe_ops probe_capture;

#define SNAP_BYTES 128
#define RING_BYTES (4 << 20)
#define FLUSH_NS (NS_PER_S / 2)
#define FRAMES_PER_DRAIN 100000
/* With more targets the filter would be too large: then all frames are captured. */
#define FILTER_TARGETS 32
#define FILES_MAX 1000

struct capture_probe {
	struct probe base;
	const struct probe_config *config;
	struct frame_host *hosts;
	int64_t *last_ns; /* each host's last frame; 0: none yet */
	size_t count;
	pcap_t *pcap;
	pcap_dumper_t *dump;
	char file[128]; /* its name below facts/ */
	int64_t flushed_ns, counted_ns, wall_offset_ns;
	uint64_t received, dropped;
	bool started, broken;
};

/* Finds the source address of packets to a target. It belongs to the interface to capture on. */
static int own_address(const union icmp_address *target, union icmp_address *own)
{
	union icmp_address to = *target;
	socklen_t size = sizeof(*own);
	int rc = -1, fd = socket(target->sa.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	if (to.sa.sa_family == AF_INET)
		to.v4.sin_port = htons(9);
	else
		to.v6.sin6_port = htons(9);
	/* connect() of a datagram socket finds the route and sends nothing. */
	if (!connect(fd, &to.sa, icmp_address_size(&to)) && !getsockname(fd, &own->sa, &size))
		rc = 0;
	close(fd);
	return rc;
}

static int find_interface(
	const struct capture_probe *p, char *name, size_t name_size, struct err *e)
{
	const struct probe_target *target = &p->config->targets[0];
	union icmp_address own = {0};
	struct ifaddrs *list = NULL;
	size_t size;
	const uint8_t *bytes;

	if (own_address(&p->hosts[0].address, &own))
		return err_errno(e, "probe %s: no route to target %s (%s)", p->config->name,
			target->name, target->address);
	if (getifaddrs(&list))
		return err_errno(e, "probe %s: no list of interfaces", p->config->name);
	bytes = icmp_address_bytes(&own, &size);
	*name = '\0';
	for (struct ifaddrs *i = list; i && !*name; i = i->ifa_next) {
		union icmp_address has;
		size_t has_size;

		if (!i->ifa_addr || i->ifa_addr->sa_family != own.sa.sa_family)
			continue;
		memcpy(&has, i->ifa_addr, icmp_address_size(&own));
		if (memcmp(icmp_address_bytes(&has, &has_size), bytes, size) == 0)
			snprintf(name, name_size, "%s", i->ifa_name);
	}
	freeifaddrs(list);
	if (!*name)
		return err_set(e, "probe %s: no interface leads to target %s (%s)", p->config->name,
			target->name, target->address);
	return 0;
}

static int set_filter(struct capture_probe *p, const char *interface, struct err *e)
{
	struct bpf_program program;
	char text[8192] = "arp or rarp or ip or ip6";
	size_t n = 0;
	int rc = 0;

	for (size_t i = 0; p->count <= FILTER_TARGETS && i < p->count; i++) {
		const struct probe_target *target = &p->config->targets[i];

		n += (size_t)snprintf(text + n, sizeof(text) - n, "%shost %s%s%s",
			i ? " or " : "rarp or icmp6[0] == 136 or ", target->address,
			p->hosts[i].mac_known ? " or ether host " : "",
			p->hosts[i].mac_known ? target->mac : "");
	}
	if (pcap_compile(p->pcap, &program, text, 1, PCAP_NETMASK_UNKNOWN))
		return err_set(e, "probe %s: filter for %s: %s", p->config->name, interface,
			pcap_geterr(p->pcap));
	if (pcap_setfilter(p->pcap, &program))
		rc = err_set(e, "probe %s: filter for %s: %s", p->config->name, interface,
			pcap_geterr(p->pcap));
	pcap_freecode(&program);
	return rc;
}

static int open_interface(struct capture_probe *p, struct err *e)
{
	char interface[64], why[PCAP_ERRBUF_SIZE] = "";
	int rc;

	if (find_interface(p, interface, sizeof(interface), e))
		return -1;
	p->pcap = pcap_create(interface, why);
	if (!p->pcap)
		return err_set(e, "probe %s: %s: %s", p->config->name, interface, why);
	if (pcap_set_snaplen(p->pcap, SNAP_BYTES) || pcap_set_immediate_mode(p->pcap, 1) ||
		pcap_set_promisc(p->pcap, 1) || pcap_set_buffer_size(p->pcap, RING_BYTES) ||
		pcap_set_tstamp_precision(p->pcap, PCAP_TSTAMP_PRECISION_NANO))
		return err_set(
			e, "probe %s: %s: %s", p->config->name, interface, pcap_geterr(p->pcap));
	rc = pcap_activate(p->pcap);
	if (rc == PCAP_ERROR_PERM_DENIED)
		return err_set(e,
			"probe %s: capturing on %s is not permitted (run as root, or "
			"give the program CAP_NET_RAW: setcap cap_net_raw+ep)",
			p->config->name, interface);
	if (rc < 0)
		return err_set(
			e, "probe %s: %s: %s", p->config->name, interface, pcap_geterr(p->pcap));
	if (pcap_datalink(p->pcap) != DLT_EN10MB)
		return err_set(
			e, "probe %s: %s has no Ethernet frames", p->config->name, interface);
	if (pcap_setnonblock(p->pcap, 1, why))
		return err_set(e, "probe %s: %s: %s", p->config->name, interface, why);
	return set_filter(p, interface, e);
}

/* Makes a file of another name than those that are there. Returns its descriptor, or -1. */
static int create_file(struct capture_probe *p, const struct directory *dir, struct err *e)
{
	const struct probe_config *config = p->config;

	for (int n = 1; n < FILES_MAX; n++) {
		char suffix[16] = "";
		int fd;

		if (n > 1)
			snprintf(suffix, sizeof(suffix), "-%d", n);
		snprintf(p->file, sizeof(p->file), "%.50s-%.50s%s.pcap", config->station,
			config->name, suffix);
		fd = directory_create(dir, p->file, e);
		if (fd >= 0 || e->code != EEXIST)
			return fd;
	}
	return err_set(
		e, "%s: has %d captures of this probe (remove some)", dir->path, FILES_MAX - 1);
}

/*
 * A resumed run begins another file, as facts are never rewritten. Frames have the content of other
 * people's packets, so only the file's owner may read it.
 */
static int open_file(struct capture_probe *p, struct err *e)
{
	struct directory dir, facts = {.fd = -1};
	int fd = -1;
	FILE *f;

	if (directory_open(&dir, p->config->dir, e) == 0 &&
		directory_enter(&facts, &dir, "facts", false, e) == 0)
		fd = create_file(p, &facts, e);
	directory_close(&facts);
	directory_close(&dir);
	if (fd < 0)
		return -1;
	f = fdopen(fd, "w");
	if (!f) {
		close(fd);
		return err_set(e, "out of memory");
	}
	p->dump = pcap_dump_fopen(p->pcap, f); /* closes `f` if it fails */
	return p->dump ? 0 : err_set(e, "%s", pcap_geterr(p->pcap));
}

static void capture_close(struct probe *probe)
{
	struct capture_probe *p = probe_downcast(probe, &probe_capture);

	if (!p)
		return;
	if (p->dump)
		pcap_dump_close(p->dump);
	if (p->pcap)
		pcap_close(p->pcap);
	free(p->hosts);
	free(p->last_ns);
	free(p);
}

static int open_hosts(struct capture_probe *p, struct err *e)
{
	for (size_t i = 0; i < p->count; i++) {
		const struct probe_target *target = &p->config->targets[i];

		if (icmp_address_parse(&p->hosts[i].address, target->address))
			return err_set(e, "probe %s: target %s: '%s' is no numeric address",
				p->config->name, target->name, target->address);
		if (*target->mac && frame_mac_parse(p->hosts[i].mac, target->mac))
			return err_set(e, "probe %s: target %s: '%s' is no MAC address",
				p->config->name, target->name, target->mac);
		p->hosts[i].mac_known = *target->mac;
	}
	return 0;
}

static int capture_open(struct probe **out, const struct probe_config *config, struct err *e)
{
	struct capture_probe *p = calloc(1, sizeof(*p));

	if (!p)
		return err_set(e, "probe %s: out of memory", config->name);
	p->base.ops = &probe_capture;
	p->config = config;
	p->count = config->target_count;
	p->hosts = calloc(p->count + 1, sizeof(*p->hosts));
	p->last_ns = calloc(p->count + 1, sizeof(*p->last_ns));
	if (!p->hosts || !p->last_ns) {
		err_set(e, "probe %s: out of memory", config->name);
		goto fail;
	}
	if (!p->count) {
		err_set(e, "probe %s: has no target", config->name);
		goto fail;
	}
	if (open_hosts(p, e) || open_interface(p, e) || open_file(p, e))
		goto fail;
	recorder_declare(config, component_probe_capture.name);
	*out = &p->base;
	return 0;
fail:
	capture_close(&p->base);
	return -1;
}

static int capture_start(struct probe *probe, struct err *e)
{
	struct capture_probe *p = probe_downcast(probe, &probe_capture);

	(void)e;
	p->flushed_ns = p->counted_ns = clock_mono_ns();
	p->started = true;
	return 0;
}

static void record_frame(
	struct capture_probe *p, size_t i, enum sighting_kind what, int64_t at_utc_ns)
{
	int64_t now = clock_mono_ns();
	int64_t ns = stamp_arrival(at_utc_ns, p->wall_offset_ns, 0, now);
	int64_t silence_ns = ns - p->last_ns[i];
	char mac[FRAME_MAC_TEXT_MAX], subject[16];

	snprintf(subject, sizeof(subject), "%u", p->config->targets[i].number);
	if (p->last_ns[i] && silence_ns >= CAPTURE_SILENCE_NS)
		FACT(p->config->log, ns, FACT_FRAME, subject, FI(FIELD_AT, at_utc_ns),
			FS(FIELD_CLOCK, STAMPS_UTC), FI(FIELD_SILENCE, silence_ns));
	p->last_ns[i] = ns;
	if (what == SIGHTING_FRAME)
		return;
	FACT(p->config->log, ns, FACT_ANNOUNCE, subject, FI(FIELD_AT, at_utc_ns),
		FS(FIELD_CLOCK, STAMPS_UTC), FS(FIELD_WHAT, sighting_name(what)),
		FS(FIELD_MAC, frame_mac_text(p->hosts[i].mac, mac)));
}

static void take_frame(u_char *user, const struct pcap_pkthdr *header, const u_char *bytes)
{
	struct capture_probe *p = (struct capture_probe *)user;
	enum sighting_kind what;
	int i = frame_sender(p->hosts, p->count, bytes, header->caplen, &what);

	pcap_dump((u_char *)p->dump, header, bytes);
	/* With nanosecond precision tv_usec holds nanoseconds. */
	if (i >= 0)
		record_frame(p, (size_t)i, what,
			(int64_t)header->ts.tv_sec * NS_PER_S + header->ts.tv_usec);
}

/* Records how many frames were lost since before the previous count, up to after this one. */
static void count_drops(struct capture_probe *p)
{
	struct pcap_stat stat = {0};
	int64_t before = clock_mono_ns();
	uint64_t dropped;

	if (pcap_stats(p->pcap, &stat))
		return;
	p->received = stat.ps_recv;
	dropped = (uint64_t)stat.ps_drop + stat.ps_ifdrop;
	if (dropped > p->dropped)
		FACT(p->config->log, clock_mono_ns(), FACT_DROPS, "-",
			FI(FIELD_FROM, p->counted_ns), FI(FIELD_COUNT, dropped - p->dropped));
	p->dropped = dropped;
	p->counted_ns = before;
}

static int capture_drain(struct probe *probe, struct probe_live *live, size_t count, struct err *e)
{
	struct capture_probe *p = probe_downcast(probe, &probe_capture);
	int64_t now = clock_mono_ns();
	int rc;

	(void)live;
	(void)count;
	p->wall_offset_ns = stamp_wall_offset();
	rc = pcap_dispatch(p->pcap, FRAMES_PER_DRAIN, take_frame, (u_char *)p);
	if (rc == PCAP_ERROR)
		return err_set(e, "probe %s: %s", p->config->name, pcap_geterr(p->pcap));
	if (now - p->flushed_ns >= FLUSH_NS) {
		p->flushed_ns = now;
		count_drops(p);
		p->broken |= pcap_dump_flush(p->dump) != 0;
	}
	if (p->broken || ferror(pcap_dump_file(p->dump)))
		return err_errno(
			e, "%s/facts/%s: frames cannot be written", p->config->dir, p->file);
	return 0;
}

static int capture_stop(struct probe *probe, struct err *e)
{
	struct capture_probe *p = probe_downcast(probe, &probe_capture);
	int rc;

	if (!p->started)
		return 0;
	p->started = false;
	p->flushed_ns = 0;
	rc = capture_drain(probe, NULL, 0, e);
	FACT(p->config->log, clock_mono_ns(), FACT_PCAP, "-", FS(FIELD_FILE, p->file),
		FI(FIELD_RECEIVED, p->received), FI(FIELD_DROPPED, p->dropped));
	return rc < 0 ? -1 : 0;
}

const struct probe_ops probe_capture = {
	.component = &component_probe_capture,
	.open = capture_open,
	.start = capture_start,
	.drain = capture_drain,
	.stop = capture_stop,
	.close = capture_close,
};
