/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The installation program. Each workload has one thread; the main thread takes requests and
 * responds from the workload's status, under its lock. What is written depends on the seed alone,
 * so any later process can verify it.
 */
#ifndef BLACKOUT_TOOLS_GUEST_WORKLOAD_INTERNAL_H
#define BLACKOUT_TOOLS_GUEST_WORKLOAD_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/guest/common/workload_request.h"

#define FILES_PATH_MAX 512
#define STATE_WHY_MAX 256

enum guest_workload_state {
	STATE_NONE,
	STATE_RUNNING,
	STATE_VERIFYING,
	STATE_CORRECT,
	STATE_INCORRECT,
	STATE_FAILED,
	STATE_STOPPED,
	STATES
};

struct guest_workload_status {
	enum guest_workload_state state;
	uint64_t done, whole;         /* bytes of the current state, for the percentage */
	uint64_t done_bytes, files;   /* written so far */
	int64_t started_ns, ended_ns; /* ended_ns: 0 while it runs */
	uint64_t rate_bps;            /* bytes in the last full second; 0: none yet */
	bool held;                    /* rate_bps is within a tenth of the requested rate */
	uint64_t bad;                 /* number of damaged files or pages */
	char file[64];                /* the first one that is damaged or failed; "": none */
	char why[STATE_WHY_MAX];      /* what is wrong with it */
};

struct dirty;
struct guest_workload {
	const char *folder;
	struct workload_request request; /* the last `start` */
	pthread_t thread;
	bool threaded;        /* `thread` was created and not yet joined */
	atomic_bool stop;     /* asks the thread to end */
	struct dirty *dirty;  /* of the dirty workload */
	pthread_mutex_t lock; /* of `status` */
	struct guest_workload_status status;
};

/* A kind of workload. start and verify run in its thread, corrupt in the main thread. */
struct guest_workload_ops {
	void (*start)(struct guest_workload *workload);
	void (*verify)(struct guest_workload *workload);
	/*
	 * Damages a file or page and writes its name to `file`. Returns 0, or -1 with the reason in
	 * `file`. The main thread does not call it while an installation runs.
	 */
	int (*corrupt)(struct guest_workload *workload, char *file, size_t size);
};
extern const struct guest_workload_ops guest_workload_install, guest_workload_dirty;
/* Frees the dirty workload's memory, if it has any; a new start does that, too. */
void dirty_release(struct guest_workload *workload);

/* Updates of the status, by either thread. `whole`: the bytes that the new state will take. */
void state_enter(struct guest_workload *workload, enum guest_workload_state state, uint64_t whole);
void state_advance(struct guest_workload *workload, uint64_t done);
/* Writing has ended: elapsed_ns does not grow from here on. */
void state_mark_written(struct guest_workload *workload);
void state_end(struct guest_workload *workload, enum guest_workload_state state);
/* Forgets the damage that was found, before verifying again. */
void state_clear_damage(struct guest_workload *workload);
/* Counts a damaged file or page; the first one is named. */
void state_add_damage(struct guest_workload *workload, const char *file, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* Adds a remark to the status, unless damage was found. */
void state_remark(struct guest_workload *workload, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* Ends in STATE_FAILED: the workload cannot continue. */
void state_fail(struct guest_workload *workload, const char *file, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* Writes the response to a status request (harness/ops/guest_agent.h). */
void state_format(struct guest_workload *workload, char *line, size_t size);

/*
 * The files of an installation. Their sizes are skewed as those of an office suite: the logarithm
 * of a size is about normally distributed. Names are computed from the file's number.
 */
struct suite {
	uint64_t seed, bytes, count;
	uint64_t *sizes;
};
/* `count` files with `bytes` in all, at least one byte each. */
int suite_init(struct suite *suite, uint64_t seed, uint64_t bytes, uint64_t count);
void suite_release(struct suite *suite);
#define SUITE_NAME_MAX 64
/* The path of a file, and of its folder, in the workload's folder. */
void suite_dir(uint64_t file, char name[static SUITE_NAME_MAX]);
void suite_name(uint64_t file, char name[static SUITE_NAME_MAX]);

/*
 * The content of the files. A file consists of chunks; each is unpacked from the package, and each
 * of its pages is then marked by seed, file and position, so that no two pages are alike.
 */
#define CHUNK_BYTES 65536
struct content;
/* Generates the package. NULL: out of memory. */
struct content *content_new(uint64_t seed);
void content_free(struct content *content);
/*
 * Writes a chunk to `out`, always CHUNK_BYTES; a file's last chunk uses only the first of them. -1:
 * out of memory.
 */
int content_make_chunk(const struct content *content, uint64_t file, uint64_t chunk, uint8_t *out);

/* File operations; -1 with errno. files_path gives the path of a file in the workload's folder. */
void files_path(
	const struct guest_workload *workload, const char *name, char path[static FILES_PATH_MAX]);
int files_write(int fd, const uint8_t *data, size_t size);
/* Reads `size` bytes or up to the file's end; returns the number of bytes, or -1. */
int64_t files_read(int fd, uint8_t *data, size_t size);
/* What an installation consists of, and whether it was written to the end. Kept on the disk. */
struct files_record {
	uint64_t seed, bytes, files;
	bool written;
};
#define FILES_RECORD "installation.txt"
int files_record_write(struct guest_workload *workload, const struct files_record *record);
int files_record_read(const struct guest_workload *workload, struct files_record *record);
/* Flips one bit in the middle of the file. */
int files_flip_bit(const char *path, uint64_t size);

/* The registry: a file of slots; each commit changes one of them in place. */
#define REGISTRY_NAME "registry.dat"
#define REGISTRY_SLOTS 256
#define REGISTRY_SLOT_BYTES 4096
/* Number of files after which a commit follows. */
#define REGISTRY_EVERY 4
struct registry {
	uint64_t seed, commits;
	uint32_t generation[REGISTRY_SLOTS]; /* number of commits to each slot */
};
/* Writes a registry without commits. -1: the status says what is wrong. */
int registry_create(struct guest_workload *workload, struct registry *registry, uint64_t seed);
/* Reads, compares, changes, writes and syncs one slot. -1: the status says what is wrong. */
int registry_commit(struct guest_workload *workload, struct registry *registry);
/* Compares the file on the disk with its expected content after that many commits. */
void registry_verify(struct guest_workload *workload, uint64_t seed, uint64_t commits);

/* Compares every file of the record with its expected content, from the disk. */
void install_verify(struct guest_workload *workload);

#endif
