/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The guest's process 1: fills memory with stamped pages, rewrites some, verifies all of them on
 * request, and echoes session records. It sends nothing on the LAN unless a session asks for it.
 * harness/ops/guest_agent.h has its protocol; the harness draws the conclusions.
 */
#include "tools/guest/agent/internal.h"

#include <signal.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <unistd.h>

/* The control port is polled at least this often. */
#define SLEEP_MAX_NS INT64_C(200000000)

static void poll_add(int epoll, int fd, uint32_t events)
{
	struct epoll_event event = {.events = events, .data = {.fd = fd}};

	if (fd >= 0 && epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event))
		agent_log("cannot poll descriptor %d", fd);
}

static void serve(struct pages *pages, int epoll, bool sessions, bool control)
{
	bool filled = false;

	for (;;) {
		int64_t now_ns = agent_now_ns(), sleep_ns, screen_ns = INT64_MAX;
		struct page_counts counts;
		struct epoll_event events[4];

		if (sessions)
			screen_ns = sessions_serve();
		workloads_serve();
		if (control)
			control_serve(pages, now_ns);
		sleep_ns = pages_serve(pages, now_ns);
		counts = pages_count(pages);
		if (!filled && counts.filled == counts.pages) {
			filled = true;
			agent_log("filled %llu pages at %lld ms", (unsigned long long)counts.pages,
				(long long)(agent_now_ns() / 1000000));
		}
		if (sleep_ns > screen_ns)
			sleep_ns = screen_ns;
		if (sleep_ns > SLEEP_MAX_NS)
			sleep_ns = SLEEP_MAX_NS;
		epoll_wait(epoll, events, 4, (int)(sleep_ns / 1000000));
	}
}

int main(void)
{
	struct agent_options options = {.pulse_ms = 200};
	int epoll, sessions, control;

	signal(SIGPIPE, SIG_IGN);
	signal(SIGCHLD, SIG_IGN);
	boot_system(&options);
	boot_pulse(options.pulse_ms);
	boot_network(&options);
	if (options.desktop)
		desktop_start();
	boot_disk();
	clock_start();
	epoll = epoll_create1(EPOLL_CLOEXEC);
	sessions = sessions_open();
	control = control_open();
	poll_add(epoll, sessions, EPOLLIN);
	poll_add(epoll, workloads_open(), EPOLLIN);
	/* Edge-triggered: the port reports a hang-up for as long as its other end is closed. */
	poll_add(epoll, control, EPOLLIN | EPOLLOUT | EPOLLET);
	agent_log("ready at %lld ms", (long long)(agent_now_ns() / 1000000));
	serve(pages_new(options.fill_bytes, options.rewrite_bps), epoll, sessions >= 0,
		control >= 0);
}
