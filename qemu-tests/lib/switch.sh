# SPDX-License-Identifier: Apache-2.0
# The rack's switch, of both backends: a bridge in a network namespace of its own. Nothing of it touches this host's network.
# Sourced after scripts/common.sh, by the tests too.
# shellcheck shell=bash disable=SC2034,SC2154

# What a rack has on the host (namespaces, cgroups) is named after its tree: racks of two trees stand side by side.
SEEDRACK_STEM=seedrack-$(cksum <<<"$top" | cut -d' ' -f1)
export SEEDRACK_STEM # to `follow`
stem=$SEEDRACK_STEM
switch=$stem-switch
racks=$build/rack # the folder of this tree's rack

# Where the seed server and the operator are: on the switch. In front of a command; it execs, the pid is the command's.
backend_net_prefix=(ip netns exec "$switch")
backend_net() { "${backend_net_prefix[@]}" "$@"; }

host_up() { # NAME ADDRESS/PREFIX [BRIDGE]: one more host on the switch, without a machine: the network namespace $stem-NAME
    ip netns add "$stem-$1"
    ip -n "$switch" link add "sr-$1" type veth peer name eth0 netns "$stem-$1"
    ip -n "$switch" link set "sr-$1" master "${3:-br0}" up
    ip -n "$stem-$1" link set lo up
    ip -n "$stem-$1" link set eth0 up
    ip -n "$stem-$1" address add "$2" dev eth0
}
host_down() { # its cable first: a namespace that a process is still leaving keeps it for a while
    ip -n "$switch" link del "sr-$1" 2>/dev/null || true
    ip netns del "$stem-$1" 2>/dev/null || true
}

switch_up() { # ADDRESS/PREFIX of the seed
    switch_down # of a tree that was here and is gone, with its rack's folder
    ip netns add "$switch"
    ip -n "$switch" link set lo up
    ip -n "$switch" link add br0 type bridge
    ip -n "$switch" link set br0 up
    ip -n "$switch" address add "$1" dev br0
    backend_net sysctl -qw net.bridge.bridge-nf-call-iptables=0
}

switch_down() { ip netns del "$switch" 2>/dev/null || true; }
