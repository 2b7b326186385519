/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * `blackout analyse FILE.pcap [-o DIR]`: finds blackouts in a capture made elsewhere. Writes a
 * standalone folder and its report; without -o the folder is temporary and only report.txt is
 * printed.
 */
#include "tools/commands/commands.h"

#include "harness/facts/folder.h"
#include "tools/commands/capture_import.h"

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TARGETS_MAX 256

struct arguments {
	const char *file, *dir;
	struct frame_address targets[TARGETS_MAX];
	struct analyse_options options;
};

static int take_target(void *arguments, const char *option, const char *text, struct err *e)
{
	struct arguments *a = arguments;
	struct frame_address *target = &a->targets[a->options.target_count];

	if (a->options.target_count == TARGETS_MAX)
		return err_set(e,
			"%s %s: at most %d targets (all are analysed without this "
			"option)",
			option, text, TARGETS_MAX);
	*target = (struct frame_address){0};
	if (inet_pton(AF_INET, text, target->bytes) == 1)
		target->size = 4;
	else if (inet_pton(AF_INET6, text, target->bytes) == 1)
		target->size = 16;
	else
		return err_set(e,
			"%s %s: is not a numeric IPv4 or IPv6 address; a capture has no names",
			option, text);
	a->options.target_count++;
	return 0;
}

static int read_time(const char *option, const char *text, int64_t *ns, struct err *e)
{
	if (units_parse(UNIT_TIME, text, ns, e))
		return err_prefix(e, "%s", option);
	return *ns > 0 ? 0 : err_set(e, "%s: %s is not a time above 0", option, text);
}

static int take_timeout(void *arguments, const char *option, const char *text, struct err *e)
{
	struct arguments *a = arguments;

	return read_time(option, text, &a->options.timeout_ns, e);
}

static int take_bound(void *arguments, const char *option, const char *text, struct err *e)
{
	struct arguments *a = arguments;

	return read_time(option, text, &a->options.bound_ns, e);
}

static const struct command_option options[] = {
	{.letter = 'o',
		.name = "output",
		.argument = "DIR",
		.offers = "folder",
		.help = "the result folder, new or empty (default: only print the report)",
		.offset = offsetof(struct arguments, dir)},
	{.name = "timeout",
		.argument = "TIME",
		.take = take_timeout,
		.help = "an answer after this time is late (default: the flow's interval, at least "
			"50 ms)"},
	{.name = "bound",
		.argument = "TIME",
		.take = take_bound,
		.help = "judge every flow against this bound"},
	{.name = "target",
		.argument = "ADDRESS",
		.take = take_target,
		.help = "only requests to this address; may be given several times"},
};
const struct command_syntax analyse_syntax = {
	.name = "analyse",
	.summary = "find blackouts in a capture made elsewhere",
	.forms = {"FILE.pcap [-o] [--timeout] [--bound] [--target]..."},
	.offers = "pcap",
	.about = "  Finds blackouts in a capture of pings made elsewhere (pcap or pcapng).\n",
	.options = options,
	.option_count = ARRAY_SIZE(options),
	.notes = "\n"
		 "  blackout analyse move.pcap\n"
		 "  blackout analyse move.pcap -o out --bound 3s\n",
};

static int read_arguments(int argc, char **argv, struct arguments *a, struct err *e)
{
	int rc = options_read(&analyse_syntax, argc, argv, a, e);

	if (rc)
		return rc;
	a->options.targets = a->targets;
	if (argc - optind != 1)
		return -1;
	a->file = argv[optind];
	return 0;
}

/* Makes DIR/facts. DIR must be empty or not exist. */
static int make_folder(const char *dir, struct err *e)
{
	char path[PATH_MAX];

	if (rmdir(dir) && errno != ENOENT) {
		if (errno == ENOTEMPTY || errno == EEXIST || errno == ENOTDIR)
			return err_set(e,
				"%s: exists and is not empty (choose another folder with -o)", dir);
		return err_errno(e, "%s: cannot be used", dir);
	}
	if (path_join(path, sizeof(path), dir, "facts"))
		return err_set(e, "%s: name too long", dir);
	return dir_make(path, e);
}

static int show(const char *dir, struct err *e)
{
	char path[PATH_MAX], *text;
	size_t length;

	if (path_join(path, sizeof(path), dir, "report.txt") ||
		file_read(path, SIZE_MAX / 4, &text, &length, e))
		return -1;
	fwrite(text, 1, length, stdout);
	free(text);
	return fflush(stdout) ? err_errno(e, "standard output") : 0;
}

static enum status report(const char *dir)
{
	char name[] = "report", folder[PATH_MAX];
	char *argv[] = {name, folder, NULL};

	snprintf(folder, sizeof(folder), "%s", dir);
	return (enum status)cmd_report(2, argv);
}

/* Makes the folder and its report; removes it again if the capture cannot be used. */
static enum status analyse(const struct arguments *a, const char *dir)
{
	enum status status;
	struct err e = {0};

	if (make_folder(dir, &e)) {
		fprintf(stderr, "blackout: %s\n", e.text);
		return err_status(&e, STATUS_USAGE);
	}
	if (capture_import(a->file, dir, &a->options, &e)) {
		folder_remove(dir);
		fprintf(stderr, "blackout: %s\n", e.text);
		return err_status(&e, STATUS_USAGE);
	}
	status = report(dir);
	if (a->dir)
		fprintf(stderr, "report: %s/report.txt (status %d)\n", dir, status);
	else if (show(dir, &e)) {
		fprintf(stderr, "blackout: %s\n", e.text);
		status = STATUS_BROKE_OFF;
	}
	return status;
}

int cmd_analyse(int argc, char **argv)
{
	struct arguments a = {.options = {.timeout_ns = NS_NONE, .bound_ns = NS_NONE}};
	char scratch[PATH_MAX];
	enum status status;
	struct err e = {0};
	int rc = read_arguments(argc, argv, &a, &e);

	if (rc > 0)
		return STATUS_PASS;
	if (rc) {
		if (*e.text)
			fprintf(stderr, "blackout: %s\n", e.text);
		else
			options_help(&analyse_syntax, stderr);
		return STATUS_USAGE;
	}
	if (a.dir)
		return (int)analyse(&a, a.dir);
	if (folder_scratch("analyse", scratch, sizeof(scratch), &e)) {
		fprintf(stderr, "blackout: %s\n", e.text);
		return STATUS_SETUP;
	}
	status = analyse(&a, scratch);
	folder_remove(scratch);
	return (int)status;
}
