/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * `blackout check`: prints what a plan would do and how long it would take, or all that is wrong
 * with it. It contacts no host: the estimate is made from the plan and from measured rates.
 */
#include "tools/commands/commands.h"

#include "harness/plan/component.h"
#include "harness/plan/settings.h"
#include "harness/run/estimate.h"
#include "tools/commands/shipped_plans.h"

#include <getopt.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const struct command_syntax check_syntax = {
	.name = "check",
	.summary = "say what a plan would do, or all that is wrong with it",
	.forms = {"PLAN"},
	.offers = "plan",
	.about =
		"Prints the plan's cases, the hosts and VMs it would touch and an estimate of its time,\n"
		"or all that is wrong with it. Nothing is touched. PLAN is a file, or the name of a shipped plan.\n",
	.notes = "\n  blackout check sim       a simulated world\n  blackout check verify    the "
		 "published verification\n",
};

int64_t machine_memory(void)
{
	long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);

	return pages > 0 && size > 0 ? (int64_t)pages * size : INT64_MAX;
}

static const char *time_text(int64_t ns, char *buf, size_t size)
{
	if (ns == NS_NONE)
		snprintf(buf, size, "none");
	else
		units_format(UNIT_TIME, ns, buf, size);
	return buf;
}

static void print_cases(const struct plan *plan)
{
	size_t vms = plan_section_count(plan, SECTION_VM);
	size_t moves = plan_case_count(plan) * plan_repeat(plan) * vms;
	int width = 0;

	for (size_t i = 0; i < plan_case_count(plan); i++) {
		int n = (int)strlen(plan_case_at(plan, i)->name);

		width = n > width ? n : width;
	}
	printf("cases (%zu, together %zu moves):\n", plan_case_count(plan), moves);
	for (size_t i = 0; i < plan_case_count(plan); i++) {
		const struct plan_case *c = plan_case_at(plan, i);
		int64_t bound_ns = plan_bound(c);
		char bound[48];

		printf("  %-*s  %zu run%s  %s%s\n", width, c->name, plan_repeat(plan),
			plan_repeat(plan) == 1 ? "" : "s",
			bound_ns == NS_NONE ? "measured, not judged" : "bound ",
			bound_ns == NS_NONE ? "" : time_text(bound_ns, bound, sizeof(bound)));
	}
}

static void print_hosts(const struct plan *plan)
{
	const struct plan_section *lab = plan_section_at(plan, SECTION_LAB, 0);
	size_t hosts = plan_section_count(plan, SECTION_HOST);

	puts("hosts:");
	if (plan_simulated(plan))
		puts("  simulated: no host is touched");
	else if (lab)
		printf("  %s hosts of the embedded lab (namespaces on this machine), link %s\n",
			SETTING_TEXT_OF(lab, struct lab_settings, hosts),
			SETTING_TEXT_OF(lab, struct lab_settings, link_bps));
	else if (hosts == 0)
		puts("  none: somebody else moves the VMs");
	for (size_t i = 0; i < hosts; i++) {
		const struct plan_section *host = plan_section_at(plan, SECTION_HOST, i);

		printf("  %s  %s\n", plan_section_name(host), host_settings_of(host).uri);
	}
}

static const char *ownership(const struct plan *plan, const struct plan_section *vm)
{
	if (plan_simulated(plan))
		return "simulated";
	return vm_settings_of(NULL, vm).owned ? "owned: made, stopped and removed by the plan"
					      : "not owned: moved, never stopped or changed";
}

static void print_vms(const struct plan *plan)
{
	puts("VMs:");
	for (size_t i = 0; i < plan_section_count(plan, SECTION_VM); i++) {
		const struct plan_section *vm = plan_section_at(plan, SECTION_VM, i);
		const struct plan_list memory =
			SETTING_VALUES(vm, struct vm_settings, memory_bytes);
		const char *address = vm_settings_of(NULL, vm).address;

		printf("  %s", plan_section_name(vm));
		for (size_t v = 0; v < memory.count; v++)
			printf("%s %s", v ? "," : "", memory.value[v].text);
		printf("%s%s (%s)\n", address ? " at " : "", address ? address : "",
			ownership(plan, vm));
	}
}

static void print_probes(const struct plan *plan)
{
	const char *judged = judge_settings_of(plan).probe;
	int width = 0;

	puts("probes:");
	for (size_t i = 0; i < plan_section_count(plan, SECTION_PROBE); i++) {
		int n = (int)strlen(plan_section_name(plan_section_at(plan, SECTION_PROBE, i)));

		width = n > width ? n : width;
	}
	for (size_t i = 0; i < plan_section_count(plan, SECTION_PROBE); i++) {
		const struct plan_section *probe = plan_section_at(plan, SECTION_PROBE, i);
		const char *name = plan_section_name(probe);
		const char *interval = SETTING_TEXT_OF(probe, struct probe_settings, interval_ns);

		printf("  %-*s  %s from %s", width, name, component_of(probe)->name,
			probe_settings_of(probe).station);
		if (interval)
			printf(", every %s, time-out %s", interval,
				SETTING_TEXT_OF(probe, struct probe_settings, timeout_ns));
		puts(strcmp(name, judged) == 0 ? "; judged" : "");
	}
	for (size_t i = 0; i < plan_section_count(plan, SECTION_CONTROL); i++) {
		const struct plan_section *control = plan_section_at(plan, SECTION_CONTROL, i);

		printf("  must never go silent: %s (%s)\n", plan_section_name(control),
			control_settings_of(control).target);
	}
}

/* "1.9 to 3.8 s", or "1.9 s" if both are equal as printed. */
static void print_span(const char *what, double min, double max)
{
	printf("%s %.1f", what, min);
	if (max - min >= 0.05)
		printf(" to %.1f", max);
	fputs(" s", stdout);
}

/* Extends minimum and maximum of each stage by a run. A stage that no run has stays 0. */
static void widen(struct estimate *min, struct estimate *max, const struct estimate *e)
{
#define WIDEN(stage)                                                            \
	do {                                                                    \
		if (e->stage > 0 && (min->stage <= 0 || e->stage < min->stage)) \
			min->stage = e->stage;                                  \
		if (e->stage > max->stage)                                      \
			max->stage = e->stage;                                  \
	} while (0)
	WIDEN(start_s);
	WIDEN(session_s);
	WIDEN(copy_s);
	WIDEN(workload_s);
	WIDEN(verify_s);
#undef WIDEN
}

static void print_formula(
	const struct plan *plan, const struct estimate *min, const struct estimate *max)
{
	const struct plan_section *section = plan_section_find(plan, SECTION_PLAN, "");

	if (max->start_s > 0) {
		printf("  each start of a VM: boot %.0f s", ESTIMATE_BOOT_S);
		print_span(" + fill the memory", min->start_s - ESTIMATE_BOOT_S,
			max->start_s - ESTIMATE_BOOT_S);
		putchar('\n');
	}
	fputs("  each run: ", stdout);
	if (lab_settings_of(plan, NULL).warm_up)
		printf("warm-up %.0f s + ", ESTIMATE_WARM_UP_S);
	printf("baseline %s", SETTING_TEXT_OF(section, struct plan_settings, baseline_ns));
	if (max->session_s > 0)
		print_span(" + session", min->session_s, max->session_s);
	if (max->copy_s > 0)
		print_span(" + copy (memory x fill / link)", min->copy_s, max->copy_s);
	printf(" + steady %.0f s + settle %s", ESTIMATE_STEADY_S,
		SETTING_TEXT_OF(section, struct plan_settings, settle_ns));
	if (max->verify_s > 0)
		print_span(" + check the memory", min->verify_s, max->verify_s);
	putchar('\n');
	if (max->workload_s > 0) {
		print_span("  where a workload runs, also during the move:", min->workload_s,
			max->workload_s);
		putchar('\n');
	}
}

static int print_estimate(const struct plan *plan)
{
	struct estimate min = {0}, max = {0}, *estimates;
	struct scenario scenario = {0};
	double total_s = 0;
	struct err e;

	if (scenario_make(&scenario, plan, NULL, &e))
		return -1;
	estimates = estimate_scenario(&scenario);
	for (size_t i = 0; estimates && i < scenario.count; i++) {
		total_s += estimates[i].prepare_s + estimates[i].run_s;
		widen(&min, &max, &estimates[i]);
	}
	scenario_release(&scenario);
	if (!estimates)
		return -1;
	free(estimates);
	if (plan_simulated(plan))
		printf("estimated time: seconds (%.0f s of simulated time)\n", total_s);
	else if (total_s < 120)
		printf("estimated time: %.0f s\n", total_s);
	else
		printf("estimated time: %.0f min\n", total_s / 60);
	print_formula(plan, &min, &max);
	if (plan_moved_by_others(plan))
		puts("  plus the time until somebody starts each move");
	return 0;
}

/* During a move the moving VMs' memory exists twice. Unfilled memory is not allocated. */
static void print_memory_note(const struct plan *plan, int64_t available_bytes)
{
	double max = 0;

	if (plan_section_count(plan, SECTION_LAB) == 0 || plan_simulated(plan))
		return;
	for (size_t i = 0; i < plan_case_count(plan); i++) {
		const struct plan_case *c = plan_case_at(plan, i);
		size_t at_a_time = size_max(plan_together(c), 1);
		double all = 0, moving = 0;

		for (size_t v = 0; v < plan_section_count(plan, SECTION_VM); v++) {
			const struct plan_section *vm = plan_section_at(plan, SECTION_VM, v);
			const struct vm_settings settings = vm_settings_of(c, vm);
			double bytes =
				(double)settings.memory_bytes * (double)settings.fill_percent / 100;

			all += bytes;
			moving = fmax(bytes, moving);
		}
		/* At most all VMs move at a time. */
		max = fmax(all + fmin(moving * (double)at_a_time, all), max);
	}
	printf("memory: up to %.1f GB, counting moving VMs twice; this machine has %.1f GB%s\n",
		max / (1 << 30), (double)available_bytes / (1 << 30),
		max > (double)available_bytes ? ": TOO LITTLE, VMs may be killed" : "");
}

struct plan *plan_for_this_machine(const char *path)
{
	struct plan_errors errors = {0};
	struct plan *plan = NULL;
	char file[PATH_MAX];
	int wrong = -1;

	shipped_plans_find(file, path);
	if (plan_read(&plan, file, &errors) == 0)
		wrong = plan_check_memory(plan, machine_memory(), &errors);
	if (!wrong)
		plan_advise(plan, &errors);
	for (size_t i = 0; i < errors.count; i++)
		fprintf(stderr, "%s\n", errors.text[i]);
	if (wrong) {
		plan_free(plan);
		plan = NULL;
	}
	plan_errors_release(&errors);
	return plan;
}

static int check(const char *path)
{
	struct plan *plan = plan_for_this_machine(path);
	const char *title;

	if (!plan)
		return STATUS_USAGE;
	title = plan_settings_of(plan).title;
	printf("%s: %s\n", path, title ? title : "(no title)");
	print_cases(plan);
	print_hosts(plan);
	print_vms(plan);
	print_probes(plan);
	print_memory_note(plan, machine_memory());
	if (print_estimate(plan))
		fputs("blackout: out of memory\n", stderr);
	plan_free(plan);
	return fflush(stdout) ? STATUS_BROKE_OFF : STATUS_PASS;
}

int cmd_check(int argc, char **argv)
{
	struct err e = {0};
	int rc = options_read(&check_syntax, argc, argv, NULL, &e);

	if (rc > 0)
		return STATUS_PASS;
	if (rc || argc - optind != 1) {
		options_help(&check_syntax, stderr);
		return STATUS_USAGE;
	}
	return check(argv[optind]);
}
