/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pieces of the page: see html.h. */
#include "reports/html/html.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CHART_BYTES_MAX ((size_t)4 << 20)
/* In units of the strip's viewBox. */
#define STRIP_WIDTH 640.0
#define STRIP_HEIGHT 22

void html_text(FILE *f, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '<':
			fputs("&lt;", f);
			break;
		case '>':
			fputs("&gt;", f);
			break;
		case '&':
			fputs("&amp;", f);
			break;
		case '"':
			fputs("&quot;", f);
			break;
		case '\'':
			fputs("&#39;", f);
			break;
		default:
			fputc(*text, f);
		}
	}
}

void html_safe(FILE *f, const char *text)
{
	char safe[512];

	html_text(f, text_safe(text, safe, sizeof(safe)));
}

void html_verdict(FILE *f, const char *verdict)
{
	char class[32];

	snprintf(class, sizeof(class), "%.*s", (int)strcspn(verdict, " ,"), verdict);
	fprintf(f, "<span class=\"%s\">%s</span>", class, verdict);
}

void html_number(FILE *f, const char *format, double value)
{
	fputs("<td class=\"n\">", f);
	if (isfinite(value))
		fprintf(f, format, value);
	else
		fputc('-', f);
	fputs("</td>", f);
}

void html_style(FILE *f)
{
	fputs("<style>\n"
	      ":root{color-scheme:light dark;--paper:#fff;--ink:#1b1b1b;--soft:#595959;--line:#d5d5d5;"
	      "--tint:#f5f5f3;--pass:#00694a;--fail:#b02a00;--open:#8a5a00;--job:#56B4E9;--pause:#E69F00;"
	      "--gap:#D55E00;--link:#005a9c}\n"
	      "@media(prefers-color-scheme:dark){:root{--paper:#16181a;--ink:#e8e6e3;--soft:#a8a8a8;"
	      "--line:#3c4043;--tint:#202326;--pass:#4fd1a5;--fail:#ff8a65;--open:#f2c14e;--link:#8ab4f8}"
	      ".chart img{filter:invert(.91) hue-rotate(180deg)}}\n"
	      "*{box-sizing:border-box}html{-webkit-text-size-adjust:100%}\n"
	      "body{margin:0 auto;padding:1.2rem;max-width:86rem;background:var(--paper);color:var(--ink);"
	      "font:16px/1.5 system-ui,sans-serif;overflow-wrap:anywhere}\n"
	      "h1{font-size:1.6rem;line-height:1.25;margin:.2rem 0}h2{font-size:1.2rem;margin:2rem 0 .6rem;"
	      "border-bottom:1px solid var(--line)}h3{font-size:1rem;margin:1.4rem 0 .4rem}"
	      "nav ul{margin:.4rem 0;padding-left:1.2rem}nav ul ul{columns:20rem}a{color:var(--link)}\n"
	      ".verdict{font-size:1.5rem;font-weight:700;margin:.2rem 0}.PASS{color:var(--pass)}"
	      ".FAIL{color:var(--fail)}.INVALID,.INCONCLUSIVE{color:var(--open)}\n"
	      ".worst{border-left:.35rem solid var(--line);padding:.2rem 0 .2rem .9rem;margin:.8rem 0}\n"
	      ".large{border:3px solid var(--fail);padding:.6rem 1rem;font-weight:700}"
	      ".soft{color:var(--soft)}\n"
	      ".wide{overflow-x:auto;max-width:100%}.wide:focus-visible,a:focus-visible{outline:3px solid "
	      "var(--link)}\n"
	      "table{border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:.92rem}"
	      "th,td{padding:.3rem .6rem;text-align:left;border-bottom:1px solid var(--line);"
	      "white-space:nowrap;vertical-align:top}td.n,th.n{text-align:right}\n"
	      "td.why{white-space:normal;min-width:12rem}tbody tr:hover{background:var(--tint)}"
	      "tr:target{background:var(--tint)}\n"
	      "pre{background:var(--tint);padding:.8rem;overflow-x:auto;font:13px/1.45 ui-monospace,"
	      "monospace}\n"
	      ".chart{margin:1rem 0}.chart img{display:block;width:100%;min-width:640px;max-width:900px;"
	      "height:auto}figcaption{color:var(--soft);font-size:.9rem}\n"
	      ".strip{width:12rem;height:22px;display:block}\n"
	      "@media(max-width:40rem){body{padding:.8rem}table{font-size:.82rem}th,td{padding:.25rem .35rem}"
	      "td:first-child{white-space:normal;overflow-wrap:break-word}.strip{width:8rem}}\n"
	      "@page{size:A4;margin:14mm}@media print{:root{--paper:#fff;--ink:#000;--tint:#fff;"
	      "--soft:#333;--link:#000}body{max-width:none;padding:0;font-size:10pt}"
	      ".chart img{filter:none;min-width:0}.chart,tr,.worst{break-inside:avoid}"
	      "h2,h3{break-after:avoid}nav{display:none}pre{white-space:pre-wrap;font-size:7.5pt;"
	      "padding:0}.wide{overflow:visible}table{font-size:7pt;overflow-wrap:normal}th,td{padding:.12rem .3rem}"
	      "td:first-child,td.why{white-space:normal}td.why{min-width:0}.more{display:none}"
	      ".strip{width:8rem;height:12px}.soft{break-after:avoid}}\n"
	      "</style>\n",
		f);
}

/* End of the line at `text`: its newline, or the text's end. */
static const char *line_end(const char *line)
{
	return line + strcspn(line, "\n");
}

static const char *next_line(const char *line)
{
	const char *end = line_end(line);

	return *end ? end + 1 : end;
}

/* Whether a line is underlined by the next one, as headings are. */
static bool is_heading(const char *line)
{
	const char *under = next_line(line), *end = line_end(under);

	return line_end(line) > line && end - under >= 3 &&
	       strspn(under, "-") == (size_t)(end - under) && line_end(line) - line >= end - under;
}

static void put_text(FILE *f, const char *from, const char *to)
{
	char *copy = strndup(from, (size_t)(to - from));

	html_text(f, copy ? copy : "");
	free(copy);
}

void html_sections(FILE *f, const char *text, bool contents)
{
	unsigned number = 0;

	while (*text && !is_heading(text))
		text = next_line(text);
	while (*text) {
		const char *body = next_line(next_line(text)), *end = body;

		while (*end && !is_heading(end))
			end = next_line(end);
		fprintf(f, contents ? "<li><a href=\"#s%u\">" : "<section><h3 id=\"s%u\">",
			++number);
		put_text(f, text, line_end(text));
		if (contents) {
			fputs("</a></li>\n", f);
		} else {
			fputs("</h3>\n<pre tabindex=\"0\">", f);
			put_text(f, body, end);
			fputs("</pre></section>\n", f);
		}
		text = end;
	}
}

/* The time that the strip shows. */
struct axis {
	int64_t from_ns, to_ns;
};

static double position(const struct axis *axis, int64_t ns)
{
	double share = (double)(ns - axis->from_ns) / (double)(axis->to_ns - axis->from_ns);

	return STRIP_WIDTH * fmin(fmax(share, 0), 1);
}

static void put_bar(FILE *f, const struct axis *axis, int64_t from_ns, int64_t to_ns, int top,
	int height, const char *colour)
{
	double left = position(axis, from_ns), width = position(axis, to_ns) - left;

	fprintf(f, "<rect x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"var(--%s)\"",
		left, top, fmax(width, 1.5), height, colour);
}

/* A silence; its title, which browsers show as a tooltip, has its bounds and causes. */
static void put_gap(FILE *f, const struct results *results, const struct move_result *m,
	const struct gap *gap, const struct axis *axis)
{
	const struct observation *o = move_judged(m);
	char seconds[NUMBER_TEXT_MAX], after[NUMBER_TEXT_MAX];
	int64_t from_ns = gap->a_ns == NS_NONE ? gap->l1_ns : gap->a_ns;
	struct causes causes;

	put_bar(f, axis, from_ns, gap->r_ns == NS_NONE ? axis->to_ns : gap->r_ns, 2, 18, "gap");
	fprintf(f, "><title>silent %s s, from %s s after the trigger",
		interval_text(gap->widened, 3, seconds),
		fixed_text(from_ns - m->move->trigger_ns, 3, after));
	causes_of(results->timeline, m->move, o->series, gap, &causes);
	for (size_t i = 0; i < causes.count; i++) {
		fprintf(f, "; %s s ",
			fixed_text(
				causes.stretch[i].to_ns - causes.stretch[i].from_ns, 2, seconds));
		html_text(f, cause_name(causes.stretch[i].cause));
	}
	fputs("</title></rect>", f);
}

/* Axis from the baseline to the window's end; false if the move did not reach its window's end. */
static bool axis_of(const struct move *move, struct axis *axis)
{
	axis->from_ns = move->baseline_ns != NS_NONE ? move->baseline_ns : move->trigger_ns;
	axis->to_ns = move->window_end_ns;
	return move->trigger_ns != NS_NONE && axis->to_ns != NS_NONE && axis->to_ns > axis->from_ns;
}

static void put_job(FILE *f, const struct move *move, const struct axis *axis)
{
	const struct job *job = move->job;

	if (!job || job->ended.hi_ns == NS_NONE)
		return;
	put_bar(f, axis, move->trigger_ns, job->ended.hi_ns, 6, 10, "job");
	fprintf(f, "><title>the job, %.2f s</title></rect>",
		(double)(job->ended.hi_ns - move->trigger_ns) / 1e9);
	if (job->paused.lo_ns == NS_NONE || job->resumed.hi_ns == NS_NONE)
		return;
	put_bar(f, axis, job->paused.lo_ns, job->resumed.hi_ns, 4, 14, "pause");
	fprintf(f, "><title>paused until resumed, at most %.3f s</title></rect>",
		(double)(job->resumed.hi_ns - job->paused.lo_ns) / 1e9);
}

void html_strip(FILE *f, const struct results *results, const struct move_result *m)
{
	const struct observation *o = move_judged(m);
	struct axis axis;

	if (!o || !axis_of(m->move, &axis)) {
		fputs("-", f);
		return;
	}
	fprintf(f,
		"<svg class=\"strip\" viewBox=\"0 0 %.0f %d\" preserveAspectRatio=\"none\" role=\"img\" "
		"aria-label=\"run %zu in time: %zu silences\"><path d=\"M0 11H%.0f\" "
		"stroke=\"var(--line)\" stroke-width=\"2\"/>",
		STRIP_WIDTH, STRIP_HEIGHT, m->move->run, o->gaps.count, STRIP_WIDTH);
	put_job(f, m->move, &axis);
	for (size_t i = 0; i < o->gaps.count; i++)
		put_gap(f, results, m, &o->gaps.gap[i], &axis);
	fputs("</svg>", f);
}

/* SVG in a URL: escapes what would end the attribute or the URL, or begin an escape. */
static void put_url(FILE *f, const char *svg)
{
	for (; *svg; svg++) {
		if (strchr("%#<>\"&'\n\r\t", *svg) || (unsigned char)*svg >= 0x7f)
			fprintf(f, "%%%02X", (unsigned char)*svg);
		else
			fputc(*svg, f);
	}
}

static void put_image(FILE *f, const char *svg, const char *alternative)
{
	fputs("<div class=\"wide\" tabindex=\"0\"><img alt=\"", f);
	html_text(f, alternative);
	fputs("\" src=\"data:image/svg+xml,", f);
	put_url(f, svg);
	fputs("\"></div>\n", f);
}

bool html_chart(FILE *f, const struct directory *dir, const char *name, const char *alternative,
	size_t move, size_t *chart_bytes)
{
	char leaf[CHART_NAME_MAX + 16], *svg;
	struct err ignored;
	size_t length;

	snprintf(leaf, sizeof(leaf), "charts/%s.svg", name);
	if (directory_read(dir, leaf, CHART_BYTES_MAX, &svg, &length, &ignored))
		return false;
	fputs("<figure class=\"chart\"", f);
	if (move)
		fprintf(f, " id=\"c%zu\"", move);
	fputs(">", f);
	/* Escaping for a URL adds about a third. */
	length += length / 3;
	if (length <= *chart_bytes) {
		*chart_bytes -= length;
		put_image(f, svg, alternative);
	}
	fputs("<figcaption>", f);
	html_text(f, alternative);
	fprintf(f, " (<a href=\"charts/%s.svg\">file</a>, <a href=\"charts/%s.dat\">data</a>", name,
		name);
	if (move)
		fprintf(f, ", <a href=\"#m%zu\">the move</a>", move);
	fputs(")</figcaption></figure>\n", f);
	free(svg);
	return true;
}
