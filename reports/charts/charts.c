/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * All charts of a result folder: writes scripts and data to a private folder, executes gnuplot once
 * for all of them, and copies complete files into place.
 */
#include "reports/charts/charts.h"

#include "reports/charts/chart.h"
#include "reports/charts/drafts.h"
#include "reports/common/gnuplot.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ALL_SCRIPT "all.gp"

static int plan_charts(struct chart_context *c, const struct move_charts *charts, struct err *e)
{
	if (chart_blackout(c, e) || chart_job_time(c, e) || chart_job_states(c, e) ||
		chart_dirty(c, e))
		return -1;
	for (size_t i = 0; i < c->results->move_count; i++)
		if (charts->drawn[i] && chart_move(c, &c->results->moves[i], charts->names[i], e))
			return -1;
	return 0;
}

static int write_scripts(struct chart_context *c, const struct move_charts *charts, struct err *e)
{
	struct doc all;

	if (c->results->plan ? plan_charts(c, charts, e) : chart_gaps(c, e))
		return -1;
	if (doc_open(&all, e))
		return -1;
	for (size_t i = 0; i < c->count; i++)
		fprintf(all.f, "load '%s.gp'\n", c->names[i]);
	return doc_close(&all, c->drafts, ALL_SCRIPT, e);
}

static int publish_all(
	const struct chart_context *c, const struct directory *charts, bool drawn, struct err *e)
{
	for (size_t i = 0; i < c->count; i++)
		if (drafts_publish(c->drafts, charts, c->names[i], drawn, e))
			return -1;
	return 0;
}

/*
 * Whether a file in charts/ is left over from an earlier report: a chart that this report does not
 * have, or a picture that could not be drawn again. Files that no report writes are kept.
 */
static bool is_stale(const struct chart_context *c, const char *leaf, bool drawn)
{
	const char *suffix = strrchr(leaf, '.');
	size_t length = suffix ? (size_t)(suffix - leaf) : 0;
	bool picture = suffix && strcmp(suffix, ".svg") == 0;
	char name[NAME_MAX + 1];

	if (!suffix || (!picture && strcmp(suffix, ".gp") != 0 && strcmp(suffix, ".dat") != 0))
		return false;
	snprintf(name, sizeof(name), "%.*s", (int)length, leaf);
	if (strncmp(name, "move-", strlen("move-")) != 0 && strcmp(name, "blackout") != 0 &&
		strcmp(name, "job-time") != 0 && strcmp(name, "job-states") != 0 &&
		strcmp(name, "dirty-rate") != 0 && strcmp(name, "watch") != 0)
		return false;
	for (size_t i = 0; i < c->count; i++)
		if (strcmp(c->names[i], name) == 0)
			return picture && !drawn;
	return true;
}

static void remove_stale(const struct chart_context *c, const struct directory *charts, bool drawn)
{
	int fd = openat(charts->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	for (struct dirent *entry; dir && (entry = readdir(dir));)
		if (is_stale(c, entry->d_name, drawn))
			directory_remove(charts, entry->d_name);
	if (dir)
		closedir(dir);
	else if (fd >= 0)
		close(fd);
}

static int draw(struct chart_context *c, const struct move_charts *move_charts,
	const struct directory *charts, char note[static REPORT_NOTE_MAX], struct err *e)
{
	char why[GNUPLOT_WHY_MAX];
	bool drawn;

	if (write_scripts(c, move_charts, e))
		return -1;
	drawn = gnuplot_execute(c->drafts->path, ALL_SCRIPT, why);
	if (!drawn)
		snprintf(note, REPORT_NOTE_MAX,
			"%s: no charts were drawn, their scripts are in %.160s", why, charts->path);
	remove_stale(c, charts, drawn);
	return publish_all(c, charts, drawn, e);
}

int report_charts(const struct results *results, const char *environment,
	const struct move_charts *move_charts, const struct directory *out,
	char note[static REPORT_NOTE_MAX], struct err *e)
{
	struct directory drafts = {.fd = -1}, charts = {.fd = -1};
	struct chart_context c = {.results = results, .drafts = &drafts};
	struct reference *reference = NULL;
	struct job_time job_time = {0};
	struct c_locale locale;
	int result = -1;

	note[0] = '\0';
	if (c_locale_enter(&locale, e))
		return -1;
	if (directory_enter(&charts, out, "charts", true, e) || drafts_open(&drafts, e))
		goto out;
	if (results->plan) {
		if (reference_read(&reference, e))
			goto out;
		job_time_init(&job_time, results, environment);
	}
	c.reference = reference;
	c.job_time = &job_time;
	result = draw(&c, move_charts, &charts, note, e);
out:
	drafts_remove(&drafts);
	directory_close(&charts);
	free(c.names);
	job_time_release(&job_time);
	reference_free(reference);
	c_locale_leave(&locale);
	return result;
}
