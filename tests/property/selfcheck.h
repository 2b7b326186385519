/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Checks the oracle before it is used. */
#ifndef BLACKOUT_TESTS_PROPERTY_SELFCHECK_H
#define BLACKOUT_TESTS_PROPERTY_SELFCHECK_H

/* Prints the hand-made series whose truth the oracle gets wrong, and returns their number. */
unsigned oracle_self_check(void);

#endif
