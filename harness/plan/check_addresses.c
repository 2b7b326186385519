/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Refuses addresses and URIs with which probes or moves would prove nothing: an address with a
 * prefix length, one URI for two hosts, a VM as control target. Names are not resolved. A saved
 * plan with such addresses was carried out, so it is still read.
 */
#include "harness/plan/internal.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

/* The addresses of the lab's VMs, as in lab_vm_address(). */
#define LAB_VM_ADDRESS "10.20.0.%zu"
#define LAB_VM_FIRST 101

/* Refuses "192.0.2.10/24", as `ip address` prints it. The slash of a URI's path is allowed. */
static void check_prefix(
	struct plan_reader *reader, const struct plan_section *section, const char *key)
{
	const char *text = text_of(section, key);
	const char *slash = text && !strstr(text, "://") ? strchr(text, '/') : NULL;
	char quote[QUOTE_MAX], bare[QUOTE_MAX], address[PLAN_LINE_MAX + 1];

	if (!slash || !slash[1] || slash[1 + strspn(slash + 1, "0123456789")])
		return;
	snprintf(address, sizeof(address), "%.*s", (int)(slash - text), text);
	complain(&reader->complaints, line_of(section, key),
		"%s: '%s' has a prefix (the address without it: %s = %s)", key,
		plan_quote(text, quote), key, plan_quote(address, bare));
}

static void check_same_uri(struct plan_reader *reader, const struct plan_section *host)
{
	const struct plan_section *other;
	const char *uri = text_of(host, "uri");
	char quote[QUOTE_MAX];

	for (size_t i = 0; uri && (other = plan_section_at(reader->plan, SECTION_HOST, i)) != host;
		i++) {
		const char *taken = text_of(other, "uri");

		if (other->duplicate || !taken || strcmp(uri, taken) != 0)
			continue;
		complain(&reader->complaints, line_of(host, "uri"),
			"uri: '%s' is also the uri of [host %s] in line %zu (one uri per host)",
			plan_quote(uri, quote), other->name, line_of(other, "uri"));
		return;
	}
}

/* True if both texts are the same address or the same name. */
static bool same_address(const char *one, const char *other)
{
	unsigned char a[sizeof(struct in6_addr)], b[sizeof(struct in6_addr)];

	if (inet_pton(AF_INET, one, a) == 1)
		return inet_pton(AF_INET, other, b) == 1 &&
		       memcmp(a, b, sizeof(struct in_addr)) == 0;
	if (inet_pton(AF_INET6, one, a) == 1)
		return inet_pton(AF_INET6, other, b) == 1 &&
		       memcmp(a, b, sizeof(struct in6_addr)) == 0;
	return strcasecmp(one, other) == 0;
}

/*
 * The address of the i-th VM: in the lab always the lab's, else the plan's or the simulated
 * world's. NULL: the plan gives none.
 */
static const char *address_of_vm(
	const struct plan *plan, const struct plan_section *vm, size_t i, char *buf, size_t size)
{
	const char *address = text_of(vm, "address");

	if (plan_is_lab(plan))
		snprintf(buf, size, LAB_VM_ADDRESS, LAB_VM_FIRST + i);
	else if (address)
		return address;
	else if (plan_simulated(plan))
		plan_simulated_address(i, buf, size);
	else
		return NULL;
	return buf;
}

static void check_target(struct plan_reader *reader, const struct plan_section *control)
{
	const struct plan *plan = reader->plan;
	const char *target = text_of(control, "target");
	const struct plan_section *vm;
	char made[32], quote[QUOTE_MAX];

	for (size_t i = 0; target && (vm = plan_section_at(plan, SECTION_VM, i)); i++) {
		const char *address = address_of_vm(plan, vm, i, made, sizeof(made));

		if (!address || !same_address(target, address))
			continue;
		complain(&reader->complaints, line_of(control, "target"),
			"target: '%s' is the address of [vm %s], which goes silent when it moves (%s)",
			plan_quote(target, quote), vm->name,
			plan_is_lab(plan) ? "lab-switch"
					  : "what never goes silent, such as the router");
		return;
	}
}

void plan_check_vm_addresses(struct plan_reader *reader)
{
	const struct plan_section *vm, *other;
	char quote[QUOTE_MAX];

	for (size_t i = 0; (vm = plan_section_at(reader->plan, SECTION_VM, i)); i++) {
		const char *address = text_of(vm, "address");

		for (size_t k = 0; address && k < i; k++) {
			const char *taken;

			other = plan_section_at(reader->plan, SECTION_VM, k);
			taken = text_of(other, "address");
			if (!taken || !same_address(address, taken))
				continue;
			complain(&reader->complaints, line_of(vm, "address"),
				"address: '%s' of [vm %s] is that of [vm %s] in line %zu (each VM "
				"its own)",
				plan_quote(address, quote), vm->name, other->name,
				line_of(other, "address"));
			break;
		}
	}
}

void plan_check_addresses(struct plan_reader *reader, const struct plan_section *section)
{
	switch (section->kind) {
	case SECTION_HOST:
		check_prefix(reader, section, "migration-address");
		check_same_uri(reader, section);
		break;
	case SECTION_VM:
		check_prefix(reader, section, "address");
		break;
	case SECTION_CONTROL:
		check_prefix(reader, section, "target");
		check_target(reader, section);
		break;
	default:
		break;
	}
}
