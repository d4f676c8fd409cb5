# SPDX-License-Identifier: Apache-2.0
# Waiting without a fixed deadline: a machine that is slow today is no failure, one that stands still is. Sourced after switch.sh.
# shellcheck shell=bash disable=SC2154

patience_s=120 # the least; what a kubelet does between two lines may take that long on a busy host
patience_times=10

# await_progress PROBE SECONDS CMD…: until CMD holds. Fails when PROBE's output has not changed for SECONDS; and after patience_times as long in any case, since
# something that goes round in a circle changes, too.
await_progress() {
    local probe=$1 patience=$(($2 < patience_s ? patience_s : $2)) began=$SECONDS moved=$SECONDS asked=-9 last="" now
    shift 2
    until "$@"; do
        if [ $((SECONDS - asked)) -ge $((patience < 12 ? 1 : 3)) ]; then
            asked=$SECONDS
            now=$("$probe")
            [ "$now" = "$last" ] || { last=$now && moved=$SECONDS; }
        fi
        [ $((SECONDS - moved)) -lt "$patience" ] || { echo "nothing has moved for $patience s, $((SECONDS - began)) s after the start"; return 1; }
        [ $((SECONDS - began)) -lt $((patience * patience_times)) ] || { echo "still moving, but for $((SECONDS - began)) s"; return 1; }
        if [ $((SECONDS - began)) -lt 10 ]; then sleep 0.2; else sleep 0.7; fi # asking takes time of the cores that the machines want
    done
}

# What moves in a rack: bytes that the seed has sent, what machines say (a line that comes again is no news, but for figures of MiB), what their disks
# hold, their journals, their pods.
rack_moves() {
    local folder
    curl --silent --max-time 2 --unix-socket "$racks/seed/admin.sock" http://seed/metrics 2>/dev/null | grep '^seedrack_artifact_bytes_total'
    for folder in "$racks"/machines/*; do
        echo "${folder##*/} $(cat "$folder"/serial.log "$folder"/upper/var/log/seedrack/{seed-agent/current,kubeadm.log} 2>/dev/null |
            sed -E 's/^seedrack +[0-9.]+ s//; /MiB/!s/[0-9]//g' | tr -d '\r\0' | sort -u | cksum)" "$(($(stat -c %b "$folder/disk.raw" 2>/dev/null || echo 0) / 2048))" \
            "$(cat "$folder/disk/seedrack/journal.json" 2>/dev/null)" "$(find "$folder/disk/pods" 2>/dev/null | sort | cksum)"
    done
    return 0
}
await() { await_progress rack_moves "$@"; } # SECONDS CMD…: until it holds, or the rack stands still for SECONDS
