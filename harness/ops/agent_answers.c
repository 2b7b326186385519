/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Parsers for the response lines of a guest's agent: see agent_answers.h. */
#include "harness/ops/agent_answers.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* True if the response's first word is `word`. */
static bool begins(const char *answer, const char *word)
{
	size_t length = strlen(word);

	return strncmp(answer, word, length) == 0 && (answer[length] == ' ' || !answer[length]);
}

static int makes_no_sense(const char *answer, struct err *e)
{
	return err_set(e, "the agent's answer makes no sense: '%.200s'", answer);
}

int agent_done_parse(const char *answer, struct err *e)
{
	if (begins(answer, "ok"))
		return 0;
	if (begins(answer, "error") && strlen(answer) > strlen("error "))
		return err_set(e, "%s", answer + strlen("error "));
	return makes_no_sense(answer, e);
}

/* Copies the text after KEY=, up to the next blank or, if `rest`, to the line's end. */
static bool take_text(const char *answer, const char *key, bool rest, char *buf, size_t size)
{
	size_t length = strlen(key);

	for (const char *p = strchr(answer, ' '); p; p = strchr(p, ' ')) {
		p++;
		if (strncmp(p, key, length) == 0 && p[length] == '=') {
			p += length + 1;
			snprintf(buf, size, "%.*s", (int)(rest ? strlen(p) : strcspn(p, " ")), p);
			return true;
		}
		/* The text after why= is prose: it has no keys. */
		if (strncmp(p, "why=", 4) == 0)
			break;
	}
	buf[0] = '\0';
	return false;
}

static int64_t take_number(const char *answer, const char *key)
{
	char text[32], *end;
	int64_t value;

	if (!take_text(answer, key, false, text, sizeof(text)) || text[0] < '0' || text[0] > '9')
		return NS_NONE;
	value = strtoll(text, &end, 10);
	return *end || value == INT64_MAX ? NS_NONE : value;
}

/* 1: yes; 0: any other word; -1: the key is missing. */
static int take_truth(const char *answer, const char *key)
{
	char text[8];

	if (!take_text(answer, key, false, text, sizeof(text)))
		return -1;
	return strcmp(text, yes_no(true)) == 0;
}

int agent_hello_parse(const char *answer, struct agent_hello *hello, struct err *e)
{
	*hello = (struct agent_hello){.version = take_number(answer, "version"),
		.fill_bytes = take_number(answer, "fill_bytes"),
		.disk = take_truth(answer, "disk") > 0};
	return agent_done_parse(answer, e);
}

int agent_fill_parse(const char *answer, struct agent_fill *fill, struct err *e)
{
	*fill = (struct agent_fill){
		.pages = take_number(answer, "pages"), .filled = take_number(answer, "filled")};
	if (agent_done_parse(answer, e))
		return -1;
	return fill->pages == NS_NONE || fill->filled == NS_NONE ? makes_no_sense(answer, e) : 0;
}

enum agent_memory agent_memory_of(const char *answer)
{
	if (begins(answer, "bad"))
		return MEMORY_CORRUPTED;
	return begins(answer, "ok") ? MEMORY_WHOLE : MEMORY_UNTOLD;
}

int agent_clock_parse(const char *answer, struct agent_clock *clock, struct err *e)
{
	*clock = (struct agent_clock){0};
	if (agent_done_parse(answer, e))
		return -1;
	/* The times of the guest's clocks may be negative. */
	if (sscanf(answer,
		    "ok mono_ns=%" SCNd64 " wall_ns=%" SCNd64 " jump_ns=%" SCNd64
		    " jump_at_ns=%" SCNd64,
		    &clock->mono_ns, &clock->wall_ns, &clock->jump_ns, &clock->jump_at_ns) != 4)
		return makes_no_sense(answer, e);
	return 0;
}

int agent_workload_parse(const char *answer, struct workload_status *status, struct err *e)
{
	int64_t percent = take_number(answer, "percent");
	char state[32];

	*status = (struct workload_status){
		.percent = percent >= 0 && percent <= 100 ? (int)percent : -1,
		.done_bytes = take_number(answer, "done_bytes"),
		.files = take_number(answer, "files"),
		.elapsed_ns = take_number(answer, "elapsed_ns"),
		.rate_bytes_per_s = take_number(answer, "rate"),
		.bad = take_number(answer, "bad"),
		.held = take_truth(answer, "held")};
	take_text(answer, "file", false, status->file, sizeof(status->file));
	take_text(answer, "why", true, status->why, sizeof(status->why));
	take_text(answer, "state", false, state, sizeof(state));
	status->state = workload_state_of(state);
	if (agent_done_parse(answer, e))
		return -1;
	if (status->state < WORKLOAD_NONE || status->state > WORKLOAD_STOPPED) {
		status->state = WORKLOAD_UNKNOWN;
		return makes_no_sense(answer, e);
	}
	return 0;
}
