#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# A person's habits: installing, asking for help. No root needed, no VM touched.

bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_DIRNAME/../.." || return 1
	top=$BATS_TEST_TMPDIR
}

# plan FILE: one case, one move, simulated
plan() {
	printf '%s\n' '[plan]' 'title = Small' 'repeat = 1' 'baseline = 3 s' 'settle = 2 s' \
		'[platform sim]' 'outage = 300 ms' '[vm desk]' 'memory = 256 MB' '[probe classic]' \
		'kind = ping' '[probe fine]' 'kind = burst' '[control switch]' 'target = lab-switch' >"$1"
}

@test "an installed program finds its parts, runs a shipped plan by name, and goes without a trace" {
	local to=$top/root/opt/b
	run -0 make -s install -o all B="$B" DESTDIR="$top/root" PREFIX=/opt/b
	for file in bin/blackout share/man/man1/blackout.1 share/man/man5/blackout-plan.5 \
		share/doc/blackout/facts.md share/doc/blackout/ci/Jenkinsfile; do
		[ -s "$to/$file" ]
	done
	[ ! -x "$B/blackout-rdp" ] || [ -x "$to/libexec/blackout-rdp" ]
	[ ! -e "$B/guest/vmlinuz" ] || cmp "$B/guest/vmlinuz" "$to/lib/blackout/guest/vmlinuz"
	[ "$(find "$to/share/blackout/plans" | wc -l)" -eq $(($(find plans -name '*.ini' | wc -l) + 1)) ]
	cd "$top"
	run -0 "$to/bin/blackout" check verify
	grep -q '2, 3 and 4 GB' <<<"$output"
	plan "$to/share/blackout/plans/sim.ini"
	run -0 "$to/bin/blackout" run sim.ini -o r
	[ -s r/runs.csv ]
	run -2 "$to/bin/blackout" check nosuch
	cd "$BATS_TEST_DIRNAME/../.."
	run -0 make -s uninstall B="$B" DESTDIR="$top/root" PREFIX=/opt/b
	[ -z "$(find "$top/root" -type f -o -name 'blackout*')" ]
}

@test "what was not built is left out of an installation, and said" {
	mkdir "$top/b"
	run -2 make -s install -o all B="$top/b" DESTDIR="$top/root"
	grep -q 'is not built' <<<"$output"
	cp "$B/blackout" "$top/b"
	run -0 make -s install -o all B="$top/b" DESTDIR="$top/root"
	grep -q 'without libexec/blackout-rdp' <<<"$output"
	grep -q 'lib/blackout/guest/vmlinuz: the lab needs it (make guest' <<<"$output"
	[ -x "$top/root/usr/local/bin/blackout" ]
}
