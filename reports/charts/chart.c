/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A chart being composed, shared by all charts: its script and its blocks of data. */
#include "reports/charts/chart.h"

#include "harness/base/memory.h"

#include <string.h>

void chart_quote(FILE *f, const char *text)
{
	char safe[1024];

	/*
	 * In single quotes gnuplot expands nothing. But leading doubled quotes confuse its search
	 * for the string's end, and back-quotes after them would run commands. So both kinds of
	 * quotes are escaped.
	 */
	text_safe(text, safe, sizeof(safe));
	fputc('\'', f);
	for (const char *p = safe; *p; p++) {
		if (*p == '\'' || *p == '`')
			fprintf(f, "\\x%02X", *p);
		else
			fputc(*p, f);
	}
	fputc('\'', f);
}

void chart_seconds(FILE *f, int64_t ns)
{
	fprintf(f, "%.6f", (double)ns / NS_PER_S);
}

void chart_head(FILE *f, const char *name, int height, const char *title, const char *subtitle)
{
	fprintf(f, "# gnuplot %s.gp makes %s.svg\n", name, name);
	fprintf(f,
		"reset session\nset encoding utf8\nset terminal svg size 900,%d fixed noenhanced "
		"font 'sans-serif,13' background '#ffffff'\nset output '%s.svg'\n",
		height, name);
	fputs("set border 3 lc rgb '" COLOUR_DARK "'\nset tics nomirror out textcolor rgb "
	      "'" COLOUR_DARK "'\nset grid ytics lc rgb '#E4E4E4' lt 1 lw 1\n",
		f);
	fprintf(f, "set label 1 ");
	chart_quote(f, title);
	fprintf(f, " at screen 0.02,screen %.4f left font ',17' tc rgb '#000000'\n",
		1 - 24.0 / height);
	fprintf(f, "set label 2 ");
	chart_quote(f, subtitle);
	fprintf(f, " at screen 0.02,screen %.4f left font ',12' tc rgb '" COLOUR_DARK "'\n",
		1 - 48.0 / height);
}

int chart_open(struct chart_context *c, struct chart *chart, const char *name, int height,
	const char *title, const char *subtitle, struct err *e)
{
	FILE *f;

	memset(chart, 0, sizeof(*chart));
	snprintf(chart->name, sizeof(chart->name), "%s", name);
	if (doc_open(&chart->gp, e))
		return -1;
	if (doc_open(&chart->dat, e)) {
		doc_drop(&chart->gp);
		return -1;
	}
	f = chart->gp.f;
	chart_head(f, name, height, title, subtitle);
	if (c->results->timeline->simulated)
		fprintf(f,
			"set label 3 'SIMULATED' at screen 0.5,screen 0.5 center rotate by 20 font "
			"',92' tc rgb '#EBEBEB' back\nset label 4 'SIMULATED' at screen "
			"0.98,screen %.4f right font ',17' tc rgb '" COLOUR_RED "'\n",
			1 - 24.0 / height);
	return 0;
}

void chart_drop(struct chart *chart)
{
	doc_drop(&chart->dat);
	doc_drop(&chart->gp);
}

int chart_close(struct chart_context *c, struct chart *chart, struct err *e)
{
	char name[CHART_NAME_MAX + 8];

	if (chart->clauses)
		chart_plot_end(chart);
	fputs("set output\n", chart->gp.f);
	snprintf(name, sizeof(name), "%s.dat", chart->name);
	if (doc_close(&chart->dat, c->drafts, name, e)) {
		doc_drop(&chart->gp);
		return -1;
	}
	snprintf(name, sizeof(name), "%s.gp", chart->name);
	if (doc_close(&chart->gp, c->drafts, name, e))
		return -1;
	MEMORY_GROW("charts", c->names, c->count, c->capacity);
	memcpy(c->names[c->count++], chart->name, CHART_NAME_MAX);
	return 0;
}

unsigned chart_block(struct chart *chart)
{
	if (chart->blocks)
		fputs("\n\n", chart->dat.f);
	return chart->blocks++;
}

void chart_clause(struct chart *chart)
{
	fputs(chart->clauses++ ? ", \\\n\t" : "plot ", chart->gp.f);
}

void chart_plot(struct chart *chart, unsigned block, const char *using_with)
{
	chart_clause(chart);
	fprintf(chart->gp.f, "'%s.dat' index %u %s", chart->name, block, using_with);
}

void chart_plot_end(struct chart *chart)
{
	fputc('\n', chart->gp.f);
	chart->clauses = 0;
}
