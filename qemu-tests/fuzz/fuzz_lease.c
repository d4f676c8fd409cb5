/* SPDX-License-Identifier: Apache-2.0
 * lease_parse(): what was read, written down again, is read as the same. */
#include "fuzz.h"
#include "decide/lease.h"

static void add_address(struct buf *text, const char *key, struct in_addr in) {
    char address[NET_ADDRESS_SIZE] = "";
    if (in.s_addr)
        net_address_text(in, address);
    buf_addf(text, "%s=%s\n", key, address);
}

static void check(const struct lease *lease) {
    cleanup_buf struct buf text = BUF_INIT(LEASE_MAXIMUM);
    struct lease again;
    struct error err = {0};
    add_address(&text, "address", lease->address);
    add_address(&text, "gateway", lease->gateway);
    add_address(&text, "nameserver", lease->nameserver);
    add_address(&text, "server", lease->server);
    buf_addf(&text, "prefixlen=%u\nseed=", lease->prefixlen);
    for (const char *c = lease->seed; *c; c++)
        buf_addf(&text, "%02x", (unsigned)*c);
    demand(lease_parse(buf_text(&text), &again, &err) == 0);
    demand(again.address.s_addr == lease->address.s_addr && again.gateway.s_addr == lease->gateway.s_addr &&
           again.prefixlen == lease->prefixlen);
    demand(again.nameserver.s_addr == lease->nameserver.s_addr && again.server.s_addr == lease->server.s_addr &&
           !strcmp(again.seed, lease->seed));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct lease lease;
    struct error err = {0};
    char *text = fuzz_text(data, size);
    if (lease_parse(text, &lease, &err) == 0)
        check(&lease);
    else
        fuzz_error(&err);
    free(text);
    return 0;
}
