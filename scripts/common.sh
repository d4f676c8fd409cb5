# SPDX-License-Identifier: Apache-2.0
# What every build script shares: strict mode, where things live, how to fail. Sourced, never run.
# shellcheck shell=bash disable=SC2034
set -euo pipefail
umask 022

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." >/dev/null && pwd)
build=$top/build
cache=${XDG_CACHE_HOME:-$(cd ~ && pwd)/.cache}/seedrack
mkdir -p "$build/home" "$cache"

# Nothing of the caller's that we do not know: a list of what is known to hurt (CFLAGS, MAKEFLAGS, TAR_OPTIONS, CDPATH, GIT_DIR, PYTHONPATH, CPATH …)
# is never whole. What fetching needs on the caller's machine (proxies, authorities, the home folder) is put aside, for `fetching` alone: no request to a
# seed goes through a proxy. The home folder is an empty one (.curlrc, .npmrc, go env), the programs are Debian's.
for name in $(compgen -e); do
    case $name in
    PATH | PWD | SHLVL | TERM | USER | LOGNAME | TMPDIR | ASAN_OPTIONS | UBSAN_OPTIONS | SEEDRACK_* | FAKE_KUBEADM_* | RACK | RACK_*) ;;
    MIRROR | RELEASE | RELEASE_FROM | SITE | STATE | OFFLINE | REBUILD | RUNS | SEED | SEED_SERVER | SEEDCTL | FUZZ_TARGETS | KEEP_LAST | GIVE_UP_S | BROWSER_MODULES | TOP | PAGE) ;;
    HOME | GOPROXY | http_proxy | https_proxy | HTTPS_PROXY | all_proxy | ALL_PROXY | no_proxy | NO_PROXY | SSL_CERT_FILE | SSL_CERT_DIR | CURL_CA_BUNDLE | NODE_EXTRA_CA_CERTS)
        [ -n "${SEEDRACK_CLEAN:-}" ] || export "SEEDRACK_OF_CALLER_$name=${!name}"
        unset "$name"
        ;;
    *) unset "$name" 2>/dev/null || export -n "${name?}" ;;
    esac
done
unset name
unset -f $(compgen -A function) # exported ones
export SEEDRACK_CLEAN=1 LC_ALL=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=$build/home XDG_CACHE_HOME=${cache%/seedrack}
export GOENV=off # a user's own `go env -w`; GOFLAGS= counts as unset
export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0=$top # root in somebody's checkout
fetching() { # CMD…: as the caller would reach the network
    local name words=()
    for name in ${!SEEDRACK_OF_CALLER_@}; do words+=("${name#SEEDRACK_OF_CALLER_}=${!name}"); done
    env "${words[@]}" "$@"
}

# The Go module proxy that the caller or this machine's Go is configured for; GOPROXY= overrides it.
go_proxy() {
    local value
    value=$(fetching env -u GOENV PATH="/usr/local/go/bin:$PATH" go env GOPROXY 2>/dev/null || true)
    value=${value%%[,|]*}
    case $value in http*) ;; *) die "no Go module proxy: this machine has no Go that names one; set GOPROXY=https://host" ;; esac
    printf '%s\n' "${value%/}"
}

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
