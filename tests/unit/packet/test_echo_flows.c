/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Decoding frames, matching answers to requests, damaged capture files. */
#include "harness/packet/echo_flows.h"
#include "harness/packet/pcap_file.h"
#include "tests/unit/capture_world.h"
#include "tests/unit/test.h"

#include <pcap/dlt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MS NS_PER_MS
#define S NS_PER_S
#define VLAN_AT 12

static const struct capture_echo desk = {"10.0.0.1", "10.0.0.2", 7, 1, 0};
static const struct capture_echo desk6 = {"fd00::1", "fd00::2", 7, 1, 0};

static struct frame read_as(int link, const struct capture_world *c, size_t i, size_t from)
{
	struct frame f;

	frame_read(link, c->frame[i].bytes + from, c->frame[i].size - from, &f);
	return f;
}

static void assert_echo(const struct frame *f, enum frame_kind what, const char *to)
{
	char text[FRAME_ADDRESS_TEXT_MAX];

	CU_ASSERT_EQUAL(f->what, what);
	CU_ASSERT(f->ident == 7 && f->seq == 1);
	CU_ASSERT_STRING_EQUAL(frame_address_text(&f->request_to, text), to);
}

static void test_frames(void)
{
	struct capture_world c = {0};
	struct frame f;
	char mac[FRAME_MAC_TEXT_MAX];

	capture_request(&c, 0, &desk);
	capture_reply(&c, 1, &desk);
	capture_request(&c, 2, &desk6);
	capture_reply(&c, 3, &desk6);
	capture_error(&c, 4, &desk);
	capture_garp(&c, 5, "10.0.0.2", 9);
	capture_rarp(&c, 6, 9);
	for (size_t i = 0; i < 4; i++) {
		const char *to = i < 2 ? "10.0.0.2" : "fd00::2";
		enum frame_kind what = i % 2 ? FRAME_REPLY : FRAME_REQUEST;

		f = read_as(DLT_EN10MB, &c, i, 0);
		assert_echo(&f, what, to);
		f = read_as(DLT_RAW, &c, i, 14);
		assert_echo(&f, what, to);
	}
	f = read_as(DLT_EN10MB, &c, 4, 0);
	assert_echo(&f, FRAME_ERROR, "10.0.0.2");
	CU_ASSERT(f.icmp_type == 3 && f.icmp_code == 1);
	f = read_as(DLT_EN10MB, &c, 5, 0);
	CU_ASSERT(f.what == FRAME_GARP && f.from.bytes[3] == 2);
	CU_ASSERT_STRING_EQUAL(frame_mac_text(f.mac, mac), "02:00:00:00:00:09");
	CU_ASSERT(read_as(DLT_EN10MB, &c, 6, 0).what == FRAME_RARP);
	/* A wrong checksum: ignored; the checksum of a cut frame cannot be checked. */
	c.frame[1].bytes[60] ^= 1;
	CU_ASSERT(read_as(DLT_EN10MB, &c, 1, 0).what == FRAME_OTHER);
	c.frame[3].bytes[80] ^= 1;
	CU_ASSERT(read_as(DLT_EN10MB, &c, 3, 0).what == FRAME_OTHER);
	c.frame[1].size = 62;
	CU_ASSERT(read_as(DLT_EN10MB, &c, 1, 0).what == FRAME_REPLY);
	/* A first fragment. */
	c.frame[0].bytes[14 + 6] = 0x20;
	CU_ASSERT(read_as(DLT_EN10MB, &c, 0, 0).what == FRAME_OTHER);
	capture_world_release(&c);
}

/* The same packet behind different link headers. */
static void test_links(void)
{
	static const uint8_t tags[] = {0x88, 0xa8, 0, 5, 0x81, 0, 0, 6};
	uint8_t bytes[CAPTURE_BYTES + 20] = {0};
	struct capture_world c = {0};
	struct frame f;

	capture_request(&c, 0, &desk);
	memcpy(bytes, c.frame[0].bytes, VLAN_AT);
	memcpy(bytes + VLAN_AT, tags, sizeof(tags));
	memcpy(bytes + VLAN_AT + sizeof(tags), c.frame[0].bytes + VLAN_AT,
		c.frame[0].size - VLAN_AT);
	frame_read(DLT_EN10MB, bytes, c.frame[0].size + sizeof(tags), &f);
	assert_echo(&f, FRAME_REQUEST, "10.0.0.2");
	memset(bytes, 0, sizeof(bytes));
	bytes[5] = 6;
	bytes[6] = 0x52;
	bytes[14] = 8;
	memcpy(bytes + 16, c.frame[0].bytes + 14, c.frame[0].size - 14);
	frame_read(DLT_LINUX_SLL, bytes, c.frame[0].size + 2, &f);
	assert_echo(&f, FRAME_REQUEST, "10.0.0.2");
	CU_ASSERT(f.has_mac && f.mac[0] == 0x52);
	memset(bytes, 0, sizeof(bytes));
	bytes[0] = 8;
	bytes[11] = 6;
	bytes[12] = 0x52;
	memcpy(bytes + 20, c.frame[0].bytes + 14, c.frame[0].size - 14);
	frame_read(DLT_LINUX_SLL2, bytes, c.frame[0].size + 6, &f);
	assert_echo(&f, FRAME_REQUEST, "10.0.0.2");
	CU_ASSERT(f.has_mac && f.mac[0] == 0x52);
	for (size_t cut = 0; cut < c.frame[0].size; cut++)
		frame_read(DLT_LINUX_SLL2, bytes, cut, &f);
	CU_ASSERT(!frame_link_known(DLT_IEEE802_11));
	capture_world_release(&c);
}

/* The outcomes that a sink got, as text. */
struct outcome_text {
	char text[4096];
	size_t used;
};

static int note(void *ctx, const struct flow_outcome *o)
{
	static const char *const names[] = {"answer", "unanswered", "duplicate"};
	struct outcome_text *t = ctx;

	if (o->what == FLOW_SENT || o->what == FLOW_STRAY)
		return 0;
	t->used += (size_t)snprintf(t->text + t->used, sizeof(t->text) - t->used, "%s%s %lld %lld;",
		o->refused ? "refused " : "", names[o->what], (long long)o->number,
		(long long)(o->arrival_ns == NS_NONE ? -1 : (o->arrival_ns - o->sent_ns) / MS));
	return t->used < sizeof(t->text) - 64 ? 0 : -1;
}

/* Makes both passes over the world's frames; returns the outcomes. */
static const char *match(
	struct capture_world *c, struct flows *flows, struct outcome_text *outcomes)
{
	struct frame f;

	*outcomes = (struct outcome_text){0};
	for (size_t i = 0; i < c->count; i++) {
		frame_read(DLT_EN10MB, c->frame[i].bytes, c->frame[i].size, &f);
		CU_ASSERT_FATAL(flows_survey(flows, &f, c->frame[i].at_ns) == 0);
	}
	CU_ASSERT_FATAL(flows_build(flows) == 0);
	for (size_t i = 0; i < c->count; i++) {
		frame_read(DLT_EN10MB, c->frame[i].bytes, c->frame[i].size, &f);
		CU_ASSERT_FATAL(flows_match(flows, &f, c->frame[i].at_ns, note, outcomes) == 0);
	}
	CU_ASSERT(flows_end(flows, c->frame[c->count - 1].at_ns, note, outcomes) == 0);
	return outcomes->text;
}

static void send(struct capture_world *c, int64_t at_ms, uint16_t seq)
{
	struct capture_echo echo = desk;

	echo.seq = seq;
	capture_request(c, at_ms * MS, &echo);
}

static void answer(struct capture_world *c, int64_t at_ms, uint16_t seq)
{
	struct capture_echo echo = desk;

	echo.seq = seq;
	capture_reply(c, at_ms * MS, &echo);
}

static void test_flows(void)
{
	struct capture_world c = {0};
	struct flows flows = {0};
	struct outcome_text outcomes;
	struct capture_echo echo = desk;

	/* Every 100 ms: answered; overtaken; lost; late; refused; answered twice; open. */
	send(&c, 0, 1);
	answer(&c, 1, 1);
	send(&c, 100, 2);
	send(&c, 180, 3);
	answer(&c, 182, 3);
	answer(&c, 184, 2);
	send(&c, 300, 4);
	send(&c, 400, 5);
	answer(&c, 650, 5);
	send(&c, 700, 6);
	echo.seq = 6;
	capture_error(&c, 702 * MS, &echo);
	send(&c, 800, 7);
	answer(&c, 801, 7);
	answer(&c, 802, 7);
	answer(&c, 803, 99);
	send(&c, 900, 8);
	CU_ASSERT_STRING_EQUAL(match(&c, &flows, &outcomes),
		"answer 1 1;answer 2 84;answer 3 2;unanswered 4 -1;unanswered 5 -1;answer 5 250;"
		"refused unanswered 6 -1;answer 7 1;duplicate 7 1;");
	CU_ASSERT(flows.count == 1 && flows.foreign == 1);
	CU_ASSERT(flows.flow[0].requests == 8 && flows.flow[0].interval_ns == 100 * MS);
	flows_release(&flows);
	capture_world_release(&c);
}

static void test_flows_numbers(void)
{
	struct capture_world c = {0};
	struct flows flows = {0};
	struct outcome_text outcomes;
	struct capture_echo echo = desk;

	/* The sequence number wraps; a mirror port copies a request; the sequence begins anew. */
	send(&c, 0, 65535);
	answer(&c, 1, 65535);
	send(&c, 100, 0);
	send(&c, 100, 0);
	answer(&c, 101, 0);
	send(&c, 20100, 65535);
	answer(&c, 20101, 65535);
	CU_ASSERT_STRING_EQUAL(
		match(&c, &flows, &outcomes), "answer 65535 1;answer 65536 1;answer 65537 1;");
	CU_ASSERT(flows.doubled == 1);
	flows_release(&flows);
	capture_world_release(&c);
	/* The right sequence number, but another payload: forged. */
	echo.seq = 5;
	echo.number = (UINT64_C(9) << 16) + 5;
	capture_request(&c, 0, &echo);
	echo.number += 1 << 16;
	capture_reply(&c, MS, &echo);
	echo.number -= 1 << 16;
	capture_reply(&c, 2 * MS, &echo);
	CU_ASSERT_STRING_EQUAL(match(&c, &flows, &outcomes), "answer 5 2;");
	CU_ASSERT(flows.foreign == 1);
	flows_release(&flows);
	capture_world_release(&c);
}

/* What was read from a capture file. */
struct file_read {
	uint64_t frames, requests;
	int64_t first_ns, last_ns;
	char damage[512];
};

static int read_file(const char *path, struct file_read *r, struct err *e)
{
	struct pcap_file *file;
	struct frame f;
	int64_t at_ns;

	*r = (struct file_read){.first_ns = NS_NONE};
	if (pcap_file_open(&file, path, e))
		return -1;
	while (pcap_file_next(file, &f, &at_ns)) {
		r->requests += f.what == FRAME_REQUEST;
		r->first_ns = r->first_ns == NS_NONE ? at_ns : r->first_ns;
		r->last_ns = at_ns;
	}
	r->frames = pcap_file_frames(file);
	snprintf(r->damage, sizeof(r->damage), "%s", pcap_file_damage(file));
	pcap_file_close(file);
	return 0;
}

static void test_files(void)
{
	struct capture_world c = {0};
	char path[] = "/tmp/blackout-capture-XXXXXX";
	struct file_read r;
	struct err e = {0};
	int fd = mkstemp(path);

	CU_ASSERT_FATAL(fd >= 0);
	close(fd);
	for (uint16_t i = 0; i < 10; i++)
		send(&c, i * 100, i);
	c.frame[9].at_ns += 123;
	CU_ASSERT_FATAL(capture_write(&c, path, DLT_EN10MB, true) == 0);
	CU_ASSERT(read_file(path, &r, &e) == 0 && r.requests == 10 && !*r.damage);
	CU_ASSERT_EQUAL(r.last_ns, CAPTURE_ZERO_NS + 900 * MS + 123);
	CU_ASSERT_FATAL(capture_write(&c, path, DLT_EN10MB, false) == 0);
	CU_ASSERT(read_file(path, &r, &e) == 0 && r.last_ns == CAPTURE_ZERO_NS + 900 * MS);
	/* A file that is cut within a frame is read up to there. */
	CU_ASSERT_FATAL(truncate(path, 24 + 9 * (16 + 98) + 30) == 0);
	CU_ASSERT(read_file(path, &r, &e) == 0 && r.requests == 9);
	CU_ASSERT_PTR_NOT_NULL(strstr(r.damage, "read up to frame 9"));
	CU_ASSERT_FATAL(capture_write(&c, path, DLT_IEEE802_11, true) == 0);
	CU_ASSERT(read_file(path, &r, &e) == -1 && strstr(e.text, "link type IEEE802_11"));
	CU_ASSERT_FATAL(truncate(path, 7) == 0);
	CU_ASSERT(read_file(path, &r, &e) == -1 && strstr(e.text, "is not a capture"));
	CU_ASSERT_FATAL(truncate(path, 0) == 0);
	CU_ASSERT(read_file(path, &r, &e) == -1 && strstr(e.text, "is not a capture"));
	CU_ASSERT(read_file("/tmp", &r, &e) == -1 && strstr(e.text, "is a folder"));
	CU_ASSERT(read_file("/dev/null", &r, &e) == -1 && strstr(e.text, "is not a regular file"));
	unlink(path);
	CU_ASSERT(read_file(path, &r, &e) == -1 && strstr(e.text, "cannot be read"));
	capture_world_release(&c);
}

static void test_clock_set_back(void)
{
	struct pcap_file *file;
	struct capture_world c = {0}, later = {0};
	char path[] = "/tmp/blackout-capture-XXXXXX", both[] = "/tmp/blackout-capture-XXXXXX";
	struct file_read r;
	struct err e = {0};
	char *text;
	size_t length;
	FILE *f;

	close(mkstemp(path));
	close(mkstemp(both));
	/* The frames of a second file, an hour earlier, are appended to the first file. */
	send(&c, 3600000, 1);
	send(&later, 0, 2);
	send(&later, 100, 3);
	CU_ASSERT_FATAL(capture_write(&c, both, DLT_EN10MB, true) == 0);
	CU_ASSERT_FATAL(capture_write(&later, path, DLT_EN10MB, true) == 0);
	CU_ASSERT_FATAL(file_read(path, 1 << 20, &text, &length, &e) == 0);
	f = fopen(both, "ab");
	CU_ASSERT_FATAL(f != NULL);
	fwrite(text + 24, 1, length - 24, f);
	fclose(f);
	free(text);
	CU_ASSERT(read_file(both, &r, &e) == 0 && r.requests == 3);
	CU_ASSERT_EQUAL(r.last_ns - r.first_ns, 100 * MS + 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(r.damage, "set back at frame 2"));
	CU_ASSERT(pcap_file_open(&file, "/nowhere", &e) == -1);
	unlink(path);
	unlink(both);
	capture_world_release(&c);
	capture_world_release(&later);
}

TEST_SUITE(capture_file, {"frames", test_frames}, {"link headers", test_links},
	{"flows", test_flows}, {"flows: numbers", test_flows_numbers}, {"files", test_files},
	{"a clock set back", test_clock_set_back});
