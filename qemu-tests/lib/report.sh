# SPDX-License-Identifier: Apache-2.0
# What the tests on a rack share: one row a check, words for machines and waiting. Sourced after scripts/common.sh.
# shellcheck shell=bash disable=SC2034,SC2154

. "$top/qemu-tests/lib/switch.sh"
. "$top/qemu-tests/lib/progress.sh"

rack=$top/qemu-tests/rack
check_log=$build/${0##*/}.check.log # by the check that runs; suites of one tree run beside each other
passed=0 failed=0

check() { # NAME CMD…: one row; took=N is for what ran before, beside something else
    local name=$1 started=$((SECONDS - ${took:-0}))
    shift
    if "$@" >"$check_log" 2>&1; then
        passed=$((passed + 1))
        printf 'ok      %3d s  %s\n' $((SECONDS - started)) "$name"
    else
        failed=$((failed + 1))
        printf 'FAILED  %3d s  %s\n' $((SECONDS - started)) "$name"
        tail -n 20 "$check_log" | sed 's/^/    /'
    fi
}
report() { # the last line; the exit status
    printf '\n%d passed, %d failed\n' "$passed" "$failed"
    [ "$failed" = 0 ]
}
on() { "$rack" exec "$@"; }
edit_site() { jq "$1" "$racks/site.json" >"$racks/site.json.new" && mv "$racks/site.json.new" "$racks/site.json"; } # JQ-PROGRAM
operator() { "$rack" operator "$@"; }
pin() { # the word of the kernel command line that has the rack's authority; nothing without TLS
    jq -r '.network.seed_ca // empty | "seedrack.ca=\(.)"' "$racks/site.json"
}
within() { # SECONDS CMD…: until it holds. For what the product promises in seconds; else `await`
    local deadline=$(($(date +%s) + $1))
    shift
    until "$@"; do
        [ "$(date +%s)" -lt "$deadline" ] || return 1
        sleep 0.2
    done
}
ready() { # MACHINE COUNT
    [ "$(on "$1" kubectl get nodes --no-headers 2>/dev/null | awk '$2 == "Ready"' | wc -l)" = "$2" ]
}
never_refused() { # since each machine's start; what agent/decide/rights.c lists is all that the agents of masters ask for
    local logs=("$racks"/machines/*/serial.log "$racks"/machines/*/upper/var/log/seedrack/seed-agent/current)
    grep -qs "seed-agent" "${logs[@]}" && ! grep -hs "not allowed to the agents" "${logs[@]}"
}
