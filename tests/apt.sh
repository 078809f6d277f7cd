# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# apt with lists and a package state of its own, so that the machine's are not
# touched; it checks what it fetches: archive key, then hash of the package. To be
# sourced.

# The archive ("debian", "debian-security") that this machine's own apt is set up
# for; says nothing where it is not. To be asked before apt_alone.
apt_archive() { # NAME
	if [ -n "${VKX_DEBIAN_MIRROR:-}" ]; then
		echo "$VKX_DEBIAN_MIRROR/$1"
	else
		apt-get indextargets --format '$(REPO_URI)' | sed -n "s|\(/$1\)/*\$|\1|p" | head -1
	fi
}

# apt of this shell works in a folder from now on. With SOURCES, a sources.list,
# it knows these archives instead of the machine's.
apt_alone() { # DIR ARCHITECTURE [SOURCES]
	mkdir -p "$1/lists/partial" "$1/archives/partial"
	: >"$1/status"
	cat >"$1/apt.conf" <<-CONF
	APT::Architecture "$2";
	APT::Architectures { "$2"; };
	APT::Sandbox::User "root";
	Acquire::Languages "none";
	Acquire::Retries "2";
	Dir::State "$1";
	Dir::State::lists "$1/lists";
	Dir::State::status "$1/status";
	Dir::Cache "$1";
	Dir::Cache::archives "$1/archives";
	CONF
	[ -z "${3:-}" ] || cat >>"$1/apt.conf" <<-CONF
	Dir::Etc::sourcelist "$3";
	Dir::Etc::sourceparts "/dev/null";
	Dir::Etc::preferencesparts "/dev/null";
	CONF
	export APT_CONFIG=$1/apt.conf
}
