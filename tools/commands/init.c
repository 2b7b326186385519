/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `blackout init URI URI`: inspects two hypervisors and writes a first plan. Changes no host. */
#include "tools/commands/commands.h"

#include "tools/commands/migration_precheck.h"
#include "tools/commands/plan_from_options.h"

#include <errno.h>
#include <getopt.h>
#include <string.h>
#include <unistd.h>

struct arguments {
	const char *file;
};

static const struct command_option options[] = {
	{.letter = 'o',
		.argument = "FILE",
		.offers = "file",
		.help = "the plan's file, which must not exist yet (default: plan.ini); - prints "
			"it",
		.offset = offsetof(struct arguments, file)},
};
const struct command_syntax init_syntax = {
	.name = "init",
	.summary = "inspect two hypervisors and write a first plan",
	.forms = {"URI URI [-o]"},
	.about = "  Inspects two hypervisors through libvirt, read-only: VMs, networks, and what "
		 "would hinder a live\n  migration; writes a first plan for a VM that runs on one "
		 "of them.\n",
	.options = options,
	.option_count = ARRAY_SIZE(options),
	.notes = "Exit status: 0; 2 usage, or FILE exists; 4 a hypervisor cannot be reached, or no "
		 "VM runs\nthat a plan can name.\n\n  blackout init qemu+ssh://root@kvm-a/system "
		 "qemu+ssh://root@kvm-b/system\n  blackout init qemu+ssh://root@kvm-a/system "
		 "qemu+ssh://root@kvm-b/system -o -\n",
};

static void put_plan(FILE *f, const struct precheck *precheck, const char *const uri[2])
{
	const char *vm = precheck_vm(precheck), *address = precheck_address(precheck);
	char host[QUICK_HOST_MAX];

	quick_host_of(uri[precheck_host_index(precheck)], host);
	fprintf(f,
		"; Made by blackout init. `blackout check FILE` says what it would do.\n"
		"[plan]\n"
		"title  = %s between two hosts\n"
		"repeat = 5                    ; moves, there and back\n"
		"bound  = 3 s                  ; how long a blackout may be\n\n",
		vm);
	for (size_t i = 0; i < 2; i++)
		fprintf(f, "[host %c]\nuri = %s\n\n", 'a' + (int)i, uri[i]);
	fprintf(f,
		"[vm %s]\nowned   = no                  ; it is moved, never stopped or changed\n"
		"address = %s%s\n\n",
		vm, address ? address : vm,
		address ? "" : "               ; not known to the host: put in the VM's address");
	fprintf(f,
		"[probe classic]               ; one ping per second, as people use it\nkind = "
		"ping\n\n[probe fine]                  ; a hundred pings per second; it is judged\n"
		"kind = burst\n\n[control still]               ; a host near the VM that must "
		"never go silent: best its router\ntarget = %s\n",
		*host ? host : "127.0.0.1");
}

static int write_plan(
	const struct precheck *precheck, const char *const uri[2], const char *file, struct err *e)
{
	bool print = strcmp(file, "-") == 0;
	FILE *f = print ? stdout : fopen(file, "wxe");
	bool failed;

	if (!f)
		return errno == EEXIST
			       ? err_set(e, "%s: exists already (name another file with -o)", file)
			       : err_errno(e, "%s", file);
	put_plan(f, precheck, uri);
	failed = fflush(f) || ferror(f);
	if (failed)
		err_errno(e, "%s", file);
	if (!print)
		fclose(f);
	/* Removes an incomplete plan: it would block the next attempt. */
	if (failed && !print)
		unlink(file);
	if (failed)
		return -1;
	if (!print)
		fprintf(stderr, "plan: %s (blackout check %s)\n", file, file);
	return 0;
}

static int has_vm(const struct precheck *precheck, struct err *e)
{
	if (precheck_vm(precheck))
		return 0;
	if (!precheck_any_vm_runs(precheck))
		return err_set(e, "no VM runs on either host: start one, then try again");
	return err_set(e,
		"no VM that runs has a name that a plan can hold (letters, digits, '.', '_' and "
		"'-', at most 48): rename one (virsh domrename), then try again");
}

static enum status init(const char *const uri[2], const char *file, struct err *e)
{
	enum status status = STATUS_SETUP;
	struct precheck *precheck;

	if (strcmp(file, "-") != 0 && access(file, F_OK) == 0) {
		err_set(e, "%s: exists already (name another file with -o)", file);
		return STATUS_USAGE;
	}
	if (precheck_new(&precheck, uri, e))
		return STATUS_SETUP;
	if (precheck_print(stderr, precheck, e) == 0 && has_vm(precheck, e) == 0 &&
		write_plan(precheck, uri, file, e) == 0)
		status = STATUS_PASS;
	precheck_free(precheck);
	return status;
}

int cmd_init(int argc, char **argv)
{
	struct arguments a = {.file = "plan.ini"};
	enum status status;
	struct err e = {0};
	int rc = options_read(&init_syntax, argc, argv, &a, &e);

	if (rc > 0)
		return STATUS_PASS;
	if (rc || argc - optind != 2) {
		options_help(&init_syntax, stderr);
		return STATUS_USAGE;
	}
	status = init((const char *const[2]){argv[optind], argv[optind + 1]}, a.file, &e);
	if (*e.text)
		fprintf(stderr, "blackout init: %s\n", e.text);
	return (int)status;
}
