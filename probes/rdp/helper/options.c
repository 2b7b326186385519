/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The command line of blackout-rdp. */
#include "probes/rdp/helper/internal.h"

#include <arpa/inet.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#define MS_MAX (24L * 3600 * 1000)

static const char usage[] =
	"usage: blackout-rdp [--user-keys] [--interval MS] [--connect-timeout MS] [--try-timeout MS]\n"
	"                    [--ack-timeout MS] [--certificate pin|any] ADDRESS PORT\n"
	"Holds a remote-desktop session for blackout; commands on its input: open, close, try, quit.\n"
	"User and password: BLACKOUT_RDP_USER and BLACKOUT_RDP_PASSWORD, or a file that\n"
	"BLACKOUT_RDP_CREDENTIALS names. See blackout-rdp(1).\n";

static int read_ms(const char *option, const char *text, long minimum, int64_t *ns, struct err *e)
{
	char *end;
	long ms = strtol(text, &end, 10);

	if (end == text || *end || ms < minimum || ms > MS_MAX)
		return err_set(e, "--%s %s: must be a whole number of milliseconds from %ld to %ld",
			option, text, minimum, MS_MAX);
	*ns = ms * NS_PER_MS;
	return 0;
}

static int read_target(struct rdp_options *options, int argc, char **argv, struct err *e)
{
	unsigned char address[16];
	char *end;
	long port;

	if (argc - optind != 2)
		return err_set(e, "%s: an ADDRESS and a PORT are needed\n%s", argv[0], usage);
	options->address = argv[optind];
	if (inet_pton(AF_INET, options->address, address) != 1 &&
		inet_pton(AF_INET6, options->address, address) != 1)
		return err_set(e, "'%.100s' is no numeric address", options->address);
	port = strtol(argv[optind + 1], &end, 10);
	if (*end || port < 1 || port > 65535)
		return err_set(
			e, "port '%.100s': must be a number from 1 to 65535", argv[optind + 1]);
	options->port = (uint16_t)port;
	return 0;
}

static int read_certificate(struct rdp_options *options, const char *text, struct err *e)
{
	options->any_certificate = strcmp(text, "any") == 0;
	if (options->any_certificate || strcmp(text, "pin") == 0)
		return 0;
	return err_set(e, "--certificate %.100s: must be pin or any", text);
}

int options_read(struct rdp_options *options, int argc, char **argv, struct err *e)
{
	enum { KEYS = 1, INTERVAL, CONNECT, TRY, ACK, CERTIFICATE, HELP };
	static const struct option known[] = {
		{"user-keys", no_argument, NULL, KEYS},
		{"interval", required_argument, NULL, INTERVAL},
		{"connect-timeout", required_argument, NULL, CONNECT},
		{"try-timeout", required_argument, NULL, TRY},
		{"ack-timeout", required_argument, NULL, ACK},
		{"certificate", required_argument, NULL, CERTIFICATE},
		{"help", no_argument, NULL, HELP},
		{0},
	};
	int c, rc = 0;

	*options = (struct rdp_options){
		.interval_ns = 50 * NS_PER_MS,
		.connect_timeout_ns = 15 * NS_PER_S,
		.try_timeout_ns = 3 * NS_PER_S,
		.ack_timeout_ns = 60 * NS_PER_S,
	};
	opterr = 0;
	while (!rc && (c = getopt_long(argc, argv, "", known, NULL)) != -1)
		switch (c) {
		case KEYS:
			options->user_keys = true;
			break;
		case INTERVAL:
			rc = read_ms("interval", optarg, 10, &options->interval_ns, e);
			break;
		case CONNECT:
			rc = read_ms("connect-timeout", optarg, 1, &options->connect_timeout_ns, e);
			break;
		case TRY:
			rc = read_ms("try-timeout", optarg, 1, &options->try_timeout_ns, e);
			break;
		case ACK:
			rc = read_ms("ack-timeout", optarg, 1, &options->ack_timeout_ns, e);
			break;
		case CERTIFICATE:
			rc = read_certificate(options, optarg, e);
			break;
		case HELP:
			fputs(usage, stdout);
			return 1;
		default:
			return err_set(e, "%s: %s is unknown or lacks its value\n%s", argv[0],
				argv[optind - 1], usage);
		}
	return rc ? rc : read_target(options, argc, argv, e);
}
