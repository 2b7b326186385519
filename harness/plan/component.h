/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A component is a platform, a kind of probe or a kind of workload that a plan can name. Each one
 * describes itself in one row, in its own folder. The row does not use the component's code, so a
 * program that lacks the code can still read the plan. Other code asks for traits and never
 * compares names.
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

/* The type of a settings struct's member. settings.h says how an absent value is stored. */
enum setting_type {
	SETTING_UNSET,
	SETTING_NUMBER, /* int64_t */
	SETTING_FLAG,   /* bool */
	SETTING_WORD,   /* an enum: the index into WORDS, 0: absent */
	SETTING_TEXT,   /* const char *; a KEY_WORD may be kept as text too */
	SETTING_LIST,   /* struct plan_list */
};

/* In a row: the settings member that the key fills. A member of any other type fails to compile. */
#define SETTING(struct_type, member_name) \
	.setting = _Generic(((struct_type *)0)->member_name,  \
		int64_t: SETTING_NUMBER,                      \
		bool: SETTING_FLAG,                           \
		unsigned: SETTING_WORD,                       \
		const char *: SETTING_TEXT,                   \
		struct plan_list: SETTING_LIST),              \
	.offset = offsetof(struct_type, member_name)
/* In a row: the known words, each at the index of its enum value: WORDS([MODE_P2P] = "p2p", …). */
#define WORDS(...)                     \
	.words = (const char *const[]) \
	{                              \
		__VA_ARGS__, NULL      \
	}

struct plan_key {
	enum section_kind section;
	const char *name;
	enum key_type type;
	enum key_shape shape;
	enum setting_type setting;
	size_t offset;
	const char *fallback; /* the default, in a plan's syntax; NULL: none */
	bool required;
	int64_t min, max; /* range of a number: ns, bytes, bit/s, bytes/s, percent or a count */
	/* KEY_WORD: the known words from index 1 on, NULL at the end; NULL: components' names. */
	const char *const *words;
	bool zero;           /* 0 is allowed even if `min` is larger */
	bool none;           /* the word `none` is allowed */
	bool qualified;      /* KEY.WORD = … is allowed: for cases with the axis value WORD */
	bool argument;       /* KEY_TEXT: a program gets it, and must not take it for an option */
	bool made_vms;       /* the default applies only to VMs of the lab and simulated ones */
	const char *example; /* of a component's required key: the line that a message proposes */
	/* A component's KEY_COUNT: its default is key `derived_from` / `divisor`, rounded up. */
	const char *derived_from;
	int64_t divisor;
	const char *help;
};

/* Traits. */

struct platform_traits {
	bool implied;      /* the platform of a plan that names none */
	bool simulated;    /* time and network are simulated: no real host is touched or measured */
	bool starts_moves; /* false: an operator or another program starts them */
	bool needs_hosts;  /* the plan must name its hosts in [host NAME] sections */
	bool makes_vms;    /* owned VMs are made from their domain XML */
	const char *link;  /* name of its key for the speed of the migration link; NULL: none */
};

struct probe_traits {
	int64_t interval_ns; /* the default; NS_NONE: the probe sends no requests */
	int64_t min_interval_ns;
	int64_t timeout_ns;    /* the default; NS_NONE: the larger of the interval and 50 ms */
	bool below_interval;   /* the time-out must be shorter than the interval */
	bool judged;           /* a verdict can rest on it */
	unsigned judged_order; /* a plan's default judged probe has the lowest; 0: never default */
	bool controls;         /* it probes control targets as well as VMs */
	bool user_session;     /* it holds users' sessions and is idle if no VM has one */
	bool remote_desktop;   /* its sessions are remote desktops, which the VMs must serve */
	const char *port;      /* name of its key for its sessions' TCP port; NULL: none */
};

struct workload_traits {
	bool agent;       /* the guest's agent carries it out */
	bool finite;      /* it ends by itself, and a run waits for its end */
	const char *size; /* name of its key for the bytes written to its own disk; NULL: no disk */
	bool pages;       /* it rewrites the memory pages of its key `set` */
	bool ssh;         /* a program of the user's, run over ssh */
};

enum component_class { COMPONENT_PLATFORM, COMPONENT_PROBE, COMPONENT_WORKLOAD };

struct plan_component {
	enum component_class class;
	const char *name;            /* "sim" of [platform sim], "burst" of kind = burst */
	const char *help;            /* one line for `blackout help` */
	const struct plan_key *keys; /* its own keys; those of its whole class are in keys.c */
	size_t key_count;
	size_t settings_size; /* of the struct that its own keys fill; 0: no keys of its own */
	/* The end of the message for its keys in a section of another kind: "opens no session". */
	const char *without;
	const char *not_simulated; /* why a simulated platform cannot have it; NULL: it can */
	struct platform_traits platform;
	struct probe_traits probe;
	struct workload_traits workload;
};

/* All components, NULL at the end, in the order of help and messages. The program defines it. */
extern const struct plan_component *const plan_components[];

/* Finds a component by class and name; NULL: there is none. */
const struct plan_component *component_find(enum component_class class, const char *name);
/* The component of a [platform], [probe] or [workload]; NULL: a bad kind, or another section. */
const struct plan_component *component_of(const struct plan_section *section);
/* Fills a component's settings struct (settings_size bytes) from its own keys in the section. */
void component_settings_read(
	const struct plan_component *component, const struct plan_section *section, void *settings);
/* The same in memory that the caller frees; NULL: no keys of its own, or out of memory. */
void *component_settings_new(
	const struct plan_component *component, const struct plan_section *section);
/* Checks the rows of plan_components at the program's start. NULL, or buf with what is wrong. */
const char *components_wrong(char *buf, size_t size);

/* The plan's platform; the implied one if the plan names none. */
const struct plan_component *plan_platform(const struct plan *plan);
bool plan_simulated(const struct plan *plan);
/* Formats the address of the i-th VM in the simulated world if its section gives none. */
void plan_simulated_address(size_t i, char *buf, size_t size);
/* True if the program does not start the moves: [move] says so, or the platform cannot. */
bool plan_moved_by_others(const struct plan *plan);
/* True if one of the plan's probes opens remote desktops. */
bool plan_has_desktop(const struct plan *plan);
/* The TCP port of a probe's sessions; 0: it is not set. */
uint16_t plan_session_port(const struct plan_section *probe);
/* How many bytes a workload writes to its own disk; NS_NONE: it needs no disk. */
int64_t plan_disk_bytes(const struct plan_section *workload);
/* The migration link's speed in bit/s, as [platform NAME] or [lab] sets it; NS_NONE: unknown. */
int64_t plan_link_bps(const struct plan *plan);

#endif
