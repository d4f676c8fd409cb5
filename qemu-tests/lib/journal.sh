# SPDX-License-Identifier: Apache-2.0
# The lives of a namespace machine: on, and off at a point of its journal (qemu-tests/lib/follow). Sourced after report.sh.
# shellcheck shell=bash disable=SC2034,SC2154

seed_url=http://172.22.132.1:8080

folder_of() { echo "$racks/machines/$1"; }
journal_of() { # MACHINE: its present point
    jq -r 'if .member then "member" else "\(.action)/\(.phase)" end' "$(folder_of "$1")/disk/seedrack/journal.json" 2>/dev/null || echo blank
}
record() { "$rack" asks /v1/nodes | jq -r "${1:-.bootstrap.state}"; }
pull_plug() { # MACHINE: at once; what is left of it is cleaned up after
    local pid
    pid=$(<"$(folder_of "$1")/pid") && kill -KILL "$pid" 2>/dev/null || true
    "$rack" power-off "$1"
}
in_machine() { # MACHINE CMD…: without the rack's start-up time
    local pid
    pid=$(<"$(folder_of "$1")/pid") || return 1
    shift
    nsenter -t "$pid" -m -u -i -n -p -C -- /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"
}

# A life of the machine until `follow` ends as it says; the steps in between in $life. Status: that of follow.
live() { # MACHINE POINT kill|stay
    local line lines follower status=0
    exec {lines}< <(exec "$top/qemu-tests/lib/follow" "$(folder_of "$1")" "$2" "$3" 2>&1)
    follower=$!
    life=""
    read -r -u "$lines" line && [ "$line" = watching ] || { echo "$line"; return 2; }
    "$rack" power-on "$1" || status=2
    while read -r -u "$lines" line; do
        case $line in
        hit | missed) ;;
        stands*) echo "$1 $line, on the way to $2" >&2 ;;
        *) life+="${life:+ }$line" ;;
        esac
    done
    exec {lines}<&-
    wait "$follower" || status=$?
    return "$status"
}
