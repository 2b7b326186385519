/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a command takes, as one table: it is read, printed as the command's help and told to the shells'
 * completions.
 */
#ifndef BLACKOUT_TOOLS_COMMANDS_OPTIONS_H
#define BLACKOUT_TOOLS_COMMANDS_OPTIONS_H

#include "harness/base/base.h"

/* --help and -h are every command's, and stand in no table. */
struct command_option {
	const char *name;     /* "only" of --only; NULL: it has a letter alone */
	char letter;          /* help calls it by this; 0: it has none */
	const char *argument; /* "CASE[/RUN]"; NULL: it takes none */
	const char *help;     /* its lines; NULL: the next option's are about both */
	const char *heading;  /* a line of the help before it, or NULL */
	const char *offers;   /* what completes its argument, see command_syntax; NULL: nothing */
	/* Called with the option as help calls it. NULL: the argument, or true, is stored at `offset`. */
	int (*take)(void *arguments, const char *option, const char *text, struct err *e);
	size_t offset;
};

#define FORMS_MOST 4

struct command_syntax {
	const char *name;
	const char *summary;           /* a line for the list of commands */
	/* What may follow the name; an option in it is printed with its argument: "PLAN [-o]". */
	const char *forms[FORMS_MOST];
	const char *brief;             /* the same, for the list of commands; NULL: the first form */
	const char *about, *notes;     /* the help before and after the options; NULL: none */
	const struct command_option *options;
	size_t option_count;
	/*
	 * What completes its operands, parted by spaces; the last holds for all that follow: folder, file,
	 * plan, case, pcap, csv, command, none, or words parted by '|'. NULL: nothing.
	 */
	const char *offers;
	bool operand_ends; /* what follows an operand is none of our options */
};

/*
 * Reads the options into `arguments`; the operands follow from argv[optind] on. 1: the help was asked for
 * and is printed. -1 with the error; without a text the help says what is wrong.
 */
int options_read(const struct command_syntax *syntax, int argc, char **argv, void *arguments, struct err *e);
void options_help(const struct command_syntax *syntax, FILE *to);
/* "  blackout NAME …", and the summary below it. */
void options_brief(const struct command_syntax *syntax, FILE *to);
/*
 * For completions: "COMMAND, -, OFFERS, SUMMARY", then "COMMAND, OPTION, OFFERS, HELP" of each option; TABs
 * part them, - stands for nothing.
 */
void options_words(const struct command_syntax *syntax, FILE *to);

#endif
