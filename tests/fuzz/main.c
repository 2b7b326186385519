/* SPDX-License-Identifier: GPL-3.0-or-later */
/* libFuzzer's entry point: compiled once for each target, with FUZZ defined as its name. */
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return FUZZ(data, size);
}
