/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The row of the platform external: see harness/plan/component.h. */
#include "harness/drivers/external/component.h"

const struct plan_component component_platform_external = {
	.class = COMPONENT_PLATFORM,
	.name = "external",
	.help = "moves that you start elsewhere and announce with `blackout mark`",
	.platform = {.starts_moves = false},
};
