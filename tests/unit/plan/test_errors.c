/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Plans with mistakes: each is reported with its line and its remedy, and all of them at once. */
#include "harness/plan/internal.h"
#include "tests/unit/fact_folder.h"
#include "tests/unit/test.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Sections of a correct plan; a test leaves out those that it writes itself. */
#define LAB "[lab]\n"
#define VM "[vm desk]\n"
#define PROBE "[probe fine]\nkind = burst\n"
#define CONTROL "[control switch]\ntarget = lab-switch\n"
#define REST LAB PROBE CONTROL
#define HOSTS "[host a]\nuri = qemu://a/system\n[host b]\nuri = qemu://b/system\n"

/* True if an error names its line: "t.ini:LINE: ". */
static bool has_line(const char *text)
{
	size_t digits = strncmp(text, "t.ini:", 6) == 0 ? strspn(text + 6, "0123456789") : 0;

	return digits && strncmp(text + 6 + digits, ": ", 2) == 0;
}

static void expect_errors(const char *ini, size_t length, const char *const *wanted, size_t count)
{
	struct plan_errors errors = {0};
	struct plan *plan = NULL;

	CU_ASSERT_EQUAL_FATAL(plan_parse(&plan, "t.ini", ini, length, &errors), -1);
	CU_ASSERT_EQUAL(errors.count, count);
	for (size_t i = 0; i < errors.count; i++) {
		bool found = i < count && strncmp(errors.text[i], "t.ini:", 6) == 0 &&
			     strncmp(errors.text[i] + 6, wanted[i], strlen(wanted[i])) == 0;

		if (!found || !has_line(errors.text[i]))
			fprintf(stderr, "\n  have %s\n  want t.ini:%s\n", errors.text[i],
				i < count ? wanted[i] : "nothing more");
		CU_ASSERT(found);
		CU_ASSERT(has_line(errors.text[i]));
	}
	plan_errors_release(&errors);
}

/* Expects exactly one error. */
static void expect_error(const char *ini, const char *wanted)
{
	expect_errors(ini, strlen(ini), &wanted, 1);
}

/* Plans with one mistake each, and its message. */
static const struct {
	const char *ini, *error;
} mistakes[] = {
	{VM "[workload w]\nkind = instal\n" REST,
		"3: kind: 'instal' is not known (did you mean 'install'? "},
	{VM "[workload w]\nkind = install\nrate = 5 MB/s\n" REST,
		"4: rate: kind = install has no such key (remove it)"},
	{VM "[workload w]\nkind = command\n" REST,
		"2: [workload w] lacks its command (command = what the guest runs)"},
	{VM "[workload w]\nkind = command\ncommand = rm -r x\n[platform sim]\n" PROBE CONTROL,
		"3: kind: the simulated world has no guest that runs a command (kind = install or "
		"dirty)"},
	{VM "[workload w]\nkind = dirty\n" REST,
		"2: [workload w] lacks its rate (rate = 100 MB/s)"},
	{VM "[workload w]\nkind = dirty\nrate = 5 Mbit/s\n" REST,
		"4: rate: '5 Mbit/s' has a unit of another kind ("},
	{VM "[workload dirty]\nkind = install\n" REST,
		"2: [workload dirty]: this name is reserved (another name)"},
	{VM "workload = none\n[workload w]\nkind = install\n" REST,
		"3: [workload w]: no VM uses it (workload = w in a [vm NAME])"},
	{VM "workload = suit\n" REST,
		"2: workload: there is no [workload suit] (the NAME of a [workload NAME], or none)"},
	{VM "workload = w\n[vm two]\n[workload w]\nkind = install\nvm = two\n" REST,
		"2: workload: [workload w] is for [vm two] (another workload)"},
	{VM "[workload w]\nkind = dirty\nrate = 4095 B/s\n" REST,
		"4: rate: 4095B/s is too small (4KB/s to 1024GB/s)"},
	{VM "dirty = 0, 4 KB/s, 2 KB/s\n" REST,
		"2: dirty: 2KB/s is too small (0, or 4KB/s to 1024GB/s)"},
	{VM "dirty = 5\n" REST, "2: dirty: '5' lacks its unit ("},
	{VM "dirty = 5 MB/s\n[workload w]\nkind = dirty\nrate = 1 MB/s\n" REST,
		"2: dirty: [workload w] rewrites memory already (one of the two)"},
	{"[paln]\n" VM REST, "1: there is no section [paln] (did you mean [plan]?)"},
	{"[zebra]\nx = 1\n" VM REST, "1: there is no section [zebra] (known: [plan], [lab], "},
	{"[plan]\nrepat = 2\n" VM REST, "2: [plan] has no key 'repat' (did you mean 'repeat'?)"},
	{"[plan]\nzz = 2\n" VM REST, "2: [plan] has no key 'zz' (known: title, repeat, bound, "},
	{"[plan]\nmemory = 2 GB\n" VM REST,
		"2: [plan] has no key 'memory' (it belongs in [vm NAME])"},
	{"[plan]\nbound = 3\n" VM REST, "2: bound: '3' lacks its unit (us, ms, s, min or h)"},
	{"[plan]\nbound = 3 MB\n" VM REST, "2: bound: '3 MB' has a unit of another kind (us, "},
	{"[plan]\nbound = -3 s\n" VM REST, "2: bound: '-3 s' is not a number with a unit (us, "},
	{"[plan]\nbound = 0 s\n" VM REST, "2: bound: 0s is too small (1ms to 3600s)"},
	{"[plan]\nbound = 2 s, 3 s\n" VM REST, "2: bound: more than one value (it takes one)"},
	{"[plan]\nbound =\n" VM REST, "2: bound: no value (key = value)"},
	{"[plan]\nbound = ; 3 s\n" VM REST, "2: bound: no value (key = value)"},
	{"[vm web]\ncount = 0\n" REST, "2: count: 0 is too small (1 to 1000)"},
	{"[vm web]\ncount = 100000\n" REST, "2: count: 100000 is too large (1 to 1000)"},
	{"[vm web]\ncount = 3\n[vm web-4]\n[vm web-3]\n" REST,
		"4: [vm web-3] has the name of one of the 3 VMs of [vm web] in line 1 (another name)"},
	{"[vm web]\ncount = 3\n[vm web-1]\ncount = 2\n[vm web-1-2]\n" REST,
		"5: [vm web-1-2] has the name of one of the 2 VMs of [vm web-1] in line 3 (another name)"},
	{"[vm web]\ncount = 3\n[control web-3]\ntarget = lab-switch\n" LAB PROBE,
		"3: [control web-3] has the name of [vm web-3] in line 1 (another name)"},
	{"[vm web]\ncount = 60\n[vm db]\ncount = 40\n" REST,
		"4: the lab has addresses for 99 VMs, the plan has 100 (fewer)"},
	{"[platform sim]\n[vm a]\ncount = 600\n[vm b]\n[vm c]\ncount = 400\n" PROBE CONTROL,
		"6: the plan has 1001 VMs up to here (at most 1000)"},
	{HOSTS "[vm web]\ncount = 3\n" PROBE "[control c]\ntarget = 10.0.0.9\n",
		"5: [vm web] lacks its addresses (address = 192.0.2.7, 192.0.2.8, …: one for each VM)"},
	{HOSTS "[vm web]\ncount = 3\naddress = 10.0.0.1, 10.0.0.2\n" PROBE
	       "[control c]\ntarget = 10.0.0.9\n",
		"7: address: 2 addresses for the 3 VMs of [vm web] (address = A, B, …: one each)"},
	/* The number of VMs is then not known. */
	{HOSTS "[vm web]\ncount = 3\naddress = 10.0.0.1, 10.0.0.2\n[move]\ntogether = 3\n" PROBE
	       "[control c]\ntarget = 10.0.0.9\n",
		"7: address: 2 addresses for the 3 VMs of [vm web] (address = A, B, …: one each)"},
	{HOSTS "[vm web]\ncount = 2\naddress = 10.0.0.1, 10.0.0.1\n" PROBE
	       "[control c]\ntarget = 10.0.0.9\n",
		"7: address: '10.0.0.1' of [vm web-2] is that of [vm web-1] in line 7 (each VM its own)"},
	{HOSTS "[vm web]\naddress = 10.0.0.1\n[vm db]\naddress = 10.0.0.1\n" PROBE
	       "[control c]\ntarget = 10.0.0.9\n",
		"8: address: '10.0.0.1' of [vm db] is that of [vm web] in line 6 (each VM its own)"},
	{HOSTS "[vm web]\ncount = 2\nowned = yes\naddress = 10.0.0.1, 10.0.0.2\nxml = w.xml\n" PROBE
	       "[control c]\ntarget = 10.0.0.9\n",
		"9: xml: the 2 VMs of [vm web] cannot be made from one domain XML (a [vm NAME] with its "
		"own xml each)"},
	{VM "[move]\ntogether = 0\n" REST, "3: together: 0 is too small (1 to 1000)"},
	{"[vm a]\n[vm b]\n[move]\ntogether = 1, 2, 3\n" REST,
		"4: together: 3 moves at a time, but the plan has 2 VMs (at most 2; or [vm NAME] with "
		"count = N)"},
	{"[vm a]\n[vm b]\n[move]\nstart = external\ntogether = 2\n" REST,
		"5: together: somebody else starts the moves, one VM after another (remove it, or "
		"start = migrate)"},
	{VM "workload = own\n[workload own]\nkind = command\ncommand = true\n"
	    "user = -oProxyCommand=id\n" REST,
		"6: user: '-oProxyCommand=id' begins with a dash, so that a program would take it for "
		"an option"},
	{"[host a]\nuri = qemu+ssh://root@a/system?command=/tmp/x\n[host b]\n"
	 "uri = qemu://b/system\n" VM "address = 10.0.0.1\n" PROBE
	 "[control c]\ntarget = 10.0.0.9\n",
		"2: uri: 'qemu+ssh://root@a/system?command=/tmp/x' makes libvirt execute a command "
		"(set it in your ~/.ssh/config instead)"},
	{"[host a]\nuri = qemu+ssh://-oProxyCommand=id/system\n[host b]\n"
	 "uri = qemu://b/system\n" VM "address = 10.0.0.1\n" PROBE
	 "[control c]\ntarget = 10.0.0.9\n",
		"2: uri: 'qemu+ssh://-oProxyCommand=id/system' makes libvirt execute a command (set it "
		"in your ~/.ssh/config instead)"},
	{"[host a]\nuri = qemu+ext://a/system\n[host b]\n"
	 "uri = qemu://b/system\n" VM "address = 10.0.0.1\n" PROBE
	 "[control c]\ntarget = 10.0.0.9\n",
		"2: uri: 'qemu+ext://a/system' makes libvirt execute a command (set it in your "
		"~/.ssh/config instead)"},
	{"[plan]\nwatch = none\n" VM REST, "2: watch: 'none' is not a number with a unit"},
	{"[plan]\nbound.detachd = none\n[vm d]\nsession = detached\n" REST,
		"2: bound.detachd: no case has the value 'detachd' (known: detached, 512MB, 1)"},
	/* One mistake, one complaint: the consequences of a misspelt key are not reported. */
	{"[plan]\nbound.detached = none\n[vm d]\nsesion = detached\n" REST,
		"4: [vm NAME] has no key 'sesion' (did you mean 'session'?)"},
	{"[plan]\nbound.detached = none\n[vm d]\nsession = detachd\n" REST,
		"4: session: 'detachd' is not known (did you mean 'detached'?"},
	{"[plan]\nwatch.detached = 9 s\n" VM REST, "2: [plan] has no key 'watch.detached' ("},
	{"[plan]\nrepeat = 0\n" VM REST, "2: repeat: 0 is too small (1 to 1000)"},
	{"[plan]\nrepeat = 1001\n" VM REST, "2: repeat: 1001 is too large (1 to 1000)"},
	{"[plan]\nrepeat = 99999999999999999999\n" VM REST, "2: repeat: '99999999999999999999' is"},
	/* `;` begins a comment only at the start of a word. */
	{"[plan]\nrepeat = 3;\n" VM REST, "2: repeat: '3;' is no whole number (1 to 1000)"},
	{"[plan]\nrepeat = 2.5\n" VM REST, "2: repeat: '2.5' is no whole number (1 to 1000)"},
	{"[plan]\nrepeat = 2\nrepeat = 3\n" VM REST, "3: 'repeat' is set already, in line 2 "},
	{"[plan]\n[plan]\n" VM REST, "2: [plan] is already in line 1 ("},
	{VM VM REST, "2: [vm desk] is already in line 1 (put the keys there, or give "},
	{"[plan x]\n" VM REST, "1: [plan x] has a name (just [plan])"},
	{"[vm]\n" REST, "1: [vm] lacks its name ([vm NAME])"},
	{"[vm my desk]\n" REST, "1: [vm my desk]: the name holds other characters (letters, "},
	{"[vm d/k]\n" REST, "1: [vm d/k]: the name holds other characters (letters, digits, '.', "},
	{"[vm a23456789012345678901234567890123456789012345678x]\n" REST,
		"1: [vm a23456789012345678901234567890123456789012345678x]: the name is too long"},
	{"[vm desk\n" REST, "1: '[vm desk' lacks its ] ([kind] or [kind NAME])"},
	{"[vm desk] x\n" REST, "1: 'x' follows the section's ] (a new line)"},
	{"nonsense\n" VM REST, "1: 'nonsense' is neither a section nor a key (key = value)"},
	{"repeat = 1\n" VM REST, "1: 'repeat' precedes the first section (begin with [plan])"},
	{"[vm d]\nmemory = 1 GB, 1024 MB\n" REST,
		"2: memory: 1GB is given twice (each value once)"},
	{"[vm d]\nmemory = 1 GB,\n" REST, "2: memory: nothing between two commas or at the end "},
	{"[vm d]\nsession = atached\n" REST,
		"2: session: 'atached' is not known (did you mean 'attached'? known: attached, "},
	{"[vm d]\nsession = sleepy\n" REST,
		"2: session: 'sleepy' is not known (attached, detached or none)"},
	{"[vm d]\nowned = no\n" REST, "2: owned: the lab makes its VMs itself (remove it)"},
	{"[vm d]\nowned = maybe\n" REST, "2: owned: 'maybe' is not known (yes or no)"},
	{"[vm d]\nfill = 96 %\n" REST, "2: fill: 96% is too large (0% to 95%)"},
	{"[vm d]\nhost = c\n" REST, "2: host: the lab has no host 'c' (its 2 hosts are a to b)"},
	{VM LAB PROBE, "4: no control target, so a blackout cannot be distinguished from a broken "
		       "probe (add [control switch] with target = lab-switch)"},
	{VM LAB PROBE "[contrl s]\ntarget = x\n",
		"5: there is no section [contrl] (did you mean [control NAME]?)"},
	{VM LAB PROBE "[control s]\n", "5: [control s] lacks 'target' (what must never go silent"},
	{VM LAB PROBE "[control s]\ntargt = x\n",
		"6: [control NAME] has no key 'targt' (did you mean 'target'?)"},
	{VM LAB PROBE "[control desk]\ntarget = x\n",
		"5: [control desk] has the name of [vm desk]"},
	{REST, "5: no VM to move (add [vm desk])"},
	{VM LAB CONTROL, "4: no probe (add [probe fine] with kind = burst)"},
	{VM PROBE CONTROL, "5: no hosts (add [lab], or two sections [host NAME] with uri = "},
	{VM REST "[host a]\nuri = qemu:///system\n", "2: both [lab] and [host a] in line 7 ("},
	{"[vm d]\naddress = 192.0.2.1\n[host a]\nuri = qemu:///system\n" PROBE CONTROL,
		"3: only one host (a move needs two sections [host NAME])"},
	{"[platform simm]\n" VM PROBE CONTROL,
		"1: there is no [platform simm] (did you mean 'sim'?)"},
	{"[platform vsphere]\n" VM PROBE CONTROL,
		"1: there is no [platform vsphere] (known: libvirt external sim)"},
	{"[platform sim]\n[platform libvirt]\n" VM REST,
		"2: [platform libvirt]: line 1 has [platform sim] already (one platform per plan)"},
	{"[platform libvirt]\nseed = 1\n" VM REST,
		"2: 'seed' is for [platform sim] only (remove it)"},
	{"[platform external]\n[vm d]\naddress = 192.0.2.1\n" PROBE CONTROL,
		"7: [platform external] starts no moves ([move] with start = external)"},
	{"[platform external]\n[move]\nstart = external\n" VM PROBE CONTROL,
		"4: [vm desk] lacks its address (address = 192.0.2.7, where it answers)"},
	{"[platform external]\n[move]\nstart = external\n[vm d]\naddress = 192.0.2.1\n"
	 "memory = 1 GB, 2 GB\n" PROBE CONTROL,
		"6: [vm d] is not owned, so its size is never changed (one value, or owned = yes)"},
	{VM REST "[move]\nfrom = b\nto = b\n", "9: from and to are both 'b' (two different hosts)"},
	{VM REST "[move]\nto = z\n", "8: to: the lab has no host 'z' ("},
	{VM LAB CONTROL "[probe x]\n", "5: [probe x] lacks 'kind' (what the probe does)"},
	{VM LAB CONTROL "[probe x]\nkind = pign\n",
		"6: kind: 'pign' is not known (did you mean "
		"'ping'? known: ping, burst, session, rdp, capture or neighbour)"},
	{VM LAB CONTROL "[probe x]\nkind = ping\nport = 3389\n",
		"7: port: kind = ping is no remote desktop (remove it)"},
	{VM LAB CONTROL "[probe x]\nkind = ping\nkeys = no\n",
		"7: keys: kind = ping is no remote desktop (remove it)"},
	{VM LAB CONTROL "[probe x]\nkind = rdp\n[probe c]\nkind = ping\n[judge]\nprobe = x\n",
		"10: [judge] names 'x', but no verdict can rest on kind = rdp (a burst or a ping)"},
	{VM LAB CONTROL "[probe x]\nkind = ping\ntimeout = 1 s\n",
		"7: timeout: 1s is not below the interval of 1s (kind = ping blocks until its "},
	{VM LAB CONTROL "[probe x]\nkind = ping\ninterval = 99 ms\n",
		"7: interval: 99ms is too short for kind = ping (at least 100ms)"},
	{VM REST "interval = 1 ms\n", "7: [control NAME] has no key 'interval' (it belongs in "},
	{VM LAB CONTROL "[probe x]\nkind = burst\ninterval = 999 us\n",
		"7: interval: 999us is too small (1ms to 3600s)"},
	{VM REST "[probe w]\nkind = capture\ninterval = 1 s\n",
		"9: kind = capture sends nothing, so it has no interval and no timeout (remove "
		"it)"},
	{VM REST "[probe s]\nkind = session\nstation = moon\n",
		"9: station: there is no [station moon] (add it, or station = local)"},
	{VM LAB CONTROL "[station a]\n[station a-b]\n[probe b-c]\nkind = ping\nstation = a\n"
			"[probe c]\nkind = ping\nstation = a-b\n",
		"10: [probe c] from a-b would write to the same file of facts as [probe b-c] from a ("},
	{VM LAB CONTROL "[probe s]\nkind = session\n",
		"6: no probe to judge by (add one with kind"},
	{VM REST "[judge]\nprobe = finest\n", "8: [judge] names no probe of this plan: 'finest' ("},
	{VM REST "[probe w]\nkind = capture\n[judge]\nprobe = w\n",
		"10: [judge] names 'w', but no verdict can rest on kind = capture ("},
	{"[vm d]\nannounce = maybe\n" REST, "2: announce: 'maybe' is not known (yes, no or lost)"},
	{"[vm d]\naddress = 192.0.2.1\nannounce = no\n[host a]\nuri = qemu:///system\n"
	 "[host b]\nuri = qemu://b/system\n" PROBE CONTROL,
		"3: announce: only the embedded lab can keep its VMs from being announced (remove "
		"it)"},
	{"[vm d]\naddress = 192.0.2.1\ndisk = 48 MB\n[host a]\nuri = qemu:///system\n"
	 "[host b]\nuri = qemu://b/system\n" PROBE CONTROL,
		"3: disk: only the embedded lab makes disks (remove it)"},
	{"[vm d]\naddress = 192.0.2.10/24\n" HOSTS PROBE CONTROL,
		"2: address: '192.0.2.10/24' has a prefix (the address without it: address = "
		"192.0.2.10)"},
	{"[vm d]\naddress = 2001:db8::7/64\n[platform sim]\n" PROBE CONTROL,
		"2: address: '2001:db8::7/64' has a prefix (the address without it: address = "
		"2001:db8::7)"},
	{VM LAB PROBE "[control s]\ntarget = 10.20.0.7/24\n",
		"6: target: '10.20.0.7/24' has a prefix (the address without it: target = "
		"10.20.0.7)"},
	{"[vm d]\naddress = 192.0.2.10\n" HOSTS "migration-address = 10.1.1.1/8\n" PROBE CONTROL,
		"7: migration-address: '10.1.1.1/8' has a prefix (the address without it: "
		"migration-address = 10.1.1.1)"},
	{"[vm d]\naddress = 192.0.2.10\n" HOSTS PROBE "[control s]\ntarget = 192.0.2.10\n",
		"10: target: '192.0.2.10' is the address of [vm d], which goes silent "
		"when it moves (what never goes silent, such as the router)"},
	{"[vm d]\naddress = 2001:db8::7\n[vm e]\naddress = e.example\n" HOSTS PROBE
	 "[control s]\ntarget = 2001:DB8:0::7\n",
		"12: target: '2001:DB8:0::7' is the address of [vm d], "},
	{"[vm d]\naddress = 192.0.2.7\n[vm e]\naddress = e.example\n" HOSTS PROBE
	 "[control s]\ntarget = E.example\n",
		"12: target: 'E.example' is the address of [vm e], "},
	/* Addresses that the lab and the simulated world give to VMs. */
	{VM "[vm two]\n" LAB PROBE "[control s]\ntarget = 10.20.0.102\n",
		"7: target: '10.20.0.102' is the address of [vm two], which goes silent "
		"when it moves (lab-switch)"},
	{VM "[vm two]\n[platform sim]\n" PROBE "[control s]\ntarget = 192.0.2.11\n",
		"7: target: '192.0.2.11' is the address of [vm two], "},
	{"[vm d]\ndisk = 8 MB\n" REST, "2: disk: 8MB is too small (16MB to 1024GB)"},
	{VM REST "[station s]\nplace = router\n",
		"8: place: the lab has no router ([lab] with prober = router)"},
	{VM REST "[station s]\nplace = switch\nnetns = x\n",
		"8: place: [station s] is in a netns already (one of the two)"},
	{"[platform sim]\n" VM PROBE CONTROL "[station s]\nplace = switch\n",
		"8: place: only the embedded lab has the place 'switch' (netns = NAME)"},
	{"[lab]\nfirst-probe = 1500 ms\n" VM PROBE CONTROL,
		"2: first-probe: 1500ms is not in whole seconds (first-probe = 1 s)"},
	{"[lab]\nageing = 8\n" VM PROBE CONTROL, "2: ageing: '8' lacks its unit ("},
	{"[lab]\nreachable = 500 ms\n" VM PROBE CONTROL,
		"2: reachable: 500ms is too small (1s to 3600s)"},
	{"[lab]\nprober = moon\n" VM PROBE CONTROL,
		"2: prober: 'moon' is not known (lan or router)"},
	{"[platform sim]\n" VM PROBE CONTROL "[probe n]\nkind = neighbour\n",
		"8: kind: the simulated world has no neighbour entries (remove the probe)"},
	{VM REST "[probe w]\nkind = capture\nscreen = 1 s\n",
		"9: screen: kind = capture opens no session (remove it)"},
	{"[plan]\ntitle = \xc3\x28\n" VM REST, "2: the line is not UTF-8 (save the file as UTF-8)"},
	{"[plan]\ntitle = \xed\xa0\x80\n" VM REST, "2: the line is not UTF-8 ("},
	{"[plan]\ntitle = \x1b[31m\n" VM REST, "2: the line holds a control character (remove it)"},
};

static void test_mistakes(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(mistakes); i++)
		expect_error(mistakes[i].ini, mistakes[i].error);
}

static void test_hosts(void)
{
	expect_error("[vm d]\naddress = 192.0.2.1\n[host a]\nuri = qemu+tcp://x:secret@a/system\n"
		     "[host b]\nuri = qemu://b/system\n" PROBE CONTROL,
		"4: uri: a password does not belong in a plan (see libvirt's auth.conf)");
	expect_error("[vm d]\naddress = 192.0.2.1\n[host a]\nuri = qemu:///system\n"
		     "peer-uri = qemu+tcp://x:secret@a/system\n"
		     "[host b]\nuri = qemu://b/system\n" PROBE CONTROL,
		"5: peer-uri: a password does not belong in a plan (see libvirt's auth.conf)");
	expect_error("[vm d]\naddress = 192.0.2.1\n[host a]\nuri = a\n"
		     "[host b]\nuri = qemu://b/system\n" PROBE CONTROL,
		"4: uri: 'a' is no URI (qemu+ssh://root@host/system)");
	expect_error("[vm d]\naddress = 192.0.2.1\nhost = c\n[host a]\nuri = qemu:///system\n"
		     "[host b]\nuri = qemu://b/system\n" PROBE CONTROL,
		"3: host: there is no [host c] (the NAME of a [host NAME])");
	expect_error("[vm d]\naddress = 192.0.2.1\nowned = yes\n[host a]\nuri = qemu:///system\n"
		     "[host b]\nuri = qemu://b/system\n" PROBE CONTROL,
		"1: [vm d] is owned, but has no domain XML to be made from (xml = desk.xml)");
	expect_error("[vm d]\naddress = 192.0.2.1\nxml = d.xml\n[host a]\nuri = qemu:///system\n"
		     "[host b]\nuri = qemu://b/system\n" PROBE CONTROL,
		"3: xml: [vm d] is not owned, so it is never made (owned = yes, or remove it)");
	expect_error(
		"[vm d]\naddress = 192.0.2.1\n[host a]\nuri = qemu:///system\n"
		"[host b]\nuri = qemu://b/system\n[host c]\nuri = qemu:///system\n" PROBE CONTROL,
		"8: uri: 'qemu:///system' is also the uri of [host a] in line 4 (one uri per host)");
}

/* The plan of a result folder is read whatever its addresses, because it was carried out. */
static void test_saved(void)
{
	static const char text[] =
		"[vm d]\naddress = 192.0.2.10/24\n[host a]\nuri = qemu:///system\n"
		"[host b]\nuri = qemu:///system\n" PROBE "[control s]\ntarget = 192.0.2.10/24\n";
	struct plan_errors errors = {0};
	struct plan *plan = NULL;
	struct fact_folder folder;
	struct err e = {0};
	char path[96];

	fact_folder_make(&folder);
	fact_folder_put(&folder, "facts/plan.ini", text);
	snprintf(path, sizeof(path), "%s/facts/plan.ini", folder.dir);
	/* Four errors in a new plan: two prefixes, the URI, the target. */
	CU_ASSERT_EQUAL(plan_read(&plan, path, &errors), -1);
	CU_ASSERT_EQUAL(errors.count, 4);
	plan_errors_release(&errors);
	CU_ASSERT_EQUAL(plan_read_folder(&plan, folder.dir, &e), 0);
	plan_free(plan);
	fact_folder_put(&folder, "facts/plan.ini", "[vm\n");
	CU_ASSERT_EQUAL(plan_read_folder(&plan, folder.dir, &e), -1);
	CU_ASSERT_PTR_NOT_NULL(strstr(e.text, "plan.ini:1: "));
	fact_folder_remove(&folder);
}

/* The errors of all stages are reported at once, sorted by line. */
static void test_all_at_once(void)
{
	static const char text[] = "[plan]\nrepeat = 0\nbound = 3\ntitel = x\n"
				   "[vm desk]\nsession = attached, attached\n"
				   "[vm desk]\nmemory = 1\n" LAB PROBE "station = moon\n"
				   "[judge]\nprobe = x\n";
	static const char *const wanted[] = {
		"2: repeat: ",
		"3: bound: ",
		"4: [plan] has no key 'titel'",
		"6: session: attached is given twice",
		"7: [vm desk] is already in line 5",
		"8: memory: '1' lacks its unit",
		"12: station: there is no [station moon]",
		"14: ",
		"14: ",
	};

	expect_errors(text, strlen(text), wanted, ARRAY_SIZE(wanted));
}

static void test_hostile(void)
{
	static const char nul[] = "[plan]\nti\0tle = x\n" VM REST;
	static const char *const nul_wanted[] = {"2: the line holds a NUL byte ("};
	struct plan_errors errors = {0};
	struct plan *plan = NULL;
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);

	expect_errors(nul, sizeof(nul) - 1, nul_wanted, 1);
	fprintf(f, "[plan]\ntitle = %*s\n%s", 4000, "x", VM REST);
	fclose(f);
	expect_error(text, "2: the line is longer than 4000 bytes (");
	free(text);
	f = open_memstream(&text, &size);
	for (unsigned i = 0; i < 100000; i++)
		fputs("garbage\n", f);
	fclose(f);
	CU_ASSERT_EQUAL(plan_parse(&plan, "t.ini", text, size, &errors), -1);
	CU_ASSERT_EQUAL_FATAL(errors.count, 51);
	CU_ASSERT_STRING_EQUAL(errors.text[49],
		"t.ini:50: 'garbage' is neither a section nor a key "
		"(key = value)");
	CU_ASSERT_STRING_EQUAL(
		errors.text[50], "t.ini:100000: and 99954 more (correct these first)");
	plan_errors_release(&errors);
	free(text);
	f = open_memstream(&text, &size);
	fputs(VM "memory = 16 MB", f);
	for (unsigned i = 17; i < 300; i++)
		fprintf(f, ",%u MB", i);
	fputs("\nvcpus = 1, 2, 3, 4\n" REST, f);
	fclose(f);
	expect_error(text, "3: vcpus: the plan has more than 1000 cases (");
	free(text);
}

static void test_files(void)
{
	char path[] = P_tmpdir "/blackout-plan-XXXXXX", *big;
	int fd = mkstemp(path);
	struct plan_errors errors = {0};
	struct plan *plan = NULL;

	CU_ASSERT_FATAL(fd >= 0);
	CU_ASSERT_EQUAL(plan_read(&plan, "/nonexistent/plan.ini", &errors), -1);
	CU_ASSERT_EQUAL_FATAL(errors.count, 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(errors.text[0], "No such file"));
	plan_errors_release(&errors);
	CU_ASSERT_EQUAL(plan_read(&plan, "/", &errors), -1);
	CU_ASSERT_EQUAL_FATAL(errors.count, 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(errors.text[0], "Is a directory"));
	plan_errors_release(&errors);
	big = calloc(1, 10000000);
	CU_ASSERT_EQUAL(write(fd, big, 10000000), 10000000);
	free(big);
	CU_ASSERT_EQUAL(plan_read(&plan, path, &errors), -1);
	CU_ASSERT_EQUAL_FATAL(errors.count, 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(errors.text[0], "larger than 1048576 bytes"));
	plan_errors_release(&errors);
	close(fd);
	unlink(path);
}

TEST_SUITE(plan_errors, {"mistakes", test_mistakes}, {"hosts", test_hosts}, {"saved", test_saved},
	{"all at once", test_all_at_once}, {"hostile", test_hostile}, {"files", test_files})
