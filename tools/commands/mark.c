/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * `blackout mark DIR start|end [VM]`: writes an operator's mark that a move begins or has ended
 * into the folder of a running plan. harness/drivers/external.c makes jobs of the marks.
 */
#include "tools/commands/commands.h"

#include "harness/base/base.h"
#include "harness/base/text.h"
#include "harness/facts/facts.h"
#include "harness/facts/lines.h"
#include "harness/plan/plan.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

const struct command_syntax mark_syntax = {
	.name = "mark",
	.summary = "record that somebody else starts or has ended a move",
	.forms = {"DIR start|end [VM]"},
	.offers = "folder start|end none",
	.about = "  Records that somebody else starts, or has ended, the move of a VM. DIR is the "
		 "result folder of\n  the plan that is running. VM may be left out if the plan has "
		 "only one VM.\n",
	.notes = "\n"
		 "  blackout mark results/today start\n"
		 "  blackout mark results/today end desk\n",
};

struct marking {
	const char *dir;
	enum mark_event event;
	char vm[64];
	int64_t ns;
	int64_t run_ns; /* when the plan began, or was resumed last */
};

/*
 * Calls `each` with every complete fact of DIR/facts/NAME. 0; -1 with an error, whose code is
 * ENOENT if there is no such file.
 */
static int facts_each(const char *dir, const char *name,
	void (*each)(const struct fact *fact, void *ctx), void *ctx, struct err *e)
{
	struct fact_lines lines;
	struct fact fact;
	char path[PATH_MAX];
	int rc;

	if (snprintf(path, sizeof(path), "%s/facts/%s", dir, name) >= (int)sizeof(path))
		return err_set(e, "%s: name too long", dir);
	if (fact_lines_open(&lines, path, SIZE_MAX, e))
		return -1;
	while ((rc = fact_lines_next(&lines, e)) > 0)
		if (lines.text[0] != '#' && fact_parse(lines.text, &fact) == 0)
			each(&fact, ctx);
	fact_lines_close(&lines);
	return rc;
}

struct folder_seen {
	bool running, this_boot;
	char boot[64], state[32];
	int64_t since_ns;
};

static void folder_fact(const struct fact *fact, void *ctx)
{
	struct folder_seen *folder = ctx;
	const char *text;

	if (fact->id == FACT_SEGMENT) {
		text = fact_text(fact, FIELD_BOOT);
		folder->running = true;
		folder->this_boot = text && strcmp(text, folder->boot) == 0;
		folder->since_ns = fact->ns;
	} else if (fact->id == FACT_FOLDER) {
		text = fact_text(fact, FIELD_STATE);
		folder->running = false;
		snprintf(folder->state, sizeof(folder->state), "%s", text ? text : "ended");
	}
}

/*
 * Accepts a mark only for a plan that is running, and in this boot: only then the clock is the
 * same.
 */
static int check_folder(struct marking *marking, struct err *e)
{
	struct folder_seen folder = {.running = false};
	char path[PATH_MAX];
	struct stat st;

	if (path_join(path, sizeof(path), marking->dir, "format") || stat(path, &st))
		return err_set(e,
			"%s: is not a result folder (name the one that `blackout run` "
			"writes)",
			marking->dir);
	facts_boot_id(folder.boot, sizeof(folder.boot));
	if (facts_each(marking->dir, "run.tsv", folder_fact, &folder, e))
		return err_prefix(e, "%s: no plan has begun there (start `blackout run` first)",
			marking->dir);
	if (!folder.running)
		return err_set(e,
			"%s: its plan has ended (%s), so no mark is added (continue it with "
			"`blackout run --resume %s`, or begin another)",
			marking->dir, *folder.state ? folder.state : "not begun", marking->dir);
	if (!folder.this_boot)
		return err_set(e,
			"%s: was written before this machine was started, or on another one "
			"(continue it with `blackout run --resume %s`)",
			marking->dir, marking->dir);
	marking->run_ns = folder.since_ns;
	return 0;
}

/* The name of the plan's VM that is most similar to `named`. */
static const char *nearest_vm(const struct plan *plan, const char *named)
{
	unsigned nearest = UINT_MAX;
	const struct plan_section *vm;
	const char *name = "";

	for (size_t i = 0; (vm = plan_section_at(plan, SECTION_VM, i)); i++) {
		unsigned distance = text_edit_distance(plan_section_name(vm), named);

		if (distance < nearest) {
			nearest = distance;
			name = plan_section_name(vm);
		}
	}
	return name;
}

/* Sets the VM: the named one, if the plan has it; if none is named, the plan's only one. */
static int choose_vm_of(
	struct marking *marking, const struct plan *plan, const char *named, struct err *e)
{
	size_t count = plan_section_count(plan, SECTION_VM);

	if (named && !plan_section_find(plan, SECTION_VM, named))
		return err_set(e, "%s: its plan has no VM %s (did you mean %s?)", marking->dir,
			named, nearest_vm(plan, named));
	if (!named && count != 1)
		return err_set(e, "%s: its plan has %zu VMs (name the one that moves)",
			marking->dir, count);
	snprintf(marking->vm, sizeof(marking->vm), "%s",
		named ? named : plan_section_name(plan_section_at(plan, SECTION_VM, 0)));
	return 0;
}

static int choose_vm(struct marking *marking, const char *named, struct err *e)
{
	struct plan *plan = NULL;
	int rc;

	if (plan_read_folder(&plan, marking->dir, e))
		return -1;
	rc = choose_vm_of(marking, plan, named, e);
	plan_free(plan);
	return rc;
}

struct open_mark {
	const struct marking *marking;
	bool open;
	int64_t since_ns;
};

/* Marks from before the plan was resumed belong to moves that broke off. */
static void mark_fact(const struct fact *fact, void *ctx)
{
	struct open_mark *mark = ctx;
	const char *what = fact_text(fact, FIELD_WHAT);

	if (fact->id != FACT_MARK || !what || fact->ns < mark->marking->run_ns ||
		strcmp(fact->subject, mark->marking->vm) != 0)
		return;
	mark->open = mark_event_of(what) == MARK_START;
	mark->since_ns = fact->ns;
}

static int check_order(const struct marking *marking, struct err *e)
{
	struct open_mark mark = {.marking = marking};
	bool end = marking->event == MARK_END;

	if (facts_each(marking->dir, "marks.tsv", mark_fact, &mark, e) && e->code != ENOENT)
		return -1;
	if (end && !mark.open)
		return err_set(e,
			"%s: no move of VM %s was marked as started (use `blackout mark %s start "
			"%s` when one begins)",
			marking->dir, marking->vm, marking->dir, marking->vm);
	if (!end && mark.open)
		return err_set(e,
			"%s: a move of VM %s was marked as started %d s ago (mark its end first: "
			"`blackout mark %s end %s`)",
			marking->dir, marking->vm, (int)((marking->ns - mark.since_ns) / NS_PER_S),
			marking->dir, marking->vm);
	return 0;
}

static int write_mark(const struct marking *marking, struct err *e)
{
	struct fact_log *log;

	if (fact_log_open(&log, marking->dir, "marks", &clock_system, e))
		return -1;
	FACT(log, marking->ns, FACT_MARK, marking->vm,
		FS(FIELD_WHAT, mark_event_name(marking->event)));
	return fact_log_close(log, "done", e);
}

int cmd_mark(int argc, char **argv)
{
	/* Read before anything else: this is the instant that the operator marks. */
	struct marking marking = {.ns = clock_mono_ns()};
	struct err e = {0};
	int rc = options_read(&mark_syntax, argc, argv, NULL, &e);

	if (rc > 0)
		return STATUS_PASS;
	argc -= optind;
	argv += optind;
	marking.event = argc > 1 ? mark_event_of(argv[1]) : MARK_UNKNOWN;
	if (rc || marking.event == MARK_UNKNOWN || argc > 3) {
		fputs("blackout mark: a folder and start or end are required\n", stderr);
		options_help(&mark_syntax, stderr);
		return STATUS_USAGE;
	}
	marking.dir = argv[0];
	if (check_folder(&marking, &e) || choose_vm(&marking, argc > 2 ? argv[2] : NULL, &e) ||
		check_order(&marking, &e)) {
		fprintf(stderr, "blackout mark: %s\n", e.text);
		return STATUS_USAGE;
	}
	if (write_mark(&marking, &e)) {
		fprintf(stderr, "blackout mark: %s\n", e.text);
		return STATUS_SETUP;
	}
	printf("VM %s: %s marked\n", marking.vm, mark_event_name(marking.event));
	return STATUS_PASS;
}
