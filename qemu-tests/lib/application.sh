# SPDX-License-Identifier: Apache-2.0
# What an application needs of a cluster, on seven machines that are up: Services by address, port and name, a StatefulSet, a Job, exec and
# logs, probes, a rolling update. Sourced after report.sh; `endpoint` is the VIP.
# shellcheck shell=bash disable=SC2154

application=$top/qemu-tests/fixtures/application.yaml

application_up() {
    on k8s-m1 kubectl apply -f - <"$application" && on k8s-m1 kubectl rollout status deployment/web --timeout=120s &&
        on k8s-m1 kubectl rollout status statefulset/store --timeout=120s
}
application_down() { on k8s-m1 kubectl delete -f - --grace-period=1 --wait=false <"$application"; }
of_service() { on k8s-m1 kubectl get service "$1" -o "jsonpath={$2}"; }
is_a_web() { grep -E '^web-[a-z0-9]+-[a-z0-9]+$' >/dev/null; } # a pod of the Deployment said its name. Not -q, which leaves the writer without a reader
calls_web() { # MACHINE URL
    on "$1" busybox wget -q -T 5 -O - "$2" | is_a_web
}
by_address() {
    local machine cluster_ip port
    cluster_ip=$(of_service web .spec.clusterIP) && port=$(of_service web '.spec.ports[0].nodePort') || return 1
    for machine in $(jq -r '.nodes[].hostname' "$site"); do
        calls_web "$machine" "http://$cluster_ip/" && calls_web "$machine" "http://127.0.0.1:$port/" && calls_web "$machine" "http://$endpoint:$port/" ||
            { echo "$machine"; return 1; }
    done
}
by_name() { # from every machine, and a pod on another machine asks for it by name
    local machine cluster_ip
    cluster_ip=$(of_service web .spec.clusterIP) || return 1
    for machine in $(jq -r '.nodes[].hostname' "$site"); do
        on "$machine" busybox nslookup -type=a web.default.svc.cluster.local 10.96.0.10 | grep "^Address: $cluster_ip\$" >/dev/null && calls_web "$machine" "http://$cluster_ip/by-name/" ||
            { echo "$machine"; return 1; }
    done
}
answers() { # MACHINE URL: who answers twenty calls
    local machine=$1 url=$2
    on "$machine" sh -c 'for n in $(seq 20); do busybox wget -q -T 5 -O - "$1" || exit 1; done' sh "$url" | sort -u
}
affinity() { # each machine has its pod; without it, one machine meets them all
    local machine sticky web pod pods=""
    sticky=$(of_service sticky .spec.clusterIP) && web=$(of_service web .spec.clusterIP) || return 1
    for machine in k8s-n1 k8s-n2 k8s-m2; do
        pod=$(answers "$machine" "http://$sticky/") && [ "$(wc -l <<<"$pod")" = 1 ] || { echo "$machine: $pod"; return 1; }
    done
    pods=$(answers k8s-n1 "http://$web/") && echo "$pods" && [ "$(wc -l <<<"$pods")" = 3 ]
}
headless_names() {
    local n ip
    for n in 0 1; do
        ip=$(on k8s-m1 kubectl get pod "store-$n" -o 'jsonpath={.status.podIP}') &&
            on k8s-g1 busybox nslookup -type=a "store-$n.store.default.svc.cluster.local" 10.96.0.10 | grep "^Address: $ip\$" >/dev/null || return 1
    done
}
job_ends() { on k8s-m1 kubectl wait --for=condition=Complete job/once --timeout=60s && on k8s-m1 kubectl logs job/once | grep '^nginx version: ' >/dev/null; }
exec_and_logs() {
    local pod
    pod=$(on k8s-m1 kubectl get pods -l app=web -o 'jsonpath={.items[0].metadata.name}') &&
        on k8s-m2 kubectl exec "$pod" -- nginx -v 2>&1 | grep '^nginx version: ' >/dev/null && on k8s-m3 kubectl logs "$pod" | grep '"GET / HTTP/1.1" 200' >/dev/null
}
restarted() { [ "$(on k8s-m1 kubectl get pod sick -o 'jsonpath={.status.containerStatuses[0].restartCount}')" -ge 1 ]; }
calls_until() { # FILE: ten new connections a second by the VIP, without a retry, until it is there; prints those that were lost of all
    local port calls=0 lost=0
    port=$(of_service web '.spec.ports[0].nodePort')
    : >"$build/calls-lost"
    until [ -e "$1" ]; do
        calls=$((calls + 1))
        operator curl --silent --show-error --fail --max-time 5 "http://$endpoint:$port/" >"$build/call" 2>&1 && is_a_web <"$build/call" ||
            { lost=$((lost + 1)) && echo "$(date +%T.%N) $(cat "$build/call")" >>"$build/calls-lost"; }
        sleep 0.1
    done
    echo "$lost of $calls"
}
three_webs() { [ "$(on k8s-m1 kubectl get pods -l app=web --no-headers | wc -l)" = 3 ]; } # those of before are gone
rolling_update() {
    local calling result=0
    rm -f "$build/rolled"
    calls_until "$build/rolled" >"$build/calls" &
    calling=$!
    on k8s-m1 kubectl rollout restart deployment/web && on k8s-m1 kubectl rollout status deployment/web --timeout=180s && await 60 three_webs || result=1
    touch "$build/rolled"
    wait "$calling" || result=1
    echo "calls lost: $(cat "$build/calls")"
    [[ $(cat "$build/calls") =~ ^0\ of\ [0-9]{2,}$ ]] && [ "$result" = 0 ]
}
application_rows() {
    check "an application comes up" application_up
    check "its Service answers by address, by every machine's port and by the VIP, from every machine" by_address
    check "and by name, from every machine and from pods" by_name
    check "session affinity holds" affinity
    check "a StatefulSet has its headless names" await 30 headless_names
    check "a Job ends" job_ends
    check "exec and logs by other masters than the first" exec_and_logs
    check "a probe that fails restarts its container" await 60 restarted
    check "a rolling update loses no call" rolling_update
    sed 's/^/              calls lost: /' "$build/calls" || true
    check "the application is gone" application_down
}
