/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Carries out a calibration: starts a responder and a station per row, waits, and ends them. All of
 * them are child processes that the kernel kills when this process ends, so nothing is left behind.
 */
#include "tools/calibrate/calibrate.h"

#include "harness/facts/folder.h"
#include "harness/station/station.h"
#include "tools/calibrate/responder_process.h"
#include "tools/calibrate/outage_script.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/sysinfo.h>
#include <sys/wait.h>
#include <unistd.h>

#define EVENTS_MAX 2048
/* Before the first outage: the baseline of round trips is measured here. */
#define QUIET_BEFORE_NS (3 * NS_PER_S)
/* After the last outage: every pending time-out runs out here. */
#define QUIET_AFTER_NS (3 * NS_PER_S)
/* Between two outages: long enough that the one-second ping gets an answer. */
#define QUIET_BURST_NS (300 * NS_PER_MS)
#define QUIET_PING_NS (2300 * NS_PER_MS)
#define BURST_TIMEOUT_NS (50 * NS_PER_MS)
#define PING_TIMEOUT_NS (950 * NS_PER_MS)
#define BUSY_MAX 256

/* The responder and the station of a row while it is probed. */
struct live_row {
	struct responder_process process;
	struct station *station;
	struct station_probe probe;
	struct probe_target target;
};

static const int end_signals[] = {SIGINT, SIGTERM, SIGHUP};
static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
	(void)number;
	interrupted = 1;
}

static void catch_signals(struct sigaction before[static ARRAY_SIZE(end_signals)])
{
	struct sigaction action = {.sa_handler = on_signal};

	interrupted = 0;
	for (size_t i = 0; i < ARRAY_SIZE(end_signals); i++)
		sigaction(end_signals[i], &action, &before[i]);
}

static void restore_signals(const struct sigaction before[static ARRAY_SIZE(end_signals)])
{
	for (size_t i = 0; i < ARRAY_SIZE(end_signals); i++)
		sigaction(end_signals[i], &before[i], NULL);
}

/* Starts one busy child process per core, at ordinary priority. */
static size_t start_load(pid_t *busy)
{
	size_t count = (size_t)get_nprocs();
	pid_t parent = getpid();

	count = size_min(count, BUSY_MAX);
	for (size_t i = 0; i < count; i++) {
		busy[i] = fork();
		if (busy[i])
			continue;
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		signal(SIGINT, SIG_DFL);
		while (getppid() == parent)
			for (volatile unsigned k = 0; k < 1000000; k++)
				;
		_exit(0);
	}
	return count;
}

static void end_load(const pid_t *busy, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (busy[i] > 0) {
			kill(busy[i], SIGKILL);
			while (waitpid(busy[i], NULL, 0) < 0 && errno == EINTR)
				;
		}
}

static int start_responder(struct live_row *live, const struct calibrate_row *row, size_t index,
	const struct calibrate_options *options, int64_t start_ns, struct err *e)
{
	struct outage_script script = {
		.seed = options->seed + index,
		.begin_ns = start_ns + QUIET_BEFORE_NS,
		.end_ns = start_ns + QUIET_BEFORE_NS + options->length_ns,
		.quiet_ns = calibrate_row_is_ping(row) ? QUIET_PING_NS : QUIET_BURST_NS,
	};
	struct responder_event *events = calloc(EVENTS_MAX, sizeof(*events));
	size_t count;
	int rc;

	if (!events)
		return err_set(e, "out of memory");
	count = outage_script_make(&script, events, EVENTS_MAX);
	rc = responder_process_start(&live->process, row->name, options->dir, events, count,
		script.end_ns + QUIET_AFTER_NS, e);
	free(events);
	return rc;
}

static int open_station(struct live_row *live, const struct calibrate_row *row,
	const struct calibrate_options *options, struct err *e)
{
	bool ping = calibrate_row_is_ping(row);
	struct probe_config *config = &live->probe.config;

	live->probe.ops = ping ? options->ping : options->burst;
	live->target = (struct probe_target){.name = "responder", .address = RESPONDER_ADDRESS};
	config->dir = options->dir;
	config->interval_ns = row->interval_ns;
	config->fine_interval_ns = row->fine_interval_ns;
	config->timeout_ns = ping ? PING_TIMEOUT_NS : ns_max(row->interval_ns, BURST_TIMEOUT_NS);
	config->targets = &live->target;
	config->target_count = 1;
	snprintf(config->name, sizeof(config->name), "%s", probe_kind(live->probe.ops));
	return station_open(&live->station, row->name, live->process.netns, options->dir,
		&live->probe, 1, &clock_system, false, e);
}

static void show_progress(
	const struct calibrate_options *options, int64_t done_ns, int64_t whole_ns)
{
	if (options->progress)
		fprintf(options->progress, "\rcalibrating: %" PRId64 " of %" PRId64 " s ",
			done_ns / NS_PER_S, whole_ns / NS_PER_S);
}

/* Waits until the calibration's time is over or a signal arrives. -1: a station failed. */
static int wait_until_done(struct live_row *live, size_t count,
	const struct calibrate_options *options, int64_t start_ns, struct err *e)
{
	int64_t whole_ns = QUIET_BEFORE_NS + options->length_ns + QUIET_AFTER_NS / 2, now;

	while ((now = clock_mono_ns()) < start_ns + whole_ns && !interrupted) {
		clock_system.sleep_until(&clock_system, now + 250 * NS_PER_MS);
		for (size_t i = 0; i < count; i++)
			if (station_live(live[i].station, live[i].probe.config.name, NULL, 0, e) <
				0)
				return -1;
		show_progress(options, now - start_ns, whole_ns);
	}
	if (options->progress)
		fputs("\r                              \r", options->progress);
	return 0;
}

static int probe_all(struct live_row *live, const struct calibrate_row *rows, size_t count,
	const struct calibrate_options *options, struct err *e)
{
	int64_t start_ns = clock_mono_ns();

	for (size_t i = 0; i < count; i++)
		if (start_responder(&live[i], &rows[i], i, options, start_ns, e))
			return -1;
	for (size_t i = 0; i < count; i++)
		if (open_station(&live[i], &rows[i], options, e))
			return -1;
	for (size_t i = 0; i < count; i++)
		if (station_start(live[i].station, e))
			return -1;
	return wait_until_done(live, count, options, start_ns, e);
}

/* Stops the stations first: a probe would record the end of its responder as a silence. */
static int close_all(struct live_row *live, size_t count, bool now, struct err *e)
{
	struct err own = {0};
	int rc = 0;

	for (size_t i = 0; i < count; i++)
		if (station_close(live[i].station, now ? "interrupted" : "done", &own) && !rc++)
			*e = own;
	for (size_t i = 0; i < count; i++)
		if (responder_process_stop(&live[i].process, now || rc, &own) && !rc++)
			*e = own;
	return rc ? -1 : 0;
}

enum status calibrate_execute(struct calibrate_row *rows, size_t count,
	const struct calibrate_options *options, struct err *e)
{
	struct live_row *live = calloc(count + 1, sizeof(*live));
	struct sigaction before[ARRAY_SIZE(end_signals)];
	struct fact_log *log = NULL;
	struct err ignored = {0};
	pid_t busy[BUSY_MAX];
	size_t busy_count = 0;
	enum status status;
	int rc = -1;

	if (!live) {
		err_set(e, "out of memory");
		return STATUS_SETUP;
	}
	catch_signals(before);
	status = folder_make(NULL, options->dir, e);
	if (status == STATUS_PASS &&
		folder_begin_standalone(&log, options->dir, "calibrate", NS_NONE, e) == 0) {
		if (options->load)
			busy_count = start_load(busy);
		rc = probe_all(live, rows, count, options, e);
		if (close_all(live, count, rc || interrupted, rc ? &ignored : e))
			rc = -1;
		end_load(busy, busy_count);
		folder_close(log, &clock_system,
			interrupted ? STATUS_INTERRUPTED
			: rc        ? STATUS_BROKE_OFF
				    : STATUS_PASS);
		if (fact_log_close(log, "done", rc ? &ignored : e))
			rc = -1;
	}
	restore_signals(before);
	free(live);
	if (interrupted)
		return STATUS_INTERRUPTED;
	return status != STATUS_PASS ? status : rc ? err_status(e, STATUS_SETUP) : STATUS_PASS;
}
