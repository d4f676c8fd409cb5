# SPDX-License-Identifier: Apache-2.0
# What the tests of one QEMU machine share: k8s-n1 is powered on and says on its serial console what it does. Sourced after report.sh.
# shellcheck shell=bash disable=SC2034

machine=k8s-n1 mac=52:54:00:84:00:21 seed=http://172.22.132.1:8080
serial=$racks/machines/$machine/serial.log

one_site() { # JQ-PROGRAM for the machine's node: the site of one master and this machine
    jq ".nodes |= (map(select(.hostname == \"k8s-m1\" or .hostname == \"$machine\")) | .[1] |= ($1))" "$top/configs/seven-nodes/site.json"
}
screen() { tr -d '\r' <"$serial" | tr -cd '\11\12\40-\176'; }
shows() { screen | grep -qE -- "$1"; }
says() { # SECONDS PATTERN…: each comes up on the console
    local seconds=$1 pattern
    shift
    for pattern; do
        await "$seconds" shows "$pattern" || { echo "not seen: $pattern"; screen | grep -a seedrack | tail -n 8; return 1; }
    done
}
monitor() { "$top/qemu-tests/backends/qemu/monitor" "$racks/machines/$machine/monitor" "$1"; }
forget() { "$build/seedctl" forget --admin-socket "$racks/seed/admin.sock" "$machine" >"$build/forget.log" 2>&1 || :; } # there may be no claim yet, or no seed
power() { # NAME=VALUE…: off, and on again with these settings and an empty console
    "$rack" power-off "$machine" && { [ -z "${forgets:-}" ] || forget; } && mkdir -p "${serial%/*}" && : >"$serial" && rm -f "${serial%/*}/vars.fd" && env "$@" "$rack" power-on "$machine"
}
stands() { says "${1:-120}" 'pivot +done' 'host +done'; } # on its own root, with its own name and address
boots() { power "$@" && stands; }
by_kernel() { # ARGUMENTS [NAME=VALUE…]: what a boot loader would pass
    local arguments=$1
    shift
    power RACK_BOOT=kernel RACK_CMDLINE="console=ttyS0 quiet seedrack.shell $(pin) $arguments" "$@"
}
