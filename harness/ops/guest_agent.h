/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The guest agent's wire protocol, shared by harness and agent. Two channels:
 *
 * Control, over virtio-serial port AGENT_PORT only, never the user LAN: one request line, one answer
 * line, LF-ended, at most AGENT_LINE_MAX bytes.
 *	hello            ok version=2 pages=N fill_bytes=B disk=yes|no rdp=yes|no
 *	status           ok pages=N filled=N rewritten=R sessions=S uptime_ns=T
 *	verify           ok pages=N bad=0 | bad pages=N bad=K first=INDEX
 *	                 why=index|generation|checksum|table expected=X found=Y
 *	                 | error still filling: X of Y pages
 *	corrupt INDEX    ok (flips one bit of a stamped page: the positive control of `verify`)
 *	clock            ok mono_ns=T wall_ns=W jump_ns=J jump_at_ns=A
 *	clock reset      ok
 *	work start install seed=N bytes=N files=N
 *	work start dirty rate=N set=N [seed=N]
 *	                 ok (it begins) | error TEXT
 *	work status WORK ok state=S percent=P done_bytes=N files=N elapsed_ns=T
 *	                 [rate=R held=yes|no] [bad=K] [file=PATH] [why=TEXT to the line's end]
 *	work verify WORK ok (it begins; `work status` has the end) | error TEXT
 *	work corrupt WORK
 *	                 ok file=PATH (flips one bit of what was written: the positive control)
 *	work stop WORK   ok (killed, or was not running)
 *	anything else    error TEXT
 *
 * WORK is install (needs the disk) or dirty. Sizes are bytes, rates bytes a second, both plain
 * numbers. `clock`: the guest's monotonic and wall clock, and the longest time between two ticks of
 * a 10 ms ticker since the last reset, with the later tick's time; a guest that was not held up has a
 * little over 10 ms.
 * States of a work: none (never started), running, verifying, correct, incorrect, failed (it
 * could not go on: why=), stopped. An installation verifies itself when it is written; elapsed_ns
 * (by the guest's clock) and done_bytes stand still from then on, percent begins anew for the
 * verification. `work verify install` reads what an earlier, stopped or failed installation left,
 * too: incorrect, with the first file that is not there. Dirty runs until it is stopped or verified;
 * its rate= is that of the last full second, and held= says whether it is within a tenth of the
 * rate asked for. A set that is verified while it is still being filled is verified as far as it was,
 * and why= says so. bad= counts damaged files or pages, file= names the first (a page as page-N).
 *
 * Session, over TCP port AGENT_SESSION_PORT on the user LAN: the client sends records of
 * AGENT_UPDATE_BYTES (a 64-bit number, big-endian, then padding), the agent returns each one at once,
 * the first 8 bytes untouched, the next 8 its own count of updates in this session, so that a client
 * can tell whether the session's state was kept. The next 4 bytes of an update, big-endian, ask for
 * a screen that changes by itself: each so many milliseconds the agent sends a record of its own,
 * with AGENT_SCREEN in its first 8 bytes and not counted; 0 stops it. Otherwise the agent never
 * sends unasked.
 */
#ifndef BLACKOUT_OPS_GUEST_AGENT_H
#define BLACKOUT_OPS_GUEST_AGENT_H

#define AGENT_VERSION 2
#define AGENT_PORT "blackout.agent"
#define AGENT_LINE_MAX 512
#define AGENT_SESSION_PORT 7070
#define AGENT_UPDATE_BYTES 64
#define AGENT_UPDATE_SCREEN 16 /* where in an update the screen's interval is */
#define AGENT_SCREEN UINT64_MAX

#endif
