/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `blackout lab`: controls the embedded lab. */
#include "tools/commands/commands.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/secrets.h"
#include "harness/sites/lab/lab.h"

struct arguments {
	const char *name, *hosts, *link;
};

static const struct command_option options[] = {
	{.name = "hosts",
		.argument = "N",
		.help = "hosts, 1 to 16 (default: 2)",
		.offset = offsetof(struct arguments, hosts)},
	{.name = "link",
		.argument = "RATE",
		.help = "speed of each host's migration port (default: 1Gbit/s)",
		.offset = offsetof(struct arguments, link)},
	{.name = "name",
		.argument = "NAME",
		.help = "which lab (default: $BLACKOUT_LAB, or blackout)",
		.offset = offsetof(struct arguments, name)},
};
const struct command_syntax lab_syntax = {
	.name = "lab",
	.summary = "the embedded lab: libvirt hosts in namespaces",
	.forms = {"up [--hosts] [--link] [--name]", "down [--name]", "status [--name]",
		"exec [--name] COMMAND [ARGUMENT...]"},
	.brief = "up|down|status|exec",
	.offers = "up|down|status|exec none",
	.about = "  Hosts with their own libvirtd and QEMU, in namespaces of this machine; needs "
		 "root.\n  `blackout run` brings the lab up by itself if it is down.\n",
	.options = options,
	.option_count = ARRAY_SIZE(options),
	.notes = "\n"
		 "  blackout lab status\n"
		 "  blackout lab up --hosts 3 --link 100Mbit/s\n"
		 "  blackout lab exec virsh -c qemu+tcp://a/system list\n"
		 "  blackout lab down\n",
	.operand_ends = true,
};

static int usage(const char *what)
{
	fprintf(stderr, "blackout lab: %s\n", what);
	options_help(&lab_syntax, stderr);
	return STATUS_USAGE;
}

static int fail(enum status status, const struct err *e)
{
	fprintf(stderr, "blackout lab: %s\n", e->text);
	return (int)status;
}

static int run_up(const struct lab_options *options)
{
	struct lab_status status;
	struct err e = {0};
	char rate[32];

	if (lab_up(options, stdout, &e) || lab_status(options->name, &status, &e))
		return fail(STATUS_SETUP, &e);
	units_format(UNIT_RATE, options->link_bps, rate, sizeof(rate));
	printf("lab %s: up in %.2f s: %u hosts, %s, %s\n", options->name,
		(double)status.up_ns / (double)NS_PER_S, options->hosts, rate,
		status.kvm ? "KVM" : "TCG");
	return STATUS_PASS;
}

static int run_down(const struct lab_options *options)
{
	pid_t user = lab_claim_holder(options->name);
	struct err e = {0};
	bool was_up;

	if (user)
		fprintf(stderr,
			"blackout lab: a run (pid %d) is using lab %s; the run will break "
			"off\n",
			(int)user, options->name);
	if (lab_down(options->name, &was_up, &e))
		return fail(STATUS_SETUP, &e);
	if (was_up)
		printf("lab %s: down\n", options->name);
	else
		printf("lab %s: nothing to take down\n", options->name);
	return STATUS_PASS;
}

static int run_status(const struct lab_options *options)
{
	struct lab_status status;
	struct err e = {0};
	char rate[32], uri[64], *vms;

	if (lab_status(options->name, &status, &e))
		return fail(STATUS_SETUP, &e);
	if (status.state != LAB_UP) {
		printf("lab %s: %s\n", options->name,
			status.state == LAB_DOWN ? "down"
						 : "partly up; `blackout lab down` takes it down");
		return STATUS_PASS;
	}
	units_format(UNIT_RATE, status.options.link_bps, rate, sizeof(rate));
	printf("lab %s: up, %s, %s\n", options->name, rate, status.kvm ? "KVM" : "TCG");
	for (unsigned n = 1; n <= status.options.hosts; n++) {
		const struct lab_host *host = &status.hosts[n - 1];

		lab_host_uri(n, uri, sizeof(uri));
		if (host->alive)
			printf("host %s: pid %d, %s\n", host->name, (int)host->pid, uri);
		else
			printf("host %s: dead\n", host->name);
	}
	fflush(stdout);
	if (lab_vms(&status, &vms, &e))
		return fail(STATUS_SETUP, &e);
	for (char *rest = vms, *line; (line = strsep(&rest, "\n")) && *line;)
		printf("vm %s\n", line);
	free(vms);
	return STATUS_PASS;
}

static int run_exec(const struct lab_options *options, char **argv)
{
	struct err e = {0};

	fflush(NULL);
	lab_exec(options->name, argv, &e);
	return fail(STATUS_SETUP, &e);
}

static int fill_options(
	const struct arguments *arguments, struct lab_options *options, struct err *e)
{
	char *end;

	if (lab_options_default(options, arguments->name, e))
		return -1;
	if (arguments->hosts) {
		unsigned long n = strtoul(arguments->hosts, &end, 10);

		if (*end || end == arguments->hosts || n < 1 || n > LAB_HOSTS_MAX)
			return err_set(e, "--hosts %.40s: must be from 1 to %d", arguments->hosts,
				LAB_HOSTS_MAX);
		options->hosts = (unsigned)n;
	}
	if (arguments->link && units_parse(UNIT_RATE, arguments->link, &options->link_bps, e))
		return err_prefix(e, "--link");
	if (options->link_bps < 1000000)
		return err_set(e, "--link %.40s: must be at least 1 Mbit/s", arguments->link);
	return 0;
}

static int carry_out(int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : NULL;
	struct arguments arguments = {0};
	struct lab_options options;
	struct err e = {0};
	bool up, exec;
	int rest, rc;

	if (!verb)
		return usage("a command is missing (up, down, status, exec)");
	if (strcmp(verb, "help") == 0 || strcmp(verb, "--help") == 0 || strcmp(verb, "-h") == 0) {
		options_help(&lab_syntax, stdout);
		return STATUS_PASS;
	}
	up = strcmp(verb, "up") == 0;
	exec = strcmp(verb, "exec") == 0;
	if (!up && !exec && strcmp(verb, "down") != 0 && strcmp(verb, "status") != 0)
		return usage("no such command (up, down, status, exec)");
	rc = options_read(&lab_syntax, argc - 1, argv + 1, &arguments, &e);
	if (rc > 0)
		return STATUS_PASS;
	if (rc) {
		options_help(&lab_syntax, stderr);
		return STATUS_USAGE;
	}
	rest = 1 + optind;
	if ((arguments.hosts || arguments.link) && !up)
		return usage("--hosts and --link belong to `up`");
	if (exec != (rest < argc))
		return usage(exec ? "exec needs a command" : "too many arguments");
	if (fill_options(&arguments, &options, &e))
		return usage(e.text);
	if (up)
		return run_up(&options);
	if (exec)
		return run_exec(&options, argv + rest);
	return strcmp(verb, "down") == 0 ? run_down(&options) : run_status(&options);
}

/*
 * Removes the secrets from the environment: the lab's hosts outlive this command and must not get
 * them.
 */
int cmd_lab(int argc, char **argv)
{
	struct secrets secrets;
	struct err e = {0};

	if (secrets_take(&secrets, &e)) {
		fprintf(stderr, "blackout: %s\n", e.text);
		return STATUS_SETUP;
	}
	secrets_release(&secrets);
	return carry_out(argc, argv);
}
