/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Looking at two hypervisors, read only: what runs there, and what would hinder a live migration. */
#ifndef BLACKOUT_TOOLS_COMMANDS_MIGRATION_PRECHECK_H
#define BLACKOUT_TOOLS_COMMANDS_MIGRATION_PRECHECK_H

#include "harness/base/base.h"

struct look;

/* Connects to both. Errors name the URI and what libvirt says. */
int look_open(struct look **look, const char *const uri[2], struct err *e);
void look_close(struct look *look);
/*
 * Each host: its name, hypervisor, running VMs, networks; then what hinders a move of the chosen VM.
 * Names are made harmless for terminals.
 */
int look_say(FILE *f, const struct look *look, struct err *e);
/* The VM a plan would be about: the first that runs on one of the two and has a name that a plan can
 * hold; NULL: there is none. */
const char *look_vm(const struct look *look);
/* Whether any VM runs, whatever its name. */
bool look_running(const struct look *look);
/* Which of the two it runs on. */
size_t look_place(const struct look *look);
/* Its address as the host knows it; NULL: the host does not. */
const char *look_address(const struct look *look);

#endif
