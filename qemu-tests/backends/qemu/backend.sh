# SPDX-License-Identifier: Apache-2.0
# The QEMU backend of qemu-tests/rack: a machine is a virtual machine with blank firmware settings, its own disk, a tap on the switch and
# two serial ports: the console, kept in serial.log, and a shell for `rack exec` where the site allows one. Sourced by rack.
# shellcheck shell=bash disable=SC2054,SC2154

. "$top/qemu-tests/lib/switch.sh"

backend_variables=(accelerator backend_goal) # what later commands must know

# With the test double there is no API server and no node Ready: the goal is step 12, the bootstrap.
backend_wait() {
    local watching status=0
    [ "$backend_goal" != Ready ] || { watched_until_ready; return; }
    watch_until_ready &
    watching=$!
    await 300 all_past_kubeadm || status=1
    kill "$watching" 2>/dev/null || true
    wait "$watching" 2>/dev/null || true
    return "$status"
}
all_past_kubeadm() { [ "$(events | jq -s 'map(select(.step == "bootstrap" and .state == "done").hostname) | unique | length')" = "$(machines | wc -l)" ]; }

tap_of() { echo "sr-$1"; }

backend_check() {
    [ "$(id -u)" = 0 ] || die "taps and network namespaces need root; run it with sudo"
    "$top/scripts/deps" qemu
    [ -c /dev/net/tun ] || modprobe tun 2>/dev/null || die "this kernel has no tun"
    [ -f "$build/layers/boot/initrd-virtio.img" ] || die "kernel and initramfs are not built; run make boot"
    accelerator=$("$top/qemu-tests/backends/qemu/probe-kvm")
    say "acceleration: $accelerator"
    backend_goal=Ready
    if [ "$accelerator" != kvm ] && [ -z "${RACK_REAL_KUBEADM:-}" ]; then
        backend_goal="past kubeadm (test double)"
        # The double's API server takes no manifest: these machines have a release without CoreDNS, which no pod would ask.
        jq '.images |= map(select(.build != "coredns"))' "$release_document" >"$rack/release.json"
        release_document=$rack/release.json
    fi
    # The rack's machines have virtio cards; the second serial port is how `rack exec` gets in.
    jq '.boot = {profile: "virtio", shell: true} + (.boot // {})' "$rack/site.json" >"$rack/site.new" && mv "$rack/site.new" "$rack/site.json"
}

# kubeadm alone is replaced where seven emulated machines share two cores; RACK_REAL_KUBEADM is for one of them.
backend_layers() { # prints the list of layers to serve
    [ "$backend_goal" != Ready ] || { echo "$layers_list"; return; }
    say "no KVM: kubeadm is the test double qemu-tests/doubles/fake-kubeadm, everything else is real"
    "$top/qemu-tests/doubles/fake-kubeadm/layer" "$rack/site.json" "$rack/fake-kubeadm.squashfs" >&2 || return 1
    local sha256
    sha256=$(openssl dgst -sha256 -r "$rack/fake-kubeadm.squashfs" | cut -d' ' -f1)
    cp -f "$rack/fake-kubeadm.squashfs" "$build/layers/sha256/$sha256"
    jq --arg sha256 "$sha256" --argjson size "$(stat -c %s "$rack/fake-kubeadm.squashfs")" \
        '.layers += [{name: "fake-kubeadm", sha256: $sha256, size: $size, roles: ["master", "worker"]}]' "$layers_list" >"$rack/layers.json"
    echo "$rack/layers.json"
}

backend_network_up() {
    switch_up "$1"
    backend_dhcp dhcp
}
backend_dhcp() { # dhcp|proxy|off [LINE…]
    local mode=$1
    shift
    stop_dnsmasq
    [ "$mode" != off ] || return 0
    "$build/seedctl" dnsmasq "$rack/site.json" --mode "$mode" --interface br0 --tftp "$build/layers/boot" >"$rack/dnsmasq.conf" || die "seedctl dnsmasq failed"
    [ $# = 0 ] || printf '%s\n' "$@" >>"$rack/dnsmasq.conf"
    start_dnsmasq
}
backend_network_down() {
    stop_dnsmasq
    switch_down
}

start_dnsmasq() {
    setsid "${backend_net_prefix[@]}" dnsmasq --keep-in-foreground --conf-file="$rack/dnsmasq.conf" --dhcp-leasefile="$rack/dnsmasq.leases" --log-facility=- --log-dhcp \
        --user=root </dev/null >>"$rack/dnsmasq.log" 2>&1 &
    echo $! >"$rack/dnsmasq.pid"
    disown
}
stop_dnsmasq() {
    local pid
    pid=$(cat "$rack/dnsmasq.pid" 2>/dev/null) || return 0
    kill "$pid" 2>/dev/null || true
    while kill -0 "$pid" 2>/dev/null; do sleep 0.05; done
    rm -f "$rack/dnsmasq.pid"
}

backend_layers_up() { :; }
backend_layers_down() { :; }

backend_pid() { # NAME: fails when it is off
    local pid
    pid=$(cat "$rack/machines/$1/pid" 2>/dev/null) && grep -qsz -- "seedrack-$1" "/proc/$pid/cmdline" && echo "$pid"
}

# Firmware and medium of a machine: RACK_FIRMWARE bios|uefi, RACK_BOOT network|http|cd|usb|disk, RACK_MEDIUM the image of cd and usb,
# RACK_CMDLINE with RACK_BOOT=kernel for tests that stand in for a boot loader, RACK_NICS more cards ("MAC[,down|,lacp|,BRIDGE]" each; down: no cable
# in it; lacp: on the switch that RACK_LACP=1 puts before the first card), RACK_RTC what its clock says at power-on, RACK_VLAN: the switch gives the first card that VLAN tagged, and nothing else. RACK_DISK its disk's size or none,
# RACK_DISK_OPTIONS what QEMU's -drive takes beside (readonly=on), RACK_DISK_FILTER what comes before its file (blkdebug:…:), RACK_DISKS more
# disks ("FILE,SERIAL" each, and what -drive takes beside). RACK_AUTHORITIES the authorities that UEFI firmware believes (specification 2.10, 24.7.1: TlsCaCertificate), which OVMF takes from QEMU.
# RACK_CONSOLE is the first serial port's -chardev, id=console.
backend_power_on() { # NAME MAC ROLE LEASE
    local name=$1 mac=$2 folder=$rack/machines/$1 tap firmware=${RACK_FIRMWARE:-bios} boot=${RACK_BOOT:-network} medium=${RACK_MEDIUM:-} extra file id options number=1 dead=()
    backend_pid "$name" >/dev/null && { say "$name is on already"; return 0; }
    tap=$(tap_of "$name")
    mkdir -p "$folder"
    [ -f "$folder/disk.raw" ] || [ "${RACK_DISK:-}" = none ] || truncate -s "${RACK_DISK:-8G}" "$folder/disk.raw"
    plug "$tap" br0
    local cable="tap,id=net0,ifname=$tap,script=no,downscript=no"
    if [ -n "${RACK_VLAN:-}" ]; then
        cable="socket,id=net0,udp=127.0.0.1:5001,localaddr=127.0.0.1:5000"
        "${backend_net_prefix[@]}" "$top/qemu-tests/backends/qemu/trunk" "$tap" "$RACK_VLAN" 5000 5001 </dev/null >"$folder/trunk.log" 2>&1 &
        echo $! >"$folder/trunk.pid"
        disown
    elif [ -n "${RACK_LACP:-}" ]; then
        cable="socket,id=net0,udp=127.0.0.1:5002,localaddr=127.0.0.1:5003"
        "${backend_net_prefix[@]}" "$top/qemu-tests/backends/qemu/lacp-switch" "$folder" "$tap" 5003 5005 </dev/null >"$folder/trunk.log" 2>&1 &
        echo $! >"$folder/trunk.pid"
        disown
    fi
    local qemu=(qemu-system-x86_64 -name "seedrack-$name" -nodefaults -no-user-config -machine pc -accel "${accelerator/tcg/tcg,thread=multi}" -cpu max
        -smp "${RACK_CPUS:-1}" -m "${RACK_MEMORY:-1536}" -display none -vga std -boot menu=off,reboot-timeout=2000
        -uuid "$(machine_uuid "$name" "$mac")" -smbios "type=1,serial=$name"
        -chardev "${RACK_CONSOLE:-file,id=console,path=$folder/serial.log,append=on}" -serial chardev:console
        -chardev "socket,id=shell,path=$folder/shell,server=on,wait=off" -serial chardev:shell
        -chardev "socket,id=monitor,path=$folder/monitor,server=on,wait=off" -mon chardev=monitor
        -device virtio-rng-pci -rtc "base=${RACK_RTC:-utc}"
        -netdev "$cable")
    [ "${RACK_DISK:-}" = none ] || qemu+=(-drive "if=none,id=disk,file=${RACK_DISK_FILTER:-}$folder/disk.raw,format=raw,cache=unsafe${RACK_DISK_OPTIONS:+,$RACK_DISK_OPTIONS}"
        -device "virtio-blk-pci,id=its-disk,drive=disk,bootindex=9,serial=$name")
    local card="virtio-net-pci,netdev=net0,mac=$mac,speed=1000,duplex=full"
    if [ "$firmware" = uefi ]; then
        cp -n /usr/share/OVMF/OVMF_VARS.fd "$folder/vars.fd"
        qemu+=(-drive "if=pflash,format=raw,readonly=on,file=/usr/share/OVMF/OVMF_CODE.fd" -drive "if=pflash,format=raw,file=$folder/vars.fd")
        card+=,romfile= # the firmware's own PXE, not the card's iPXE
    fi
    [ -z "${RACK_AUTHORITIES:-}" ] || qemu+=(-fw_cfg "name=etc/edk2/https/cacerts,file=$RACK_AUTHORITIES")
    case $boot in
    network) qemu+=(-device "$card,bootindex=1") ;;
    http) # OVMF would ask by PXE for two minutes first: its switches for that (edk2, OvmfPkg/README)
        qemu+=(-device "$card,bootindex=1" -fw_cfg name=opt/org.tianocore/IPv4PXESupport,string=n -fw_cfg name=opt/org.tianocore/IPv6PXESupport,string=n)
        ;;
    cd) qemu+=(-device "$card" -drive "if=none,id=medium,media=cdrom,readonly=on,file=$medium" -device ide-cd,drive=medium,bootindex=1) ;;
    usb) qemu+=(-device "$card" -drive "if=none,id=medium,format=raw,readonly=on,file=$medium" -device qemu-xhci -device usb-storage,drive=medium,bootindex=1) ;;
    kernel) qemu+=(-device "$card" -kernel "$build/layers/boot/vmlinuz-virtio" -initrd "${RACK_INITRD:-$build/layers/boot/initrd-virtio.img}" -append "$RACK_CMDLINE") ;;
    disk) qemu+=(-device "$card") ;;
    *) die "RACK_BOOT=$boot: not network, http, cd, usb, disk or kernel" ;;
    esac
    for extra in ${RACK_DISKS:-}; do
        IFS=, read -r file id options <<<"$extra"
        qemu+=(-drive "if=none,id=disk$number,file=$file,format=raw,cache=unsafe${options:+,$options}" -device "virtio-blk-pci,drive=disk$number,serial=$id")
        number=$((number + 1))
    done
    number=1
    for extra in ${RACK_NICS:-}; do
        local cable="tap,id=net$number,ifname=$tap.$number,script=no,downscript=no"
        case $extra in
        *,lacp) cable="socket,id=net$number,udp=127.0.0.1:5004,localaddr=127.0.0.1:5005" ;;
        *,down) plug "$tap.$number" br0 && dead+=("net$number") ;;
        *,*) plug "$tap.$number" "${extra#*,}" ;;
        *) plug "$tap.$number" br0 ;;
        esac
        qemu+=(-netdev "$cable" -device "virtio-net-pci,id=net$number-card,netdev=net$number,mac=${extra%,*},romfile=,speed=1000,duplex=full")
        number=$((number + 1))
    done
    setsid "${backend_net_prefix[@]}" "${qemu[@]}" </dev/null >"$folder/qemu.log" 2>&1 &
    echo $! >"$folder/pid"
    disown
    for _ in $(seq 1200); do # it has read its command line when the monitor is there
        if [ -S "$folder/monitor" ]; then
            for extra in "${dead[@]}"; do "$top/qemu-tests/backends/qemu/monitor" "$folder/monitor" "set_link $extra off"; done
            return 0
        fi
        kill -0 "$(cat "$folder/pid")" 2>/dev/null || die "$name: QEMU ended: $(tail -n 1 "$folder/qemu.log")"
        sleep 0.05
    done
    die "$name: no monitor after a minute; see $folder/qemu.log"
}

plug() { # TAP BRIDGE: a cable from a card that is yet to come into the switch
    ip -n "$switch" link del "$1" 2>/dev/null || true
    ip -n "$switch" tuntap add "$1" mode tap
    ip -n "$switch" link set "$1" master "$2" up
}

backend_power_off() { # NAME: pull the plug
    local pid tap
    if pid=$(backend_pid "$1"); then
        kill -KILL "$pid" 2>/dev/null || true
        while kill -0 "$pid" 2>/dev/null; do sleep 0.05; done
    fi
    for tap in $(ip -n "$switch" -o link show 2>/dev/null | sed -n "s/^[0-9]*: \($(tap_of "$1")\(\.[0-9]*\)\?\):.*/\1/p"); do ip -n "$switch" link del "$tap"; done
    if [ -f "$rack/machines/$1/trunk.pid" ]; then kill "$(cat "$rack/machines/$1/trunk.pid")" 2>/dev/null || true; fi
    rm -f "$rack/machines/$1"/{pid,monitor,shell,trunk.pid}
}

backend_exec() { # NAME CMD…
    local name=$1
    backend_pid "$name" >/dev/null || die "$name: is powered off; rack power-on $name"
    shift
    exec "$top/qemu-tests/backends/qemu/exec" "$rack/machines/$name/shell" "$@"
}
