/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What every other folder uses: errors, clocks, intervals, quantities with units, growing arrays,
 * files. Nothing here depends on virtual machines or plans.
 *
 * Instants are int64_t nanoseconds of CLOCK_BOOTTIME unless a name says `utc`: CLOCK_BOOTTIME never
 * goes back and counts the time in which the machine was suspended. Durations are int64_t
 * nanoseconds; sizes are bytes; rates are bits a second.
 */
#ifndef BLACKOUT_BASE_BASE_H
#define BLACKOUT_BASE_BASE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#define BLACKOUT_VERSION "0.1.0"

#define NS_PER_US INT64_C(1000)
#define NS_PER_MS INT64_C(1000000)
#define NS_PER_S INT64_C(1000000000)

/* An instant that is not known. Never a valid stamp: clocks start at 0. */
#define NS_NONE INT64_C(-1)
/* The upper end of a duration whose end was not seen. Written as `inf`. */
#define NS_INF INT64_MAX

static inline int64_t ns_min(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static inline int64_t ns_max(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static inline size_t size_min(size_t a, size_t b)
{
	return a < b ? a : b;
}

static inline size_t size_max(size_t a, size_t b)
{
	return a > b ? a : b;
}

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define PRINTF_LIKE(f, a) __attribute__((format(printf, f, a)))

/* Exit statuses: a contract, see blackout(1). */
enum status {
	STATUS_PASS = 0,
	STATUS_FAIL = 1,
	STATUS_USAGE = 2,     /* usage or plan error, nothing was touched */
	STATUS_UNDECIDED = 3, /* INVALID or INCONCLUSIVE */
	STATUS_SETUP = 4,     /* a host, VM, network or permission prevented the set-up */
	STATUS_BROKE_OFF = 5, /* broken off: disk full, hosts lost */
	STATUS_INTERRUPTED = 130,
};

/* Returns the more urgent of two statuses, in the contract's order: 130, 5, 4, 2, 1, 3, 0. */
enum status status_more_urgent(enum status a, enum status b);
/* True for PASS, FAIL and UNDECIDED: everything was executed, and verdicts alone set the status. */
bool status_judged(enum status status);

/*
 * An error message for the user: what is wrong, where, and how to fix it. Owned by the caller,
 * initialised with `struct err e = {0}`.
 */
struct err {
	char text[1024];
	int code; /* the errno that caused the error; 0: none */
};

/*
 * Writes the message, with control characters made visible (text_safe_lines), and sets the code to
 * 0. Returns -1, so that a function can end with `return err_set(e, …)`.
 */
int err_set(struct err *e, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* As err_set, with ": " and strerror(errno) added, and with errno as the code. */
int err_errno(struct err *e, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* The exit status for an error: BROKE_OFF if a disk is full or broken, else `otherwise`. */
enum status err_status(const struct err *e, enum status otherwise);
/* Puts "WHAT: " in front of the message in `e`; keeps the code; returns -1. */
int err_prefix(struct err *e, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* clang-analyzer sees one file at a time: these macros show it that the functions return -1. */
#ifdef __clang_analyzer__
#define err_set(...) ((err_set)(__VA_ARGS__), -1)
#define err_errno(...) ((err_errno)(__VA_ARGS__), -1)
#define err_prefix(...) ((err_prefix)(__VA_ARGS__), -1)
#endif

/*
 * A clock as a table of functions, so that the simulated world can have its own. sleep_until
 * returns false if a signal ended the sleep early. `ctx` belongs to the implementation.
 */
struct clock {
	int64_t (*mono_ns)(const struct clock *);
	int64_t (*utc_ns)(const struct clock *);
	bool (*sleep_until)(const struct clock *, int64_t mono_ns);
	void *ctx;
	/* The boot id in `segment` facts; NULL: "simulated". Not used for clock_system. */
	const char *boot;
};
extern const struct clock clock_system;
/* CLOCK_BOOTTIME, ns. */
int64_t clock_mono_ns(void);
/*
 * Converts a deadline of clock_mono_ns to CLOCK_MONOTONIC, the only steady clock that
 * pthread_cond_timedwait accepts. CLOCK_MONOTONIC stops while the machine is suspended, so a
 * suspend lengthens the wait by its duration.
 */
struct timespec clock_cond_deadline(int64_t until_ns);
/* CLOCK_REALTIME, ns since 1970. */
int64_t clock_utc_ns(void);

/* A duration known to lie in [lo_ns, hi_ns]; hi_ns may be NS_INF. lo_ns <= hi_ns always. */
struct interval {
	int64_t lo_ns;
	int64_t hi_ns;
};

/* What a quantity measures, which decides which unit suffixes it may have. */
enum unit_kind {
	UNIT_TIME,   /* ns us ms s min h -> nanoseconds */
	UNIT_BYTES,  /* B KB MB GB, powers of 1024 -> bytes */
	UNIT_RATE,   /* bit/s kbit/s Mbit/s Gbit/s, powers of 1000 -> bits a second */
	UNIT_WRITES, /* B/s KB/s MB/s GB/s, powers of 1024 -> bytes a second; 0 needs no unit */
};

/*
 * Reads "950 ms", "2GB", "1.5 Gbit/s"; rounds down to a whole ns, byte or bit/s. Errors: a number
 * without a unit (the message names the units of the kind), a negative number, a result of 2^62 or
 * more, more than 9 decimals.
 */
int units_parse(enum unit_kind kind, const char *text, int64_t *value, struct err *e);
/*
 * Writes a quantity as a whole number of its largest exact unit ("2GB", "950ms", "1Gbit/s"; never
 * min or h), which units_parse reads back.
 */
void units_format(enum unit_kind kind, int64_t value, char *buf, size_t size);
/* Reads a random generator's seed, a whole number below 2^64. `option` is its name in errors. */
int seed_parse(const char *option, const char *text, uint64_t *seed, struct err *e);
/* The unit suffixes of a kind as one text for messages: "us, ms, s, min or h". */
const char *units_known(enum unit_kind kind);

/* Seconds with 6 decimals and '.', in every locale; "" for NS_NONE, "inf" for NS_INF. */
#define SECONDS_TEXT_MAX 32
const char *seconds_text(int64_t ns, char buf[static SECONDS_TEXT_MAX]);
/* "2026-11-21T05:29:00.123456Z"; "" for NS_NONE and other times before 1970. */
#define UTC_TEXT_MAX 40
const char *utc_text(int64_t utc_ns, char buf[static UTC_TEXT_MAX]);

/*
 * Grows an array of `count` elements if one more does not fit. `array` is the address of the
 * pointer to it, which is NULL or from malloc; *capacity is how many elements fit. Returns 0, or -1
 * out of memory (the array is unchanged).
 */
int array_grow(void *array, size_t *capacity, size_t count, size_t element_size);
/* array_grow for `T *a; size_t count, capacity`. */
#define ARRAY_GROW(a, count, capacity) array_grow(&(a), &(capacity), (count), sizeof(*(a)))

/* "DIR/NAME" into buf; -1 if it does not fit. */
int path_join(char *buf, size_t size, const char *dir, const char *name);
/*
 * Reads a whole file into a NUL-terminated buffer, which the caller frees. *length (NULL: not
 * wanted) is its size without the NUL. Errors: the file cannot be read, has more than `max` bytes;
 * out of memory.
 */
int file_read(const char *path, size_t max, char **text, size_t *length, struct err *e);
/* The same from an open file; errors name it `path`. */
int file_read_fd(int fd, const char *path, size_t max, char **text, size_t *length, struct err *e);
/*
 * Opens a file of a result folder for reading. An error if it is a symbolic link or no regular
 * file, because the folder may come from somebody else. Returns its descriptor, or -1.
 */
int file_open_regular(const char *path, struct err *e);
/* As file_read, of a file that file_open_regular opens. */
int file_read_regular(const char *path, size_t max, char **text, size_t *length, struct err *e);
/* Replaces a file as directory_write does; a symbolic link in its place is an error. */
int file_write(const char *path, const void *data, size_t length, struct err *e);
/*
 * Removes a folder and everything in it (rm -r). Returns 0, or -1 with errno set. An entry that
 * another process removes meanwhile is not an error. across_mounts: also removes the content of
 * file systems mounted inside; else keeps it and returns -1.
 */
int file_remove_tree(const char *path, bool across_mounts);
/* Creates a folder and its parents (mkdir -p). */
int dir_make(const char *path, struct err *e);
/* True if the folder is empty or does not exist. */
bool dir_empty(const char *path);

#endif
