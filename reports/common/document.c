/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Documents, escaped text, numbers as text: see document.h. */
#include "reports/common/document.h"

#include "harness/base/csv.h"

#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

int c_locale_enter(struct c_locale *locale, struct err *e)
{
	locale->c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
	if (!locale->c)
		return err_set(e, "report: out of memory");
	locale->before = uselocale(locale->c);
	return 0;
}

void c_locale_leave(struct c_locale *locale)
{
	uselocale(locale->before);
	freelocale(locale->c);
}

int doc_open(struct doc *doc, struct err *e)
{
	memset(doc, 0, sizeof(*doc));
	if (c_locale_enter(&doc->locale, e))
		return -1;
	doc->f = open_memstream(&doc->text, &doc->length);
	if (!doc->f) {
		c_locale_leave(&doc->locale);
		return err_set(e, "report: out of memory");
	}
	return 0;
}

/* Closes the stream and restores the thread's locale. */
static int doc_end(struct doc *doc)
{
	int result = ferror(doc->f);

	if (fclose(doc->f))
		result = -1;
	c_locale_leave(&doc->locale);
	return result ? -1 : 0;
}

int doc_take(struct doc *doc, char **text, struct err *e)
{
	*text = NULL;
	if (doc_end(doc)) {
		free(doc->text);
		return err_set(e, "report: out of memory");
	}
	*text = doc->text;
	return 0;
}

int doc_close(struct doc *doc, const struct directory *dir, const char *name, struct err *e)
{
	char *text;
	int result;

	if (doc_take(doc, &text, e))
		return err_prefix(e, "%s", name);
	result = directory_write(dir, name, text, doc->length, e);
	free(text);
	return result;
}

void doc_drop(struct doc *doc)
{
	doc_end(doc);
	free(doc->text);
}

size_t text_width(const char *text)
{
	size_t width = 0;

	for (; *text; text++)
		width += (*text & 0xC0) != 0x80;
	return width;
}

/* Start of character number `index` of UTF-8 text. */
static const char *text_at(const char *text, size_t index)
{
	for (; *text; text++)
		if ((*text & 0xC0) != 0x80 && index-- == 0)
			break;
	return text;
}

const char *text_fit(const char *text, size_t width, char *buf, size_t size)
{
	size_t all = text_width(text), head = width / 2, tail = width - head - 1;
	const char *cut = text_at(text, head), *rest = text_at(text, all - tail);

	if (all <= width)
		snprintf(buf, size, "%s", text);
	else
		snprintf(buf, size, "%.*s~%s", (int)(cut - text), text, rest);
	return buf;
}

void csv_text(FILE *f, const char *text)
{
	const unsigned char *p = (const unsigned char *)(text ? text : "");
	bool quoted = strpbrk((const char *)p, ",\"\r\n") != NULL;

	if (quoted)
		fputc('"', f);
	if (text && csv_needs_guard(text))
		fputc('\'', f);
	while (*p) {
		uint32_t point;
		size_t length = text_utf8_length(p, &point);

		if (*p == '"')
			fputc('"', f);
		if (length)
			fwrite(p, 1, length, f);
		else
			fprintf(f, "\\x%02X", *p);
		p += length ? length : 1;
	}
	if (quoted)
		fputc('"', f);
}

void name_safe(const char *text, char *buf, size_t size)
{
	size_t n = 0;

	for (; *text && n + 1 < size; text++) {
		bool keep = (*text >= 'a' && *text <= 'z') || (*text >= 'A' && *text <= 'Z') ||
			    (*text >= '0' && *text <= '9') || *text == '_' || *text == '-' ||
			    (*text == '.' && n > 0);

		buf[n++] = keep ? *text : '-';
	}
	if (n == 0)
		buf[n++] = '-';
	buf[n] = '\0';
}

const char *fixed_text(int64_t ns, int decimals, char buf[static NUMBER_TEXT_MAX])
{
	int64_t unit = NS_PER_S, fraction_unit = 1;
	uint64_t magnitude, rounded;

	if (ns == NS_NONE)
		return strcpy(buf, "-");
	if (ns == NS_INF)
		return strcpy(buf, "inf");
	for (int i = 0; i < decimals; i++) {
		unit /= 10;
		fraction_unit *= 10;
	}
	magnitude = ns < 0 ? (uint64_t)-ns : (uint64_t)ns;
	rounded = (magnitude + (uint64_t)unit / 2) / (uint64_t)unit;
	snprintf(buf, NUMBER_TEXT_MAX, "%s%" PRIu64, ns < 0 && rounded ? "-" : "",
		rounded / (uint64_t)fraction_unit);
	if (decimals)
		snprintf(buf + strlen(buf), NUMBER_TEXT_MAX - strlen(buf), ".%0*" PRIu64, decimals,
			rounded % (uint64_t)fraction_unit);
	return buf;
}

const char *ms_text(int64_t ns, int decimals, char buf[static NUMBER_TEXT_MAX])
{
	if (ns == NS_NONE)
		return strcpy(buf, "-");
	snprintf(buf, NUMBER_TEXT_MAX, "%.*f", decimals, (double)ns / NS_PER_MS);
	return buf;
}

const char *interval_text(struct interval i, int decimals, char buf[static NUMBER_TEXT_MAX])
{
	char lo[NUMBER_TEXT_MAX], hi[NUMBER_TEXT_MAX];
	int64_t unit = NS_PER_S;

	if (i.lo_ns == NS_NONE || i.hi_ns == NS_NONE)
		return strcpy(buf, "-");
	for (int d = 0; d < decimals; d++)
		unit /= 10;
	fixed_text(i.lo_ns < NS_INF ? i.lo_ns / unit * unit : i.lo_ns, decimals, lo);
	if (i.hi_ns < NS_INF - unit)
		i.hi_ns = (i.hi_ns + unit - 1) / unit * unit;
	fixed_text(i.hi_ns, decimals, hi);
	snprintf(buf, NUMBER_TEXT_MAX, "[%.20s, %.20s]", lo, hi);
	return buf;
}
