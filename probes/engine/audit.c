/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How late an engine was, and why: see audit.h. */
#include "probes/engine/audit.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#define SAMPLE_NS NS_PER_S
#define TICKS_NS (60 * NS_PER_S)

void audit_register_thread(struct audit *audit)
{
	atomic_store(&audit->thread, gettid());
}

/* Steal time of all processors since boot; 0: unknown. */
static int64_t read_steal(void)
{
	int64_t ticks = 0, per_second = sysconf(_SC_CLK_TCK);
	FILE *f = fopen("/proc/stat", "re");

	if (!f)
		return 0;
	if (fscanf(f, "cpu %*s %*s %*s %*s %*s %*s %*s %" SCNd64, &ticks) != 1)
		ticks = 0;
	fclose(f);
	return per_second > 0 ? ticks * (NS_PER_S / per_second) : 0;
}

/* How often a thread was preempted; 0: unknown. */
static int64_t read_switches(int thread)
{
	char path[64], line[128];
	int64_t switches = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/task/%d/status", thread);
	f = fopen(path, "re");
	if (!f)
		return 0;
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "nonvoluntary_ctxt_switches: %" SCNd64, &switches) == 1)
			break;
	fclose(f);
	return switches;
}

static void write_ticks(struct audit *audit, struct fact_log *log, int64_t now_ns)
{
	char keys[LATE_BUCKETS][24];
	struct fact_field fields[LATE_BUCKETS + 2] = {
		FI(FIELD_FROM, audit->from_ns), FI(FIELD_WORST, audit->worst_ns)};
	size_t count = 2;

	for (size_t i = 0; i < LATE_BUCKETS; i++) {
		uint64_t n = atomic_load_explicit(&audit->ticks.buckets[i], memory_order_relaxed);

		if (n == audit->written[i])
			continue;
		if (i < LATE_BUCKETS - 1)
			snprintf(keys[i], sizeof(keys[i]), FIELD_UNDER_US, 1UL << i);
		else
			snprintf(keys[i], sizeof(keys[i]), FIELD_OVER);
		fields[count++] = (struct fact_field)FI(keys[i], n - audit->written[i]);
		audit->written[i] = n;
	}
	if (count > 2)
		fact_write(log, now_ns, FACT_TICKS, "-", fields, count);
	audit->from_ns = now_ns;
	audit->worst_ns = 0;
}

void audit_sample(struct audit *audit, struct fact_log *log, int64_t now_ns)
{
	int thread = atomic_load(&audit->thread);
	int64_t steal_ns, switches, worst_ns, from_ns = audit->sampled_ns;

	if (!thread || (from_ns && now_ns - from_ns < SAMPLE_NS))
		return;
	steal_ns = read_steal();
	switches = read_switches(thread);
	worst_ns = atomic_exchange(&audit->ticks.worst_ns, 0);
	if (worst_ns > audit->worst_ns)
		audit->worst_ns = worst_ns;
	if (!from_ns)
		audit->from_ns = now_ns;
	else if (steal_ns > audit->steal_ns || switches > audit->switches)
		FACT(log, now_ns, FACT_STOLEN, "-", FI(FIELD_FROM, from_ns),
			FI(FIELD_STEAL, steal_ns - audit->steal_ns),
			FI(FIELD_SWITCHES, switches - audit->switches), FI(FIELD_LATE, worst_ns));
	audit->steal_ns = steal_ns;
	audit->switches = switches;
	audit->sampled_ns = now_ns;
	if (now_ns - audit->from_ns >= TICKS_NS)
		write_ticks(audit, log, now_ns);
}

void audit_finish(struct audit *audit, struct fact_log *log, int64_t now_ns)
{
	int64_t worst_ns = atomic_exchange(&audit->ticks.worst_ns, 0);

	if (worst_ns > audit->worst_ns)
		audit->worst_ns = worst_ns;
	write_ticks(audit, log, now_ns);
}
