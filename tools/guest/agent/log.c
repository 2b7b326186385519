/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The agent's messages on the serial console, and its clock. */
#include "tools/guest/agent/internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>

int64_t agent_now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_BOOTTIME, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

void agent_log(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	printf("agent ");
	vprintf(fmt, args);
	printf("\n");
	fflush(stdout);
	va_end(args);
}
