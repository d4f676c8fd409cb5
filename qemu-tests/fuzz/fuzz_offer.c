/* SPDX-License-Identifier: Apache-2.0
 * offer_parse(): two packets, the first two bytes are the length of the first. A server never contradicts itself, and
 * every error is printable. */
#include "fuzz.h"
#include "decide/offer.h"

static bool parse(const uint8_t *data, size_t size, struct offer *ret) {
    uint8_t *exact = malloc(size ? size : 1);
    demand(exact);
    memcpy(exact, data, size);
    bool result = offer_parse(exact, size, ret);
    free(exact);
    if (!result)
        return false;
    ret->ifindex = 2;
    demand(net_address_unicast(ret->lease.address) && net_address_unicast(ret->lease.server) &&
           ret->lease.prefixlen <= 32);
    demand(!ret->lease.gateway.s_addr || net_address_unicast(ret->lease.gateway));
    for (const char *c = ret->lease.seed; *c; c++)
        demand(*c > 0x20 && *c < 0x7f);
    demand(!offer_find_rogue(ret, 1, 2, &ret->lease) && !offer_find_rogue(ret, 1, 3, &ret->lease));
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct fuzz from = {data, size};
    struct offer offers[2];
    struct error err = {0};
    size_t length = (size_t)fuzz_number(&from, 2);
    length = length < from.size ? length : from.size;
    if (!from.size || !parse(from.data, length, &offers[0]) ||
        !parse(from.data + length, from.size - length, &offers[1]))
        return 0;
    const struct offer *rogue = offer_find_rogue(offers, 2, 2, &offers[0].lease);
    demand(!rogue || rogue == &offers[1]);
    if (!rogue)
        return 0;
    demand(offer_describe(rogue, offers, 2, &offers[0].lease, "eth0", &err) == -1);
    fuzz_error(&err);
    for (const char *c = err.message; *c; c++)
        demand(*c >= 0x20 && *c < 0x7f);
    return 0;
}
