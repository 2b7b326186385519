/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Programs that are started: what they get of us, and what is said where they cannot be. */
#include "tests/unit/test.h"

#include "harness/base/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* Runs a shell command with its output in `said`; returns its exit status, -1 where it was not started. */
static int run_shell(struct program program, const char *command, char *said, size_t size)
{
	const char *const argv[] = {"sh", "-c", command, NULL};
	int status = 0, out = memfd_create("said", MFD_CLOEXEC);
	ssize_t length;
	pid_t pid;

	program.argv = argv;
	program.in = PROGRAM_NULL;
	program.out = program.error = out;
	if (program_start(&program, &pid))
		return -1;
	CU_ASSERT_EQUAL(waitpid(pid, &status, 0), pid);
	length = pread(out, said, size - 1, 0);
	said[length > 0 ? length : 0] = '\0';
	close(out);
	return WEXITSTATUS(status);
}

static void test_gets(void)
{
	char word[] = "WORD=heard", path[] = "PATH=/usr/bin:/bin",
	     *environment[] = {word, path, NULL};
	struct program program = {.environment = environment, .dir = "/"};
	char said[256];

	CU_ASSERT_EQUAL(
		run_shell(program, "read nothing; echo $WORD $PWD; exit 7", said, sizeof(said)), 7);
	CU_ASSERT_STRING_EQUAL(said, "heard /\n");
}

/* A handler, a blocked signal and an open file of ours are no business of a program. */
static void test_does_not_get(void)
{
	static const char command[] =
		"sed -n 's/^Sig\\(Blk\\|Cgt\\):\t/\\1 /p' /proc/self/status; [ -e /proc/self/fd/77 ] && echo open";
	struct program program = {.dir = NULL};
	char said[256];
	sigset_t some, before;
	void (*pipe_before)(int) = signal(SIGPIPE, SIG_IGN);

	sigemptyset(&some);
	sigaddset(&some, SIGUSR1);
	sigprocmask(SIG_BLOCK, &some, &before);
	CU_ASSERT_EQUAL_FATAL(dup2(STDERR_FILENO, 77), 77);
	run_shell(program, command, said, sizeof(said));
	CU_ASSERT_STRING_EQUAL(said, "Blk 0000000000000000\nCgt 0000000000000000\n");
	CU_ASSERT_EQUAL(run_shell(program, "kill -PIPE $$; exit 3", said, sizeof(said)), 0);
	program.keep_files = true;
	run_shell(program, command, said, sizeof(said));
	CU_ASSERT_PTR_NOT_NULL(strstr(said, "open"));
	close(77);
	sigprocmask(SIG_SETMASK, &before, NULL);
	signal(SIGPIPE, pipe_before);
}

static void test_cannot_start(void)
{
	const char *const argv[] = {"no-such-program-here", NULL};
	struct program program = {
		.argv = argv, .in = PROGRAM_NULL, .out = PROGRAM_NULL, .error = PROGRAM_NULL};
	pid_t pid;

	CU_ASSERT_EQUAL(program_start(&program, &pid), -1);
	CU_ASSERT_EQUAL(errno, ENOENT);
	CU_ASSERT_EQUAL(waitpid(pid, NULL, 0), -1);
	program.dir = "/no/such/folder";
	CU_ASSERT_EQUAL(program_start(&program, &pid), -1);
	CU_ASSERT_EQUAL(errno, ENOENT);
}

TEST_SUITE(process, {"gets", test_gets}, {"does not get", test_does_not_get},
	{"cannot start", test_cannot_start})
