# SPDX-License-Identifier: Apache-2.0
# The tests of qemu-tests/faults. Sourced after journal.sh.
# shellcheck shell=bash disable=SC2154

endpoint=172.22.132.10
near=$stem-near far=$stem-far # two network namespaces: the machine's side and the seed's

listed() { # the matrix on the terminal: nothing is left out silently
    local row fault suite file name
    grep -v '^#' "$top/qemu-tests/lib/faults.table" | while IFS='|' read -r row fault _ suite file name; do
        if [ "$suite" = "not tested" ]; then
            printf '%-7s %-2s %s: %s\n' "${file//-/ }" "$row" "$fault" "$name"
        else
            printf '%-7s %-2s %s: %s: %s\n' "in" "$row" "$fault" "$suite" "$name"
        fi
    done
    printf '\n'
}

# --- one cable, without a rack ----------------------------------------------------------------------------------
clean_up() {
    [ ! -f "$work/seed.pid" ] || kill -KILL "$(cat "$work/seed.pid")" 2>/dev/null || true
    rm -f "$work/seed.pid"
    ip netns del "$near" 2>/dev/null || true
    ip netns del "$far" 2>/dev/null || true
    host_down intruder
}
near() { ip netns exec "$near" "$@"; }
far() { ip netns exec "$far" "$@"; }
layer_of() { # BYTES: a layer of random bytes; prints its sha256
    local sha256
    mkdir -p "$work/artifacts/sha256"
    head -c "$1" /dev/urandom >"$work/layer"
    sha256=$(openssl dgst -sha256 -r "$work/layer" | cut -d' ' -f1)
    mv "$work/layer" "$work/artifacts/sha256/$sha256"
    echo "$sha256"
}
start_far_seed() {
    ip netns exec "$far" "$build/seed-server" --site "$work/site.json" --release "$pins" --layers "$build/layers/$release.json" \
        --artifacts "$work/artifacts" --state "$work/state" --listen 10.84.0.1:8080 </dev/null >>"$work/seed.log" 2>&1 &
    echo $! >"$work/seed.pid"
    await 10 far curl --silent --fail -o /dev/null http://10.84.0.1:8080/healthz
}
kill_far_seed() { # and its lock on the state folder is free
    local pid
    pid=$(cat "$work/seed.pid") && kill -KILL "$pid" || return 1
    wait "$pid" || true
}
served() { far curl --silent --fail http://10.84.0.1:8080/metrics | awk '$1 == "seedrack_artifact_bytes_total" {print $2}'; }
served_some() { [ "$(served)" -gt 0 ]; }
cable_up() {
    ip netns add "$near" && ip netns add "$far" &&
        ip -n "$far" link add eth0 type veth peer name eth0 netns "$near" &&
        ip -n "$near" link set eth0 up && ip -n "$far" link set eth0 up && ip -n "$far" link set lo up &&
        ip -n "$near" address add 10.84.0.2/24 dev eth0 && ip -n "$far" address add 10.84.0.1/24 dev eth0 &&
        rm -rf "$work/state" && start_far_seed
}
fetch() { # SHA256 SIZE: as step 6 does, again until it is there
    local tries
    for tries in $(seq 20); do
        near "$build/seed-agent" fetch --seed http://10.84.0.1:8080 --sha256 "$1" --size "$2" --folder "$work/layers" && return 0
        echo "try $tries ended"
    done
    return 1
}
part_is_beyond() { [ "$(stat -c %s "$work/layers/.$1.part" 2>/dev/null || echo 0)" -gt "$2" ]; }

slow_and_lossy() {
    local sha256 size=160000 fetching result=0 dropped part
    rm -rf "$work/layers" && mkdir "$work/layers"
    sha256=$(layer_of "$size")
    far tc qdisc add dev eth0 root tbf rate 64kbit burst 4kb latency 2s
    far sysctl -q -w net.ipv4.tcp_wmem='4096 16384 16384' # what the dead seed's kernel still sends for it is less than the rest of the layer
    near iptables -A INPUT -i eth0 -m statistic --mode random --probability 0.05 -j DROP
    fetch "$sha256" "$size" &
    fetching=$!
    await 60 part_is_beyond "$sha256" 50000 || result=1
    kill_far_seed && ! served || result=1
    part=$(stat -c %s "$work/layers/.$sha256.part")
    start_far_seed && wait "$fetching" || result=1
    await 10 served_some || result=1 # it counts a request that has ended
    dropped=$(near iptables -nvxL INPUT | awk '/statistic/ {print $1}')
    echo "$part bytes were there when the seed died; $(served) bytes were sent after that; $dropped packets were dropped"
    cmp "$work/layers/$sha256" "$work/artifacts/sha256/$sha256" && [ "$(served)" -le $((size - part)) ] && [ "$dropped" -gt 0 ] || result=1
    near iptables -F INPUT
    far tc qdisc del dev eth0 root
    return "$result"
}
flapping() {
    local sha256 size=1000000 fetching result=0 flaps=0
    rm -rf "$work/layers" && mkdir "$work/layers"
    sha256=$(layer_of "$size")
    far tc qdisc add dev eth0 root tbf rate 4mbit burst 16kb latency 2s
    fetch "$sha256" "$size" &
    fetching=$!
    while kill -0 "$fetching" 2>/dev/null && [ "$flaps" -lt 90 ]; do
        ip -n "$far" link set eth0 down
        sleep 0.3 # once a second is the fault itself
        ip -n "$far" link set eth0 up
        sleep 0.7
        flaps=$((flaps + 1))
    done
    wait "$fetching" || result=1
    echo "the link went down $flaps times"
    cmp "$work/layers/$sha256" "$work/artifacts/sha256/$sha256" && [ "$flaps" -ge 5 ] || result=1
    far tc qdisc del dev eth0 root
    return "$result"
}

# --- a rack of one master ---------------------------------------------------------------------------------------
logged() { on "$machine" grep -qF -- "$1" "$log"; }
agents() { # their pids on this host
    local pid
    for pid in $(cat "/sys/fs/cgroup/pids/$stem/$machine/cgroup.procs"); do
        [ "$(cat "/proc/$pid/comm" 2>/dev/null)" != seed-agent ] || echo "$pid"
    done
}
vip_in_use() {
    host_up intruder "$endpoint/24"
    "$rack" power-on "$machine"
    await 90 logged "VIP $endpoint is already in use by $(ip netns exec "$stem-intruder" cat /sys/class/net/eth0/address); another cluster or host answers there" || { on "$machine" tail -n 5 "$log"; return 1; }
    [ "$(record)" = EMPTY ]
}
tokens() { sed -nE 's/.*bootstrap record: [A-Z]+ -> ([A-Z]+) epoch 1 token ([0-9]+).*/\1 \2/p' "$racks/seed.log" | xargs; }
paused_beyond_its_lease() { # at its INTENT, before it can send begin
    local follower result=0
    "$top/qemu-tests/lib/follow" "$(folder_of "$machine")" init/intent stop >"$work/follow" &
    follower=$!
    await 10 grep -q watching "$work/follow" && host_down intruder && wait "$follower" || result=1
    echo "$(xargs <"$work/follow"); the record is $(record), the journal at $(journal_of "$machine")"
    [ "$(journal_of "$machine") $(record)" = "init/intent RESERVED" ] && await 40 empty_again || result=1
    for follower in $(agents); do kill -CONT "$follower"; done
    await 60 journal_is init/started || result=1
    tokens
    # not INITIALISING by the grant 1: that is over; the second reservation's is used
    [ "$(tokens)" = "RESERVED 1 EMPTY 1 RESERVED 2 INITIALISING 3" ] && [ "$result" = 0 ]
}
empty_again() { [ "$(record)" = EMPTY ]; }

journal_hash() { jq -r .of.ca_hash "$(folder_of "$machine")/disk/seedrack/journal.json"; }
seed_dies_during_init() {
    local pid result=0
    await 60 test -e "$(folder_of "$machine")/upper/etc/kubernetes/pki/ca.crt" || return 1 # kubeadm is at work
    [ "$(journal_of "$machine")" = init/started ] || return 1
    pid=$(cat "$racks/seed.pid") && kill -KILL "$pid" && rm "$racks/seed.pid"
    await 120 journal_is init/done && await 30 logged "step bootstrap: commit: seed: " || { on "$machine" tail -n 5 "$log"; result=1; }
    on "$machine" grep -F "step bootstrap: commit: seed: " "$log" | grep -F "check that seed-server runs" | grep -F "next try in" || result=1
    return "$result"
}
journal_is() { [ "$(journal_of "$machine")" = "$1" ]; }
committed() { [ "$(record '"\(.bootstrap.state) \(.bootstrap.ca_hash)"')" = "INITIALISED $1" ]; }
inits() { on "$machine" grep -c 'Your Kubernetes control-plane has initialized successfully' /var/log/seedrack/kubeadm.log; }
commit_repeats() {
    local hash
    hash=$(journal_hash)
    pull_plug "$machine"
    journal_is init/done || return 1
    "$rack" start-seed && [ "$(record)" = INITIALISING ] && "$rack" power-on "$machine" || return 1
    await 90 journal_is member && committed "$hash" && await 120 ready "$machine" 1 && [ "$(inits)" = 1 ]
}
cgroup_driver_mended() {
    local config
    config=$(folder_of "$machine")/upper/etc/docker/daemon.json
    grep -q cgroupdriver=cgroupfs "$config" || return 1
    pull_plug "$machine"
    sed -i 's/cgroupdriver=cgroupfs/cgroupdriver=systemd/' "$config"
    "$rack" power-on "$machine"
    await 60 docker_driver cgroupfs && await 120 ready "$machine" 1 && grep -q cgroupdriver=cgroupfs "$config" && [ "$(inits)" = 1 ]
}
docker_driver() { on "$machine" docker info --format '{{.CgroupDriver}}' 2>/dev/null | grep -qx "$1"; }

# --- the rack that the cuts left --------------------------------------------------------------------------------
cuts() { KEEP_LAST=1 "$top/qemu-tests/suites/cuts" "$1" "$release" >"$work/cuts.log" 2>&1 || { tail -n 40 "$work/cuts.log"; return 1; }; }
holder() { # the master with the VIP
    local master
    for master in k8s-m1 k8s-m2 k8s-m3; do
        ! "$rack" exec "$master" ip -4 address show dev eth0 2>/dev/null | grep -q "$endpoint/" || { echo "$master"; return 0; }
    done
    return 1
}
vip_answers() { operator curl --silent --insecure --max-time 1 "https://$endpoint:8443/readyz" | grep -qx ok; }
moved_from() { local now; now=$(holder) && [ "$now" != "$1" ]; }
haproxy_killed() { # again and again: kubelet restarts it at once, and later with a back-off
    local before started=$SECONDS killing result=0
    await 30 holder >/dev/null && before=$(holder) || return 1
    while :; do in_machine "$before" pkill -KILL -x haproxy || sleep 0.1; done &
    killing=$!
    within 20 moved_from "$before" && within 5 vip_answers || result=1
    kill "$killing"
    echo "the VIP moved from $before to $(holder) in $((SECONDS - started)) s"
    return "$result"
}
api_server_killed() {
    local before seconds=0 misses=0
    await 60 holder >/dev/null && await 60 vip_answers && before=$(holder) || return 1
    await 60 in_machine "$before" pkill -KILL -x kube-apiserver || { echo "$before runs no API server"; return 1; } # it may be restarting: mint.c, refresh()
    for seconds in $(seq 50); do
        vip_answers || misses=$((misses + 1))
        [ "$(holder)" = "$before" ] || { echo "the VIP left $before for $(holder)"; return 1; }
        sleep 0.2
    done
    echo "$misses of $seconds requests by the VIP were not answered; the VIP stayed at $before"
    [ "$misses" -le 10 ]
}

# --- two etcd voters, both without power, one without its data -----------------------------------------------------
# From one voter to two there is no quorum until the second runs; here it never does, and the first restarts and serves nobody.
both_of_two_lose_power() {
    local follower
    jq '.nodes |= map(select(.role == "master"))' "$site" >"$work/three.json"
    "$rack" up --site "$work/three.json" --no-power && "$rack" power-on k8s-m1 && await 180 ready k8s-m1 1 || return 1
    "$top/qemu-tests/lib/follow" "$(folder_of k8s-m2)" join/started@etcd kill >"$work/follow" &
    follower=$!
    await 10 grep -q watching "$work/follow" && "$rack" power-on k8s-m2 && wait "$follower" || { cat "$work/follow"; return 1; }
    "$rack" power-off k8s-m2 && "$rack" power-off k8s-m1 && "$rack" power-on all
}
one_starts_over() {
    machine=k8s-m1
    await 300 logged "etcd has no quorum: k8s-m2 was announced as its second voter and lost what it had" || { on k8s-m1 tail -n 5 "$log"; return 1; }
}
three_at_last() { await 400 three_voters && await 120 ready k8s-m1 3 && is_not_forced && on k8s-m1 test ! -e /var/lib/seedrack/second-voter; }

# --- three masters, of which two are lost ------------------------------------------------------------------------
survivor=k8s-m1 lost="k8s-m2 k8s-m3"
three_masters() {
    jq '.nodes |= map(select(.role == "master"))' "$site" >"$work/three.json"
    "$rack" up --site "$work/three.json" && await 120 three_voters
}
etcd_members() { # as the survivor's etcd has them; nothing while it serves nobody, as after a start without quorum
    etcdctl "$survivor" --command-timeout 3s member list | sort
}
three_voters() { [ "$(etcd_members | grep -c ', started, .*, false$')" = 3 ] && [ "$(etcd_members | wc -l)" = 3 ]; }
whole_record() { record '.bootstrap | "\(.state) \(.epoch) \(.token) \(.ca_hash)"'; }
is_not_forced() { on "$survivor" sh -c '! grep -q force-new-cluster /etc/kubernetes/manifests/etcd.yaml && ! pgrep -ax etcd | grep -q force-new-cluster'; }
refusals() { on "$survivor" grep -cF "ticket of k8s-m2: " "$log" || true; }
refused_more_than() { [ "$(refusals)" -gt "$1" ]; }
forget() { "$build/seedctl" forget --admin-socket "$racks/seed/admin.sock" "$1"; }
survivors_api() { operator curl --silent --insecure --max-time 2 https://172.22.132.11:6443/readyz | grep -qx ok; }
api_is_away() { ! survivors_api; }
nothing_changed() { # an etcd that was made to start over would serve, and list one member
    local now
    now=$(etcd_members) || true
    echo "etcd's members: ${now:-nobody answers}"
    [ -z "$now" ] || [ "$now" = "$members_before" ] || return 1
    is_not_forced && ! survivors_api && [ "$(whole_record)" = "$record_before" ]
}
two_masters_lost() {
    local machine refused
    members_before=$(etcd_members) record_before=$(whole_record)
    [ "$(wc -l <<<"$members_before")" = 3 ] && await 30 survivors_api || return 1
    for machine in $lost; do "$rack" power-off "$machine" && "$rack" discard "$machine" || return 1; done
    machine=$survivor
    await 30 api_is_away && nothing_changed || return 1
    # a new machine asks: refused, then, forgotten, without a ticket
    refused=$(refusals)
    "$rack" power-on k8s-m2 && await 60 grep -q "claim refused: k8s-m2: its MAC is claimed with another key" "$racks/seed.log" && forget k8s-m2 &&
        await 150 refused_more_than "$refused" && nothing_changed || { on "$survivor" tail -n 5 "$log"; return 1; }
    on "$survivor" grep -F "ticket of k8s-m2: " "$log"
    [ "$(journal_of k8s-m2)" = join/intent ]
}
documented() { # HEADING: the commands below it in docs/restore.md
    awk -v heading="## $1" '/^## / {below = $0 == heading} /^```/ {code = $0 == "```sh faults"; next} below && code' "$top/docs/restore.md"
}
two_joined() { # members of their own: only the survivor's id was there before
    three_voters && [ "$(join -t, <(echo "$members_before") <(etcd_members) | wc -l)" = 1 ]
}
restored_as_documented() {
    local machine ca
    ca=$(on "$survivor" sha256sum /etc/kubernetes/pki/ca.crt)
    "$rack" power-off k8s-m2 && "$rack" discard k8s-m2 || return 1
    timeout 600 "$rack" exec "$survivor" sh -euc "$(documented "On the master that is left")" || return 1
    await 30 vip_answers && is_not_forced && [ "$(etcd_members | wc -l)" = 1 ] || return 1
    SEEDRACK_SEED=$racks/seed/admin.sock PATH=$build:$PATH sh -euc "$(documented "On the seed's machine")" || return 1
    for machine in $lost; do "$rack" power-on "$machine" || return 1; done
    await 300 two_joined && await 120 ready "$survivor" 3 || { on "$survivor" tail -n 5 "$log"; return 1; }
    for machine in $lost; do [ "$(on "$machine" sha256sum /etc/kubernetes/pki/ca.crt)" = "$ca" ] && await 60 on "$machine" seedctl verify || return 1; done
    await 60 on "$survivor" seedctl verify && [ "$(whole_record)" = "$record_before" ]
}

waits_for_a_ticket() { "$build/seedctl" explain --admin-socket "$racks/seed/admin.sock" "$1" | grep -qF 'waits for a join ticket'; }
newest_backup() { "$rack" asks /v1/rack | jq -er '.backup.newest | select(endswith("-k8s-m1"))'; }
backed_up() { # by k8s-m1: the seed gives it to whoever asks first, so the others stand aside
    local machine result=0
    for machine in k8s-m2 k8s-m3; do on "$machine" pkill -STOP -x seed-agent; done
    mkdir -p "$work/pki" && rm -f "$work/pki/backup.key" && age-keygen -o "$work/pki/backup.key" &&
        jq --arg key "$(sed -n 's/^# public key: //p' "$work/pki/backup.key")" '.backup = {recipient: $key}' "$racks/site.json" >"$racks/site.json.new" &&
        mv "$racks/site.json.new" "$racks/site.json" && await 120 newest_backup || result=1
    for machine in k8s-m2 k8s-m3; do on "$machine" pkill -CONT -x seed-agent; done
    return "$result"
}
restored_from_backup() { # of all three; what was made before the snapshot is there, what came later is not
    local machine archive
    on k8s-m1 kubectl create configmap kept && backed_up && on k8s-m1 kubectl create configmap late || return 1
    archive=$racks/seed/backups/$(newest_backup).age
    for machine in k8s-m1 k8s-m2 k8s-m3; do "$rack" power-off "$machine" && "$rack" discard "$machine" && forget "$machine" || return 1; done
    "$rack" power-on k8s-m1 && await 60 waits_for_a_ticket k8s-m1 && timeout 300 "$rack" seedctl restore --key "$work/pki/backup.key" --yes "$archive" &&
        on k8s-m1 kubectl get configmap kept && ! on k8s-m1 kubectl get configmap late && "$rack" power-on k8s-m2 && "$rack" power-on k8s-m3 &&
        await 300 three_voters && await 120 ready k8s-m1 3 && [ "$(whole_record)" = "$record_before" ]
}

# --- one QEMU machine: only there is the clock its own ----------------------------------------------------------
clock_of_1970() {
    local serial=$racks/machines/k8s-n1/serial.log result=0 year
    jq '.nodes |= map(select(.hostname == "k8s-m1" or .hostname == "k8s-n1"))' "$site" >"$work/two.json"
    "$rack" up --backend qemu --site "$work/two.json" --no-power && RACK_RTC=1970-01-01T00:00:00 "$rack" power-on k8s-n1 || return 1
    await 180 grep -qaE 'host +done' "$serial" || result=1
    tr -d '\r' <"$serial" | grep -aE 'clock +(running|done)' || result=1
    year=$(on k8s-n1 date -u +%Y) || result=1
    echo "the machine says $year"
    [ "$year" = "$(date -u +%Y)" ] && tr -d '\r' <"$serial" | grep -qaE 'clock +.*(s off the seed|in the past)' || result=1
    "$rack" down
    return "$result"
}
