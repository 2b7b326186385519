/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The present picture of a run, and how it is put into lines of text. Nothing here reads files or
 * knows of terminals but for their width: follow.h makes the picture, screen.h shows it.
 */
#ifndef BLACKOUT_TOOLS_LIVE_PICTURE_H
#define BLACKOUT_TOOLS_LIVE_PICTURE_H

#include "harness/base/base.h"
#include "harness/verdict/verdict.h"

#define STRIP_S 60
#define PICTURE_NAME 96
#define PICTURE_MESSAGES 4
#define PICTURE_LINE_MAX 1024

/* What one second of the judged probe's answers was. */
enum strip_cell {
	STRIP_NONE, /* nobody probed, or it is not known yet */
	STRIP_ANSWERED,
	STRIP_SOME, /* some were not answered in time */
	STRIP_LOST,
};

enum picture_state {
	PICTURE_SETTING_UP, /* no run has begun */
	PICTURE_RUNNING,
	PICTURE_ENDED, /* `closed` says how */
	PICTURE_GONE,  /* nobody writes any more, and nobody closed the folder */
};

struct picture_vm {
	char name[PICTURE_NAME];
	char host[PICTURE_NAME]; /* "": not known */
	char to[PICTURE_NAME];   /* where it is moving to; "": it is not */
};

struct picture {
	char title[PICTURE_NAME * 2];
	bool simulated;
	enum picture_state state;
	enum folder_state closed;
	char (*hosts)[PICTURE_NAME];
	size_t host_count;
	struct picture_vm *vms;
	size_t vm_count;
	/* The run under way; planned 0: not known. */
	size_t done, planned;
	char case_name[PICTURE_NAME * 2];
	size_t run, repeat;
	bool unmoved;
	char step[32];
	int copied_percent; /* -1: nothing is being copied */
	char probe[PICTURE_NAME];
	enum strip_cell strip[STRIP_S]; /* the last is the present second */
	int64_t silence_ns;             /* now; 0: it answers */
	int64_t longest_ns;             /* of the moves so far, at the most; NS_NONE: none was seen */
	char longest_in[PICTURE_NAME * 2];
	bool judged;
	size_t verdicts[VERDICT_FAIL + 1];
	double left_s;       /* below 0: not known */
	int64_t unheard_ns;  /* since when nothing new was written; 0: all is fresh */
	char messages[PICTURE_MESSAGES][256]; /* the newest last */
	size_t message_count;
};

enum picture_style { PICTURE_PLAIN, PICTURE_STRONG, PICTURE_FAINT, PICTURE_GOOD, PICTURE_BAD };

struct picture_line {
	enum picture_style style;
	char text[PICTURE_LINE_MAX];
};

/*
 * The picture as at most `room` lines, each at most `width` columns (at least 1) wide and harmless on
 * a terminal, whatever names say: what a terminal might obey, what has no width and, without `utf8`,
 * what is not ASCII is replaced or left out. `rows`: how many lines there is room for; 0: any number.
 * Text in UTF-8 is measured by the locale. Returns the number of lines.
 */
size_t picture_render(const struct picture *p, unsigned width, unsigned rows, bool utf8,
	struct picture_line *lines, size_t capacity);
/* At most `width` columns of any text, harmless as above; the end is left out where it is longer. */
const char *picture_fit(const char *text, unsigned width, bool utf8, char *buf, size_t size);

#endif
