/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The installation program's parts. A work has one thread; the main thread takes the words and
 * answers from the work's state, which is under its lock. What is written follows from the seed
 * alone, so that any later process can tell whether it is all there and right.
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
	uint64_t done, whole; /* of this state's bytes, for the percentage */
	uint64_t done_bytes, files;
	int64_t started_ns, ended_ns; /* ended_ns: 0 while it runs */
	uint64_t rate_bps;            /* of the last full second; 0: none yet */
	bool held;
	uint64_t bad;
	char file[64]; /* the first that is damaged or failed, "" if none */
	char why[STATE_WHY_MAX];
};

struct dirty;
struct guest_workload {
	const char *folder;
	struct workload_request asked;
	pthread_t thread;
	bool threaded;
	atomic_bool stop;
	struct dirty *dirty; /* of the dirty generator */
	pthread_mutex_t lock;
	struct guest_workload_status status;
};

/* A kind of work. Each function runs in the work's thread, but `corrupt`. */
struct guest_workload_ops {
	void (*start)(struct guest_workload *workload);
	void (*verify)(struct guest_workload *workload);
	/*
	 * The name of what was damaged into `file`; -1: why not, in it. An installation is not
	 * asked while its thread works.
	 */
	int (*corrupt)(struct guest_workload *workload, char *file, size_t size);
};
extern const struct guest_workload_ops guest_workload_install, guest_workload_dirty;
/* dirty.c: gives back the set's memory, if there is one; a new start does it too. */
void dirty_release(struct guest_workload *workload);

/* state.c: what the two threads share. */
void state_enter(struct guest_workload *workload, enum guest_workload_state state, uint64_t whole);
void state_advance(struct guest_workload *workload, uint64_t done);
/* The end of the writing: the times and sums of the status stand still from here. */
void state_mark_written(struct guest_workload *workload);
void state_end(struct guest_workload *workload, enum guest_workload_state state);
/* What was found damaged is looked for anew. */
void state_clear_damage(struct guest_workload *workload);
/* One damaged thing more; the first one is named. */
void state_add_damage(struct guest_workload *workload, const char *file, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* Something to know of it, unless damage was found. */
void state_remark(struct guest_workload *workload, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* It cannot go on. */
void state_fail(struct guest_workload *workload, const char *file, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void state_format(struct guest_workload *workload, char *line, size_t size);

/*
 * sizes.c: which files an installation has. Sizes are skewed as a desktop suite's are: the
 * logarithm of a size is about normally distributed. Names need no list.
 */
struct suite {
	uint64_t seed, bytes, count;
	uint64_t *sizes;
};
int suite_init(struct suite *suite, uint64_t seed, uint64_t bytes, uint64_t count);
void suite_release(struct suite *suite);
#define SUITE_NAME_MAX 64
void suite_dir(uint64_t file, char name[static SUITE_NAME_MAX]);
void suite_name(uint64_t file, char name[static SUITE_NAME_MAX]);

/*
 * content.c: what is in the files. A file is made of chunks; each is unpacked from the
 * package and then marked, page by page, with seed, file and place, so that no two pages are alike.
 */
#define CHUNK_BYTES 65536
struct content;
struct content *content_new(uint64_t seed);
void content_free(struct content *content);
/* The chunk's CHUNK_BYTES into `out`, of which a file's last chunk uses only the first. */
int content_make_chunk(const struct content *content, uint64_t file, uint64_t chunk, uint8_t *out);

/* files.c: small steps on files, below the work's folder. */
void files_path(
	const struct guest_workload *workload, const char *name, char path[static FILES_PATH_MAX]);
int files_write(int fd, const uint8_t *data, size_t size);
/* Reads until `size` or the file's end; -1: error. */
int64_t files_read(int fd, uint8_t *data, size_t size);
/* What is at hand of an installation: begun, or written to the end. */
struct files_record {
	uint64_t seed, bytes, files;
	bool written;
};
#define FILES_RECORD "installation.txt"
int files_record_write(struct guest_workload *workload, const struct files_record *record);
int files_record_read(const struct guest_workload *workload, struct files_record *record);
/* Flips one bit in the middle of the file. */
int files_flip_bit(const char *path, uint64_t size);

/* registry.c: a file of slots that is changed in place, a commit at a time. */
#define REGISTRY_NAME "registry.dat"
#define REGISTRY_SLOTS 256
#define REGISTRY_SLOT_BYTES 4096
/* A commit follows each so many files. */
#define REGISTRY_EVERY 4
struct registry {
	uint64_t seed, commits;
	uint32_t generation[REGISTRY_SLOTS];
};
int registry_create(struct guest_workload *workload, struct registry *registry, uint64_t seed);
/* One slot: read, compared, changed, written, synced. -1: said in the work's status. */
int registry_commit(struct guest_workload *workload, struct registry *registry);
/* The file as it must be after so many commits, read from the disk. Damage is said in the status.
 */
void registry_verify(struct guest_workload *workload, uint64_t seed, uint64_t commits);

/* verify.c: every file of what the record says, from the disk. */
void install_verify(struct guest_workload *workload);

#endif
