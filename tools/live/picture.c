/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Renders a picture as lines of text: see picture.h. */
#include "tools/live/picture.h"

#include "reports/common/document.h"

#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

/* From this width on, each line begins with a label. */
#define WIDE 40
#define LABEL 10
#define BAR_MAX 40
#define SILENCE_SHOWN_NS (200 * NS_PER_MS)
#define UNWRITTEN_SHOWN_NS (5 * NS_PER_S)

/* The lines rendered so far, and their limits. */
struct picture_page {
	struct picture_line *lines;
	size_t count, capacity;
	unsigned width, rows;
	bool utf8;
};

bool picture_has_utf8(void)
{
	return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

/*
 * Returns the bytes of the first character. *columns is its width, 0 if it is to be left out;
 * *plain: it can be printed as it is.
 */
static size_t character(const char *text, bool utf8, unsigned *columns, bool *plain)
{
	wchar_t wide;
	mbstate_t state = {0};
	size_t n;
	int width;

	*columns = 1;
	*plain = (unsigned char)*text < 0x80;
	if (*plain)
		return 1;
	n = mbrtowc(&wide, text, MB_CUR_MAX, &state);
	if (!utf8 || n == (size_t)-1 || n == (size_t)-2) {
		for (n = 1; ((unsigned char)text[n] & 0xC0) == 0x80; n++)
			;
		return n;
	}
	width = wcwidth(wide);
	*plain = width >= 0;
	*columns = width < 0 ? 1 : (unsigned)width;
	return n;
}

const char *picture_fit(const char *text, unsigned width, bool utf8, char *buf, size_t size)
{
	char safe[PICTURE_LINE_MAX];
	unsigned used = 0;
	size_t length = 0;

	text_safe(text, safe, sizeof(safe));
	for (const char *at = safe; *at;) {
		unsigned columns;
		bool plain;
		size_t n = character(at, utf8, &columns, &plain);

		if (used + columns > width || length + n >= size)
			break;
		if (columns > 0 && plain) {
			memcpy(buf + length, at, n);
			length += n;
		} else if (columns > 0) {
			buf[length++] = '?';
		}
		used += columns;
		at += n;
	}
	buf[length] = '\0';
	return buf;
}

static void put(struct picture_page *page, enum picture_style style, const char *fmt, ...)
	PRINTF_LIKE(3, 4);
static void put(struct picture_page *page, enum picture_style style, const char *fmt, ...)
{
	char text[PICTURE_LINE_MAX];
	struct picture_line *line;
	va_list args;

	if (page->count == page->capacity)
		return;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	line = &page->lines[page->count++];
	line->style = style;
	picture_fit(text, page->width, page->utf8, line->text, sizeof(line->text));
}

/* Returns the padded label that begins with `word`; "" if the page is too narrow for labels. */
static const char *label(const struct picture_page *page, const char *word)
{
	static const char *const padded[] = {
		"copied    ", "answers   ", "silence   ", "verdicts  ", "left      "};

	for (size_t i = 0; page->width >= WIDE && i < ARRAY_SIZE(padded); i++)
		if (strncmp(padded[i], word, strlen(word)) == 0)
			return padded[i];
	return "";
}

static void put_head(struct picture_page *page, const struct picture *p)
{
	char safe[PICTURE_LINE_MAX], name[PICTURE_LINE_MAX];

	put(page, PICTURE_STRONG, "%s%s", p->simulated ? "SIMULATED  " : "",
		text_safe(p->title, safe, sizeof(safe)));
	switch (p->state) {
	case PICTURE_SETTING_UP:
		put(page, PICTURE_PLAIN, "setting up");
		return;
	case PICTURE_ENDED:
		put(page, p->closed == FOLDER_COMPLETE ? PICTURE_STRONG : PICTURE_BAD, "ended: %s",
			folder_state_name(p->closed));
		return;
	case PICTURE_GONE:
		put(page, PICTURE_BAD, "the run's process is gone");
		return;
	case PICTURE_RUNNING:
		break;
	}
	if (p->planned)
		put(page, PICTURE_PLAIN, "run %zu of %zu  %s", p->done + (p->done < p->planned),
			p->planned, p->step);
	else
		put(page, PICTURE_PLAIN, "%zu runs done  %s", p->done, p->step);
	if (p->run)
		put(page, PICTURE_PLAIN, "%s%s %zu/%zu",
			text_fit(text_safe(p->case_name, safe, sizeof(safe)),
				page->width > 24 ? page->width - 16 : page->width / 2, name,
				sizeof(name)),
			p->unmoved ? " unmoved" : "", p->run, p->repeat);
}

/* Prints a host and its VMs: "desk", or "desk > b" for a VM that moves to host b. */
static void put_host(struct picture_page *page, const struct picture *p, const char *host)
{
	char line[PICTURE_LINE_MAX], safe[PICTURE_NAME * 4];
	size_t n = 0;

	n += (size_t)snprintf(line, sizeof(line), "%s%s%s", page->width >= WIDE ? "host " : "",
		text_safe(host, safe, sizeof(safe)), page->width >= WIDE ? "    " : "");
	for (size_t i = 0; i < p->vm_count && n < sizeof(line) - PICTURE_NAME * 6; i++) {
		const struct picture_vm *vm = &p->vms[i];

		if (strcmp(vm->host, host) != 0)
			continue;
		n += (size_t)snprintf(line + n, sizeof(line) - n, " %s",
			text_safe(vm->name, safe, PICTURE_NAME * 2));
		if (*vm->to && n < sizeof(line) - PICTURE_NAME * 3)
			n += (size_t)snprintf(line + n, sizeof(line) - n, " > %s",
				text_safe(vm->to, safe, PICTURE_NAME * 2));
	}
	put(page, PICTURE_PLAIN, "%s", line);
}

static void put_hosts(struct picture_page *page, const struct picture *p)
{
	size_t elsewhere = 0;

	for (size_t i = 0; i < p->host_count; i++)
		put_host(page, p, p->hosts[i]);
	for (size_t i = 0; i < p->vm_count; i++)
		elsewhere += !*p->vms[i].host;
	if (elsewhere && p->state == PICTURE_RUNNING)
		put(page, PICTURE_FAINT, "%zu VM%s on an unknown host", elsewhere,
			elsewhere == 1 ? "" : "s");
}

static void put_copied(struct picture_page *page, const struct picture *p)
{
	const char *word = label(page, "copied");
	unsigned used = (unsigned)strlen(word) + (unsigned)strlen("[]  100 %");
	unsigned columns = page->width > used ? page->width - used : 0;
	char bar[BAR_MAX + 1];

	/* Of several VMs that are copied, one figure would say nothing. */
	if (p->copied_percent < 0 || p->several)
		return;
	columns = columns > BAR_MAX ? BAR_MAX : columns;
	for (unsigned i = 0; i < columns; i++)
		bar[i] = i * 100 < (unsigned)p->copied_percent * columns ? '#' : '-';
	bar[columns] = '\0';
	if (columns >= 4)
		put(page, PICTURE_PLAIN, "%s[%s] %3d %%", word, bar, p->copied_percent);
	else
		put(page, PICTURE_PLAIN, "%d %%", p->copied_percent);
}

static void put_strip(struct picture_page *page, const struct picture *p)
{
	static const char *const ascii[] = {".", "|", "!", "_"};
	static const char *const blocks[] = {"\u00b7", "\u2588", "\u2584", "_"};
	const char *const *cells = page->utf8 ? blocks : ascii;
	const char *word = label(page, "answers");
	unsigned columns = page->width - (unsigned)strlen(word);
	char strip[STRIP_S * 4 + 1] = "", safe[PICTURE_LINE_MAX];
	bool bad = false;

	if (!*p->probe)
		return;
	columns = columns > STRIP_S ? STRIP_S : columns;
	for (size_t i = STRIP_S - columns; i < STRIP_S; i++) {
		strcat(strip, cells[p->strip[i]]);
		bad |= p->strip[i] >= STRIP_SOME;
	}
	if (p->several)
		put(page, PICTURE_PLAIN, "worst now: %s",
			text_safe(p->strip_vm, safe, sizeof(safe)));
	put(page, bad ? PICTURE_BAD : PICTURE_GOOD, "%s%s", word, strip);
}

static void put_silence(struct picture_page *page, const struct picture *p)
{
	const char *word = label(page, "silence");
	bool silent = p->silence_ns >= SILENCE_SHOWN_NS;
	bool wide = page->width >= WIDE;
	char longest[PICTURE_LINE_MAX] = "", safe[PICTURE_NAME * 4];

	if (p->longest_ns != NS_NONE)
		snprintf(longest, sizeof(longest), "%s%.3f s%s%s",
			wide ? "longest in a move: at most " : "longest ",
			(double)p->longest_ns / 1e9, wide ? ", " : "",
			wide ? text_safe(p->longest_in, safe, sizeof(safe)) : "");
	if (silent)
		put(page, PICTURE_BAD, "%sSILENT for %.1f s", word, (double)p->silence_ns / 1e9);
	if (*longest)
		put(page, PICTURE_PLAIN, "%s%s", silent && wide ? "          " : word, longest);
}

static void put_verdicts(struct picture_page *page, const struct picture *p)
{
	char line[256] = "";
	size_t n = 0, judged = 0;

	for (int v = VERDICT_FAIL; p->judged && v >= 0; v--) {
		judged += p->verdicts[v];
		if (p->verdicts[v])
			n += (size_t)snprintf(line + n, sizeof(line) - n, "%s%zu %s", n ? ", " : "",
				p->verdicts[v], verdict_name((enum verdict)v));
	}
	if (judged)
		put(page, p->verdicts[VERDICT_FAIL] ? PICTURE_BAD : PICTURE_PLAIN, "%s%s",
			label(page, "verdicts"), line);
}

static void put_left(struct picture_page *page, const struct picture *p)
{
	const char *word = label(page, "left");
	const char *short_word = *word ? word : "left ";
	const char *whose = p->simulated ? " of simulated time" : "";

	if (p->state != PICTURE_RUNNING || p->left_s < 0)
		return;
	if (p->left_s < 90)
		put(page, PICTURE_PLAIN, "%sabout %.0f s%s", short_word, p->left_s, whose);
	else if (p->left_s < 5400)
		put(page, PICTURE_PLAIN, "%sabout %.0f min%s", short_word, p->left_s / 60, whose);
	else
		put(page, PICTURE_PLAIN, "%sabout %.1f h%s", short_word, p->left_s / 3600, whose);
}

static void put_messages(struct picture_page *page, const struct picture *p)
{
	size_t left = page->rows > page->count ? page->rows - page->count : 0;
	size_t first = 0;

	if (page->rows && p->message_count > left)
		first = p->message_count - left;
	for (size_t i = first; i < p->message_count; i++)
		put(page, PICTURE_FAINT, "%s", p->messages[i]);
}

size_t picture_render(const struct picture *p, unsigned width, unsigned rows, bool utf8,
	struct picture_line *lines, size_t capacity)
{
	struct picture_page page = {.lines = lines,
		.capacity = rows && rows < capacity ? rows : capacity,
		.width = width ? width : 1,
		.rows = rows,
		.utf8 = utf8};

	put_head(&page, p);
	put_hosts(&page, p);
	if (p->state == PICTURE_RUNNING || p->state == PICTURE_SETTING_UP) {
		put_copied(&page, p);
		put_strip(&page, p);
	}
	put_silence(&page, p);
	put_verdicts(&page, p);
	put_left(&page, p);
	if (p->unwritten_ns >= UNWRITTEN_SHOWN_NS && p->state == PICTURE_RUNNING)
		put(&page, PICTURE_BAD, "nothing was written for %.0f s",
			(double)p->unwritten_ns / 1e9);
	put_messages(&page, p);
	return page.count;
}
