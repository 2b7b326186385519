/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Parsers for the response lines of a guest's agent: see agent_responses.h. */
#include "harness/ops/agent_responses.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* True if the response's first word is `word`. */
static bool begins(const char *response, const char *word)
{
	size_t length = strlen(word);

	return strncmp(response, word, length) == 0 &&
	       (response[length] == ' ' || !response[length]);
}

static int err_malformed(const char *response, struct err *e)
{
	return err_set(e, "the agent's response is malformed: '%.200s'", response);
}

int agent_done_parse(const char *response, struct err *e)
{
	if (begins(response, "ok"))
		return 0;
	if (begins(response, "error") && strlen(response) > strlen("error "))
		return err_set(e, "%s", response + strlen("error "));
	return err_malformed(response, e);
}

/* Copies the text after KEY=, up to the next blank or, if `rest`, to the line's end. */
static bool take_text(const char *response, const char *key, bool rest, char *buf, size_t size)
{
	size_t length = strlen(key);

	for (const char *p = strchr(response, ' '); p; p = strchr(p, ' ')) {
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

static int64_t take_number(const char *response, const char *key)
{
	char text[32], *end;
	int64_t value;

	if (!take_text(response, key, false, text, sizeof(text)) || text[0] < '0' || text[0] > '9')
		return NS_NONE;
	value = strtoll(text, &end, 10);
	return *end || value == INT64_MAX ? NS_NONE : value;
}

/* 1: yes; 0: any other word; -1: the key is missing. */
static int take_yes_no(const char *response, const char *key)
{
	char text[8];

	if (!take_text(response, key, false, text, sizeof(text)))
		return -1;
	return strcmp(text, yes_no(true)) == 0;
}

int agent_hello_parse(const char *response, struct agent_hello *hello, struct err *e)
{
	*hello = (struct agent_hello){.version = take_number(response, "version"),
		.fill_bytes = take_number(response, "fill_bytes"),
		.disk = take_yes_no(response, "disk") > 0};
	return agent_done_parse(response, e);
}

int agent_fill_parse(const char *response, struct agent_fill *fill, struct err *e)
{
	*fill = (struct agent_fill){
		.pages = take_number(response, "pages"), .filled = take_number(response, "filled")};
	if (agent_done_parse(response, e))
		return -1;
	return fill->pages == NS_NONE || fill->filled == NS_NONE ? err_malformed(response, e) : 0;
}

enum agent_memory agent_memory_parse(const char *response)
{
	if (begins(response, "bad"))
		return MEMORY_CORRUPTED;
	return begins(response, "ok") ? MEMORY_INTACT : MEMORY_UNVERIFIED;
}

int agent_clock_parse(const char *response, struct agent_clock *clock, struct err *e)
{
	*clock = (struct agent_clock){0};
	if (agent_done_parse(response, e))
		return -1;
	/* The times of the guest's clocks may be negative. */
	if (sscanf(response,
		    "ok mono_ns=%" SCNd64 " wall_ns=%" SCNd64 " jump_ns=%" SCNd64
		    " jump_at_ns=%" SCNd64,
		    &clock->mono_ns, &clock->wall_ns, &clock->jump_ns, &clock->jump_at_ns) != 4)
		return err_malformed(response, e);
	return 0;
}

int agent_workload_parse(const char *response, struct workload_status *status, struct err *e)
{
	int64_t percent = take_number(response, "percent");
	char state[32];

	*status = (struct workload_status){
		.percent = percent >= 0 && percent <= 100 ? (int)percent : -1,
		.done_bytes = take_number(response, "done_bytes"),
		.files = take_number(response, "files"),
		.elapsed_ns = take_number(response, "elapsed_ns"),
		.rate_bytes_per_s = take_number(response, "rate"),
		.bad = take_number(response, "bad"),
		.held = take_yes_no(response, "held")};
	take_text(response, "file", false, status->file, sizeof(status->file));
	take_text(response, "why", true, status->why, sizeof(status->why));
	take_text(response, "state", false, state, sizeof(state));
	status->state = workload_state_of(state);
	if (agent_done_parse(response, e))
		return -1;
	if (status->state < WORKLOAD_NONE || status->state > WORKLOAD_STOPPED) {
		status->state = WORKLOAD_UNKNOWN;
		return err_malformed(response, e);
	}
	return 0;
}
