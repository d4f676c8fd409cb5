# SPDX-License-Identifier: Apache-2.0
# What the suites share that run on the release they are given. Sourced after report.sh.
# shellcheck shell=bash disable=SC2034,SC2154

# [RELEASE]: sets site, release, pins and runtime: the seven machines with that release and the runtime that it means. The reference site has
# the default release; configs/seven-nodes-docker is the same with Docker.
site_of_release() {
    local candidate
    release=${1:-$(jq -r .release "$top/configs/seven-nodes/site.json")}
    pins=$top/configs/releases/$release.json
    [ -f "$pins" ] || die "$release: no such release; there are: $(cd "$top/configs/releases" && echo v*.json)"
    for candidate in "$top"/configs/seven-nodes{,-docker}/site.json; do
        [ "$release" != "$(jq -r .release "$candidate")" ] || site=$candidate
    done
    if [ -z "${site:-}" ]; then
        site=$build/site-$release.json
        jq --arg release "$release" '.release = $release' "$top/configs/seven-nodes/site.json" >"$site"
    fi
    runtime=containerd
    ! jq -e '.runtimes | index("docker")' "$pins" >/dev/null || runtime=docker
}
has_dns() { jq -e '.images | any(.build == "coredns")' "$pins" >/dev/null; }
right_cgroups() { # MACHINE: version 2 from v1.25 on; only version 1 has a folder for each controller
    local minor
    minor=$(cut -d. -f2 <<<"$release")
    [ "$((minor < 25 ? 1 : 2))" = "$(on "$1" sh -c '[ -d /sys/fs/cgroup/memory ] && echo 1 || echo 2')" ]
}
in_container() { # MACHINE CONTAINER CMD…
    local find="docker ps -qf name=k8s_$2_" run="docker exec"
    [ "$runtime" = docker ] || find="crictl ps -q --name ^$2\$" run="crictl exec"
    on "$1" sh -c "$run \$($find) \"\$@\"" sh "${@:3}"
}
etcdctl() { # MACHINE ARGUMENT…
    in_container "$1" etcd etcdctl --cacert /etc/kubernetes/pki/etcd/ca.crt --cert /etc/kubernetes/pki/etcd/healthcheck-client.crt \
        --key /etc/kubernetes/pki/etcd/healthcheck-client.key --endpoints https://127.0.0.1:2379 "${@:2}" 2>/dev/null
}
