/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The commands, each in the file of its name, and what several of them use. argv[0] is the
 * command's name. A command returns the program's exit status (enum status) and prints errors on
 * stderr.
 */
#ifndef BLACKOUT_TOOLS_COMMANDS_COMMANDS_H
#define BLACKOUT_TOOLS_COMMANDS_COMMANDS_H

#include "harness/ops/probe.h"
#include "harness/plan/plan.h"
#include "harness/run/run.h"
#include "reports/common/chart_choice.h"
#include "tools/commands/options.h"

extern const struct command_syntax analyse_syntax, calibrate_syntax, check_syntax, compare_syntax,
	init_syntax, lab_syntax, mark_syntax, probe_syntax, report_syntax, run_syntax, trend_syntax,
	watch_syntax;

int cmd_analyse(int argc, char **argv);
/* `ping` and `burst` are the probes that are calibrated. */
int cmd_calibrate(
	int argc, char **argv, const struct probe_ops *ping, const struct probe_ops *burst);
int cmd_check(int argc, char **argv);
int cmd_compare(int argc, char **argv);
int cmd_init(int argc, char **argv);
int cmd_lab(int argc, char **argv);
int cmd_mark(int argc, char **argv);
/* `ops` is the burst probe, which does the probing. */
int cmd_probe(int argc, char **argv, const struct probe_ops *ops);
int cmd_report(int argc, char **argv);
int cmd_run(int argc, char **argv, const struct components *components);
int cmd_trend(int argc, char **argv);
int cmd_watch(int argc, char **argv);

/* This machine's memory in bytes; INT64_MAX: not known. */
int64_t machine_memory(void);
/*
 * Reads a plan, a file or a shipped plan's name, and checks that this machine can carry it out.
 * Prints errors and advice on stderr. NULL: there were errors.
 */
struct plan *plan_for_this_machine(const char *path);
/*
 * Judges the result folder `dir`, writes all reports to `out` (NULL: none) with the charts that
 * `wishes` (may be NULL) asks for, and prints a standalone folder's summary to `summary` (NULL:
 * none). Prints errors on stderr. Returns the status of the verdicts; USAGE: the folder cannot be
 * read or has no such move; BROKE_OFF: a report cannot be written.
 */
enum status report_folder(
	const char *dir, const char *out, const struct chart_wishes *wishes, FILE *summary);

#endif
