/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A command's table of options: read, printed as help and listed for completions. */
#include "tests/unit/test.h"

#include "tools/commands/options.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

struct arguments {
	const char *dir;
	bool load;
	int taken;
};

static int take_time(void *arguments, const char *option, const char *text, struct err *e)
{
	struct arguments *a = arguments;

	a->taken++;
	return strcmp(text, "bad") == 0 ? err_set(e, "%s %s: no time", option, text) : 0;
}

static const struct command_option options[] = {
	{.letter = 'o',
		.argument = "DIR",
		.offers = "folder",
		.help = "where",
		.offset = offsetof(struct arguments, dir)},
	{.name = "load",
		.help = "busy\nmeanwhile",
		.heading = "More:",
		.offset = offsetof(struct arguments, load)},
	{.name = "from", .argument = "TIME", .take = take_time},
	{.name = "to", .argument = "TIME", .take = take_time, .help = "both"},
};
static const struct command_syntax syntax = {
	.name = "test",
	.summary = "try",
	.forms = {"PLAN [-o] [--from]... --to LONG-LONG-LONG-LONG-LONG-LONG-LONG-LONG [--load]",
		"again"},
	.brief = "PLAN [-o] | again",
	.offers = "plan",
	.about = "About.\n",
	.options = options,
	.option_count = ARRAY_SIZE(options),
	.notes = "Notes.\n",
};

/* What a function prints of the syntax. To be freed. */
static char *printed(void (*print)(const struct command_syntax *, FILE *))
{
	char *text = NULL;
	size_t length;
	FILE *f = open_memstream(&text, &length);

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	print(&syntax, f);
	fclose(f);
	return text;
}

static void test_printed(void)
{
	char *help = printed(options_help), *brief = printed(options_brief),
	     *words = printed(options_words);

	CU_ASSERT_STRING_EQUAL(help,
		"usage: blackout test PLAN [-o DIR] [--from TIME]... --to TIME\n"
		"                     LONG-LONG-LONG-LONG-LONG-LONG-LONG-LONG [--load]\n"
		"       blackout test again\n"
		"About.\n"
		"  -o DIR       where\n"
		"More:\n"
		"  --load       busy\n"
		"               meanwhile\n"
		"  --from TIME --to TIME  both\n"
		"Notes.\n");
	CU_ASSERT_STRING_EQUAL(brief, "  blackout test PLAN [-o DIR] | again\n      try\n");
	CU_ASSERT_STRING_EQUAL(words,
		"test\t-\tplan\ttry\ntest\t--help\t-\tprint the command's help\n"
		"test\t-o\tfolder\twhere\ntest\t--load\t-\tbusy\ntest\t--from\t-\t-\n"
		"test\t--to\t-\tboth\n");
	free(help);
	free(brief);
	free(words);
}

static int read_words(
	struct arguments *a, struct err *e, const char *first, const char *second, bool ends)
{
	char words[5][16] = {"test", "", "", "", ""}, *argv[6] = {NULL};
	struct command_syntax one = syntax;
	int argc = 0;

	snprintf(words[1], sizeof(words[1]), "%s", first);
	snprintf(words[2], sizeof(words[2]), "%s", second);
	snprintf(words[3], sizeof(words[3]), "--load");
	for (; argc < 4; argc++)
		argv[argc] = words[argc];
	one.operand_ends = ends;
	*a = (struct arguments){.dir = "none"};
	*e = (struct err){0};
	opterr = 0;
	return options_read(&one, argc, argv, a, e);
}

static void test_read(void)
{
	struct arguments a;
	struct err e;

	CU_ASSERT_EQUAL(read_words(&a, &e, "-o", "out", false), 0);
	CU_ASSERT_TRUE(a.load);
	CU_ASSERT_EQUAL(optind, 4);
	CU_ASSERT_EQUAL(read_words(&a, &e, "plan", "--from=1s", false), 0);
	CU_ASSERT_STRING_EQUAL(a.dir, "none");
	CU_ASSERT_EQUAL(a.taken, 1);
	CU_ASSERT_EQUAL(optind, 3);
	CU_ASSERT_EQUAL(read_words(&a, &e, "--to", "bad", false), -1);
	CU_ASSERT_STRING_EQUAL(e.text, "--to bad: no time");
	CU_ASSERT_EQUAL(read_words(&a, &e, "--what", "x", false), -1);
	CU_ASSERT_STRING_EQUAL(e.text, "");
	CU_ASSERT_EQUAL(read_words(&a, &e, "exec", "-x", true), 0);
	CU_ASSERT_FALSE(a.load);
	CU_ASSERT_EQUAL(optind, 1);
	opterr = 1;
}

TEST_SUITE(options, {"printed", test_printed}, {"read", test_read})
