/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The guest agent's wire protocol, for the harness and the agent. Two channels:
 *
 * Control, over virtio-serial port AGENT_PORT only, never over the user LAN: one request line, then
 * one response line, each ended by LF and of at most AGENT_LINE_MAX bytes.
 *	hello            ok version=2 pages=N fill_bytes=B disk=yes|no rdp=yes|no
 *	status           ok pages=N filled=N rewritten=R sessions=S uptime_ns=T
 *	verify           ok pages=N bad=0 | bad pages=N bad=K first=INDEX
 *	                 why=index|generation|checksum|table expected=X found=Y
 *	                 | error still filling: X of Y pages
 *	corrupt INDEX    ok (flips one bit of a stamped page, to test that `verify` finds it)
 *	clock            ok mono_ns=T wall_ns=W jump_ns=J jump_at_ns=A
 *	clock reset      ok
 *	work start install seed=N bytes=N files=N
 *	work start dirty rate=N set=N [seed=N]
 *	                 ok (it has begun) | error TEXT
 *	work status WORK ok state=S percent=P done_bytes=N files=N elapsed_ns=T
 *	                 [rate=R held=yes|no] [bad=K] [file=PATH] [why=TEXT to the line's end]
 *	work verify WORK ok (it has begun; `work status` gives the result) | error TEXT
 *	work corrupt WORK
 *	                 ok file=PATH (flips one bit of what was written, to test `work verify`)
 *	work stop WORK   ok (killed, or was not running)
 *	anything else    error TEXT
 *
 * WORK is install (needs the disk) or dirty. Sizes are bytes, rates bytes a second, both plain
 * numbers. `clock`: mono_ns and wall_ns are the guest's clocks; jump_ns is the longest time between
 * two ticks of a 10 ms ticker since the last reset, jump_at_ns the time of the later tick. A guest
 * that was never paused has a jump of a little over 10 ms.
 * States of a workload: none (never started), running, verifying, correct, incorrect, failed (it
 * could not continue: why=), stopped. An installation verifies itself when all is written; from
 * then on elapsed_ns (by the guest's clock) and done_bytes no longer change, and percent is that of
 * the verification. `work verify install` also reads what a stopped or failed installation left:
 * the state is then incorrect, with the first missing file. `dirty` runs until it is stopped or
 * verified; rate= is that of the last full second, held= says whether it is within a tenth of the
 * requested rate. A set that is still being filled is verified as far as it is filled, and why=
 * says so.
 * bad= counts damaged files or pages, file= names the first (a page as page-N).
 *
 * Session, over TCP port AGENT_SESSION_PORT on the user LAN: the client sends updates of
 * AGENT_UPDATE_BYTES, the agent returns each one at once. Numbers are big-endian.
 *	bytes 0-7        the update's number, chosen by the client and returned unchanged
 *	bytes 8-15       returned: the agent's count of updates in this session, by which the client
 *	                 sees whether the session's state was kept
 *	bytes 16-19      the interval in ms at which the agent sends records unasked, like a screen
 *	                 that changes; 0: never. Such a record has AGENT_SCREEN in bytes 0-7 and is
 *	                 not counted.
 */
#ifndef BLACKOUT_OPS_GUEST_AGENT_H
#define BLACKOUT_OPS_GUEST_AGENT_H

#define AGENT_VERSION 2
#define AGENT_PORT "blackout.agent"
#define AGENT_LINE_MAX 512
#define AGENT_SESSION_PORT 7070
#define AGENT_UPDATE_BYTES 64
#define AGENT_UPDATE_SCREEN 16 /* the offset of the screen's interval in an update */
#define AGENT_SCREEN UINT64_MAX

#endif
