/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See secrets.h. */
#include "harness/secrets.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static const char *const names[SECRETS_MOST] = {"BLACKOUT_RDP_USER", "BLACKOUT_RDP_PASSWORD"};

int secrets_take(struct secrets *secrets, struct err *e)
{
	*secrets = (struct secrets){0};
	for (size_t i = 0; i < SECRETS_MOST; i++) {
		char *value = getenv(names[i]);

		if (!value)
			continue;
		if (asprintf(&secrets->words[secrets->count], "%s=%s", names[i], value) < 0) {
			secrets_wipe(secrets);
			return err_set(e, "out of memory");
		}
		secrets->count++;
		/* Where it stands, /proc/PID/environ shows it, whatever the process unsets. */
		explicit_bzero(value, strlen(value));
		unsetenv(names[i]);
	}
	if (secrets->count && setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0})) {
		secrets_wipe(secrets);
		return err_errno(e, "core dumps cannot be forbidden");
	}
	return 0;
}

void secrets_wipe(struct secrets *secrets)
{
	for (size_t i = 0; i < secrets->count; i++) {
		explicit_bzero(secrets->words[i], strlen(secrets->words[i]));
		free(secrets->words[i]);
	}
	*secrets = (struct secrets){0};
}

char **secrets_environment(const struct secrets *secrets)
{
	size_t count = 0;
	char **words;

	while (environ && environ[count])
		count++;
	words = calloc(count + SECRETS_MOST + 1, sizeof(*words));
	if (!words)
		return NULL;
	if (count)
		memcpy(words, environ, count * sizeof(*words));
	for (size_t i = 0; secrets && i < secrets->count; i++)
		words[count++] = secrets->words[i];
	return words;
}
