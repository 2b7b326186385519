/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes and parses lines of facts: see facts.h. */
#include "harness/facts/facts.h"

#include "harness/base/directory.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The time between flushes: a killed program loses the lines since the last one. */
#define FLUSH_NS (NS_PER_S / 2)
/* The longest time between the two readings of a clock pair, unless all CLOCKS_TRIES exceed it. */
#define CLOCKS_APART_NS NS_PER_MS
#define CLOCKS_TRIES 5

struct fact_log {
	FILE *file;
	const struct clock *clock;
	pthread_mutex_t lock;
	int64_t flushed_ns, clocked_ns;
	int failed_errno;
	char path[PATH_MAX];
};

static void put_escaped(FILE *f, const char *text)
{
	for (; *text; text++) {
		if (*text == '\t' || *text == '\n' || *text == '%')
			fprintf(f, "%%%02X", (unsigned)(unsigned char)*text);
		else
			putc(*text, f);
	}
}

void fact_field_put(FILE *f, const struct fact_field *field)
{
	fprintf(f, "\t%s=", field->key);
	if (field->text)
		put_escaped(f, field->text);
	else
		fprintf(f, "%" PRId64, field->number);
}

static void write_locked(struct fact_log *log, int64_t ns, enum fact_kind kind, const char *subject,
	const struct fact_field *fields, size_t count)
{
	fprintf(log->file, "%" PRId64 "\t%s\t", ns, fact_kind_name(kind));
	put_escaped(log->file, subject && *subject ? subject : "-");
	for (size_t i = 0; i < count; i++)
		fact_field_put(log->file, &fields[i]);
	putc('\n', log->file);
	if (ferror(log->file) && !log->failed_errno)
		log->failed_errno = errno ? errno : EIO;
}

int fact_write(struct fact_log *log, int64_t ns, enum fact_kind kind, const char *subject,
	const struct fact_field *fields, size_t count)
{
	int rc;

	pthread_mutex_lock(&log->lock);
	write_locked(log, ns, kind, subject, fields, count);
	rc = log->failed_errno ? -1 : 0;
	pthread_mutex_unlock(&log->lock);
	return rc;
}

static void flush_locked(struct fact_log *log, int64_t now)
{
	if (fflush(log->file) && !log->failed_errno)
		log->failed_errno = errno ? errno : EIO;
	log->flushed_ns = now;
}

static void flush(struct fact_log *log, int64_t now)
{
	pthread_mutex_lock(&log->lock);
	flush_locked(log, now);
	pthread_mutex_unlock(&log->lock);
}

/*
 * Reads both clocks; repeats this if too much time passed between the readings, because a reader of
 * the facts would take such a pair for a step of the wall clock.
 */
static void read_clocks(const struct clock *clock, int64_t *mono_ns, int64_t *utc_ns)
{
	for (int i = 0; i < CLOCKS_TRIES; i++) {
		*mono_ns = clock->mono_ns(clock);
		*utc_ns = clock->utc_ns(clock);
		if (clock->mono_ns(clock) - *mono_ns < CLOCKS_APART_NS)
			return;
	}
}

static void write_clock_locked(struct fact_log *log)
{
	int64_t utc_ns;

	read_clocks(log->clock, &log->clocked_ns, &utc_ns);
	write_locked(log, log->clocked_ns, FACT_CLOCK, "-",
		&(struct fact_field)FI(FIELD_UTC, utc_ns), 1);
}

int fact_log_tick(struct fact_log *log)
{
	int64_t now;
	int rc;

	pthread_mutex_lock(&log->lock);
	now = log->clock->mono_ns(log->clock);
	if (now - log->clocked_ns >= NS_PER_S)
		write_clock_locked(log);
	if (now - log->flushed_ns >= FLUSH_NS)
		flush_locked(log, now);
	rc = log->failed_errno ? -1 : 0;
	pthread_mutex_unlock(&log->lock);
	return rc;
}

bool fact_log_failed(struct fact_log *log, struct err *e)
{
	int code;

	pthread_mutex_lock(&log->lock);
	code = log->failed_errno;
	pthread_mutex_unlock(&log->lock);
	if (!code)
		return false;
	errno = code;
	err_errno(e, "%s: facts cannot be written", log->path);
	return true;
}

/* Ends the last line of a file, which a killed writer may have left incomplete. */
static int end_last_line(FILE *f)
{
	char last;

	if (fseek(f, -1, SEEK_END))
		return 0;
	if (fread(&last, 1, 1, f) != 1)
		return -1;
	fseek(f, 0, SEEK_END);
	return last == '\n' || putc('\n', f) != EOF ? 0 : -1;
}

void facts_boot_id(char *buf, size_t size)
{
	FILE *f = fopen("/proc/sys/kernel/random/boot_id", "re");

	snprintf(buf, size, "unknown");
	if (!f)
		return;
	if (fgets(buf, (int)size, f))
		buf[strcspn(buf, "\n")] = '\0';
	fclose(f);
}

static void write_segment(struct fact_log *log)
{
	bool system = log->clock == &clock_system;
	struct fact_field fields[5];
	char boot[BOOT_ID_MAX];
	int64_t utc_ns;

	facts_boot_id(boot, sizeof(boot));
	read_clocks(log->clock, &log->clocked_ns, &utc_ns);
	fields[0] = (struct fact_field)FS(FIELD_BOOT, system             ? boot
						      : log->clock->boot ? log->clock->boot
									 : BOOT_SIMULATED);
	fields[1] = (struct fact_field)FI(FIELD_UTC, utc_ns);
	fields[2] = (struct fact_field)FI(FIELD_PID, system ? getpid() : 0);
	fields[3] = (struct fact_field)FS(FIELD_VERSION, BLACKOUT_VERSION);
	fields[4] = (struct fact_field)FS(FIELD_CLOCK, STAMPS_BOOTTIME);
	fact_write(log, log->clocked_ns, FACT_SEGMENT, "-", fields, system ? 5 : 4);
	flush(log, log->clocked_ns);
}

static int open_log(struct fact_log *log, const char *dir, const char *source, struct err *e)
{
	struct directory folder;
	char name[NAME_MAX + 16];
	int fd = -1;

	snprintf(name, sizeof(name), "facts/%.240s.tsv", source);
	if (directory_open(&folder, dir, e) == 0)
		fd = directory_append(&folder, name, e);
	directory_close(&folder);
	if (fd < 0)
		return -1;
	log->file = fdopen(fd, "a+");
	if (log->file)
		return 0;
	close(fd);
	return err_set(e, "out of memory");
}

int fact_log_open(struct fact_log **out, const char *dir, const char *source,
	const struct clock *clock, struct err *e)
{
	struct fact_log *log = calloc(1, sizeof(*log));

	if (!log)
		return err_set(e, "out of memory");
	log->clock = clock;
	pthread_mutex_init(&log->lock, NULL);
	if (snprintf(log->path, sizeof(log->path), "%s/facts/%s.tsv", dir, source) >=
		(int)sizeof(log->path)) {
		err_set(e, "%s: name too long", dir);
		goto fail;
	}
	if (open_log(log, dir, source, e))
		goto fail;
	fseek(log->file, 0, SEEK_END);
	if (ftell(log->file) == 0)
		fputs(FACTS_HEADER "\n", log->file);
	else if (end_last_line(log->file)) {
		err_errno(e, "%s: cannot be continued", log->path);
		goto fail;
	}
	write_segment(log);
	if (fact_log_failed(log, e))
		goto fail;
	*out = log;
	return 0;
fail:
	if (log->file)
		fclose(log->file);
	pthread_mutex_destroy(&log->lock);
	free(log);
	return -1;
}

int fact_log_close(struct fact_log *log, const char *reason, struct err *e)
{
	int rc = 0;

	if (!log)
		return 0;
	/* The last clock pair shows whether the wall clock was set since the pair before. */
	pthread_mutex_lock(&log->lock);
	write_clock_locked(log);
	pthread_mutex_unlock(&log->lock);
	FACT(log, log->clock->mono_ns(log->clock), FACT_END, "-", FS(FIELD_REASON, reason));
	flush(log, 0);
	if (fsync(fileno(log->file)) && errno != EINVAL && !log->failed_errno)
		log->failed_errno = errno;
	if (fact_log_failed(log, e))
		rc = -1;
	fclose(log->file);
	pthread_mutex_destroy(&log->lock);
	free(log);
	return rc;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

static void unescape(char *text)
{
	char *to = strchr(text, '%');

	if (!to)
		return;
	for (char *from = to; *from; to++) {
		if (*from == '%' && hex_digit(from[1]) >= 0 && hex_digit(from[2]) >= 0) {
			*to = (char)(hex_digit(from[1]) * 16 + hex_digit(from[2]));
			from += 3;
		} else {
			*to = *from++;
		}
	}
	*to = '\0';
}

int fact_parse(char *line, struct fact *fact)
{
	char *end, *field, *rest = line;

	field = strsep(&rest, "\t");
	errno = 0;
	fact->ns = strtoll(field, &end, 10);
	if (end == field || *end || errno || fact->ns < 0 || !rest)
		return -1;
	fact->kind = strsep(&rest, "\t");
	if (!*fact->kind || !rest)
		return -1;
	fact->id = fact_kind_of(fact->kind);
	field = strsep(&rest, "\t");
	unescape(field);
	fact->subject = field;
	fact->count = 0;
	while (rest) {
		char *value;

		field = strsep(&rest, "\t");
		value = strchr(field, '=');
		if (!value || fact->count == FACT_FIELDS_MAX)
			return -1;
		*value++ = '\0';
		unescape(value);
		fact->fields[fact->count].key = field;
		fact->fields[fact->count++].value = value;
	}
	return 0;
}

const char *fact_text(const struct fact *fact, const char *key)
{
	for (size_t i = 0; i < fact->count; i++)
		if (strcmp(fact->fields[i].key, key) == 0)
			return fact->fields[i].value;
	return NULL;
}

bool fact_yes(const struct fact *fact, const char *key)
{
	const char *text = fact_text(fact, key);

	return text && strcmp(text, yes_no(true)) == 0;
}

int64_t fact_number(const struct fact *fact, const char *key, int64_t otherwise)
{
	const char *text = fact_text(fact, key);
	long long value;
	char *end;

	if (!text)
		return otherwise;
	errno = 0;
	value = strtoll(text, &end, 10);
	return end == text || *end || errno ? otherwise : value;
}
