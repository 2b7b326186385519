/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Error messages for the user, and exit statuses: see base.h. */
#include "harness/base/base.h"

#include "harness/base/text.h"

#include <errno.h>
#include <string.h>

int(err_set)(struct err *e, const char *fmt, ...)
{
	char text[sizeof(e->text)];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	/* Names and values in the message are untrusted and may control the user's terminal. */
	text_safe_lines(text, e->text, sizeof(e->text));
	e->code = 0;
	return -1;
}

enum status status_more_urgent(enum status a, enum status b)
{
	static const enum status order[] = {STATUS_INTERRUPTED, STATUS_BROKE_OFF, STATUS_SETUP,
		STATUS_USAGE, STATUS_FAIL, STATUS_UNDECIDED};

	for (size_t i = 0; i < ARRAY_SIZE(order); i++)
		if (a == order[i] || b == order[i])
			return order[i];
	return STATUS_PASS;
}

bool status_judged(enum status status)
{
	return status == STATUS_PASS || status == STATUS_FAIL || status == STATUS_UNDECIDED;
}

enum status err_status(const struct err *e, enum status otherwise)
{
	switch (e->code) {
	case ENOSPC:
	case EDQUOT:
	case EFBIG: /* the limit that ulimit -f sets */
	case EIO:
	case EROFS:
		return STATUS_BROKE_OFF;
	default:
		return otherwise;
	}
}

int(err_errno)(struct err *e, const char *fmt, ...)
{
	int code = errno;
	const char *why = strerror(code);
	char what[sizeof(e->text)], safe[900];
	va_list args;

	va_start(args, fmt);
	vsnprintf(what, sizeof(what), fmt, args);
	va_end(args);
	/* `safe` is shorter than e->text, so that the reason fits after the longest message. */
	snprintf(
		e->text, sizeof(e->text), "%s: %s", text_safe_lines(what, safe, sizeof(safe)), why);
	e->code = code;
	return -1;
}

int(err_prefix)(struct err *e, const char *fmt, ...)
{
	char what[256], text[sizeof(e->text)];
	va_list args;

	va_start(args, fmt);
	vsnprintf(what, sizeof(what), fmt, args);
	va_end(args);
	snprintf(text, sizeof(text), "%s: %.750s", what, e->text);
	text_safe_lines(text, e->text, sizeof(e->text));
	return -1;
}
