/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The lab's private declarations; lab.h is its interface. */
#ifndef BLACKOUT_SITES_LAB_INTERNAL_H
#define BLACKOUT_SITES_LAB_INTERNAL_H

#include <sys/stat.h>

#include "harness/sites/lab/lab.h"

#define LAB_STATE_DIR "/var/lib/blackout"
#define NETNS_DIR "/run/netns"
#define ADVICE_SETUP "tools/setup.sh installs what is missing"
#define ADVICE_PRIVILEGE \
	"run it on the machine itself or in a privileged container, not in a plain chroot"

/* Makes a path below the lab's record folder: LAB_STATE_DIR/NAME, then the formatted text. */
void lab_path(char buf[static PATH_MAX], const char *name, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* Returns -1 with an error if the process is not root. */
int lab_check_root(struct err *e);
/* The folder for QEMU's capabilities and the result of the KVM test. */
int lab_cache_dir(char buf[static PATH_MAX], struct err *e);
/* The id of the machine's current boot, malloc'd. */
char *lab_boot_id(struct err *e);

/* Removes the claim that a killed run left, or the caller's own. */
void claim_clear(const char *name);

/* The lab's network namespaces, named LAB-LABEL; labels are sw, mg, a, b, …, rt. */
/* Writes the label of the i-th namespace to buf. False: there are fewer. */
bool lab_namespace_label(const struct lab_options *options, unsigned i, char *buf, size_t size);
/* Records the names before the namespaces are made; if `made`, also device and inode numbers. */
int lab_namespaces_record(const struct lab_options *options, bool made, struct err *e);
struct lab_namespace {
	char label[8];
	struct stat stat;
	bool recorded; /* its inode was recorded; false: `up` was killed before that */
};
struct lab_namespaces {
	struct lab_namespace at[LAB_HOSTS_MAX + 3];
	size_t count;
};
/* Finds the recorded namespaces that exist, except those replaced by another of the same name. */
void lab_namespaces_find(const char *name, struct lab_namespaces *namespaces);

/* The folder of named namespaces, NETNS_DIR. */
/* Locks out other labs that make namespaces or clean up. Close the descriptor to unlock. */
int netns_dir_lock(struct err *e);
/* Records, before namespaces are made, whether the folder or only its mount is absent. */
int netns_dir_record(struct err *e);
/* If the folder is empty, unmounts and removes it as far as netns_dir_record found that absent. */
int netns_dir_clean(const char *name, struct err *e);

/* Programs and child processes. They get no signals from the terminal, such as Ctrl-C's. */
/*
 * Executes a program with `input` (NULL: none) as its standard input and waits for it. The error
 * has the first line that the program printed.
 */
int spawn_program(const char *const argv[], const char *input, struct err *e);
/*
 * Calls `function` in a child process, in a network namespace (NULL: the caller's). The child dies
 * with its parent. *output (`output` may be NULL) is what the function wrote to `out`, malloc'd.
 * Errors are the function's.
 */
typedef int spawned_function(const void *arg, FILE *out, struct err *e);
int spawn_function(const char *netns, spawned_function *function, const void *arg, char **output,
	struct err *e);
/* Moves this process into a network namespace. */
int spawn_enter_netns(const char *path, struct err *e);

/* Many commands for one execution of iproute2's `ip`. */
struct ip_batch {
	char *text;
	size_t length;
	FILE *f; /* write the commands here, a line each */
};
int ip_batch_open(struct ip_batch *batch, struct err *e);
/*
 * Executes the commands in a namespace (NULL: the caller's) and frees the batch. `force`: continues
 * after a failed command.
 */
int ip_batch_execute(struct ip_batch *batch, const char *netns, bool force, struct err *e);
/* Frees the batch without executing it. */
void ip_batch_drop(struct ip_batch *batch);
/* Writes to a file of /proc/sys. `optional`: returns 0 if the file does not exist. */
int sysctl_write(const char *path, const char *text, bool optional, struct err *e);

/* Makes the router's links and addresses. */
int router_make(const struct lab_options *options, struct err *e);

/* Makes the lab's namespaces and links. */
int network_make(const struct lab_options *options, struct err *e);
/* Removes the lab's namespaces. Their processes must have ended. */
int network_remove(const char *name, struct err *e);

/* Starts host n's first process. */
int host_start(const struct lab_options *options, unsigned n, bool kvm, const char *lab_cache_dir,
	pid_t *pid, struct err *e);
/* Waits, with a time-out, until the libvirt of every host responds. */
int host_query_wait(const struct lab_options *options, struct err *e);

/* A process's start time in ticks since boot (proc(5), field 22 of stat); 0: no such process. */
unsigned long long process_start_time(pid_t pid);
/* Records a process in a file. */
int process_record(const char *path, pid_t pid, struct err *e);
/* Returns the recorded process if it is still running, else 0. */
pid_t process_recorded(const char *path);
/* Kills the recorded processes and all in the lab's namespaces; waits until they are gone. */
int processes_end(const char *name, struct err *e);
/* True if any process is in a network namespace. */
bool processes_inhabit(const struct stat *netns);

#endif
