/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * `blackout check`: what a plan would do, and about how long it would take; or all that is wrong
 * with it. It touches no host: the estimate rests on the plan and on a few measured rates.
 */
#include "tools/cmd.h"

#include "harness/plan.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Measured in the lab under emulation: boot to first answer, filling and checking memory. */
#define BOOT_S 6.0
#define FILL_BYTES_PER_S (70.0 * (1 << 20))
#define VERIFY_BYTES_PER_S (400.0 * (1 << 20))
/* A move begun and called off, and the wait until the guest is calm again. */
#define WARM_UP_S 3.0
/* Until the answers are steady after the job's end. */
#define STEADY_S 1.0
/* What a link carries of its rate. */
#define LINK_SHARE 0.95
#define DEFAULT_LINK_BPS 1e9

static const char usage[] =
	"usage: blackout check PLAN\n"
	"Prints the plan's cases, the hosts and VMs it would touch and an estimate of its time,\n"
	"or all that is wrong with it. Nothing is touched.\n";

int64_t machine_memory(void)
{
	long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);

	return pages > 0 && size > 0 ? (int64_t)pages * size : INT64_MAX;
}

static bool is_platform(const struct plan *plan, const char *name)
{
	const struct plan_section *platform = plan_section_at(plan, SECTION_PLATFORM, 0);

	return strcmp(platform ? plan_section_name(platform) : "libvirt", name) == 0;
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
	if (is_platform(plan, "sim"))
		puts("  simulated: no host is touched");
	else if (lab)
		printf("  %s hosts of the embedded lab (namespaces on this machine), link %s\n",
			plan_text(NULL, lab, "hosts"), plan_text(NULL, lab, "link"));
	else if (hosts == 0)
		puts("  none: somebody else moves the VMs");
	for (size_t i = 0; i < hosts; i++) {
		const struct plan_section *host = plan_section_at(plan, SECTION_HOST, i);

		printf("  %s  %s\n", plan_section_name(host), plan_text(NULL, host, "uri"));
	}
}

static const char *ownership(const struct plan *plan, const struct plan_section *vm)
{
	if (is_platform(plan, "sim"))
		return "simulated";
	return plan_number(NULL, vm, "owned") ? "owned: made, stopped and removed by the plan"
					      : "not owned: moved, never stopped or changed";
}

static void print_vms(const struct plan *plan)
{
	puts("VMs:");
	for (size_t i = 0; i < plan_section_count(plan, SECTION_VM); i++) {
		const struct plan_section *vm = plan_section_at(plan, SECTION_VM, i);
		const char *address = plan_text(NULL, vm, "address");

		printf("  %s", plan_section_name(vm));
		for (size_t v = 0; v < plan_list_count(vm, "memory"); v++)
			printf("%s %s", v ? "," : "", plan_list_text(vm, "memory", v));
		printf("%s%s (%s)\n", address ? " at " : "", address ? address : "",
			ownership(plan, vm));
	}
}

static void print_probes(const struct plan *plan)
{
	const char *judged = plan_text(NULL, plan_section_find(plan, SECTION_JUDGE, ""), "probe");

	int width = 0;

	puts("probes:");
	for (size_t i = 0; i < plan_section_count(plan, SECTION_PROBE); i++) {
		int n = (int)strlen(plan_section_name(plan_section_at(plan, SECTION_PROBE, i)));

		width = n > width ? n : width;
	}
	for (size_t i = 0; i < plan_section_count(plan, SECTION_PROBE); i++) {
		const struct plan_section *probe = plan_section_at(plan, SECTION_PROBE, i);
		const char *name = plan_section_name(probe);
		const char *interval = plan_text(NULL, probe, "interval");

		printf("  %-*s  %s from %s", width, name, plan_text(NULL, probe, "kind"),
			plan_text(NULL, probe, "station"));
		if (interval)
			printf(", every %s, time-out %s", interval,
				plan_text(NULL, probe, "timeout"));
		puts(strcmp(name, judged) == 0 ? "; judged" : "");
	}
	for (size_t i = 0; i < plan_section_count(plan, SECTION_CONTROL); i++) {
		const struct plan_section *control = plan_section_at(plan, SECTION_CONTROL, i);

		printf("  must never go silent: %s (%s)\n", plan_section_name(control),
			plan_text(NULL, control, "target"));
	}
}

/* What one run of a VM takes, and what its preparation takes once a case; seconds. */
struct estimate {
	double prepare_s, copy_s, verify_s, run_s;
};

static double seconds(int64_t ns)
{
	return (double)ns / (double)NS_PER_S;
}

static double link_bps(const struct plan *plan, const struct plan_case *c)
{
	const struct plan_section *lab = plan_section_at(plan, SECTION_LAB, 0);
	const struct plan_section *platform = plan_section_at(plan, SECTION_PLATFORM, 0);
	const struct plan_section *move = plan_section_find(plan, SECTION_MOVE, "");
	double bps = DEFAULT_LINK_BPS;
	int64_t limit_bps = plan_number(c, move, "bandwidth");

	if (is_platform(plan, "sim"))
		bps = (double)plan_number(c, platform, "link");
	else if (lab)
		bps = (double)plan_number(c, lab, "link");
	return limit_bps != NS_NONE && (double)limit_bps < bps ? (double)limit_bps : bps;
}

static struct estimate estimate_run(
	const struct plan *plan, const struct plan_case *c, const struct plan_section *vm)
{
	const struct plan_section *lab = plan_section_at(plan, SECTION_LAB, 0);
	const struct plan_section *section = plan_section_find(plan, SECTION_PLAN, "");
	int64_t memory = plan_number(c, vm, "memory");
	double filled =
		memory == NS_NONE ? 0 : (double)memory * (double)plan_number(c, vm, "fill") / 100;
	struct estimate e = {.copy_s = filled * 8 / (link_bps(plan, c) * LINK_SHARE)};

	if (lab) {
		e.prepare_s = BOOT_S + filled / FILL_BYTES_PER_S;
		e.verify_s = filled / VERIFY_BYTES_PER_S;
		if (plan_number(c, lab, "warm-up"))
			e.run_s += WARM_UP_S;
	}
	e.run_s += seconds(plan_number(c, section, "baseline")) + e.copy_s + STEADY_S +
		   seconds(plan_number(c, section, "settle")) + e.verify_s;
	return e;
}

/* "1.9 to 3.8 s", or "1.9 s" where both are the same. */
static void print_span(const char *what, double least, double most)
{
	printf("%s %.1f", what, least);
	if (most - least >= 0.05)
		printf(" to %.1f", most);
	fputs(" s", stdout);
}

static void print_formula(
	const struct plan *plan, const struct estimate *least, const struct estimate *most)
{
	const struct plan_section *lab = plan_section_at(plan, SECTION_LAB, 0);
	const struct plan_section *section = plan_section_find(plan, SECTION_PLAN, "");

	if (lab) {
		printf("  once a case: boot %.0f s", BOOT_S);
		print_span(
			" + fill the memory", least->prepare_s - BOOT_S, most->prepare_s - BOOT_S);
		putchar('\n');
	}
	fputs("  each run: ", stdout);
	if (lab && plan_number(NULL, lab, "warm-up"))
		printf("warm-up %.0f s + ", WARM_UP_S);
	printf("baseline %s", plan_text(NULL, section, "baseline"));
	if (most->copy_s > 0)
		print_span(" + copy (memory x fill / link)", least->copy_s, most->copy_s);
	printf(" + steady %.0f s + settle %s", STEADY_S, plan_text(NULL, section, "settle"));
	if (lab)
		print_span(" + check the memory", least->verify_s, most->verify_s);
	putchar('\n');
}

static void print_estimate(const struct plan *plan)
{
	struct estimate least = {.copy_s = 1e300}, most = {.copy_s = -1};
	double total_s = 0;

	for (size_t i = 0; i < plan_case_count(plan); i++) {
		for (size_t v = 0; v < plan_section_count(plan, SECTION_VM); v++) {
			const struct plan_case *c = plan_case_at(plan, i);
			struct estimate e =
				estimate_run(plan, c, plan_section_at(plan, SECTION_VM, v));

			total_s += e.prepare_s + e.run_s * (double)plan_repeat(plan);
			least = e.copy_s < least.copy_s ? e : least;
			most = e.copy_s > most.copy_s ? e : most;
		}
	}
	if (is_platform(plan, "sim"))
		printf("estimated time: seconds (%.0f s of simulated time)\n", total_s);
	else if (total_s < 120)
		printf("estimated time: %.0f s\n", total_s);
	else
		printf("estimated time: %.0f min\n", total_s / 60);
	print_formula(plan, &least, &most);
	if (strcmp(plan_text(NULL, plan_section_find(plan, SECTION_MOVE, ""), "start"),
		    "external") == 0)
		puts("  and as long as whoever starts the moves takes to start them");
}

/* A move holds the moving VM's memory twice; what is not filled costs nothing. */
static void print_memory_note(const struct plan *plan, int64_t available_bytes)
{
	double most = 0;

	if (plan_section_count(plan, SECTION_LAB) == 0 || is_platform(plan, "sim"))
		return;
	for (size_t i = 0; i < plan_case_count(plan); i++) {
		double all = 0, moving = 0;

		for (size_t v = 0; v < plan_section_count(plan, SECTION_VM); v++) {
			const struct plan_case *c = plan_case_at(plan, i);
			const struct plan_section *vm = plan_section_at(plan, SECTION_VM, v);
			double bytes = (double)plan_number(c, vm, "memory") *
				       (double)plan_number(c, vm, "fill") / 100;

			all += bytes;
			moving = bytes > moving ? bytes : moving;
		}
		most = all + moving > most ? all + moving : most;
	}
	printf("memory: up to %.1f GB, the moving VM's twice; this machine has %.1f GB%s\n",
		most / (1 << 30), (double)available_bytes / (1 << 30),
		most > (double)available_bytes ? ": TOO LITTLE, moves may be killed" : "");
}

struct plan *plan_for_this_machine(const char *path)
{
	struct plan_errors errors = {0};
	struct plan *plan = NULL;

	if (plan_read(&plan, path, &errors) == 0)
		plan_check_memory(plan, machine_memory(), &errors);
	for (size_t i = 0; i < errors.count; i++)
		fprintf(stderr, "%s\n", errors.text[i]);
	if (errors.count) {
		plan_free(plan);
		plan = NULL;
	}
	plan_errors_free(&errors);
	return plan;
}

static int check(const char *path)
{
	struct plan *plan = plan_for_this_machine(path);
	const char *title;

	if (!plan)
		return STATUS_USAGE;
	title = plan_text(NULL, plan_section_find(plan, SECTION_PLAN, ""), "title");
	printf("%s: %s\n", path, title ? title : "(no title)");
	print_cases(plan);
	print_hosts(plan);
	print_vms(plan);
	print_probes(plan);
	print_memory_note(plan, machine_memory());
	print_estimate(plan);
	plan_free(plan);
	return fflush(stdout) ? STATUS_BROKE_OFF : STATUS_PASS;
}

int cmd_check(int argc, char **argv)
{
	if (argc == 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
		fputs(usage, stdout);
		return STATUS_PASS;
	}
	if (argc != 2 || (argv[1][0] == '-' && argv[1][1])) {
		fputs(usage, stderr);
		return STATUS_USAGE;
	}
	return check(argv[1]);
}
