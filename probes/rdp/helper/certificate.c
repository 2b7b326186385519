/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Certificate pinning: the certificate that the server shows first is accepted (it may be
 * self-signed, and there is no user to ask); later it must be the same.
 */
#include "probes/rdp/helper/internal.h"

#include <freerdp/crypto/crypto.h>
#include <sha2.h>
#include <stdlib.h>
#include <string.h>

#define PEM_BEGIN "-----BEGIN CERTIFICATE-----"
#define PEM_END "-----END CERTIFICATE-----"

/* SHA-256 of the DER form: what `openssl x509 -fingerprint -sha256` prints, without the colons. */
static int fingerprint(const unsigned char *pem, size_t length, char buf[static 65])
{
	char *text = strndup((const char *)pem, length), *to = text, *begin, *end;
	BYTE *der = NULL;
	int size = 0, rc = -1;

	begin = text ? strstr(text, PEM_BEGIN) : NULL;
	end = begin ? strstr(begin, PEM_END) : NULL;
	if (!end)
		goto out;
	for (const char *c = begin + strlen(PEM_BEGIN); c < end; c++)
		if (*c != '\n' && *c != '\r')
			*to++ = *c;
	crypto_base64_decode(text, (int)(to - text), &der, &size);
	if (!der || size <= 0)
		goto out;
	SHA256Data(der, (size_t)size, buf);
	rc = 0;
out:
	free(der);
	free(text);
	return rc;
}

bool pin_accepts(struct pin *pin, const unsigned char *pem, size_t length)
{
	char now[sizeof(pin->fingerprint)];

	pin->shown = pin->refused = true;
	if (fingerprint(pem, length, now))
		return false;
	if (!pin->fingerprint[0])
		memcpy(pin->fingerprint, now, sizeof(now));
	if (strcmp(pin->fingerprint, now) != 0) {
		EVENT(clock_mono_ns(), "certificate", FS(FIELD_FROM, pin->fingerprint),
			FS(FIELD_TO, now));
		if (!pin->any)
			return false;
		memcpy(pin->fingerprint, now, sizeof(now));
	}
	pin->refused = false;
	return true;
}
