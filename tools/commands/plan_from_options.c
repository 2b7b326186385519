/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Makes a plan from options: see plan_from_options.h. */
#include "tools/commands/plan_from_options.h"

#include <netdb.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define NAME "command line"
#define LINES_MAX 32

/* The option of each member of struct quick_plan. */
static const struct {
	const char *option;
	size_t offset;
	bool required;
} fields[] = {
	{"--vm", offsetof(struct quick_plan, vm), true},
	{"--from", offsetof(struct quick_plan, from), true},
	{"--to", offsetof(struct quick_plan, to), true},
	{"--repeat", offsetof(struct quick_plan, repeat), false},
	{"--bound", offsetof(struct quick_plan, bound), false},
	{"--address", offsetof(struct quick_plan, address), false},
	{"--control", offsetof(struct quick_plan, control), false},
};

/* A plan's text, and the option that each of its lines comes from. */
struct writing {
	FILE *f;
	const char *option[LINES_MAX];
	size_t lines;
};

static const char **field(const struct quick_plan *quick, size_t i)
{
	return (const char **)((char *)quick + fields[i].offset);
}

bool quick_plan_given(const struct quick_plan *quick)
{
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		if (*field(quick, i))
			return true;
	return false;
}

void quick_host_of(const char *uri, char host[static QUICK_HOST_MAX])
{
	const char *from = strstr(uri, "://"), *at;
	size_t n;

	host[0] = '\0';
	if (!from)
		return;
	from += 3;
	n = strcspn(from, "/?");
	at = memchr(from, '@', n);
	if (at) {
		n -= (size_t)(at + 1 - from);
		from = at + 1;
	}
	if (n && *from == '[') {
		from++;
		n = strcspn(from, "]");
	} else {
		n = strcspn(from, ":/?") < n ? strcspn(from, ":/?") : n;
	}
	if (n < QUICK_HOST_MAX)
		snprintf(host, QUICK_HOST_MAX, "%.*s", (int)n, from);
}

/* Finds missing options, and values that a line of a plan cannot hold. */
static void check_fields(const struct quick_plan *quick, struct plan_errors *errors)
{
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		const char *value = *field(quick, i);

		if (!value && fields[i].required)
			plan_errors_add(errors, "%s is missing (--vm NAME --from URI --to URI)",
				fields[i].option);
		else if (value && (!*value || strpbrk(value, "\n\r;")))
			plan_errors_add(errors, "%s: %s", fields[i].option,
				*value ? "contains a line break or a ';'" : "is empty");
	}
	if (quick->from && quick->to && strcmp(quick->from, quick->to) == 0)
		plan_errors_add(
			errors, "--to %.60s: is the same as --from (name another host)", quick->to);
}

/*
 * Checks the defaults: the VM's name as its address, and the host in --from as the control target.
 */
static void check_defaults(const struct quick_plan *quick, struct plan_errors *errors)
{
	struct addrinfo hints = {.ai_socktype = SOCK_DGRAM}, *found;
	char host[QUICK_HOST_MAX];

	if (!quick->address) {
		if (getaddrinfo(quick->vm, NULL, &hints, &found))
			plan_errors_add(errors,
				"--address is missing: the name %.60s cannot be resolved",
				quick->vm);
		else
			freeaddrinfo(found);
	}
	quick_host_of(quick->from, host);
	if (!quick->control && !*host)
		plan_errors_add(errors,
			"--control is missing: --from names no host that can be the control target "
			"(--control ADDRESS, such as the router's)");
}

static void put(struct writing *w, const char *option, const char *fmt, ...) PRINTF_LIKE(3, 4);
static void put(struct writing *w, const char *option, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vfprintf(w->f, fmt, args);
	va_end(args);
	putc('\n', w->f);
	w->option[w->lines++] = option;
}

static void put_plan(struct writing *w, const struct quick_plan *q)
{
	char from[QUICK_HOST_MAX], to[QUICK_HOST_MAX];
	bool named;

	quick_host_of(q->from, from);
	quick_host_of(q->to, to);
	named = *from && *to && strcmp(from, to) != 0 && !strpbrk(from, ":%") && !strpbrk(to, ":%");
	put(w, "--vm", "[plan]");
	put(w, "--vm", "title = %s between two hosts", q->vm);
	put(w, "--repeat", "repeat = %s", q->repeat ? q->repeat : "1");
	put(w, "--bound", "bound = %s", q->bound ? q->bound : "3 s");
	put(w, "--from", "[host %s]", named ? from : "a");
	put(w, "--from", "uri = %s", q->from);
	put(w, "--to", "[host %s]", named ? to : "b");
	put(w, "--to", "uri = %s", q->to);
	put(w, "--vm", "[vm %s]", q->vm);
	put(w, "--vm", "owned = no");
	put(w, "--address", "address = %s", q->address ? q->address : q->vm);
	put(w, "--vm", "[probe classic]");
	put(w, "--vm", "kind = ping");
	put(w, "--vm", "[probe fine]");
	put(w, "--vm", "kind = burst");
	put(w, "--control", "[control still]");
	put(w, "--control", "target = %s", q->control ? q->control : from);
}

/* Replaces "command line:LINE: " in an error by the option of that line. */
static void name_option(char **text, const struct writing *w)
{
	size_t line;
	char *named;
	int n = 0;

	if (sscanf(*text, NAME ":%zu: %n", &line, &n) != 1 || !n || line < 1 || line > w->lines ||
		asprintf(&named, "%s: %s", w->option[line - 1], *text + n) < 0)
		return;
	free(*text);
	*text = named;
}

struct plan *quick_plan_make(const struct quick_plan *quick, struct plan_errors *errors)
{
	struct writing w = {0};
	struct plan *plan = NULL;
	char *text = NULL;
	size_t length = 0;

	check_fields(quick, errors);
	if (!errors->count)
		check_defaults(quick, errors);
	if (errors->count)
		return NULL;
	w.f = open_memstream(&text, &length);
	if (w.f) {
		put_plan(&w, quick);
		if (fclose(w.f) == 0 && plan_parse(&plan, NAME, text, length, errors))
			plan = NULL;
	}
	if (!plan && !errors->count)
		plan_errors_add(errors, "out of memory");
	for (size_t i = 0; i < errors->count; i++)
		name_option(&errors->text[i], &w);
	free(text);
	return plan;
}
