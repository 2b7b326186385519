/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Arrays that grow. */
#include "harness/base/base.h"

#include <stdlib.h>

int vec_room(void *array, size_t *cap, size_t count, size_t element_size)
{
	size_t capacity = *cap ? *cap * 2 : 16;
	void **at = array;
	void *grown;

	if (count < *cap)
		return 0;
	grown = reallocarray(*at, capacity, element_size);
	if (!grown)
		return -1;
	*at = grown;
	*cap = capacity;
	return 0;
}
