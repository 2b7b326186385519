/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the lab's own files share; lab.h is what others see. */
#ifndef BLACKOUT_LAB_PRIVATE_H
#define BLACKOUT_LAB_PRIVATE_H

#include "tools/lab/lab.h"

#define LAB_STATE_DIR "/var/lib/blackout"
#define NETNS_DIR "/run/netns"
#define MEND_SETUP "tools/setup.sh installs what is missing"
#define MEND_PRIVILEGE \
	"run it on the machine itself or in a privileged container, not in a plain chroot"

/* "DIR/NAME[/FORMAT…]" of a lab's records. */
void lab_path(char buf[static PATH_MAX], const char *name, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* Calls a function for each namespace that the lab has: sw, mg, a, b … */
bool lab_part_is_ours(const char *name, const char *netns, const char **part);

/* spawn.c: programs and children. */
/* Runs a program with `input` (NULL: none) on its standard input. Errors: what it said. */
int spawn_wait(const char *const argv[], const char *input, struct err *e);
/*
 * Runs `work` in a child, in a network namespace (NULL: this one); the child dies with its parent.
 * *output (may be NULL) is what it wrote, malloc'd. Errors are the work's own.
 */
typedef int child_work(const void *arg, FILE *out, struct err *e);
int child_run(const char *netns, child_work *work, const void *arg, char **output, struct err *e);
int netns_enter(const char *path, struct err *e);

/* net.c: namespaces and links. */
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

/* answer.c: libvirt's view of the hosts, asked from a child. */
int hosts_wait(const struct lab_options *options, struct err *e);

/* Where QEMU's capabilities and the proof of KVM are kept. */
int cache_dir(char buf[static PATH_MAX], struct err *e);

#endif
