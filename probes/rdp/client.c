/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The program blackout-rdp as a child process of a station: see client.h. */
#include "probes/rdp/client.h"

#include "harness/base/process.h"
#include "harness/base/program_path.h"
#include "harness/base/secrets.h"
#include "probes/rdp/component.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROGRAM "blackout-rdp"
/*
 * Time limit of a connection attempt: enough for an emulated guest, whose handshake takes two
 * seconds.
 */
#define TRY_MS "4000"
#define END_WAIT_NS (3 * NS_PER_S)

int rdp_client_find(char path[static PATH_MAX], const char *probe, struct err *e)
{
	const char *from_env = getenv("BLACKOUT_RDP");
	char self[PATH_MAX];

	if (from_env && *from_env) {
		if (snprintf(path, PATH_MAX, "%s", from_env) < PATH_MAX && !access(path, X_OK))
			return 0;
		return err_errno(e, "probe %s: BLACKOUT_RDP=%.200s cannot be run", probe, from_env);
	}
	if (program_dir(self, e))
		return -1;
	if (snprintf(path, PATH_MAX, "%s/" PROGRAM, self) < PATH_MAX && !access(path, X_OK))
		return 0;
	if (snprintf(path, PATH_MAX, "%s/../libexec/" PROGRAM, self) < PATH_MAX &&
		!access(path, X_OK))
		return 0;
	return err_set(e,
		"probe %s: kind = rdp needs the program " PROGRAM
		", which is neither in %.200s nor in "
		"its ../libexec: install freerdp2-dev and run make, or set BLACKOUT_RDP to its path",
		probe, self);
}

int rdp_client_start(struct rdp_client *client, const char *path, const struct probe_config *config,
	const struct probe_target *target, struct err *e)
{
	char interval[24], port[8];
	const char *argv[10];
	/* The error output is discarded, because a library might print secrets there. */
	struct program program = {.argv = argv, .error = PROGRAM_NULL, .death_signal = SIGKILL};
	size_t n = 0;
	const struct rdp_settings *settings = config->settings;
	char **environment;
	int in[2], out[2], rc;

	snprintf(interval, sizeof(interval), "%" PRId64, config->interval_ns / NS_PER_MS);
	snprintf(port, sizeof(port), "%u", rdp_port(settings));
	argv[n++] = path;
	if (settings && settings->keys)
		argv[n++] = "--user-keys";
	argv[n++] = "--interval";
	argv[n++] = interval;
	argv[n++] = "--try-timeout";
	argv[n++] = TRY_MS;
	argv[n++] = target->address;
	argv[n++] = port;
	argv[n] = NULL;
	*client = (struct rdp_client){.in = -1, .out = -1};
	if (pipe2(in, O_CLOEXEC))
		return err_errno(e, "probe %s: no pipe", config->name);
	if (pipe2(out, O_CLOEXEC)) {
		close(in[0]);
		close(in[1]);
		return err_errno(e, "probe %s: no pipe", config->name);
	}
	/*
	 * The program gets the secrets in its environment, and wipes them there before anything
	 * else.
	 */
	program.environment = environment = secrets_environment(config->secrets);
	program.in = in[0];
	program.out = out[1];
	rc = environment ? program_start(&program, &client->pid) : -1;
	free(environment);
	close(in[0]);
	close(out[1]);
	client->in = in[1];
	client->out = out[0];
	if (rc) {
		client->pid = 0;
		err_errno(e, "probe %s: %s cannot be started", config->name, path);
		rdp_client_stop(client);
		return -1;
	}
	fcntl(client->in, F_SETFL, O_NONBLOCK);
	fcntl(client->out, F_SETFL, O_NONBLOCK);
	return 0;
}

int rdp_client_send(struct rdp_client *client, const char *command, struct err *e)
{
	char line[64];
	int length = snprintf(line, sizeof(line), "%s\n", command);

	if (client->in < 0 || write(client->in, line, (size_t)length) != length)
		return err_set(e, PROGRAM " no longer reads commands");
	return 0;
}

/* Reads as much output as the buffer holds. True if something was read. */
static bool refill(struct rdp_client *client)
{
	ssize_t n;

	memmove(client->output, client->output + client->taken, client->length - client->taken);
	client->length -= client->taken;
	client->taken = 0;
	if (client->length == sizeof(client->output)) {
		client->length = 0;
		client->skipping = true;
	}
	if (client->out < 0)
		return false;
	do
		n = read(client->out, client->output + client->length,
			sizeof(client->output) - client->length);
	while (n < 0 && errno == EINTR);
	if (n <= 0)
		return false;
	client->length += (size_t)n;
	return true;
}

char *rdp_client_line(struct rdp_client *client)
{
	for (;;) {
		char *line = client->output + client->taken;
		char *end = memchr(line, '\n', client->length - client->taken);

		if (!end) {
			if (!refill(client))
				return NULL;
			continue;
		}
		client->taken = (size_t)(end + 1 - client->output);
		*end = '\0';
		if (!client->skipping)
			return line;
		client->skipping = false;
	}
}

static void close_pipes(struct rdp_client *client)
{
	if (client->in >= 0)
		close(client->in);
	if (client->out >= 0)
		close(client->out);
	client->in = client->out = -1;
}

bool rdp_client_ended(struct rdp_client *client, struct err *e)
{
	int status;

	if (!client->pid || waitpid(client->pid, &status, WNOHANG) != client->pid)
		return false;
	client->pid = 0;
	if (WIFSIGNALED(status))
		err_set(e, PROGRAM " died of signal %d (%s)", WTERMSIG(status),
			strsignal(WTERMSIG(status)));
	else if (WEXITSTATUS(status) == STATUS_USAGE)
		err_set(e, PROGRAM
			" refuses its arguments or credentials (is its version the same? start "
			"it by hand to see why)");
	else
		err_set(e, PROGRAM " ended with status %d", WEXITSTATUS(status));
	return true;
}

void rdp_client_stop(struct rdp_client *client)
{
	int64_t until_ns = clock_mono_ns() + END_WAIT_NS;
	int status;

	close_pipes(client);
	while (client->pid && waitpid(client->pid, &status, WNOHANG) == 0 &&
		clock_mono_ns() < until_ns)
		poll(NULL, 0, 5);
	if (client->pid && waitpid(client->pid, &status, WNOHANG) == 0) {
		kill(client->pid, SIGKILL);
		while (waitpid(client->pid, &status, 0) < 0 && errno == EINTR)
			;
	}
	client->pid = 0;
}
