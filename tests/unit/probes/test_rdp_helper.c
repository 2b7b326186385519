/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The remote-desktop helper: which input a frame answers, and whether text is kept. */
#include "probes/rdp/helper/internal.h"
#include "tests/unit/test.h"

#include <string.h>

static void send_refreshes(struct input_queue *queue, int64_t from, int64_t to)
{
	for (int64_t seq = from; seq <= to; seq++) {
		struct rect rect = input_queue_refresh_rect(seq);

		input_queue_add(queue, seq, &rect);
	}
}

static int64_t receive_frame(struct input_queue *queue, int64_t seq)
{
	struct rect rect = input_queue_refresh_rect(seq);

	return input_queue_take_frame(queue, &rect);
}

static void test_in_turn(void)
{
	struct input_queue queue;

	CU_ASSERT_EQUAL_FATAL(input_queue_init(&queue), 0);
	/* Three refreshes are under way: each frame answers its own refresh, not the newest. */
	send_refreshes(&queue, 0, 2);
	CU_ASSERT_EQUAL(receive_frame(&queue, 0), 0);
	send_refreshes(&queue, 3, 3);
	CU_ASSERT_EQUAL(receive_frame(&queue, 1), 1);
	/* A frame is missing: the next one answers the older refreshes, too. */
	CU_ASSERT_EQUAL(receive_frame(&queue, 3), 3);
	CU_ASSERT_EQUAL(receive_frame(&queue, 2), -1);
	input_queue_release(&queue);
}

static void test_after_a_freeze(void)
{
	struct input_queue queue;

	CU_ASSERT_EQUAL_FATAL(input_queue_init(&queue), 0);
	/* Areas repeat after some time: a frame answers the oldest refresh of its area. */
	send_refreshes(&queue, 0, 399);
	for (int64_t seq = 0; seq < 400; seq++)
		CU_ASSERT_EQUAL(receive_frame(&queue, seq), seq);
	/* More refreshes than are remembered: the oldest are forgotten. */
	send_refreshes(&queue, 400, 400 + 3 * INPUT_QUEUE_MAX);
	CU_ASSERT_EQUAL(queue.count, INPUT_QUEUE_MAX);
	CU_ASSERT_EQUAL(receive_frame(&queue, 400 + 3 * INPUT_QUEUE_MAX - 5),
		400 + 2 * INPUT_QUEUE_MAX + 59);
	input_queue_clear(&queue);
	CU_ASSERT_EQUAL(receive_frame(&queue, 400), -1);
	input_queue_release(&queue);
}

static void test_other_frames(void)
{
	struct input_queue queue;
	struct rect elsewhere = {300, 200, 40, 20}, whole = {0, 0, SCREEN_WIDTH, SCREEN_HEIGHT};

	CU_ASSERT_EQUAL_FATAL(input_queue_init(&queue), 0);
	/* No input is pending. */
	CU_ASSERT_EQUAL(input_queue_take_frame(&queue, &elsewhere), -1);
	send_refreshes(&queue, 0, 1);
	CU_ASSERT_EQUAL(input_queue_take_frame(&queue, &elsewhere), -1);
	/* A frame of another area answers the oldest key, and the refreshes before that key. */
	input_queue_add(&queue, 2, NULL);
	input_queue_add(&queue, 3, NULL);
	send_refreshes(&queue, 4, 4);
	CU_ASSERT_EQUAL(input_queue_take_frame(&queue, &elsewhere), 2);
	CU_ASSERT_EQUAL(input_queue_take_frame(&queue, &elsewhere), 3);
	CU_ASSERT_EQUAL(input_queue_take_frame(&queue, &elsewhere), -1);
	/* A server may answer with a larger area. */
	send_refreshes(&queue, 5, 6);
	CU_ASSERT_EQUAL(input_queue_take_frame(&queue, &whole), 6);
	CU_ASSERT_EQUAL(input_queue_take_frame(&queue, &whole), -1);
	input_queue_release(&queue);
}

#define PIXELS 8

static void test_text(void)
{
	struct typed_text text;
	uint32_t screen[PIXELS] = {0}, typed[PIXELS];
	char hash[PICTURE_HASH_MAX], other[PICTURE_HASH_MAX];

	CU_ASSERT_EQUAL_FATAL(typed_text_init(&text, PIXELS), 0);
	typed_text_set_before(&text, screen);
	CU_ASSERT_FALSE(typed_text_add(&text, screen, true));
	CU_ASSERT_EQUAL(text.shown, 0);
	CU_ASSERT_EQUAL(typed_text_kept(&text, screen), TEXT_UNKNOWN);
	CU_ASSERT_STRING_EQUAL(typed_text_hash(&text, screen, hash), "");
	/* Two pixels of text, and one of a blinking caret. */
	screen[1] = 0x112233;
	screen[2] = 0x445566;
	screen[5] = 0xffffff;
	memcpy(typed, screen, sizeof(typed));
	CU_ASSERT_TRUE(typed_text_add(&text, screen, true));
	screen[5] = 0;
	CU_ASSERT_FALSE(typed_text_add(&text, screen, false));
	CU_ASSERT_EQUAL(text.shown, 2);
	typed_text_hash(&text, typed, hash);
	/* A caret, a clock and a pixel's padding do not belong to the text. */
	screen[0] = 0x999999;
	screen[1] |= 0xff000000;
	CU_ASSERT_EQUAL(typed_text_kept(&text, screen), TEXT_KEPT);
	CU_ASSERT_STRING_EQUAL(typed_text_hash(&text, screen, other), hash);
	screen[2] = 0x445567;
	CU_ASSERT_EQUAL(typed_text_kept(&text, screen), TEXT_LOST);
	CU_ASSERT_STRING_NOT_EQUAL(typed_text_hash(&text, screen, other), hash);
	typed_text_release(&text);
}

/* A busy guest sends a picture in several steps, and draws the text letter by letter. */
static void test_incomplete_pictures(void)
{
	struct typed_text text;
	uint32_t screen[PIXELS] = {0}, partial[PIXELS];

	CU_ASSERT_EQUAL_FATAL(typed_text_init(&text, PIXELS), 0);
	/*
	 * A pixel that was not sent before typing may have been on the screen already: it is no
	 * text.
	 */
	screen[7] = PIXEL_NOT_SENT;
	typed_text_set_before(&text, screen);
	screen[7] = 0x777777;
	screen[1] = 0x112233;
	CU_ASSERT_TRUE(typed_text_add(&text, screen, true));
	CU_ASSERT_EQUAL(text.shown, 1);
	/* The second letter. A pixel that changes back and forth is not more text. */
	screen[2] = 0x445566;
	CU_ASSERT_TRUE(typed_text_add(&text, screen, false));
	CU_ASSERT_FALSE(typed_text_add(&text, screen, true));
	screen[2] = 0;
	CU_ASSERT_FALSE(typed_text_add(&text, screen, false));
	screen[2] = 0x445566;
	CU_ASSERT_FALSE(typed_text_add(&text, screen, true));
	CU_ASSERT_EQUAL(text.shown, 2);
	/* A picture that lacks one of the pixels proves nothing, … */
	memcpy(partial, screen, sizeof(partial));
	partial[2] = PIXEL_NOT_SENT;
	CU_ASSERT_FALSE(typed_text_add(&text, partial, false));
	CU_ASSERT_EQUAL(typed_text_kept(&text, partial), TEXT_UNKNOWN);
	CU_ASSERT_EQUAL(typed_text_kept(&text, screen), TEXT_KEPT);
	/* … unless the pixels that were sent are not those of the text. */
	partial[1] = 0;
	CU_ASSERT_EQUAL(typed_text_kept(&text, partial), TEXT_LOST);
	typed_text_release(&text);
}

TEST_SUITE(rdp_helper, {"frames in turn", test_in_turn}, {"after a freeze", test_after_a_freeze},
	{"frames of other areas", test_other_frames}, {"text kept", test_text},
	{"incomplete pictures", test_incomplete_pictures});
