/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keeps the picture of a folder that grows: see follow.h. */
#include "harness/facts/format.h"
#include "harness/plan/component.h"
#include "harness/plan/settings.h"
#include "tools/live/internal.h"
#include "tools/live/judge.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* A run whose lock is not seen counts as gone this long after its last write, not before. */
#define GONE_NS (3 * NS_PER_S)

static int check_format(const char *dir, struct err *e)
{
	char path[PATH_MAX];
	struct stat st;

	if (stat(dir, &st))
		return err_errno(e, "%s: cannot be followed", dir);
	if (!S_ISDIR(st.st_mode))
		return err_set(e,
			"%s: is not a folder (name a result folder, as `blackout run -o DIR` made "
			"it)",
			dir);
	if (path_join(path, sizeof(path), dir, "format"))
		return err_set(e, "%s: name too long", dir);
	if (stat(path, &st))
		return err_set(e,
			"%s: is not a result folder, it has no file 'format' (name one that "
			"`blackout run` made)",
			dir);
	return format_check(dir, e);
}

static int read_plan(struct follow *f, struct err *e)
{
	char path[PATH_MAX];
	struct stat st;

	if (path_join(path, sizeof(path), f->dir, "facts/watch.tsv"))
		return err_set(e, "%s: name too long", f->dir);
	if (stat(path, &st) == 0)
		return err_set(e,
			"%s: is a standalone folder without a run to follow (`blackout report %s` "
			"says what was seen)",
			f->dir, f->dir);
	if (path_join(path, sizeof(path), f->dir, "facts/plan.ini"))
		return err_set(e, "%s: name too long", f->dir);
	if (stat(path, &st))
		return err_set(e,
			"%s: is incomplete, it has no facts/plan.ini (wait until `blackout run` "
			"has begun, or start a new run)",
			f->dir);
	return plan_read_folder(&f->plan, f->dir, e);
}

static void add_hosts(struct follow *f)
{
	const struct plan_section *lab = plan_section_at(f->plan, SECTION_LAB, 0);
	bool sim = plan_simulated(f->plan);
	int64_t count = sim ? 2 : lab ? lab_settings_of(f->plan, NULL).hosts : 0;

	for (int64_t i = 0; i < count; i++)
		follow_add_host(f, (char[2]){(char)('a' + i), '\0'});
	for (size_t i = 0; i < plan_section_count(f->plan, SECTION_HOST); i++)
		follow_add_host(f, plan_section_name(plan_section_at(f->plan, SECTION_HOST, i)));
}

static int begin_picture(struct follow *f, struct err *e)
{
	const char *title = plan_settings_of(f->plan).title;
	size_t vms = plan_section_count(f->plan, SECTION_VM);
	struct picture *p = &f->picture;

	*p = (struct picture){.copied_percent = -1,
		.longest_ns = NS_NONE,
		.left_s = -1,
		.simulated = plan_simulated(f->plan),
		.repeat = plan_repeat(f->plan)};
	snprintf(p->title, sizeof(p->title), "%.180s", title ? title : f->dir);
	p->hosts = calloc(HOSTS_MAX, sizeof(*p->hosts));
	p->vms = calloc(vms + 1, sizeof(*p->vms));
	if (!p->hosts || !p->vms)
		return err_set(e, "out of memory");
	add_hosts(f);
	for (size_t i = 0; i < vms; i++)
		snprintf(p->vms[p->vm_count++].name, PICTURE_NAME, "%s",
			plan_section_name(plan_section_at(f->plan, SECTION_VM, i)));
	return follow_make_scenario(f, e);
}

static int open_tails(struct follow *f, struct err *e)
{
	const char *judged = judge_settings_of(f->plan).probe;
	const struct plan_section *probe = plan_section_find(f->plan, SECTION_PROBE, judged);
	char source[256];

	snprintf(source, sizeof(source), "%s-%s", probe_settings_of(probe).station, judged);
	snprintf(f->picture.probe, sizeof(f->picture.probe), "%s", judged);
	judged_answers_init(&f->answers);
	return fact_tail_init(&f->run, f->dir, "run", e) ||
			       fact_tail_init(&f->driver, f->dir, "driver", e) ||
			       fact_tail_init(&f->probe, f->dir, source, e)
		       ? -1
		       : 0;
}

int follow_new(struct follow **out, const char *dir, struct err *e)
{
	struct follow *f = calloc(1, sizeof(*f));

	if (!f)
		return err_set(e, "out of memory");
	f->run.fd = f->driver.fd = f->probe.fd = -1;
	if (snprintf(f->dir, sizeof(f->dir), "%s", dir) >= (int)sizeof(f->dir)) {
		err_set(e, "%.200s...: name too long", dir);
	} else if (check_format(dir, e) == 0 && read_plan(f, e) == 0 && begin_picture(f, e) == 0 &&
		   open_tails(f, e) == 0) {
		*out = f;
		return 0;
	}
	follow_free(f);
	return -1;
}

void follow_free(struct follow *f)
{
	if (!f)
		return;
	fact_tail_release(&f->run);
	fact_tail_release(&f->driver);
	fact_tail_release(&f->probe);
	judged_answers_release(&f->answers);
	scenario_release(&f->scenario);
	free(f->estimates);
	free(f->runs);
	free(f->picture.hosts);
	free(f->picture.vms);
	plan_free(f->plan);
	free(f);
}

static void take_probe(void *ctx, const struct fact *fact)
{
	judged_answers_take(&((struct follow *)ctx)->answers, fact);
}

int follow_read(struct follow *f, struct err *e)
{
	/* The runner's facts first: they begin and end the moves that the other facts belong to. */
	return fact_tail_read(&f->run, follow_take_run, f, e) ||
			       fact_tail_read(&f->driver, follow_take_driver, f, e) ||
			       fact_tail_read(&f->probe, take_probe, f, e)
		       ? -1
		       : 0;
}

/* Whether a process holds the folder's lock, as its writer does. Does not take the lock. */
static bool is_held(const struct follow *f)
{
	char path[PATH_MAX], line[256];
	unsigned long long inode;
	bool held = false;
	struct stat st;
	FILE *locks;

	if (path_join(path, sizeof(path), f->dir, "format") || stat(path, &st))
		return false;
	locks = fopen("/proc/locks", "re");
	while (locks && !held && fgets(line, sizeof(line), locks))
		held = strstr(line, "FLOCK") &&
		       sscanf(line, "%*s %*s %*s %*s %*s %*x:%*x:%llu", &inode) == 1 &&
		       inode == (unsigned long long)st.st_ino;
	if (locks)
		fclose(locks);
	return held;
}

static int64_t since_written(const struct follow *f)
{
	const struct fact_tail *tails[] = {&f->run, &f->driver, &f->probe};
	int64_t newest = NS_NONE, now = clock_utc_ns();

	for (size_t i = 0; i < ARRAY_SIZE(tails); i++)
		if (tails[i]->written_utc_ns > newest)
			newest = tails[i]->written_utc_ns;
	if (newest == NS_NONE)
		return INT64_MAX;
	return now > newest ? now - newest : 0;
}

bool follow_may_be_gone(const struct follow *f)
{
	return f->picture.closed == FOLDER_NOT_CLOSED && !is_held(f) && since_written(f) <= GONE_NS;
}

static double seconds_left(const struct follow *f)
{
	double ahead_s = 0, current_s = 0, elapsed_s = 0;

	for (size_t i = 0; i < f->scenario.count; i++) {
		double s = f->estimates[i].prepare_s + f->estimates[i].run_s;

		if (follow_run_done(f, i))
			continue;
		ahead_s += s;
		current_s = i == f->current ? s : current_s;
	}
	if (current_s > 0)
		elapsed_s = (double)(f->newest_ns - f->began_ns) / 1e9;
	return estimate_left(
		f->picture.done, f->done_estimate_s, f->done_s, ahead_s, current_s, elapsed_s);
}

/* NULL: no run has begun, or it is not in the scenario. */
static const struct scenario_run *current_run(const struct follow *f)
{
	return f->current < f->scenario.count ? &f->scenario.runs[f->current] : NULL;
}

/* The VM of the current run that has been silent for longest; without a silence its first VM. */
static const char *worst_vm(const struct follow *f)
{
	const struct scenario_run *run = current_run(f);
	const char *worst = f->picture.vms[0].name;
	int64_t longest_ns = -1;

	for (size_t i = 0; run && i < run->vm_count; i++) {
		const char *vm = plan_section_name(scenario_vm(run, i));
		int64_t silence_ns = judged_answers_silence(&f->answers, vm);

		if (silence_ns > longest_ns) {
			longest_ns = silence_ns;
			worst = vm;
		}
	}
	return worst;
}

const struct picture *follow_picture(struct follow *f)
{
	const struct scenario_run *run = current_run(f);
	struct picture *p = &f->picture;
	int64_t unwritten_ns = since_written(f);
	const char *vm = worst_vm(f);

	p->several = run && run->vm_count > 1;
	snprintf(p->strip_vm, sizeof(p->strip_vm), "%s", vm);
	judged_answers_fill_picture(&f->answers, vm, p);
	p->left_s = seconds_left(f);
	p->unwritten_ns = unwritten_ns == INT64_MAX ? 0 : unwritten_ns;
	if (p->closed != FOLDER_NOT_CLOSED)
		p->state = PICTURE_ENDED;
	else if (!is_held(f) && unwritten_ns > GONE_NS)
		p->state = PICTURE_GONE;
	else
		p->state = *f->subject ? PICTURE_RUNNING : PICTURE_SETTING_UP;
	return p;
}

void follow_set_verdicts(struct follow *f, const struct judge_verdicts *verdicts)
{
	f->picture.judged = true;
	memcpy(f->picture.verdicts, verdicts->counts, sizeof(f->picture.verdicts));
}

void follow_add_message(struct follow *f, const char *text)
{
	struct picture *p = &f->picture;

	if (p->message_count == PICTURE_MESSAGES) {
		memmove(p->messages[0], p->messages[1],
			sizeof(p->messages) - sizeof(p->messages[0]));
		p->message_count--;
	}
	snprintf(p->messages[p->message_count++], sizeof(p->messages[0]), "%s", text);
}

size_t follow_count_done(const struct follow *f)
{
	return f->picture.done;
}
