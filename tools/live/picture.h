/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The current picture of a run, and its rendering as lines of text. No files and no terminals here:
 * follow.h makes the picture, screen.h shows it.
 */
#ifndef BLACKOUT_TOOLS_LIVE_PICTURE_H
#define BLACKOUT_TOOLS_LIVE_PICTURE_H

#include "harness/base/base.h"
#include "harness/verdict/verdict.h"

#define STRIP_S 60
#define PICTURE_NAME 96
#define PICTURE_MESSAGES 4
#define PICTURE_LINE_MAX 1024

/* Outcome of the judged probe's requests of one second. */
enum strip_cell {
	STRIP_NONE,     /* none was sent, or nothing is known yet */
	STRIP_ANSWERED, /* all were answered in time */
	STRIP_SOME,     /* some were answered in time */
	STRIP_LOST,     /* none was answered in time */
};

enum picture_state {
	PICTURE_SETTING_UP, /* no run has begun */
	PICTURE_RUNNING,
	PICTURE_ENDED, /* `closed` says how */
	PICTURE_GONE,  /* the run's process died without closing the folder */
};

struct picture_vm {
	char name[PICTURE_NAME];
	char host[PICTURE_NAME]; /* where it runs; "": not known */
	char to[PICTURE_NAME];   /* destination of its move; "": it does not move */
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
	size_t done, planned; /* number of runs; planned 0: not known */
	/* The current run. */
	char case_name[PICTURE_NAME * 2];
	size_t run, repeat;
	bool unmoved;
	char step[32];
	int copied_percent;             /* of the VM's memory; -1: nothing is being copied */
	char probe[PICTURE_NAME];       /* the judged probe */
	bool several;                   /* the run has several VMs; the strip is the worst one's */
	char strip_vm[PICTURE_NAME];    /* whose answers the strip shows */
	enum strip_cell strip[STRIP_S]; /* the last one is the current second */
	int64_t silence_ns;             /* since the last answer in time; 0: the VM answers */
	int64_t longest_ns;             /* longest silence in a move so far; NS_NONE: none */
	char longest_in[PICTURE_NAME * 2]; /* case and run of that move */
	bool judged;                       /* `verdicts` is known */
	size_t verdicts[VERDICT_FAIL + 1]; /* number of moves by verdict */
	double left_s;                     /* estimated time to the plan's end; < 0: not known */
	int64_t unwritten_ns; /* time since the last fact was written; 0: nothing was written yet */
	char messages[PICTURE_MESSAGES][256]; /* the newest last */
	size_t message_count;
};

enum picture_style { PICTURE_PLAIN, PICTURE_STRONG, PICTURE_FAINT, PICTURE_GOOD, PICTURE_BAD };

struct picture_line {
	enum picture_style style;
	char text[PICTURE_LINE_MAX];
};

/* True if the locale's encoding is UTF-8. */
bool picture_has_utf8(void);
/*
 * Renders the picture as at most `capacity` lines of at most `width` columns (at least 1), and of
 * at most `rows` lines (0: no limit). The lines are safe to print: control characters, characters
 * without width and, without `utf8`, all but ASCII are replaced or left out, even in names. The
 * locale gives the width of UTF-8 text. Returns the number of lines.
 */
size_t picture_render(const struct picture *p, unsigned width, unsigned rows, bool utf8,
	struct picture_line *lines, size_t capacity);
/* Copies at most `width` columns of the text into buf, safe to print as above. Returns buf. */
const char *picture_fit(const char *text, unsigned width, bool utf8, char *buf, size_t size);

#endif
