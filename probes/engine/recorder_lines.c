/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes each record as a fact line (docs/facts.md). */
#include "probes/engine/internal.h"

#include <arpa/inet.h>
#include <string.h>

void recorder_declare(const struct probe_config *config, const char *kind)
{
	int64_t now = config->clock->mono_ns(config->clock);

	for (size_t i = 0; i < config->target_count; i++) {
		const struct probe_target *target = &config->targets[i];
		char subject[16];

		snprintf(subject, sizeof(subject), "%u", target->number);
		FACT(config->log, now, FACT_TARGET, subject, FS(FIELD_NAME, target->name),
			FS(FIELD_ADDRESS, target->address),
			FS(FIELD_ROLE, target_role_name(target->control ? ROLE_CONTROL : ROLE_VM)),
			FS(FIELD_KIND, kind), FS(FIELD_PROBE, config->name),
			FS(FIELD_STATION, config->station), FI(FIELD_INTERVAL, config->interval_ns),
			FI(FIELD_TIMEOUT, config->timeout_ns));
	}
}

static void write_answer(struct recorder *recorder, const struct record *r)
{
	struct fact_field fields[] = {FI(FIELD_SENT, r->sent_ns), FI(FIELD_SEQ, r->seq),
		FI(FIELD_REPORTED, r->reported_ns)};

	fact_write(recorder->config->log, r->ns, FACT_ANSWER, recorder->targets[r->target].subject,
		fields, r->reported_ns == NS_NONE ? 2 : 3);
}

static void write_unanswered(struct recorder *recorder, const struct record *r)
{
	char from[INET6_ADDRSTRLEN] = "", icmp[16];
	struct fact_field fields[5] = {FI(FIELD_SENT, r->sent_ns), FI(FIELD_SEQ, r->seq)};
	size_t count = 2;

	if (r->from_family) {
		inet_ntop(r->from_family, r->from, from, sizeof(from));
		snprintf(icmp, sizeof(icmp), "%u/%u", r->icmp_type, r->icmp_code);
		fields[count++] = (struct fact_field)FS(FIELD_ICMP, icmp);
		fields[count++] = (struct fact_field)FS(FIELD_FROM, from);
	}
	if (r->error)
		fields[count++] = (struct fact_field)FI(FIELD_ERRNO, r->error);
	fact_write(recorder->config->log, r->ns, FACT_UNANSWERED,
		recorder->targets[r->target].subject, fields, count);
}

static void write_session(struct recorder *recorder, const struct record *r)
{
	struct fact_field fields[2] = {FS(FIELD_WHAT, session_event_name(r->what))};
	size_t count = 1;

	if (r->error)
		fields[count++] = (struct fact_field)FI(FIELD_ERRNO, r->error);
	else if (r->what == SESSION_EVENT_STATE)
		fields[count++] = (struct fact_field)FB(FIELD_KEPT, r->kept);
	fact_write(recorder->config->log, r->ns, FACT_SESSION, recorder->targets[r->target].subject,
		fields, count);
}

void record_write(struct recorder *recorder, const struct record *r)
{
	struct fact_log *log = recorder->config->log;

	switch ((enum record_kind)r->kind) {
	case RECORD_ANSWER:
		write_answer(recorder, r);
		break;
	case RECORD_UNANSWERED:
		write_unanswered(recorder, r);
		break;
	case RECORD_DUPLICATE:
		FACT(log, r->ns, FACT_DUPLICATE, recorder->targets[r->target].subject,
			FI(FIELD_SEQ, r->seq));
		break;
	case RECORD_LATE_TICK:
		FACT(log, r->ns, FACT_LATE_TICK, "-", FI(FIELD_FROM, r->sent_ns),
			FI(FIELD_LATE, r->seq));
		break;
	case RECORD_DROPS:
		FACT(log, r->ns, FACT_DROPS, "-", FI(FIELD_FROM, r->sent_ns),
			FI(FIELD_COUNT, r->seq));
		break;
	case RECORD_SESSION:
		write_session(recorder, r);
		break;
	case RECORD_UNSENT:
		FACT(log, r->ns, FACT_UNSENT, "-", FI(FIELD_FROM, r->sent_ns),
			FI(FIELD_COUNT, r->seq), FI(FIELD_ERRNO, r->error));
		break;
	case RECORD_PACE:
		FACT(log, r->ns, FACT_PACE, recorder->targets[r->target].subject,
			FI(FIELD_INTERVAL, r->seq));
		break;
	case RECORD_PACE_REFUSED:
		FACT(log, r->ns, FACT_PACE, "-", FI(FIELD_FROM, r->sent_ns),
			FI(FIELD_REFUSED, r->seq));
		break;
	}
}

void record_write_summary(
	struct recorder *recorder, const struct recorder_target *target, int64_t now)
{
	struct fact_field fields[7] = {FI(FIELD_SENT, target->sent),
		FI(FIELD_ANSWERED, target->answered), FI(FIELD_LATE, target->late),
		FI(FIELD_FOREIGN, target->foreign)};
	const struct lateness *lateness = target->lateness;

	if (lateness) {
		fields[4] = (struct fact_field)FI(FIELD_LATE_1MS, atomic_load(&lateness->over_1ms));
		fields[5] =
			(struct fact_field)FI(FIELD_LATE_10MS, atomic_load(&lateness->over_10ms));
		fields[6] =
			(struct fact_field)FI(FIELD_LATE_100MS, atomic_load(&lateness->over_100ms));
	}
	fact_write(recorder->config->log, now, FACT_SUMMARY, target->subject, fields,
		lateness ? 7 : 4);
}
