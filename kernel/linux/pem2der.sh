#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# pem2der.sh BUNDLE.pem: every certificate in it as DER, one after the other.
# Fails on a bundle without one: an empty list would mean other keyrings.
set -eu
[ -f "$1" ] || { echo "CONFIG_VKEXEC_KEYS: $1: no such file" >&2; exit 1; }
n=0 body=
while IFS= read -r line || [ -n "$line" ]; do
	case $line in
	"-----BEGIN CERTIFICATE-----"*) body= ;;
	"-----END CERTIFICATE-----"*)
		printf '%s' "$body" | base64 -d
		n=$((n + 1)) body=
		;;
	*) body=$body$line ;;
	esac
done <"$1"
[ $n -gt 0 ] || { echo "CONFIG_VKEXEC_KEYS: $1: no PEM certificate in it" >&2; exit 1; }
