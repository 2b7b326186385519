/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keeps user and password of remote desktops: see secrets.h. */
#include "harness/base/secrets.h"

#include "harness/base/credentials.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static bool is_given(void)
{
	return getenv(CREDENTIALS_USER) || getenv(CREDENTIALS_PASSWORD) || getenv(CREDENTIALS_FILE);
}

static int add_variable(struct secrets *secrets, const char *name, const char *value)
{
	if (!*value)
		return 0;
	if (asprintf(&secrets->variables[secrets->count], "%s=%s", name, value) < 0)
		return -1;
	secrets->count++;
	return 0;
}

int secrets_take(struct secrets *secrets, struct err *e)
{
	struct credentials credentials = {0};
	const char *path = getenv(CREDENTIALS_FILE);
	int rc = 0;

	*secrets = (struct secrets){0};
	if (!is_given())
		return 0;
	if (setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0}))
		return err_errno(e, "core dumps cannot be disabled");
	if (path && asprintf(&secrets->file, "%s=%s", CREDENTIALS_FILE, path) < 0) {
		secrets->file = NULL;
		return err_set(e, "out of memory");
	}
	if (credentials_read(&credentials, &secrets->unusable) == 0 &&
		(add_variable(secrets, CREDENTIALS_USER, credentials.user) ||
			add_variable(secrets, CREDENTIALS_PASSWORD, credentials.password))) {
		secrets_release(secrets);
		rc = err_set(e, "out of memory");
	}
	credentials_wipe(&credentials);
	return rc;
}

void secrets_release(struct secrets *secrets)
{
	for (size_t i = 0; i < secrets->count; i++) {
		explicit_bzero(secrets->variables[i], strlen(secrets->variables[i]));
		free(secrets->variables[i]);
	}
	free(secrets->file);
	*secrets = (struct secrets){0};
}

static char **environment_with(char *const *more, size_t more_count)
{
	size_t count = 0;
	char **variables;

	while (environ && environ[count])
		count++;
	variables = calloc(count + more_count + 1, sizeof(*variables));
	if (!variables)
		return NULL;
	if (count)
		memcpy(variables, environ, count * sizeof(*variables));
	if (more_count)
		memcpy(variables + count, more, more_count * sizeof(*variables));
	return variables;
}

char **secrets_environment(const struct secrets *secrets)
{
	return environment_with(secrets ? secrets->variables : NULL, secrets ? secrets->count : 0);
}

char **secrets_environment_of_blackout(const struct secrets *secrets)
{
	if (secrets && secrets->file)
		return environment_with(&secrets->file, 1);
	return secrets_environment(secrets);
}
