/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the lab's own files share; lab.h is what others see. */
#ifndef BLACKOUT_SITES_LAB_INTERNAL_H
#define BLACKOUT_SITES_LAB_INTERNAL_H

#include <sys/stat.h>

#include "harness/sites/lab/lab.h"

#define LAB_STATE_DIR "/var/lib/blackout"
#define NETNS_DIR "/run/netns"
#define ADVICE_SETUP "tools/setup.sh installs what is missing"
#define ADVICE_PRIVILEGE \
	"run it on the machine itself or in a privileged container, not in a plain chroot"

/* "DIR/NAME[/FORMAT…]" of a lab's records. */
void lab_path(char buf[static PATH_MAX], const char *name, const char *fmt, ...) PRINTF_LIKE(3, 4);
int lab_need_root(struct err *e);

/* claim.c: who is using the lab. Removes what a run that was killed left of its claim. */
void claim_clear(const char *name);

/* namespace_records.c: which namespaces are the lab's. */
/* The i-th namespace's part of the name: sw, mg, a, b …, rt; false beyond the last. */
bool lab_namespace_name(const struct lab_options *options, unsigned i, char *buf, size_t size);
/* Records the names before the namespaces are made, and which they are after (`made`). */
int lab_namespaces_record(const struct lab_options *options, bool made, struct err *e);
struct lab_namespace {
	char name[8];
	struct stat is;
	bool known; /* it is the one recorded; else only its name is, by an `up` that was killed */
};
struct lab_namespaces {
	struct lab_namespace at[LAB_HOSTS_MAX + 3];
	size_t count;
};
/* Those of the recorded namespaces that are there and are still the same. */
void lab_namespaces_find(const char *name, struct lab_namespaces *namespaces);
/* This boot of the machine, malloc'd. */
char *lab_boot_id(struct err *e);

/* netns_dir.c: the folder of named namespaces. */
/* Keeps other labs from making namespaces or clearing up after them until the descriptor that it
 * returns is closed. */
int netns_dir_lock(struct err *e);
/* Remembers what of the folder is not there yet. */
int netns_dir_remember(struct err *e);
/* Removes what labs made of the folder, if nobody has anything in it. */
int netns_dir_forget(const char *name, struct err *e);

/* spawn.c: programs and children. */
/* Runs a program with `input` (NULL: none) on its standard input. Errors: what it said. Programs and
 * children get no signals of the terminal: what was begun is finished. */
int spawn_program(const char *const argv[], const char *input, struct err *e);
/*
 * Runs `work` in a child, in a network namespace (NULL: this one); the child dies with its parent.
 * *output (may be NULL) is what it wrote, malloc'd. Errors are the work's own.
 */
typedef int spawned_function(const void *arg, FILE *out, struct err *e);
int spawn_function(const char *netns, spawned_function *work, const void *arg, char **output, struct err *e);
int spawn_enter_netns(const char *path, struct err *e);

/* ip_batch.c: many commands for one run of `ip`. */
struct ip_batch {
	char *text;
	size_t length;
	FILE *f; /* takes the lines */
};
int ip_batch_open(struct ip_batch *batch, struct err *e);
/* Runs the lines in a namespace (NULL: this one) and frees them. `force`: goes on after a line that
 * fails. */
int ip_batch_execute(struct ip_batch *batch, const char *netns, bool force, struct err *e);
void ip_batch_drop(struct ip_batch *batch);
/* Writes into a file of /proc/sys; one that is not there is fine if it may be `absent`. */
int sysctl_write(const char *path, const char *text, bool absent, struct err *e);

/* router.c: the router's cables and addresses. */
int router_make(const struct lab_options *options, struct err *e);

/* network.c: namespaces and links. */
int network_make(const struct lab_options *options, struct err *e);
/* Removes the lab's namespaces once nothing runs in them any more. */
int network_remove(const char *name, struct err *e);

/* host.c: a host's first process. */
int host_start(const struct lab_options *options, unsigned n, bool kvm, const char *lab_cache_dir,
	pid_t *pid, struct err *e);

/* processes.c: whose processes there are. */
/* Start time of a process in ticks since boot (proc(5), stat field 22); 0: there is none. */
unsigned long long process_start_time(pid_t pid);
int process_record(const char *path, pid_t pid, struct err *e);
/* The recorded process if it still is the same one, else 0. */
pid_t process_recorded(const char *path);
/* Kills what was recorded and what lives in the lab's namespaces, and waits for it to be gone. */
int processes_end(const char *name, struct err *e);
/* Whether a process lives in a namespace. */
bool processes_inhabit(const struct stat *netns);

/* host_query.c: libvirt's view of the hosts, asked from a child. */
int host_query_wait(const struct lab_options *options, struct err *e);

/* Where QEMU's capabilities and the proof of KVM are kept. */
int lab_cache_dir(char buf[static PATH_MAX], struct err *e);

#endif
