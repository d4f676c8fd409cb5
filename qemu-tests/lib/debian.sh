# SPDX-License-Identifier: Apache-2.0
# A fresh Debian with systemd for tests of the package: namespaces, a real process 1, the network of the rack's switch and no other. What apt installs in it
# was fetched beforehand. Sourced after report.sh.
# shellcheck shell=bash disable=SC2154

debian=$build/debian # its disk
debian_group=$(findmnt --noheadings --first-only --types cgroup2 --output TARGET || true)/$stem-debian

# debian_base SUITE PACKAGE…: prints the folder of a root as its installer leaves it; PACKAGEs, with what they need, are in apt's cache.
debian_base() {
    local root
    root=$cache/debian/$1-$(cache_key "$@" "$(mirror)" "$(declare -f debian_base)")
    if [ ! -d "$root" ]; then
        mkdir -p "$cache/debian"
        # shellcheck disable=SC2016  # mmdebstrap's shell expands it
        fetching mmdebstrap --quiet --mode=root --variant=apt --format=dir --include=init,dbus,iproute2,man-db --skip=cleanup/apt \
            --keyring=/usr/share/keyrings/debian-archive-keyring.gpg --customize-hook='chroot "$1" apt-get install --quiet --yes --option APT::Install-Recommends=true --download-only '"${*:2}" \
            "$1" "$root.new-$$" "$(mirror)" >"$build/debian-base.log" 2>&1 || die "mmdebstrap failed, its log is build/debian-base.log"
        echo 'APT::Get::Assume-Yes "true";' >"$root.new-$$/etc/apt/apt.conf.d/90test"
        publish "$root.new-$$" "$root"
    fi
    echo "$root"
}
debian_up() { # BASE: in the network of the switch, as a new machine
    debian_down
    mkdir -p "$debian"/{upper,work,root} "$debian_group"
    (
        echo "$BASHPID" >"$debian_group/cgroup.procs"
        exec ip netns exec "$switch" unshare --mount --pid --fork --uts --ipc --cgroup --kill-child bash -euc \
            'mount -t overlay overlay -o "lowerdir=$1,upperdir=$2/upper,workdir=$2/work" "$2/root" && exec "$0" "$2/root"' "$top/qemu-tests/lib/debian-boot" "$1" "$debian"
    ) </dev/null >"$build/debian.log" 2>&1 &
    echo $! >"$debian/pid"
    disown
    within 60 debian_runs || { cat "$build/debian.log"; in_debian systemctl --failed --no-pager || true; return 1; }
}
debian_init() { pgrep --parent "$(cat "$debian/pid")"; }
in_debian() { # CMD…
    nsenter --target "$(debian_init)" --mount --pid --net --uts --ipc --cgroup env -i --chdir=/root \
        PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"
}
debian_runs() { [ "$(in_debian systemctl is-system-running 2>/dev/null)" = running ]; }
debian_down() {
    local pid
    if pid=$(cat "$debian/pid" 2>/dev/null); then
        kill -KILL "$pid" 2>/dev/null || true # unshare takes process 1 with it
        while kill -0 "$pid" 2>/dev/null; do sleep 0.05; done
    fi
    rm -rf "$debian"
    [ ! -d "$debian_group" ] || within 10 find "$debian_group" -depth -type d -exec rmdir {} + 2>/dev/null || true
}
