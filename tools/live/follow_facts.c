/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Updates the picture by the facts of the runner and of the platform: see follow.h. */
#include "tools/live/internal.h"

#include <string.h>

static const char *text_of(const struct fact *fact, const char *key)
{
	const char *text = fact_text(fact, key);

	return text ? text : "";
}

static struct picture_vm *vm_of(struct follow *f, const char *name)
{
	for (size_t i = 0; i < f->picture.vm_count; i++)
		if (strcmp(f->picture.vms[i].name, name) == 0)
			return &f->picture.vms[i];
	return NULL;
}

/*
 * Returns the index of a subject's run in the scenario; SIZE_MAX: it is not there. Subjects are
 * "0/2/3" (case, run, VM's number; older versions left out "/1") or "0/unmoved-1/1". Sets *vm to
 * the VM's name, or to NULL with SIZE_MAX.
 */
static size_t run_of(const struct follow *f, const char *subject, const char **vm)
{
	static const char unmoved[] = "unmoved-";
	size_t index, run, move = 1;
	const char *slash = strchr(subject, '/');
	bool is_unmoved = slash && strncmp(slash + 1, unmoved, strlen(unmoved)) == 0;

	*vm = NULL;
	if (!slash || sscanf(subject, "%zu", &index) != 1 ||
		sscanf(slash + 1 + (is_unmoved ? strlen(unmoved) : 0), "%zu/%zu", &run, &move) < 1)
		return SIZE_MAX;
	for (size_t i = 0; i < f->scenario.count; i++) {
		const struct scenario_run *r = &f->scenario.runs[i];

		if (r->plan_case->index != index || r->run != run || r->unmoved != is_unmoved ||
			move < r->move || move >= r->move + r->vm_count)
			continue;
		*vm = plan_section_name(scenario_vm(r, move - r->move));
		return i;
	}
	return SIZE_MAX;
}

static void begin_run(struct follow *f, const struct fact *fact)
{
	struct picture *p = &f->picture;
	const char *vm;

	snprintf(f->subject, sizeof(f->subject), "%s", fact->subject);
	f->began_ns = fact->ns;
	f->current = run_of(f, fact->subject, &vm);
	p->run = 0;
	if (f->current != SIZE_MAX) {
		const struct scenario_run *run = &f->scenario.runs[f->current];

		snprintf(p->case_name, sizeof(p->case_name), "%s", run->plan_case->name);
		p->run = run->run;
		p->unmoved = run->unmoved;
	}
}

static void take_step(struct follow *f, const struct fact *fact)
{
	enum step_kind step = step_of(text_of(fact, FIELD_NAME));
	const char *vm;

	if (step_event_of(text_of(fact, FIELD_WHAT)) != STEP_EVENT_BEGIN)
		return;
	/* Each VM of a run has its steps; the run begins with the first step of its first VM. */
	if (!*f->subject || run_of(f, fact->subject, &vm) != f->current ||
		(step == STEP_ENSURE && strcmp(f->subject, fact->subject) == 0))
		begin_run(f, fact);
	snprintf(f->picture.step, sizeof(f->picture.step), "%s", text_of(fact, FIELD_NAME));
}

static void take_trigger(struct follow *f, const struct fact *fact)
{
	struct picture_vm *vm = vm_of(f, text_of(fact, FIELD_VM));
	char name[PICTURE_NAME * 2];

	if (!vm)
		return;
	snprintf(vm->host, sizeof(vm->host), "%s", text_of(fact, FIELD_SOURCE));
	snprintf(vm->to, sizeof(vm->to), "%s", text_of(fact, FIELD_DESTINATION));
	snprintf(name, sizeof(name), "%.*s run %zu", PICTURE_NAME, f->picture.case_name,
		f->picture.run);
	judged_answers_open_window(&f->answers, vm->name, name, fact->ns);
}

static void take_window(struct follow *f, const struct fact *fact)
{
	const char *vm;

	run_of(f, fact->subject, &vm);
	judged_answers_close_window(&f->answers, vm, fact->ns);
}

static void take_place(struct follow *f, const struct fact *fact)
{
	struct picture_vm *vm;
	const char *name;

	run_of(f, fact->subject, &name);
	vm = name ? vm_of(f, name) : NULL;
	follow_add_host(f, text_of(fact, FIELD_HOST));
	if (!vm || vm_state_of(text_of(fact, FIELD_STATE)) != VM_RUNNING)
		return;
	snprintf(vm->host, sizeof(vm->host), "%s", text_of(fact, FIELD_HOST));
	*vm->to = '\0';
}

static void take_run_end(struct follow *f, const struct fact *fact)
{
	const char *vm;
	size_t i = run_of(f, fact->subject, &vm);
	bool failed = folder_state_of(text_of(fact, FIELD_CODE)) == FOLDER_SET_UP_FAILED;

	judged_answers_close_window(&f->answers, vm, fact->ns);
	if ((!failed && !fact_yes(fact, FIELD_COMPLETED)) || i == SIZE_MAX || follow_run_done(f, i))
		return;
	f->runs[i].ended++;
	f->runs[i].not_set_up += failed;
	if (!follow_run_done(f, i))
		return;
	f->picture.done++;
	if (!f->runs[i].not_set_up && f->current == i && fact->ns >= f->began_ns) {
		f->done_s += (double)(fact->ns - f->began_ns) / 1e9;
		f->done_estimate_s += f->estimates[i].prepare_s + f->estimates[i].run_s;
	}
}

/*
 * A resumed run continues the folder, perhaps by another clock. It repeats the runs that have not
 * ended and those with a VM that could not be set up.
 */
static void take_segment(struct follow *f)
{
	judged_answers_close_window(&f->answers, NULL, f->newest_ns);
	for (size_t i = 0; i < f->scenario.count; i++) {
		bool done = follow_run_done(f, i);

		if (done && !f->runs[i].not_set_up)
			continue;
		f->picture.done -= done;
		f->runs[i] = (struct follow_run){0};
	}
	f->picture.closed = FOLDER_NOT_CLOSED;
	*f->subject = *f->picture.step = '\0';
	f->current = SIZE_MAX;
	f->picture.run = 0;
	f->picture.copied_percent = -1;
}

/* Takes the scope, which runs are to be executed. A resume with the same scope keeps done runs. */
static void take_scope(struct follow *f, const struct fact *fact)
{
	struct err ignored;

	if (strcmp(f->only, text_of(fact, FIELD_ONLY)) == 0)
		return;
	snprintf(f->only, sizeof(f->only), "%s", text_of(fact, FIELD_ONLY));
	follow_make_scenario(f, &ignored);
}

void follow_take_run(void *ctx, const struct fact *fact)
{
	struct follow *f = ctx;

	if (fact->id == FACT_SEGMENT)
		take_segment(f);
	f->newest_ns = fact->ns;
	if (fact->id == FACT_STEP)
		take_step(f, fact);
	else if (fact->id == FACT_SCOPE)
		take_scope(f, fact);
	else if (fact->id == FACT_TRIGGER)
		take_trigger(f, fact);
	else if (fact->id == FACT_WINDOW)
		take_window(f, fact);
	else if (fact->id == FACT_PLACE)
		take_place(f, fact);
	else if (fact->id == FACT_RUN_END)
		take_run_end(f, fact);
	else if (fact->id == FACT_FOLDER)
		f->picture.closed = folder_state_of(text_of(fact, FIELD_STATE));
}

static void take_job(struct follow *f, struct picture_vm *vm, const struct fact *fact)
{
	enum job_event event = job_event_of(text_of(fact, FIELD_WHAT));

	if (event == JOB_EVENT_REQUESTED) {
		f->picture.copied_percent = 0;
		snprintf(vm->to, sizeof(vm->to), "%s", text_of(fact, FIELD_DESTINATION));
	}
	if (event != JOB_EVENT_ENDED)
		return;
	f->picture.copied_percent = -1;
	if (job_state_of(text_of(fact, FIELD_STATE)) == JOB_COMPLETED &&
		*text_of(fact, FIELD_DESTINATION))
		snprintf(vm->host, sizeof(vm->host), "%s", text_of(fact, FIELD_DESTINATION));
	*vm->to = '\0';
}

static void take_event(struct follow *f, struct picture_vm *vm, const struct fact *fact)
{
	const char *host = text_of(fact, FIELD_HOST);
	enum vm_event event = vm_event_of(text_of(fact, FIELD_WHAT));

	follow_add_host(f, host);
	if (event == VM_EVENT_STARTED || event == VM_EVENT_RESUMED)
		snprintf(vm->host, sizeof(vm->host), "%s", host);
	else if (event == VM_EVENT_STOPPED && strcmp(vm->host, host) == 0)
		*vm->host = '\0';
}

static void take_progress(struct follow *f, const struct fact *fact)
{
	int64_t total = fact_number(fact, FIELD_TOTAL, 0),
		rest = fact_number(fact, FIELD_REMAINING, 0);

	if (total > 0 && rest >= 0 && rest <= total && f->picture.copied_percent >= 0)
		f->picture.copied_percent = (int)(100 - (double)rest * 100 / (double)total);
}

void follow_take_driver(void *ctx, const struct fact *fact)
{
	struct follow *f = ctx;
	struct picture_vm *vm = vm_of(f, fact->subject);

	if (fact->id == FACT_SEGMENT)
		f->picture.copied_percent = -1;
	if (!vm)
		return;
	if (fact->id == FACT_JOB)
		take_job(f, vm, fact);
	else if (fact->id == FACT_EVENT)
		take_event(f, vm, fact);
	else if (fact->id == FACT_PROGRESS)
		take_progress(f, fact);
}
