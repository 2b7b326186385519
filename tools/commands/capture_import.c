/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Writes a capture's echo requests and answers as facts: see capture_import.h. Time comes from the
 * capture alone: its first frame is at one second of the facts' time.
 */
#include "tools/commands/capture_import.h"

#include "harness/facts/format.h"
#include "harness/packet/pcap_file.h"
#include "probes/engine/frame_sender.h"
#include "tools/commands/flow_facts.h"

#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define SOURCE "capture-frames"
#define STATION "capture"
#define PROBE "frames"
#define FORMAT_TEXT FOLDER_FORMAT "\n"
/* A flow with fewer requests than this is left out. */
#define REQUESTS_MIN 3
/* Answers in one span: at most 1,000; with many flows fewer, so that all need at most 32 MB. */
#define SPAN_ANSWERS_MAX 1000
#define SPAN_ANSWERS_MIN 100
#define SPAN_BYTES_MAX ((size_t)32 << 20)
/* Maximum number of targets that a message lists. */
#define LISTED_MAX 5
/* If a capture lost a frame, it may have lost others within this time and this many steps of it. */
#define LOSS_AROUND_NS NS_PER_S
#define LOSS_AROUND_STEPS 20

struct analysis {
	const char *path;
	const struct analyse_options *options;
	struct flows flows;
	struct flow_facts *facts; /* one per flow */
	uint64_t frames, replies, announcements, others, unsorted;
	int64_t unsorted_max_ns;
	size_t short_flows;        /* flows with too few requests */
	int64_t first_ns, last_ns; /* UTC, of all frames */
	int64_t now_ns;            /* UTC, of the current frame */
	/* The current stretch in which the capture lost frames; written when it is over. */
	uint64_t lost_frames;
	int64_t loss_from_ns, loss_to_ns, loss_around_ns;
	int64_t slowest_ns; /* the longest interval of a flow */
	struct clock clock;
	struct fact_log *log;
};

static const struct analysis *analysis_of(const struct clock *clock)
{
	return clock->ctx;
}

static int64_t capture_mono_ns(const struct clock *clock)
{
	const struct analysis *a = analysis_of(clock);

	return a->now_ns - a->first_ns + NS_PER_S;
}

static int64_t capture_utc_ns(const struct clock *clock)
{
	return analysis_of(clock)->now_ns;
}

static bool capture_sleep(const struct clock *clock, int64_t mono_ns)
{
	(void)clock;
	(void)mono_ns;
	return true;
}

/* UTC of the facts' time 0. */
static int64_t base_ns(const struct analysis *a)
{
	return a->first_ns - NS_PER_S;
}

/*
 * Writes a step of the capture's clock, which was set back at at_ns; how much time passed is
 * unknown. Frames between the step and the next request carry stamps from before the step.
 */
static void write_step(const struct analysis *a, int64_t at_ns, int64_t back_ns)
{
	int64_t from_ns = at_ns - back_ns - a->slowest_ns;

	FACT(a->log, at_ns - base_ns(a), FACT_CLOCK_STEP, "-",
		FI(FIELD_FROM, ns_max(from_ns, a->first_ns) - base_ns(a)),
		FS(FIELD_MISSING, TIME_UNKNOWN));
}

/* Calls `take` for each frame until it returns non-zero, and returns that. */
static int each_frame(struct analysis *a, int (*take)(struct analysis *, const struct frame *),
	char *damage, size_t damage_size, struct err *e)
{
	struct pcap_file *file;
	struct frame frame;
	int64_t step_ns, back_ns;
	int rc = 0;

	if (pcap_file_open(&file, a->path, e))
		return -1;
	while (!rc && pcap_file_next(file, &frame, &a->now_ns)) {
		while (a->log && pcap_file_take_step(file, &step_ns, &back_ns)) {
			write_step(a, step_ns, back_ns);
			flows_note_step(&a->flows, step_ns, back_ns);
		}
		rc = take(a, &frame);
	}
	a->frames = pcap_file_frames(file);
	a->unsorted = pcap_file_unsorted(file, &a->unsorted_max_ns);
	snprintf(damage, damage_size, "%s", pcap_file_damage(file));
	pcap_file_close(file);
	if (rc && !*e->text)
		err_set(e, "%s: out of memory", a->path);
	return rc;
}

static int survey(struct analysis *a, const struct frame *frame)
{
	if (a->first_ns == NS_NONE || a->now_ns < a->first_ns)
		a->first_ns = a->now_ns;
	if (a->now_ns > a->last_ns)
		a->last_ns = a->now_ns;
	a->replies += frame->what == FRAME_REPLY;
	a->announcements += frame_announces(frame->what) != SIGHTING_FRAME;
	a->others += frame->what == FRAME_OTHER;
	return flows_survey(&a->flows, frame, a->now_ns);
}

static int ignore_outcome(void *ctx, const struct flow_outcome *o)
{
	(void)ctx;
	(void)o;
	return 0;
}

static int match_only(struct analysis *a, const struct frame *frame)
{
	return flows_match(&a->flows, frame, a->now_ns, ignore_outcome, NULL);
}

static int survey_flows(struct analysis *a, const struct frame *frame)
{
	return flows_survey(&a->flows, frame, a->now_ns);
}

/* Finds the requests that reach their target, and surveys only these. */
static int survey_probes(struct analysis *a, char *damage, size_t damage_size, struct err *e)
{
	if (flows_build(&a->flows))
		return err_set(e, "%s: out of memory", a->path);
	if (each_frame(a, match_only, damage, damage_size, e))
		return -1;
	flows_end(&a->flows, a->now_ns, ignore_outcome, NULL);
	flows_survey_restart(&a->flows);
	return each_frame(a, survey_flows, damage, damage_size, e);
}

static bool is_wanted(const struct analysis *a, const struct flow *flow)
{
	for (size_t i = 0; i < a->options->target_count; i++)
		if (frame_address_same(&flow->target, &a->options->targets[i]))
			return true;
	return a->options->target_count == 0;
}

/* Rounds to two digits: most likely the interval that the prober was given. */
static int64_t rounded(int64_t ns)
{
	int64_t unit = 1;

	while (ns / unit >= 100)
		unit *= 10;
	return (ns + unit / 2) / unit * unit;
}

/* Sets interval, time-out and left_out of each flow. Returns how many are not left out. */
static size_t choose_flows(struct analysis *a)
{
	size_t chosen = 0;

	for (size_t i = 0; i < a->flows.count; i++) {
		struct flow *flow = &a->flows.flow[i];
		bool too_short = flow->requests < REQUESTS_MIN;

		flow->interval_ns = rounded(flow->interval_ns);
		if (flow->timeout_ns < flow->interval_ns)
			flow->timeout_ns = flow->interval_ns;
		if (a->options->timeout_ns != NS_NONE)
			flow->timeout_ns = a->options->timeout_ns;
		a->short_flows += too_short && is_wanted(a, flow);
		flow->left_out = too_short || !is_wanted(a, flow);
		chosen += !flow->left_out;
	}
	return chosen;
}

/* Lists the first targets of the capture, for a message. */
static void list_targets(const struct analysis *a, char *buf, size_t size)
{
	char text[FRAME_ADDRESS_TEXT_MAX];
	size_t used = 0, n = 0;

	*buf = '\0';
	for (size_t i = 0; i < a->flows.count && used + sizeof(text) + 8 < size; i++) {
		bool again = false;

		for (size_t k = 0; k < i && !again; k++)
			again = frame_address_same(
				&a->flows.flow[k].target, &a->flows.flow[i].target);
		if (again)
			continue;
		if (n++ == LISTED_MAX) {
			snprintf(buf + used, size - used, " …");
			return;
		}
		used += (size_t)snprintf(buf + used, size - used, "%s%s", n > 1 ? ", " : "",
			frame_address_text(&a->flows.flow[i].target, text));
	}
}

static int nothing_chosen(const struct analysis *a, struct err *e)
{
	char listed[512];

	if (!a->flows.count)
		return err_set(e,
			"%s: no echo request in %" PRIu64 " frames (%" PRIu64
			" answers without their "
			"requests, %" PRIu64 " announcements, %" PRIu64 " others): it has no ping",
			a->path, a->frames, a->replies, a->announcements, a->others);
	list_targets(a, listed, sizeof(listed));
	if (a->short_flows)
		return err_set(e,
			"%s: fewer than %d echo requests to each of %s: too few to analyse",
			a->path, REQUESTS_MIN, listed);
	return err_set(e, "%s: no echo request to a target that was given; there are some to %s",
		a->path, listed);
}

/* A flow's name: the target's address; if several flows share it, also identifier and prober. */
static void name_flow(const struct analysis *a, const struct flow *flow, char *name, size_t size)
{
	char target[FRAME_ADDRESS_TEXT_MAX], prober[FRAME_ADDRESS_TEXT_MAX];
	bool alone = true, one_prober = true;

	frame_address_text(&flow->target, target);
	frame_address_text(&flow->prober, prober);
	for (size_t i = 0; i < a->flows.count; i++) {
		const struct flow *other = &a->flows.flow[i];

		if (other == flow || other->left_out ||
			!frame_address_same(&other->target, &flow->target))
			continue;
		alone = false;
		one_prober &= frame_address_same(&other->prober, &flow->prober);
	}
	if (alone)
		snprintf(name, size, "%s", target);
	else
		snprintf(name, size, "%s id %u%s%s%s", target, flow->ident,
			flow->many_idents ? " and others" : "", one_prober ? "" : " from ",
			one_prober ? "" : prober);
}

static int declare_flows(struct analysis *a, size_t chosen, struct err *e)
{
	size_t trips_max = SPAN_BYTES_MAX / (chosen * sizeof(double));

	trips_max = size_min(size_max(trips_max, SPAN_ANSWERS_MIN), SPAN_ANSWERS_MAX);
	a->facts = calloc(a->flows.count, sizeof(*a->facts));
	if (!a->facts)
		return err_set(e, "%s: out of memory", a->path);
	for (size_t i = 0; i < a->flows.count; i++) {
		const struct flow *flow = &a->flows.flow[i];
		char name[128], address[FRAME_ADDRESS_TEXT_MAX];

		if (flow->left_out)
			continue;
		if (flow_facts_init(
			    &a->facts[i], a->log, (unsigned)i + 1, flow, base_ns(a), trips_max))
			return err_set(e, "%s: out of memory", a->path);
		name_flow(a, flow, name, sizeof(name));
		FACT(a->log, NS_PER_S, FACT_TARGET, a->facts[i].subject, FS(FIELD_NAME, name),
			FS(FIELD_ADDRESS, frame_address_text(&flow->target, address)),
			FS(FIELD_ROLE, target_role_name(ROLE_VM)), FS(FIELD_KIND, PROBE),
			FS(FIELD_PROBE, PROBE), FS(FIELD_STATION, STATION),
			FI(FIELD_INTERVAL, flow->interval_ns), FI(FIELD_TIMEOUT, flow->timeout_ns),
			FI(FIELD_PACE, flow->pace_quartile_ns));
	}
	return 0;
}

static void write_loss(struct analysis *a)
{
	if (a->loss_from_ns != NS_NONE)
		FACT(a->log, a->loss_to_ns - base_ns(a), FACT_DROPS, "-",
			FI(FIELD_FROM, a->loss_from_ns - base_ns(a)),
			FI(FIELD_COUNT, a->lost_frames));
	a->loss_from_ns = NS_NONE;
	a->lost_frames = 0;
}

/* The capture lost frames at about that moment: it has an answer without its request. */
static void take_loss(struct analysis *a, int64_t at_ns)
{
	int64_t from_ns = at_ns - a->loss_around_ns, to_ns = at_ns + a->loss_around_ns;

	if (a->loss_from_ns != NS_NONE && from_ns > a->loss_to_ns)
		write_loss(a);
	if (a->loss_from_ns == NS_NONE)
		a->loss_from_ns = ns_max(from_ns, a->first_ns);
	a->loss_to_ns = ns_min(to_ns, a->last_ns);
	a->lost_frames++;
}

static int take_outcome(void *ctx, const struct flow_outcome *o)
{
	struct analysis *a = ctx;

	if (o->what != FLOW_STRAY)
		return flow_facts_take(&a->facts[o->flow], o, a->flows.flow[o->flow].timeout_ns);
	take_loss(a, o->arrival_ns);
	return 0;
}

/* Writes an announcement for the first flow whose target it announces. */
static void announce(const struct analysis *a, const struct frame *frame)
{
	char mac[FRAME_MAC_TEXT_MAX] = "";

	if (frame->has_mac)
		frame_mac_text(frame->mac, mac);
	for (size_t i = 0; i < a->flows.count; i++) {
		const struct flow *flow = &a->flows.flow[i];
		bool same = frame->what == FRAME_RARP
				    ? flow->has_mac &&
					      memcmp(flow->mac, frame->mac, FRAME_MAC_BYTES) == 0
				    : frame_address_same(&flow->target, &frame->from);

		if (flow->left_out || !same)
			continue;
		FACT(a->log, a->now_ns - base_ns(a), FACT_ANNOUNCE, a->facts[i].subject,
			FI(FIELD_AT, a->now_ns), FS(FIELD_CLOCK, STAMPS_UTC),
			FS(FIELD_WHAT, sighting_name(frame_announces(frame->what))),
			FS(FIELD_MAC, mac));
		return;
	}
}

static int match(struct analysis *a, const struct frame *frame)
{
	if (frame_announces(frame->what) != SIGHTING_FRAME)
		announce(a, frame);
	else if (flows_match(&a->flows, frame, a->now_ns, take_outcome, a))
		return -1;
	return fact_log_tick(a->log);
}

static void note(struct analysis *a, const char *fmt, ...) PRINTF_LIKE(2, 3);

static void note(struct analysis *a, const char *fmt, ...)
{
	char text[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	FACT(a->log, capture_mono_ns(&a->clock), FACT_NOTE, "-", FS(FIELD_TEXT, text));
}

static void write_notes(struct analysis *a, const char *damage)
{
	uint64_t duplicates = 0;

	for (size_t i = 0; i < a->flows.count; i++)
		duplicates += a->facts[i].duplicates;
	if (*damage)
		note(a, "%s: %s", a->path, damage);
	if (a->short_flows)
		note(a, "%s: %zu flows of fewer than %d requests, left out", a->path,
			a->short_flows, REQUESTS_MIN);
	if (a->flows.foreign)
		note(a, "%s: %" PRIu64 " answers without a request in it", a->path,
			a->flows.foreign);
	if (a->unsorted)
		note(a,
			"%s: %" PRIu64 " frames were out of order in time, by up to %.3f ms; they "
			"were sorted",
			a->path, a->unsorted, (double)a->unsorted_max_ns / 1e6);
	if (a->flows.short_lived)
		note(a,
			"%s: %" PRIu64 " requests with too small a TTL to reach their target "
			"(traceroute?), left out",
			a->path, a->flows.short_lived);
	if (a->flows.doubled)
		note(a,
			"%s: %" PRIu64
			" requests twice (a mirror port that shows both directions?); "
			"the first stamp counts",
			a->path, a->flows.doubled);
	if (duplicates)
		note(a, "%s: %" PRIu64 " answers more than once", a->path, duplicates);
	if (a->flows.too_many)
		note(a, "%s: %" PRIu64 " requests of more than %d flows, left out", a->path,
			a->flows.too_many, FLOWS_MAX);
}

/* The last pass over the capture: writes the facts of all flows. */
static int write_flows(struct analysis *a, size_t chosen, struct err *e)
{
	char damage[512];

	if (declare_flows(a, chosen, e))
		return -1;
	for (size_t i = 0; i < a->flows.count; i++)
		if (!a->flows.flow[i].left_out && a->flows.flow[i].interval_ns > a->slowest_ns)
			a->slowest_ns = a->flows.flow[i].interval_ns;
	a->loss_from_ns = NS_NONE;
	a->loss_around_ns = LOSS_AROUND_NS + LOSS_AROUND_STEPS * a->slowest_ns;
	if (each_frame(a, match, damage, sizeof(damage), e))
		return -1;
	a->now_ns = a->last_ns;
	flows_end(&a->flows, a->now_ns, take_outcome, a);
	for (size_t i = 0; i < a->flows.count; i++)
		if (!a->flows.flow[i].left_out)
			flow_facts_finish(&a->facts[i], a->now_ns);
	write_loss(a);
	write_notes(a, damage);
	/* `dropped` is empty: libpcap does not read that number from a file. */
	FACT(a->log, capture_mono_ns(&a->clock), FACT_PCAP, "-", FS(FIELD_FILE, a->path),
		FI(FIELD_RECEIVED, a->frames), FS(FIELD_DROPPED, ""));
	return 0;
}

/* Writes facts/watch.tsv, which makes this a standalone folder, and the folder's format. */
static int write_watch(struct analysis *a, const char *dir, struct err *e)
{
	struct fact_field bound = FS(FIELD_BOUND, BOUND_NONE);
	struct fact_field fields[2];
	struct fact_log *log;
	char path[PATH_MAX];

	if (a->options->bound_ns != NS_NONE)
		bound = (struct fact_field)FI(FIELD_BOUND, a->options->bound_ns);
	fields[0] = bound;
	fields[1] = (struct fact_field)FS(FIELD_COMMAND, "analyse");
	a->now_ns = a->first_ns;
	if (fact_log_open(&log, dir, "watch", &a->clock, e))
		return -1;
	fact_write(log, NS_PER_S, FACT_WATCH, "-", fields, 2);
	a->now_ns = a->last_ns;
	FACT(log, capture_mono_ns(&a->clock), FACT_FOLDER, "-",
		FS(FIELD_STATE, folder_state_name(FOLDER_COMPLETE)));
	if (fact_log_close(log, "done", e) || path_join(path, sizeof(path), dir, "format"))
		return -1;
	return file_write(path, FORMAT_TEXT, strlen(FORMAT_TEXT), e);
}

static int write_facts(struct analysis *a, const char *dir, size_t chosen, struct err *e)
{
	struct err close_error = {0};
	int rc;

	a->now_ns = a->first_ns;
	if (fact_log_open(&a->log, dir, SOURCE, &a->clock, e))
		return -1;
	rc = write_flows(a, chosen, e);
	if (fact_log_close(a->log, rc ? "failed" : "done", &close_error) && !rc) {
		*e = close_error;
		rc = -1;
	}
	return rc ? -1 : write_watch(a, dir, e);
}

int capture_import(
	const char *path, const char *dir, const struct analyse_options *options, struct err *e)
{
	struct analysis a = {.path = path,
		.options = options,
		.first_ns = NS_NONE,
		.clock = {capture_mono_ns, capture_utc_ns, capture_sleep, &a, "capture"}};
	char damage[512];
	size_t chosen;
	int rc = -1;

	if (each_frame(&a, survey, damage, sizeof(damage), e))
		goto out;
	if (flows_ttl_varies(&a.flows) && survey_probes(&a, damage, sizeof(damage), e))
		goto out;
	if (flows_build(&a.flows)) {
		err_set(e, "%s: out of memory", path);
		goto out;
	}
	a.flows.unsorted_max_ns = a.unsorted_max_ns;
	chosen = choose_flows(&a);
	rc = chosen ? write_facts(&a, dir, chosen, e) : nothing_chosen(&a, e);
out:
	for (size_t i = 0; a.facts && i < a.flows.count; i++)
		flow_facts_release(&a.facts[i]);
	free(a.facts);
	flows_release(&a.flows);
	return rc;
}
