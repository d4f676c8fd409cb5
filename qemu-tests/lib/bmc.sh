# SPDX-License-Identifier: Apache-2.0
# A machine of the rack gets a BMC with IPMI, by OpenIPMI's ipmi_sim, where the seed is: on the switch's own loopback. Sourced after one-machine.sh.
# shellcheck shell=bash disable=SC2154

bmc=$racks/bmc bmc_port=6231 bmc_password=let-it-boot

bmc_up() { # the power of $machine is that BMC's from now on
    mkdir -p "$bmc/state" && printf '#!/bin/sh\nexec "%s" "%s" "%s" "$@"\n' "$top/qemu-tests/backends/qemu/chassis" "$bmc" "$machine" >"$bmc/chassis" && chmod 755 "$bmc/chassis" &&
        sed "s#@PORT@#$bmc_port#; s#@CHASSIS@#$bmc/chassis#; s#@PASSWORD@#$bmc_password#" "$top/qemu-tests/lib/ipmi/lan.conf" >"$bmc/lan.conf" || return 1
    setsid "${backend_net_prefix[@]}" ipmi_sim -n -c "$bmc/lan.conf" -f "$top/qemu-tests/lib/ipmi/commands" -s "$bmc/state" </dev/null >"$bmc/log" 2>&1 &
    echo $! >"$bmc/pid"
    disown
}
bmc_down() {
    [ ! -f "$bmc/pid" ] || kill -KILL "$(cat "$bmc/pid")" 2>/dev/null || true
    rm -f "$bmc/pid"
}
bmc_says() { "$rack" seedctl power status "$machine" | grep -qx "$machine is $1"; }
by_bmc() { # its disk is empty: without pxe-once it would start nothing. Its key was in RAM
    "$rack" power-off "$machine" && : >"$serial" && bmc_up && node ".power = {type: \"ipmi\", address: \"127.0.0.1\", port: $bmc_port, user: \"ADMIN\", secret: \"bmc\"}" &&
        await 10 sh -c "echo $bmc_password | '$rack' seedctl secret set bmc | grep -qx 'bmc is set'" && await 10 bmc_says off &&
        "$rack" seedctl power pxe-once "$machine" && "$rack" seedctl forget "$machine" | grep -qx 'its BMC says that it is off' &&
        "$rack" seedctl power on "$machine" && stands && bmc_says on && "$rack" seedctl power off "$machine" && [ ! -e "${serial%/*}/pid" ] || { bmc_down; return 1; }
    bmc_down
}
