/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Estimates how long a plan takes: see estimate.h. */
#include "harness/run/estimate.h"

#include "harness/plan/component.h"
#include "harness/plan/settings.h"

#include <math.h>
#include <stdlib.h>

/* Rates of filling and of checking memory, measured in the lab under emulation. */
#define FILL_BYTES_PER_S (120.0 * (1 << 20))
#define VERIFY_BYTES_PER_S (400.0 * (1 << 20))
/* From a remote-desktop session's first packet to its first frame; the server starts meanwhile. */
#define SESSION_OPEN_S 4.0
/* The last attempt to connect of a detached user. */
#define SESSION_TRY_S 3.0
/* The rate at which an installation writes and verifies its files. */
#define INSTALL_BYTES_PER_S (6.0 * (1 << 20))
/* The share of a link's rate that a migration gets. */
#define LINK_SHARE 0.95
#define DEFAULT_LINK_BPS 1e9

static double seconds(int64_t ns)
{
	return (double)ns / (double)NS_PER_S;
}

static double link_bps(const struct plan *plan)
{
	int64_t limit_bps = move_settings_of(plan).bandwidth_bps, known_bps = plan_link_bps(plan);
	double bps = known_bps == NS_NONE ? DEFAULT_LINK_BPS : (double)known_bps;

	return limit_bps != NS_NONE && (double)limit_bps < bps ? (double)limit_bps : bps;
}

static double session_seconds(const struct scenario_run *run)
{
	enum vm_session session = vm_settings_of(run->plan_case, scenario_vm(run, 0)).session;

	if (!plan_has_desktop(run->plan_case->plan))
		return 0;
	if (session == SESSION_ATTACHED)
		return SESSION_OPEN_S;
	return session == SESSION_DETACHED && !run->unmoved ? SESSION_TRY_S : 0;
}

/* From the workload's start to its end; for a command, whose duration is unknown, its lead. */
static double workload_seconds(const struct scenario_run *run)
{
	const struct plan_section *workload = scenario_workload(run);
	int64_t lead_ns = scenario_lead(run);
	int64_t size = workload ? plan_disk_bytes(workload) : NS_NONE;
	double lead_s = lead_ns == NS_NONE ? 0 : seconds(lead_ns), install_s;

	if (size == NS_NONE)
		return lead_s;
	install_s = (double)size / INSTALL_BYTES_PER_S;
	return fmax(install_s, lead_s);
}

static bool is_same_size(const struct scenario_run *a, const struct scenario_run *b, size_t vm)
{
	const struct vm_settings one = vm_settings_of(a->plan_case, scenario_vm(a, vm));
	const struct vm_settings other = vm_settings_of(b->plan_case, scenario_vm(b, vm));

	return one.memory_bytes == other.memory_bytes && one.vcpus == other.vcpus;
}

/* How many of the run's VMs are started: all in the first run, later those whose size changed. */
static size_t vms_to_start(const struct scenario_run *run, const struct scenario_run *before)
{
	size_t count = 0;

	for (size_t i = 0; i < run->vm_count; i++)
		count += !before || i >= before->vm_count || !is_same_size(run, before, i);
	return count;
}

static void add_move(struct estimate *e, const struct scenario_run *run)
{
	const struct plan *plan = run->plan_case->plan;
	int64_t lead_ns = scenario_lead(run);
	double move_s = e->copy_s + ESTIMATE_STEADY_S + seconds(plan_settings_of(plan).settle_ns);

	if (lab_settings_of(plan, run->plan_case).warm_up)
		e->run_s += ESTIMATE_WARM_UP_S;
	move_s += lead_ns == NS_NONE ? 0 : seconds(lead_ns);
	e->run_s += fmax(move_s, e->workload_s) + e->verify_s;
}

/* Of all VMs of a run: they share link and processors, whether they move together or in turn. */
static double filled_bytes(const struct scenario_run *run)
{
	double sum = 0;

	for (size_t i = 0; i < run->vm_count; i++) {
		const struct vm_settings vm = vm_settings_of(run->plan_case, scenario_vm(run, i));

		if (vm.memory_bytes != NS_NONE)
			sum += (double)vm.memory_bytes * (double)vm.fill_percent / 100;
	}
	return sum;
}

struct estimate estimate_run(const struct scenario_run *run, const struct scenario_run *before)
{
	const struct plan *plan = run->plan_case->plan;
	bool lab = plan_section_count(plan, SECTION_LAB) > 0;
	double filled = filled_bytes(run);
	size_t to_start = vms_to_start(run, before);
	struct estimate e = {
		.session_s = session_seconds(run), .workload_s = workload_seconds(run)};

	e.run_s = seconds(plan_settings_of(plan).baseline_ns) + e.session_s;
	if (lab && to_start)
		e.start_s = ESTIMATE_BOOT_S + filled / (double)run->vm_count / FILL_BYTES_PER_S;
	e.prepare_s = e.start_s * (double)to_start;
	if (run->unmoved) {
		e.run_s += e.workload_s;
		return e;
	}
	e.copy_s = filled * 8 / (link_bps(plan) * LINK_SHARE);
	if (lab)
		e.verify_s = filled / VERIFY_BYTES_PER_S;
	add_move(&e, run);
	return e;
}

struct estimate *estimate_scenario(const struct scenario *scenario)
{
	struct estimate *estimates = calloc(scenario->count + 1, sizeof(*estimates));

	for (size_t i = 0; estimates && i < scenario->count; i++) {
		const struct scenario_run *before = NULL;

		for (size_t k = i; !before && k-- > 0;)
			if (scenario->runs[k].move == scenario->runs[i].move)
				before = &scenario->runs[k];
		estimates[i] = estimate_run(&scenario->runs[i], before);
	}
	return estimates;
}

double estimate_left(size_t done, double done_estimate_s, double done_s, double remaining_s,
	double current_s, double elapsed_s)
{
	double mean_s = done ? done_estimate_s / (double)done : 1;
	double factor =
		done && done_estimate_s > 0 ? (done_s + mean_s) / (done_estimate_s + mean_s) : 1;
	double current_left_s = current_s * factor - elapsed_s;

	return (remaining_s - current_s) * factor + fmax(current_left_s, 0);
}
