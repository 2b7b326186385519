/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finds the plans that are shipped with the program. */
#ifndef BLACKOUT_TOOLS_COMMANDS_SHIPPED_PLANS_H
#define BLACKOUT_TOOLS_COMMANDS_SHIPPED_PLANS_H

#include "harness/base/base.h"

#include <limits.h>

/* The folder of the shipped plans. 0 or -1. */
int shipped_plans_folder(char buf[static PATH_MAX], struct err *e);
/*
 * The file of a plan that the user gave. If no file `plan` exists and it is a name without '/'
 * ("demo", "demo.ini"), this is the shipped plan of that name; otherwise, and if there is none,
 * `plan` itself.
 */
void shipped_plans_find(char buf[static PATH_MAX], const char *plan);

#endif
