/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Makes a plan from options of `blackout run`: one VM of the user's is moved between two hosts. */
#ifndef BLACKOUT_TOOLS_COMMANDS_PLAN_FROM_OPTIONS_H
#define BLACKOUT_TOOLS_COMMANDS_PLAN_FROM_OPTIONS_H

#include "harness/plan/plan.h"

/* The options' arguments; NULL: not given. */
struct quick_plan {
	const char *vm, *from, *to, *repeat, *bound, *address, *control;
};

#define QUICK_HOST_MAX 48
/* Extracts the host of a URI: "kvm-a" from qemu+ssh://root@kvm-a:22/system; "" if it has none. */
void quick_host_of(const char *uri, char host[static QUICK_HOST_MAX]);
/* True if any of the options was given. */
bool quick_plan_given(const struct quick_plan *quick);
/*
 * Makes the plan with the parser that reads plan files. NULL: `errors` has all that is wrong, each
 * with its option.
 */
struct plan *quick_plan_make(const struct quick_plan *quick, struct plan_errors *errors);

#endif
