/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * User and password of a remote desktop, from the environment or a file, never from a command line
 * (which every user of the machine can read).
 */
#ifndef BLACKOUT_BASE_CREDENTIALS_H
#define BLACKOUT_BASE_CREDENTIALS_H

#include "harness/base/base.h"

#define CREDENTIALS_USER "BLACKOUT_RDP_USER"
#define CREDENTIALS_PASSWORD "BLACKOUT_RDP_PASSWORD"
#define CREDENTIALS_FILE "BLACKOUT_RDP_CREDENTIALS"

#define CREDENTIAL_MAX 512
struct credentials {
	char user[CREDENTIAL_MAX], password[CREDENTIAL_MAX];
	bool given; /* a user was set */
};

/*
 * Reads user and password from the environment, or from the file that CREDENTIALS_FILE names, and
 * wipes the variables from the process's environment block, which /proc/PID/environ shows. Errors:
 * both ways are used at once, a value of CREDENTIAL_MAX bytes or more, a file that other users may
 * read or that is larger than 4,094 bytes, a malformed line, a password without a user.
 */
int credentials_read(struct credentials *credentials, struct err *e);
void credentials_wipe(struct credentials *credentials);

#endif
