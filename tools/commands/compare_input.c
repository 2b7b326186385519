/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads the runs that are compared: see compare_input.h. */
#include "tools/commands/compare_input.h"

#include "harness/facts/environment.h"
#include "harness/facts/format.h"
#include "harness/facts/made_from.h"
#include "reports/common/document.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Reads DIR/runs.csv, or `dir` itself if it is a file. */
int compare_input_rows(struct run_rows *rows, const char *dir, struct err *e)
{
	char path[PATH_MAX];
	struct stat there;

	if (stat(dir, &there))
		return err_errno(e, "%s", dir);
	if (!S_ISDIR(there.st_mode))
		return run_rows_read(rows, dir, true, e);
	if (format_check(dir, e) || made_from_check(dir, e))
		return -1;
	if (path_join(path, sizeof(path), dir, "runs.csv"))
		return err_set(e, "%s: name too long", dir);
	if (access(path, F_OK))
		return err_set(e,
			"%s: has no runs.csv (if it has facts, `blackout report %s` makes it)", dir,
			dir);
	return run_rows_read(rows, path, false, e);
}

/* Appends the rows of `more` to `all` and leaves `more` empty. */
static int rows_join(struct run_rows *all, struct run_rows *more, struct err *e)
{
	size_t table = all->count ? all->row[all->count - 1].table + 1 : 0;
	struct run_row *row = realloc(all->row, (all->count + more->count + 1) * sizeof(*row));

	if (!row)
		return err_set(e, "out of memory");
	for (size_t i = 0; i < more->count; i++)
		more->row[i].table = table;
	memcpy(row + all->count, more->row, more->count * sizeof(*row));
	all->row = row;
	all->count += more->count;
	free(more->row);
	*more = (struct run_rows){0};
	return 0;
}

/* Appends a folder's runs. */
static int add_runs(struct run_rows *all, const char *dir, struct err *e)
{
	struct run_rows rows = {0};

	if (compare_input_rows(&rows, dir, e))
		return -1;
	if (rows_join(all, &rows, e)) {
		run_rows_release(&rows);
		return -1;
	}
	return 0;
}

int compare_input_add(struct compare_input *input, const char *fresh, struct err *e)
{
	return add_runs(&input->fresh, fresh, e);
}

/* Keeps those differences from an earlier base that make the comparison meaningless. */
static int keep_meaningless(
	struct differences *all, const struct differences *more, const char *base, struct err *e)
{
	char what[sizeof(more->difference->what)];

	for (size_t i = 0; i < more->count; i++) {
		if (!more->difference[i].meaningless)
			continue;
		if (ARRAY_GROW(all->difference, all->count, all->capacity))
			return err_set(e, "out of memory");
		snprintf(what, sizeof(what), "%.60s of %.100s", more->difference[i].what, base);
		all->difference[all->count] = more->difference[i];
		memcpy(all->difference[all->count++].what, what, sizeof(what));
	}
	return 0;
}

/* Compares the environment of the new runs with that of each base, the last one first. */
static int read_differences(struct differences *d, const char *const *base, size_t count,
	const char *fresh, struct err *e)
{
	char *new = environment_read(fresh);
	int rc = 0;

	for (size_t i = count; i-- > 0 && !rc;) {
		char *old = environment_read(base[i]);
		struct differences earlier;

		if (i + 1 == count) {
			differences_find(d, old, new);
		} else {
			differences_find(&earlier, old, new);
			rc = keep_meaningless(d, &earlier, base[i], e);
			differences_release(&earlier);
		}
		free(old);
	}
	free(new);
	return rc;
}

int compare_input_read(struct compare_input *input, const char *const *base, size_t base_count,
	const char *fresh, struct err *e)
{
	size_t n = 0;
	int rc;

	*input = (struct compare_input){0};
	rc = read_differences(&input->differences, base, base_count, fresh, e);
	for (size_t i = 0; i < base_count && !rc; i++) {
		rc = add_runs(&input->base, base[i], e);
		if (n < sizeof(input->base_label))
			n += (size_t)snprintf(input->base_label + n, sizeof(input->base_label) - n,
				"%s%s", i ? ", " : "", base[i]);
	}
	if (!rc)
		rc = add_runs(&input->fresh, fresh, e);
	if (rc)
		compare_input_release(input);
	return rc;
}

void compare_input_release(struct compare_input *input)
{
	differences_release(&input->differences);
	run_rows_release(&input->base);
	run_rows_release(&input->fresh);
}

int compare_input_check(const struct compare_input *input, bool force, struct err *e)
{
	const struct differences *d = &input->differences;

	for (size_t i = 0; i < d->count && !force; i++)
		if (d->difference[i].meaningless)
			return err_set(e,
				"%s is %s in the base and %s in the new runs: their figures cannot "
				"be compared (`blackout compare --force` compares them "
				"nevertheless)",
				d->difference[i].what, d->difference[i].base,
				d->difference[i].fresh);
	return 0;
}

int comparison_print(
	const struct comparison *comparison, const struct compare_labels *labels, struct err *e)
{
	struct c_locale locale;

	if (c_locale_enter(&locale, e))
		return -1;
	compare_text(stdout, comparison, labels);
	c_locale_leave(&locale);
	return fflush(stdout) ? err_errno(e, "standard output") : 0;
}
