/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Finds and ends the lab's processes: a recorded one whose start time still matches (process ids
 * are reused), and all in the lab's network namespaces. No other process is killed.
 */
#include "harness/sites/lab/internal.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define END_TIMEOUT_NS (10 * NS_PER_S)

/* Reads the state letter and the start time of a process. False: there is no such process. */
static bool process_stat(pid_t pid, char *state, unsigned long long *start)
{
	char path[64], *text, *p;
	struct err ignored;
	bool found = false;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	if (file_read(path, 4096, &text, NULL, &ignored))
		return false;
	/* The process's name may contain spaces and ')': fields are counted from the last ')'. */
	p = strrchr(text, ')');
	if (p)
		found = sscanf(p + 1,
				" %c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s "
				"%*s "
				"%*s %*s %llu",
				state, start) == 2;
	free(text);
	return found;
}

unsigned long long process_start_time(pid_t pid)
{
	unsigned long long start;
	char state;

	/* A zombie counts as gone. */
	return process_stat(pid, &state, &start) && state != 'Z' && state != 'X' ? start : 0;
}

int process_record(const char *path, pid_t pid, struct err *e)
{
	char text[64];
	int n = snprintf(text, sizeof(text), "%d %llu\n", (int)pid, process_start_time(pid));

	return file_write(path, text, (size_t)n, e);
}

pid_t process_recorded(const char *path)
{
	unsigned long long start;
	struct err ignored;
	char *text;
	int pid, n;

	if (file_read(path, 64, &text, NULL, &ignored))
		return 0;
	n = sscanf(text, "%d %llu", &pid, &start);
	free(text);
	return n == 2 && pid > 1 && start && process_start_time(pid) == start ? pid : 0;
}

static size_t kill_recorded(const char *name)
{
	size_t alive = 0;

	for (unsigned n = 1; n <= LAB_HOSTS_MAX; n++) {
		char host[8], path[PATH_MAX];
		pid_t pid;

		lab_host_name(n, host, sizeof(host));
		lab_path(path, name, "/%s/pid", host);
		pid = process_recorded(path);
		if (!pid)
			continue;
		/* The first process of a pid namespace: the kernel kills the others with it. */
		kill(pid, SIGKILL);
		alive++;
	}
	return alive;
}

/* True if a process is in one of the namespaces that are certainly the lab's. */
static bool is_in(pid_t pid, const struct lab_namespaces *namespaces)
{
	char path[64];
	struct stat at;

	snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)pid);
	if (stat(path, &at))
		return false;
	for (size_t i = 0; i < namespaces->count; i++)
		if (namespaces->at[i].recorded && at.st_dev == namespaces->at[i].stat.st_dev &&
			at.st_ino == namespaces->at[i].stat.st_ino)
			return true;
	return false;
}

/* Sends a signal (0: none) to all processes in the namespaces. Returns how many there are. */
static size_t signal_inhabitants(const struct lab_namespaces *namespaces, int number)
{
	DIR *dir = opendir("/proc");
	struct dirent *entry;
	size_t alive = 0;

	while (dir && (entry = readdir(dir))) {
		pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);

		if (pid <= 1 || pid == getpid() || !is_in(pid, namespaces))
			continue;
		kill(pid, number);
		alive++;
	}
	if (dir)
		closedir(dir);
	return alive;
}

bool processes_inhabit(const struct stat *netns)
{
	struct lab_namespaces one = {.at[0] = {.stat = *netns, .recorded = true}, .count = 1};

	return signal_inhabitants(&one, 0) > 0;
}

int processes_end(const char *name, struct err *e)
{
	int64_t end_ns = clock_mono_ns() + END_TIMEOUT_NS;
	struct lab_namespaces namespaces;

	lab_namespaces_find(name, &namespaces);
	if (is_in(getpid(), &namespaces))
		return err_set(
			e, "lab %s: this process is inside it; leave the namespace first", name);
	while (kill_recorded(name) + signal_inhabitants(&namespaces, SIGKILL)) {
		if (clock_mono_ns() > end_ns)
			return err_set(e,
				"lab %s: processes in its namespaces do not die "
				"(`ip netns pids %s-a` shows them)",
				name, name);
		nanosleep(&(struct timespec){.tv_nsec = 10 * NS_PER_MS}, NULL);
	}
	return 0;
}
