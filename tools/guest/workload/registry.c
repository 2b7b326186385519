/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The registry: a file of slots that is changed in place, as a system's registry is during an
 * installation. The seed determines which slot a commit changes, and so the content after any
 * number of commits.
 */
#include "tools/guest/common/mix.h"
#include "tools/guest/common/platform.h"
#include "tools/guest/workload/internal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SLOT_WORDS (REGISTRY_SLOT_BYTES / sizeof(uint64_t))

static void slot_fill(uint64_t seed, uint64_t slot, uint32_t generation, uint64_t *words)
{
	uint64_t random = mix64(mix64(seed + slot) ^ generation);

	words[0] = slot;
	words[1] = generation;
	for (size_t i = 2; i < SLOT_WORDS; i++)
		words[i] = random = mix64(random);
}

/* Compares a slot with its expected content. -1: it is damaged, and the status says how. */
static int slot_check(struct guest_workload *workload, const struct registry *registry,
	uint64_t slot, const uint64_t *found)
{
	uint64_t expected[SLOT_WORDS];
	uint32_t generation = registry->generation[slot];

	slot_fill(registry->seed, slot, generation, expected);
	if (memcmp(expected, found, sizeof(expected)) == 0)
		return 0;
	if (found[0] == slot && found[1] != generation)
		state_add_damage(workload, REGISTRY_NAME,
			"slot %" PRIu64 " has generation %" PRIu64
			" instead of %u: a commit was lost",
			slot, found[1], generation);
	else
		state_add_damage(workload, REGISTRY_NAME,
			"slot %" PRIu64 " is not what was committed", slot);
	return -1;
}

static uint64_t commit_slot(const struct registry *registry)
{
	return mix64(mix64(~registry->seed) + registry->commits) % REGISTRY_SLOTS;
}

int registry_create(struct guest_workload *workload, struct registry *registry, uint64_t seed)
{
	char path[FILES_PATH_MAX];
	int fd, rc = 0;

	*registry = (struct registry){.seed = seed};
	files_path(workload, REGISTRY_NAME, path);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_BINARY, 0644);
	for (uint64_t i = 0; fd >= 0 && !rc && i < REGISTRY_SLOTS; i++) {
		uint64_t slot[SLOT_WORDS];

		slot_fill(seed, i, 0, slot);
		rc = files_write(fd, (const uint8_t *)slot, sizeof(slot));
	}
	if (fd < 0 || rc || platform_sync(fd)) {
		state_fail(workload, REGISTRY_NAME, "cannot be written: %s", strerror(errno));
		rc = -1;
	}
	if (fd >= 0)
		close(fd);
	return rc;
}

static int commit(
	struct guest_workload *workload, const struct registry *registry, uint64_t slot, int fd)
{
	const off_t at = (off_t)(slot * REGISTRY_SLOT_BYTES);
	uint64_t words[SLOT_WORDS];

	if (fd < 0 || lseek(fd, at, SEEK_SET) < 0 ||
		files_read(fd, (uint8_t *)words, sizeof(words)) != sizeof(words)) {
		state_fail(workload, REGISTRY_NAME, "cannot be read: %s", strerror(errno));
		return -1;
	}
	if (slot_check(workload, registry, slot, words)) {
		state_end(workload, STATE_INCORRECT);
		return -1;
	}
	slot_fill(registry->seed, slot, registry->generation[slot] + 1, words);
	if (lseek(fd, at, SEEK_SET) < 0 || files_write(fd, (uint8_t *)words, sizeof(words)) ||
		platform_sync(fd)) {
		state_fail(workload, REGISTRY_NAME, "cannot be written: %s", strerror(errno));
		return -1;
	}
	return 0;
}

int registry_commit(struct guest_workload *workload, struct registry *registry)
{
	uint64_t slot = commit_slot(registry);
	char path[FILES_PATH_MAX];
	int fd, rc;

	files_path(workload, REGISTRY_NAME, path);
	fd = open(path, O_RDWR | O_BINARY);
	rc = commit(workload, registry, slot, fd);
	if (fd >= 0)
		close(fd);
	if (rc == 0) {
		registry->generation[slot]++;
		registry->commits++;
	}
	return rc;
}

void registry_verify(struct guest_workload *workload, uint64_t seed, uint64_t commits)
{
	static _Alignas(PLATFORM_ALIGN) uint64_t words[SLOT_WORDS];
	struct registry registry = {.seed = seed};
	char path[FILES_PATH_MAX];
	int fd;

	while (registry.commits < commits) {
		registry.generation[commit_slot(&registry)]++;
		registry.commits++;
	}
	files_path(workload, REGISTRY_NAME, path);
	fd = platform_open_disk(path);
	if (fd < 0) {
		state_add_damage(workload, REGISTRY_NAME, "cannot be opened: %s", strerror(errno));
		return;
	}
	for (uint64_t i = 0; i < REGISTRY_SLOTS; i++) {
		if (files_read(fd, (uint8_t *)words, sizeof(words)) != sizeof(words)) {
			state_add_damage(workload, REGISTRY_NAME, "ends in slot %" PRIu64 " of %d",
				i, REGISTRY_SLOTS);
			break;
		}
		if (slot_check(workload, &registry, i, words))
			break;
	}
	close(fd);
}
