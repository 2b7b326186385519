/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The version of a result folder, which its file `format` holds. */
#ifndef BLACKOUT_FACTS_FORMAT_H
#define BLACKOUT_FACTS_FORMAT_H

#include "harness/base/base.h"

#define FOLDER_FORMAT "1"

/* Whether this program reads that folder; one without the file has the first version. Errors: another
 * version, a file that cannot be read. */
int format_check(const char *dir, struct err *e);

#endif
