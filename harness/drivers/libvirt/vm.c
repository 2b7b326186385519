/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * VMs of the libvirt driver: where a VM is, starting it as a case needs it, removing it. A VM that
 * is not owned is only inspected.
 */
#include "harness/drivers/libvirt/internal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum vm_state lv_vm_state(virConnectPtr connection, const char *name, virDomainPtr *out)
{
	virDomainPtr domain = virDomainLookupByName(connection, name);
	enum vm_state result;
	int state, reason;

	if (!domain) {
		virErrorPtr error = virGetLastError();

		return error && error->code == VIR_ERR_NO_DOMAIN ? VM_NONE : VM_UNKNOWN;
	}
	if (virDomainGetState(domain, &state, &reason, 0)) {
		virErrorPtr error = virGetLastError();

		/* It disappeared between the two calls. */
		result = error && error->code == VIR_ERR_NO_DOMAIN ? VM_NONE : VM_UNKNOWN;
	} else {
		switch (state) {
		case VIR_DOMAIN_RUNNING:
		case VIR_DOMAIN_BLOCKED:
		case VIR_DOMAIN_SHUTDOWN: /* shutting down, but still running */
			result = VM_RUNNING;
			break;
		case VIR_DOMAIN_PAUSED:
		case VIR_DOMAIN_PMSUSPENDED:
			result = VM_PAUSED;
			break;
		default:
			result = VM_NONE;
		}
	}
	if (out && result != VM_UNKNOWN)
		*out = domain;
	else
		virDomainFree(domain);
	return result;
}

int lv_where(struct libvirt_driver *d, const char *name, struct vm_place *places, struct err *e)
{
	if (!lv_vm_observe(d, name))
		return err_set(e, "out of memory");
	for (size_t i = 0; i < d->host_count; i++) {
		virConnectPtr connection = lv_host_use(d, i);

		snprintf(places[i].host, sizeof(places[i].host), "%s", lv_host_name(d, i));
		places[i].state = VM_UNKNOWN;
		if (!connection)
			continue;
		places[i].state = lv_vm_state(connection, name, NULL);
		lv_host_release(d, i, connection);
	}
	return 0;
}

/*
 * Counts the hosts on which the VM runs or is paused, and gives one of them with its state. -1: a
 * host cannot be asked.
 */
static int find_running(struct libvirt_driver *d, const char *name, size_t *count, size_t *host,
	enum vm_state *state, struct err *e)
{
	struct vm_place *places = calloc(d->host_count + 1, sizeof(*places));
	int rc = -1;

	*count = 0;
	*host = JOBS_NO_HOST;
	*state = VM_NONE;
	if (!places)
		return err_set(e, "out of memory");
	if (lv_where(d, name, places, e))
		goto out;
	for (size_t i = 0; i < d->host_count; i++) {
		if (places[i].state == VM_UNKNOWN) {
			char what[160];

			snprintf(what, sizeof(what), "VM %s may be running there", name);
			lv_error_lost(e, d, i, what);
			goto out;
		}
		if (places[i].state == VM_NONE)
			continue;
		++*count;
		*host = i;
		*state = places[i].state;
	}
	rc = 0;
out:
	free(places);
	return rc;
}

/* Destroys and undefines the domain on one host; 0 also if it does not exist there. */
static int remove_from(struct libvirt_driver *d, size_t host, const char *name, struct err *e)
{
	unsigned flags = VIR_DOMAIN_UNDEFINE_MANAGED_SAVE | VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA |
			 VIR_DOMAIN_UNDEFINE_NVRAM;
	virConnectPtr connection = lv_host_use(d, host);
	virDomainPtr domain = NULL;
	enum vm_state state;
	int rc = -1;

	if (!connection)
		return lv_error_lost(e, d, host, "a VM cannot be removed");
	state = lv_vm_state(connection, name, &domain);
	if (state == VM_UNKNOWN) {
		lv_error(e, d, host, "VM %s: its state cannot be read", name);
		goto out;
	}
	if (domain && state != VM_NONE && virDomainDestroy(domain)) {
		lv_error(e, d, host, "VM %s cannot be stopped", name);
		goto out;
	}
	/* A transient domain disappears when it is destroyed; it cannot be undefined. */
	if (domain && virDomainIsPersistent(domain) == 1 && virDomainUndefineFlags(domain, flags) &&
		virDomainUndefine(domain)) {
		lv_error(e, d, host, "VM %s cannot be undefined", name);
		goto out;
	}
	rc = 0;
out:
	if (domain)
		virDomainFree(domain);
	lv_host_release(d, host, connection);
	return rc;
}

static int remove_everywhere(struct libvirt_driver *d, const char *name, struct err *e)
{
	struct lv_vm *vm = lv_vm_observe(d, name);
	struct err first = {0}, later;
	bool failed = false;

	if (!vm)
		return err_set(e, "out of memory");
	for (size_t i = 0; i < d->host_count; i++)
		if (remove_from(d, i, name, failed ? &later : &first))
			failed = true;
	pthread_mutex_lock(&d->lock);
	free(vm->definition);
	vm->definition = NULL;
	pthread_mutex_unlock(&d->lock);
	if (failed)
		*e = first;
	return failed ? -1 : 0;
}

int lv_vm_remove(struct libvirt_driver *d, const struct vm_spec *spec, struct err *e)
{
	if (!spec->owned)
		return err_set(e, "VM %s is not owned, so it is not removed", spec->name);
	return remove_everywhere(d, spec->name, e);
}

static void remember(
	struct libvirt_driver *d, struct lv_vm *vm, const char *definition, unsigned long memory_kb)
{
	char *copy = strdup(definition);

	pthread_mutex_lock(&d->lock);
	free(vm->definition);
	vm->definition = copy; /* NULL if memory ran out: the VM is then started anew next time */
	vm->memory_kb = memory_kb;
	pthread_mutex_unlock(&d->lock);
}

static int start_on(struct libvirt_driver *d, struct lv_vm *vm, const struct vm_spec *spec,
	size_t host, struct err *e)
{
	virConnectPtr connection = lv_host_use(d, host);
	virDomainPtr domain = NULL;
	int rc = -1;

	if (!connection)
		return lv_error_lost(e, d, host, "a VM cannot be started");
	domain = virDomainDefineXML(connection, spec->definition);
	if (!domain) {
		lv_error(e, d, host, "VM %s cannot be defined", spec->name);
		goto out;
	}
	if (virDomainCreate(domain)) {
		lv_error(e, d, host, "VM %s cannot be started", spec->name);
		virDomainUndefine(domain);
		goto out;
	}
	remember(d, vm, spec->definition, virDomainGetMaxMemory(domain));
	rc = 0;
out:
	if (domain)
		virDomainFree(domain);
	lv_host_release(d, host, connection);
	return rc;
}

/* True if the running domain is the one that the driver started from this definition. */
static bool as_specified(
	struct libvirt_driver *d, struct lv_vm *vm, const struct vm_spec *spec, size_t host)
{
	virConnectPtr connection;
	virDomainPtr domain = NULL;
	unsigned long memory_kb = 0;
	bool same;

	pthread_mutex_lock(&d->lock);
	same = vm->definition && strcmp(vm->definition, spec->definition) == 0;
	pthread_mutex_unlock(&d->lock);
	connection = same ? lv_host_use(d, host) : NULL;
	if (!connection)
		return false;
	if (lv_vm_state(connection, spec->name, &domain) == VM_RUNNING)
		memory_kb = virDomainGetMaxMemory(domain);
	if (domain)
		virDomainFree(domain);
	lv_host_release(d, host, connection);
	return memory_kb != 0 && memory_kb == vm->memory_kb;
}

static int ensure_owned(
	struct libvirt_driver *d, const struct vm_spec *spec, const char *host, struct err *e)
{
	struct lv_vm *vm = lv_vm_observe(d, spec->name);
	size_t count, found, wanted = host ? lv_host_find(d, host) : 0;
	enum vm_state state;
	char name[96];

	if (!vm)
		return err_set(e, "out of memory");
	if (!spec->definition)
		return err_set(e,
			"VM %s: there is no definition to start it from (give the VM a definition, "
			"or owned = no)",
			spec->name);
	/* A definition of another name would create, and later remove, a VM outside the plan. */
	snprintf(name, sizeof(name), "<name>%s</name>", spec->name);
	if (!strstr(spec->definition, name))
		return err_set(e, "VM %s: its definition is of another VM (it must hold %s)",
			spec->name, name);
	if (find_running(d, spec->name, &count, &found, &state, e))
		return -1;
	if (count == 1 && state == VM_RUNNING && (!host || found == wanted) &&
		as_specified(d, vm, spec, found))
		return 0;
	if (remove_everywhere(d, spec->name, e))
		return -1;
	return start_on(d, vm, spec, wanted, e);
}

static int ensure_foreign(
	struct libvirt_driver *d, const struct vm_spec *spec, const char *host, struct err *e)
{
	size_t count, found;
	enum vm_state state;

	if (find_running(d, spec->name, &count, &found, &state, e))
		return -1;
	if (count == 0)
		return err_set(e,
			"VM %s runs on no host of the plan (start it, or correct its name)",
			spec->name);
	if (count > 1)
		return err_set(e,
			"VM %s is on %zu hosts at once, %s among them (stop all but one first)",
			spec->name, count, lv_host_name(d, found));
	if (state != VM_RUNNING)
		return err_set(e, "VM %s is paused on host %s (resume it: virsh -c %s resume %s)",
			spec->name, lv_host_name(d, found), d->hosts[found].address.uri,
			spec->name);
	if (host && strcmp(lv_host_name(d, found), host) != 0)
		return err_set(e,
			"VM %s runs on host %s, not on %s, and is not owned, so it is not restarted "
			"(migrate it to %s first, or let the plan begin at %s)",
			spec->name, lv_host_name(d, found), host, host, lv_host_name(d, found));
	return 0;
}

int lv_vm_ensure(
	struct libvirt_driver *d, const struct vm_spec *spec, const char *host, struct err *e)
{
	if (host && lv_host_find(d, host) == JOBS_NO_HOST)
		return err_set(e, "VM %s: host %s is not in the plan (add a [host %s] section)",
			spec->name, host, host);
	return spec->owned ? ensure_owned(d, spec, host, e) : ensure_foreign(d, spec, host, e);
}
