# SPDX-License-Identifier: Apache-2.0
# The namespace backend of qemu-tests/rack: a machine is a set of namespaces of this host, its disk a folder, its cable
# a veth into a bridge in a switch namespace. Sourced by rack; every backend defines the backend_* functions below.
# shellcheck shell=bash disable=SC2154

. "$top/qemu-tests/lib/switch.sh"

backend_variables=()
backend_goal=Ready
backend_wait() { watched_until_ready; }

netns_of() { echo "$stem-$1"; }
cable_of() { echo "sr-$1"; }
controllers() { sed -nE 's#^[0-9]+:(name=)?([^:]+):.*#/sys/fs/cgroup/\2#p' /proc/self/cgroup; } # their folders
capable_of_sys_resource() { (($((16#$(awk '/^CapBnd:/{print $2}' /proc/self/status))) >> 24 & 1)); }

backend_check() {
    [ "$(id -u)" = 0 ] || die "namespaces, mounts and cgroups need root; run it with sudo"
    for filesystem in overlay squashfs; do
        grep -qw "$filesystem" /proc/filesystems || modprobe "$filesystem" 2>/dev/null || die "this kernel has no $filesystem"
    done
    controllers | grep -qx /sys/fs/cgroup/memory || die "cgroup v1 controllers are not mounted; boot with systemd.unified_cgroup_hierarchy=0"
}

backend_layers() { echo "$layers_list"; } # prints the list of layers to serve

backend_network_up() { switch_up "$1"; }
backend_network_down() { switch_down; }
backend_dhcp() { die "namespace machines have no DHCP; take --backend qemu"; }

# The layers of every release, mounted once for all machines: they share one page cache.
backend_layers_up() {
    local sha256 file runtime program
    mkdir -p "$rack/layers" "$rack/tools/usr/libexec/seedrack-rack"
    jq -r '.layers[] | select(.kernel or .profile | not) | .sha256' "$layers_list" "${more_layers[@]}" | sort -u | while read -r sha256; do
        file=$build/layers/sha256/$sha256
        [ "$(openssl dgst -sha256 -r "$file" | cut -d' ' -f1)" = "$sha256" ] || die "layer $sha256: its bytes have another hash; run make layers"
        mkdir -p "$rack/layers/$sha256"
        mountpoint -q "$rack/layers/$sha256" || mount -o loop,ro "$file" "$rack/layers/$sha256"
    done
    if ! capable_of_sys_resource; then
        runtime=$rack/layers/$(jq -r '.layers[] | select(.name == "runtime").sha256' "$layers_list")
        program=usr/bin/crun
        [ -e "$runtime/$program" ] || program=usr/sbin/runc # of a release with Docker
        install -D -m 755 "$build/runc-without-cap-sys-resource" "$rack/tools/$program"
        cp "$runtime/$program" "$rack/tools/usr/libexec/seedrack-rack/${program##*/}"
        [ "$program" != usr/sbin/runc ] || chroot "$runtime" runc --version >"$rack/tools/usr/libexec/seedrack-rack/runc.version" # dockerd asks
    fi
}

backend_layers_down() {
    local mounted
    awk -v prefix="$rack/layers/" 'index($2, prefix) == 1 {print $2}' /proc/mounts | while read -r mounted; do umount "$mounted"; done
}

backend_pid() { # NAME: the host's pid of the machine's init; fails when it is off
    local pid
    pid=$(cat "$rack/machines/$1/pid" 2>/dev/null) && [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null &&
        grep -qsz "$stem-$1" "/proc/$(awk '{print $4}' "/proc/$pid/stat")/environ" && echo "$pid"
}

# NAME ROLE: the folders of its root. What the seed says now; while the seed is away, what the machine has on its disk; of one that never ran,
# the layers of the site's release.
lower_of() {
    local sha256 lower=$rack/tools layers
    if ! layers=$(asks "/v1/nodes/$1" 2>/dev/null | jq -re '.role.layers | reverse | .[] | select(.kernel | not) | .sha256'); then
        [ ! -e "$rack/machines/$1/lower" ] || { cat "$rack/machines/$1/lower" && return; }
        layers=$(jq -r --arg role "$2" '.layers | reverse | .[] | select((.roles | index($role)) and (.kernel or .profile | not)) | .sha256' "$layers_list")
    fi
    for sha256 in $layers; do lower+=:$rack/layers/$sha256; done
    echo "$lower"
}

# NAME MAC ROLE LEASE: cable and lease are what switch, firmware and DHCP would give; the rest is the machine's own.
backend_power_on() {
    local name=$1 mac=$2 role=$3 lease=$4 folder=$rack/machines/$1 namespace cable groups init lower
    backend_pid "$name" >/dev/null && { say "$name is on already"; return 0; }
    namespace=$(netns_of "$name") cable=$(cable_of "$name")
    mkdir -p "$folder"/{upper,work,root,disk}
    # seven machines at once on two cores: every process that is not started here is started there sooner
    [ ! -e "/run/netns/$namespace" ] || ip netns del "$namespace"
    ip netns add "$namespace"
    ip -n "$switch" -batch - <<<"link add $cable type veth peer name eth0 address $mac netns $namespace
link set $cable master br0 up"
    ip -n "$namespace" -batch - <<<"link set lo up
link set eth0 up
address add $lease dev eth0"
    printf 'seedrack.seed=%s seedrack.mac=%s%s\n' "$seed_url" "$mac" "$(jq -r '.network.seed_ca // empty | " seedrack.ca=\(.)"' "$rack/site.json")" >"$folder/cmdline"
    machine_uuid "$name" "$mac" >"$folder/uuid"
    cat /proc/sys/kernel/random/uuid >"$folder/boot_id" # the host's is one for all machines and boots

    lower=$(lower_of "$name" "$role")
    echo "$lower" >"$folder/lower"
    mapfile -t groups < <(controllers)
    rm -f "$folder/power"
    setsid "$top/qemu-tests/backends/namespace/machine-power" "$name" "$stem-$name" "$folder" "$namespace" "$lower" "$rack/layers" "${groups[@]}" </dev/null >"$folder/console.log" 2>&1 &
    local powers=$! unshare
    disown "$powers"
    for _ in $(seq 1200); do
        unshare=$(cat "$folder/power" 2>/dev/null) || unshare=
        # its own helpers are children too, and stay as zombies: only the init lives in another PID namespace
        for init in $([ -z "$unshare" ] || pgrep -P "$unshare"); do
            if [ -e "/proc/$init/ns/pid" ] && [ ! "/proc/$init/ns/pid" -ef /proc/self/ns/pid ]; then
                echo "$init" >"$folder/pid"
                return 0
            fi
        done
        kill -0 "$powers" 2>/dev/null || die "$name: its namespaces could not be made: $(tail -n 1 "$folder/console.log")"
        sleep 0.05
    done
    die "$name: no init after a minute; see $folder/console.log"
}

# NAME: pull the plug. Nothing in the machine is told.
backend_power_off() {
    local pid pids procs=/sys/fs/cgroup/pids/$stem/$1
    if pid=$(backend_pid "$1"); then kill -KILL "$pid" 2>/dev/null || true; fi # it may be dying already: the plug was pulled
    # The kernel kills the rest of the PID namespace with its init. Whatever is in the machine's cgroup is the machine's,
    # also what a crashed `up` left: kill until nothing is there.
    for _ in $(seq 1200); do
        [ -d "$procs" ] || break
        pids=$(find "$procs" -name cgroup.procs -exec cat {} + 2>/dev/null)
        [ -n "$pids" ] || break
        # shellcheck disable=SC2086
        kill -KILL $pids 2>/dev/null || true
        sleep 0.05
    done
    ip -n "$switch" link del "$(cable_of "$1")" 2>/dev/null || true
    ip netns del "$(netns_of "$1")" 2>/dev/null || true
    rm -f "$rack/machines/$1/pid"
    for procs in /sys/fs/cgroup/*/"$stem/$1"; do
        [ ! -d "$procs" ] || find "$procs" -depth -type d -exec rmdir {} + 2>/dev/null || true
    done
    rmdir /sys/fs/cgroup/*/"$stem" 2>/dev/null || true # the last machine takes the folder of all with it
}

backend_exec() { # NAME CMD…
    local pid
    pid=$(backend_pid "$1") || die "$1: is powered off; rack power-on $1"
    shift
    exec nsenter -t "$pid" -m -u -i -n -p -C -- /usr/bin/env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
        HOME=/root TERM="${TERM:-dumb}" "$@"
}
