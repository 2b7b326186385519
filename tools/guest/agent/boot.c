/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Sets up the guest as its process 1: file systems, console, modules, addresses. A failed step is
 * reported on the console, and the set-up continues: a guest with a fault can still be examined.
 */
#include "tools/guest/agent/internal.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <net/route.h>
#include <netinet/ether.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define INTERFACE "eth0"
#define INTERFACE_WAIT_NS INT64_C(5000000000)
/* MODULE_INIT_COMPRESSED_FILE of linux/module.h: the kernel decompresses the module. */
#define INIT_COMPRESSED 4

static void nap(int64_t ns)
{
	nanosleep(&(struct timespec){.tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000}, NULL);
}

/* Reads a size such as "300M", in bytes. Reports a malformed one and returns 0. */
static uint64_t read_size(const char *text)
{
	char *end;
	uint64_t value = strtoull(text, &end, 10);
	unsigned shift = *end == 'G' ? 30 : *end == 'M' ? 20 : *end == 'K' ? 10 : 0;

	if (*text < '0' || *text > '9' || (*end && (!shift || end[1])) || value >> (63 - shift)) {
		agent_log("'%.40s' on the kernel command line is not a size (such as 300M)", text);
		return 0;
	}
	return value << shift;
}

static void read_options(struct agent_options *options)
{
	char line[4096] = "", *rest = line, *word;
	FILE *f = fopen("/proc/cmdline", "re");

	if (!f || !fgets(line, sizeof(line), f))
		agent_log("/proc/cmdline cannot be read");
	if (f)
		fclose(f);
	while ((word = strsep(&rest, " \n"))) {
		if (strncmp(word, "ip=", 3) == 0)
			snprintf(options->address, sizeof(options->address), "%s", word + 3);
		else if (strncmp(word, "peer=", 5) == 0)
			snprintf(options->peer, sizeof(options->peer), "%s", word + 5);
		else if (strncmp(word, "gateway=", 8) == 0)
			snprintf(options->gateway, sizeof(options->gateway), "%s", word + 8);
		else if (strncmp(word, "fill=", 5) == 0)
			options->fill_bytes = read_size(word + 5);
		else if (strncmp(word, "rewrite=", 8) == 0)
			options->rewrite_bps = read_size(word + 8);
		else if (strncmp(word, "pulse=", 6) == 0)
			options->pulse_ms = read_size(word + 6);
		else if (strcmp(word, "blackout.rdp=1") == 0)
			options->desktop = true;
	}
}

/* Loads the modules in the order of their names: 10-virtio.ko, 11-virtio_pci.ko. */
static void load_modules(void)
{
	struct dirent **names;
	int count = scandir("/mod", &names, NULL, alphasort);

	for (int i = 0; i < count; i++) {
		const char *name = names[i]->d_name, *dot = strrchr(name, '.');
		char path[PATH_MAX];
		int fd;

		if (name[0] == '.' || !dot)
			continue;
		snprintf(path, sizeof(path), "/mod/%s", name);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0 ||
			syscall(SYS_finit_module, fd, "", strcmp(dot, ".ko") ? INIT_COMPRESSED : 0))
			agent_log("module %s: %s", name, strerror(errno));
		if (fd >= 0)
			close(fd);
	}
}

void boot_system(struct agent_options *options)
{
	int console;

	mkdir("/proc", 0755);
	mkdir("/sys", 0755);
	mkdir("/dev", 0755);
	mount("proc", "/proc", "proc", 0, NULL);
	mount("sysfs", "/sys", "sysfs", 0, NULL);
	mount("dev", "/dev", "devtmpfs", 0, NULL);
	console = open("/dev/console", O_RDWR | O_NOCTTY);
	if (console >= 0) {
		for (int fd = 0; fd < 3; fd++)
			dup2(console, fd);
		if (console > 2)
			close(console);
	}
	read_options(options);
	load_modules();
}

/* The disk comes with a file system, which the lab makes. */
#define DISK "/dev/vda"

void boot_disk(void)
{
	if (access(DISK, F_OK))
		return;
	mkdir(WORKLOAD_FOLDER, 0755);
	if (mount(DISK, WORKLOAD_FOLDER, "ext4", 0, NULL))
		agent_log(DISK ": cannot be mounted as ext4: %s", strerror(errno));
}

bool boot_has_disk(void)
{
	struct stat top, disk;

	return stat("/", &top) == 0 && stat(WORKLOAD_FOLDER, &disk) == 0 &&
	       top.st_dev != disk.st_dev;
}

static void write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	/* A kernel without IPv6 lacks the file and needs no change. */
	if (fd < 0)
		return;
	if (write(fd, text, strlen(text)) < 0)
		agent_log("%s: %s", path, strerror(errno));
	close(fd);
}

static void link_up(int fd, const char *name)
{
	struct ifreq request = {0};

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	if (ioctl(fd, SIOCGIFFLAGS, &request) == 0) {
		request.ifr_flags |= IFF_UP;
		if (ioctl(fd, SIOCSIFFLAGS, &request) == 0)
			return;
	}
	agent_log("%s: cannot be brought up: %s", name, strerror(errno));
}

static void set_address(int fd, const char *text)
{
	char address[64];
	struct ifreq request = {.ifr_name = INTERFACE};
	struct sockaddr_in *in = (struct sockaddr_in *)(void *)&request.ifr_addr;
	char *slash;
	long prefix;

	snprintf(address, sizeof(address), "%s", text);
	slash = strchr(address, '/');
	prefix = slash ? strtol(slash + 1, NULL, 10) : 0;
	if (slash)
		*slash = '\0';
	in->sin_family = AF_INET;
	if (inet_pton(AF_INET, address, &in->sin_addr) != 1 || prefix < 1 || prefix > 32) {
		agent_log("ip=%s: must be A.B.C.D/N", text);
		return;
	}
	if (ioctl(fd, SIOCSIFADDR, &request))
		agent_log(INTERFACE ": %s cannot be set: %s", text, strerror(errno));
	in->sin_addr.s_addr = htonl((uint32_t)(UINT64_C(0xffffffff) << (32 - prefix)));
	if (ioctl(fd, SIOCSIFNETMASK, &request))
		agent_log(INTERFACE ": mask of %s cannot be set: %s", text, strerror(errno));
}

static void set_peer(int fd, const char *text)
{
	char address[64];
	struct arpreq request = {.arp_flags = ATF_PERM | ATF_COM, .arp_dev = INTERFACE};
	struct sockaddr_in *in = (struct sockaddr_in *)(void *)&request.arp_pa;
	struct ether_addr mac;
	char *comma;

	snprintf(address, sizeof(address), "%s", text);
	comma = strchr(address, ',');
	if (comma)
		*comma++ = '\0';
	in->sin_family = AF_INET;
	if (!comma || inet_pton(AF_INET, address, &in->sin_addr) != 1 ||
		!ether_aton_r(comma, &mac)) {
		agent_log("'%s' on the kernel command line must be A.B.C.D,MAC", text);
		return;
	}
	request.arp_ha.sa_family = ARPHRD_ETHER;
	memcpy(request.arp_ha.sa_data, &mac, sizeof(mac));
	if (ioctl(fd, SIOCSARP, &request))
		agent_log("neighbour %s cannot be set: %s", text, strerror(errno));
}

/* Sets the default route; `text` begins with the gateway's address. */
static void set_gateway(int fd, const char *text)
{
	struct rtentry route = {.rt_flags = RTF_UP | RTF_GATEWAY};
	struct sockaddr_in *to = (struct sockaddr_in *)(void *)&route.rt_dst;
	struct sockaddr_in *mask = (struct sockaddr_in *)(void *)&route.rt_genmask;
	struct sockaddr_in *via = (struct sockaddr_in *)(void *)&route.rt_gateway;
	char address[64];

	snprintf(address, sizeof(address), "%s", text);
	address[strcspn(address, ",")] = '\0';
	to->sin_family = mask->sin_family = via->sin_family = AF_INET;
	if (inet_pton(AF_INET, address, &via->sin_addr) != 1 || ioctl(fd, SIOCADDRT, &route))
		agent_log("gateway %s cannot be set: %s", text, strerror(errno));
}

void boot_network(const struct agent_options *options)
{
	int64_t end_ns = agent_now_ns() + INTERFACE_WAIT_NS;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0) {
		agent_log("no network: %s", strerror(errno));
		return;
	}
	/* A silent guest must not send router solicitations. */
	write_text("/proc/sys/net/ipv6/conf/all/disable_ipv6", "1");
	write_text("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1");
	link_up(fd, "lo");
	if (options->address[0]) {
		while (!if_nametoindex(INTERFACE) && agent_now_ns() < end_ns)
			nap(5000000);
		set_address(fd, options->address);
		link_up(fd, INTERFACE);
		if (options->peer[0])
			set_peer(fd, options->peer);
		if (options->gateway[0]) {
			set_peer(fd, options->gateway);
			set_gateway(fd, options->gateway);
		}
	}
	close(fd);
}

/*
 * Under QEMU's TCG, each switch of address space flushes the software TLB, which also lets the TLB
 * shrink. In a guest that never switches it grows large, and a migration then stalls for seconds
 * while QEMU walks it. Like any real guest, this one therefore has short-lived processes. They also
 * hide most stores that QEMU 7.2 loses (see harness/sites/lab/domain_xml.c): to see such losses,
 * boot with pulse=0.
 */
void boot_pulse(uint64_t ms)
{
	pid_t pid = ms ? fork() : 1;

	if (pid < 0)
		agent_log("pulse=: no process: %s", strerror(errno));
	if (pid)
		return;
	for (;;) {
		nap((int64_t)ms * 1000000);
		if (fork() == 0)
			_exit(0);
	}
}
