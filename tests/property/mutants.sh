#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# mutants.sh [-n] [DEFECT...] - puts defects back into a copy of the sources, one at a time, and prints whether
# the property test finds each. Without arguments all of them, a to n. Started by hand: a defect takes 20 s.
#
#	SERIES=4000 SEED=1 MAKEFLAGS= tests/property/mutants.sh
#
# -n only checks that each defect can still be put back: nothing is built.
#
# FOUND: more violations than with the unchanged sources, which are the first row of the table. A defect that
# only widens bounds causes no violation. "vague": fewer series than in the first row have a narrow hi
# (tests/property/check.h).
set -eu
cd "$(dirname "$0")/../.."
series=${SERIES:-4000} seed=${SEED:-1}
dry_run=
if [ "${1:-}" = -n ]; then
	dry_run=1
	shift
fi
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
tar -c --exclude=./build --exclude=./.git . | tar -x -C "$copy"

all=(a a2 b c d e f g h i j k l m n)
declare -A what

# change FILE SCRIPT...: edits a file with sed; a script that changes nothing is an error.
change() {
	local file=$copy/$1
	shift
	for script; do
		cp "$file" "$copy/before"
		sed -i "$script" "$file"
		if cmp -s "$copy/before" "$file"; then
			echo "mutants.sh: '$script' changes nothing in ${file#"$copy/"}" >&2
			return 1
		fi
	done
}

what[a]="capture: a pause between two lost requests counts as silence"
defect_a() {
	# Frames only: stretches of unanswered requests go on across a pause, at any pace.
	change harness/analysis/gaps.c \
		's/group->sent_ns - w->last_ns <= gaps->step_ns)/(probes->s->kind == PROBE_FRAMES || &)/' \
		's/silent_ns = ns_min(silent_ns, stretch.max_ns);/if (s->kind != PROBE_FRAMES) &/'
}

what[a2]="a condenser without the spacing rule and without silence="
defect_a2() {
	change harness/facts/spans.c \
		'/^	return p->pace == span->pace/,/;$/c\	return p->pace == span->pace \&\& step_ns >= 0;' \
		'/FI(FIELD_SILENCE, not_none/d' '/FI(FIELD_AFTER, s->silence_from_ns)/d'
}

what[b]="a wall clock that runs ahead lacks no time"
defect_b() {
	change harness/timeline/clock.c 's/ns_max(step_ns, 0)});/0});/'
}

what[c]="silence after the last record of a killed prober does not count"
defect_c() {
	change harness/timeline/probes.c 's/if (s && !r->ended)/if (0)/'
}

what[d]="the first request after the window is ignored"
defect_d() {
	change harness/analysis/gaps.c \
		's/if (a_ns == NS_NONE || a_ns > gaps->to_ns)/if (a_ns == NS_NONE || i < probes->count)/'
}

what[e]="a clock that steps back by less than a second is sorted like disorder"
defect_e() {
	change harness/packet/frame_order.c 's/^	return against;/	return against \&\& false;/'
}

what[f]="hi across a step back of the clock is taken from the stamps"
defect_f() {
	# Ignores clock steps, and steps of the prober that are shorter than its pace by the stamps.
	change tools/commands/capture_import.c '/^	*write_step(a, step/s/^\(	*\)/\1if (0)\n\1	/'
	change tools/commands/flow_facts.c 's/if (f->steps\[i\].by_ns > spread_ns)/if (0)/'
}

what[g]="the same bytes within 10 s are one request"
defect_g() {
	change harness/packet/frame.h 's/^#define FRAME_COPY_NS .*/#define FRAME_COPY_NS (10 * NS_PER_S)/'
}

what[h]="an answer that is stamped before its request does not count"
defect_h() {
	change harness/packet/echo_match.c \
		'/take_early(struct flows/,/^}/s/i < flows->early_count;/0 \&\& &/'
}

what[i]="live: silences on both sides of a stall are one"
defect_i() {
	change harness/analysis/gaps.c \
		's/group->sent_ns - w->last_ns <= gaps->step_ns)/(probes->s->kind != PROBE_FRAMES || &)/' \
		's/silent_ns = ns_min(silent_ns, stretch.max_ns);/if (s->kind == PROBE_FRAMES) &/'
	# A recorded stall does not divide them, either.
	change harness/analysis/disturbances.c 's/bool short_late = late && .*/bool short_late = late;/' \
		's/return ns_min(longest_ns, stretch->max_ns);/return longest_ns;/'
}

what[j]="requests before a jump of the sequence are reported as unanswered, their answers ignored"
defect_j() {
	change harness/packet/echo_match.c \
		's/if (advance(r, flow, utc_ns) || reserve_slot/if (advance(r, flow, m->next \&\& frame->seq != (uint16_t)(slot_of(m, m->next - 1)->seq + 1) ? INT64_MAX : utc_ns) || reserve_slot/' \
		's/^		if (!fits(slot, frame))/		if (slot->reported || !fits(slot, frame))/'
	defect_k
}

what[k]="answers without requests do not show lost frames"
defect_k() {
	change harness/packet/echo_match.c '/^static int take_stray/,/^}/s/return r->sink(r->ctx, &o);/return 0 ? r->sink(r->ctx, \&o) : 0;/'
}

what[l]="a witness that stopped cuts hi by what it saw until then"
defect_l() {
	change harness/analysis/intersection.c 's/if (!gaps->covered)/if (0)/'
	change harness/analysis/gaps.c 's/^	if (gaps->to_ns != INT64_MAX)$/	if (0)/'
}

what[m]="an undecided request hides the answers after it"
defect_m() {
	change harness/packet/echo_match.c \
		'/for (int64_t n = m->due; !rc/{N;s/.*/		rc = advance(\&r, flow, utc_ns);/}'
}

what[n]="without a loss hi is two paces"
defect_n() {
	change harness/analysis/gaps.c \
		's/^	gaps->unseen_hi_ns = silence_ns;/	gaps->unseen_hi_ns = silence_ns == NS_INF ? NS_INF : silence_ns + s->interval_ns;/'
}

build() {
	if ! make -s -C "$copy" B=build build/property >"$copy/log" 2>&1; then
		tail -n 20 "$copy/log" >&2
		echo "mutants.sh: $1 cannot be built" >&2
		exit 1
	fi
}

# check NAME WHAT: builds the copy, executes it and prints a row.
check() {
	local lo hi wrong unread decide narrow violations found=
	build "$1"
	timeout 900 "$copy/build/property" --series "$series" --seed "$seed" >"$copy/out" || [ $? -eq 1 ]
	read -r _ _ lo hi wrong unread _ decide _ <<<"$(grep '^all ' "$copy/out")"
	narrow=$(sed -n 's/^property: \([0-9]*\) of .* undisturbed .*/\1/p' "$copy/out")
	violations=$((lo + hi + wrong + unread))
	if [ "$1" = - ]; then
		usual=$violations usual_narrow=$narrow
	elif [ "$violations" -gt "$usual" ]; then
		found=FOUND
	elif [ "$narrow" -lt "$usual_narrow" ]; then
		found=vague
	else
		found='NOT FOUND'
	fi
	# shellcheck disable=SC2059
	printf "$row" "$1" "$lo" "$hi" "$wrong" "$unread" "$decide %" "$narrow" "$found" "$2"
}

restore() {
	# make compares times, so a restored file gets a new time.
	for file in $(cd "$copy" && find harness tools -name '*.[ch]'); do
		cmp -s "$file" "$copy/$file" || cat "$file" >"$copy/$file"
	done
}

row='%-3s %8s %8s %8s %8s %8s %8s  %-9s  %s\n'
if [ ! "$dry_run" ]; then
	# shellcheck disable=SC2059
	printf "$row" '' 'lo>truth' 'hi<truth' verdict unread decide narrow '' defect
	check - "the unchanged sources, $series series, seed $seed"
fi
for defect in "${@:-${all[@]}}"; do
	[ -n "${what[$defect]:-}" ] || { echo "mutants.sh: no defect '$defect'; there are ${all[*]}" >&2; exit 2; }
	"defect_$defect"
	if [ "$dry_run" ]; then
		echo "$defect can be put back: ${what[$defect]}"
	else
		check "$defect" "${what[$defect]}"
	fi
	restore
done
