/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Synthetic results for the tests of the reports: see report_world.h. */
#include "tests/unit/out_folder.h"
#include "tests/unit/report_world.h"

#include "reports/report.h"
#include "reports/text/text.h"
#include "tests/unit/test.h"

#include <dirent.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char plan_text_ini[] =
	"[plan]\ntitle = Live migration of 2, 3 and 4 GB VMs\nrepeat = 5\n"
	"bound = 3 s\nbound.detached = none\n[lab]\nhosts = 2\n"
	"[vm desk]\nmemory = 2 GB, 3 GB, 4 GB\n"
	"session = attached, detached\n"
	"[probe classic]\nkind = ping\n[probe fine]\nkind = burst\n"
	"[probe desk-session]\nkind = session\n"
	"[control switch]\ntarget = lab-switch\n[judge]\nprobe = fine\n";

const char world_environment[] =
	"{\"blackout\":\"0.1.0\",\"machine\":{\"kernel\":\"6.1\",\"memory_bytes\":8589934592},"
	"\"site\":{\"accelerator\":\"tcg\",\"link_bps\":1000000000,\"link_measured_bps\":941000000}"
	","
	"\"balancer\":{\"aggressiveness\":\"high\",\"memory-threshold\":536870912,"
	"\"cpu-threshold\":30}}";

static struct instant at(int64_t ns)
{
	return (struct instant){ns, ns};
}

void world_series(struct series *s, const char *probe, enum probe_kind kind, int64_t interval_ns,
	int64_t trigger_ns, int64_t from_ns, int64_t to_ns)
{
	*s = (struct series){.station = (char *)"local",
		.probe = (char *)probe,
		.target = (char *)"desk",
		.address = (char *)"10.0.0.9",
		.kind = kind,
		.interval_ns = interval_ns,
		.timeout_ns = interval_ns >= S ? 950 * MS : 50 * MS};
	s->count = (size_t)(40 * S / interval_ns);
	s->records = calloc(s->count, sizeof(*s->records));
	for (size_t i = 0; i < s->count; i++) {
		struct probe_record *r = &s->records[i];
		int64_t noise = (int64_t)((i * 7919) % 97) * 1500;

		r->sent_ns = trigger_ns - 5 * S + (int64_t)i * interval_ns;
		r->arrival_ns = r->sent_ns + 180000 + noise;
		if (r->sent_ns > trigger_ns && r->sent_ns < from_ns)
			r->arrival_ns += (int64_t)((i * 31) % 53) * 40000;
		if (r->sent_ns >= from_ns && r->sent_ns < to_ns)
			r->arrival_ns = NS_NONE;
	}
	s->end_ns = trigger_ns + 60 * S;
}

/* When the events of a move happen, and how long nothing is answered. */
struct times {
	int64_t trigger, pause, silence;
};

static struct times times_of(const struct plan_case *c, size_t i)
{
	int64_t trigger = FIRST + 10 * S + (int64_t)i * 60 * S;
	int64_t copy = (int64_t)(i / 10 + 2) * 9300 * MS - 2 * S + (int64_t)(i % 5) * 70 * MS;

	return (struct times){.trigger = trigger,
		.pause = trigger + 300 * MS + copy,
		.silence = c->choice[1] ? (int64_t)(i % 5) * 1700 * MS + 900 * MS : 240 * MS};
}

static void stage_job(struct scene *s, const struct plan_case *c, size_t i, struct times t)
{
	s->job = (struct job){.id = (char *)"1",
		.vm = (char *)"desk",
		.source = (char *)"a",
		.destination = (char *)"b",
		.state = JOB_COMPLETED,
		.requested = at(t.trigger),
		.started = at(t.trigger + 12 * MS),
		.copying = at(t.trigger + 300 * MS),
		.paused = at(t.pause),
		.resumed = at(t.pause + 130 * MS),
		.ended = at(t.pause + 350 * MS),
		.downtime_ns = 128 * MS,
		.setup_ns = 14 * MS};
	s->move = (struct move){.case_name = c->name,
		.run = i % 5 + 1,
		.attempt = 1,
		.move = 1,
		.vm = (char *)"desk",
		.platform = (char *)"libvirt",
		.source = (char *)"a",
		.destination = (char *)"b",
		.begin_ns = t.trigger - 6 * S,
		.baseline_ns = t.trigger - 5 * S,
		.window_begin_ns = t.trigger,
		.trigger_ns = t.trigger,
		.window_end_ns = t.pause + t.silence + 3 * S,
		.end_ns = t.pause + t.silence + 4 * S,
		.job = &s->job,
		.integrity_checked = true,
		.integrity_ok = true};
}

static void stage_probes(struct scene *s, struct times t)
{
	world_series(
		&s->fine, "fine", PROBE_BURST, 10 * MS, t.trigger, t.pause, t.pause + t.silence);
	world_series(
		&s->classic, "classic", PROBE_PING, S, t.trigger, t.pause, t.pause + t.silence);
	world_series(&s->session, "desk-session", PROBE_SESSION, 250 * MS, t.trigger, t.pause,
		t.pause + t.silence);
	s->gap = (struct gap){.a_ns = t.pause - 10 * MS,
		.l1_ns = t.pause,
		.ln_ns = t.pause + t.silence - 10 * MS,
		.r_ns = t.pause + t.silence,
		.lost = (unsigned)(t.silence / 10 / MS),
		.phase = PHASE_SWITCH};
	s->gap.length = s->gap.widened = s->gap.sampled =
		(struct interval){t.silence - 10 * MS, t.silence + 10 * MS};
	for (size_t k = 0; k < 3; k++)
		s->observations[k] = (struct observation){.series = k == 0   ? &s->fine
								    : k == 1 ? &s->classic
									     : &s->session,
			.baseline = {.timeout_ns = k == 1 ? 950 * MS : 50 * MS,
				.jitter_ns = 140000},
			.judged = k == 0,
			.median_before_ns = 250000,
			.p99_before_ns = 320000,
			.median_during_ns = 1200000,
			.p99_during_ns = 2300000,
			.median_after_ns = 250000,
			.p99_after_ns = NS_NONE};
	s->observations[0].gaps = (struct gaps){.gap = &s->gap, .count = 1, .capacity = 0};
	s->observations[2].gaps.unseen_hi_ns = 250 * MS;
}

static void stage_result(struct world *w, const struct plan_case *c, size_t i, struct times t)
{
	struct scene *s = &w->scenes[i];
	int64_t job_ns = t.pause + 350 * MS - t.trigger;

	w->moves[i] = (struct move_result){.move = &s->move,
		.plan_case = c,
		.bound_ns = plan_bound(c),
		.job = {job_ns, job_ns},
		.lost_1s = (int)(t.silence / S),
		.blackout = s->gap.widened,
		.outcome = OUTCOME_OK,
		.integrity = INTEGRITY_OK,
		.verdict = c->choice[1] ? VERDICT_NOT_JUDGED : VERDICT_PASS,
		.observations = s->observations,
		.observation_count = 3,
		.counted = true};
	snprintf(w->moves[i].reason, sizeof(w->moves[i].reason), "%s",
		c->choice[1] ? "no-bound" : "within-bound");
}

static void stage_events(struct world *w, size_t i, struct times t)
{
	w->sightings[3 * i] = (struct sighting){.what = SIGHTING_RARP,
		.target = (char *)"desk",
		.station = (char *)"local",
		.at_ns = t.pause + 140 * MS};
	w->sightings[3 * i + 1] = (struct sighting){.what = SIGHTING_GARP,
		.target = (char *)"desk",
		.station = (char *)"local",
		.at_ns = t.pause + 200 * MS};
	w->sightings[3 * i + 2] = (struct sighting){.what = SIGHTING_FRAME,
		.target = (char *)"desk",
		.station = (char *)"local",
		.at_ns = t.pause + 215 * MS,
		.silence_ns = 220 * MS};
	w->events[2 * i] = (struct session_event){.what = SESSION_EVENT_OPEN,
		.target = (char *)"desk",
		.station = (char *)"local",
		.probe = (char *)"desk-session",
		.at_ns = t.trigger - 4 * S};
	w->events[2 * i + 1] = (struct session_event){.what = SESSION_EVENT_STATE,
		.target = (char *)"desk",
		.station = (char *)"local",
		.probe = (char *)"desk-session",
		.at_ns = t.pause + t.silence + S,
		.state_kept = true};
}

static void stage(struct world *w, size_t i)
{
	const struct plan_case *c = plan_case_at(w->plan, i / 5);
	struct times t = times_of(c, i);

	stage_job(&w->scenes[i], c, i, t);
	stage_probes(&w->scenes[i], t);
	stage_result(w, c, i, t);
	stage_events(w, i, t);
}

void world_make(struct world *w, size_t moves)
{
	struct plan_errors errors = {0};

	memset(w, 0, sizeof(*w));
	CU_ASSERT_EQUAL_FATAL(
		plan_parse(&w->plan, "t.ini", plan_text_ini, strlen(plan_text_ini), &errors), 0);
	w->timeline = (struct timeline){.first_ns = FIRST,
		.first_utc_ns = INT64_C(1795238940000000000),
		.sightings = w->sightings,
		.sighting_count = 3 * moves,
		.session_events = w->events,
		.session_event_count = 2 * moves};
	/* One pair of clock readings: these clocks never step. */
	w->timeline.pairs = calloc(1, sizeof(*w->timeline.pairs));
	w->timeline.pairs[0].at_ns = FIRST;
	w->timeline.pairs[0].utc_ns = w->timeline.first_utc_ns;
	w->timeline.pair_count = 1;
	for (size_t i = 0; i < moves; i++)
		stage(w, i);
	w->results = (struct results){.timeline = &w->timeline,
		.plan = w->plan,
		.moves = w->moves,
		.move_count = moves,
		.cases = w->cases};
	for (size_t i = 0; i < moves; i += 5)
		w->cases[w->results.case_count++] =
			(struct case_result){.plan_case = w->moves[i].plan_case,
				.runs = moves - i < 5 ? moves - i : 5,
				.job_mean_s = 25.4,
				.job_sd_s = NAN,
				.job_min_s = 24,
				.job_max_s = 26,
				.lost_1s_max = 1,
				.blackout = w->moves[i].blackout,
				.verdict = w->moves[i].verdict};
	snprintf(w->dir, sizeof(w->dir), "%s/blackout-reports-XXXXXX", P_tmpdir);
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(w->dir));
}

void world_strip(struct world *w)
{
	w->scenes[0].move.job = NULL;
	w->scenes[0].observations[0].gaps.count = 0;
	w->moves[1].observation_count = 0;
	w->moves[1].blackout.lo_ns = NS_NONE;
	w->moves[1].job.lo_ns = NS_NONE;
	w->scenes[2].gap.a_ns = w->scenes[2].gap.r_ns = NS_NONE;
	w->moves[2].blackout.hi_ns = NS_INF;
	w->scenes[2].move.window_end_ns = NS_NONE;
	w->scenes[2].move.window_begin_ns = w->scenes[2].move.trigger_ns = NS_NONE;
}

/* Removes a folder and what is in it, two levels deep. */
static void remove_folder(const char *dir)
{
	DIR *d = opendir(dir);

	for (struct dirent *entry; d && (entry = readdir(d));) {
		char path[PATH_MAX];

		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		snprintf(path, sizeof(path), "%s/%s", dir, entry->d_name);
		if (unlink(path))
			remove_folder(path);
	}
	if (d)
		closedir(d);
	rmdir(dir);
}

void world_free(struct world *w)
{
	for (size_t i = 0; i < w->results.move_count; i++) {
		free(w->scenes[i].fine.records);
		free(w->scenes[i].classic.records);
		free(w->scenes[i].session.records);
	}
	free(w->timeline.pairs);
	plan_free(w->plan);
	remove_folder(w->dir);
}

int world_text(const struct world *w, const char *environment)
{
	struct directory out = out_folder(w->dir);
	struct move_charts charts;
	struct err e = {0};
	int rc;

	rc = move_charts_init(&charts, &w->results, NULL, &e) ||
	     report_text(&w->results, environment, &charts, &out, NULL, &e);
	if (rc)
		fprintf(stderr, "\n%s\n", e.text);
	directory_close(&out);
	move_charts_release(&charts);
	return rc ? -1 : 0;
}

int world_charts(const struct world *w, char *note)
{
	struct directory out = out_folder(w->dir);
	struct move_charts charts;
	struct err e = {0};
	int rc;

	rc = move_charts_init(&charts, &w->results, NULL, &e) ||
	     report_charts(&w->results, world_environment, &charts, &out, note, &e);
	if (rc)
		fprintf(stderr, "\n%s\n", e.text);
	directory_close(&out);
	move_charts_release(&charts);
	return rc ? -1 : 0;
}

char *world_read(const struct world *w, const char *name)
{
	char path[PATH_MAX];
	struct err e = {0};
	char *text = NULL;

	snprintf(path, sizeof(path), "%s/%s", w->dir, name);
	CU_ASSERT_EQUAL_FATAL(file_read(path, 1 << 24, &text, NULL, &e), 0);
	return text;
}

bool lacks(const struct world *w, const char *name, const char *what)
{
	char *text = world_read(w, name);
	bool found = strstr(text, what) != NULL;

	free(text);
	return !found;
}

bool holds(const struct world *w, const char *name, const char *what)
{
	if (lacks(w, name, what)) {
		fprintf(stderr, "\n%s lacks: %s\n", name, what);
		return false;
	}
	return true;
}

size_t world_entries(const struct world *w, const char *folder)
{
	char path[PATH_MAX];
	size_t n = 0;
	DIR *d;

	snprintf(path, sizeof(path), "%s/%s", w->dir, folder);
	d = opendir(path);
	while (d && readdir(d))
		n++;
	if (d)
		closedir(d);
	return n;
}
