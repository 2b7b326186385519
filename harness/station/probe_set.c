/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The open probes of a station and their facts files: see internal.h. */
#include "harness/station/internal.h"

#include <stdlib.h>
#include <string.h>

/* Keeps the first error of a function that goes on after errors. */
static void keep_first_error(struct err *e, const struct err *other, int *rc)
{
	if (!*rc && e)
		*e = *other;
	*rc = -1;
}

int probe_set_init(struct probe_set *set, const char *name, struct station_probe *probes,
	size_t count, struct err *e)
{
	*set = (struct probe_set){.name = name, .probes = probes, .count = count};
	set->handles = calloc(count + 1, sizeof(*set->handles));
	set->live = calloc(count + 1, sizeof(*set->live));
	set->live_count = calloc(count + 1, sizeof(*set->live_count));
	if (!set->handles || !set->live || !set->live_count)
		goto fail;
	for (size_t i = 0; i < count; i++) {
		size_t targets = probes[i].config.target_count;

		set->live[i] = calloc(targets + 1, sizeof(**set->live));
		if (!set->live[i])
			goto fail;
	}
	return 0;
fail:
	probe_set_release(set);
	return err_set(e, "station %s: out of memory", name);
}

void probe_set_release(struct probe_set *set)
{
	for (size_t i = 0; set->live && i < set->count; i++)
		free(set->live[i]);
	free(set->live);
	free(set->live_count);
	free(set->handles);
	set->live = NULL;
	set->live_count = NULL;
	set->handles = NULL;
}

int probe_set_open(struct probe_set *set, const char *dir, const struct clock *clock, struct err *e)
{
	for (; set->opened < set->count; set->opened++) {
		struct station_probe *probe = &set->probes[set->opened];
		struct probe_config *config = &probe->config;
		char source[160];

		config->log = NULL;
		config->clock = clock;
		if (!*config->station)
			snprintf(config->station, sizeof(config->station), "%s", set->name);
		if (probe_missing(probe->ops))
			return err_set(e, "probe %s: its kind lacks %s", config->name,
				probe_missing(probe->ops));
		snprintf(source, sizeof(source), "%s-%s", set->name, config->name);
		if (fact_log_open(&config->log, dir, source, clock, e))
			return -1;
		if (probe->ops->open(&set->handles[set->opened], config, e)) {
			struct err ignored;

			fact_log_close(config->log, "not opened", &ignored);
			return -1;
		}
	}
	return 0;
}

int probe_set_start(struct probe_set *set, struct err *e)
{
	for (; set->started < set->opened; set->started++)
		if (set->probes[set->started].ops->start(set->handles[set->started], e))
			return -1;
	return 0;
}

int probe_set_drain(struct probe_set *set, struct err *e)
{
	int rc = 0;

	for (size_t i = 0; i < set->started; i++) {
		struct station_probe *probe = &set->probes[i];
		struct err error = {0};
		int n = probe->ops->drain(
			set->handles[i], set->live[i], probe->config.target_count, &error);

		if (n >= 0)
			set->live_count[i] = (size_t)n;
		else
			keep_first_error(e, &error, &rc);
		fact_log_tick(probe->config.log);
		if (fact_log_failed(probe->config.log, &error))
			keep_first_error(e, &error, &rc);
	}
	return rc;
}

int probe_set_command(struct probe_set *set, size_t i, const char *words, struct err *e)
{
	const struct station_probe *probe = &set->probes[i];

	if (i >= set->started)
		return err_set(
			e, "probe %s: not started, cannot take '%s'", probe->config.name, words);
	if (!probe->ops->command)
		return err_set(e, "probe %s: kind %s takes no commands ('%s')", probe->config.name,
			probe_kind(probe->ops), words);
	return probe->ops->command(set->handles[i], words, e);
}

int probe_set_close(struct probe_set *set, const char *reason, struct err *e)
{
	struct err error = {0};
	int rc = 0;

	/* All engines stop before the first file is closed, so that they cover the same time. */
	for (size_t i = 0; i < set->started; i++)
		if (set->probes[i].ops->stop(set->handles[i], &error))
			keep_first_error(e, &error, &rc);
	for (size_t i = 0; i < set->opened; i++) {
		set->probes[i].ops->close(set->handles[i]);
		if (fact_log_close(set->probes[i].config.log, reason, &error))
			keep_first_error(e, &error, &rc);
		set->probes[i].config.log = NULL;
	}
	set->opened = set->started = 0;
	probe_set_release(set);
	return rc;
}
