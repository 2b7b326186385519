/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The lab's names, addresses and paths. */
#include "harness/base/program_path.h"
#include "harness/sites/lab/internal.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int lab_options_default(struct lab_options *options, const char *name, struct err *e)
{
	const char *from_env = getenv("BLACKOUT_LAB");
	size_t n;

	if (!name)
		name = from_env && *from_env ? from_env : "blackout";
	n = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789");
	if (!n || name[n] || n >= LAB_NAME_MAX || isdigit((unsigned char)name[0]))
		return err_set(e,
			"'%.40s' cannot be a lab's name (a lower-case letter, then lower-case "
			"letters and digits, at most %d characters)",
			name, LAB_NAME_MAX - 1);
	*options =
		(struct lab_options){.hosts = LAB_HOSTS_DEFAULT, .link_bps = LAB_LINK_DEFAULT_BPS};
	memcpy(options->name, name, n + 1);
	return 0;
}

void lab_path(char buf[static PATH_MAX], const char *name, const char *fmt, ...)
{
	int n = snprintf(buf, PATH_MAX, "%s/%s", LAB_STATE_DIR, name);
	va_list args;

	va_start(args, fmt);
	vsnprintf(buf + n, (size_t)(PATH_MAX - n), fmt, args);
	va_end(args);
}

void lab_host_name(unsigned n, char *buf, size_t size)
{
	snprintf(buf, size, "%c", 'a' + (int)n - 1);
}

void lab_host_uri(unsigned n, char *buf, size_t size)
{
	snprintf(buf, size, "qemu+tcp://10.10.0.%u/system", 10 + n);
}

void lab_netns_path(const char *name, const char *label, char *buf, size_t size)
{
	snprintf(buf, size, NETNS_DIR "/%s-%s", name, label);
}

void lab_host_log_dir(const char *name, unsigned n, char *buf, size_t size)
{
	char host[8], path[PATH_MAX];

	lab_host_name(n, host, sizeof(host));
	lab_path(path, name, "/%s/log", host);
	snprintf(buf, size, "%s", path);
}

int lab_cache_dir(char buf[static PATH_MAX], struct err *e)
{
	char dir[PATH_MAX];
	struct err ignored;

	if (program_dir(dir, e))
		return -1;
	/* A program in a build tree has its cache in its own folder. */
	if (!program_installed(dir) && path_join(buf, PATH_MAX, dir, "lab-cache") == 0 &&
		dir_make(buf, &ignored) == 0 && access(buf, W_OK) == 0)
		return 0;
	strcpy(buf, "/var/cache/blackout");
	return dir_make(buf, e);
}

static int find_guest(struct lab_guest *guest, const char *initrd, struct err *e)
{
	const char *from_env = getenv("BLACKOUT_GUEST");
	char dir[PATH_MAX];

	if (from_env && *from_env) {
		if (!realpath(from_env, dir))
			return err_errno(e, "BLACKOUT_GUEST=%.200s", from_env);
	} else if (program_file(dir, "guest", "../lib/blackout/guest", e)) {
		return -1;
	}
	if (path_join(guest->kernel, sizeof(guest->kernel), dir, "vmlinuz") ||
		path_join(guest->initrd, sizeof(guest->initrd), dir, initrd))
		return err_set(e, "%.200s: name too long", dir);
	if (access(guest->kernel, R_OK) || access(guest->initrd, R_OK))
		return err_set(e,
			"%.400s has no guest image (vmlinuz and %s): in the source's folder `make guest` "
			"makes it and `make install` installs it, or BLACKOUT_GUEST says where it is",
			dir, initrd);
	return 0;
}

int lab_guest_find(struct lab_guest *guest, struct err *e)
{
	return find_guest(guest, "initrd.gz", e);
}

int lab_guest_find_desktop(struct lab_guest *guest, struct err *e)
{
	return find_guest(guest, "initrd-rdp.gz", e);
}
