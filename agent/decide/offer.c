/* SPDX-License-Identifier: Apache-2.0
 * See offer.h. */
#include "offer.h"

#include "buf.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <string.h>

enum { SERVER_PORT = 67, CLIENT_PORT = 68, BOOTREPLY = 2, ETHERNET = 1, DHCPOFFER = 2 };
enum { MASK = 1, ROUTER = 3, MESSAGE_TYPE = 53, SERVER_ID = 54, SEED = 224, PAD = 0, END = 255 }; /* RFC 2132 */
static const unsigned char cookie[4] = {99, 130, 83, 99};

struct bootp { /* RFC 951, RFC 2131, 2 */
    uint8_t op, htype, hlen, hops;
    uint32_t xid;
    uint16_t secs, flags;
    struct in_addr ciaddr, yiaddr, siaddr, giaddr;
    unsigned char chaddr[16], sname[64], file[128], cookie[4];
};
_Static_assert(sizeof(struct bootp) == 240, "as on the wire");

/* The UDP payload from a server to a client; 0 bytes: it is something else. */
static size_t payload_of(const unsigned char *packet, size_t length, const unsigned char **ret) {
    struct iphdr ip;
    struct udphdr udp;
    if (length < sizeof(ip))
        return 0;
    memcpy(&ip, packet, sizeof(ip));
    size_t header = ip.ihl * 4u, total = ntohs(ip.tot_len);
    if (ip.version != 4 || header < sizeof(ip) || ip.protocol != IPPROTO_UDP || total > length ||
        total < header + sizeof(udp) || (ntohs(ip.frag_off) & (IP_MF | IP_OFFMASK)))
        return 0;
    memcpy(&udp, packet + header, sizeof(udp));
    size_t size = ntohs(udp.len);
    if (ntohs(udp.source) != SERVER_PORT || ntohs(udp.dest) != CLIENT_PORT || size < sizeof(udp) ||
        size > total - header)
        return 0;
    *ret = packet + header + sizeof(udp);
    return size - sizeof(udp);
}

static void read_mask(const unsigned char *value, uint8_t *ret) {
    uint32_t mask = (uint32_t)value[0] << 24 | (uint32_t)value[1] << 16 | (uint32_t)value[2] << 8 | value[3];
    if (~mask & (~mask + 1))
        return;
    for (*ret = 0; mask; mask <<= 1)
        ++*ret;
}

static void read_address(const unsigned char *value, struct in_addr *ret) {
    struct in_addr in;
    memcpy(&in, value, sizeof(in));
    if (net_address_unicast(in))
        *ret = in;
}

/* An option that makes no sense counts as not told, as in a lease: the server that sends it is heard. */
static void read_option(unsigned char code, const unsigned char *value, size_t length, struct lease *lease,
                        unsigned char *ret_type) {
    if (code == MASK && length == 4)
        read_mask(value, &lease->prefixlen);
    else if (code == ROUTER && length >= 4)
        read_address(value, &lease->gateway);
    else if (code == MESSAGE_TYPE && length == 1)
        *ret_type = value[0];
    else if (code == SERVER_ID && length == 4)
        read_address(value, &lease->server);
    else if (code == SEED)
        lease_seed(value, length, lease->seed);
}

static bool read_options(const unsigned char *at, size_t left, struct lease *lease, unsigned char *ret_type) {
    while (left && *at != END) {
        if (*at == PAD) {
            at++, left--;
            continue;
        }
        if (left < 2 || at[1] > left - 2)
            return false;
        read_option(at[0], at + 2, at[1], lease, ret_type);
        left -= 2u + at[1];
        at += 2 + at[1];
    }
    return true;
}

bool offer_parse(const unsigned char *packet, size_t length, struct offer *ret) {
    const unsigned char *payload = NULL;
    struct offer offer = {0};
    struct bootp bootp;
    unsigned char type = 0;
    size_t size = payload_of(packet, length, &payload);
    if (size < sizeof(bootp))
        return false;
    memcpy(&bootp, payload, sizeof(bootp));
    if (bootp.op != BOOTREPLY || bootp.htype != ETHERNET || bootp.hlen != 6 ||
        memcmp(bootp.cookie, cookie, sizeof(cookie)) != 0 || !net_address_unicast(bootp.yiaddr))
        return false;
    if (!read_options(payload + sizeof(bootp), size - sizeof(bootp), &offer.lease, &type) || type != DHCPOFFER ||
        !offer.lease.server.s_addr)
        return false;
    offer.lease.address = bootp.yiaddr;
    memcpy(offer.chaddr, bootp.chaddr, sizeof(offer.chaddr));
    *ret = offer;
    return true;
}

static bool both_differ(struct in_addr a, struct in_addr b) {
    return a.s_addr && b.s_addr && a.s_addr != b.s_addr;
}

static bool contradicts(const struct lease *a, const struct lease *b) {
    struct cidr theirs = {.in = a->address, .prefixlen = a->prefixlen ? a->prefixlen : b->prefixlen},
                ours = {.in = b->address, .prefixlen = b->prefixlen};
    return theirs.prefixlen != ours.prefixlen || !net_cidr_contains(&ours, theirs.in) ||
           both_differ(a->gateway, b->gateway) || (a->seed[0] && b->seed[0] && strcmp(a->seed, b->seed) != 0);
}

const struct offer *offer_find_rogue(const struct offer *offers, size_t n, int ifindex, const struct lease *lease) {
    for (size_t i = 0; i < n; i++)
        if (offers[i].ifindex == ifindex && contradicts(&offers[i].lease, lease))
            return &offers[i];
    return NULL;
}

static void add_server(struct buf *text, const struct lease *lease, const unsigned char *mac) {
    char server[NET_ADDRESS_SIZE], address[NET_ADDRESS_SIZE], gateway[NET_ADDRESS_SIZE];
    net_address_text(lease->server, server);
    net_address_text(lease->address, address);
    net_address_text(lease->gateway, gateway);
    buf_adds(text, server);
    if (mac)
        buf_addf(text, " (%02x:%02x:%02x:%02x:%02x:%02x)", mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
    buf_addf(text, " offers %s", address);
    if (lease->prefixlen)
        buf_addf(text, "/%u", lease->prefixlen);
    if (lease->gateway.s_addr)
        buf_addf(text, ", gateway %s", gateway);
    if (lease->seed[0])
        buf_addf(text, ", seed %.80s", lease->seed);
}

int offer_describe(const struct offer *rogue, const struct offer *offers, size_t n, const struct lease *lease,
                   const char *link, struct error *err) {
    cleanup_buf struct buf text = BUF_INIT(1024);
    const unsigned char *mac = NULL;
    for (size_t i = 0; i < n && !mac; i++)
        if (offers[i].ifindex == rogue->ifindex && offers[i].lease.server.s_addr == lease->server.s_addr)
            mac = offers[i].sender;
    add_server(&text, lease, mac);
    buf_adds(&text, "; ");
    add_server(&text, &rogue->lease, rogue->sender);
    error_fail(err, SR_DHCP_RIVAL, ENOTUNIQ, "two DHCP servers contradict each other on %s: %s", link, buf_text(&text));
    return error_remedy(err, "switch off the one that does not belong here, or take it off this network (its switch "
                             "port, VLAN, or DHCP snooping)");
}
