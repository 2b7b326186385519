/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The functions that differ between Linux and Windows: see platform.h. */
#include "tools/guest/common/platform.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

int64_t platform_now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

void platform_sleep_ms(int64_t ms)
{
	nanosleep(&(struct timespec){.tv_sec = (time_t)(ms / 1000),
			  .tv_nsec = (long)(ms % 1000) * 1000000},
		NULL);
}

#ifdef _WIN32

#include <io.h>
#include <windows.h>

int platform_sync(int fd)
{
	return _commit(fd);
}

int platform_make_dir(const char *path)
{
	return mkdir(path);
}

int platform_rename(const char *from, const char *to)
{
	if (MoveFileExA(from, to, MOVEFILE_REPLACE_EXISTING))
		return 0;
	errno = EIO;
	return -1;
}

int platform_open_disk(const char *path)
{
	HANDLE file = CreateFileA(path, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL,
		OPEN_EXISTING, FILE_FLAG_NO_BUFFERING, NULL);

	if (file == INVALID_HANDLE_VALUE) {
		DWORD error = GetLastError();

		errno = error == ERROR_FILE_NOT_FOUND || error == ERROR_PATH_NOT_FOUND ? ENOENT
										       : EIO;
		return -1;
	}
	return _open_osfhandle((intptr_t)file, O_RDONLY | O_BINARY);
}

uint64_t platform_memory_available(void)
{
	MEMORYSTATUSEX status = {.dwLength = sizeof(status)};

	return GlobalMemoryStatusEx(&status) ? status.ullAvailPhys : 0;
}

void *platform_memory_allocate(size_t size)
{
	return VirtualAlloc(NULL, size, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
}

void platform_memory_release(void *memory, size_t size)
{
	(void)size;
	VirtualFree(memory, 0, MEM_RELEASE);
}

#else

#include <sys/mman.h>

int platform_sync(int fd)
{
	return fsync(fd);
}

int platform_make_dir(const char *path)
{
	return mkdir(path, 0755);
}

int platform_rename(const char *from, const char *to)
{
	return rename(from, to);
}

int platform_open_disk(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECT | O_CLOEXEC);

	if (fd >= 0 || errno != EINVAL)
		return fd;
	/* A file system without O_DIRECT, as tmpfs: drop the file from the page cache instead. */
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0 && fsync(fd) == 0)
		posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	return fd;
}

uint64_t platform_memory_available(void)
{
	FILE *f = fopen("/proc/meminfo", "re");
	unsigned long long kib = 0;
	char line[128];

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "MemAvailable: %llu", &kib) == 1)
			break;
	if (f)
		fclose(f);
	return kib * 1024;
}

void *platform_memory_allocate(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		return NULL;
	madvise(memory, size, MADV_HUGEPAGE);
	return memory;
}

void platform_memory_release(void *memory, size_t size)
{
	munmap(memory, size);
}

#endif
