/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finds TCP retransmissions: segments with bytes that their stream has sent before. */
#include "harness/base/memory.h"
#include "harness/timeline/captures.h"
#include "harness/timeline/retransmissions.h"

#include "harness/packet/pcap_file.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

/* One direction of one connection. */
struct stream {
	uint16_t from_port, to_port;
	uint32_t next; /* the sequence number after the last byte sent */
};

struct stream_reader {
	struct retransmissions *found;
	const struct timeline *timeline;
	struct frame_address target;
	uint16_t port;
	struct stream *streams;
	size_t count, capacity;
};

static struct stream *stream_of(struct stream_reader *r, const struct frame *frame)
{
	for (size_t i = r->count; i-- > 0;)
		if (r->streams[i].from_port == frame->from_port &&
			r->streams[i].to_port == frame->to_port)
			return &r->streams[i];
	MEMORY_GROW("TCP streams", r->streams, r->count, r->capacity);
	r->streams[r->count] = (struct stream){
		.from_port = frame->from_port, .to_port = frame->to_port, .next = frame->tcp_seq};
	return &r->streams[r->count++];
}

static int take_tcp(struct stream_reader *r, const struct frame *frame, int64_t utc_ns)
{
	bool from_target = frame_address_same(&frame->from, &r->target);
	struct stream *stream;
	uint32_t end;

	if (!frame->tcp || (from_target ? frame->from_port : frame->to_port) != r->port ||
		(!from_target && !frame_address_same(&frame->to, &r->target)))
		return 0;
	r->found->captured = true;
	if (!frame->tcp_length)
		return 0;
	stream = stream_of(r, frame);
	/* A new connection on the same ports begins with its own sequence number. */
	if (frame->tcp_begins && frame->tcp_seq + 1 != stream->next)
		stream->next = frame->tcp_seq;
	end = frame->tcp_seq + frame->tcp_length;
	if ((int32_t)(frame->tcp_seq - stream->next) < 0) {
		MEMORY_GROW("TCP streams", r->found->segments, r->found->count, r->found->capacity);
		r->found->segments[r->found->count++] =
			(struct retransmission){.at_ns = timeline_from_utc(r->timeline, utc_ns),
				.from_target = from_target};
	}
	if ((int32_t)(end - stream->next) > 0)
		stream->next = end;
	return 0;
}

static int read_capture(struct stream_reader *r, const char *path)
{
	struct pcap_file *file;
	struct frame frame;
	struct err ignored;
	int64_t utc_ns;
	int rc = 0;

	if (pcap_file_open(&file, path, &ignored))
		return 0;
	r->count = 0;
	while (!rc && pcap_file_next(file, &frame, &utc_ns))
		rc = take_tcp(r, &frame, utc_ns);
	pcap_file_close(file);
	return rc;
}

int retransmissions_read(struct retransmissions *found, const struct timeline *t,
	const struct series *s, uint16_t port, struct err *e)
{
	struct stream_reader r = {.found = found, .timeline = t, .port = port};
	struct captures captures;
	int rc = 0;

	*found = (struct retransmissions){0};
	r.target.size = 4;
	if (inet_pton(AF_INET, s->address, r.target.bytes) != 1) {
		r.target.size = 16;
		if (inet_pton(AF_INET6, s->address, r.target.bytes) != 1)
			return 0;
	}
	if (!t->pair_count || !t->dir)
		return 0;
	captures = captures_find(t->dir, s->station);
	for (size_t i = 0; !rc && i < captures.count; i++)
		rc = read_capture(&r, captures.path[i]);
	captures_release(&captures);
	free(r.streams);
	return rc ? err_set(e, "%s: out of memory", t->dir) : 0;
}

void retransmissions_release(struct retransmissions *found)
{
	free(found->segments);
	*found = (struct retransmissions){0};
}
