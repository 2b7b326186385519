/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Targets of `blackout probe`, from arguments and files: each once, and all errors at once. */
#include "tools/commands/probe_targets.h"

#include "tests/unit/test.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct messages {
	FILE *f;
	char *text;
	size_t length;
};

static void messages_begin(struct messages *h)
{
	*h = (struct messages){0};
	h->f = open_memstream(&h->text, &h->length);
	CU_ASSERT_PTR_NOT_NULL_FATAL(h->f);
}

static void assert_said(struct messages *h, const char *what)
{
	fflush(h->f);
	if (!strstr(h->text, what))
		fprintf(stderr, "\n  '%s' is not in '%s'\n", what, h->text);
	CU_ASSERT_PTR_NOT_NULL(strstr(h->text, what));
}

static void messages_end(struct messages *h)
{
	fclose(h->f);
	free(h->text);
}

/* Writes `length` bytes to a temporary file, whose path is stored in `path`. */
static void file_make(char path[static 64], const char *text, size_t length)
{
	FILE *f;
	int fd;

	snprintf(path, 64, "/tmp/blackout-targets-XXXXXX");
	fd = mkstemp(path);
	f = fd < 0 ? NULL : fdopen(fd, "w");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	CU_ASSERT_EQUAL(fwrite(text, 1, length, f), length);
	fclose(f);
}

static int read_text(
	struct address_list *list, char path[static 64], const char *text, size_t length, FILE *say)
{
	int rc;

	file_make(path, text, length);
	*list = (struct address_list){0};
	rc = addresses_read(list, path, say);
	unlink(path);
	return rc;
}

static void test_file(void)
{
	static const char good[] = "# hosts\n\n192.0.2.1\r\n  2001:db8::1\t# the router\n192.0.2.3";
	static const char bad[] = "192.0.2.1\nfoo bar\n\n\0x\n\033[2J\n";
	struct address_list list;
	struct messages h;
	char path[64];

	messages_begin(&h);
	CU_ASSERT_EQUAL(read_text(&list, path, good, sizeof(good) - 1, h.f), 0);
	CU_ASSERT_EQUAL_FATAL(list.count, 3);
	CU_ASSERT_STRING_EQUAL(list.address[1].text, "2001:db8::1");
	CU_ASSERT_EQUAL(list.address[2].line, 5);
	addresses_release(&list);
	CU_ASSERT_EQUAL(read_text(&list, path, bad, sizeof(bad) - 1, h.f), -1);
	assert_said(&h, ":2: 'foo bar' is more than one word");
	assert_said(&h, ":4: holds a NUL byte");
	assert_said(&h, ":5: '\\x1B[2J' is neither an address nor a name");
	addresses_release(&list);
	CU_ASSERT_EQUAL(read_text(&list, path, "# nothing\n", 10, h.f), -1);
	assert_said(&h, "holds no address");
	CU_ASSERT_EQUAL(addresses_read(&list, "/tmp", h.f), -1);
	assert_said(&h, "/tmp: is a directory");
	CU_ASSERT_EQUAL(addresses_read(&list, "/nonexistent/list", h.f), -1);
	assert_said(&h, "/nonexistent/list");
	messages_end(&h);
}

static void add(struct address_list *list, const char *text, bool control)
{
	CU_ASSERT_EQUAL_FATAL(addresses_add(list, text, control), 0);
}

static void test_once_each(void)
{
	static const char *const words[] = {
		"192.0.2.2", "192.0.2.1", "192.0.2.2", "2001:db8::1", "2001:DB8:0::1", "192.0.2.1"};
	struct address_list list = {0};
	struct target_list targets;
	struct messages h;

	messages_begin(&h);
	add(&list, "192.0.2.9", true);
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		add(&list, words[i], false);
	CU_ASSERT_EQUAL_FATAL(targets_resolve(&targets, &list, h.f), 0);
	CU_ASSERT_EQUAL_FATAL(targets.count, 4);
	CU_ASSERT_EQUAL(targets.controls, 1);
	CU_ASSERT_EQUAL(targets.repeated, 3);
	CU_ASSERT_STRING_EQUAL(targets.target[0].address, "192.0.2.2");
	CU_ASSERT_STRING_EQUAL(targets.target[2].name, "2001:db8::1");
	CU_ASSERT(targets.target[3].control && targets.target[3].number == 4);
	targets_release(&targets);
	add(&list, "192.0.2.9", false);
	CU_ASSERT_EQUAL(targets_resolve(&targets, &list, h.f), -1);
	assert_said(&h, "192.0.2.9: is a control target and an observed one");
	addresses_release(&list);
	add(&list, "192.0.2.9", true);
	CU_ASSERT_EQUAL(targets_resolve(&targets, &list, h.f), -1);
	assert_said(&h, "nothing to probe");
	addresses_release(&list);
	messages_end(&h);
}

/* .invalid never resolves (RFC 2606), with or without a network. */
static void test_unresolvable(void)
{
	char longest[300];
	struct address_list list = {0};
	struct target_list targets;
	struct messages h;

	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	messages_begin(&h);
	add(&list, "one.invalid", false);
	add(&list, "192.0.2.1", false);
	add(&list, "two.invalid", true);
	add(&list, longest, false);
	add(&list, "", false);
	CU_ASSERT_EQUAL(targets_resolve(&targets, &list, h.f), -1);
	assert_said(&h, "'one.invalid' cannot be resolved: ");
	assert_said(&h, "'two.invalid' cannot be resolved: ");
	assert_said(&h, "is too long for a name");
	assert_said(&h, "'' is empty");
	addresses_release(&list);
	messages_end(&h);
}

/* 100,000 lines, each address ten times. */
static void test_many(void)
{
	struct address_list list = {0};
	struct target_list targets;
	struct messages h;
	char word[32];

	messages_begin(&h);
	for (unsigned i = 0; i < 100000; i++) {
		snprintf(word, sizeof(word), "198.18.%u.%u", i % 10000 / 250, i % 250);
		add(&list, word, false);
	}
	CU_ASSERT_EQUAL_FATAL(targets_resolve(&targets, &list, h.f), 0);
	CU_ASSERT_EQUAL(targets.count, 10000);
	CU_ASSERT_EQUAL(targets.repeated, 90000);
	CU_ASSERT_STRING_EQUAL(targets.target[9999].address, "198.18.39.249");
	targets_release(&targets);
	addresses_release(&list);
	messages_end(&h);
}

TEST_SUITE(probe_targets, {"file", test_file}, {"once each", test_once_each},
	{"unresolvable", test_unresolvable}, {"many", test_many})
