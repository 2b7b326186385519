/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The embedded lab as a site. If the lab is up and has what the plan wants, it is used; if it is
 * down, it is brought up, and taken down at the end. One run at a time may use a lab.
 */
#include "harness/sites/lab/site.h"

#include <arpa/inet.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "harness/ops/guest_agent.h"
#include "harness/plan/settings.h"
#include "harness/sites/lab/lab.h"

#define MEASURE_NS (NS_PER_S / 2)
/* Space for the file system itself, and for the data that a workload writes besides its files. */
#define DISK_SPARE_BYTES ((uint64_t)128 << 20)

struct lab_site {
	struct site base;
	const struct plan *plan;
	const struct plan_section *section; /* [lab] */
	struct lab_status lab;
	struct host_address hosts[LAB_HOSTS_MAX];
	bool brought_up, kvm, tuned;
	int claim; /* -1: none */
	char name[LAB_NAME_MAX];
	char management[PATH_MAX];
	char station[PATH_MAX]; /* the result of the last station_netns */
};

static void set_options(const struct lab_site *site, struct lab_options *options)
{
	const struct lab_settings settings = lab_settings_of(site->plan, NULL);
	const struct plan_list probers = SETTING_VALUES(site->section, struct lab_settings, prober);

	if (!site->section)
		return;
	options->hosts = (unsigned)settings.hosts;
	options->link_bps = settings.link_bps;
	for (size_t i = 0; i < probers.count; i++)
		options->router |= probers.value[i].number == PROBER_ROUTER;
}

/* Checks that a lab that is up has what the plan wants. If not, the lab stays as it is. */
static int check_running(
	const struct lab_status *lab, const struct lab_options *options, struct err *e)
{
	static const char advice[] = "`blackout lab down` takes it down";
	char actual[32], wanted[32];

	if (lab->state == LAB_HALF_UP)
		return err_set(e, "lab %s is half up; %s", options->name, advice);
	if (lab->options.hosts != options->hosts)
		return err_set(e, "lab %s is up with %u hosts, the plan wants %u; %s",
			options->name, lab->options.hosts, options->hosts, advice);
	units_format(UNIT_RATE, lab->options.link_bps, actual, sizeof(actual));
	units_format(UNIT_RATE, options->link_bps, wanted, sizeof(wanted));
	if (lab->options.link_bps != options->link_bps)
		return err_set(e, "lab %s is up with links of %s, the plan wants %s; %s",
			options->name, actual, wanted, advice);
	if (options->router && !lab->options.router)
		return err_set(e, "lab %s is up without the router that the plan wants; %s",
			options->name, advice);
	for (unsigned n = 0; n < lab->options.hosts; n++)
		if (!lab->hosts[n].alive)
			return err_set(e, "host %s of lab %s is dead; %s", lab->hosts[n].name,
				options->name, advice);
	return 0;
}

static int choose_accelerator(struct lab_site *site, struct err *e)
{
	const char *accel = site->section ? lab_settings_of(site->plan, NULL).accel : "auto";

	site->kvm = site->lab.kvm && strcmp(accel, "tcg") != 0;
	if (strcmp(accel, "kvm") == 0 && !site->lab.kvm)
		return err_set(e, "[lab] accel = kvm, but no guest booted on KVM here "
				  "(accel = auto takes what works)");
	return 0;
}

/* Gives a lab that stays up the kernel's default settings again. */
static int untune(struct lab_site *site, struct err *e)
{
	struct lab_tuning defaults = {
		.ageing_ns = NS_NONE, .reachable_ns = NS_NONE, .first_probe_ns = NS_NONE};

	return lab_tune(&site->lab.options, &defaults, e);
}

static int lab_close(struct site *base, struct err *e)
{
	struct lab_site *site = site_downcast(base, &site_lab);
	bool was_up;
	int rc = 0;

	if (site->brought_up)
		rc = lab_down(site->name, &was_up, e);
	else if (site->tuned)
		rc = untune(site, e);
	if (site->claim >= 0)
		lab_release(site->name, site->claim);
	free(site);
	return rc;
}

static int find_lab(struct lab_site *site, FILE *progress, struct err *e)
{
	struct lab_options options;

	if (lab_options_default(&options, NULL, e))
		return -1;
	set_options(site, &options);
	snprintf(site->name, sizeof(site->name), "%s", options.name);
	if (lab_claim(site->name, &site->claim, e)) {
		site->claim = -1;
		return -1;
	}
	if (lab_status(options.name, &site->lab, e))
		return -1;
	if (site->lab.state == LAB_DOWN) {
		if (progress)
			fprintf(progress, "bringing up lab %s with %u hosts\n", options.name,
				options.hosts);
		if (lab_up(&options, progress, e))
			return -1;
		site->brought_up = true;
		if (lab_status(options.name, &site->lab, e))
			return -1;
	}
	return check_running(&site->lab, &options, e);
}

static int lab_open(struct site **opened, const struct plan *plan, FILE *progress, struct err *e)
{
	struct lab_site *site = calloc(1, sizeof(*site));
	struct lab_guest guest;
	struct err ignored;

	if (!site)
		return err_set(e, "out of memory");
	site->base.ops = &site_lab;
	site->plan = plan;
	site->claim = -1;
	site->section = plan_section_find(plan, SECTION_LAB, "");
	if ((plan_has_desktop(plan) ? lab_guest_find_desktop(&guest, e)
				    : lab_guest_find(&guest, e)) ||
		find_lab(site, progress, e) || choose_accelerator(site, e)) {
		lab_close(&site->base, &ignored);
		return -1;
	}
	for (unsigned n = 1; n <= site->lab.options.hosts; n++) {
		struct host_address *host = &site->hosts[n - 1];

		lab_host_name(n, host->name, sizeof(host->name));
		lab_host_uri(n, host->uri, sizeof(host->uri));
	}
	lab_netns_path(
		site->lab.options.name, LAB_MANAGEMENT, site->management, sizeof(site->management));
	*opened = &site->base;
	return 0;
}

static size_t lab_hosts(struct site *base, const struct host_address **hosts)
{
	struct lab_site *site = site_downcast(base, &site_lab);

	*hosts = site->hosts;
	return site->lab.options.hosts;
}

/* A VM's index in the plan, from 1, which determines its addresses. 0: the section is no VM. */
static unsigned vm_index(const struct lab_site *site, const struct plan_section *section)
{
	for (size_t i = 0; i < plan_section_count(site->plan, SECTION_VM); i++)
		if (plan_section_at(site->plan, SECTION_VM, i) == section)
			return (unsigned)i + 1;
	return 0;
}

/*
 * True if some case does not announce the VM's moves. Then the VM sends no ARP requests in all
 * cases, so that they differ only in the announcements.
 */
static bool may_be_silent(const struct plan_section *section)
{
	const struct plan_list announces = SETTING_VALUES(section, struct vm_settings, announce);

	for (size_t i = 0; i < announces.count; i++)
		if (announces.value[i].number != ANNOUNCE_YES)
			return true;
	return false;
}

static bool announcements_lost(const struct plan *plan, const struct plan_case *plan_case)
{
	for (size_t i = 0; i < plan_section_count(plan, SECTION_VM); i++)
		if (vm_settings_of(plan_case, plan_section_at(plan, SECTION_VM, i)).announce ==
			ANNOUNCE_LOST)
			return true;
	return false;
}

static bool plan_tunes(const struct lab_site *site)
{
	const struct lab_settings lab = lab_settings_of(site->plan, NULL);

	if (lab.ageing_ns != NS_NONE || lab.reachable_ns != NS_NONE ||
		lab.first_probe_ns != NS_NONE || lab.prober != PROBER_UNSET)
		return true;
	for (size_t c = 0; c < plan_case_count(site->plan); c++)
		if (announcements_lost(site->plan, plan_case_at(site->plan, c)))
			return true;
	return false;
}

/* Tunes the lab for a case. If the plan has none of these settings, the lab stays as it is. */
static int lab_prepare(struct site *base, const struct plan_case *plan_case, struct err *e)
{
	struct lab_site *site = site_downcast(base, &site_lab);
	const struct lab_settings lab = lab_settings_of(site->plan, plan_case);
	struct lab_tuning tuning = {.ageing_ns = lab.ageing_ns,
		.reachable_ns = lab.reachable_ns,
		.first_probe_ns = lab.first_probe_ns,
		.behind_router = lab.prober == PROBER_ROUTER};

	if (!plan_tunes(site))
		return 0;
	tuning.announcements_lost = announcements_lost(site->plan, plan_case);
	site->tuned = true;
	return lab_tune(&site->lab.options, &tuning, e);
}

/* The size of a VM's disk: the plan's, or twice its largest installation and more; 0: no disk. */
static uint64_t disk_bytes(const struct lab_site *site, const struct plan_section *section)
{
	const struct plan_list names = SETTING_VALUES(section, struct vm_settings, workload);
	int64_t largest = 0, asked = vm_settings_of(NULL, section).disk_bytes;

	for (size_t i = 0; i < names.count; i++) {
		const struct plan_section *workload =
			plan_section_find(site->plan, SECTION_WORKLOAD, names.value[i].text);
		int64_t bytes = workload ? plan_disk_bytes(workload) : NS_NONE;

		largest = bytes != NS_NONE && bytes > largest ? bytes : largest;
	}
	if (!largest)
		return 0;
	return asked != NS_NONE ? (uint64_t)asked : 2 * (uint64_t)largest + DISK_SPARE_BYTES;
}

static int lab_disk(struct site *base, const struct plan_section *section, struct err *e)
{
	struct lab_site *site = site_downcast(base, &site_lab);
	uint64_t bytes = disk_bytes(site, section);

	return bytes ? lab_disk_make(site->name, plan_section_name(section), bytes, e) : 0;
}

static int lab_vm(struct site *base, const struct plan_case *plan_case,
	const struct plan_section *section, struct vm_spec *vm, struct err *e)
{
	struct lab_site *site = site_downcast(base, &site_lab);
	const struct vm_settings settings = vm_settings_of(plan_case, section);
	unsigned index = vm_index(site, section);
	struct lab_vm wanted_vm = {
		.name = plan_section_name(section),
		.index = index,
		.memory_bytes = (uint64_t)settings.memory_bytes,
		.vcpus = (unsigned)settings.vcpus,
		.rewrite_bps = (uint64_t)settings.rewrite_bytes,
		.kvm = site->kvm,
		.tcg_workaround =
			!site->section || lab_settings_of(site->plan, NULL).tcg_workaround,
		.neighbour = may_be_silent(section),
		.router = site->lab.options.router,
		.silent = settings.announce == ANNOUNCE_NO,
		.desktop = plan_has_desktop(site->plan),
		.lab = site->name,
		.disk = disk_bytes(site, section) > 0,
	};

	wanted_vm.fill_bytes = wanted_vm.memory_bytes / 100 * (uint64_t)settings.fill_percent;
	*vm = (struct vm_spec){.owned = true,
		.agent = true,
		.memory_bytes = wanted_vm.memory_bytes,
		.vcpus = wanted_vm.vcpus,
		.disk = wanted_vm.disk};
	snprintf(vm->name, sizeof(vm->name), "%s", wanted_vm.name);
	lab_vm_address(index, vm->address, sizeof(vm->address));
	return lab_vm_xml(&wanted_vm, &vm->definition, e);
}

static int lab_target(struct site *base, const struct plan_section *section,
	struct probe_target *target, struct err *e)
{
	struct lab_site *site = site_downcast(base, &site_lab);
	unsigned index = vm_index(site, section);
	struct in_addr numeric;
	const char *text;

	*target = (struct probe_target){.port = AGENT_SESSION_PORT};
	snprintf(target->name, sizeof(target->name), "%s", plan_section_name(section));
	if (index) {
		lab_vm_address(index, target->address, sizeof(target->address));
		lab_vm_mac(index, target->mac, sizeof(target->mac));
		return 0;
	}
	text = control_settings_of(section).target;
	if (strcmp(text, "lab-switch") == 0) {
		snprintf(target->address, sizeof(target->address), "%s", LAB_SWITCH_ADDRESS);
		snprintf(target->mac, sizeof(target->mac), "%s", LAB_SWITCH_MAC);
		return 0;
	}
	if (inet_pton(AF_INET, text, &numeric) != 1)
		return err_set(e,
			"[control %s] target = %.60s is neither lab-switch nor an IPv4 address "
			"(take one in 10.20.0.0/24)",
			target->name, text);
	snprintf(target->address, sizeof(target->address), "%s", text);
	return 0;
}

static const char *lab_station_netns(struct site *base, const struct plan_section *station)
{
	struct lab_site *site = site_downcast(base, &site_lab);
	const struct station_settings settings = station_settings_of(station);
	const char *netns = settings.netns;

	if (settings.position != POSITION_UNSET) {
		lab_netns_path(site->name,
			settings.position == POSITION_SWITCH ? LAB_SWITCH : LAB_ROUTER,
			site->station, sizeof(site->station));
		return site->station;
	}
	if (!netns)
		return site->management;
	snprintf(site->station, sizeof(site->station), "%s%s",
		strchr(netns, '/') ? "" : "/run/netns/", netns);
	return site->station;
}

static const char *lab_driver_netns(struct site *base)
{
	struct lab_site *site = site_downcast(base, &site_lab);

	return site->management;
}

/* Adds the plan's settings of the lab, in the plan's words. */
static void add_tuning(json_t *root, const struct lab_site *site)
{
	const struct {
		const char *name;
		struct plan_list list;
	} axes[] = {
		{"ageing", SETTING_VALUES(site->section, struct lab_settings, ageing_ns)},
		{"reachable", SETTING_VALUES(site->section, struct lab_settings, reachable_ns)},
		{"prober", SETTING_VALUES(site->section, struct lab_settings, prober)},
	};
	const char *first_probe =
		SETTING_TEXT_OF(site->section, struct lab_settings, first_probe_ns);

	for (size_t k = 0; k < ARRAY_SIZE(axes); k++) {
		json_t *values = axes[k].list.count ? json_array() : NULL;

		for (size_t i = 0; i < axes[k].list.count; i++)
			json_array_append_new(values, json_string(axes[k].list.value[i].text));
		if (values)
			json_object_set_new(root, axes[k].name, values);
	}
	if (first_probe)
		json_object_set_new(root, "first-probe", json_string(first_probe));
}

static char *lab_environment(struct site *base)
{
	struct lab_site *site = site_downcast(base, &site_lab);
	json_t *root = json_object();
	struct lab_guest guest;
	char *version, *text;
	struct utsname name;
	struct err e = {0};
	int64_t bps;

	json_object_set_new(root, "site", json_string("lab"));
	json_object_set_new(root, "accelerator", json_string(site->kvm ? "kvm" : "tcg"));
	json_object_set_new(root, "hosts", json_integer(site->lab.options.hosts));
	json_object_set_new(root, "link_bps", json_integer(site->lab.options.link_bps));
	json_object_set_new(root, "router", json_boolean(site->lab.options.router));
	add_tuning(root, site);
	if (site->lab.options.hosts > 1) {
		if (lab_link_measure(site->lab.options.name, MEASURE_NS, &bps, &e) == 0)
			json_object_set_new(root, "link_measured_bps", json_integer(bps));
		else
			json_object_set_new(root, "link_measured_error", json_string(e.text));
	}
	if (uname(&name) == 0)
		json_object_set_new(root, "kernel", json_string(name.release));
	version = lab_guest_find(&guest, &e) == 0 ? lab_guest_version(&guest) : NULL;
	if (version)
		json_object_set_new(root, "guest_kernel", json_string(version));
	free(version);
	json_object_set_new(
		root, "lab_up_seconds", json_real((double)site->lab.up_ns / (double)NS_PER_S));
	json_object_set_new(root, "brought_up", json_boolean(site->brought_up));
	text = json_dumps(root, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
	json_decref(root);
	return text;
}

static int lab_logs(struct site *base, const char *dir, struct err *e)
{
	struct lab_site *site = site_downcast(base, &site_lab);

	for (unsigned n = 1; n <= site->lab.options.hosts; n++)
		if (lab_logs_copy(site->lab.options.name, n, dir, e))
			return -1;
	return 0;
}

const struct site_ops site_lab = {
	.name = "lab",
	.help = "hosts that run libvirt and QEMU, made of namespaces on this machine",
	.open = lab_open,
	.close = lab_close,
	.hosts = lab_hosts,
	.prepare = lab_prepare,
	.vm = lab_vm,
	.disk = lab_disk,
	.target = lab_target,
	.station_netns = lab_station_netns,
	.driver_netns = lab_driver_netns,
	.environment = lab_environment,
	.logs = lab_logs,
};
