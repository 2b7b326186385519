/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See sim_judged.h. */
#include "tests/unit/sim_judged.h"

#include "tools/components.h"
#include "harness/facts/folder.h"
#include "harness/run/run.h"
#include "harness/sites/sim.h"
#include "tests/unit/test.h"

#include <dirent.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* How a test prepares the world. Static, because site operations have no context for it. */
static void (*prepare)(struct sim_world *world);
/* The world's clock, for faults that wait. */
static const struct clock *world_clock;
/* Faults of the current test. Static, because the operations have no context for them. */
static sim_agent_fault *agent_fault;
static sim_fault *fault_of_all;
struct fault_script judged_script;

static int prepared_open(struct site **site, const struct plan *plan, FILE *say, struct err *e)
{
	int rc = site_sim.open(site, plan, say, e);

	if (rc == 0)
		world_clock = site_sim.clock(*site);
	if (rc == 0 && prepare)
		prepare(sim_world_of(site_sim.clock(*site)));
	return rc;
}

static int faulty_agent(struct driver *d, const char *name, const char *request, char *response,
	size_t size, int64_t timeout_ns, struct err *e)
{
	int rc = agent_fault ? agent_fault(request, response, size, e) : 1;

	if (rc < 0)
		world_clock->sleep_until(
			world_clock, world_clock->mono_ns(world_clock) + timeout_ns);
	return rc <= 0 ? rc : driver_sim.agent(d, name, request, response, size, timeout_ns, e);
}

static int fails(const char *operation, struct err *e)
{
	return fault_of_all ? fault_of_all(operation, e) : 0;
}

static int faulty_ensure(
	struct driver *d, const struct vm_spec *vm, const char *host, struct err *e)
{
	return fails("start", e) ? -1 : driver_sim.vm_ensure(d, vm, host, e);
}

static int faulty_trigger(struct driver *d, const struct move_spec *move, struct err *e)
{
	return fails("trigger", e) ? -1 : driver_sim.trigger(d, move, e);
}

static int faulty_command(struct probe *p, const char *words, struct err *e)
{
	if (strncmp(words, "open ", 5) == 0 && fails("open", e))
		return -1;
	return probe_sim_session.command(p, words, e);
}

void judged_fail(sim_fault *fault)
{
	fault_of_all = fault;
}

void judged_script_faults(const char *operation, size_t skip, size_t times, const char *reason)
{
	judged_script = (struct fault_script){
		.operation = operation, .reason = reason, .skip = skip, .times = times};
}

int judged_scripted_fault(const char *operation, struct err *e)
{
	struct fault_script *s = &judged_script;

	if (strcmp(operation, s->operation) != 0 || s->called++ < s->skip || s->failed == s->times)
		return 0;
	s->failed++;
	return err_set(e, "%s: %s", operation, s->reason);
}

static void carry_out(struct judged *j, bool resume)
{
	struct driver_ops driver = driver_sim;
	struct probe_ops session = probe_sim_session;
	const struct driver_ops *const drivers[] = {&driver, NULL};
	const struct probe_ops *const probes[] = {
		&probe_sim_ping, &probe_sim_burst, &session, &probe_sim_capture, NULL};
	struct site_ops site = site_sim;
	const struct workload_ops *const workloads[] = {
		&workload_install, &workload_dirty, &workload_command, NULL};
	const struct components components = {.drivers = drivers,
		.probes = probes,
		.simulated_probes = probes,
		.workloads = workloads,
		.sim = &site};
	const struct run_options options = {.resume = resume};
	struct err e = {0};

	site.open = prepared_open;
	driver.agent = faulty_agent;
	driver.vm_ensure = faulty_ensure;
	driver.trigger = faulty_trigger;
	session.command = faulty_command;
	if (!resume)
		CU_ASSERT_EQUAL_FATAL(run_folder_make(j->plan, j->dir, &e), 0);
	j->status = run_plan(&components, j->plan, j->dir, &options, &e);
	snprintf(j->error, sizeof(j->error), "%s", e.text);
	if (j->status != STATUS_PASS && !agent_fault && !fault_of_all)
		fprintf(stderr, "run: %s\n", e.text);
}

static void judge(struct judged *j)
{
	struct err e = {0};

	CU_ASSERT_EQUAL_FATAL(timeline_read(&j->timeline, j->dir, &e), 0);
	CU_ASSERT(j->timeline->simulated);
	CU_ASSERT_EQUAL_FATAL(results_new(&j->results, j->timeline, j->plan, &e), 0);
}

void judged_run(struct judged *j, const char *ini, void (*before)(struct sim_world *),
	sim_agent_fault *fault)
{
	const char *scratch = getenv("TMPDIR");
	struct plan_errors errors = {0};

	*j = (struct judged){0};
	snprintf(j->dir, sizeof(j->dir), "%.80s/test-run-XXXXXX", scratch ? scratch : P_tmpdir);
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(j->dir));
	if (plan_parse(&j->plan, "test.ini", ini, strlen(ini), &errors))
		fprintf(stderr, "%s\n", errors.text[0]);
	CU_ASSERT_PTR_NOT_NULL_FATAL(j->plan);
	plan_errors_release(&errors);
	prepare = before;
	agent_fault = fault;
	carry_out(j, false);
	prepare = NULL;
	agent_fault = NULL;
	judge(j);
}

void judged_resume(struct judged *j)
{
	results_free(j->results);
	timeline_free(j->timeline);
	carry_out(j, true);
	judge(j);
}

static void remove_files(const char *dir)
{
	const struct dirent *entry;
	DIR *d = opendir(dir);

	while (d && (entry = readdir(d))) {
		char file[PATH_MAX];

		snprintf(file, sizeof(file), "%s/%s", dir, entry->d_name);
		unlink(file);
	}
	if (d)
		closedir(d);
	rmdir(dir);
}

void judged_free(struct judged *j)
{
	char facts[PATH_MAX];

	results_free(j->results);
	timeline_free(j->timeline);
	plan_free(j->plan);
	snprintf(facts, sizeof(facts), "%s/facts", j->dir);
	remove_files(facts);
	remove_files(j->dir);
}

struct scripted_outage judged_outage(const struct judged *j, const struct move *move)
{
	char path[PATH_MAX], *text, *rest, *line;
	struct scripted_outage outage = {0};
	struct err e = {0};

	snprintf(path, sizeof(path), "%s/facts/driver.tsv", j->dir);
	CU_ASSERT_EQUAL_FATAL(file_read(path, 64 << 20, &text, NULL, &e), 0);
	rest = text;
	while ((line = strsep(&rest, "\n"))) {
		struct fact fact;

		if (fact_parse(line, &fact) || fact.id != FACT_TRUTH ||
			strcmp(fact.subject, move->vm) != 0 || fact.ns < move->trigger_ns ||
			fact.ns > move->window_end_ns)
			continue;
		outage.longest_ns = fact_number(&fact, "longest", NS_INF);
		outage.length_ns = fact_number(&fact, "to", NS_INF) - fact.ns;
	}
	free(text);
	return outage;
}
