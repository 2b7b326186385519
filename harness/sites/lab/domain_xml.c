/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The lab's guest as libvirt's domain XML. */
#include "harness/sites/lab/internal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define MB (UINT64_C(1) << 20)
/*
 * Without the workaround: the interval, in ms, at which the agent starts a short-lived process
 * (boot_pulse). Each such change of address space flushes TCG's TLB, and only stores between two
 * flushes can be lost. At the default of 200 ms few are lost; without flushes the guest dies at its
 * first move. At this interval it dies within a few moves, or lives and the agent finds the damaged
 * pages.
 */
#define NO_WORKAROUND_PULSE " pulse=4000"

void lab_vm_address(unsigned index, char *buf, size_t size)
{
	snprintf(buf, size, "10.20.0.%u", 100 + index);
}

void lab_vm_mac(unsigned index, char *buf, size_t size)
{
	snprintf(buf, size, "52:54:00:20:00:%02x", index);
}

/* linux/Documentation/arch/x86/boot.rst: the version text is at 0x200 + the number at 0x20e. */
char *lab_guest_version(const struct lab_guest *guest)
{
	unsigned char offset[2];
	char text[64] = "";
	FILE *f = fopen(guest->kernel, "re");
	bool read;

	if (!f)
		return NULL;
	read = fseek(f, 0x20e, SEEK_SET) == 0 && fread(offset, sizeof(offset), 1, f) == 1 &&
	       fseek(f, 0x200 + offset[0] + offset[1] * 256, SEEK_SET) == 0 &&
	       fread(text, 1, sizeof(text) - 1, f) > 0;
	fclose(f);
	text[strcspn(text, " ")] = '\0';
	return read ? strdup(text) : NULL;
}

static int check_vm(const struct lab_vm *vm, struct err *e)
{
	static const char allowed[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";

	if (!vm->name[0] || vm->name[strspn(vm->name, allowed)])
		return err_set(e,
			"vm '%.60s': a lab VM's name has letters, digits, '_', '.' and '-' only",
			vm->name);
	if (vm->index < 1 || vm->index > LAB_VMS_MAX)
		return err_set(e, "vm %.60s: a lab has at most %d VMs", vm->name, LAB_VMS_MAX);
	if (vm->memory_bytes % MB || vm->memory_bytes < 128 * MB)
		return err_set(e, "vm %.60s: memory must be a whole number of MB, at least 128 MB",
			vm->name);
	if (vm->vcpus < 1)
		return err_set(e, "vm %.60s: it needs at least one vCPU", vm->name);
	return 0;
}

static void put_head(FILE *f, const struct lab_vm *vm, const struct lab_guest *guest)
{
	fprintf(f,
		"<domain type='%s' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>\n"
		"  <name>%s</name>\n"
		"  <uuid>00000000-0000-4000-8000-0000000001%02x</uuid>\n"
		"  <memory unit='MiB'>%" PRIu64 "</memory>\n"
		"  <vcpu>%u</vcpu>\n"
		"  <os>\n"
		"    <type arch='x86_64' machine='q35'>hvm</type>\n"
		"    <kernel>%s</kernel>\n"
		"    <initrd>%s</initrd>\n"
		"    <cmdline>console=ttyS0 quiet ip=10.20.0.%u/24 fill=%" PRIu64
		" rewrite=%" PRIu64 "%s%s%s%s</cmdline>\n"
		"  </os>\n"
		"  <features><acpi/><apic/></features>\n",
		vm->kvm ? "kvm" : "qemu", vm->name, vm->index, vm->memory_bytes / MB, vm->vcpus,
		guest->kernel, guest->initrd, 100 + vm->index, vm->fill_bytes, vm->rewrite_bps,
		vm->neighbour ? " peer=" LAB_MANAGEMENT_ADDRESS "," LAB_MANAGEMENT_MAC : "",
		vm->router ? " gateway=" LAB_ROUTER_ADDRESS "," LAB_ROUTER_MAC : "",
		vm->desktop ? " blackout.rdp=1" : "",
		vm->kvm || vm->tcg_workaround ? "" : NO_WORKAROUND_PULSE);
	/* With erms the guest's kernel clears pages by a byte instruction, slow with TCG. */
	if (vm->kvm)
		fprintf(f, "  <cpu mode='host-passthrough'/>\n");
	else
		fprintf(f, "  <cpu mode='maximum'><feature policy='disable' name='erms'/></cpu>\n");
}

static void put_devices(FILE *f, const struct lab_vm *vm)
{
	char mac[20];

	lab_vm_mac(vm->index, mac, sizeof(mac));
	/* A guest that dies must not be restarted: the new one would seem undamaged. */
	fprintf(f,
		"  <clock offset='utc'/>\n"
		"  <on_poweroff>destroy</on_poweroff>\n"
		"  <on_reboot>destroy</on_reboot>\n"
		"  <on_crash>destroy</on_crash>\n"
		"  <devices>\n"
		"    <emulator>/usr/bin/qemu-system-x86_64</emulator>\n"
		"    <controller type='usb' model='none'/>\n"
		"    <interface type='bridge'>\n"
		"      <mac address='%s'/>\n"
		"      <source bridge='br0'/>\n"
		"      <model type='virtio'/>\n"
		"      <driver name='qemu'/>\n"
		"      <rom enabled='no'/>\n"
		"    </interface>\n"
		"    <serial type='file'>\n"
		"      <source path='/var/log/libvirt/qemu/%s-console.log' append='on'/>\n"
		"      <target port='0'/>\n"
		"    </serial>\n"
		"    <channel type='unix'>\n"
		"      <target type='virtio' name='blackout.agent'/>\n"
		"    </channel>\n"
		"    <memballoon model='none'/>\n",
		mac, vm->name);
	if (vm->disk) {
		char path[PATH_MAX];

		/* No cache: during a move both hosts have the file open, and must read the same. */
		lab_disk_path(vm->lab, vm->name, path, sizeof(path));
		fprintf(f,
			"    <disk type='file' device='disk'>\n"
			"      <driver name='qemu' type='raw' cache='none' discard='unmap'/>\n"
			"      <source file='%s'/>\n"
			"      <target dev='vda' bus='virtio'/>\n"
			"    </disk>\n",
			path);
	}
	fprintf(f, "  </devices>\n");
}

/*
 * QEMU 7.2's fast path of the dirty-bitmap sync does not flush TCG's TLB, so that later stores of
 * the guest are not copied. With a RAM size that is not a multiple of 256 KiB, QEMU uses the slow
 * path. libvirt rounds to whole MiB, so QEMU's arguments set the size.
 */
static void put_tcg_workaround(FILE *f, const struct lab_vm *vm)
{
	uint64_t bytes = vm->memory_bytes - 8192;

	fprintf(f,
		"    <qemu:arg value='-object'/>\n"
		"    <qemu:arg value='memory-backend-ram,id=lab.ram,size=%" PRIu64 "'/>\n"
		"    <qemu:arg value='-machine'/>\n"
		"    <qemu:arg value='memory-backend=lab.ram'/>\n"
		"    <qemu:arg value='-m'/>\n"
		"    <qemu:arg value='size=%" PRIu64 "k'/>\n",
		bytes, bytes / 1024);
}

/* Writes the QEMU arguments for which libvirt has no elements. */
static void put_commandline(FILE *f, const struct lab_vm *vm)
{
	bool workaround = vm->tcg_workaround && !vm->kvm;

	if (!workaround && !vm->silent)
		return;
	fprintf(f, "  <qemu:commandline>\n");
	if (workaround)
		put_tcg_workaround(f, vm);
	/* QEMU sends no RARP, and does not ask the guest's virtio driver to announce itself. */
	if (vm->silent)
		fprintf(f, "    <qemu:arg value='-global'/>\n"
			   "    <qemu:arg value='migration.announce-rounds=0'/>\n");
	fprintf(f, "  </qemu:commandline>\n");
}

/* Checks that a path needs no escaping in XML. No other value can contain such characters. */
static int check_path(const char *path, struct err *e)
{
	if (!strpbrk(path, "<>&'\""))
		return 0;
	return err_set(e, "%.300s: a guest image's path must be without quotes, < > and &", path);
}

int lab_vm_xml(const struct lab_vm *vm, char **xml, struct err *e)
{
	struct lab_guest guest;
	size_t length;
	FILE *f;

	if (check_vm(vm, e) ||
		(vm->desktop ? lab_guest_find_desktop(&guest, e) : lab_guest_find(&guest, e)) ||
		check_path(guest.kernel, e))
		return -1;
	*xml = NULL;
	f = open_memstream(xml, &length);
	if (!f)
		return err_set(e, "out of memory");
	put_head(f, vm, &guest);
	put_devices(f, vm);
	put_commandline(f, vm);
	fprintf(f, "</domain>\n");
	if (fclose(f)) {
		free(*xml);
		return err_set(e, "out of memory");
	}
	return 0;
}
