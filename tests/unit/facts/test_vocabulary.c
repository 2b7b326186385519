/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The words of facts: each word converts back to its value, and unknown words to the default. */
#include "harness/facts/vocabulary.h"
#include "tests/unit/test.h"

/* Each kind has a distinct word, in the order that the binary search needs. */
static void test_kinds(void)
{
	for (int k = FACT_UNKNOWN + 1; k < FACT_KINDS; k++) {
		CU_ASSERT_PTR_NOT_NULL_FATAL(fact_kind_name((enum fact_kind)k));
		CU_ASSERT_EQUAL((int)fact_kind_of(fact_kind_name((enum fact_kind)k)), k);
	}
	CU_ASSERT_EQUAL(fact_kind_of(""), FACT_UNKNOWN);
	CU_ASSERT_EQUAL(fact_kind_of("answers"), FACT_UNKNOWN);
}

/* Each word of an enum converts back to its value; an unknown word converts to `otherwise`. */
/* NOLINTBEGIN(bugprone-macro-parentheses): `type` is a tag, which parentheses would break. */
#define READS_BACK(type, name, of, count, otherwise)                               \
	do {                                                                       \
		for (int i = 0; i < (int)(count); i++) {                           \
			CU_ASSERT_PTR_NOT_NULL_FATAL(name((enum type)i));          \
			CU_ASSERT_EQUAL((int)of(name((enum type)i)), i);           \
		}                                                                  \
		CU_ASSERT_EQUAL((int)of("no such word"), (int)(otherwise));        \
		CU_ASSERT_STRING_EQUAL(name((enum type)(count)), name(otherwise)); \
	} while (0)
/* NOLINTEND(bugprone-macro-parentheses) */

static void test_states(void)
{
	READS_BACK(job_state, job_state_name, job_state_of, JOB_STATES, JOB_UNKNOWN);
	READS_BACK(job_event, job_event_name, job_event_of, JOB_EVENTS, JOB_EVENT_UNKNOWN);
	READS_BACK(vm_state, vm_state_name, vm_state_of, VM_STATES, VM_UNKNOWN);
	READS_BACK(vm_event, vm_event_name, vm_event_of, VM_EVENTS, VM_EVENT_OTHER);
	READS_BACK(workload_state, workload_state_name, workload_state_of, WORKLOAD_STATES,
		WORKLOAD_UNKNOWN);
	READS_BACK(workload_event, workload_event_name, workload_event_of, WORKLOAD_EVENTS,
		WORKLOAD_EVENT_UNKNOWN);
	READS_BACK(session_event_kind, session_event_name, session_event_of, SESSION_EVENTS,
		SESSION_EVENT_UNKNOWN);
	READS_BACK(sighting_kind, sighting_name, sighting_of, SIGHTINGS, SIGHTING_UNKNOWN);
	READS_BACK(neighbour_state, neighbour_state_name, neighbour_state_of, NEIGHBOUR_STATES,
		NEIGHBOUR_UNKNOWN);
	READS_BACK(forwarding_event, forwarding_event_name, forwarding_event_of, FORWARDING_EVENTS,
		FORWARDING_UNKNOWN);
	READS_BACK(folder_state, folder_state_name, folder_state_of, FOLDER_STATES, FOLDER_UNKNOWN);
	READS_BACK(step_kind, step_name, step_of, STEP_KINDS, STEP_UNKNOWN);
	READS_BACK(step_event, step_event_name, step_event_of, STEP_EVENTS, STEP_EVENT_UNKNOWN);
	READS_BACK(mark_event, mark_event_name, mark_event_of, MARK_EVENTS, MARK_UNKNOWN);
	READS_BACK(
		clock_reading, clock_reading_name, clock_reading_of, CLOCK_READINGS, CLOCK_AFTER);
	READS_BACK(try_outcome, try_outcome_name, try_outcome_of, TRY_OUTCOMES, TRY_UNKNOWN);
	READS_BACK(target_role, target_role_name, target_role_of, TARGET_ROLES, ROLE_VM);
	CU_ASSERT_STRING_EQUAL(yes_no(true), "yes");
	CU_ASSERT_STRING_EQUAL(yes_no(false), "no");
}

TEST_SUITE(vocabulary, {"kinds", test_kinds}, {"states", test_states})
