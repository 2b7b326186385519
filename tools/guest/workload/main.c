/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * install FOLDER [WORDS] - a workload in a guest whose result can be verified: an installation, or
 * memory dirtied at a rate. Without WORDS it reads requests from standard input, a line each (those
 * of harness/ops/guest_agent.h, without `work`), and prints a response line for each; the guest's
 * agent runs it so. With WORDS it carries out that one request, prints the status every second and
 * exits: 0 correct, 1 not. The same source builds for Linux and for Windows.
 */
#include "tools/guest/common/line_buffer.h"
#include "tools/guest/common/platform.h"
#include "tools/guest/workload/internal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct guest_workload_ops *const ops[WORKLOAD_KINDS] = {
	[WORKLOAD_INSTALL] = &guest_workload_install, [WORKLOAD_DIRTY] = &guest_workload_dirty};

static enum workload_kind kind_of(const struct guest_workload *workload)
{
	return workload->request.kind;
}

static void *thread_start(void *arg)
{
	struct guest_workload *workload = arg;

	ops[kind_of(workload)]->start(workload);
	return NULL;
}

static void *thread_verify(void *arg)
{
	struct guest_workload *workload = arg;

	ops[kind_of(workload)]->verify(workload);
	return NULL;
}

static enum guest_workload_state state_of(struct guest_workload *workload)
{
	enum guest_workload_state state;

	pthread_mutex_lock(&workload->lock);
	state = workload->status.state;
	pthread_mutex_unlock(&workload->lock);
	return state;
}

static bool is_busy(struct guest_workload *workload)
{
	enum guest_workload_state state = state_of(workload);

	return state == STATE_RUNNING || state == STATE_VERIFYING;
}

/* Joins the workload's thread, which has ended or was requested to stop. */
static void join(struct guest_workload *workload)
{
	if (workload->threaded)
		pthread_join(workload->thread, NULL);
	workload->threaded = false;
}

/*
 * Starts the workload's thread. Enters the state first, so that the next status shows the new
 * state.
 */
static int begin(struct guest_workload *workload, enum guest_workload_state state,
	void *(*body)(void *), char *response, size_t size)
{
	int rc;

	atomic_store(&workload->stop, false);
	state_enter(workload, state, 0);
	rc = pthread_create(&workload->thread, NULL, body, workload);
	if (rc) {
		state_fail(workload, "", "no thread: %s", strerror(rc));
		snprintf(response, size, "error no thread: %s", strerror(rc));
		return -1;
	}
	workload->threaded = true;
	snprintf(response, size, "ok");
	return 0;
}

static void start(struct guest_workload *workload, const struct workload_request *request,
	char *response, size_t size)
{
	if (is_busy(workload)) {
		snprintf(response, size, "error %s already runs (stop it first)",
			workload_kind_name(request->kind));
		return;
	}
	join(workload);
	pthread_mutex_lock(&workload->lock);
	workload->status = (struct guest_workload_status){.started_ns = platform_now_ns()};
	pthread_mutex_unlock(&workload->lock);
	workload->request = *request;
	begin(workload, STATE_RUNNING, thread_start, response, size);
}

static void verify(struct guest_workload *workload, char *response, size_t size)
{
	if (kind_of(workload) == WORKLOAD_INSTALL && is_busy(workload)) {
		snprintf(response, size, "error the installation still runs (it verifies itself)");
		return;
	}
	/* Pages can be compared only while they are not written. */
	atomic_store(&workload->stop, true);
	join(workload);
	begin(workload, STATE_VERIFYING, thread_verify, response, size);
}

static void corrupt(struct guest_workload *workload, char *response, size_t size)
{
	char file[128];

	if (kind_of(workload) == WORKLOAD_INSTALL && is_busy(workload)) {
		snprintf(response, size, "error the installation still runs");
		return;
	}
	if (!is_busy(workload))
		join(workload);
	if (ops[kind_of(workload)]->corrupt(workload, file, sizeof(file)))
		snprintf(response, size, "error nothing was damaged: %s", file);
	else
		snprintf(response, size, "ok file=%s", file);
}

static void serve_line(
	struct guest_workload *workloads, const char *line, char *response, size_t size)
{
	struct workload_request request;
	struct guest_workload *workload;
	char why[160];

	if (workload_request_parse(line, &request, why, sizeof(why))) {
		snprintf(response, size, "error %s", why);
		return;
	}
	workload = &workloads[request.kind];
	switch (request.verb) {
	case WORKLOAD_START:
		start(workload, &request, response, size);
		break;
	case WORKLOAD_STATUS:
		state_format(workload, response, size);
		break;
	case WORKLOAD_VERIFY:
		verify(workload, response, size);
		break;
	case WORKLOAD_CORRUPT:
		corrupt(workload, response, size);
		break;
	default:
		atomic_store(&workload->stop, true);
		snprintf(response, size, "ok");
	}
}

/* Serves requests until "quit" or the end of the input. */
static int serve(struct guest_workload *workloads)
{
	struct line_buffer lines = {0};

	for (;;) {
		char line[AGENT_LINE_MAX], response[AGENT_LINE_MAX];
		size_t size;
		char *space = line_buffer_reserve(&lines, &size);
		int64_t n = read(0, space, (unsigned)size);
		int got;

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return 0;
		line_buffer_commit(&lines, (size_t)n);
		while ((got = line_buffer_next(&lines, line)) != 0) {
			if (got > 0 && strcmp(line, "quit") == 0)
				return 0;
			if (got < 0)
				snprintf(response, sizeof(response),
					"error malformed line (at most %d bytes of text)",
					AGENT_LINE_MAX);
			else
				serve_line(workloads, line, response, sizeof(response));
			printf("%s\n", response);
			fflush(stdout);
		}
	}
}

/* Carries out one request to its end. Returns the exit status. */
static int execute_request(struct guest_workload *workloads, int count, char **words)
{
	char line[AGENT_LINE_MAX] = "", response[AGENT_LINE_MAX], why[160];
	struct workload_request request;
	int64_t next_ns;

	for (int i = 0; i < count; i++) {
		strncat(line, i ? " " : "", sizeof(line) - strlen(line) - 1);
		strncat(line, words[i], sizeof(line) - strlen(line) - 1);
	}
	if (workload_request_parse(line, &request, why, sizeof(why))) {
		fprintf(stderr, "install: %s\n", why);
		return 2;
	}
	serve_line(workloads, line, response, sizeof(response));
	if (request.verb != WORKLOAD_START && request.verb != WORKLOAD_VERIFY) {
		puts(response);
		return strncmp(response, "ok", 2) == 0 ? 0 : 1;
	}
	next_ns = platform_now_ns();
	while (is_busy(&workloads[request.kind])) {
		platform_sleep_ms(50);
		if (platform_now_ns() < next_ns)
			continue;
		next_ns += INT64_C(1000000000);
		state_format(&workloads[request.kind], response, sizeof(response));
		puts(response);
		fflush(stdout);
	}
	state_format(&workloads[request.kind], response, sizeof(response));
	puts(response);
	fflush(stdout);
	return state_of(&workloads[request.kind]) == STATE_CORRECT ? 0 : 1;
}

int main(int argc, char **argv)
{
	static struct guest_workload workloads[WORKLOAD_KINDS];
	struct stat st;

	if (argc < 2) {
		fprintf(stderr, "usage: install FOLDER [start|verify|corrupt install|dirty ...]\n");
		return 2;
	}
	/*
	 * Without WORDS the folder may be missing: the agent dirties memory in guests without a
	 * disk, too.
	 */
	if (argc > 2 && (stat(argv[1], &st) || !S_ISDIR(st.st_mode))) {
		fprintf(stderr,
			"install: %s: no such folder (make it first: everything goes there)\n",
			argv[1]);
		return 2;
	}
	for (int i = 0; i < WORKLOAD_KINDS; i++) {
		workloads[i].folder = argv[1];
		workloads[i].request.kind = (enum workload_kind)i;
		pthread_mutex_init(&workloads[i].lock, NULL);
	}
	/* Exiting the process ends its threads. */
	return argc > 2 ? execute_request(workloads, argc - 2, argv + 2) : serve(workloads);
}
