/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A platform and a probe that touch nothing. They show that a new component needs one folder and
 * one row elsewhere (tests/cli/components.bats).
 */
#ifndef BLACKOUT_TESTS_NULL_COMPONENTS_COMPONENT_H
#define BLACKOUT_TESTS_NULL_COMPONENTS_COMPONENT_H

#include "harness/plan/component.h"

struct null_platform_settings {
	int64_t job_ns; /* how long its jobs last */
};

struct null_probe_settings {
	int64_t delay_ns; /* the round trip that it claims */
};

extern const struct plan_component component_platform_null, component_probe_null;

#endif
