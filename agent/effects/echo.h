/* SPDX-License-Identifier: Apache-2.0
 * ICMP echo (RFC 792) of a chosen size that nobody on the way may fragment. IPv4. */
#pragma once
#include "decide/mtu.h"
#include "error.h"
#include <netinet/in.h>

enum { ECHO_MAXIMUM = 9216 /* bytes of IP packet: beyond what switches take */ };

struct echo {
    int fd;
    uint16_t sequence;
    int rtt_ms;           /* of the last answer; 0: less than one, or none yet */
    struct in_addr local; /* this machine's address on the route there */
};

int echo_open(struct in_addr to, struct echo *ret, struct error *err);
/* Sends an echo request as an IP packet of `size` bytes (28 … ECHO_MAXIMUM). Sends it again when nothing comes for
 * `timeout_ms` milliseconds, `tries` times in all. */
int echo_ask(struct echo *echo, unsigned size, int timeout_ms, int tries, enum mtu_answer *ret, struct error *err);
void echo_close(struct echo *echo);
