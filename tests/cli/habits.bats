#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# A person's habits: installing, asking for help. No root needed, no VM touched.

bats_require_minimum_version 1.5.0

# What each command says of itself, once: HELP/COMMAND, with the list of commands as HELP/help-all.
setup_file() {
	export HELP=$BATS_FILE_TMPDIR
	"$BLACKOUT" help >"$HELP/help-all"
	"$BLACKOUT" --words >"$HELP/--words"
	for command in $(commands); do "$BLACKOUT" "$command" --help >"$HELP/$command"; done
}

setup() {
	cd "$BATS_TEST_DIRNAME/../.." || return 1
	top=$BATS_TEST_TMPDIR
}

# commands: each that the program has
commands() { sed -n 's/^  blackout \([a-z]*\).*/\1/p' "$HELP/help-all"; }

# examples COMMAND: the command lines of its help, without what is said of them
examples() { sed -n "s/^  \(blackout $1.*\)/\1/p" "$HELP/$1" | sed 's/   .*//'; }

# options COMMAND: every option that its help names as its own, not those of programs in its examples
options() {
	sed -n '/^usage: \|^       \|^  -/p' "$HELP/$1" | grep -oE '(^|[[ |])--?[a-z][a-z-]*' | tr -d '[ |' | sort -u
}

# plan FILE: two cases, two moves each, simulated
plan() {
	printf '%s\n' '[plan]' 'title = Small' 'repeat = 2' 'baseline = 3 s' 'settle = 2 s' \
		'[platform sim]' 'outage = 300 ms' '[vm desk]' 'memory = 256 MB' 'session = attached, detached' '[probe classic]' \
		'kind = ping' '[probe fine]' 'kind = burst' '[control switch]' 'target = lab-switch' >"$1"
}

@test "an installed program finds its parts, runs a shipped plan by name, and goes without a trace" {
	local to=$top/root/opt/b
	run -0 make -s install -o all B="$B" DESTDIR="$top/root" PREFIX=/opt/b
	for file in bin/blackout share/man/man1/blackout.1 share/man/man5/blackout-plan.5 \
		share/doc/blackout/facts.md share/doc/blackout/ci/Jenkinsfile \
		share/bash-completion/completions/blackout share/zsh/site-functions/_blackout; do
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

@test "every command helps, with examples" {
	[ "$(commands | wc -l)" -ge 11 ]
	for command in $(commands); do
		[[ $(head -n 1 "$HELP/$command") == "usage: blackout $command"* ]]
		[ -n "$(examples "$command")" ]
	done
	"$BLACKOUT" help report | cmp - "$HELP/report"
	"$BLACKOUT" lab up --help | cmp - "$HELP/lab"
	run -2 "$BLACKOUT" help fly
}

@test "a command's help names every option that it reads, and no other" {
	for command in $(commands); do
		awk -F '\t' -v command="$command" '$1 == command && $2 != "-" && $2 != "--help" { print $2 }' \
			"$HELP/--words" | sort >"$top/read"
		options "$command" >"$top/named"
		diff "$top/read" "$top/named"
	done
}

@test "the examples of help run as they stand, and those of real hosts use options that there are" {
	for command in $(commands); do
		options=$(options "$command")
		for option in $(examples "$command" | grep -oE ' --?[a-z][a-z-]*'); do
			# What other programs take is their own.
			[[ "$command $option" == @('lab -c'|'watch -s') ]] || grep -qxe "$option" <<<"$options"
		done
	done
	# An installation in which every shipped plan is a small simulated one.
	mkdir -p "$top/bin" "$top/share/blackout" "$top/none"
	cp "$B/blackout" "$top/bin"
	cp tests/golden/captures/outages.pcap "$top/move.pcap"
	cp -r plans "$top/share/blackout"
	cd "$top"
	for file in share/blackout/plans/*; do plan "$file"; done
	PATH=$top/none run -0 bin/blackout run sim -o results/good
	for name in main mine mon tue wed now today; do cp -r results/good "results/$name"; done
	ran=0
	while read -r line; do
		# shellcheck disable=SC2086 # words, as a shell makes them
		PATH=$top/none run bin/$line
		[ "$status" -ne 2 ] && [ "$status" -le 3 ] || { echo "$line: $output"; return 1; }
		ran=$((ran + 1))
	done < <(for command in run check report analyse compare; do examples "$command"; done | grep -v -- --vm)
	[ "$ran" -ge 12 ]
	[ -s again/runs.csv ] && [ -s out/report.txt ] && [ -s gate/junit.xml ]
	run bin/blackout mark results/today start
	grep -q 'its plan has ended' <<<"$output"
}

@test "a plan from the command line is a plan as of a file; what is wrong with it is said by option" {
	a=test+tcp://127.0.0.1:1/x b=test+tcp://root@[::1]:1/x
	run -4 "$BLACKOUT" run --vm web1 --address ::1 --from "$a" --to "$b" --repeat 3 --bound '2 s' -o "$top/r"
	run -0 "$BLACKOUT" check "$top/r/facts/plan.ini"
	for text in 'all  3 runs  bound 2s' "a  $a" "b  $b" 'web1 at ::1 (not owned' 'still (127.0.0.1)'; do
		grep -qF "$text" <<<"$output" || { echo "no $text in $output"; return 1; }
	done
	run -2 "$BLACKOUT" run --vm 'we b' --address ::1 --control ::1 --from "$a" --to qemu --repeat 0 --bound 3
	for option in --vm --to --repeat --bound; do grep -q "^blackout run: $option: " <<<"$output"; done
	run -2 "$BLACKOUT" run --vm web1 --to "$b"
	[ "$output" = 'blackout run: --from is missing (--vm NAME --from URI --to URI)' ]
	run -2 "$BLACKOUT" run --vm web1 --from "$a" --to "$a" --address $'x\nowned = yes'
	grep -q -- "--to $a: is the same as --from" <<<"$output"
	grep -q -- '--address: .*contains a line break' <<<"$output"
	run -2 "$BLACKOUT" run --vm no.such.invalid --from qemu:///system --to "$a"
	grep -q -- '--control is missing' <<<"$output"
	grep -q -- '--address is missing: the name no.such.invalid' <<<"$output"
	run -2 "$BLACKOUT" run sim --vm web1
	grep -q '^usage' <<<"$output"
}

@test "init inspects two hypervisors, says what hinders a move, and writes a plan that check takes" {
	printf '%s\n' '<node><domain type="test"><name>web1</name><memory>65536</memory>' \
		'<os><type>hvm</type></os><devices><interface type="network"><mac address="52:54:00:00:00:01"/>' \
		'<source network="lan"/></interface><disk type="file" device="disk"><source file="/vm/web1.img"/>' \
		'<target dev="vda"/></disk></devices></domain><network><name>lan</name><ip address="192.0.2.1"' \
		'netmask="255.255.255.0"><dhcp><range start="192.0.2.3" end="192.0.2.3"/></dhcp></ip></network></node>' \
		>"$top/a.xml"
	echo '<node><network><name>dmz</name></network></node>' >"$top/b.xml"
	# The VM runs on the second.
	run -0 --separate-stderr "$BLACKOUT" init "test://$top/b.xml" "test://$top/a.xml" -o "$top/p.ini"
	[ -z "$output" ]
	grep -q 'running VMs: web1$' <<<"$stderr"
	grep -q "web1, from test://$top/a.xml to test://$top/b.xml: what may hinder" <<<"$stderr"
	grep -q "its network lan is not active on test://$top/b.xml" <<<"$stderr"
	grep -q 'its disk /vm/web1.img must be on storage' <<<"$stderr"
	run -0 "$BLACKOUT" check "$top/p.ini"
	grep -q 'web1 at 192.0.2.' <<<"$output"
	cp "$top/p.ini" "$top/before"
	run -2 "$BLACKOUT" init "test://$top/b.xml" "test://$top/a.xml" -o "$top/p.ini"
	grep -q 'p.ini: exists already' <<<"$output"
	cmp "$top/before" "$top/p.ini"
	run -0 --separate-stderr "$BLACKOUT" init "test://$top/b.xml" "test://$top/a.xml" -o -
	[ "$output" = "$(cat "$top/p.ini")" ]
	run -4 "$BLACKOUT" init "test://$top/b.xml" "test://$top/b.xml" -o "$top/q.ini"
	grep -q 'no VM runs on either' <<<"$output"
	run -4 "$BLACKOUT" init "test://$top/a.xml" test+tcp://127.0.0.1:1/x -o "$top/q.ini"
	grep -q '^blackout init: test+tcp://127.0.0.1:1/x: cannot be reached: .*refused' <<<"$output"
	[ ! -e "$top/q.ini" ]
	# A full disk leaves no plan that the next init would trip over; a limit on file sizes stands for it.
	run -4 bash -c 'trap "" XFSZ; ulimit -f 0; exec "$@"' - "$BLACKOUT" init "test://$top/a.xml" \
		"test://$top/b.xml" -o "$top/q.ini"
	[ ! -e "$top/q.ini" ]
}

@test "init takes a VM whose name a plan can hold, says why there is none, and hands on no escapes" {
	vm() { printf '<domain type="test"><name>%s</name><memory>65536</memory><os><type>hvm</type></os></domain>' "$1"; }
	echo '<node><network><name>dmz</name></network></node>' >"$top/none.xml"
	for name in 'win 10 (x)' 'a;b' 'a]x' "$(printf 'n%.0s' {1..49})" $'\xc2\x9b31mred'; do
		echo "<node>$(vm "$name")</node>" >"$top/odd.xml"
		run -4 "$BLACKOUT" init "test://$top/odd.xml" "test://$top/none.xml" -o "$top/odd.ini"
		grep -q 'no VM that runs has a name that a plan can hold' <<<"$output"
		[[ $output != *$'\xc2\x9b'* ]]
		[ ! -e "$top/odd.ini" ]
	done
	grep -qF 'running VMs: \xC2\x9B31mred (no name for a plan)' <<<"$output"
	echo "<node>$(vm web1)</node>" >"$top/even.xml"
	run -0 "$BLACKOUT" init "test://$top/odd.xml" "test://$top/even.xml" -o "$top/odd.ini"
	grep -qx '\[vm web1\]' "$top/odd.ini"
}

# What a shell offers: reads command lines, words parted by TABs, the last being completed; prints each with
# what is offered, parted by '>'.
in_bash() {
	bash --norc -c 'source tools/completion/blackout.bash
		while IFS= read -r line; do
			IFS=$'"'\t'"' read -ra COMP_WORDS <<<"$1"$'"'\t'"'"$line"
			[[ $line != *$'"'\t'"' && -n $line ]] || COMP_WORDS+=("")
			COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
			_blackout "$1" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
			((${#COMPREPLY[@]} == 0)) || printf "$line>%s\n" "${COMPREPLY[@]}"
		done' - "$1"
}

# The same of zsh, by what the completion hands to zsh's own machinery.
in_zsh() {
	zsh -fc 'compadd() { if [[ $1 == -a ]]; then offer ${(P)2}; else offer $@; fi }
		_describe() { offer ${${(P)4}%%:*} }
		_files() { offer *(/N) }
		offer() { local word; for word in $@; do print -r -- "$line>$word"; done }
		complete_it() { source tools/completion/_blackout }
		program=$1
		while IFS= read -r line; do
			words=($program "${(@ps:\t:)line}") CURRENT=$#words
			complete_it
		done' - "$1"
}

@test "bash and zsh complete every command and every option that help names" {
	# shellcheck disable=SC2016 # for the inner shell; help as it was said, so that a hundred questions start no program.
	printf '%s\n' '#!/bin/sh' 'case $1-$2 in check-*) exec "$BLACKOUT" "$@" ;;' \
		'help-) exec cat "$HELP/help-all" ;;' '*) exec cat "$HELP/$1" ;; esac' >"$top/blackout"
	chmod +x "$top/blackout"
	{
		printf '%s\n' '' $'report\t' $'mark\td\t' $'help\t' $'run\tplans/sim.ini\t--only\t'
		for command in $(commands); do printf '%s\t-\n' "$command"; done
	} >"$top/asked"
	for command in $(commands); do
		options "$command" | sed "s/^/$command\t->/"
		printf '%s\t->--help\n' "$command"
	done | sort >"$top/expected"
	for shell in bash zsh; do
		zsh -n tools/completion/_blackout
		"in_$shell" "$top/blackout" <"$top/asked" >"$top/offered"
		[ "$(sed -n 's/^>//p' "$top/offered" | sort)" = "$(commands | sort)" ]
		comm -23 "$top/expected" <(sort "$top/offered") >"$top/missing"
		[ ! -s "$top/missing" ] || { cat "$top/missing"; return 1; }
		grep -qx $'run\tplans/sim.ini\t--only\t>session=attached' "$top/offered"
		grep -qx $'mark\td\t>end' "$top/offered"
		grep -qx $'report\t>docs' "$top/offered"
		grep -qx $'help\t>calibrate' "$top/offered"
	done
	printf '%s\n' $'check\tplans/sim.' $'run\tver' $'run\t--res' $'report\tREAD' | in_bash "$BLACKOUT" >"$top/offered"
	[ "$(cat "$top/offered")" = $'check\tplans/sim.>plans/sim.ini\nrun\tver>verify\nrun\t--res>--resume' ]
	# As bash itself parts words: at = too.
	printf '%s\n' $'run\tplans/sim.ini\t--only\tsession\t=' $'run\tplans/sim.ini\t--only\tsession\t=\tatt' \
		$'run\tplans/verify.ini\t--only\tmemory\t=\t2GB\\ session\t=\td' | in_bash "$BLACKOUT" >"$top/offered"
	grep -qx $'run\tplans/sim.ini\t--only\tsession\t=>attached' "$top/offered"
	grep -qx $'run\tplans/sim.ini\t--only\tsession\t=\tatt>attached' "$top/offered"
	grep -qx $'run\tplans/verify.ini\t--only\tmemory\t=\t2GB\\\\ session\t=\td>detached' "$top/offered"
}
