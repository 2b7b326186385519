/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads and prints a command's syntax: see options.h. */
#include "tools/commands/options.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#define OPTIONS_MAX 16
#define COLUMNS 92
/* getopt's value of an option without a letter is this plus its index: greater than any letter. */
#define NO_LETTER 256

/* "-o" or "--only", as the help prints it. */
static const char *option_text(const struct command_option *option, char buf[static 40])
{
	if (option->letter)
		snprintf(buf, 40, "-%c", option->letter);
	else
		snprintf(buf, 40, "--%s", option->name);
	return buf;
}

/* The same with its argument. */
static const char *option_usage(const struct command_option *option, char buf[static 80])
{
	char text[40];

	snprintf(buf, 80, "%s%s%s", option_text(option, text), option->argument ? " " : "",
		option->argument ? option->argument : "");
	return buf;
}

/* Makes the two descriptions that getopt_long needs: of the letters and of the names. */
static void describe(const struct command_syntax *syntax,
	struct option known[static OPTIONS_MAX + 2], char letters[static 2 * OPTIONS_MAX + 3])
{
	size_t n = 0;

	if (syntax->operand_ends)
		*letters++ = '+';
	*letters++ = 'h';
	known[n++] = (struct option){"help", no_argument, NULL, 'h'};
	for (size_t i = 0; i < syntax->option_count && i < OPTIONS_MAX; i++) {
		const struct command_option *option = &syntax->options[i];
		int value = option->letter ? option->letter : NO_LETTER + (int)i;

		if (option->letter)
			*letters++ = option->letter;
		if (option->letter && option->argument)
			*letters++ = ':';
		if (option->name)
			known[n++] = (struct option){option->name,
				option->argument ? required_argument : no_argument, NULL, value};
	}
	*letters = '\0';
	known[n] = (struct option){0};
}

static int take(const struct command_option *option, void *arguments, struct err *e)
{
	char text[40], *at = (char *)arguments + option->offset;

	if (option->take)
		return option->take(arguments, option_text(option, text), optarg, e);
	if (option->argument)
		memcpy(at, &optarg, sizeof(optarg));
	else
		*(bool *)(void *)at = true;
	return 0;
}

int options_read(
	const struct command_syntax *syntax, int argc, char **argv, void *arguments, struct err *e)
{
	struct option known[OPTIONS_MAX + 2];
	char letters[2 * OPTIONS_MAX + 3];
	int value;

	describe(syntax, known, letters);
	/* With 0, not 1, glibc also resets what it keeps from an earlier parse. */
	optind = 0;
	while ((value = getopt_long(argc, argv, letters, known, NULL)) != -1) {
		size_t i = 0;

		if (value == 'h') {
			options_help(syntax, stdout);
			return 1;
		}
		while (i < syntax->option_count && value != syntax->options[i].letter &&
			value != NO_LETTER + (int)i)
			i++;
		if (i == syntax->option_count || take(&syntax->options[i], arguments, e))
			return -1;
	}
	return 0;
}

/* Adds the argument to the option in a word of a form: "[--only]" becomes "[--only CASE[/RUN]]". */
static const char *expand(
	const struct command_syntax *syntax, const char *word, size_t length, char buf[static 128])
{
	size_t open = *word == '[', n = strcspn(word + open, "] ");
	char text[80];

	snprintf(buf, 128, "%.*s", (int)length, word);
	for (size_t i = 0; i < syntax->option_count; i++) {
		option_text(&syntax->options[i], text);
		if (strlen(text) == n && strncmp(word + open, text, n) == 0)
			snprintf(buf, 128, "%s%s%.*s", open ? "[" : "",
				option_usage(&syntax->options[i], text), (int)(length - open - n),
				word + open + n);
	}
	return buf;
}

/* Prints a form from `column` on, and breaks lines that would be too long. */
static void put_form(const struct command_syntax *syntax, const char *form, size_t column, FILE *to)
{
	size_t at = column, length;
	char word[128];

	for (; *form; form += length + (form[length] == ' ')) {
		length = strcspn(form, " ");
		expand(syntax, form, length, word);
		if (column && at > column && at + 1 + strlen(word) > COLUMNS) {
			fprintf(to, "\n%*s", (int)column + 1, "");
			at = column + 1;
		} else {
			fputc(' ', to);
			at++;
		}
		at += (size_t)fprintf(to, "%s", word);
	}
}

static void put_options(const struct command_syntax *syntax, FILE *to)
{
	size_t width = 0;
	char text[80], both[160] = "";

	for (size_t i = 0; i < syntax->option_count; i++)
		width = size_max(width, strlen(option_usage(&syntax->options[i], text)));
	for (size_t i = 0; i < syntax->option_count; i++) {
		const struct command_option *option = &syntax->options[i];
		const char *line = option->help;

		if (option->heading)
			fprintf(to, "%s\n", option->heading);
		strcat(strcat(both, *both ? " " : ""), option_usage(option, text));
		if (!line)
			continue;
		fprintf(to, "  %-*s  %.*s\n", (int)width, both, (int)strcspn(line, "\n"), line);
		while ((line = strchr(line, '\n')) && *++line)
			fprintf(to, "  %*s  %.*s\n", (int)width, "", (int)strcspn(line, "\n"),
				line);
		both[0] = '\0';
	}
}

void options_help(const struct command_syntax *syntax, FILE *to)
{
	for (size_t i = 0; i < FORMS_MAX && syntax->forms[i]; i++) {
		int n = fprintf(to, "%s blackout %s", i ? "      " : "usage:", syntax->name);

		put_form(syntax, syntax->forms[i], (size_t)n, to);
		fputc('\n', to);
	}
	fputs(syntax->about ? syntax->about : "", to);
	put_options(syntax, to);
	fputs(syntax->notes ? syntax->notes : "", to);
}

void options_brief(const struct command_syntax *syntax, FILE *to)
{
	fprintf(to, "  blackout %s", syntax->name);
	put_form(syntax, syntax->brief ? syntax->brief : syntax->forms[0], 0, to);
	fprintf(to, "\n      %s\n", syntax->summary);
}

void options_words(const struct command_syntax *syntax, FILE *to)
{
	char text[40];

	fprintf(to, "%s\t-\t%s\t%s\n%s\t--help\t-\tprint the command's help\n", syntax->name,
		syntax->offers ? syntax->offers : "-", syntax->summary, syntax->name);
	for (size_t i = 0; i < syntax->option_count; i++) {
		const struct command_option *option = &syntax->options[i];
		const char *help = option->help ? option->help : "-";

		fprintf(to, "%s\t%s\t%s\t%.*s\n", syntax->name, option_text(option, text),
			option->offers ? option->offers : "-", (int)strcspn(help, "\n"), help);
	}
}
