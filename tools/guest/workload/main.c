/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * install FOLDER [WORDS] - a piece of work in a guest, whose result can be checked: an
 * installation, or memory dirtied at a rate. Without words it takes lines of them on standard
 * input, those of harness/ops/guest_agent.h after `work`, and answers each with a line; the guest's agent
 * runs it so. With words it does that one work to its end, with its status a second on standard
 * output: 0 correct, 1 not. The same source is a Linux and a Windows program.
 */
#include "tools/guest/common/lines.h"
#include "tools/guest/common/platform.h"
#include "tools/guest/workload/internal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct work_ops *const ops[WORK_KINDS] = {
	[WORK_INSTALL] = &work_install, [WORK_DIRTY] = &work_dirty};

static enum work_kind kind_of(const struct work *work)
{
	return work->asked.kind;
}

static void *thread_start(void *arg)
{
	struct work *work = arg;

	ops[kind_of(work)]->start(work);
	return NULL;
}

static void *thread_verify(void *arg)
{
	struct work *work = arg;

	ops[kind_of(work)]->verify(work);
	return NULL;
}

static enum work_state state_of(struct work *work)
{
	enum work_state state;

	pthread_mutex_lock(&work->lock);
	state = work->status.state;
	pthread_mutex_unlock(&work->lock);
	return state;
}

static bool busy(struct work *work)
{
	enum work_state state = state_of(work);

	return state == STATE_RUNNING || state == STATE_VERIFYING;
}

/* Waits for a thread that has ended its work or was told to. */
static void join(struct work *work)
{
	if (work->threaded)
		pthread_join(work->thread, NULL);
	work->threaded = false;
}

/* The state is the new one before the answer, so that who asks next is not told the old one. */
static int begin(
	struct work *work, enum work_state state, void *(*body)(void *), char *answer, size_t size)
{
	int rc;

	atomic_store(&work->stop, false);
	work_enter(work, state, 0);
	rc = pthread_create(&work->thread, NULL, body, work);
	if (rc) {
		work_fail(work, "", "no thread: %s", strerror(rc));
		snprintf(answer, size, "error no thread: %s", strerror(rc));
		return -1;
	}
	work->threaded = true;
	snprintf(answer, size, "ok");
	return 0;
}

static void start(struct work *work, const struct work_request *request, char *answer, size_t size)
{
	if (busy(work)) {
		snprintf(answer, size, "error %s is already at work (stop it first)",
			work_kind_name(request->kind));
		return;
	}
	join(work);
	pthread_mutex_lock(&work->lock);
	work->status = (struct work_status){.started_ns = platform_now_ns()};
	pthread_mutex_unlock(&work->lock);
	work->asked = *request;
	begin(work, STATE_RUNNING, thread_start, answer, size);
}

static void verify(struct work *work, char *answer, size_t size)
{
	if (kind_of(work) == WORK_INSTALL && busy(work)) {
		snprintf(answer, size,
			"error the installation is still at work (it verifies itself)");
		return;
	}
	/* The generator's pages can be compared only while nobody writes them. */
	atomic_store(&work->stop, true);
	join(work);
	begin(work, STATE_VERIFYING, thread_verify, answer, size);
}

static void corrupt(struct work *work, char *answer, size_t size)
{
	char file[128];

	if (kind_of(work) == WORK_INSTALL && busy(work)) {
		snprintf(answer, size, "error the installation is still at work");
		return;
	}
	if (!busy(work))
		join(work);
	if (ops[kind_of(work)]->corrupt(work, file, sizeof(file)))
		snprintf(answer, size, "error nothing was damaged: %s", file);
	else
		snprintf(answer, size, "ok file=%s", file);
}

static void serve_line(struct work *works, const char *line, char *answer, size_t size)
{
	struct work_request request;
	struct work *work;
	char why[160];

	if (work_parse(line, &request, why, sizeof(why))) {
		snprintf(answer, size, "error %s", why);
		return;
	}
	work = &works[request.kind];
	switch (request.verb) {
	case WORK_START:
		start(work, &request, answer, size);
		break;
	case WORK_STATUS:
		work_status_line(work, answer, size);
		break;
	case WORK_VERIFY:
		verify(work, answer, size);
		break;
	case WORK_CORRUPT:
		corrupt(work, answer, size);
		break;
	default:
		atomic_store(&work->stop, true);
		snprintf(answer, size, "ok");
	}
}

/* Lines until `quit` or the end of the input. */
static int serve(struct work *works)
{
	struct lines lines = {0};

	for (;;) {
		char line[AGENT_LINE_MAX], answer[AGENT_LINE_MAX];
		size_t size;
		char *room = lines_room(&lines, &size);
		int64_t n = read(0, room, (unsigned)size);
		int got;

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return 0;
		lines_add(&lines, (size_t)n);
		while ((got = lines_next(&lines, line)) != 0) {
			if (got > 0 && strcmp(line, "quit") == 0)
				return 0;
			if (got < 0)
				snprintf(answer, sizeof(answer),
					"error malformed line (at most %d bytes of text)",
					AGENT_LINE_MAX);
			else
				serve_line(works, line, answer, sizeof(answer));
			printf("%s\n", answer);
			fflush(stdout);
		}
	}
}

/* One work to its end. */
static int once(struct work *works, int count, char **words)
{
	char line[AGENT_LINE_MAX] = "", answer[AGENT_LINE_MAX], why[160];
	struct work_request request;
	int64_t next_ns;

	for (int i = 0; i < count; i++) {
		strncat(line, i ? " " : "", sizeof(line) - strlen(line) - 1);
		strncat(line, words[i], sizeof(line) - strlen(line) - 1);
	}
	if (work_parse(line, &request, why, sizeof(why))) {
		fprintf(stderr, "install: %s\n", why);
		return 2;
	}
	serve_line(works, line, answer, sizeof(answer));
	if (request.verb != WORK_START && request.verb != WORK_VERIFY) {
		puts(answer);
		return strncmp(answer, "ok", 2) == 0 ? 0 : 1;
	}
	next_ns = platform_now_ns();
	while (busy(&works[request.kind])) {
		platform_sleep_ms(50);
		if (platform_now_ns() < next_ns)
			continue;
		next_ns += INT64_C(1000000000);
		work_status_line(&works[request.kind], answer, sizeof(answer));
		puts(answer);
		fflush(stdout);
	}
	work_status_line(&works[request.kind], answer, sizeof(answer));
	puts(answer);
	fflush(stdout);
	return state_of(&works[request.kind]) == STATE_CORRECT ? 0 : 1;
}

int main(int argc, char **argv)
{
	static struct work works[WORK_KINDS];
	struct stat st;

	if (argc < 2) {
		fprintf(stderr, "usage: install FOLDER [start|verify|corrupt install|dirty ...]\n");
		return 2;
	}
	/* The agent dirties memory in a guest without a disk, too, and so without a folder. */
	if (argc > 2 && (stat(argv[1], &st) || !S_ISDIR(st.st_mode))) {
		fprintf(stderr, "install: %s: no such folder (make it first: everything goes there)\n",
			argv[1]);
		return 2;
	}
	for (int i = 0; i < WORK_KINDS; i++) {
		works[i].folder = argv[1];
		works[i].asked.kind = (enum work_kind)i;
		pthread_mutex_init(&works[i].lock, NULL);
	}
	/* The threads end with the process. */
	return argc > 2 ? once(works, argc - 2, argv + 2) : serve(works);
}
