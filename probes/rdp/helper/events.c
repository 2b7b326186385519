/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes the event lines of blackout-rdp. */
#include "probes/rdp/helper/internal.h"

#include <fcntl.h>
#include <inttypes.h>
#include <unistd.h>

/* A fixed descriptor: events_open takes it before anything else is opened. */
#define EVENTS_FD 3

int events_open(struct err *e)
{
	/* Standard output becomes a copy of standard error, where a library may print. */
	if (dup3(STDOUT_FILENO, EVENTS_FD, O_CLOEXEC) < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
		return err_errno(e, "blackout-rdp: output");
	return 0;
}

void event_write(int64_t ns, const char *name, const struct fact_field *fields, size_t count)
{
	char line[2048];
	FILE *f = fmemopen(line, sizeof(line), "w");
	size_t length, done = 0;

	if (!f)
		_exit(1);
	fprintf(f, "%" PRId64 "\t%s", ns, name);
	for (size_t i = 0; i < count; i++)
		fact_field_put(f, &fields[i]);
	putc('\n', f);
	fflush(f);
	length = (size_t)ftell(f);
	fclose(f);
	while (done < length) {
		ssize_t n = write(EVENTS_FD, line + done, length - done);

		if (n < 0)
			_exit(1);
		done += (size_t)n;
	}
}
