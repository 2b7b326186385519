/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Errors, clocks, quantities, arrays and files: see base.h. */
#include "harness/base/base.h"

#include "harness/base/text.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

int err_set(struct err *e, const char *fmt, ...)
{
	char text[sizeof(e->text)];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	/* Names and values in it may come from anywhere, and it goes to a terminal. */
	text_safe_lines(text, e->text, sizeof(e->text));
	e->code = 0;
	return -1;
}

enum status status_urgent(enum status a, enum status b)
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
	case EIO:
	case EROFS:
		return STATUS_BROKE_OFF;
	default:
		return otherwise;
	}
}

int err_errno(struct err *e, const char *fmt, ...)
{
	int code = errno;
	const char *why = strerror(code);
	char what[sizeof(e->text)], safe[900];
	va_list args;

	va_start(args, fmt);
	vsnprintf(what, sizeof(what), fmt, args);
	va_end(args);
	/* The reason has its room, whatever the name takes. */
	snprintf(e->text, sizeof(e->text), "%s: %s", text_safe_lines(what, safe, sizeof(safe)), why);
	e->code = code;
	return -1;
}

int err_prefix(struct err *e, const char *fmt, ...)
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

static int64_t clock_ns(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (int64_t)t.tv_sec * NS_PER_S + t.tv_nsec;
}

int64_t clock_mono_ns(void)
{
	return clock_ns(CLOCK_BOOTTIME);
}

int64_t clock_utc_ns(void)
{
	return clock_ns(CLOCK_REALTIME);
}

static int64_t system_mono_ns(const struct clock *clock)
{
	(void)clock;
	return clock_mono_ns();
}

static int64_t system_utc_ns(const struct clock *clock)
{
	(void)clock;
	return clock_utc_ns();
}

struct timespec clock_cond_deadline(int64_t until_ns)
{
	int64_t ns = clock_ns(CLOCK_MONOTONIC) + until_ns - clock_mono_ns();

	return (struct timespec){.tv_sec = ns / NS_PER_S, .tv_nsec = ns % NS_PER_S};
}

static bool system_sleep_until(const struct clock *clock, int64_t mono_ns)
{
	struct timespec t = {.tv_sec = mono_ns / NS_PER_S, .tv_nsec = mono_ns % NS_PER_S};

	(void)clock;
	return clock_nanosleep(CLOCK_BOOTTIME, TIMER_ABSTIME, &t, NULL) == 0;
}

const struct clock clock_system = {
	.mono_ns = system_mono_ns,
	.utc_ns = system_utc_ns,
	.sleep_until = system_sleep_until,
};

/* Each kind's units, the largest first, so that units_format finds the shortest exact text. */
static const struct unit {
	enum unit_kind kind;
	const char *suffix;
	int64_t factor;
} units[] = {
	{UNIT_TIME, "h", 3600 * NS_PER_S},
	{UNIT_TIME, "min", 60 * NS_PER_S},
	{UNIT_TIME, "s", NS_PER_S},
	{UNIT_TIME, "ms", NS_PER_MS},
	{UNIT_TIME, "us", NS_PER_US},
	{UNIT_TIME, "ns", 1},
	{UNIT_BYTES, "GB", INT64_C(1) << 30},
	{UNIT_BYTES, "MB", INT64_C(1) << 20},
	{UNIT_BYTES, "KB", INT64_C(1) << 10},
	{UNIT_BYTES, "B", 1},
	{UNIT_RATE, "Gbit/s", 1000000000},
	{UNIT_RATE, "Mbit/s", 1000000},
	{UNIT_RATE, "kbit/s", 1000},
	{UNIT_RATE, "bit/s", 1},
	{UNIT_WRITES, "GB/s", INT64_C(1) << 30},
	{UNIT_WRITES, "MB/s", INT64_C(1) << 20},
	{UNIT_WRITES, "KB/s", INT64_C(1) << 10},
	{UNIT_WRITES, "B/s", 1},
};

int seed_parse(const char *option, const char *text, uint64_t *seed, struct err *e)
{
	char *end;

	errno = 0;
	*seed = strtoull(text, &end, 10);
	if (*end || end == text || errno || *text == '-')
		return err_set(e, "%s %s: a whole number", option, text);
	return 0;
}

const char *units_known(enum unit_kind kind)
{
	switch (kind) {
	case UNIT_TIME:
		return "us, ms, s, min or h";
	case UNIT_BYTES:
		return "B, KB, MB or GB";
	case UNIT_RATE:
		return "bit/s, kbit/s, Mbit/s or Gbit/s";
	case UNIT_WRITES:
		return "B/s, KB/s, MB/s or GB/s";
	}
	return "";
}

/* Reads digits with an optional decimal part as value * 10^-decimals; no locale. */
static const char *read_decimal(const char *text, int64_t *value, int *decimals)
{
	const char *p = text;

	*value = 0;
	*decimals = 0;
	for (bool point = false;; p++) {
		if (*p == '.' && !point && isdigit((unsigned char)p[1])) {
			point = true;
			continue;
		}
		if (!isdigit((unsigned char)*p))
			break;
		if (*value > (INT64_MAX - 9) / 10)
			return NULL;
		*value = *value * 10 + (*p - '0');
		*decimals += point;
	}
	return p == text ? NULL : p;
}

int units_parse(enum unit_kind kind, const char *text, int64_t *value, struct err *e)
{
	int64_t digits, scale = 1;
	int decimals;
	const char *p = read_decimal(text, &digits, &decimals);

	if (!p || decimals > 9)
		return err_set(e, "'%.60s' is no number with a unit (%s)", text, units_known(kind));
	while (*p == ' ')
		p++;
	/* None of it is none in whatever unit. */
	if (!*p && kind == UNIT_WRITES && digits == 0) {
		*value = 0;
		return 0;
	}
	if (!*p)
		return err_set(e, "'%.60s' lacks its unit (%s)", text,
			units_known(kind));
	for (int i = 0; i < decimals; i++)
		scale *= 10;
	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		__int128 exact;

		if (units[i].kind != kind || strcmp(units[i].suffix, p) != 0)
			continue;
		exact = (__int128)digits * units[i].factor / scale;
		if (exact >= (__int128)1 << 62)
			return err_set(e, "'%.60s' is too large", text);
		*value = (int64_t)exact;
		return 0;
	}
	return err_set(e, "'%.60s' has no known unit (%s)", text, units_known(kind));
}

void units_format(enum unit_kind kind, int64_t value, char *buf, size_t size)
{
	const struct unit *last = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		/* Hours and minutes are read, not written: "90s" beats "1.5min". */
		if (units[i].kind != kind || units[i].factor > 3600 * NS_PER_S - 1 ||
			units[i].factor == 60 * NS_PER_S)
			continue;
		last = &units[i];
		if (value % last->factor == 0 && value != 0)
			break;
	}
	if (value == 0 && kind == UNIT_WRITES) {
		snprintf(buf, size, "0");
		return;
	}
	if (value == 0)
		last = kind == UNIT_TIME ? &units[2] : last;
	snprintf(buf, size, "%" PRId64 "%s", value / last->factor, last->suffix);
}

const char *seconds_text(int64_t ns, char buf[static SECONDS_TEXT_MAX])
{
	uint64_t us, magnitude;

	if (ns == NS_INF)
		return strcpy(buf, "inf");
	if (ns == NS_NONE)
		return strcpy(buf, "");
	magnitude = ns < 0 ? (uint64_t)-ns : (uint64_t)ns;
	us = (magnitude + 500) / 1000;
	snprintf(buf, SECONDS_TEXT_MAX, "%s%" PRIu64 ".%06" PRIu64, ns < 0 && us ? "-" : "",
		us / 1000000, us % 1000000);
	return buf;
}

const char *utc_text(int64_t utc_ns, char buf[static UTC_TEXT_MAX])
{
	time_t seconds = (time_t)(utc_ns / NS_PER_S);
	char fraction[16];
	struct tm tm;

	if (utc_ns < 0)
		return strcpy(buf, "");
	gmtime_r(&seconds, &tm);
	strftime(buf, UTC_TEXT_MAX - sizeof(fraction), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(fraction, sizeof(fraction), ".%06dZ", (int)(utc_ns % NS_PER_S / 1000));
	return strcat(buf, fraction);
}

int vec_room(void *array, size_t *cap, size_t count, size_t element_size)
{
	size_t room = *cap ? *cap * 2 : 16;
	void **at = array;
	void *grown;

	if (count < *cap)
		return 0;
	grown = reallocarray(*at, room, element_size);
	if (!grown)
		return -1;
	*at = grown;
	*cap = room;
	return 0;
}

int path_join(char *buf, size_t size, const char *dir, const char *name)
{
	int n = snprintf(buf, size, "%s/%s", dir, name);

	return n < 0 || (size_t)n >= size ? -1 : 0;
}

int file_read(const char *path, size_t max, char **text, size_t *length, struct err *e)
{
	size_t n = 0, room = 0;
	char *buf = NULL;
	ssize_t got;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return err_errno(e, "%s: cannot be opened", path);
	do {
		if (n + 1 >= room) {
			char *grown = realloc(buf, room = room ? room * 2 : 65536);

			if (!grown) {
				err_set(e, "%s: out of memory", path);
				goto fail;
			}
			buf = grown;
		}
		got = read(fd, buf + n, room - n - 1);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			err_errno(e, "%s: cannot be read", path);
			goto fail;
		}
		n += (size_t)got;
		if (n > max) {
			err_set(e, "%s: larger than %zu bytes", path, max);
			goto fail;
		}
	} while (got != 0);
	close(fd);
	buf[n] = '\0';
	*text = buf;
	if (length)
		*length = n;
	return 0;
fail:
	close(fd);
	free(buf);
	return -1;
}

int file_write(const char *path, const void *data, size_t length, struct err *e)
{
	char temporary[PATH_MAX];
	FILE *f;

	if (snprintf(temporary, sizeof(temporary), "%s.new", path) >= (int)sizeof(temporary))
		return err_set(e, "%s: name too long", path);
	f = fopen(temporary, "we");
	if (!f)
		return err_errno(e, "%s: cannot be written", temporary);
	if (fwrite(data, 1, length, f) != length || fflush(f) || fsync(fileno(f))) {
		err_errno(e, "%s: cannot be written", temporary);
		fclose(f);
		unlink(temporary);
		return -1;
	}
	fclose(f);
	if (rename(temporary, path)) {
		err_errno(e, "%s: cannot be replaced", path);
		unlink(temporary);
		return -1;
	}
	return 0;
}

int dir_make(const char *path, struct err *e)
{
	char part[PATH_MAX];
	size_t n = strlen(path);

	if (n >= sizeof(part))
		return err_set(e, "%s: name too long", path);
	memcpy(part, path, n + 1);
	for (char *p = part + 1; n; p++) {
		char end = *p;

		if (end != '/' && end != '\0')
			continue;
		*p = '\0';
		if (mkdir(part, 0755) && errno != EEXIST)
			return err_errno(e, "%s: cannot be made", part);
		*p = end;
		if (end == '\0')
			break;
	}
	return 0;
}

bool dir_empty(const char *path)
{
	DIR *dir = opendir(path);
	const struct dirent *entry;
	bool empty = true;

	if (!dir)
		return errno == ENOENT;
	while (empty && (entry = readdir(dir)))
		empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
	closedir(dir);
	return empty;
}

unsigned word_distance(const char *a, const char *b)
{
	unsigned row[64];
	size_t n = strlen(b);

	if (strlen(a) >= ARRAY_SIZE(row) || n >= ARRAY_SIZE(row))
		return UINT_MAX;
	for (unsigned j = 0; j <= n; j++)
		row[j] = j;
	for (unsigned i = 1; a[i - 1]; i++) {
		unsigned diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= n; j++) {
			unsigned change = diagonal + (a[i - 1] != b[j - 1]);
			unsigned least = row[j - 1] < row[j] ? row[j - 1] + 1 : row[j] + 1;

			diagonal = row[j];
			row[j] = change < least ? change : least;
		}
	}
	return row[n];
}
