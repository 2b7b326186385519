/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The responder's frames, its queue of delayed frames, and the text of its events. */
#include "tests/unit/test.h"
#include "tools/calibrate/delay_queue.h"
#include "tools/calibrate/responder.h"
#include "tools/calibrate/wire.h"

#include <stdlib.h>
#include <string.h>

static const struct wire_addresses own = {
	.mac = {2, 0, 0, 0, 0, 9},
	.count = 3,
	.first = 0x0a4d0002, /* 10.77.0.2 */
	.first6 = {{{0xfd, [15] = 2}}},
	.has_ipv6 = true,
};

/* An independent Internet checksum: the sum over bytes with a correct checksum is 0xffff. */
static unsigned sum_of(const uint8_t *p, size_t size, unsigned sum)
{
	for (size_t i = 0; i < size; i++)
		sum += i % 2 ? p[i] : (unsigned)p[i] << 8;
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

static unsigned sum6_of(const uint8_t *frame, size_t size)
{
	return sum_of(frame + 54, size - 54, sum_of(frame + 22, 32, (unsigned)size - 54 + 58));
}

static void put_sum(uint8_t *at, unsigned sum)
{
	at[0] = (uint8_t)(~sum >> 8);
	at[1] = (uint8_t)~sum;
}

#define ECHO_SIZE (42 + 24)
#define ECHO6_SIZE (62 + 24)

/* An echo request to the address whose last byte is `last`. */
static void make_echo(uint8_t *f, uint8_t last)
{
	static const uint8_t head[42] = {2, 0, 0, 0, 0, 9, 2, 0, 0, 0, 0, 1, 8, 0, 0x45, 0, 0, 52,
		0, 0, 0, 0, 64, 1, 0, 0, 10, 77, 0, 1, 10, 77, 0, 0, 8, 0, 0, 0, 0x12, 0x34, 0, 1};

	memset(f, 0x5a, ECHO_SIZE);
	memcpy(f, head, sizeof(head));
	f[33] = last;
	put_sum(f + 24, sum_of(f + 14, 20, 0));
	put_sum(f + 36, sum_of(f + 34, ECHO_SIZE - 34, 0));
}

static void make_echo6(uint8_t *f, uint8_t last)
{
	static const uint8_t head[22] = {
		2, 0, 0, 0, 0, 9, 2, 0, 0, 0, 0, 1, 0x86, 0xdd, 0x60, 0, 0, 0, 0, 32, 58, 64};

	memset(f, 0, ECHO6_SIZE);
	memcpy(f, head, sizeof(head));
	f[22] = f[38] = 0xfd;
	f[37] = 1;
	f[53] = last;
	f[54] = 128;
	memset(f + 62, 0x5a, 24);
	put_sum(f + 56, sum6_of(f, ECHO6_SIZE));
}

static void make_solicit(uint8_t *f, uint8_t last)
{
	make_echo6(f, last);
	f[19] = 24;
	f[54] = 135;
	memset(f + 58, 0, 20);
	f[62] = 0xfd;
	f[77] = last;
}

static void test_echo(void)
{
	uint8_t f[ECHO6_SIZE];

	make_echo(f, 4);
	CU_ASSERT_EQUAL(wire_classify(&own, f, ECHO_SIZE), WIRE_ECHO);
	wire_answer(WIRE_ECHO, f);
	CU_ASSERT_EQUAL(f[34], 0);
	CU_ASSERT_EQUAL(f[29], 4);
	CU_ASSERT_EQUAL(f[33], 1);
	CU_ASSERT_EQUAL(f[5], 1);
	CU_ASSERT_EQUAL(sum_of(f + 14, 20, 0), 0xffff);
	CU_ASSERT_EQUAL(sum_of(f + 34, ECHO_SIZE - 34, 0), 0xffff);
	make_echo6(f, 4);
	CU_ASSERT_EQUAL(wire_classify(&own, f, ECHO6_SIZE), WIRE_ECHO6);
	wire_answer(WIRE_ECHO6, f);
	CU_ASSERT_EQUAL(f[54], 129);
	CU_ASSERT_EQUAL(f[37], 4);
	CU_ASSERT_EQUAL(f[53], 1);
	CU_ASSERT_EQUAL(sum6_of(f, ECHO6_SIZE), 0xffff);
}

/* Frames to other addresses, truncated frames and frames that are no request are ignored. */
static void test_not_for_us(void)
{
	uint8_t f[ECHO6_SIZE];

	make_echo(f, 5);
	CU_ASSERT_EQUAL(wire_classify(&own, f, ECHO_SIZE), WIRE_OTHER);
	make_echo(f, 1);
	CU_ASSERT_EQUAL(wire_classify(&own, f, ECHO_SIZE), WIRE_OTHER);
	make_echo(f, 2);
	CU_ASSERT_EQUAL(wire_classify(&own, f, 41), WIRE_OTHER);
	f[34] = 0;
	CU_ASSERT_EQUAL(wire_classify(&own, f, ECHO_SIZE), WIRE_OTHER);
	make_echo6(f, 5);
	CU_ASSERT_EQUAL(wire_classify(&own, f, ECHO6_SIZE), WIRE_OTHER);
	make_echo6(f, 2);
	CU_ASSERT_EQUAL(wire_classify(&own, f, 61), WIRE_OTHER);
	f[39] = 1;
	CU_ASSERT_EQUAL(wire_classify(&own, f, ECHO6_SIZE), WIRE_OTHER);
	make_solicit(f, 2);
	memset(f + 22, 0, 16);
	CU_ASSERT_EQUAL(wire_classify(&own, f, 78), WIRE_OTHER);
}

static void test_resolve(void)
{
	uint8_t f[ECHO6_SIZE], out[WIRE_SHORT_MAX];
	static const uint8_t request[42] = {255, 255, 255, 255, 255, 255, 2, 0, 0, 0, 0, 1, 8, 6, 0,
		1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 1, 10, 77, 0, 1, 0, 0, 0, 0, 0, 0, 10, 77, 0,
		3};
	static const uint8_t reply[42] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 9, 8, 6, 0, 1, 8, 0, 6,
		4, 0, 2, 2, 0, 0, 0, 0, 9, 10, 77, 0, 3, 2, 0, 0, 0, 0, 1, 10, 77, 0, 1};

	CU_ASSERT_EQUAL(wire_classify(&own, request, sizeof(request)), WIRE_ARP);
	CU_ASSERT_EQUAL(wire_resolve(&own, WIRE_ARP, request, out), 42);
	CU_ASSERT_EQUAL(memcmp(out, reply, 42), 0);
	make_solicit(f, 3);
	CU_ASSERT_EQUAL(wire_classify(&own, f, 78), WIRE_SOLICIT);
	CU_ASSERT_EQUAL(wire_resolve(&own, WIRE_SOLICIT, f, out), 86);
	CU_ASSERT_EQUAL(out[54], 136);
	CU_ASSERT_EQUAL(out[37], 3);
	CU_ASSERT_EQUAL(out[53], 1);
	CU_ASSERT_EQUAL(out[21], 255);
	CU_ASSERT_EQUAL(memcmp(out + 80, own.mac, 6), 0);
	CU_ASSERT_EQUAL(sum6_of(out, 86), 0xffff);
}

static void test_refuse(void)
{
	uint8_t f[ECHO6_SIZE], out[WIRE_SHORT_MAX];
	size_t size;

	make_echo(f, 2);
	size = wire_refuse(WIRE_ECHO, f, ECHO_SIZE, out);
	CU_ASSERT_EQUAL(size, 42 + ECHO_SIZE - 14);
	CU_ASSERT_EQUAL(out[34], 3);
	CU_ASSERT_EQUAL(sum_of(out + 14, 20, 0), 0xffff);
	CU_ASSERT_EQUAL(sum_of(out + 34, size - 34, 0), 0xffff);
	CU_ASSERT_EQUAL(memcmp(out + 42, f + 14, ECHO_SIZE - 14), 0);
	make_echo6(f, 2);
	size = wire_refuse(WIRE_ECHO6, f, ECHO6_SIZE, out);
	CU_ASSERT_EQUAL(size, 62 + ECHO6_SIZE - 14);
	CU_ASSERT_EQUAL(out[54], 1);
	CU_ASSERT_EQUAL(sum6_of(out, size), 0xffff);
}

/* A forged answer has a correct checksum; only its payload differs. */
static void test_forge(void)
{
	uint8_t f[ECHO6_SIZE];

	make_echo(f, 2);
	wire_answer(WIRE_ECHO, f);
	CU_ASSERT_TRUE(wire_forge(WIRE_ECHO, f, ECHO_SIZE));
	CU_ASSERT_EQUAL(f[42], 0x5b);
	CU_ASSERT_EQUAL(sum_of(f + 34, ECHO_SIZE - 34, 0), 0xffff);
	CU_ASSERT_FALSE(wire_forge(WIRE_ECHO, f, 42));
	make_echo6(f, 2);
	wire_answer(WIRE_ECHO6, f);
	CU_ASSERT_TRUE(wire_forge(WIRE_ECHO6, f, ECHO6_SIZE));
	CU_ASSERT_EQUAL(sum6_of(f, ECHO6_SIZE), 0xffff);
}

static void test_queue(void)
{
	struct delay_queue queue = {0};
	unsigned state = 1;
	int64_t last_ns = 0;
	uint64_t last_serial = 0;

	CU_ASSERT_EQUAL(delay_queue_due_ns(&queue), INT64_MAX);
	for (unsigned i = 0; i < 1000; i++) {
		state = state * 1103515245 + 12345;
		CU_ASSERT_EQUAL_FATAL(
			delay_queue_put(&queue, state >> 16 & 63, (uint8_t *)&i, sizeof(i)), 0);
	}
	for (unsigned i = 0; i < 1000; i++) {
		int64_t due_ns = delay_queue_due_ns(&queue);
		struct delayed_frame q = delay_queue_take(&queue);
		unsigned serial;

		memcpy(&serial, q.frame, sizeof(serial));
		CU_ASSERT_EQUAL(q.due_ns, due_ns);
		CU_ASSERT_EQUAL(serial, q.serial);
		CU_ASSERT_TRUE(q.due_ns > last_ns || !i ||
			       (q.due_ns == last_ns && q.serial > last_serial));
		last_ns = q.due_ns;
		last_serial = q.serial;
		free(q.frame);
	}
	CU_ASSERT_EQUAL(delay_queue_due_ns(&queue), INT64_MAX);
	delay_queue_release(&queue);
}

static void test_script(void)
{
	struct responder_event event;
	struct err e = {0};

	CU_ASSERT_EQUAL(responder_event_parse(&event, "1500:20:slow:80", 7, &e), 0);
	CU_ASSERT_EQUAL(event.kind, EVENT_SLOW);
	CU_ASSERT_EQUAL(event.begin_ns, 7 + 1500 * NS_PER_MS);
	CU_ASSERT_EQUAL(event.end_ns - event.begin_ns, 20 * NS_PER_MS);
	CU_ASSERT_EQUAL(event.arg_ns, 80 * NS_PER_MS);
	CU_ASSERT_EQUAL(responder_event_parse(&event, "0.5:20.25:drop", 0, &e), 0);
	CU_ASSERT_EQUAL(event.end_ns, 20750 * NS_PER_US);
	CU_ASSERT_EQUAL(responder_event_parse(&event, "1500:20", 0, &e), -1);
	CU_ASSERT_EQUAL(responder_event_parse(&event, "nan:20:drop", 0, &e), -1);
	CU_ASSERT_EQUAL(responder_event_parse(&event, "1:1e99:drop", 0, &e), -1);
	CU_ASSERT_EQUAL(responder_event_parse(&event, "1500:-20:drop", 0, &e), -1);
	CU_ASSERT_EQUAL(responder_event_parse(&event, "1500:20:burn", 0, &e), -1);
	CU_ASSERT_PTR_NOT_NULL(strstr(e.text, "'burn' (drop, "));
}

TEST_SUITE(wire, {"echo requests become answers", test_echo},
	{"others' frames are left alone", test_not_for_us},
	{"addresses are resolved", test_resolve}, {"refusals quote what they refuse", test_refuse},
	{"forged answers", test_forge}, {"frames leave in their order", test_queue},
	{"a script's words", test_script})
