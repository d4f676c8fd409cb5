# SPDX-License-Identifier: Apache-2.0
# What the suites share that run on the release they are given. Sourced after report.sh.
# shellcheck shell=bash disable=SC2034,SC2154

# RELEASE: sets site, release and runtime: the seven machines with that release and the runtime that it means.
site_of_release() {
    site=$top/configs/seven-nodes/site.json release=$1 runtime=docker
    if [ "$release" != "$(jq -r .release "$site")" ]; then
        jq --arg release "$release" 'del(.runtime) | .release = $release' "$site" >"$build/site-$release.json"
        site=$build/site-$release.json
    fi
    jq -e '.runtimes | index("docker")' "$top/configs/releases/$release.json" >/dev/null || runtime=containerd
}
in_container() { # MACHINE CONTAINER CMD…
    local find="docker ps -qf name=k8s_$2_" run="docker exec"
    [ "$runtime" = docker ] || find="crictl ps -q --name ^$2\$" run="crictl exec"
    on "$1" sh -c "$run \$($find) \"\$@\"" sh "${@:3}"
}
