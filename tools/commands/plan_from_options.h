/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A plan from the command line, for the quick question: one VM of one's own, between two hosts. */
#ifndef BLACKOUT_TOOLS_COMMANDS_PLAN_FROM_OPTIONS_H
#define BLACKOUT_TOOLS_COMMANDS_PLAN_FROM_OPTIONS_H

#include "harness/plan/plan.h"

/* What was given; NULL: not given. */
struct quick_plan {
	const char *vm, *from, *to, *repeat, *bound, *address, *control;
};

#define QUICK_HOST_MAX 48
/* The host in a URI ("kvm-a" of qemu+ssh://root@kvm-a:22/system); "" where it names none. */
void quick_host_of(const char *uri, char host[static QUICK_HOST_MAX]);
/* Whether any was given. */
bool quick_plan_given(const struct quick_plan *quick);
/*
 * The same plan as a file would be, read by the same parser. NULL with everything that is wrong, each by
 * the option that it comes from.
 */
struct plan *quick_plan_make(const struct quick_plan *quick, struct plan_errors *errors);

#endif
