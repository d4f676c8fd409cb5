# SPDX-License-Identifier: Apache-2.0
# Who calls the API by the VIP all the time, and how long it was away. Sourced after report.sh; `endpoint` is the VIP.
# shellcheck shell=bash disable=SC2154

milliseconds() { echo $(($(date +%s%N) / 1000000)); }
vip_answers() { operator curl --silent --insecure --max-time 1 "https://$endpoint:8443/readyz" | grep -qx ok; }
api_calls_until() { # FILE: ten new connections a second by the VIP, until it is there; prints how many, and the longest time without an answer
    local calls=0 gap=0 last now
    last=$(milliseconds)
    until [ -e "$1" ]; do
        calls=$((calls + 1))
        if vip_answers; then
            now=$(milliseconds)
            [ $((now - last)) -le "$gap" ] || gap=$((now - last))
            last=$now
        fi
        sleep 0.1
    done
    now=$(milliseconds)
    [ $((now - last)) -le "$gap" ] || gap=$((now - last))
    echo "$calls calls, the longest time without an answer: $gap ms"
}
