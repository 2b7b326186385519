/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Expands [vm web] with count = 4 into the VMs web-1 to web-4. The section itself stays, because
 * axes, complaints and the saved plan are about it; its copies have its values, and an address
 * each.
 */
#include "harness/plan/internal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static int copy_text(char **to, const char *text)
{
	*to = text ? strdup(text) : NULL;
	return text && !*to ? -1 : 0;
}

static int copy_entry(struct plan_section *copy, const struct plan_entry *entry)
{
	struct plan_entry *mine = plan_entry_add(copy, entry->key, entry->line);

	if (!mine || copy_text(&mine->word, entry->word))
		return -1;
	mine->bad = entry->bad;
	mine->values = calloc(entry->count + 1, sizeof(*mine->values));
	if (!mine->values)
		return -1;
	mine->capacity = entry->count + 1;
	for (; mine->count < entry->count; mine->count++) {
		mine->values[mine->count].number = entry->values[mine->count].number;
		if (copy_text(&mine->values[mine->count].text, entry->values[mine->count].text))
			return -1;
	}
	return 0;
}

/* The number of items of a list, which commas separate. */
static size_t item_count(const char *list)
{
	size_t count = 1;

	for (; *list; list++)
		count += *list == ',';
	return count;
}

/* The i-th item of a list, without the blanks around it. malloc'd; NULL: out of memory. */
static char *item_at(const char *list, size_t i)
{
	const char *end;

	for (; i > 0; i--)
		list = strchr(list, ',') + 1;
	list += strspn(list, " \t");
	end = list + strcspn(list, ",");
	while (end > list && strchr(" \t", end[-1]))
		end--;
	return strndup(list, (size_t)(end - list));
}

/* Gives the copy its own address of the list. */
static int choose_address(struct plan_section *copy)
{
	struct plan_entry *entry = plan_entry_find(copy, "address");
	char *item;

	if (!entry || entry->bad || !entry->count)
		return 0;
	item = item_at(entry->values[0].text, copy->copy - 1);
	if (!item)
		return -1;
	free(entry->values[0].text);
	entry->values[0].text = item;
	return 0;
}

static int add_copy(struct plan *plan, const struct plan_section *vm, size_t number)
{
	char name[PLAN_NAME_MAX + 24];
	struct plan_section *copy;

	snprintf(name, sizeof(name), "%s-%zu", vm->name, number);
	copy = plan_section_add(plan, SECTION_VM, name, vm->line);
	if (!copy)
		return -1;
	copy->copy = number;
	copy->original = vm;
	for (size_t k = 0; k < vm->count; k++)
		if (copy_entry(copy, &vm->entries[k]))
			return -1;
	return choose_address(copy);
}

/*
 * Complains of what cannot be expanded. Returns the number of copies; 0: none are made, and a
 * complaint says why.
 */
static size_t copies_of(struct plan_reader *reader, const struct plan_section *vm)
{
	const struct plan_value *count = value_of(vm, "count");
	const char *address = text_of(vm, "address");
	size_t n = count ? (size_t)count->number : 0;
	char last[32];

	if (!n)
		return 0;
	snprintf(last, sizeof(last), "-%zu", n);
	if (strlen(vm->name) + strlen(last) > PLAN_NAME_MAX)
		complain(&reader->complaints, line_of(vm, "count"),
			"count: the name %s%s is longer than %d letters (a shorter [vm NAME])",
			vm->name, last, PLAN_NAME_MAX);
	else if (text_of(vm, "xml"))
		complain(&reader->complaints, line_of(vm, "xml"),
			"xml: the %zu VMs of [vm %s] cannot be made from one domain XML (a [vm NAME] "
			"with its own xml each)",
			n, vm->name);
	else if (address && item_count(address) != n)
		complain(&reader->complaints, line_of(vm, "address"),
			"address: %zu address%s for the %zu VMs of [vm %s] (address = A, B, …: one "
			"each)",
			item_count(address), item_count(address) == 1 ? "" : "es", n, vm->name);
	else
		return n;
	return 0;
}

/* Complains if another VM has the name of a copy. */
static void check_names(struct plan_reader *reader, const struct plan_section *vm, size_t copies)
{
	const struct plan *plan = reader->plan;
	size_t length = strlen(vm->name);

	for (size_t i = 0; i < plan->section_count; i++) {
		const struct plan_section *other = plan->sections[i];
		const char *number = other->name + length + 1;
		char *end;
		unsigned long n;

		if (other->kind != SECTION_VM || other->original == vm || other->expanded ||
			strncmp(other->name, vm->name, length) != 0 || other->name[length] != '-' ||
			*number < '1' || *number > '9')
			continue;
		n = strtoul(number, &end, 10);
		if (!*end && n <= copies)
			complain(&reader->complaints, other->line,
				"[vm %s] has the name of one of the %zu VMs of [vm %s] in line %zu "
				"(another name)",
				other->name, copies, vm->name, vm->line);
	}
}

/* Fills copies[i] for each section. Returns the sum, 0 if the plan would have too many VMs. */
static size_t count_copies(struct plan_reader *reader, size_t *copies)
{
	const struct plan *plan = reader->plan;
	size_t vms = 0, sum = 0;

	for (size_t i = 0; i < plan->section_count; i++) {
		const struct plan_section *section = plan->sections[i];

		if (section->kind != SECTION_VM || section->duplicate)
			continue;
		copies[i] = copies_of(reader, section);
		sum += copies[i];
		vms += copies[i] ? copies[i] : 1;
		if (vms <= PLAN_VMS_MAX)
			continue;
		complain(&reader->complaints, line_of(section, "count"),
			"the plan has %zu VMs up to here (at most %d)", vms, PLAN_VMS_MAX);
		return 0;
	}
	return sum;
}

int plan_expand_vms(struct plan_reader *reader)
{
	struct plan *plan = reader->plan;
	struct plan_section **listed = plan->sections, **all;
	size_t count = plan->section_count, *copies = calloc(count + 1, sizeof(*copies)), sum;
	int rc = 0;

	sum = copies ? count_copies(reader, copies) : 0;
	all = sum ? calloc(count + sum, sizeof(struct plan_section *)) : NULL;
	if (!all) {
		free(copies);
		return copies && !sum ? 0 : -1;
	}
	plan->sections = all;
	plan->section_count = 0;
	plan->section_capacity = count + sum;
	for (size_t i = 0; i < count; i++) {
		plan->sections[plan->section_count++] = listed[i];
		listed[i]->expanded = copies[i] > 0;
		/* If memory runs out, the plan still has all its sections and can be freed. */
		for (size_t n = 1; n <= copies[i] && !rc; n++)
			rc = add_copy(plan, listed[i], n);
	}
	for (size_t i = 0; i < count; i++)
		if (copies[i])
			check_names(reader, listed[i], copies[i]);
	free(listed);
	free(copies);
	return rc;
}

void plan_copy_axes(struct plan *plan)
{
	for (size_t i = 0; i < plan->section_count; i++) {
		struct plan_section *copy = plan->sections[i];

		for (size_t k = 0; copy->copy && k < copy->count; k++)
			copy->entries[k].axis = copy->original->entries[k].axis;
	}
}
