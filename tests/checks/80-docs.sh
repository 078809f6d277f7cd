# SPDX-License-Identifier: BSD-2-Clause
# Documents are tested like code: links lead somewhere, pages know every option
# of their tool, rules name their tests, and command blocks run as written.

vkx_check docs-links all "every relative link in a document leads to a file"
check_docs_links() {
	local f link bad=0
	for f in $(git ls-files '*.md'); do
		while read -r link; do
			[ -e "$(dirname "$f")/${link%%#*}" ] || { echo "$f: dead link $link"; bad=1; }
		done < <(grep -oE '\]\([^)#:]+[^):]*\)' "$f" | sed 's/^](//; s/)$//')
	done
	return $bad
}

vkx_check docs-format all "docs/format.md lists every rule and limit, and each names a test that exists"
check_docs_format() {
	docs/rules.sh --check
	tests/docs/named_tests.py format
}

vkx_check docs-attacks all "tests/attacks.md has every row V1 to V122; the tests it names exist, and one of each row cites it"
check_docs_attacks() {
	tests/docs/named_tests.py attacks
}

vkx_check docs-man all "man pages are warning-free and know exactly the options of --help"
check_docs_man() {
	make -s -j"$jobs" all
	docs/man.sh --check
}

# Documents with blocks that need a machine; vm-docs runs these.
docs_vm="README.md docs/howto/audit-fleet.md docs/howto/kdump.md docs/howto/seal.md"

vkx_check docs-commands all "every command block of README and how-tos runs as written, and every block is run by some check"
check_docs_commands() {
	local f
	make -s -j"$jobs" all
	tests/docs/run-blocks.sh --kinds README.md docs/kernel.md docs/howto/*.md
	for f in $(git grep -lE '^```sh (vm|guest|reboot|panic)$' -- '*.md'); do
		[[ " $docs_vm " == *" $f "* ]] || { echo "$f: its blocks want a machine, and vm-docs does not know it"; return 1; }
	done
	[ "$(git grep -lE '^```sh tree$' -- '*.md')" = docs/kernel.md ]
	[ "$(git grep -lE '^```sh root$' -- '*.md')" = README.md ]
	VKX_VM_DOCUMENTS=$docs_vm tests/docs/run-blocks.sh README.md docs/howto/*.md
}

# docs_block FILE KIND: the text of its blocks of this kind.
docs_block() {
	awk -v kind="\`\`\`sh $2" '$0 == kind { on = 1; next } /^```/ { on = 0 } on' "$1"
}

vkx_check docs-kernel all "docs/kernel.md's commands put vkexec into a Linux tree and take it out, as written"
check_docs_kernel() {
	local d=$O/docs-slice
	kernel_slice 6.12 "$d" || { echo "linux-source-6.12 is not installed"; return 77; }
	kernel_sums "$d" >"$O/docs-slice.before"
	LINUX=$(cd "$d" && pwd)
	export LINUX
	docs_block docs/kernel.md tree >"$O/docs-tree.sh"
	[ "$(grep -c '^make ' "$O/docs-tree.sh")" = 2 ]
	# Between its two commands the hooks are in.
	sed -n '1p' "$O/docs-tree.sh" | bash -eux
	make -s -C kernel hooks LINUX="$LINUX"
	[ -e "$LINUX/arch/arm64/vkexec/Kconfig" ]
	sed '1d' "$O/docs-tree.sh" | bash -eux
	kernel_sums "$d" >"$O/docs-slice.after"
	cmp "$O/docs-slice.before" "$O/docs-slice.after"
}

# What bash answers to TAB after these words, with the file that
# bash-completion would load for the command and nothing else.
completes() { # FOLDER WORD... (the last one is being typed)
	bash --norc -euc '
		. "$1/$2"
		complete -p "$2" >/dev/null
		shift
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
		_vkexec
		[ ${#COMPREPLY[@]} = 0 ] || printf "%s\n" "${COMPREPLY[@]}"' - "$@" | paste -sd' '
}

# completion_is WANTED FOLDER WORD...
completion_is() {
	local want=$1 got
	shift
	got=$(completes "$@")
	[ "$got" = "$want" ] || { shift; echo "$*<TAB>: '$got', not '$want'"; return 1; }
}

installed_completion() { # FOLDER
	completion_is "check" "$1" vkexec-verify ch
	completion_is "provision predict" "$1" vkexec-measure pr
	completion_is "--activation" "$1" vkexec-measure quote --act
	# Named by the prose of --help, and no option of these.
	completion_is "" "$1" vkexec-measure audit --activ
	completion_is "" "$1" vkexec-measure challenge --chal
	completion_is "" "$1" vkexec-keys --subj
	completion_is "-o" "$1" vkexec-measure provision -o
	completion_is "-o" "$1" vkexec-measure quote -o
	completion_is "--json" "$1" vkexec-verify inspect --j
	completion_is "--handle --help" "$1" vkexec-measure provision --h
	completion_is "--os-release --output" "$1" vkexec-sign build --o
	completion_is "--trust" "$1" vkexec-load --tr
	completion_is "/dev/null" "$1" vkexec-verify check --trust /dev/nul
}

# A stranger's first minutes with what was installed.
installed_tools() ( # BIN WORK
	PATH=$1:/usr/sbin:/usr/bin:/sbin:/bin
	cd "$2"
	vkexec-keys generate --type p256 --subject CN=installed --no-passphrase -o key >/dev/null
	vkexec-sign build --linux Image --initrd initrd.img --cmdline quiet \
		--key key.key --cert key.crt -o release.efi >/dev/null
	vkexec-verify check --trust key.crt release.efi
	printf X | dd of=release.efi bs=1 seek=5000 conv=notrunc status=none
	rc=0
	vkexec-verify check --trust key.crt release.efi >/dev/null 2>&1 || rc=$?
	[ $rc = 3 ]
	vkexec-measure predict --help >/dev/null
	vkexec-load --help >/dev/null
)

vkx_check install all "make install DESTDIR= gives a tree that works: tools, man pages, completion; uninstall leaves nothing"
check_install() {
	local d t page words share
	d=$(mktemp -d)
	share=$d/usr/share
	make -s install DESTDIR="$d" PREFIX=/usr
	for t in keys sign verify measure load; do
		"$d/usr/bin/vkexec-$t" --version
		words=$(MANWIDTH=80 LC_ALL=C.UTF-8 man -l "$share/man/man1/vkexec-$t.1" 2>&1 | col -bx | tr -s ' ')
		grep -q "vkexec-$t - [a-z]" <<<"$words" || { echo "man vkexec-$t: $words"; return 1; }
		[ -s "$share/bash-completion/completions/vkexec-$t" ]
	done
	installed_completion "$share/bash-completion/completions"
	mkdir "$d/work"
	(cd "$d/work" && . "$OLDPWD/tests/docs/files.sh")
	installed_tools "$d/usr/bin" "$d/work"
	python3 -c 'import ast, sys; ast.parse(open(sys.argv[1]).read())' "$share/vkexec/keylime/vkexec_policy.py"
	rm -r "$d/work"
	make -s uninstall DESTDIR="$d" PREFIX=/usr
	[ -z "$(find "$d" -not -type d -o -name '*vkexec*')" ] || { find "$d" -not -type d -o -name '*vkexec*'; return 1; }
	rm -rf "$d"
}

vkx_check vm-docs all "the blocks of documents that need a machine run in the guest as written"
check_vm_docs() {
	make -s -j"$jobs" all
	tests/vm/test-docs.sh $docs_vm
}
