/* SPDX-License-Identifier: Apache-2.0
 * See draft_text.h. In the order of keys, and with the line breaks, of configs/seven-nodes/site.json. */
#include "draft_text.h"

#include <arpa/inet.h>
#include <stdio.h>

enum { FIRST_PRIORITY = 150 /* as site_nodes.c has it for nodes that say none */, HAPROXY_PORT = 8443 };

unsigned draft_router_id(const struct draft *draft) {
    unsigned last = ntohl(draft->vip.s_addr) & 0xff;
    return last ? last : 255;
}

static void put_address(struct buf *ret, const char *before, struct in_addr in, const char *after) {
    char text[NET_ADDRESS_SIZE];
    net_address_text(in, text);
    buf_addf(ret, "%s%s%s", before, text, after);
}

static void put_network(struct buf *ret, const struct draft *draft) {
    buf_adds(ret, "  \"network\": {");
    if (draft->gateway.s_addr)
        put_address(ret, "\"gateway\": \"", draft->gateway, "\", ");
    buf_adds(ret, "\"nameservers\": [");
    for (size_t i = 0; i < draft->n_nameservers; i++)
        put_address(ret, i ? ", \"" : "\"", draft->nameservers[i], "\"");
    buf_addf(ret, "], \"seed\": \"%s\"", draft->seed);
    if (draft->seed_ca)
        buf_addf(ret, ", \"seed_ca\": \"%s\"", draft->seed_ca);
    if (draft->generation > 1)
        buf_addf(ret, ", \"generation\": %u", draft->generation);
    buf_adds(ret, "},\n");
}

static void put_head(struct buf *ret, const struct draft *draft) {
    char vip[NET_ADDRESS_SIZE], pods[NET_CIDR_SIZE], services[NET_CIDR_SIZE];
    net_address_text(draft->vip, vip);
    net_cidr_text(&draft->pod_subnet, pods);
    net_cidr_text(&draft->service_subnet, services);
    buf_addf(ret,
             "{\n"
             "  \"site\": \"%s\",\n"
             "  \"release\": \"%s\",\n"
             "  \"cluster\": {\n"
             "    \"name\": \"%s\",\n"
             "    \"control_plane_endpoint\": \"%s:%d\",\n"
             "    \"pod_subnet\": \"%s\",\n"
             "    \"service_subnet\": \"%s\",\n"
             "    \"dns_domain\": \"cluster.local\"\n"
             "  },\n",
             draft->name, draft->release, draft->name, vip, HAPROXY_PORT, pods, services);
    put_network(ret, draft);
    buf_addf(ret, "  \"vip\": {\"address\": \"%s\", \"virtual_router_id\": %u, \"style\": \"conf\"},\n", vip,
             draft_router_id(draft));
    buf_addf(ret, "  \"haproxy\": {\"bind_port\": %d, \"stats_port\": 9090},\n", HAPROXY_PORT);
    buf_adds(ret, "  \"cni\": {\"type\": \"bridge\"},\n");
}

static void draft_hostname(const struct draft *draft, unsigned i, char ret[16]) {
    bool master = i < draft->masters;
    snprintf(ret, 16, "%c%u", master ? 'm' : 'w', master ? i + 1 : i - draft->masters + 1);
}

static void put_mac(struct buf *ret, const struct draft *draft, unsigned i, const char *hostname, bool stand_in) {
    if (i < draft->n_macs)
        buf_addf(ret, "\"%s\"", draft->macs[i]);
    else if (stand_in)
        buf_addf(ret, "\"02:5e:ed:00:%02x:%02x\"", i >> 8, i & 0xff);
    else
        buf_addf(ret, "\"MAC of %s\"", hostname);
}

static void put_node(struct buf *ret, const struct draft *draft, unsigned i, struct in_addr in, bool stand_in) {
    char hostname[16], pods[NET_CIDR_SIZE];
    struct cidr pod_cidr = {0}, address = {.in = in, .prefixlen = draft->segment.prefixlen};
    char text[NET_CIDR_SIZE];
    draft_hostname(draft, i, hostname);
    net_cidr_subnet(&draft->pod_subnet, i + 1, DRAFT_POD_PREFIXLEN, &pod_cidr);
    net_cidr_text(&pod_cidr, pods);
    net_cidr_text(&address, text);
    buf_addf(ret, "    {\"hostname\": \"%s\", \"role\": \"%s\", \"mac\": ", hostname,
             i < draft->masters ? "master" : "worker");
    put_mac(ret, draft, i, hostname, stand_in);
    buf_addf(ret, ", \"address\": \"%s\", \"pod_cidr\": \"%s\"", text, pods);
    if (i < draft->masters)
        buf_addf(ret, ", \"vrrp_priority\": %u", i < FIRST_PRIORITY ? FIRST_PRIORITY - i : 1);
    buf_adds(ret, i + 1 < draft->masters + draft->workers ? "},\n" : "}\n");
}

void draft_text(const struct draft *draft, const struct in_addr *addresses, bool stand_in, struct buf *ret) {
    put_head(ret, draft);
    buf_adds(ret, "  \"nodes\": [\n");
    for (unsigned i = 0; i < draft->masters + draft->workers; i++)
        put_node(ret, draft, i, addresses[i], stand_in);
    buf_adds(ret, "  ]\n}\n");
}
