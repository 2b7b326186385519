/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The functions of the installation program that differ between Linux and Windows. Its other
 * sources use C11, POSIX threads and the file functions that mingw-w64 has under their POSIX names.
 * On failure functions return -1 and set errno.
 */
#ifndef BLACKOUT_TOOLS_GUEST_COMMON_PLATFORM_H
#define BLACKOUT_TOOLS_GUEST_COMMON_PLATFORM_H

#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Keeps Windows from translating line ends. */
#ifndef O_BINARY
#define O_BINARY 0
#endif

int64_t platform_now_ns(void); /* monotonic */
void platform_sleep_ms(int64_t ms);
/* Flushes the file's data to the disk. */
int platform_sync(int fd);
int platform_make_dir(const char *path);
/* Replaces `to` if it exists. */
int platform_rename(const char *from, const char *to);
/*
 * Opens a file for reading from the disk, past the system's cache. Sizes of reads and addresses of
 * buffers must be multiples of PLATFORM_ALIGN.
 */
#define PLATFORM_ALIGN 4096
int platform_open_disk(const char *path);
/* Returns how many bytes a program can allocate without harming others; 0: not known. */
uint64_t platform_memory_available(void);
/* Returns zeroed memory, in huge pages where the system has them. NULL: out of memory. */
void *platform_memory_allocate(size_t size);
void platform_memory_release(void *memory, size_t size);

#endif
