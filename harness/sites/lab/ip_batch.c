/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Network settings: many commands for one execution of iproute2's `ip`, and files of /proc/sys. */
#include "harness/sites/lab/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int ip_batch_open(struct ip_batch *batch, struct err *e)
{
	batch->text = NULL;
	batch->f = open_memstream(&batch->text, &batch->length);
	return batch->f ? 0 : err_set(e, "out of memory");
}

void ip_batch_drop(struct ip_batch *batch)
{
	fclose(batch->f);
	free(batch->text);
}

int ip_batch_execute(struct ip_batch *batch, const char *netns, bool force, struct err *e)
{
	const char *argv[8] = {"ip"};
	size_t n = 1;
	int rc;

	if (fclose(batch->f)) {
		free(batch->text);
		return err_set(e, "out of memory");
	}
	if (netns) {
		argv[n++] = "-n";
		argv[n++] = netns;
	}
	if (force)
		argv[n++] = "-force";
	argv[n++] = "-batch";
	argv[n] = "-";
	rc = spawn_program(argv, batch->text, e);
	free(batch->text);
	return rc;
}

int sysctl_write(const char *path, const char *text, bool optional, struct err *e)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), rc = 0;

	if (fd < 0)
		return optional && errno == ENOENT ? 0 : err_errno(e, "%s", path);
	if (write(fd, text, strlen(text)) < 0)
		rc = err_errno(e, "%s cannot be set to %s", path, text);
	close(fd);
	return rc;
}
