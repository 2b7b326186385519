/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Events as facts: see truth.h. */
#include "tools/calibrate/truth.h"

#include "harness/facts/facts.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define TRUTH_MAX ((size_t)16 << 20)

int truth_write(const char *dir, const char *name, const struct responder_event *events,
	size_t count, struct err *e)
{
	struct fact_log *log;
	char source[128];

	snprintf(source, sizeof(source), "%s-truth", name);
	if (fact_log_open(&log, dir, source, &clock_system, e))
		return -1;
	for (size_t i = 0; i < count; i++) {
		const struct responder_event *event = &events[i];

		if (event->done)
			FACT(log, event->end_ns, FACT_SILENCE, "0",
				FS(FIELD_WHAT, responder_event_name(event->kind)),
				FI(FIELD_FROM, event->begin_ns), FI(FIELD_TO, event->end_ns),
				FI(FIELD_TOOK, event->arg_ns), FI(FIELD_LAG, event->lag_ns));
	}
	return fact_log_close(log, "done", e);
}

static bool read_event(struct responder_event *event, const struct fact *fact)
{
	const char *what = fact_text(fact, FIELD_WHAT);
	size_t kind = 0;

	while (what && kind < EVENT_KINDS &&
		strcmp(what, responder_event_name((enum responder_event_kind)kind)) != 0)
		kind++;
	*event = (struct responder_event){.kind = (enum responder_event_kind)kind,
		.begin_ns = fact_number(fact, FIELD_FROM, NS_NONE),
		.end_ns = fact_number(fact, FIELD_TO, NS_NONE),
		.arg_ns = fact_number(fact, FIELD_TOOK, 0),
		.lag_ns = fact_number(fact, FIELD_LAG, 0),
		.done = true};
	return what && kind < EVENT_KINDS && event->begin_ns >= 0 &&
	       event->end_ns >= event->begin_ns;
}

int truth_read(const char *dir, const char *name, struct responder_event **events, size_t *count,
	struct err *e)
{
	char path[PATH_MAX], file[160], *text, *rest, *line;
	size_t capacity = 0;
	int rc = 0;

	snprintf(file, sizeof(file), "facts/%s-truth.tsv", name);
	if (path_join(path, sizeof(path), dir, file))
		return err_set(e, "%s: name too long", dir);
	if (file_read(path, TRUTH_MAX, &text, NULL, e))
		return -1;
	*events = NULL;
	*count = 0;
	for (rest = text; !rc && (line = strsep(&rest, "\n"));) {
		struct fact fact;

		if (line[0] == '#' || fact_parse(line, &fact) || fact.id != FACT_SILENCE)
			continue;
		if (ARRAY_GROW(*events, *count, capacity))
			rc = err_set(e, "%s: out of memory", path);
		else
			*count += read_event(&(*events)[*count], &fact);
	}
	free(text);
	if (!rc && !*count)
		rc = err_set(e, "%s: it has no `silence` fact", path);
	return rc;
}
