/* SPDX-License-Identifier: Apache-2.0
 * Which TCP ports of other machines answer. */
#pragma once
#include "error.h"
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>

enum { PORTS_MAX = 256 };
enum port_answer { PORT_SILENT, PORT_REFUSED, PORT_OPEN };
struct port {
    struct in_addr in;
    uint16_t number;
    enum port_answer answer;
};

/* Connects to all ports at once and fills in `answer`. PORT_REFUSED is an answer: the way is open, and nobody listens
 * yet. */
int ports_probe(struct port *ports, size_t count, long timeout_ms, struct error *err);

/* Pure: the first port that is silent on a machine of which another port answers, so that something on the way blocks
 * it; NULL when there is none. A machine that is silent altogether is off. */
const struct port *ports_blocked(const struct port *ports, size_t count);
