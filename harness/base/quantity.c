/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads and writes quantities with units, seconds and dates, the same in every locale. */
#include "harness/base/base.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Each kind's largest unit first, so that units_format finds the largest exact unit. */
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
	/* strtoull skips spaces and accepts a sign: " -1" would be the largest number. */
	if (!isdigit((unsigned char)*text) || *end || errno)
		return err_set(e, "%s %s: is not a whole number from 0 to %" PRIu64, option, text,
			UINT64_MAX);
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

/*
 * Reads digits with an optional decimal fraction as value * 10^-decimals. Returns the first
 * character after the digits. NULL: no digits, and *value is 0; or too many, and *value is not 0.
 */
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

	if ((!p && digits) || decimals > 9)
		return err_set(e, "'%.60s' has too many digits (at most 9 after the point)", text);
	if (!p)
		return err_set(
			e, "'%.60s' is not a number with a unit (%s)", text, units_known(kind));
	while (*p == ' ')
		p++;
	/* Zero needs no unit. */
	if (!*p && kind == UNIT_WRITES && digits == 0) {
		*value = 0;
		return 0;
	}
	if (!*p)
		return err_set(e, "'%.60s' lacks its unit (%s)", text, units_known(kind));
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
	const struct unit *unit = NULL;

	if (value == 0 && (kind == UNIT_WRITES || kind == UNIT_TIME)) {
		snprintf(buf, size, kind == UNIT_TIME ? "0s" : "0");
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		/* Minutes and hours are read, but never written: "3600s", not "1h". */
		if (units[i].kind != kind || (kind == UNIT_TIME && units[i].factor > NS_PER_S))
			continue;
		unit = &units[i];
		if (value % unit->factor == 0 && value != 0)
			break;
	}
	snprintf(buf, size, "%" PRId64 "%s", value / unit->factor, unit->suffix);
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
