/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Describes this machine, and stores its calibration: see machine.h. */
#include "harness/facts/machine.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>

#define STATE_DIR "/var/lib/blackout"
#define CALIBRATION_FILE "calibration.json"
#define CALIBRATION_MAX ((size_t)1 << 20)

static void set_text(json_t *object, const char *key, const char *text)
{
	json_object_set_new(object, key, json_string(text));
}

/* Sets cpu to the first "model name" of /proc/cpuinfo, and cores. */
static void set_cpu(json_t *machine)
{
	char line[256];
	FILE *f = fopen("/proc/cpuinfo", "re");

	while (f && fgets(line, sizeof(line), f)) {
		const char *colon = strchr(line, ':');

		if (strncmp(line, "model name", 10) != 0 || !colon)
			continue;
		line[strcspn(line, "\n")] = '\0';
		set_text(machine, "cpu", colon + 2);
		break;
	}
	if (f)
		fclose(f);
	json_object_set_new(machine, "cores", json_integer(get_nprocs()));
}

json_t *machine_json(void)
{
	json_t *machine = json_object();
	struct utsname name;
	struct sysinfo info;

	if (uname(&name) == 0) {
		set_text(machine, "kernel", name.release);
		set_text(machine, "architecture", name.machine);
	}
	if (sysinfo(&info) == 0)
		json_object_set_new(machine, "memory_bytes",
			json_integer((json_int_t)info.totalram * info.mem_unit));
	set_cpu(machine);
	return machine;
}

/* What a stored calibration must match to be used: machine id, processor and kernel. */
static json_t *identity(void)
{
	static const char *const keys[] = {"kernel", "cpu", "cores"};
	json_t *machine = machine_json(), *id = json_object();
	struct err ignored;
	char *text;

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		json_object_set(id, keys[i], json_object_get(machine, keys[i]));
	if (file_read("/etc/machine-id", 128, &text, NULL, &ignored) == 0) {
		text[strcspn(text, "\n")] = '\0';
		set_text(id, "id", text);
		free(text);
	}
	json_decref(machine);
	return id;
}

static int state_dir(char *buf, size_t size)
{
	const char *home = getenv("XDG_STATE_HOME");

	if (home && *home)
		return path_join(buf, size, home, "blackout");
	return snprintf(buf, size, STATE_DIR) < (int)size ? 0 : -1;
}

int calibration_path(char *buf, size_t size)
{
	char dir[PATH_MAX];

	return state_dir(dir, sizeof(dir)) || path_join(buf, size, dir, CALIBRATION_FILE) ? -1 : 0;
}

/*
 * The content of the calibration file if it belongs to this machine, else an empty object. Sets
 * *machine to the identity of this machine.
 */
static json_t *load_stored(json_t **machine)
{
	char path[PATH_MAX], *text;
	json_t *root = NULL;
	struct err ignored;

	*machine = identity();
	if (calibration_path(path, sizeof(path)) == 0 &&
		file_read(path, CALIBRATION_MAX, &text, NULL, &ignored) == 0) {
		root = json_loads(text, 0, NULL);
		free(text);
	}
	if (json_is_object(root) && json_equal(json_object_get(root, "machine"), *machine))
		return root;
	json_decref(root);
	return json_object();
}

int calibration_store(const char *key, json_t *section, struct err *e)
{
	char dir[PATH_MAX], path[PATH_MAX];
	json_t *machine, *root = load_stored(&machine);
	char *text = NULL;
	int rc = -1;

	json_object_set_new(root, "machine", machine);
	json_object_set_new(root, key, section);
	text = json_dumps(root, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
	if (!text)
		err_set(e, "out of memory");
	else if (state_dir(dir, sizeof(dir)) || calibration_path(path, sizeof(path)))
		err_set(e, "XDG_STATE_HOME: name too long");
	else if (dir_make(dir, e) == 0)
		rc = file_write(path, text, strlen(text), e);
	free(text);
	json_decref(root);
	return rc;
}

json_t *calibration_load(void)
{
	json_t *machine, *root = load_stored(&machine);

	json_decref(machine);
	json_object_del(root, "machine");
	if (json_object_size(root))
		return root;
	json_decref(root);
	return NULL;
}
