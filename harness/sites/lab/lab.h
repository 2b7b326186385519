/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The embedded lab: hosts that run libvirt and QEMU, made of namespaces on one machine. Host n
 * (from 1) is named a, b, c …; control 10.10.0.(10+n), migration 10.30.0.(10+n), and its bridge br0
 * is a port of the user LAN 10.20.0.0/24. The management namespace has 10.20.0.1 and 10.10.0.1; the
 * LAN's switch itself answers at 10.20.0.254. Where a router is wanted, it is at 10.20.0.2 and joins
 * 10.40.0.0/24, where management has 10.40.0.1. What runs in the lab is the callers' business.
 *
 * All functions want root. Several labs can be up at once under different names.
 */
#ifndef BLACKOUT_SITES_LAB_LAB_H
#define BLACKOUT_SITES_LAB_LAB_H

#include <limits.h>
#include <sys/types.h>

#include "harness/base/base.h"

#define LAB_NAME_MAX 12 /* with the NUL; letters and digits */
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
	int64_t link_bps; /* of each host's migration port */
	bool router;      /* between the user LAN and a network of its own */
};

enum lab_state { LAB_DOWN, LAB_HALF_UP, LAB_UP };

struct lab_host {
	char name[8];
	pid_t pid; /* its first process as seen from here; 0: none */
	bool alive;
};

struct lab_status {
	enum lab_state state;
	struct lab_options options; /* as it was brought up; only the name unless LAB_UP */
	bool kvm;
	int64_t up_ns; /* how long bringing up took, without the proof of KVM */
	struct lab_host hosts[LAB_HOSTS_MAX];
};

/* The name of the lab: `name`, or BLACKOUT_LAB, or "blackout". Errors: not a lab's name. */
int lab_options_default(struct lab_options *options, const char *name, struct err *e);
/* Brings the lab up and returns when every host's libvirt answers; on errors nothing is left
 * behind. Says on `say` (NULL: quiet) what takes time. Errors: it is up, no root, no privileges, a
 * program is missing, a host does not answer. */
int lab_up(const struct lab_options *options, FILE *say, struct err *e);
/* Removes everything of the lab, however far it came up and whoever uses it. *was_up: whether there
 * was anything. */
int lab_down(const char *name, bool *was_up, struct err *e);
int lab_status(const char *name, struct lab_status *status, struct err *e);
/*
 * Claims a lab, up or down, for this process alone, until lab_release or its end; children do not
 * hold the claim. Errors: another run has it.
 */
int lab_claim(const char *name, int *fd, struct err *e);
void lab_release(const char *name, int fd);
/* The process of the run that claimed a lab; 0: none. Not to be asked by a run itself. */
pid_t lab_claim_holder(const char *name);
/* The VMs on a lab's hosts, a line each: "HOST VM STATE". malloc'd. */
int lab_vms(const struct lab_status *status, char **lines, struct err *e);
/*
 * Runs a program in the management namespace with the lab's /etc/hosts, in place of this process;
 * returns only on errors.
 */
int lab_exec(const char *name, char *const argv[], struct err *e);

/* Host n's name ("a" for 1), URI as seen from the management namespace, and a namespace's path. */
void lab_host_name(unsigned n, char *buf, size_t size);
void lab_host_uri(unsigned n, char *buf, size_t size);
void lab_netns_path(const char *name, const char *label, char *buf, size_t size);
/* Where host n's logs are: libvirtd.log, init.log, qemu/VM-console.log. They go with the lab. */
void lab_host_log_dir(const char *name, unsigned n, char *buf, size_t size);
/* Copies host n's logs to DIR/HOST. */
int lab_logs_copy(const char *name, unsigned n, const char *dir, struct err *e);

/*
 * What the lab's guest starts from: beside the running program, or BLACKOUT_GUEST. Errors: not
 * made.
 */
struct lab_guest {
	char kernel[PATH_MAX], initrd[PATH_MAX];
};
int lab_guest_find(struct lab_guest *guest, struct err *e);
/* The same for a guest that serves a remote desktop. */
int lab_guest_find_desktop(struct lab_guest *guest, struct err *e);
/* The kernel's release, malloc'd; NULL if the image does not tell. */
char *lab_guest_version(const struct lab_guest *guest);

/*
 * Whether KVM really carries a guest here: /dev/kvm is believed only after the lab's own guest
 * booted on it within 10 s. The result is kept until the next boot or another guest kernel. Never
 * fails: what cannot be proven is not used.
 */
bool lab_kvm_works(FILE *say);

/* Bits a second that a TCP transfer from host 1 to host 2 reaches over the migration network. */
int lab_link_measure(const char *name, int64_t duration_ns, int64_t *bps, struct err *e);

/*
 * How long switches and neighbours remember, and which way management goes to the LAN. NS_NONE: as
 * the kernel has it (a switch 300 s, a neighbour entry 30 s on average and then 5 s until it is
 * asked for).
 */
struct lab_tuning {
	int64_t ageing_ns;      /* of the LAN's switch and of each host's own */
	int64_t reachable_ns;   /* of management's and the router's neighbour entries on the LAN */
	int64_t first_probe_ns; /* whole seconds */
	bool behind_router;     /* management reaches the LAN through the router */
	bool announcements_lost; /* hosts' switches let no RARP and no ARP request out onto the LAN */
};
/*
 * Tunes a lab that is up, whatever it was tuned to before. Each call draws the reachable times anew.
 * Errors: no nft, no such lab, behind a router that the lab lacks.
 */
int lab_tune(const struct lab_options *options, const struct lab_tuning *tuning, struct err *e);

/* A guest of the lab as libvirt is to define it. */
struct lab_vm {
	const char *lab;       /* whose disk it is */
	const char *name;
	unsigned index;        /* from 1: its address, MAC and UUID */
	uint64_t memory_bytes; /* a multiple of 1 MB */
	unsigned vcpus;
	uint64_t fill_bytes, rewrite_bps; /* the agent's */
	bool kvm;
	bool tcg_workaround;      /* TCG only: the RAM size that keeps QEMU 7.2 from losing writes */
	bool neighbour; /* permanent neighbour entries for management and router: it asks nobody */
	bool router;    /* the router is its gateway */
	bool silent;    /* neither QEMU nor the guest announces a move */
	bool desktop;   /* it serves a remote desktop */
	bool disk;      /* it has the disk that lab_disk_make made */
};
#define LAB_VMS_MAX 99
void lab_vm_address(unsigned index, char *buf, size_t size);
void lab_vm_mac(unsigned index, char *buf, size_t size);
/*
 * Makes a VM's disk anew: an empty ext4 file system that takes no room until it is written, in the
 * lab's own folder, where every host sees it. The VM must not be running. Goes with the lab.
 */
int lab_disk_make(const char *lab, const char *vm, uint64_t bytes, struct err *e);
void lab_disk_path(const char *lab, const char *vm, char *buf, size_t size);
/* The domain XML, malloc'd. Errors: a name or size that libvirt would not take, no guest image. */
int lab_vm_xml(const struct lab_vm *vm, char **xml, struct err *e);

#endif
