/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A command's syntax as one table, from which its arguments are read, its help is printed, and the
 * shells' completions are made.
 */
#ifndef BLACKOUT_TOOLS_COMMANDS_OPTIONS_H
#define BLACKOUT_TOOLS_COMMANDS_OPTIONS_H

#include "harness/base/base.h"

/* An option. --help and -h belong to every command and are in no table. */
struct command_option {
	const char *name;     /* "only" for --only; NULL: it has only a letter */
	char letter;          /* 0: none. The help prefers the letter to the name */
	const char *argument; /* "CASE[/RUN]"; NULL: it takes none */
	const char *help;     /* one or more lines; NULL: shares the text of the next option */
	const char *heading;  /* a line that the help prints before it, or NULL */
	const char *offers; /* how its argument is completed, see command_syntax; NULL: it is not */
	/*
	 * Called with the option as the help prints it ("-o"). NULL: the argument (or true, if it
	 * takes none) is stored at `offset`.
	 */
	int (*take)(void *arguments, const char *option, const char *text, struct err *e);
	size_t offset;
};

#define FORMS_MAX 4

struct command_syntax {
	const char *name;
	const char *summary; /* one line, for the list of commands */
	/* Its forms without the name, as "PLAN [-o]"; the help adds the argument of each option. */
	const char *forms[FORMS_MAX];
	const char *brief;         /* a form for the list of commands; NULL: the first one */
	const char *about, *notes; /* the help before and after the options; NULL: none */
	const struct command_option *options;
	size_t option_count;
	/*
	 * How its operands are completed, a word for each, separated by spaces; the last word is
	 * for all further ones. folder, file, plan, case, pcap, csv, command, none, or literals
	 * separated by '|'. NULL: they are not completed.
	 */
	const char *offers;
	bool operand_ends; /* options end at the first operand */
};

/*
 * Reads the options into `arguments`; the operands then begin at argv[optind]. 0; 1: the user asked
 * for the help, which is printed; -1: an error. If its text is empty, the caller prints the help.
 */
int options_read(
	const struct command_syntax *syntax, int argc, char **argv, void *arguments, struct err *e);
/* Prints the command's help. */
void options_help(const struct command_syntax *syntax, FILE *to);
/* Prints the command for the list of commands: "  blackout NAME …", then the summary. */
void options_brief(const struct command_syntax *syntax, FILE *to);
/*
 * Prints the command for the shells' completions: a line "COMMAND, -, OFFERS, SUMMARY", then a line
 * "COMMAND, OPTION, OFFERS, HELP" per option. Fields are separated by TABs; an empty one is "-".
 */
void options_words(const struct command_syntax *syntax, FILE *to);

#endif
