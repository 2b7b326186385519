/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The row of the platform libvirt: see harness/plan/component.h. */
#include "harness/drivers/libvirt/component.h"

const struct plan_component component_platform_libvirt = {
	.class = COMPONENT_PLATFORM,
	.name = "libvirt",
	.help = "KVM and other hypervisors that libvirt reaches (qemu+ssh://, qemu+tcp://)",
	.platform = {.implied = true, .starts_moves = true, .needs_hosts = true, .makes_vms = true},
};
