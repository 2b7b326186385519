/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * All charts of a result folder: writes scripts and data to a temporary folder, runs gnuplot once
 * for all of them, and moves complete files into place.
 */
#include "reports/charts/charts.h"

#include "reports/charts/chart.h"
#include "reports/common/gnuplot.h"

#include <dirent.h>
#include <errno.h>
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
	return doc_close(&all, c->dir, ALL_SCRIPT, e);
}

static int move_file(const char *from, const char *to, const char *name, const char *suffix,
	bool must, struct err *e)
{
	char leaf[CHART_NAME_MAX + 8], a[PATH_MAX], b[PATH_MAX];

	snprintf(leaf, sizeof(leaf), "%s%s", name, suffix);
	if (path_join(a, sizeof(a), from, leaf) || path_join(b, sizeof(b), to, leaf))
		return err_set(e, "%s: name too long", leaf);
	if (rename(a, b) == 0 || (!must && errno == ENOENT))
		return 0;
	return err_errno(e, "%s: cannot be moved to %s", a, b);
}

static int move_all(const struct chart_context *c, const char *to, bool drawn, struct err *e)
{
	for (size_t i = 0; i < c->count; i++)
		if (move_file(c->dir, to, c->names[i], ".dat", true, e) ||
			move_file(c->dir, to, c->names[i], ".gp", true, e) ||
			(drawn && move_file(c->dir, to, c->names[i], ".svg", true, e)))
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

static void remove_stale(const struct chart_context *c, const char *charts, bool drawn)
{
	char path[PATH_MAX];
	DIR *dir = opendir(charts);

	for (struct dirent *entry; dir && (entry = readdir(dir));)
		if (is_stale(c, entry->d_name, drawn) &&
			path_join(path, sizeof(path), charts, entry->d_name) == 0)
			unlink(path);
	if (dir)
		closedir(dir);
}

int report_charts(const struct results *results, const char *environment,
	const struct move_charts *move_charts, const char *out, char note[static REPORT_NOTE_MAX],
	struct err *e)
{
	struct chart_context c = {.results = results};
	struct reference *reference = NULL;
	struct job_time job_time = {0};
	struct c_locale locale;
	char charts[PATH_MAX], drafts[PATH_MAX], why[GNUPLOT_WHY_MAX];
	bool drawn;
	int result = -1;

	note[0] = '\0';
	if (path_join(charts, sizeof(charts), out, "charts") ||
		path_join(drafts, sizeof(drafts), out, ".charts-XXXXXX"))
		return err_set(e, "%s: name too long", out);
	if (dir_make(charts, e) || c_locale_enter(&locale, e))
		return -1;
	if (results->plan) {
		if (reference_read(&reference, e))
			goto out;
		job_time_init(&job_time, results, environment);
	}
	c.reference = reference;
	c.job_time = &job_time;
	if (!mkdtemp(drafts)) {
		err_errno(e, "%s: cannot be made", drafts);
		goto out;
	}
	c.dir = drafts;
	if (write_scripts(&c, move_charts, e))
		goto out;
	drawn = gnuplot_execute(drafts, ALL_SCRIPT, why);
	if (!drawn)
		snprintf(note, REPORT_NOTE_MAX,
			"%s: no charts were drawn, their scripts are in %.160s/charts", why, out);
	remove_stale(&c, charts, drawn);
	result = move_all(&c, charts, drawn, e);
out:
	if (c.dir)
		file_remove_tree(c.dir, false);
	free(c.names);
	job_time_release(&job_time);
	reference_free(reference);
	c_locale_leave(&locale);
	return result;
}
