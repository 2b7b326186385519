/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Steps of the capture's clock as they concern requests and answers. See echo_flows.h. */
#include "harness/packet/internal.h"

/* The most that frames count as out of order: a year added to a stamp does not overflow. */
#define REACH_MAX_NS (365 * 86400 * NS_PER_S)

void flow_step_add(struct flows *flows, int64_t at_ns, int64_t back_ns)
{
	size_t index = flows->clock_step_count % FLOW_CLOCK_STEPS;

	if (flows->clock_step_count == FLOW_CLOCK_STEPS)
		flows->old_steps_from_ns = flows->clock_steps[index].at_ns;
	if (flows->clock_step_count >= FLOW_CLOCK_STEPS) {
		flows->old_steps_to_ns = flows->clock_steps[index].at_ns;
		flows->old_steps_back_ns =
			ns_max(flows->clock_steps[index].back_ns, flows->old_steps_back_ns);
	}
	flows->clock_steps[index].at_ns = at_ns;
	flows->clock_steps[index].back_ns = back_ns;
	flows->clock_step_count++;
}

/*
 * If frames are out of order in the file, a frame from before a step may follow the step and have
 * its offset. Returns how far from the step such a frame's stamp may be.
 */
static int64_t step_reach(const struct flows *flows, int64_t back_ns)
{
	int64_t unsorted_ns = ns_min(flows->unsorted_max_ns, REACH_MAX_NS);

	return unsorted_ns ? unsorted_ns + ns_min(back_ns, REACH_MAX_NS) : 0;
}

bool flow_met_step(
	const struct flows *flows, const struct flow *flow, int64_t from_ns, int64_t to_ns)
{
	int64_t reach_ns = step_reach(flows, flows->old_steps_back_ns);

	to_ns += flow->timeout_ns;
	if (flows->clock_step_count > FLOW_CLOCK_STEPS &&
		flows->old_steps_to_ns >= from_ns - reach_ns &&
		flows->old_steps_from_ns <= to_ns + reach_ns)
		return true;
	for (size_t i = 0; i < FLOW_CLOCK_STEPS && i < flows->clock_step_count; i++) {
		reach_ns = step_reach(flows, flows->clock_steps[i].back_ns);
		if (flows->clock_steps[i].at_ns >= from_ns - reach_ns &&
			flows->clock_steps[i].at_ns <= to_ns + reach_ns)
			return true;
	}
	return false;
}
