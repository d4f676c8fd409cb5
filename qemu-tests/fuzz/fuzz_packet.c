/* SPDX-License-Identifier: Apache-2.0
 * VRRP advertisements and ICMP echo replies as raw sockets give them. */
#include "fuzz.h"
#include "decide/packet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct in_addr source = {0};
    uint8_t id = packet_router_id(data, size, &source);
    demand(!id || size >= 28);
    for (size_t asked = size > 60 ? size - 60 : 0; asked <= size; asked++)
        if (packet_is_echo(data, size, 0x1234, 1, asked))
            demand(asked >= 8 && asked <= size - 20);
    return 0;
}
