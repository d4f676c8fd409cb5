# SPDX-License-Identifier: Apache-2.0
# The plans and the invariants of qemu-tests/cuts. A row of the table: rack, machine, role, aimed at, journal after the cut, record after the
# cut, the steps of its next life, survived. Sourced.
# shellcheck shell=bash disable=SC2154

declare -A plan
executioners=()

# Bash's RANDOM starts again in every subshell: a generator of its own (POSIX rand(3)), so that SEED repeats a run's plans.
roll() { state=$(((state * 1103515245 + 12345) % 2147483648)) && rolled=$((state / 65536 % $1)); } # BELOW
machines() { printf '%s\n' "${!plan[@]}" | sort; }
fill_in() { # random instants for +LEAST-MOST, a random order of the points with a ~
    local machine i j swap points open
    for machine in $(machines); do
        read -ra points <<<"${plan[$machine]}"
        open=()
        for i in "${!points[@]}"; do [[ ${points[i]} != "~"* ]] || open+=("$i"); done
        for ((i = ${#open[@]} - 1; i > 0; i--)); do
            roll $((i + 1))
            j=$rolled swap=${points[open[i]]}
            points[open[i]]=${points[open[j]]} points[open[j]]=$swap
        done
        for i in "${!points[@]}"; do
            points[i]=${points[i]#"~"}
            [[ ${points[i]} =~ ^(.*)\+([0-9]+)-([0-9]+)$ ]] || continue
            roll $(((BASH_REMATCH[3] - BASH_REMATCH[2]) * 100))
            printf -v "points[i]" '%s+%d.%02d' "${BASH_REMATCH[1]}" $((BASH_REMATCH[2] + rolled / 100)) $((rolled % 100))
        done
        plan[$machine]=${points[*]}
    done
}

# Every point once in its natural order: what one life leaves is what the next starts with. The first intent is before anything random, which may
# come so late that init has begun: then no later intent finds the record without a `begin`.
plan_short() {
    plan=([k8s-m1]="init/intent boot+0-8 init/started wipe/started init/started+2-6 init/done"
        [k8s-m2]="join/intent join/started join/started@etcd join/started+2-6 join/done member+0-8")
    local worker
    for worker in k8s-n1 k8s-n2; do
        plan[$worker]="boot+0-6 boot+1-9 join/intent join/started wipe/started join/started+1-2 join/done member member+0-8"
    done
    fill_in
}
# The same with other random instants, inits that are given back and all seven machines; every rack in another order.
plan_long() {
    plan=([k8s-m1]="init/intent boot+0-8 ~init/started ~init/started+1-3 ~init/started+2-6 wipe/started abort/intent abort/started init/done member+0-8")
    local machine
    for machine in k8s-m2 k8s-m3; do
        plan[$machine]="join/intent ~join/started ~join/started@etcd ~join/started+2-6 wipe/started join/done member+0-8"
    done
    for machine in k8s-n1 k8s-n2 k8s-g1 k8s-g2; do
        plan[$machine]="boot+0-6 boot+1-9 boot+1-9 join/intent ~join/started ~join/started+1-2 ~join/started+1-3 wipe/started join/done member member+0-8 member+1-12"
    done
    fill_in
}
plan_size() { wc -w <<<"${plan[*]}"; }
masters() { machines | grep k8s-m; }
role_of() { case $1 in k8s-m1) echo "first master" ;; k8s-m*) echo "other master" ;; *) echo worker ;; esac; }

# One machine's lives: to each point of its plan and off, then on for good.
execute() { # MACHINE
    local machine=$1 point row="" life came at
    [[ $machine != k8s-m[2-9] ]] || partitioned_start "$machine" || return 1
    for point in ${plan[$machine]}; do
        came=0
        live "$machine" "$point" kill || came=$?
        [ "$came" -le 1 ] || return 1
        "$rack" power-off "$machine"
        at=$(journal_of "$machine")
        [ -z "$row" ] || printf '%s\t%s\n' "$row" "${life:--}" >>"$work/rows"
        if [ "$came" = 1 ] || { [[ $point != *+* ]] && [ "$at" != "${point%@*}" ]; }; then point="$point (missed)"; fi
        row="$machine"$'\t'"$(role_of "$machine")"$'\t'"$point"$'\t'"$at"$'\t'"$(record || echo "no answer")"
        [ "$machine $at" != "k8s-m1 member" ] || touch "$work/first-is-done" # its cuts as a member meet the others' joins
    done
    live "$machine" member stay || return 1
    [ "$machine" != k8s-m1 ] || touch "$work/first-is-done"
    printf '%s\t%s\n' "$row" "${life:--}" >>"$work/rows"
}
# A master that is on from the start and has no cable: it gets no grant, and the first master proceeds. It is cut before it has its cable back.
partitioned_start() { # MACHINE
    local machine=$1
    "$rack" power-on "$machine"
    ip -n "$switch" link set "sr-$machine" down
    await 900 test -e "$work/first-is-done" || return 1
    journal_of "$machine" >"$work/partitioned.$machine"
    record '[.bootstrap.holder, .bootstrap.state] | join(" ")' >>"$work/partitioned.$machine"
    pull_plug "$machine"
}
partitioned_got_nothing() {
    local machine
    for machine in $(masters | grep -v k8s-m1); do
        cat "$work/partitioned.$machine"
        [ "$(cat "$work/partitioned.$machine")" = "blank"$'\n'"k8s-m1 INITIALISED" ] || return 1
    done
}
stop_executioners() { [ ${#executioners[@]} = 0 ] || kill "${executioners[@]}" 2>/dev/null || true; }

bring_up() {
    local machine pid status=0
    jq --arg names "$(machines | xargs)" '($names | split(" ")) as $n | .nodes |= map(select(.hostname | IN($n[])))' "$site" >"$work/site.json"
    rm -f "$work"/first-is-done "$work"/partitioned.*
    "$rack" up --site "$work/site.json" --no-power || return 1
    executioners=()
    for machine in $(machines); do
        execute "$machine" &
        executioners+=($!)
    done
    for pid in "${executioners[@]}"; do wait "$pid" || status=1; done
    executioners=()
    [ "$(wc -l <"$work/rows")" = "$(plan_size)" ] || { echo "$(wc -l <"$work/rows") of $(plan_size) cuts"; status=1; }
    return "$status"
}
all_ready() { await 300 ready k8s-m1 "$(machines | wc -l)" || { on k8s-m1 kubectl get nodes; for m in $(machines); do echo "$m: $(journal_of "$m"): $(on "$m" tail -n 1 /var/log/seedrack/seed-agent/current)"; done; return 1; }; }
initialised_once() {
    record '"\(.bootstrap.state) \(.bootstrap.epoch)"' && [ "$(record '"\(.bootstrap.state) \(.bootstrap.epoch)"')" = "INITIALISED 1" ] &&
        [ "$(grep -c 'bootstrap record: .* -> INITIALISED' "$racks/seed.log")" = 1 ]
}
ca_of() { on "$1" cat /etc/kubernetes/pki/ca.crt | openssl x509 -pubkey -noout | openssl pkey -pubin -outform der | openssl dgst -sha256 -r | cut -d' ' -f1; }
one_ca() {
    local machine hash
    hash=$(record .bootstrap.ca_hash)
    for machine in $(machines); do [ "sha256:$(ca_of "$machine")" = "$hash" ] || { echo "$machine has another CA than $hash"; return 1; }; done
}
members() { etcdctl k8s-m1 member list; }
members_right() {
    members
    [ "$(members | awk -F', ' '{print $2, $3, $6}' | sort)" = "$(masters | sed 's/.*/started & false/')" ]
}
keep_rows() { awk -F'\t' -v rack="$1" -v survived="$([ "$2" = 1 ] && echo yes || echo no)" -v OFS='\t' '{print rack, $0, survived}' "$work/rows" >>"$table"; }
keep_logs() { # RACK: for people who look why
    local machine
    for machine in $(machines); do
        mkdir -p "$work/logs.$1/$machine"
        cp -r "$racks/machines/$machine/upper/var/log/seedrack" "$racks/machines/$machine/disk/seedrack/journal.json" "$work/logs.$1/$machine/" || true
    done 2>/dev/null
    cp "$racks/seed.log" "$work/logs.$1/"
}
hit_and_survived() { # POINT RECORD: at least one such cut, all of them survived; a journal point was the journal's after the cut
    awk -F'\t' -v point="$1" -v state="$2" '
        (point ~ /\+$/ ? index($4, point) == 1 : $4 == point) && $4 !~ /missed/ && (state == "" || $6 == state) {n++; if ($8 != "yes") bad++}
        END {print n + 0 " hit, " bad + 0 " not survived"; exit !(n && !bad)}' "$table"
}
