#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Man pages and bash completion are written from the tools' own --help, so that
# the three cannot drift apart.
#
#   docs/man.sh            writes docs/man/*.1 and docs/completion/vkexec
#   docs/man.sh --check    fails if they are not current or man(1) warns
set -eu
cd "$(dirname "$0")/.."
bin=${O:-build}/bin
tools="vkexec-keys vkexec-sign vkexec-verify vkexec-load vkexec-measure"
version=$(sed -n 's/^VERSION := //p' Makefile)

commands_of() { "$bin/$1" --help | sed -n '/^Commands:$/,/^$/s/^  \([a-z-]*\) .*/\1/p'; }

# roff from the text of --help: options become tagged paragraphs, indented
# lines stay as they are, the rest is prose.
roff() {
	sed 's/\\/\\e/g; s/-/\\-/g; s/^\([.'\'']\)/\\\&\1/' | awk '
	# A dot that opens a line would be a macro.
	function safe(t) { return t ~ /^[.\047]/ ? "\\&" t : t }
	function close_nf() { if (nf) { print ".fi"; print ".RE"; nf = 0 } }
	/^Usage: / { print ".PP"; sub(/^Usage: /, ""); print "\\fB" $0 "\\fR"; usage = 1; next }
	usage && /^   / { print ".br"; sub(/^ +/, "    "); print "\\fB" $0 "\\fR"; next }
	usage { usage = 0; print ".PP" }
	/^[A-Z][A-Za-z ]*:$/ { close_nf(); tp = 0; print ".PP"; print "\\fB" $0 "\\fR"; next }
	/^  \\-/ {
		close_nf(); line = substr($0, 3)
		n = match(line, /  +/)
		print ".TP"
		if (n) { print "\\fB" substr(line, 1, n - 1) "\\fR"; print safe(substr(line, n + RLENGTH)) }
		else print "\\fB" line "\\fR"
		tp = 1; next
	}
	tp && /^    +/ { sub(/^ +/, ""); print safe($0); next }
	/^$/ { close_nf(); tp = 0; print ".PP"; next }
	/^  / { if (!nf) { print ".RS 2"; print ".nf"; nf = 1 } print safe(substr($0, 3)); next }
	{ close_nf(); tp = 0; print }
	END { close_nf() }'
}

page() {
	local tool=$1 c
	printf '.TH %s 1 "" "vkexec %s" "vkexec"\n' "$(echo "$tool" | tr a-z A-Z)" "$version"
	printf '.SH NAME\n%s \\- %s\n' "$tool" "$(summary "$tool")"
	printf '.SH DESCRIPTION\n'
	"$bin/$tool" --help | roff
	for c in $(commands_of "$tool"); do
		printf '.SH "COMMAND %s"\n' "$(echo "$c" | tr a-z A-Z)"
		"$bin/$tool" "$c" --help | roff
	done
	printf '.SH "SEE ALSO"\n'
	for c in $tools; do [ "$c" = "$tool" ] || printf '.BR %s (1),\n' "$c"; done | sed '$s/,$//'
}

summary() {
	case $1 in
	vkexec-keys) echo 'make, show, export and revoke keys that sign kernels' ;;
	vkexec-sign) echo 'build and sign unified kernel images' ;;
	vkexec-verify) echo 'say what a kernel will do with a signed image' ;;
	vkexec-load) echo 'load a signed image and reboot into it' ;;
	vkexec-measure) echo 'predict, quote and audit the measurements of kernel hops' ;;
	esac
}

# Options by their rows and the usage in --help; what prose or an example
# mentions may be another command's.
options_of() {
	{
		"$bin/$1" ${2:+"$2"} --help | awk '
			/^Examples:$/ { exit }
			/^Usage: / { usage = 1; print; next }
			usage && /^ / { print; next }
			{ usage = 0 }
			/^  -[^ ]/ { sub(/^  /, ""); sub(/  .*/, ""); print }' |
			grep -oE '(^|[ ,[])--?[a-zA-Z][a-z0-9-]*' | tr -d ' ,['
		echo --help
		[ -n "${2:-}" ] || echo --version
	} | LC_ALL=C sort -u | paste -sd' '
}

completion() {
	echo '# SPDX-License-Identifier: BSD-2-Clause'
	echo '# Written by docs/man.sh.'
	echo '_vkexec() {'
	echo '	local cur=${COMP_WORDS[COMP_CWORD]} words='
	echo '	COMPREPLY=()'
	echo '	case ${COMP_WORDS[0]##*/}:${COMP_WORDS[1]-} in'
	local t c
	for t in $tools; do
		for c in $(commands_of "$t"); do
			printf "\t%s:%s) words='%s' ;;\n" "$t" "$c" "$(options_of "$t" "$c")"
		done
		printf "\t%s:*) words='%s' ;;\n" "$t" "$({ commands_of "$t"; options_of "$t"; } | paste -sd' ')"
	done
	cat <<'X'
	esac
	if [[ $COMP_CWORD -eq 1 || $cur == -* ]]; then
		COMPREPLY=($(compgen -W "$words" -- "$cur"))
	fi
	[[ ${#COMPREPLY[@]} -gt 0 ]] || COMPREPLY=($(compgen -f -- "$cur"))
}
X
	echo "complete -o filenames -F _vkexec $tools"
}

out=docs
[ "${1:-}" != --check ] || out=$(mktemp -d)
mkdir -p "$out/man" "$out/completion"
for t in $tools; do page "$t" >"$out/man/$t.1"; done
completion >"$out/completion/vkexec"
[ "${1:-}" = --check ] || exit 0

bad=0
for f in man/{vkexec-keys,vkexec-sign,vkexec-verify,vkexec-load,vkexec-measure}.1 completion/vkexec; do
	cmp -s "$out/$f" "docs/$f" || { echo "docs/$f is not current: run docs/man.sh"; bad=1; }
done
for f in docs/man/*.1; do
	warnings=$(MANWIDTH=80 LC_ALL=C.UTF-8 man --warnings -l "$f" 2>&1 >/dev/null)
	[ -z "$warnings" ] || { echo "$f: $warnings"; bad=1; }
done
bash -n docs/completion/vkexec || bad=1
rm -r "$out"
exit $bad
