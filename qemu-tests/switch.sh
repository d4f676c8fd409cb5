# SPDX-License-Identifier: Apache-2.0
# The rack's switch, of both backends: a bridge in a network namespace of its own. Nothing of it touches this host's network.
# shellcheck shell=bash disable=SC2034,SC2154

switch=${SEEDRACK_SWITCH:-seedrack-switch}

# Where the seed server and the operator are: on the switch. In front of a command; it execs, the pid is the command's.
backend_net_prefix=(ip netns exec "$switch")
backend_net() { "${backend_net_prefix[@]}" "$@"; }

switch_up() { # ADDRESS/PREFIX of the seed
    ip netns add "$switch"
    ip -n "$switch" link set lo up
    ip -n "$switch" link add br0 type bridge
    ip -n "$switch" link set br0 up
    ip -n "$switch" address add "$1" dev br0
    backend_net sysctl -qw net.bridge.bridge-nf-call-iptables=0
}

switch_down() { ip netns del "$switch" 2>/dev/null || true; }
