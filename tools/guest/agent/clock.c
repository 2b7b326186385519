/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Time as the guest sees it: a thread wakes every TICK_NS and keeps the longest time between two
 * wakings. Its priority is the highest in the guest, so a long gap means that the whole guest stood
 * still, not that a workload took the processor.
 */
#include "tools/guest/agent/internal.h"

#include <pthread.h>
#include <string.h>
#include <time.h>

#define TICK_NS INT64_C(10000000)

static struct {
	pthread_mutex_t lock;
	int64_t last_ns;             /* the last tick; 0: none yet */
	int64_t jump_ns, jump_at_ns; /* longest time between two ticks; time of the later tick */
} ticker = {.lock = PTHREAD_MUTEX_INITIALIZER};

static int64_t read_ns(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void *tick(void *unused)
{
	int64_t next_ns = read_ns(CLOCK_MONOTONIC);

	(void)unused;
	for (;;) {
		int64_t now_ns;

		next_ns += TICK_NS;
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME,
			&(struct timespec){
				.tv_sec = next_ns / 1000000000, .tv_nsec = next_ns % 1000000000},
			NULL);
		now_ns = read_ns(CLOCK_MONOTONIC);
		pthread_mutex_lock(&ticker.lock);
		if (ticker.last_ns && now_ns - ticker.last_ns > ticker.jump_ns) {
			ticker.jump_ns = now_ns - ticker.last_ns;
			ticker.jump_at_ns = now_ns;
		}
		ticker.last_ns = now_ns;
		pthread_mutex_unlock(&ticker.lock);
		/* Skip missed ticks: they are one jump, not a burst of ticks. */
		if (now_ns - next_ns > TICK_NS)
			next_ns = now_ns;
	}
	return NULL;
}

void clock_start(void)
{
	struct sched_param first = {.sched_priority = 1};
	pthread_t thread;
	int rc = pthread_create(&thread, NULL, tick, NULL);

	if (rc) {
		agent_log("no ticker: %s", strerror(rc));
		return;
	}
	rc = pthread_setschedparam(thread, SCHED_FIFO, &first);
	if (rc)
		agent_log("the ticker has no real-time priority: %s", strerror(rc));
}

struct clock_reading clock_read(void)
{
	struct clock_reading reading = {
		.mono_ns = read_ns(CLOCK_MONOTONIC), .wall_ns = read_ns(CLOCK_REALTIME)};

	pthread_mutex_lock(&ticker.lock);
	reading.jump_ns = ticker.jump_ns;
	reading.jump_at_ns = ticker.jump_at_ns;
	pthread_mutex_unlock(&ticker.lock);
	return reading;
}

void clock_reset(void)
{
	pthread_mutex_lock(&ticker.lock);
	ticker.jump_ns = ticker.jump_at_ns = 0;
	pthread_mutex_unlock(&ticker.lock);
}
