/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Arrays that grow: see base.h. */
#include "harness/base/base.h"

#include <stdlib.h>

int array_grow(void *array, size_t *capacity, size_t count, size_t element_size)
{
	size_t larger = *capacity ? *capacity * 2 : 16;
	void **at = array;
	void *grown;

	if (count < *capacity)
		return 0;
	grown = reallocarray(*at, larger, element_size);
	if (!grown)
		return -1;
	*at = grown;
	*capacity = larger;
	return 0;
}
