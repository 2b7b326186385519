/* SPDX-License-Identifier: GPL-3.0-or-later */
/* libFuzzer's way into one target: compiled once for each, with FUZZ as its name. */
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return FUZZ(data, size);
}
