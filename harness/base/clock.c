/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The system's clocks: see base.h. */
#include "harness/base/base.h"

static int64_t clock_ns(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (int64_t)t.tv_sec * NS_PER_S + t.tv_nsec;
}

int64_t clock_mono_ns(void)
{
	return clock_ns(CLOCK_BOOTTIME);
}

int64_t clock_utc_ns(void)
{
	return clock_ns(CLOCK_REALTIME);
}

static int64_t system_mono_ns(const struct clock *clock)
{
	(void)clock;
	return clock_mono_ns();
}

static int64_t system_utc_ns(const struct clock *clock)
{
	(void)clock;
	return clock_utc_ns();
}

struct timespec clock_cond_deadline(int64_t until_ns)
{
	int64_t ns = clock_ns(CLOCK_MONOTONIC) + until_ns - clock_mono_ns();

	return (struct timespec){.tv_sec = ns / NS_PER_S, .tv_nsec = ns % NS_PER_S};
}

static bool system_sleep_until(const struct clock *clock, int64_t mono_ns)
{
	struct timespec t = {.tv_sec = mono_ns / NS_PER_S, .tv_nsec = mono_ns % NS_PER_S};

	(void)clock;
	return clock_nanosleep(CLOCK_BOOTTIME, TIMER_ABSTIME, &t, NULL) == 0;
}

const struct clock clock_system = {
	.mono_ns = system_mono_ns,
	.utc_ns = system_utc_ns,
	.sleep_until = system_sleep_until,
};
