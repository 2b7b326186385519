/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The settings of a plan's sections as structs. The key table says which key fills which member,
 * and the compiler checks the member's name and type. Absent values: NS_NONE for a number, NULL for
 * a text, false for a flag, 0 for a word. All values of a NULL section are absent.
 */
#ifndef BLACKOUT_PLAN_SETTINGS_H
#define BLACKOUT_PLAN_SETTINGS_H

#include "harness/plan/plan.h"

struct plan_settings {
	const char *title;
	int64_t repeat;
	int64_t bound_ns; /* without the qualified bounds of cases, which plan_bound applies */
	int64_t baseline_ns, settle_ns, watch_ns, answer_ns;
};

enum lab_prober { PROBER_UNSET, PROBER_LAN, PROBER_ROUTER };

struct lab_settings {
	int64_t hosts, link_bps;
	const char *accel;
	bool tcg_workaround, warm_up;
	int64_t ageing_ns, reachable_ns, first_probe_ns;
	enum lab_prober prober;
};

/* Settings of the platform's own balancer: recorded and reported, not applied. */
struct platform_settings {
	const char *product, *scope, *aggressiveness;
	int64_t automatic_interval_ns, cpu_percent, memory_bytes, disk_operations, network_percent;
};

struct host_settings {
	const char *uri, *migration_address, *peer_uri;
};

enum vm_session { SESSION_UNSET, SESSION_ATTACHED, SESSION_DETACHED, SESSION_NONE };
enum vm_announce { ANNOUNCE_UNSET, ANNOUNCE_YES, ANNOUNCE_NO, ANNOUNCE_LOST };

struct vm_settings {
	int64_t memory_bytes, vcpus;
	enum vm_session session;
	enum vm_announce announce;
	const char *workload;
	int64_t dirty_bytes_per_s, dirty_set_bytes, disk_bytes;
	const char *address;
	bool owned;
	int64_t fill_percent, rewrite_bytes;
	const char *xml, *host;
	int64_t count; /* of the section; each of its copies is one VM */
};

enum move_start { START_UNSET, START_MIGRATE, START_EXTERNAL };
enum move_mode { MODE_UNSET, MODE_P2P, MODE_DIRECT };

struct move_settings {
	enum move_start start;
	enum move_mode mode;
	int64_t bandwidth_bps, timeout_ns;
	const char *from, *to, *expect;
	int64_t together; /* an axis: plan_together has a case's value */
};

struct probe_settings {
	int64_t interval_ns, timeout_ns;
	const char *station;
};

struct control_settings {
	const char *target;
};

enum station_position { POSITION_UNSET, POSITION_SWITCH, POSITION_ROUTER };

struct station_settings {
	const char *netns;
	enum station_position position;
};

struct judge_settings {
	const char *probe;
};

struct workload_settings {
	const char *vm;
	int64_t lead_ns, timeout_ns;
	int64_t unmoved; /* runs without a move before each case */
};

/* Sections that a plan has once. plan_case: NULL takes the first value of each axis. */
struct plan_settings plan_settings_of(const struct plan *plan);
struct lab_settings lab_settings_of(const struct plan *plan, const struct plan_case *plan_case);
struct platform_settings platform_settings_of(const struct plan *plan);
struct move_settings move_settings_of(const struct plan *plan);
struct judge_settings judge_settings_of(const struct plan *plan);
/* Sections that a plan may have several times. */
struct host_settings host_settings_of(const struct plan_section *host);
struct vm_settings vm_settings_of(const struct plan_case *plan_case, const struct plan_section *vm);
struct probe_settings probe_settings_of(const struct plan_section *probe);
struct control_settings control_settings_of(const struct plan_section *control);
struct station_settings station_settings_of(const struct plan_section *station);
struct workload_settings workload_settings_of(const struct plan_section *workload);

/* The session's word in a plan: "attached"; "" for SESSION_UNSET. */
const char *vm_session_name(enum vm_session session);
/* The values of the key that fills the member at `offset`; an axis may have several. */
struct plan_list settings_values(const struct plan_section *section, size_t offset);
#define SETTING_VALUES(section, type, member) settings_values(section, offsetof(type, member))
/* The canonical text of a scalar: "1Gbit/s"; NULL: absent. */
const char *settings_text(const struct plan_section *section, size_t offset);
#define SETTING_TEXT_OF(section, type, member) settings_text(section, offsetof(type, member))

#endif
