/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * `blackout probe`: observes addresses without any migration. One station with one burst probe
 * writes a standalone folder, which is judged at the end like any other.
 */
#include "tools/commands/commands.h"

#include "harness/base/stop.h"
#include "harness/facts/environment.h"
#include "harness/facts/folder.h"
#include "harness/station/station.h"
#include "tools/commands/probe_targets.h"
#include "tools/commands/probe_view.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STATION "local"
#define PROBE "echo"
#define PUMP_NS (100 * NS_PER_MS)
#define INTERVAL_MIN_NS (100 * NS_PER_US)
#define INTERVAL_MAX_NS (60 * NS_PER_S)
#define TIMEOUT_MIN_NS (50 * NS_PER_MS)
#define TIMEOUT_MAX_NS NS_PER_S
/* Default limit without -i: probes per second to all targets together. */
#define POLITE_RATE 10000
/* Limit of the probe engine, in probes per second. */
#define RATE_MAX 500000

struct arguments {
	int64_t interval_ns, fine_ns, duration_ns, bound_ns; /* NS_NONE: not given */
	const char *dir;
	struct address_list list;
	bool wrong; /* an error was printed; reading goes on to print all of them */
};

/* Reads the time of an option, which must be in [min_ns, max_ns]. */
static int take_time(
	const char *option, const char *text, int64_t min_ns, int64_t max_ns, int64_t *ns)
{
	char min[32], max[32];
	struct err e = {0};

	if (units_parse(UNIT_TIME, text, ns, &e)) {
		fprintf(stderr, "blackout: %s: %s\n", option, e.text);
		return -1;
	}
	if (*ns >= min_ns && *ns <= max_ns)
		return 0;
	units_format(UNIT_TIME, min_ns, min, sizeof(min));
	units_format(UNIT_TIME, max_ns, max, sizeof(max));
	if (max_ns == NS_INF)
		fprintf(stderr, "blackout: %s: '%s' is too short (at least %s)\n", option, text,
			min);
	else
		fprintf(stderr, "blackout: %s: '%s' is not from %s to %s\n", option, text, min,
			max);
	return -1;
}

static int take_interval(void *arguments, const char *option, const char *text, struct err *e)
{
	struct arguments *a = arguments;

	(void)e;
	a->wrong |= take_time(option, text, INTERVAL_MIN_NS, INTERVAL_MAX_NS,
		strcmp(option, "-i") == 0 ? &a->interval_ns : &a->fine_ns);
	return 0;
}

static int take_length(void *arguments, const char *option, const char *text, struct err *e)
{
	struct arguments *a = arguments;

	(void)e;
	a->wrong |= take_time(option, text, 1, NS_INF,
		strcmp(option, "-d") == 0 ? &a->duration_ns : &a->bound_ns);
	return 0;
}

static int take_file(void *arguments, const char *option, const char *text, struct err *e)
{
	struct arguments *a = arguments;

	(void)option, (void)e;
	a->wrong |= addresses_read(&a->list, text, stderr);
	return 0;
}

static int take_control(void *arguments, const char *option, const char *text, struct err *e)
{
	struct arguments *a = arguments;

	(void)option, (void)e;
	a->wrong |= addresses_add(&a->list, text, true);
	return 0;
}

static const struct command_option options[] = {
	{.letter = 'i',
		.argument = "INTERVAL",
		.take = take_interval,
		.help = "time between two probes of a target, 0.1 ms to 60 s (default: 10 ms;\n100 "
			"ms or 1 s where that would be over 10,000 probes a second)"},
	{.name = "fine",
		.argument = "INTERVAL",
		.take = take_interval,
		.help = "the same while answers are missing"},
	{.letter = 'd',
		.argument = "DURATION",
		.take = take_length,
		.help = "end after this time (default: at Ctrl-C)"},
	{.letter = 'o',
		.argument = "DIR",
		.offers = "folder",
		.help = "keep facts and reports in this folder (default: only the summary)",
		.offset = offsetof(struct arguments, dir)},
	{.letter = 'f',
		.argument = "FILE",
		.offers = "file",
		.take = take_file,
		.help = "targets, one address or name per line; # begins a comment"},
	{.name = "bound",
		.argument = "TIME",
		.take = take_length,
		.help = "judge: status 1 if a silence was certainly longer, 3 if it may have been"},
	{.name = "control",
		.argument = "ADDRESS",
		.take = take_control,
		.help = "a host that must never go silent; while it is, the network is at fault"},
};
const struct command_syntax probe_syntax = {
	.name = "probe",
	.summary = "observe addresses: who is out, when, how long (probe --help)",
	.forms = {"[-i] [--fine] [-d] [-o] [-f] [--bound] [--control] [ADDRESS...]"},
	.brief = "[-i] [-d] [-o] [-f] [ADDRESS...]",
	.options = options,
	.option_count = ARRAY_SIZE(options),
	.notes =
		"Times carry a unit: '10 ms', 0.5s, 100us. Several targets may be given.\n"
		"\n"
		"  blackout probe 192.0.2.10                     who is out, until Ctrl-C\n"
		"  blackout probe -i 1ms -d 60s -o out db web    a minute, kept and charted in out/\n"
		"  blackout probe -i 1s -f hosts.txt             a list, gently\n"
		"  blackout probe -i 10ms --fine 0.5ms --bound 3s --control 192.0.2.1 db\n",
};

static int read_arguments(int argc, char **argv, struct arguments *a)
{
	struct err e = {0};
	int rc = options_read(&probe_syntax, argc, argv, a, &e);

	if (rc < 0)
		options_help(&probe_syntax, stderr);
	if (rc)
		return rc;
	for (; optind < argc; optind++)
		a->wrong |= addresses_add(&a->list, argv[optind], false);
	if (!a->wrong && a->fine_ns != NS_NONE && a->interval_ns != NS_NONE &&
		a->fine_ns >= a->interval_ns) {
		fputs("blackout: --fine: is not finer than -i (name a shorter interval)\n", stderr);
		a->wrong = true;
	}
	return a->wrong ? -1 : 0;
}

static int64_t rate_of(int64_t interval_ns, size_t targets)
{
	return (int64_t)targets * NS_PER_S / interval_ns;
}

/*
 * Sets the default interval: the shortest usual one that keeps to POLITE_RATE. Checks -i and
 * --fine.
 */
static int choose_interval(struct arguments *a, size_t targets)
{
	static const int64_t usual[] = {10 * NS_PER_MS, 100 * NS_PER_MS, NS_PER_S};
	char text[32];

	for (size_t i = 0; a->interval_ns == NS_NONE; i++)
		if (i + 1 == ARRAY_SIZE(usual) || rate_of(usual[i], targets) <= POLITE_RATE)
			a->interval_ns = usual[i];
	units_format(UNIT_TIME, a->interval_ns, text, sizeof(text));
	if (rate_of(a->interval_ns, targets) > RATE_MAX) {
		fprintf(stderr,
			"blackout: -i: %zu targets every %s are %" PRId64 " probes a second, more "
			"than %d cannot be sent (a longer interval, or fewer targets)\n",
			targets, text, rate_of(a->interval_ns, targets), RATE_MAX);
		return -1;
	}
	if (a->fine_ns != NS_NONE && a->fine_ns >= a->interval_ns) {
		fprintf(stderr, "blackout: --fine: is not finer than the interval of %s\n", text);
		return -1;
	}
	return 0;
}

/* The state of the command while it observes. */
struct observing {
	const struct arguments *arguments;
	const struct target_list *targets;
	char dir[256];
	bool kept; /* with -o */
	struct fact_log *log;
	struct station_probe probe;
	struct station *station;
	struct probe_live *live;
	struct probe_view *view;
};

/*
 * The time-out: the interval, but at least 50 ms, so that a short interval does not make answers
 * late, and at most 1 s, because a user counts a longer wait as no answer.
 */
static int64_t timeout_of(int64_t interval_ns)
{
	if (interval_ns < TIMEOUT_MIN_NS)
		return TIMEOUT_MIN_NS;
	return ns_min(interval_ns, TIMEOUT_MAX_NS);
}

static enum status make_folder(struct observing *w, struct err *e)
{
	w->kept = w->arguments->dir;
	if (w->kept) {
		snprintf(w->dir, sizeof(w->dir), "%s", w->arguments->dir);
		if (strlen(w->arguments->dir) >= sizeof(w->dir)) {
			err_set(e, "-o: the name is longer than %zu bytes", sizeof(w->dir) - 1);
			return STATUS_USAGE;
		}
	} else if (folder_scratch("probe", w->dir, sizeof(w->dir), e)) {
		return err_status(e, STATUS_SETUP);
	}
	return folder_make(NULL, w->dir, e);
}

static int set_up(struct observing *w, const struct probe_ops *ops, struct err *e)
{
	const struct arguments *a = w->arguments;
	struct probe_config *config = &w->probe.config;

	w->probe.ops = ops;
	snprintf(config->name, sizeof(config->name), PROBE);
	snprintf(config->station, sizeof(config->station), STATION);
	config->dir = w->dir;
	config->interval_ns = a->interval_ns;
	config->timeout_ns = timeout_of(a->interval_ns);
	config->fine_interval_ns = a->fine_ns == NS_NONE ? 0 : a->fine_ns;
	config->targets = w->targets->target;
	config->target_count = w->targets->count;
	w->live = calloc(w->targets->count, sizeof(*w->live));
	w->view = probe_view_new(stdout,
		isatty(STDOUT_FILENO) && getenv("TERM") && strcmp(getenv("TERM"), "dumb") != 0,
		!getenv("NO_COLOR") || !*getenv("NO_COLOR"), w->targets->target, w->targets->count,
		a->interval_ns);
	if (!w->live || !w->view)
		return err_set(e, "out of memory");
	return folder_begin_standalone(&w->log, w->dir, "probe", a->bound_ns, e) ||
			       environment_write(w->dir, e) ||
			       station_open(&w->station, STATION, NULL, w->dir, &w->probe, 1,
				       &clock_system, false, e) ||
			       station_start(w->station, e)
		       ? -1
		       : 0;
}

static void print_begin(const struct observing *w)
{
	char every[32], timeout[32];

	units_format(UNIT_TIME, w->probe.config.interval_ns, every, sizeof(every));
	units_format(UNIT_TIME, w->probe.config.timeout_ns, timeout, sizeof(timeout));
	fprintf(stderr, "probing %zu target%s every %s, time-out %s%s%s\n", w->targets->count,
		w->targets->count == 1 ? "" : "s", every, timeout, w->kept ? "; results: " : "",
		w->kept ? w->dir : "");
	if (w->targets->repeated)
		fprintf(stderr, "%zu address%s given before, and %s probed once\n",
			w->targets->repeated, w->targets->repeated == 1 ? " was" : "es were",
			w->targets->repeated == 1 ? "is" : "are");
	targets_unroutable(w->targets, stderr);
}

/* Observes until the time is over or a stop is requested. -1: the station or the disk failed. */
static int observe_until(struct observing *w, struct err *e)
{
	int64_t begin_ns = clock_mono_ns(), end_ns = INT64_MAX;

	if (w->arguments->duration_ns < INT64_MAX - begin_ns &&
		w->arguments->duration_ns != NS_NONE)
		end_ns = begin_ns + w->arguments->duration_ns;
	for (;;) {
		int64_t now_ns = clock_mono_ns();
		int n = station_live(w->station, PROBE, w->live, w->targets->count, e);

		fact_log_tick(w->log);
		if (n < 0 || fact_log_failed(w->log, e))
			return -1;
		probe_view_take(w->view, w->live, (size_t)n, now_ns, clock_utc_ns());
		if (stop_asked() || now_ns >= end_ns)
			return 0;
		clock_system.sleep_until(&clock_system, ns_min(now_ns + PUMP_NS, end_ns));
	}
}

/* Closes all that is open. Facts that could not be written turn a PASS into BROKE_OFF. */
static enum status take_down(struct observing *w, enum status status, struct err *e)
{
	struct err closing = {0};

	if (station_close(w->station, status == STATUS_PASS ? "done" : e->text, &closing) &&
		status == STATUS_PASS) {
		*e = closing;
		status = err_status(e, STATUS_BROKE_OFF);
	}
	folder_close(w->log, &clock_system, status);
	if (fact_log_close(w->log, status == STATUS_PASS ? "done" : e->text, &closing) &&
		status == STATUS_PASS) {
		*e = closing;
		status = STATUS_BROKE_OFF;
	}
	probe_view_free(w->view);
	free(w->live);
	return status;
}

static enum status observe(struct observing *w, const struct probe_ops *ops)
{
	struct stop_saved before;
	struct err e = {0};
	enum status status = make_folder(w, &e), judged;

	if (status != STATUS_PASS) {
		fprintf(stderr, "blackout: %s\n", e.text);
		return status;
	}
	stop_catch(&before);
	if (set_up(w, ops, &e)) {
		status = err_status(&e, STATUS_SETUP);
	} else {
		print_begin(w);
		if (observe_until(w, &e))
			status = STATUS_BROKE_OFF;
	}
	status = take_down(w, status, &e);
	stop_restore(&before);
	if (status != STATUS_PASS)
		fprintf(stderr, "blackout: %s\n", e.text);
	/* Nothing was observed, so there is nothing to judge. */
	if (status == STATUS_SETUP)
		return status;
	judged = report_folder(w->dir, w->kept ? w->dir : NULL, NULL, stdout);
	if (judged == STATUS_USAGE)
		judged = STATUS_BROKE_OFF;
	if (w->kept)
		fprintf(stderr, "report: %s/report.txt\n", w->dir);
	return status == STATUS_PASS ? judged : status;
}

int cmd_probe(int argc, char **argv, const struct probe_ops *ops)
{
	struct arguments a = {.interval_ns = NS_NONE,
		.fine_ns = NS_NONE,
		.duration_ns = NS_NONE,
		.bound_ns = NS_NONE};
	struct target_list targets = {0};
	struct observing w = {.arguments = &a, .targets = &targets};
	enum status status = STATUS_USAGE;
	int rc = read_arguments(argc, argv, &a);

	if (rc > 0)
		status = STATUS_PASS;
	else if (rc == 0 && targets_resolve(&targets, &a.list, stderr) == 0 &&
		 choose_interval(&a, targets.count) == 0)
		status = observe(&w, ops);
	if (!w.kept)
		folder_remove(w.dir);
	targets_release(&targets);
	addresses_release(&a.list);
	return (int)status;
}
