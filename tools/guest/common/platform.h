/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where Linux and Windows differ for the installation program; all else it takes from C11, POSIX
 * threads and the file calls that mingw-w64 has under the same names. Functions return -1 with
 * errno.
 */
#ifndef BLACKOUT_TOOLS_GUEST_COMMON_PLATFORM_H
#define BLACKOUT_TOOLS_GUEST_COMMON_PLATFORM_H

#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Windows would translate line ends. */
#ifndef O_BINARY
#define O_BINARY 0
#endif

int64_t platform_now_ns(void);
void platform_sleep_ms(int64_t ms);
/* Until what was written stands on the disk. */
int platform_sync(int fd);
int platform_make_dir(const char *path);
/* `to` is replaced if it is there. */
int platform_rename(const char *from, const char *to);
/*
 * Opens a file so that reading it reads the disk and not what the system remembers of it. Reads
 * must be of whole multiples of PLATFORM_ALIGN into memory so aligned.
 */
#define PLATFORM_ALIGN 4096
int platform_open_disk(const char *path);
/* Memory that a program can take without hurting others; 0: not known. */
uint64_t platform_memory_available(void);
/* Zeroed memory, so aligned that the system can use large pages. NULL: none. */
void *platform_memory_allocate(size_t size);
void platform_memory_release(void *memory, size_t size);

#endif
