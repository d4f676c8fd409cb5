# SPDX-License-Identifier: Apache-2.0
# What every build script shares: strict mode, where things live, how to fail. Sourced, never run.
# shellcheck shell=bash disable=SC2034
set -euo pipefail
export LC_ALL=C.UTF-8
umask 022

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=$top/build
cache=${XDG_CACHE_HOME:-$HOME/.cache}/seedrack
mkdir -p "$build" "$cache"

# One fixed time for every byte that we generate (reproducible-builds.org).
export SOURCE_DATE_EPOCH=1609459200

die() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }

# cache_key FILE|STRING...: one sha256 over the content of files and the text of other arguments.
cache_key() {
    for arg in "$@"; do
        if [ -f "$arg" ]; then cat "$arg"; else printf '%s\n' "$arg"; fi
    done | sha256sum | cut -c1-32
}

# publish TEMPORARY FINAL: rename a finished folder into the cache; whoever comes second loses quietly.
publish() {
    [ -e "$2" ] || mv -T "$1" "$2" 2>/dev/null || [ -e "$2" ]
    rm -rf "$1"
}

# The Debian mirror this machine already uses; MIRROR= overrides it.
mirror() {
    if [ -z "${MIRROR:-}" ]; then
        # shellcheck disable=SC2016  # apt expands these, not the shell
        MIRROR=$(apt-get indextargets --format '$(LABEL) $(REPO_URI)' 'Created-By: Packages' | sed -n 's/^Debian //p' | head -n 1)
    fi
    [ -n "$MIRROR" ] || die "no Debian mirror in this machine's apt configuration; set MIRROR=http://host/debian"
    printf '%s\n' "${MIRROR%/}"
}
