/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads user and password of a remote desktop: see credentials.h. */
#include "harness/base/credentials.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * Copies an environment variable to `buf` if it fits, and wipes and unsets the variable in any
 * case. Sets *length to the length of its value. False: the variable is not set.
 */
static bool take_variable(const char *name, char *buf, size_t size, size_t *length)
{
	char *value = getenv(name);

	if (!value)
		return false;
	*length = strlen(value);
	if (*length < size)
		memcpy(buf, value, *length + 1);
	explicit_bzero(value, *length);
	unsetenv(name);
	return true;
}

/* Reads a line `key = value` into the credential that the key names. */
static int read_line(struct credentials *credentials, char *line, const char *path, unsigned number,
	struct err *e)
{
	char *key = line + strspn(line, " \t"), *value = strchr(key, '='), *to;

	if (!*key || *key == '#')
		return 0;
	if (!value)
		return err_set(e, "%s:%u: neither `user = …` nor `password = …`", path, number);
	*value++ = '\0';
	value += strspn(value, " \t");
	key[strcspn(key, " \t")] = '\0';
	to = strcmp(key, "user") == 0       ? credentials->user
	     : strcmp(key, "password") == 0 ? credentials->password
					    : NULL;
	if (!to)
		return err_set(
			e, "%s:%u: unknown key (known keys: `user`, `password`)", path, number);
	if (strlen(value) >= CREDENTIAL_MAX)
		return err_set(e, "%s:%u: longer than %d bytes", path, number, CREDENTIAL_MAX - 1);
	memcpy(to, value, strlen(value) + 1);
	return 0;
}

/* Reads lines `user = …` and `password = …`; ignores empty lines and comments (#). */
static int read_file(struct credentials *credentials, const char *path, struct err *e)
{
	char text[4096] = "", *rest = text, *line;
	unsigned number = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC), rc = -1;
	struct stat status;
	ssize_t n;

	if (fd < 0 || fstat(fd, &status)) {
		err_errno(e, "%s: the credentials cannot be read", path);
		goto out;
	}
	if (!S_ISREG(status.st_mode)) {
		err_set(e, "%s: is not a regular file", path);
		goto out;
	}
	if (status.st_mode & 077) {
		err_set(e, "%s: others may read it (mode %04o): chmod 600 %s", path,
			status.st_mode & 07777, path);
		goto out;
	}
	n = read(fd, text, sizeof(text) - 1);
	if (n < 0) {
		err_errno(e, "%s: the credentials cannot be read", path);
		goto out;
	}
	/* The rest of a larger file would be ignored without notice. */
	if ((size_t)n == sizeof(text) - 1) {
		err_set(e, "%s: larger than %zu bytes", path, sizeof(text) - 2);
		goto out;
	}
	text[n] = '\0';
	rc = 0;
	while (!rc && (line = strsep(&rest, "\n"))) {
		line[strcspn(line, "\r")] = '\0';
		rc = read_line(credentials, line, path, ++number, e);
	}
out:
	explicit_bzero(text, sizeof(text));
	if (fd >= 0)
		close(fd);
	return rc;
}

int credentials_read(struct credentials *credentials, struct err *e)
{
	char path[CREDENTIAL_MAX] = "";
	size_t user = 0, password = 0, file = 0;
	bool has_file = take_variable(CREDENTIALS_FILE, path, sizeof(path), &file);
	bool has_user = take_variable(
		CREDENTIALS_USER, credentials->user, sizeof(credentials->user), &user);
	bool has_password = take_variable(CREDENTIALS_PASSWORD, credentials->password,
		sizeof(credentials->password), &password);

	if (user >= CREDENTIAL_MAX || password >= CREDENTIAL_MAX || file >= CREDENTIAL_MAX)
		return err_set(
			e, "BLACKOUT_RDP_…: a value is longer than %d bytes", CREDENTIAL_MAX - 1);
	if (has_file && (has_user || has_password))
		return err_set(e, "BLACKOUT_RDP_CREDENTIALS and BLACKOUT_RDP_USER or _PASSWORD are "
				  "set: use only one of them");
	if (has_file && read_file(credentials, path, e))
		return -1;
	if (!credentials->user[0] && credentials->password[0])
		return err_set(
			e, "a password without a user (set BLACKOUT_RDP_USER, or `user = …`)");
	credentials->given = credentials->user[0];
	return 0;
}

void credentials_wipe(struct credentials *credentials)
{
	explicit_bzero(credentials, sizeof(*credentials));
}
