# SPDX-License-Identifier: GPL-3.0-or-later
# Completion of blackout for bash. Commands and options are what the program's own help says, so that they
# cannot fall behind it; it is only asked for help.

# _blackout_commands PROGRAM: the commands, a line each
_blackout_commands() {
	"$1" help 2>/dev/null | sed -n 's/^  blackout \([a-z]*\).*/\1/p'
}

# _blackout_options PROGRAM COMMAND: its options, a line each
_blackout_options() {
	"$1" "$2" --help 2>/dev/null | grep -oE '(^|[[ |])--?[a-z][a-z-]*' | sed 's/^[[ |]//' | sort -u
	echo --help
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

# _blackout_only PROGRAM: the cases that begin as the last word does. Bash parts words at = as well: they are
# put together first, and only what follows the last part is offered.
_blackout_only() {
	local at=$COMP_CWORD word=${COMP_WORDS[COMP_CWORD]} last=${COMP_WORDS[COMP_CWORD]} i
	[[ $last != [=:@] ]] || last=
	while [[ ${COMP_WORDS[at]} == [=:@] || ${COMP_WORDS[at - 1]} == [=:@] ]]; do
		((at--))
		word=${COMP_WORDS[at]}$word
	done
	[[ ${COMP_WORDS[at - 1]} == --only ]] || return
	_blackout_offer "$(_blackout_cases "$1" "${COMP_WORDS[2]}" | sed 's/ /\\ /g')" "$word"
	word=${word%"$last"}
	for i in "${!COMPREPLY[@]}"; do
		COMPREPLY[i]=${COMPREPLY[i]#"$word"}
	done
}

_blackout() {
	local program=$1 current=$2 before=$3 command=${COMP_WORDS[1]}
	COMPREPLY=()
	if ((COMP_CWORD == 1)); then
		_blackout_offer "$(_blackout_commands "$program")" "$current"
		return
	fi
	case $before in
	-o | --resume | --against)
		_blackout_files "$current" /
		return
		;;
	-f)
		_blackout_files "$current" '*'
		return
		;;
	--junit)
		_blackout_files "$current" '*.xml'
		return
		;;
	esac
	if _blackout_only "$program"; then
		return
	fi
	if [[ $current == -* ]]; then
		_blackout_offer "$(_blackout_options "$program" "$command")" "$current"
		return
	fi
	case $command in
	run | check)
		_blackout_files "$current" '*.ini'
		_blackout_offer "$(_blackout_plans "$program")" "$current"
		;;
	analyse) _blackout_files "$current" '*.pcap*' ;;
	compare | trend) _blackout_files "$current" '*.csv' ;;
	report | watch) _blackout_files "$current" / ;;
	mark) if ((COMP_CWORD == 3)); then _blackout_offer $'start\nend' "$current"; else _blackout_files "$current" /; fi ;;
	lab) ((COMP_CWORD > 2)) || _blackout_offer $'up\ndown\nstatus\nexec' "$current" ;;
	help) _blackout_offer "$(_blackout_commands "$program")" "$current" ;;
	esac
}
complete -F _blackout blackout
