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

vkx_check docs-format all "docs/format.md lists every rule, and each names a test that exists"
check_docs_format() {
	docs/rules.sh --check
}

vkx_check docs-attacks all "tests/attacks.md has every row V1 to V122, and the tests it names exist"
check_docs_attacks() {
	local n bad=0 t
	for n in $(seq 1 122); do
		grep -qE "^\| V$n \|" tests/attacks.md || { echo "no row V$n"; bad=1; }
	done
	while read -r t; do
		[ -e "$t" ] || { echo "tests/attacks.md names $t, which is not there"; bad=1; }
	done < <(grep -oE '\b(tests|kernel)/[A-Za-z0-9_./-]+\.(c|sh|S|h|py|tsv|md)\b' tests/attacks.md | sort -u)
	return $bad
}

vkx_check docs-man all "man pages are warning-free and know exactly the options of --help"
check_docs_man() {
	make -s -j"$jobs" all
	docs/man.sh --check
}

vkx_check docs-commands all "every command block of README and how-tos runs as written"
check_docs_commands() {
	make -s -j"$jobs" all
	tests/docs/run-blocks.sh README.md docs/howto/*.md
}

vkx_check install all "make install DESTDIR= gives a tree that works; uninstall leaves nothing"
check_install() {
	local d t
	d=$(mktemp -d)
	make -s install DESTDIR="$d" PREFIX=/usr
	for t in keys sign verify measure load; do
		"$d/usr/bin/vkexec-$t" --version
		[ -s "$d/usr/share/man/man1/vkexec-$t.1" ]
	done
	[ -s "$d/usr/share/bash-completion/completions/vkexec" ]
	make -s uninstall DESTDIR="$d" PREFIX=/usr
	[ -z "$(find "$d" -not -type d)" ] || { find "$d" -not -type d; return 1; }
	rm -rf "$d"
}

vkx_check vm-docs all "the blocks of documents that need a machine run in the guest as written"
check_vm_docs() {
	make -s -j"$jobs" all
	tests/vm/test-docs.sh README.md docs/howto/audit-fleet.md
}
