/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Layout of report.txt: cells and rows of tables, headings, paragraphs, banners. */
#include "reports/text/text.h"

#include <string.h>

void text_cell(FILE *f, const char *text, int width, bool right)
{
	int pad = width - (int)text_width(text);

	fprintf(f, "%*s%s%*s ", right && pad > 0 ? pad : 0, "", text, !right && pad > 0 ? pad : 0,
		"");
}

void text_line(FILE *f, const char *text, int width, bool right)
{
	int pad = width - (int)text_width(text);

	fprintf(f, "%*s%s\n", right && pad > 0 ? pad : 0, "", text);
}

void text_ms(FILE *f, int64_t ns, int width)
{
	char text[NUMBER_TEXT_MAX];

	text_cell(f, ms_text(ns, 2, text), width, true);
}

void text_case(FILE *f, const char *name)
{
	char safe[512], fitted[512];

	text_safe(name, safe, sizeof(safe));
	/* Not cut in the middle: names of many axes would then look the same. */
	if (text_width(safe) > CASE_WIDTH) {
		text_line(f, text_fit(safe, TEXT_COLUMNS, fitted, sizeof(fitted)), 0, false);
		safe[0] = '\0';
	}
	text_cell(f, safe, CASE_WIDTH, false);
}

void text_move_case(FILE *f, const struct move_result *m)
{
	char name[ROW_NAME_MAX];

	text_case(f, case_row_name(m->plan_case, m->move->case_name, m->move->vm, name));
}

void text_heading(FILE *f, const char *text)
{
	fprintf(f, "\n%s\n", text);
	for (size_t i = text_width(text); i > 0; i--)
		fputc('-', f);
	fputc('\n', f);
}

/* Whether a word, without punctuation after it, is a unit. */
static bool is_unit(const char *word)
{
	static const char *const units[] = {
		"s", "ms", "%", "s/GB", "MB", "GB", "Mbit/s", "IOPS", "min"};
	size_t length = strcspn(word, " ");

	while (length && strchr(".,:;)", word[length - 1]))
		length--;
	for (size_t i = 0; i < ARRAY_SIZE(units); i++)
		if (strlen(units[i]) == length && strncmp(word, units[i], length) == 0)
			return true;
	return false;
}

/* Length in bytes of text that must stay on one line: a word, an interval, a number with unit. */
static size_t word_length(const char *text)
{
	size_t length = strcspn(text, " ");

	if (*text == '[' && text[length] && !memchr(text, ']', length))
		length += 1 + strcspn(text + length + 1, " ");
	if (length && strchr("0123456789]", text[length - 1]) && text[length] &&
		is_unit(text + length + 1))
		length += 1 + strcspn(text + length + 1, " ");
	return length;
}

void text_wrap(FILE *f, const char *indent, const char *text)
{
	size_t column = 0;

	while (*text) {
		size_t bytes = word_length(text), width = 0;

		for (size_t i = 0; i < bytes; i++)
			width += (text[i] & 0xC0) != 0x80;
		if (column && column + 1 + width > TEXT_COLUMNS) {
			fputc('\n', f);
			column = 0;
		}
		fputs(column ? " " : indent, f);
		column += column ? 1 : strlen(indent);
		fwrite(text, 1, bytes, f);
		column += width;
		text += bytes + (text[bytes] == ' ');
	}
	fputc('\n', f);
}

void text_banner(FILE *f, const char *large, const char *text)
{
	static const char stars[] = "**********************************************************"
				    "************************";

	fprintf(f, "\n%s\n*  %s\n*  %s\n%s\n", stars, large, text, stars);
}

void text_closed(FILE *f, const struct timeline *t)
{
	static const struct {
		enum folder_state state;
		const char *large, *text;
	} ends[] = {
		{FOLDER_INTERRUPTED, "I N T E R R U P T E D",
			"INTERRUPTED: the plan was not completed; this is what was carried out."},
		{FOLDER_BROKE_OFF, "B R O K E   O F F",
			"BROKE OFF: the plan could not continue; this is what was carried out."},
		{FOLDER_SET_UP_FAILED, "S E T - U P   F A I L E D",
			"SET-UP FAILED: a host, the VM or the network was not ready; this is what "
			"was recorded."},
	};

	for (size_t i = 0; i < ARRAY_SIZE(ends); i++)
		if (t->closed == ends[i].state)
			text_banner(f, ends[i].large, ends[i].text);
}

const char *text_move_name(const struct move_result *m, char buf[static MOVE_NAME_MAX])
{
	char name[512], vm[128];
	bool several = m->plan_case && plan_together(m->plan_case);

	snprintf(buf, MOVE_NAME_MAX, "%s, run %zu%s%s",
		text_safe(m->move->case_name, name, sizeof(name)), m->move->run,
		several ? ", " : "", several ? text_safe(m->move->vm, vm, sizeof(vm)) : "");
	return buf;
}
