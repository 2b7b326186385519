/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The guest agent's wire protocol, shared by harness and agent. Two channels:
 *
 * Control, over virtio-serial port AGENT_PORT only, never the user LAN: one request line, one answer
 * line, LF-ended, at most AGENT_LINE_MAX bytes.
 *	hello            ok version=1 pages=N fill_bytes=B
 *	status           ok pages=N filled=N rewritten=R sessions=S uptime_ns=T
 *	verify           ok pages=N bad=0 | bad pages=N bad=K first=INDEX
 *	                 why=index|generation|checksum|table expected=X found=Y
 *	                 | error still filling: X of Y pages
 *	corrupt INDEX    ok (flips one bit of a stamped page: the positive control of `verify`)
 *	anything else    error TEXT
 *
 * Session, over TCP port AGENT_SESSION_PORT on the user LAN: the client sends records of
 * AGENT_UPDATE_BYTES (a 64-bit number, big-endian, then padding), the agent returns each one at once,
 * the first 8 bytes untouched, the next 8 its own count of updates in this session, so that a client
 * can tell whether the session's state was kept. The next 4 bytes of an update, big-endian, ask for
 * a screen that changes by itself: each so many milliseconds the agent sends a record of its own,
 * with AGENT_SCREEN in its first 8 bytes and not counted; 0 stops it. Otherwise the agent never
 * sends unasked.
 */
#ifndef BLACKOUT_AGENT_H
#define BLACKOUT_AGENT_H

#define AGENT_VERSION 1
#define AGENT_PORT "blackout.agent"
#define AGENT_LINE_MAX 256
#define AGENT_SESSION_PORT 7070
#define AGENT_UPDATE_BYTES 64
#define AGENT_UPDATE_SCREEN 16 /* where in an update the screen's interval is */
#define AGENT_SCREEN UINT64_MAX

#endif
