/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inspects two hypervisors, read-only: what runs there, and what would hinder a live migration. */
#ifndef BLACKOUT_TOOLS_COMMANDS_MIGRATION_PRECHECK_H
#define BLACKOUT_TOOLS_COMMANDS_MIGRATION_PRECHECK_H

#include "harness/base/base.h"

struct precheck;

/*
 * Connects to both and lists their VMs. 0; -1 with an error that has the URI and libvirt's message.
 */
int precheck_new(struct precheck **opened, const char *const uri[2], struct err *e);
void precheck_free(struct precheck *precheck);
/*
 * Prints each host's name, hypervisor, running VMs and networks; then what hinders a move of the
 * chosen VM. Control characters in names are escaped. 0, or -1 out of memory.
 */
int precheck_print(FILE *f, const struct precheck *precheck, struct err *e);
/* The chosen VM: the first running one whose name is valid in a plan; NULL: none. */
const char *precheck_vm(const struct precheck *precheck);
/* True if any VM runs, with a valid name or not. */
bool precheck_any_vm_runs(const struct precheck *precheck);
/* The index of the hypervisor where the chosen VM runs, 0 or 1. */
size_t precheck_host_index(const struct precheck *precheck);
/* The chosen VM's address; NULL: the host does not know it. */
const char *precheck_address(const struct precheck *precheck);

#endif
