/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `blackout run`: a plan into a result folder, then its report. */
#include "tools/cmd_run.h"

#include "harness/folder.h"
#include "tools/cmd.h"
#include "tools/cmd_report.h"
#include "tools/compare_input.h"
#include "tools/gate.h"

#include <ctype.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char usage[] =
	"usage: blackout run PLAN [-o DIR] [--only CASE[/RUN]] [--against BASE]...\n"
	"       blackout run --resume DIR\n"
	"  -o DIR             the result folder (default: results/PLAN-DATE-TIME)\n"
	"  --only CASE[/RUN]  only this case, as `blackout check PLAN` names it, or one run of it\n"
	"  --against BASE     compare with the runs of this folder (several times: of each); what is\n"
	"                     suspicious is run once more before it counts\n"
	"  --resume DIR       go on with a folder that was broken off: do what is missing\n"
	"PLAN is a file, or the name of a shipped plan (demo, verify, sim, ...).\n"
	"Exit status: 0 pass; 1 FAIL; 2 plan error; 3 INVALID or INCONCLUSIVE; 4 set-up failed; 5 broke off;\n"
	"130 interrupted.\n"
	"\n"
	"  blackout run sim -o results/first             a simulated world: no root, no VM\n"
	"  blackout run sim --only session=attached/2    one run of one case\n"
	"  blackout run demo                             real VMs in the embedded lab\n"
	"  blackout run ci --against results/good        the gate of a CI job\n";

#define BASES_MOST 32

struct arguments {
	const char *plan, *dir, *only;
	char *base[BASES_MOST];
	size_t base_count;
	bool resume;
};

static int read_arguments(int argc, char **argv, struct arguments *a)
{
	static const struct option options[] = {
		{"only", required_argument, NULL, 'O'},
		{"against", required_argument, NULL, 'A'},
		{"resume", required_argument, NULL, 'R'},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	int option;

	optind = 1;
	while ((option = getopt_long(argc, argv, "o:h", options, NULL)) != -1) {
		switch (option) {
		case 'o':
			a->dir = optarg;
			break;
		case 'O':
			a->only = optarg;
			break;
		case 'A':
			if (a->base_count == BASES_MOST)
				return -1;
			a->base[a->base_count++] = optarg;
			break;
		case 'R':
			a->resume = true;
			a->dir = optarg;
			break;
		case 'h':
			fputs(usage, stdout);
			exit(STATUS_PASS);
		default:
			return -1;
		}
	}
	if (!a->resume && optind < argc)
		a->plan = argv[optind++];
	return optind == argc && (a->plan || a->resume) && !(a->resume && a->base_count) ? 0 : -1;
}

/* results/demo-20261121-055900 for plans/demo.ini. */
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

static struct plan *read_plan(const struct arguments *a)
{
	char path[4096];

	if (!a->resume)
		return plan_for_this_machine(a->plan);
	snprintf(path, sizeof(path), "%s/facts/plan.ini", a->dir);
	return plan_for_this_machine(path);
}

static bool anything_run(const char *dir)
{
	char path[4096];

	return path_join(path, sizeof(path), dir, "facts/run.tsv") == 0 && access(path, F_OK) == 0;
}

/* A base that cannot be compared is known before the first VM moves. */
static int check_bases(const struct arguments *a, struct err *e)
{
	struct compare_input input;

	if (!a->base_count)
		return 0;
	if (compare_input_read(&input, a->base, a->base_count, a->base[a->base_count - 1], e))
		return err_prefix(e, "--against");
	compare_input_free(&input);
	return 0;
}

/* The gate, where the run came to an end; its status and the verdicts', the more urgent. */
static enum status compare_with_base(const struct arguments *a, enum status status)
{
	enum status compared;
	struct err e = {0};

	if (!status_judged(status))
		return status;
	compared = gate(a->plan, a->dir, a->base, a->base_count, &e);
	if (*e.text)
		fprintf(stderr, "blackout: %s\n", e.text);
	/* The plan was carried out: what cannot be compared cannot be told. */
	return status_urgent(status, compared == STATUS_USAGE ? STATUS_UNDECIDED : compared);
}

int cmd_run(int argc, char **argv, const struct parts *parts)
{
	struct arguments a = {0};
	struct run_options options = {.say = stderr, .live = isatty(STDERR_FILENO)};
	char default_dir[256];
	enum status status, verdicts;
	struct plan *plan;
	struct err e = {0};

	if (read_arguments(argc, argv, &a)) {
		fputs(usage, stderr);
		return STATUS_USAGE;
	}
	if (!a.dir) {
		default_folder(a.plan, default_dir, sizeof(default_dir));
		a.dir = default_dir;
	}
	options.only = a.only;
	options.resume = a.resume;
	if (check_bases(&a, &e)) {
		fprintf(stderr, "blackout: %s\n", e.text);
		return STATUS_USAGE;
	}
	plan = read_plan(&a);
	if (!plan)
		return STATUS_USAGE;
	status = a.resume ? STATUS_PASS : folder_make(plan, a.dir, &e);
	if (status != STATUS_PASS) {
		fprintf(stderr, "blackout: %s\n", e.text);
		plan_free(plan);
		return (int)status;
	}
	fprintf(stderr, "results: %s\n", a.dir);
	status = run_plan(parts, plan, a.dir, &options, &e);
	plan_free(plan);
	if (status != STATUS_PASS)
		fprintf(stderr, "blackout: %s\n", e.text);
	if (status == STATUS_USAGE)
		return (int)status;
	/* A plan that could not be set up has nothing to judge: its own message is the last word. */
	if (status == STATUS_SETUP && !anything_run(a.dir))
		return (int)status;
	verdicts = report_folder(a.dir, a.dir, NULL);
	/* A folder that cannot be judged has broken off. */
	status = status_urgent(status, verdicts == STATUS_USAGE ? STATUS_BROKE_OFF : verdicts);
	fprintf(stderr, "report: %s/report.txt (status %d)\n", a.dir, status);
	if (a.base_count)
		status = compare_with_base(&a, status);
	return (int)status;
}
