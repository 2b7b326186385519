/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The oracle is checked before it is used. */
#ifndef BLACKOUT_TESTS_PROPERTY_SELFCHECK_H
#define BLACKOUT_TESTS_PROPERTY_SELFCHECK_H

/* Returns how many hand-made series have another truth than the oracle says, each told. */
unsigned oracle_self_check(void);

#endif
