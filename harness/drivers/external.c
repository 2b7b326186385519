/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Moves that an operator starts elsewhere. This driver starts nothing: it makes jobs of the lines
 * that `blackout mark` writes to DIR/facts/marks.tsv. It cannot check where the VM is, so a marked
 * end counts as a completed move.
 */
#include "harness/drivers/external/component.h"
#include "harness/drivers/jobs.h"
#include "harness/ops/driver.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* A larger file is refused: nobody marks that many moves by hand. */
#define MARKS_MAX (4U << 20)

struct external_mark {
	int64_t ns;
	bool end;
	bool applied; /* to the jobs */
	char vm[64];  /* "-": the only VM of the plan */
};

extern const struct driver_ops driver_external;

struct external_driver {
	struct driver base;
	const struct driver_context *context;
	pthread_mutex_t lock;
	char path[PATH_MAX];
	char boot[64];
	long offset;    /* end of the last complete line that was read */
	bool this_boot; /* the lines being read were written since this machine's boot */
	struct external_mark *marks;
	size_t count, capacity;
	struct job_list jobs; /* of struct platform_job */
};

static int external_open(struct driver **out, const struct driver_context *context, struct err *e)
{
	struct external_driver *d = calloc(1, sizeof(*d));

	if (!d)
		return err_set(e, "out of memory");
	d->base.ops = &driver_external;
	d->context = context;
	if (path_join(d->path, sizeof(d->path), context->dir, "facts/marks.tsv")) {
		free(d);
		return err_set(e, "%s: name too long (choose a shorter one)", context->dir);
	}
	if (jobs_init(&d->jobs, context, sizeof(struct platform_job), 0)) {
		free(d);
		return err_set(e, "out of memory");
	}
	facts_boot_id(d->boot, sizeof(d->boot));
	pthread_mutex_init(&d->lock, NULL);
	*out = &d->base;
	return 0;
}

static void external_close(struct driver *base)
{
	struct external_driver *d = driver_downcast(base, &driver_external);

	if (!d)
		return;
	pthread_mutex_destroy(&d->lock);
	jobs_release(&d->jobs);
	free(d->marks);
	free(d);
}

/* Marks from before this boot are skipped: their times are of another monotonic clock. */
static int take_line(struct external_driver *d, char *line, struct err *e)
{
	struct fact fact;
	const char *what;

	if (line[0] == '#' || fact_parse(line, &fact))
		return 0;
	if (fact.id == FACT_SEGMENT) {
		const char *boot = fact_text(&fact, FIELD_BOOT);

		d->this_boot = boot && strcmp(boot, d->boot) == 0;
		return 0;
	}
	what = fact_text(&fact, FIELD_WHAT);
	if (!d->this_boot || fact.id != FACT_MARK || !what || mark_event_of(what) == MARK_UNKNOWN)
		return 0;
	if (ARRAY_GROW(d->marks, d->count, d->capacity))
		return err_set(e, "out of memory");
	d->marks[d->count] =
		(struct external_mark){.ns = fact.ns, .end = mark_event_of(what) == MARK_END};
	snprintf(d->marks[d->count].vm, sizeof(d->marks->vm), "%s", fact.subject);
	d->count++;
	return 0;
}

/* Reads the lines added since the last call. An incomplete last line is left for the next call. */
static int read_marks(struct external_driver *d, struct err *e)
{
	FILE *f = fopen(d->path, "re");
	char *line = NULL;
	size_t size = 0;
	ssize_t length;
	int rc = 0;

	if (!f && errno == ENOENT)
		return 0;
	if (!f)
		return err_errno(e, "%s: cannot be read", d->path);
	if (fseek(f, d->offset, SEEK_SET))
		rc = err_errno(e, "%s: cannot be read", d->path);
	while (rc == 0 && (length = getline(&line, &size, f)) > 0) {
		if (line[length - 1] != '\n')
			break;
		d->offset += length;
		if (d->offset > (long)MARKS_MAX)
			rc = err_set(e, "%s: larger than %u bytes (it must contain only marks)",
				d->path, MARKS_MAX);
		line[length - 1] = '\0';
		if (rc == 0)
			rc = take_line(d, line, e);
	}
	free(line);
	fclose(f);
	return rc;
}

/* Starts or ends a VM's job by a new mark. An end is ignored if no job of the VM is moving. */
static int take_mark(struct external_driver *d, const char *vm, int64_t since_ns,
	const struct external_mark *mark, struct err *e)
{
	const struct job_request request = {.vm = vm,
		.id_prefix = "mark",
		.id_number = mark->ns,
		.source = JOBS_NO_HOST,
		.destination = JOBS_NO_HOST,
		.ns = mark->ns,
		.earliest_ns = NS_NONE,
		.message = "marked by hand"};
	struct platform_job *job;

	if (!mark->end)
		return jobs_add(&d->jobs, &request) ? 0 : err_set(e, "out of memory");
	job = jobs_latest_since(&d->jobs, vm, since_ns);
	if (job && job->state == JOB_MOVING)
		job_end(job, JOB_COMPLETED, mark->ns, NS_NONE);
	return 0;
}

/* Applies a VM's new marks from since_ns on. */
static int take_marks(struct external_driver *d, const char *vm, int64_t since_ns, struct err *e)
{
	for (size_t i = 0; i < d->count; i++) {
		struct external_mark *mark = &d->marks[i];

		if (mark->applied || mark->ns < since_ns ||
			(strcmp(mark->vm, vm) != 0 && strcmp(mark->vm, "-") != 0))
			continue;
		if (take_mark(d, vm, since_ns, mark, e))
			return -1;
		mark->applied = true;
	}
	return 0;
}

static int external_job_status(struct driver *base, const char *vm, int64_t since_ns,
	struct job_status *status, struct err *e)
{
	struct external_driver *d = driver_downcast(base, &driver_external);
	int rc;

	pthread_mutex_lock(&d->lock);
	rc = read_marks(d, e);
	if (rc == 0)
		rc = take_marks(d, vm, since_ns, e);
	jobs_status(&d->jobs, vm, since_ns, status);
	pthread_mutex_unlock(&d->lock);
	return rc;
}

static int external_vm_ensure(
	struct driver *base, const struct vm_spec *vm, const char *host, struct err *e)
{
	(void)base;
	(void)vm;
	(void)host;
	(void)e;
	return 0;
}

static int external_vm_remove(struct driver *base, const struct vm_spec *vm, struct err *e)
{
	(void)base;
	(void)vm;
	(void)e;
	return 0;
}

static int external_trigger(struct driver *base, const struct move_spec *move, struct err *e)
{
	struct external_driver *d = driver_downcast(base, &driver_external);

	return err_set(e,
		"VM %s: this platform starts no moves (start it in your own console and enter "
		"`blackout mark %s start %s`)",
		move->vm, d->context->dir, move->vm);
}

static int external_cancel(struct driver *base, const char *vm, struct err *e)
{
	struct external_driver *d = driver_downcast(base, &driver_external);

	return err_set(e,
		"VM %s: this platform cancels no moves (do it in your own console and enter "
		"`blackout mark %s end %s`)",
		vm, d->context->dir, vm);
}

static int external_where(
	struct driver *base, const char *vm, struct vm_place *places, struct err *e)
{
	struct external_driver *d = driver_downcast(base, &driver_external);

	(void)vm;
	(void)e;
	for (size_t i = 0; i < d->context->host_count; i++) {
		snprintf(places[i].host, sizeof(places[i].host), "%s", d->context->hosts[i].name);
		places[i].state = VM_UNKNOWN;
	}
	return 0;
}

static int external_reconnect(struct driver *base, struct err *e)
{
	(void)base;
	(void)e;
	return 0;
}

const struct driver_ops driver_external = {
	.component = &component_platform_external,
	.open = external_open,
	.close = external_close,
	.vm_ensure = external_vm_ensure,
	.vm_remove = external_vm_remove,
	.trigger = external_trigger,
	.job_status = external_job_status,
	.cancel = external_cancel,
	.where = external_where,
	.reconnect = external_reconnect,
};
