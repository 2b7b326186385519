/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The lab's domain XML, and the labels of its namespaces. What needs root is tested by lab.bats. */
#include "harness/plan/plan.h"
#include "harness/sites/lab/internal.h"
#include "tests/unit/test.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static size_t occurrences(const char *text, const char *needle)
{
	size_t count = 0;

	for (; (text = strstr(text, needle)); text++)
		count++;
	return count;
}

/* The XML of a VM whose guest image is a folder with files of the right names. */
static char *xml_of(const struct lab_vm *vm)
{
	char dir[] = P_tmpdir "/blackout-guest-XXXXXX", path[128], *xml = NULL;
	static const char *const files[] = {"vmlinuz", "initrd.gz"};
	struct err e = {0};

	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, files[i]);
		CU_ASSERT_EQUAL_FATAL(file_write(path, "x", 1, &e), 0);
	}
	setenv("BLACKOUT_GUEST", dir, 1);
	if (lab_vm_xml(vm, &xml, &e))
		fprintf(stderr, "\n  %s\n", e.text);
	unsetenv("BLACKOUT_GUEST");
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, files[i]);
		unlink(path);
	}
	rmdir(dir);
	CU_ASSERT_PTR_NOT_NULL_FATAL(xml);
	return xml;
}

static const struct lab_vm plain = {
	.name = "desk", .index = 1, .memory_bytes = UINT64_C(256) << 20, .vcpus = 1};

static void test_xml_plain(void)
{
	struct lab_vm vm = plain;
	char *xml = xml_of(&vm);

	CU_ASSERT_PTR_NULL(strstr(xml, "qemu:commandline"));
	CU_ASSERT_PTR_NULL(strstr(xml, "announce"));
	CU_ASSERT_PTR_NULL(strstr(xml, "peer="));
	CU_ASSERT_PTR_NULL(strstr(xml, "gateway="));
	free(xml);
	vm.tcg_workaround = true;
	xml = xml_of(&vm);
	CU_ASSERT_EQUAL(occurrences(xml, "<qemu:commandline>"), 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(xml, "size=268427264"));
	CU_ASSERT_PTR_NULL(strstr(xml, "announce"));
	free(xml);
}

/* With and without workaround and KVM: QEMU does not announce; its arguments are one element. */
static void test_xml_silent(void)
{
	for (int i = 0; i < 4; i++) {
		struct lab_vm vm = plain;
		char *xml;

		vm.silent = vm.neighbour = vm.router = true;
		vm.tcg_workaround = i & 1;
		vm.kvm = i & 2;
		xml = xml_of(&vm);
		CU_ASSERT_EQUAL(occurrences(xml, "<qemu:commandline>"), 1);
		CU_ASSERT_EQUAL(occurrences(xml, "</qemu:commandline>"), 1);
		CU_ASSERT_PTR_NOT_NULL(
			strstr(xml, "<qemu:arg value='-global'/>\n"
				    "    <qemu:arg value='migration.announce-rounds=0'/>"));
		CU_ASSERT_PTR_NOT_NULL(strstr(xml, " peer=10.20.0.1,02:00:0a:14:00:01 "));
		CU_ASSERT_PTR_NOT_NULL(strstr(xml, " gateway=10.20.0.2,02:00:0a:14:00:02"));
		CU_ASSERT_EQUAL(strstr(xml, "lab.ram") != NULL, vm.tcg_workaround && !vm.kvm);
		free(xml);
	}
}

static void test_namespaces(void)
{
	struct lab_options options = {.name = "x", .hosts = 2};
	char name[8];

	CU_ASSERT(lab_namespace_label(&options, 3, name, sizeof(name)));
	CU_ASSERT_STRING_EQUAL(name, "b");
	CU_ASSERT_FALSE(lab_namespace_label(&options, 4, name, sizeof(name)));
	options.router = true;
	CU_ASSERT(lab_namespace_label(&options, 3, name, sizeof(name)));
	CU_ASSERT_STRING_EQUAL(name, "b");
	CU_ASSERT(lab_namespace_label(&options, 4, name, sizeof(name)));
	CU_ASSERT_STRING_EQUAL(name, "rt");
	CU_ASSERT_FALSE(lab_namespace_label(&options, 5, name, sizeof(name)));
}

/* The plan refuses the address of one of the lab's VMs as a control target. */
static void test_addresses(void)
{
	char address[32], ini[256];
	struct plan *plan = NULL;

	for (unsigned index = 1; index <= 2; index++) {
		struct plan_errors errors = {0};

		lab_vm_address(index, address, sizeof(address));
		snprintf(ini, sizeof(ini),
			"[lab]\n[vm one]\n[vm two]\n[probe fine]\nkind = burst\n"
			"[control s]\ntarget = %s\n",
			address);
		CU_ASSERT_EQUAL_FATAL(plan_parse(&plan, "t.ini", ini, strlen(ini), &errors), -1);
		CU_ASSERT_PTR_NOT_NULL(
			strstr(errors.text[0], index == 1 ? "of [vm one]" : "of [vm two]"));
		plan_errors_release(&errors);
	}
}

TEST_SUITE(lab, {"addresses", test_addresses}, {"a VM's XML", test_xml_plain},
	{"a silent VM's XML", test_xml_silent}, {"namespaces", test_namespaces})
