# SPDX-License-Identifier: GPL-3.0-or-later
# Completion of blackout for bash. Commands, options and what completes each are what the program says with
# --words, from the tables that it reads its own options by; see tools/commands/options.h.

# _blackout_commands PROGRAM: the commands, a line each
_blackout_commands() {
	"$1" --words 2>/dev/null | awk -F '\t' '$2 == "-" { print $1 }'
}

# _blackout_options PROGRAM COMMAND: its options, a line each
_blackout_options() {
	"$1" --words 2>/dev/null | awk -F '\t' -v command="$2" '$1 == command && $2 != "-" { print $2 }'
}

# _blackout_kinds PROGRAM COMMAND OPTION: what completes the option's argument; -: the command's operands
_blackout_kinds() {
	"$1" --words 2>/dev/null | awk -F '\t' -v command="$2" -v option="$3" '$1 == command && $2 == option { print $3 }'
}

# _blackout_plans PROGRAM: the names of the shipped plans, a line each
_blackout_plans() {
	local program dir file
	program=$(readlink -f "$(type -P "$1")") || return
	for dir in "${program%/*}/../share/blackout/plans" "${program%/*}/../plans"; do
		for file in "$dir"/*.ini; do
			[[ ! -e $file ]] || basename "$file" .ini
		done
	done
}

# _blackout_cases PROGRAM PLAN: the plan's cases, a line each
_blackout_cases() {
	"$1" check "$2" 2>/dev/null | sed -n '/^cases/,/^hosts/s/^  \([^ ].*[^ ]\)  *[0-9][0-9]* runs\{0,1\}  .*/\1/p'
}

# _blackout_offer WORDS CURRENT: what of the words, a line each, begins as the current word does
_blackout_offer() {
	local word
	while IFS= read -r word; do
		[[ -z $word || $word != "$2"* ]] || COMPREPLY+=("$word")
	done <<<"$1"
}

# _blackout_files CURRENT PATTERN: folders, and files whose name matches
_blackout_files() {
	local file
	compopt -o filenames 2>/dev/null
	while IFS= read -r file; do
		# shellcheck disable=SC2053 # it is a pattern
		[[ ! -d $file && $file != $2 ]] || COMPREPLY+=("$file")
	done < <(compgen -f -- "$1")
}

# _blackout_case PROGRAM: the cases that begin as the last word does. Bash parts words at = as well: they are
# put together first, and only what follows the last part is offered.
_blackout_case() {
	local at=$COMP_CWORD word=${COMP_WORDS[COMP_CWORD]} last=${COMP_WORDS[COMP_CWORD]} i
	[[ $last != [=:@] ]] || last=
	while [[ ${COMP_WORDS[at]} == [=:@] || ${COMP_WORDS[at - 1]} == [=:@] ]]; do
		((at--))
		word=${COMP_WORDS[at]}$word
	done
	[[ $(_blackout_kinds "$1" "${COMP_WORDS[1]}" "${COMP_WORDS[at - 1]}") == case ]] || return
	_blackout_offer "$(_blackout_cases "$1" "${COMP_WORDS[2]}" | sed 's/ /\\ /g')" "$word"
	word=${word%"$last"}
	for i in "${!COMPREPLY[@]}"; do
		COMPREPLY[i]=${COMPREPLY[i]#"$word"}
	done
}

# _blackout_kind PROGRAM KIND CURRENT: what there is of a kind
_blackout_kind() {
	case $2 in
	folder) _blackout_files "$3" / ;;
	file) _blackout_files "$3" '*' ;;
	pcap) _blackout_files "$3" '*.pcap*' ;;
	csv) _blackout_files "$3" '*.csv' ;;
	plan)
		_blackout_files "$3" '*.ini'
		_blackout_offer "$(_blackout_plans "$1")" "$3"
		;;
	command) _blackout_offer "$(_blackout_commands "$1")" "$3" ;;
	*'|'*) _blackout_offer "${2//|/$'\n'}" "$3" ;;
	esac
}

_blackout() {
	local program=$1 current=$2 before=$3 command=${COMP_WORDS[1]} at=$((COMP_CWORD - 2)) kind
	local -a kinds
	COMPREPLY=()
	if ((COMP_CWORD == 1)); then
		_blackout_kind "$program" command "$current"
		return
	fi
	if _blackout_case "$program"; then
		return
	fi
	kind=$(_blackout_kinds "$program" "$command" "$before")
	if [[ $before == -?* && -n $kind && $kind != - ]]; then
		_blackout_kind "$program" "$kind" "$current"
		return
	fi
	if [[ $current == -* ]]; then
		_blackout_offer "$(_blackout_options "$program" "$command")" "$current"
		return
	fi
	read -ra kinds <<<"$(_blackout_kinds "$program" "$command" -)"
	((at < ${#kinds[@]})) || at=$((${#kinds[@]} - 1))
	((at < 0)) || _blackout_kind "$program" "${kinds[at]}" "$current"
}
complete -F _blackout blackout
