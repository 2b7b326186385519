/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Credentials from a file: lines and comments; files that are refused. */
#include "harness/base/credentials.h"

#include "tests/unit/test.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct written_file {
	char path[40];
	int fd;
};

static void write_file(struct written_file *file, const char *text)
{
	*file = (struct written_file){.path = P_tmpdir "/blackout-credentials-XXXXXX"};
	file->fd = mkstemp(file->path);
	CU_ASSERT_FATAL(file->fd >= 0);
	CU_ASSERT_EQUAL(write(file->fd, text, strlen(text)), (ssize_t)strlen(text));
}

static void remove_file(const struct written_file *file)
{
	close(file->fd);
	unlink(file->path);
}

static void assert_refused(const char *path, const char *message)
{
	struct credentials credentials = {0};
	struct err e = {0};

	setenv(CREDENTIALS_FILE, path, 1);
	CU_ASSERT_EQUAL(credentials_read(&credentials, &e), -1);
	CU_ASSERT_PTR_NOT_NULL(strstr(e.text, message));
}

static void test_file(void)
{
	struct credentials credentials = {0};
	struct written_file file;
	struct err e = {0};

	write_file(&file, "# comment\n\n user\t= tester\r\npassword =a b # c\n");
	setenv(CREDENTIALS_FILE, file.path, 1);
	CU_ASSERT_EQUAL(credentials_read(&credentials, &e), 0);
	CU_ASSERT_TRUE(credentials.given);
	CU_ASSERT_STRING_EQUAL(credentials.user, "tester");
	CU_ASSERT_STRING_EQUAL(credentials.password, "a b # c");
	CU_ASSERT_PTR_NULL(getenv(CREDENTIALS_FILE));
	CU_ASSERT_EQUAL(fchmod(file.fd, 0640), 0);
	assert_refused(file.path, "others may read it (mode 0640)");
	remove_file(&file);
}

static void test_refused(void)
{
	struct written_file file;
	char large[5000];

	assert_refused(P_tmpdir, "is not a regular file");
	write_file(&file, "user = tester\npass word\n");
	assert_refused(file.path, ":2: neither");
	remove_file(&file);
	write_file(&file, "users = tester\n");
	assert_refused(file.path, ":1: unknown key");
	remove_file(&file);
	write_file(&file, "password = canary\n");
	assert_refused(file.path, "without a user");
	remove_file(&file);
	/* The user's line is behind the bytes that are read. */
	memset(large, '#', sizeof(large));
	memcpy(large + sizeof(large) - 10, "\nuser = u", 10);
	write_file(&file, large);
	assert_refused(file.path, "larger than 4094 bytes");
	remove_file(&file);
}

TEST_SUITE(credentials, {"file", test_file}, {"refused files", test_refused})
