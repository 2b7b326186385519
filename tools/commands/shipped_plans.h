/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The plans that are shipped with the program, by their names. */
#ifndef BLACKOUT_TOOLS_COMMANDS_SHIPPED_PLANS_H
#define BLACKOUT_TOOLS_COMMANDS_SHIPPED_PLANS_H

#include "harness/base/base.h"

#include <limits.h>

/* The folder of the shipped plans. */
int shipped_plans(char buf[static PATH_MAX], struct err *e);
/*
 * The file of a plan as given on the command line: itself, or, where there is no such file and it is a
 * mere name ("demo", "demo.ini"), the shipped plan of that name. What is neither stays as it is.
 */
void shipped_plan(char buf[static PATH_MAX], const char *plan);

#endif
