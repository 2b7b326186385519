/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The subcommands, each in the file of its name. argv[0] is the command's name. They return the program's
 * exit status (enum status), and say on stderr what fails.
 */
#ifndef BLACKOUT_TOOLS_COMMANDS_COMMANDS_H
#define BLACKOUT_TOOLS_COMMANDS_COMMANDS_H

#include "harness/ops/probe.h"
#include "harness/plan/plan.h"
#include "harness/run/run.h"
#include "reports/common/chart_choice.h"
#include "tools/commands/options.h"

extern const struct command_syntax analyse_syntax, calibrate_syntax, check_syntax, compare_syntax, init_syntax,
	lab_syntax, mark_syntax, probe_syntax, report_syntax, run_syntax, trend_syntax, watch_syntax;

int cmd_analyse(int argc, char **argv);
/* The probes that are calibrated. */
int cmd_calibrate(int argc, char **argv, const struct probe_ops *ping, const struct probe_ops *burst);
int cmd_check(int argc, char **argv);
int cmd_compare(int argc, char **argv);
int cmd_init(int argc, char **argv);
int cmd_lab(int argc, char **argv);
int cmd_mark(int argc, char **argv);
/* `ops` is the engine. */
int cmd_probe(int argc, char **argv, const struct probe_ops *ops);
int cmd_report(int argc, char **argv);
int cmd_run(int argc, char **argv, const struct components *components);
int cmd_trend(int argc, char **argv);
int cmd_watch(int argc, char **argv);

/* Bytes of memory of this machine. */
int64_t machine_memory(void);
/*
 * Reads a plan that is to be run on this machine, a file or a shipped plan's name; prints all that is
 * wrong with it. NULL then.
 */
struct plan *plan_for_this_machine(const char *path);
/*
 * Judges the folder DIR and writes every report to OUT (NULL: none), with what `wishes` (NULL: none) asks
 * for beyond the urgent charts; of a watch-only folder also prints
 * a summary (NULL: none). What fails is said on stderr. Returns the status that the verdicts ask for;
 * USAGE if the folder cannot be read or has no such move, BROKE_OFF if a report cannot be written.
 */
enum status report_folder(const char *dir, const char *out, const struct chart_wishes *wishes,
	FILE *summary);

#endif
