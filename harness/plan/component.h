/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Components: what a plan can name whose code is elsewhere: a platform, a kind of probe, a kind of
 * workload. Each one describes itself in one row, which lies in its own folder and needs nothing of its
 * code, so that a plan is read also by a program that lacks the code. Everybody else asks for traits
 * and never compares names.
 */
#ifndef BLACKOUT_PLAN_COMPONENT_H
#define BLACKOUT_PLAN_COMPONENT_H

#include "harness/plan/plan.h"

/* Keys. */

enum key_type {
	KEY_TIME,
	KEY_BYTES,
	KEY_RATE,
	KEY_WRITES, /* bytes a second */
	KEY_PERCENT,
	KEY_COUNT,
	KEY_FLAG,
	KEY_WORD,
	KEY_TEXT,
};

enum key_shape { KEY_SCALAR, KEY_LIST, KEY_AXIS };

/* What a member of a settings struct holds: see settings.h for what is absent. */
enum setting_type {
	SETTING_UNSET,
	SETTING_NUMBER, /* int64_t */
	SETTING_FLAG,   /* bool */
	SETTING_WORD,   /* an enum whose values are the places in WORDS, 0: absent */
	SETTING_TEXT,   /* const char *, also of a word */
	SETTING_LIST,   /* struct plan_list */
};

/* In a row: the member of a settings struct that the key fills. Another type does not compile. */
#define SETTING(struct_type, member_name)                     \
	.setting = _Generic(((struct_type *)0)->member_name,  \
		int64_t: SETTING_NUMBER,                      \
		bool: SETTING_FLAG,                           \
		unsigned: SETTING_WORD,                       \
		const char *: SETTING_TEXT,                   \
		struct plan_list: SETTING_LIST),              \
	.offset = offsetof(struct_type, member_name)
/* In a row: the known words, each at its enum's value: WORDS([MODE_P2P] = "p2p", …). */
#define WORDS(...) .words = (const char *const[]){__VA_ARGS__, NULL}

struct plan_key {
	enum section_kind section;
	const char *name;
	enum key_type type;
	enum key_shape shape;
	enum setting_type setting;
	size_t offset;
	const char *fallback; /* the default as a plan would say it; NULL: absent */
	bool required;
	int64_t min, max;     /* of a number, in the type's own unit */
	const char *const *words; /* KEY_WORD: the known ones from place 1 on, NULL ends; NULL: components */
	bool zero;            /* 0 is a value too */
	bool none;            /* `none` is a value too */
	bool qualified;       /* KEY.WORD = … is for the cases with that axis value */
	bool made;            /* the default holds only where the VM is made by the lab or simulated */
	const char *example;  /* a component's required key: what a message proposes */
	/* A component's KEY_COUNT: the default is one for each begun `each` of the key `each_of`. */
	const char *each_of;
	int64_t each;
	const char *help;
};

/* Traits. */

struct platform_traits {
	bool implied;      /* the platform of a plan that names none */
	bool simulated;    /* time and network are simulated: nothing is touched or measured */
	bool starts_moves; /* starts moves itself; false: the operator starts them */
	bool needs_hosts;  /* it is reached by the plan's [host NAME] */
	bool makes_vms;    /* owned VMs are made from their domain XML */
	const char *link;  /* its key that says how fast memory is copied; NULL: it has none */
};

struct probe_traits {
	int64_t interval_ns;       /* the default; NS_NONE: it sends nothing of its own */
	int64_t min_interval_ns;
	int64_t timeout_ns;        /* the default; NS_NONE: the larger of the interval and 50 ms */
	bool below_interval;       /* the time-out must stay below the interval */
	bool judged;               /* a verdict can rest on it */
	unsigned judged_order;     /* where [judge] names no probe, the lowest order is judged; 0: never */
	bool controls;             /* it probes control targets too, not only VMs */
	bool user_session;         /* it holds users' sessions: idle where no VM has one */
	bool remote_desktop;       /* its sessions are desktops, which the VMs have to serve */
	const char *port;          /* its key that says which TCP port its sessions use; NULL: none */
};

struct workload_traits {
	bool agent;  /* our agent in the guest carries it out */
	bool finite; /* it ends by itself, and the run waits for that */
	const char *size; /* its key that says how much it writes to its own disk; NULL: it needs none */
	bool pages;  /* it rewrites its `set` of memory pages */
	bool ssh;    /* a program of the user's, run by ssh */
};

enum component_class { COMPONENT_PLATFORM, COMPONENT_PROBE, COMPONENT_WORKLOAD };

struct plan_component {
	enum component_class class;
	const char *name; /* "sim" of [platform sim], "burst" of kind = burst */
	const char *help; /* one line for `blackout help` */
	const struct plan_key *keys; /* its own, beside those that all of its class have */
	size_t key_count;
	size_t settings_size;        /* of the struct that its own keys fill; 0: it has none */
	const char *without;       /* what a kind that lacks these keys is told: "opens no session" */
	const char *not_simulated; /* why a simulated platform cannot have it; NULL: it can */
	struct platform_traits platform;
	struct probe_traits probe;
	struct workload_traits workload;
};

/* All of them, NULL at the end; their order is that of help and messages. The program defines it. */
extern const struct plan_component *const plan_components[];

/* By class and name; NULL: there is none. */
const struct plan_component *component_find(enum component_class class, const char *name);
/* The component of a [platform], [probe] or [workload]; NULL: of another section, or its kind is bad. */
const struct plan_component *component_of(const struct plan_section *section);
/* Fills the settings struct of a component from the own keys of its section. */
void component_settings_read(
	const struct plan_component *component, const struct plan_section *section, void *settings);
/* The same on the heap; NULL: it has no keys of its own, or out of memory. */
void *component_settings_new(
	const struct plan_component *component, const struct plan_section *section);
/* What is wrong with the rows of plan_components, in buf; NULL: nothing. For the program's start. */
const char *components_wrong(char *buf, size_t size);

/* What the plan's platform is, also where the plan does not say. */
const struct plan_component *plan_platform(const struct plan *plan);
bool plan_simulated(const struct plan *plan);
/* Whether somebody else starts the moves, by what the plan says or what its platform can do. */
bool plan_moved_by_others(const struct plan *plan);
/* Whether a probe asks for remote desktops. */
bool plan_has_desktop(const struct plan *plan);
/* The TCP port of a probe's sessions; 0: the plan does not say. */
uint16_t plan_session_port(const struct plan_section *probe);
/* How much a workload writes to its own disk; NS_NONE: it needs none. */
int64_t plan_disk_bytes(const struct plan_section *workload);
/* The speed of the link that memory is copied over, as lab or platform have it; NS_NONE: unknown. */
int64_t plan_link_bps(const struct plan *plan);

#endif
