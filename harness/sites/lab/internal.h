/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the lab's own files share; lab.h is what others see. */
#ifndef BLACKOUT_SITES_LAB_INTERNAL_H
#define BLACKOUT_SITES_LAB_INTERNAL_H

#include <sys/stat.h>

#include "harness/sites/lab/lab.h"

#define LAB_STATE_DIR "/var/lib/blackout"
#define NETNS_DIR "/run/netns"
#define MEND_SETUP "tools/setup.sh installs what is missing"
#define MEND_PRIVILEGE \
	"run it on the machine itself or in a privileged container, not in a plain chroot"

/* "DIR/NAME[/FORMAT…]" of a lab's records. */
void lab_path(char buf[static PATH_MAX], const char *name, const char *fmt, ...) PRINTF_LIKE(3, 4);
int need_root(struct err *e);

/* claim.c: who is using the lab. Removes what a run that was killed left of its claim. */
void claim_clear(const char *name);

/* namespace_records.c: which namespaces are the lab's. */
/* The i-th namespace's part of the name: sw, mg, a, b …, rt; false beyond the last. */
bool part_name(const struct lab_options *options, unsigned i, char *buf, size_t size);
/* Records the names before the namespaces are made, and which they are after (`made`). */
int parts_record(const struct lab_options *options, bool made, struct err *e);
struct part {
	char name[8];
	struct stat is;
	bool known; /* it is the one recorded; else only its name is, by an `up` that was killed */
};
struct parts {
	struct part at[LAB_HOSTS_MAX + 3];
	size_t count;
};
/* Those of the recorded namespaces that are there and are still the same. */
void parts_find(const char *name, struct parts *parts);
/* This boot of the machine, malloc'd. */
char *boot_id(struct err *e);

/* netns_dir.c: the folder of named namespaces. */
/* Keeps other labs from making namespaces or clearing up after them until the descriptor that it
 * returns is closed. */
int place_lock(struct err *e);
/* Remembers what of the folder is not there yet. */
int place_remember(struct err *e);
/* Removes what labs made of the folder, if nobody has anything in it. */
int place_forget(const char *name, struct err *e);

/* spawn.c: programs and children. */
/* Runs a program with `input` (NULL: none) on its standard input. Errors: what it said. Programs and
 * children get no signals of the terminal: what was begun is finished. */
int spawn_wait(const char *const argv[], const char *input, struct err *e);
/*
 * Runs `work` in a child, in a network namespace (NULL: this one); the child dies with its parent.
 * *output (may be NULL) is what it wrote, malloc'd. Errors are the work's own.
 */
typedef int child_work(const void *arg, FILE *out, struct err *e);
int child_run(const char *netns, child_work *work, const void *arg, char **output, struct err *e);
int netns_enter(const char *path, struct err *e);

/* ip_batch.c: many commands for one run of `ip`. */
struct batch {
	char *text;
	size_t length;
	FILE *f; /* takes the lines */
};
int batch_open(struct batch *batch, struct err *e);
/* Runs the lines in a namespace (NULL: this one) and frees them. `force`: goes on after a line that
 * fails. */
int batch_run(struct batch *batch, const char *netns, bool force, struct err *e);
void batch_drop(struct batch *batch);
/* Writes into a file of /proc/sys; one that is not there is fine if it may be `absent`. */
int set_text(const char *path, const char *text, bool absent, struct err *e);

/* router.c: the router's cables and addresses. */
int router_make(const struct lab_options *options, struct err *e);

/* network.c: namespaces and links. */
int net_make(const struct lab_options *options, struct err *e);
/* Removes the lab's namespaces once nothing runs in them any more. */
int net_remove(const char *name, struct err *e);

/* host.c: a host's first process. */
int host_start(const struct lab_options *options, unsigned n, bool kvm, const char *cache_dir,
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
bool is_inhabited(const struct stat *netns);

/* host_query.c: libvirt's view of the hosts, asked from a child. */
int hosts_wait(const struct lab_options *options, struct err *e);

/* Where QEMU's capabilities and the proof of KVM are kept. */
int cache_dir(char buf[static PATH_MAX], struct err *e);

#endif
