/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `blackout run`: carries out a plan into a result folder and writes its report. */
#include "tools/commands/commands.h"

#include "harness/base/secrets.h"
#include "harness/facts/environment.h"
#include "harness/facts/folder.h"
#include "harness/run/scenario.h"
#include "tools/commands/compare_input.h"
#include "tools/commands/plan_from_options.h"
#include "tools/commands/regression_gate.h"
#include "tools/live/view_process.h"

#include <ctype.h>
#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define BASES_MAX 32

struct arguments {
	const char *plan, *dir, *only;
	struct quick_plan quick;
	const char *base[BASES_MAX];
	size_t base_count;
	bool resume;
};

/* Exactly one of a plan, a plan from options and --resume; no --against with --resume. */
static bool fits_together(const struct arguments *a)
{
	return !!a->plan + quick_plan_given(&a->quick) + a->resume == 1 &&
	       !(a->resume && a->base_count);
}

static int take_base(void *arguments, const char *option, const char *text, struct err *e)
{
	struct arguments *a = arguments;

	(void)option, (void)e;
	if (a->base_count == BASES_MAX)
		return -1;
	a->base[a->base_count++] = text;
	return 0;
}

static int take_resume(void *arguments, const char *option, const char *text, struct err *e)
{
	struct arguments *a = arguments;

	(void)option, (void)e;
	a->resume = true;
	a->dir = text;
	return 0;
}

static const struct command_option options[] = {
	{.letter = 'o',
		.argument = "DIR",
		.offers = "folder",
		.help = "the result folder (default: results/PLAN-DATE-TIME)",
		.offset = offsetof(struct arguments, dir)},
	{.name = "only",
		.argument = "CASE[/RUN]",
		.offers = "case",
		.help = "only this case, as `blackout check PLAN` names it, or one run of it",
		.offset = offsetof(struct arguments, only)},
	{.name = "against",
		.argument = "BASE",
		.offers = "folder",
		.take = take_base,
		.help = "compare with the runs of this folder; may be given several times. A\n"
			"suspicious case is run once more before it counts"},
	{.name = "resume",
		.argument = "DIR",
		.offers = "folder",
		.take = take_resume,
		.help = "continue a folder that broke off: carry out what is missing"},
	{.name = "vm",
		.argument = "NAME",
		.help = "its name on the hypervisors",
		.heading = "Without a plan, one VM that runs already, moved between two hosts; "
			   "it is never stopped or changed:",
		.offset = offsetof(struct arguments, quick.vm)},
	{.name = "from", .argument = "URI", .offset = offsetof(struct arguments, quick.from)},
	{.name = "to",
		.argument = "URI",
		.help = "the hosts' libvirt URIs; it is moved to the one where it is not",
		.offset = offsetof(struct arguments, quick.to)},
	{.name = "address",
		.argument = "ADDRESS",
		.help = "where the VM answers (default: NAME)",
		.offset = offsetof(struct arguments, quick.address)},
	{.name = "control",
		.argument = "ADDRESS",
		.help = "a host that must never go silent (default: the host in --from)",
		.offset = offsetof(struct arguments, quick.control)},
	{.name = "repeat",
		.argument = "N",
		.help = "moves, there and back (default: 1)",
		.offset = offsetof(struct arguments, quick.repeat)},
	{.name = "bound",
		.argument = "TIME",
		.help = "how long a blackout may be (default: 3 s)",
		.offset = offsetof(struct arguments, quick.bound)},
};
const struct command_syntax run_syntax = {
	.name = "run",
	.summary = "move VMs by plan, measure, report",
	.forms = {"PLAN [-o] [--only] [--against]...",
		"--vm --from --to [--address] [--control] [--repeat] [--bound] [-o] [--against]...",
		"--resume"},
	.brief = "PLAN [-o] [--only] | run --vm --from --to | run --resume",
	.offers = "plan",
	.options = options,
	.option_count = ARRAY_SIZE(options),
	.notes =
		"PLAN is a file, or the name of a shipped plan (demo, verify, sim, ...).\n"
		"Exit status: 0 pass; 1 FAIL; 2 plan error; 3 INVALID or INCONCLUSIVE; 4 set-up failed; 5 broke off;\n"
		"130 interrupted.\n"
		"\n"
		"  blackout run sim -o results/first             a simulated world: no root, no VM\n"
		"  blackout run sim --only session=attached/2    one run of one case\n"
		"  blackout run demo                             real VMs in the embedded lab\n"
		"  blackout run ci --against results/good        the gate of a CI job\n"
		"  blackout run --vm web1 --from qemu+ssh://kvm-a/system --to qemu+ssh://kvm-b/system\n",
};

static int read_arguments(int argc, char **argv, struct arguments *a)
{
	struct err e = {0};
	int rc = options_read(&run_syntax, argc, argv, a, &e);

	if (rc)
		return rc;
	if (!a->resume && optind < argc)
		a->plan = argv[optind++];
	return optind == argc && fits_together(a) ? 0 : -1;
}

/* The default result folder: results/demo-20261121-055900 for plans/demo.ini. */
static void default_folder(const char *plan, char *dir, size_t size)
{
	const char *slash = strrchr(plan, '/'), *name = slash ? slash + 1 : plan;
	size_t length = strcspn(name, ".");
	char stamp[32];
	time_t now = time(NULL);
	struct tm tm;

	strftime(stamp, sizeof(stamp), "%Y%m%d-%H%M%S", gmtime_r(&now, &tm));
	snprintf(dir, size, "results/%.*s-%s", (int)(length < 64 ? length : 64), name, stamp);
}

static struct plan *plan_from_options(const struct quick_plan *quick)
{
	struct plan_errors errors = {0};
	struct plan *plan = quick_plan_make(quick, &errors);

	for (size_t i = 0; i < errors.count; i++)
		fprintf(stderr, "blackout run: %s\n", errors.text[i]);
	plan_errors_release(&errors);
	return plan;
}

static struct plan *read_plan(const struct arguments *a)
{
	char path[4096];
	struct err e = {0};

	if (quick_plan_given(&a->quick))
		return plan_from_options(&a->quick);
	if (!a->resume)
		return plan_for_this_machine(a->plan);
	if (folder_check_plan_owner(a->dir, &e)) {
		fprintf(stderr, "blackout run: %s\n", e.text);
		return NULL;
	}
	snprintf(path, sizeof(path), "%s/facts/plan.ini", a->dir);
	return plan_for_this_machine(path);
}

static bool anything_run(const char *dir)
{
	char path[4096];

	return path_join(path, sizeof(path), dir, "facts/run.tsv") == 0 && access(path, F_OK) == 0;
}

static int check_cases(const struct scenario *scenario, const struct run_rows *base, struct err *e)
{
	for (size_t i = 0; i < scenario->count; i++)
		for (size_t k = 0; k < base->count; k++)
			if (strcmp(scenario->runs[i].plan_case->name, base->row[k].case_name) == 0)
				return 0;
	return err_set(e,
		"has none of the cases that are to be run (its first case is '%.200s', the plan's "
		"'%.200s'; name a run of the same plan)",
		base->count ? base->row[0].case_name : "",
		scenario->count ? scenario->runs[0].plan_case->name : "");
}

/* Simulated runs must not be compared with real ones. */
static int check_world(const struct arguments *a, const struct plan *plan, struct err *e)
{
	bool simulated = plan_simulated(plan);
	int rc = 0;

	for (size_t i = 0; i < a->base_count && !rc; i++) {
		char *environment = environment_read(a->base[i]);
		struct differences d;

		differences_find(&d, environment,
			simulated ? "{\"simulated\":true}" : "{\"simulated\":false}");
		free(environment);
		for (size_t k = 0; !rc && k < d.count; k++)
			if (strcmp(d.difference[k].what, "simulated") == 0)
				rc = err_set(e,
					"%.200s: its runs are %s, the plan's are not (name a "
					"run of the same kind)",
					a->base[i], simulated ? "real" : "simulated");
		differences_release(&d);
	}
	return rc;
}

/* Finds bases that cannot be compared before the first VM moves. */
static int check_bases(const struct arguments *a, const struct plan *plan, struct err *e)
{
	struct scenario scenario = {0};
	struct compare_input input;
	int rc;

	if (!a->base_count)
		return 0;
	if (scenario_make(&scenario, plan, a->only, e))
		return -1;
	rc = compare_input_read(&input, a->base, a->base_count, a->base[a->base_count - 1], e);
	if (!rc) {
		rc = compare_input_check(&input, false, e) || check_world(a, plan, e) ||
		     check_cases(&scenario, &input.base, e);
		compare_input_release(&input);
	}
	scenario_release(&scenario);
	return rc ? err_prefix(e, "--against") : 0;
}

/*
 * Runs the gate if the verdicts are there. Returns the more urgent of the verdicts' and the gate's
 * status.
 */
static enum status compare_with_base(
	const struct arguments *a, const struct secrets *secrets, enum status status)
{
	enum status compared;
	struct err e = {0};

	if (!status_judged(status))
		return status;
	compared = regression_gate(a->dir, a->base, a->base_count, a->only != NULL, secrets, &e);
	if (*e.text)
		fprintf(stderr, "blackout: %s\n", e.text);
	/* USAGE would be wrong after the plan was carried out. */
	return status_more_urgent(status, compared == STATUS_USAGE ? STATUS_UNDECIDED : compared);
}

static int carry_out(
	int argc, char **argv, const struct components *components, const struct secrets *secrets)
{
	struct arguments a = {0};
	struct run_options options = {.progress = stderr, .secrets = secrets};
	char default_dir[256];
	enum status status, verdicts;
	struct view_process *view;
	struct plan *plan;
	struct err e = {0};
	int rc = read_arguments(argc, argv, &a);

	if (rc > 0)
		return STATUS_PASS;
	if (rc) {
		options_help(&run_syntax, stderr);
		return STATUS_USAGE;
	}
	if (!a.dir) {
		default_folder(a.plan       ? a.plan
			       : a.quick.vm ? a.quick.vm
					    : "run",
			default_dir, sizeof(default_dir));
		a.dir = default_dir;
	}
	options.only = a.only;
	options.resume = a.resume;
	plan = read_plan(&a);
	if (!plan)
		return STATUS_USAGE;
	if (check_bases(&a, plan, &e)) {
		fprintf(stderr, "blackout: %s\n", e.text);
		plan_free(plan);
		return STATUS_USAGE;
	}
	status = a.resume ? STATUS_PASS : run_folder_make(plan, a.dir, &e);
	if (status != STATUS_PASS) {
		fprintf(stderr, "blackout: %s\n", e.text);
		plan_free(plan);
		return (int)status;
	}
	fprintf(stderr, "results: %s\n", a.dir);
	view = view_process_start(a.dir);
	options.live = view != NULL;
	status = run_plan(components, plan, a.dir, &options, &e);
	view_process_stop(view);
	plan_free(plan);
	if (status != STATUS_PASS)
		fprintf(stderr, "blackout: %s\n", e.text);
	if (status == STATUS_USAGE)
		return (int)status;
	/* Without any run there is nothing to judge: the message above is the last one. */
	if (status == STATUS_SETUP && !anything_run(a.dir))
		return (int)status;
	verdicts = report_folder(a.dir, a.dir, NULL, NULL);
	/* A folder that cannot be judged counts as broken off. */
	status = status_more_urgent(status, verdicts == STATUS_USAGE ? STATUS_BROKE_OFF : verdicts);
	fprintf(stderr, "report: %s/report.txt (status %d)\n", a.dir, status);
	if (a.base_count)
		status = compare_with_base(&a, secrets, status);
	return (int)status;
}

int cmd_run(int argc, char **argv, const struct components *components)
{
	struct secrets secrets;
	struct err e = {0};
	int status;

	if (secrets_take(&secrets, &e)) {
		fprintf(stderr, "blackout: %s\n", e.text);
		return STATUS_SETUP;
	}
	status = carry_out(argc, argv, components, &secrets);
	secrets_release(&secrets);
	return status;
}
