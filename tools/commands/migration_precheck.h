/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inspects two hypervisors, read-only: what runs there, and what would hinder a live migration. */
#ifndef BLACKOUT_TOOLS_COMMANDS_MIGRATION_PRECHECK_H
#define BLACKOUT_TOOLS_COMMANDS_MIGRATION_PRECHECK_H

#include "harness/base/base.h"

struct look;

/*
 * Connects to both and lists their VMs. 0; -1 with an error that has the URI and libvirt's message.
 */
int look_open(struct look **look, const char *const uri[2], struct err *e);
void look_close(struct look *look);
/*
 * Prints each host's name, hypervisor, running VMs and networks; then what hinders a move of the
 * chosen VM. Control characters in names are escaped. 0, or -1 out of memory.
 */
int look_say(FILE *f, const struct look *look, struct err *e);
/* The chosen VM: the first running one whose name is valid in a plan; NULL: none. */
const char *look_vm(const struct look *look);
/* True if any VM runs, with a valid name or not. */
bool look_running(const struct look *look);
/* The index of the hypervisor where the chosen VM runs, 0 or 1. */
size_t look_place(const struct look *look);
/* The chosen VM's address; NULL: the host does not know it. */
const char *look_address(const struct look *look);

#endif
