/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The main program: its commands, and the tables of components, made from tools/components.h. Only
 * this file names the sites. The tables are checked when the program starts.
 */
#include "harness/base/text.h"
#include "harness/run/run.h"
#include "harness/sites/cluster.h"
#include "harness/sites/lab/site.h"
#include "harness/sites/sim.h"
#include "tools/commands/commands.h"
#include "tools/components.h"

#include <locale.h>
#include <string.h>

#define DRIVER_OPS(name, built) built(&driver_##name, )
#define PROBE_OPS(name, built) built(&probe_##name, )
#define SIMULATED_OPS(name, built) built(&probe_sim_##name, )
#define WORKLOAD_OPS(name, built) built(&workload_##name, )
/* The value of `make WITHOUT=…` as it was given; "": all components are built in. */
#define TEXT(...) #__VA_ARGS__
#define TEXT_OF(...) TEXT(__VA_ARGS__)
static const char without[] = TEXT_OF(BLACKOUT_WITHOUT);

static const struct driver_ops *const drivers[] = {
	COMPONENTS(DRIVER_OPS, NO_COMPONENT, NO_COMPONENT, NO_COMPONENT) NULL};
static const struct probe_ops *const probes[] = {
	COMPONENTS(NO_COMPONENT, PROBE_OPS, NO_COMPONENT, NO_COMPONENT) NULL};
static const struct probe_ops *const simulated_probes[] = {
	COMPONENTS(NO_COMPONENT, NO_COMPONENT, SIMULATED_OPS, NO_COMPONENT) NULL};
static const struct workload_ops *const workloads[] = {
	COMPONENTS(NO_COMPONENT, NO_COMPONENT, NO_COMPONENT, WORKLOAD_OPS) NULL};
static const struct components components = {
	.drivers = drivers,
	.probes = probes,
	.simulated_probes = simulated_probes,
	.workloads = workloads,
#ifndef WITHOUT_libvirt
	.lab = &site_lab,
#endif
	.cluster = &site_cluster,
	.sim = &site_sim,
};

static int run(int argc, char **argv)
{
	return cmd_run(argc, argv, &components);
}

#ifndef WITHOUT_oping
static int calibrate(int argc, char **argv)
{
	return cmd_calibrate(argc, argv, &probe_ping, &probe_burst);
}
#endif

static int probe(int argc, char **argv)
{
	return cmd_probe(argc, argv, &probe_burst);
}

static bool asks_help(int argc, char **argv)
{
	return argc == 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0);
}

static const struct command_syntax version_syntax = {
	.name = "version",
	.summary = "print the version",
	.forms = {""},
	.about = "  Prints the version.\n",
	.notes = "\n  blackout version\n",
};
static const struct command_syntax help_syntax = {
	.name = "help",
	.summary = "print this help, or that of a command",
	.forms = {"[COMMAND]"},
	.offers = "command none",
	.about = "  Prints the commands, or the arguments of one.\n",
	.notes = "\n  blackout help\n  blackout help run\n",
};

static int version(int argc, char **argv)
{
	if (asks_help(argc, argv))
		options_help(&version_syntax, stdout);
	else
		printf("blackout %s%s%s\n", BLACKOUT_VERSION, *without ? "\nwithout " : "",
			without);
	return STATUS_PASS;
}

static int help(int argc, char **argv);

static const struct command {
	const struct command_syntax *syntax;
	int (*run)(int argc, char **argv);
} commands[] = {
	{&run_syntax, run},
#ifndef WITHOUT_libvirt
	{&init_syntax, cmd_init},
#endif
	{&check_syntax, cmd_check},
	{&watch_syntax, cmd_watch},
	{&report_syntax, cmd_report},
	{&analyse_syntax, cmd_analyse},
	{&compare_syntax, cmd_compare},
	{&trend_syntax, cmd_trend},
	{&mark_syntax, cmd_mark},
#ifndef WITHOUT_oping
	{&calibrate_syntax, calibrate},
#endif
	{&probe_syntax, probe},
#ifndef WITHOUT_libvirt
	{&lab_syntax, cmd_lab},
#endif
	{&version_syntax, version},
	{&help_syntax, help},
};

static void print_help(FILE *to)
{
	fputs("blackout moves virtual machines by plan and measures what their users feel.\n\n",
		to);
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		options_brief(commands[i].syntax, to);
	fputs("\nExit status: 0 pass; 1 FAIL; 2 usage or plan error; 3 INVALID or INCONCLUSIVE; 4 set-up "
	      "failed;\n5 broke off; 130 interrupted. See blackout(1) and blackout-plan(5).\n\nDrivers:\n",
		to);
	for (size_t i = 0; drivers[i]; i++)
		fprintf(to, "  %-9s %s\n", drivers[i]->component->name,
			drivers[i]->component->help);
	fputs("Probes:\n", to);
	for (size_t i = 0; probes[i]; i++)
		fprintf(to, "  %-9s %s\n", probe_kind(probes[i]), probes[i]->component->help);
}

static int print_words(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		options_words(commands[i].syntax, stdout);
	return STATUS_PASS;
}

static const struct command *command_find(const char *name)
{
	char safe[256];

	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		if (strcmp(name, commands[i].syntax->name) == 0)
			return &commands[i];
	fprintf(stderr, "blackout: no command '%s' (see `blackout help`)\n",
		text_safe(name, safe, sizeof(safe)));
	return NULL;
}

static int help(int argc, char **argv)
{
	char asked[] = "--help", *asking[] = {NULL, asked, NULL};
	const struct command *command;

	if (asks_help(argc, argv)) {
		options_help(&help_syntax, stdout);
		return STATUS_PASS;
	}
	if (argc < 2) {
		print_help(stdout);
		return STATUS_PASS;
	}
	command = command_find(argv[1]);
	asking[0] = argv[1];
	return command ? command->run(2, asking) : STATUS_USAGE;
}

/*
 * The operation that a component lacks; NULL: none. In a build that leaves libraries out, a
 * component may lack all of its code; a probe may have no simulated one if its row says why.
 */
static const char *missing(const struct plan_component *component)
{
	const struct driver_ops *driver;
	const struct probe_ops *probe, *simulated;
	const struct workload_ops *workload;

	switch (component->class) {
	case COMPONENT_PLATFORM:
		driver = driver_find(drivers, component);
		return driver ? driver_missing(driver) : *without ? NULL : "its driver";
	case COMPONENT_PROBE:
		probe = probe_find(probes, component);
		simulated = probe_find(simulated_probes, component);
		if (!probe && *without)
			return NULL;
		if (!probe || !simulated != !!component->not_simulated)
			return probe ? "its stand-in in the simulated world, or why there is none"
				     : "its probe";
		return probe_missing(probe) || !simulated ? probe_missing(probe)
							  : probe_missing(simulated);
	case COMPONENT_WORKLOAD:
		workload = workload_find(workloads, component);
		return workload ? workload_missing(workload) : "its workload";
	}
	return "its class";
}

/*
 * Reports incomplete components at start, not only when they are used. Returns 0 if all are
 * complete.
 */
static int check_components(void)
{
	char buf[256];
	const char *wrong = components_wrong(buf, sizeof(buf));
	int bad = wrong != NULL;

	if (wrong)
		fprintf(stderr, "blackout: %s\n", wrong);
	for (size_t i = 0; plan_components[i]; i++) {
		const char *lacks = missing(plan_components[i]);

		if (lacks && ++bad)
			fprintf(stderr, "blackout: %s lacks %s\n", plan_components[i]->name, lacks);
	}
	return bad;
}

int main(int argc, char **argv)
{
	const struct command *command;

	setlocale(LC_CTYPE, "");
	if (check_components())
		return STATUS_SETUP;
	if (argc < 2) {
		print_help(stderr);
		return STATUS_USAGE;
	}
	if (asks_help(argc, argv))
		return help(0, NULL);
	if (strcmp(argv[1], "--version") == 0)
		return version(0, NULL);
	/* Only for the shells' completions. */
	if (strcmp(argv[1], "--words") == 0)
		return print_words();
	command = command_find(argv[1]);
	return command ? command->run(argc - 1, argv + 1) : STATUS_USAGE;
}
