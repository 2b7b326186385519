/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The embedded lab: hosts that run libvirt and QEMU, made of namespaces on one machine. Host n
 * (from 1) is named a, b, c …; its control address is 10.10.0.(10+n), its migration address
 * 10.30.0.(10+n), and its bridge br0 is connected to the user LAN 10.20.0.0/24. The management
 * namespace has 10.20.0.1 and 10.10.0.1; the LAN's switch itself answers at 10.20.0.254. An
 * optional router at 10.20.0.2 connects the LAN with 10.40.0.0/24, where management has 10.40.0.1.
 *
 * All functions need root. Several labs can be up at once under different names.
 */
#ifndef BLACKOUT_SITES_LAB_LAB_H
#define BLACKOUT_SITES_LAB_LAB_H

#include <limits.h>
#include <sys/types.h>

#include "harness/base/base.h"
#include "harness/plan/plan.h"

#define LAB_NAME_MAX 12 /* the size of a name with its NUL */
#define LAB_HOSTS_MAX 16
#define LAB_HOSTS_DEFAULT 2
#define LAB_LINK_DEFAULT_BPS INT64_C(1000000000)
#define LAB_MANAGEMENT "mg"
#define LAB_MANAGEMENT_ADDRESS "10.20.0.1"
#define LAB_MANAGEMENT_MAC "02:00:0a:14:00:01"
#define LAB_SWITCH "sw"
#define LAB_SWITCH_ADDRESS "10.20.0.254"
#define LAB_SWITCH_MAC "02:00:0a:14:00:fe"
#define LAB_ROUTER "rt"
#define LAB_ROUTER_ADDRESS "10.20.0.2"
#define LAB_ROUTER_MAC "02:00:0a:14:00:02"

struct lab_options {
	char name[LAB_NAME_MAX];
	unsigned hosts;   /* 1 to LAB_HOSTS_MAX */
	int64_t link_bps; /* of each host's migration link */
	bool router;      /* there is a router between the user LAN and management */
};

/* LAB_HALF_UP: `up` has not ended or was killed, or `down` failed. */
enum lab_state { LAB_DOWN, LAB_HALF_UP, LAB_UP };

struct lab_host {
	char name[8];
	pid_t pid; /* its first process, in our pid namespace; 0: none */
	bool alive;
};

struct lab_status {
	enum lab_state state;
	struct lab_options options; /* the options of `up`; unless LAB_UP only the name is set */
	bool kvm;
	int64_t up_ns; /* how long `up` took, without the KVM test */
	struct lab_host hosts[LAB_HOSTS_MAX];
};

/*
 * The default options, with the name `name` or, if NULL, BLACKOUT_LAB or "blackout". Errors:
 * invalid name.
 */
int lab_options_default(struct lab_options *options, const char *name, struct err *e);
/*
 * Brings the lab up; returns when the libvirt of every host responds. On errors nothing is left
 * behind. Reports to `progress` (NULL: nothing). Errors: the lab is up, no root, no privileges, a
 * program is missing, a host does not respond.
 */
int lab_up(const struct lab_options *options, FILE *progress, struct err *e);
/* Removes the whole lab, even if half up or in use. *was_up: there was something to remove. */
int lab_down(const char *name, bool *was_up, struct err *e);
int lab_status(const char *name, struct lab_status *status, struct err *e);
/*
 * Claims a lab, which may be up or down, for this process, until lab_release or the process's end.
 * Children do not hold the claim. Errors: another run has claimed it.
 */
int lab_claim(const char *name, int *fd, struct err *e);
void lab_release(const char *name, int fd);
/* The process that has claimed a lab; 0: none. Must not be called by that process (see claim.c). */
pid_t lab_claim_holder(const char *name);
/* Lists the VMs on a lab's hosts, malloc'd: a line "HOST VM STATE" per VM. */
int lab_vms(const struct lab_status *status, char **lines, struct err *e);
/*
 * Replaces this process by a program in the management namespace, with the lab's /etc/hosts.
 * Returns only on errors.
 */
int lab_exec(const char *name, char *const argv[], struct err *e);

/* Host n's name ("a" for 1), and its URI for the management namespace. */
void lab_host_name(unsigned n, char *buf, size_t size);
void lab_host_uri(unsigned n, char *buf, size_t size);
/* The path of a namespace; its label is LAB_MANAGEMENT, LAB_SWITCH, LAB_ROUTER or a host's name. */
void lab_netns_path(const char *name, const char *label, char *buf, size_t size);
/*
 * The folder of host n's logs: libvirtd.log, init.log, qemu/VM-console.log. Removed with the lab.
 */
void lab_host_log_dir(const char *name, unsigned n, char *buf, size_t size);
/* Copies host n's logs to DIR/HOST. */
int lab_logs_copy(const char *name, unsigned n, const char *dir, struct err *e);

/* The image of the lab's guest. */
struct lab_guest {
	char kernel[PATH_MAX], initrd[PATH_MAX];
};
/* Finds the image in the folder BLACKOUT_GUEST, or where the program is installed or built. */
int lab_guest_find(struct lab_guest *guest, struct err *e);
/* The same for a guest that serves a remote desktop. */
int lab_guest_find_desktop(struct lab_guest *guest, struct err *e);
/* The kernel's release, malloc'd; NULL: the image has none. */
char *lab_guest_version(const struct lab_guest *guest);

/*
 * True if KVM works: the lab's own guest booted on it within 10 s. The result is kept until the
 * next boot or another guest kernel. False if the test cannot be made.
 */
bool lab_kvm_works(FILE *progress);

/* Measures the rate of a TCP transfer from host 1 to host 2 over the migration network. */
int lab_link_measure(const char *name, int64_t duration_ns, int64_t *bps, struct err *e);

/*
 * Settings of a lab that is up. NS_NONE: the kernel's default (a forwarding entry is kept for
 * 300 s; a neighbour entry is reachable for 30 s on average, and probed 5 s after its next use).
 */
struct lab_tuning {
	int64_t ageing_ns; /* of forwarding entries, in the LAN's switch and each host's bridge */
	int64_t reachable_ns;    /* of neighbour entries on the LAN, of management and the router */
	int64_t first_probe_ns;  /* how soon after its next use an entry is probed; whole seconds */
	bool behind_router;      /* management reaches the LAN through the router */
	bool announcements_lost; /* hosts' bridges drop RARP and ARP requests to the LAN */
};
/*
 * Applies all settings, whatever they were before. Each call draws the entries' random reachable
 * times again. Errors: nft is missing, no such lab, behind_router without a router.
 */
int lab_tune(const struct lab_options *options, const struct lab_tuning *tuning, struct err *e);

/* A VM of the lab. */
struct lab_vm {
	const char *lab; /* the lab's name, for the disk's path */
	const char *name;
	unsigned index;        /* from 1: determines its address, MAC and UUID */
	uint64_t memory_bytes; /* a multiple of 1 MB */
	unsigned vcpus;
	uint64_t fill_bytes, rewrite_bps; /* arguments of the guest's agent */
	bool kvm;
	bool tcg_workaround; /* with TCG: a RAM size with which QEMU 7.2 loses no writes */
	bool neighbour; /* permanent entries for management and router: it sends no ARP requests */
	bool router;    /* it has the router as its gateway */
	bool silent;    /* neither QEMU nor the guest announces a move */
	bool desktop;   /* it serves a remote desktop */
	bool disk;      /* it has the disk that lab_disk_make made */
};
void lab_vm_address(unsigned index, char *buf, size_t size);
void lab_vm_mac(unsigned index, char *buf, size_t size);
/*
 * Makes a new disk for a VM, which must not be running: a sparse image with an empty ext4 file
 * system, in the lab's folder, which all hosts see. Removed with the lab.
 */
int lab_disk_make(const char *lab, const char *vm, uint64_t bytes, struct err *e);
void lab_disk_path(const char *lab, const char *vm, char *buf, size_t size);
/* The domain XML, malloc'd. Errors: a name or size that libvirt does not accept, no guest image. */
int lab_vm_xml(const struct lab_vm *vm, char **xml, struct err *e);

#endif
