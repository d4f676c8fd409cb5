/* SPDX-License-Identifier: Apache-2.0
 * See draft.h. */
#include "draft.h"

#include "draft_text.h"
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

enum {
    PREFIX_LEAST = 8, /* of a machine's own subnet (check_address_cidr) */
    PREFIX_MOST = 30
};

static bool draft_same(struct in_addr a, struct in_addr b) {
    return a.s_addr && a.s_addr == b.s_addr;
}

static int draft_refuse(struct error *err, const char *remedy, const char *pointer, const char *address,
                        const char *cause) {
    error_set(err, -1, "%s: %s %s", pointer, address, cause);
    return error_remedy(err, "%s", remedy);
}

static void draft_subnet(const struct draft *draft, char ret[NET_CIDR_SIZE]) {
    struct cidr subnet = draft->segment;
    net_cidr_subnet(&draft->segment, 0, draft->segment.prefixlen, &subnet);
    net_cidr_text(&subnet, ret);
}

/* Who has the address: text for people, or NULL. */
static const char *draft_owner(const struct draft *draft, struct in_addr in) {
    if (draft_same(in, draft->seed_address))
        return "is the seed's";
    if (draft_same(in, draft->gateway))
        return "is the gateway's";
    for (size_t i = 0; i < draft->n_nameservers; i++)
        if (draft_same(in, draft->nameservers[i]))
            return "is a nameserver's";
    for (size_t i = 0; i < draft->n_taken; i++)
        if (draft_same(in, draft->taken[i]))
            return "is an address of this machine";
    return NULL;
}

static bool draft_on_edge(const struct draft *draft, struct in_addr in) {
    struct cidr at = {.in = in, .prefixlen = draft->segment.prefixlen};
    return net_cidr_is_edge(&at);
}

static int check_vip(const struct draft *draft, const char *segment, struct error *err) {
    static const char remedy[] = "choose an address of the segment that nobody has, with --vip";
    char vip[NET_ADDRESS_SIZE], cause[96];
    const char *owner = draft_owner(draft, draft->vip);
    net_address_text(draft->vip, vip);
    snprintf(cause, sizeof(cause), "is outside of %s, the subnet of the seed's link", segment);
    if (!net_cidr_contains(&draft->segment, draft->vip))
        return draft_refuse(err, remedy, "/vip/address", vip, cause);
    if (draft_on_edge(draft, draft->vip))
        return draft_refuse(err, remedy, "/vip/address", vip, "is the first or last address of the subnet");
    return owner ? draft_refuse(err, remedy, "/vip/address", vip, owner) : 0;
}

/* A route to pods or Services would hide the machines. */
static int check_apart(const struct draft *draft, const char *segment, struct error *err) {
    const struct cidr *const subnets[] = {&draft->pod_subnet, &draft->service_subnet};
    static const char *const keys[] = {"pod", "service"};
    char text[NET_CIDR_SIZE];
    for (size_t i = 0; i < 2; i++) {
        if (!net_cidr_overlaps(&draft->segment, subnets[i]))
            continue;
        net_cidr_text(subnets[i], text);
        error_set(err, -1, "/cluster/%s_subnet: %s overlaps %s, the machines' own", keys[i], text, segment);
        return error_remedy(err, "choose one apart from it, with --%s-subnet", keys[i]);
    }
    return 0;
}

static int draft_check(const struct draft *draft, struct error *err) {
    char segment[NET_CIDR_SIZE];
    draft_subnet(draft, segment);
    unsigned machines = draft->masters + draft->workers;
    if (draft->segment.prefixlen < PREFIX_LEAST || draft->segment.prefixlen > PREFIX_MOST) {
        error_set(err, -1, "/nodes: the seed's link is in %s, and machines need a subnet of /%d to /%d", segment,
                  PREFIX_LEAST, PREFIX_MOST);
        return error_remedy(err, "correct the prefix length of the link");
    }
    if (draft->masters == 0 || machines > SITE_NODES_MAX) {
        error_set(err, -1, "/nodes: %u masters and %u workers", draft->masters, draft->workers);
        return error_remedy(err, "a site has at least one master and at most %d machines", SITE_NODES_MAX);
    }
    if (draft->n_macs > machines) {
        error_set(err, -1, "/nodes: %zu MAC addresses for %u machines", draft->n_macs, machines);
        return error_remedy(err, "correct --mac, --masters or --workers");
    }
    if (draft->first.s_addr && !net_cidr_contains(&draft->segment, draft->first)) {
        char first[NET_ADDRESS_SIZE];
        net_address_text(draft->first, first);
        error_set(err, -1, "/nodes: %s is outside of %s, the subnet of the seed's link", first, segment);
        return error_remedy(err, "correct --first");
    }
    return check_vip(draft, segment, err) < 0 ? -1 : check_apart(draft, segment, err);
}

/* Counts up from the first address, past those that somebody has. */
static int draft_addresses(const struct draft *draft, struct in_addr ret[SITE_NODES_MAX], struct error *err) {
    unsigned machines = draft->masters + draft->workers, n = 0;
    uint32_t at = draft->first.s_addr ? ntohl(draft->first.s_addr) : ntohl(draft->vip.s_addr) + 1;
    char segment[NET_CIDR_SIZE], first[NET_ADDRESS_SIZE];
    draft_subnet(draft, segment);
    net_address_text((struct in_addr){htonl(at)}, first);
    for (; n < machines; at++) {
        struct in_addr in = {htonl(at)};
        if (!net_cidr_contains(&draft->segment, in))
            break;
        if (!draft_same(in, draft->vip) && !draft_owner(draft, in) && !draft_on_edge(draft, in))
            ret[n++] = in;
    }
    if (n == machines)
        return 0;
    error_set(err, -1, "/nodes: %s has %u free addresses from %s on, for %u machines", segment, n, first, machines);
    return error_remedy(err, "begin lower with --first, or give the segment a larger subnet");
}

static int check_pods(const struct draft *draft, struct error *err) {
    unsigned machines = draft->masters + draft->workers;
    struct cidr unused;
    char text[NET_CIDR_SIZE];
    if (net_cidr_subnet(&draft->pod_subnet, machines, DRAFT_POD_PREFIXLEN, &unused))
        return 0;
    net_cidr_text(&draft->pod_subnet, text);
    error_set(err, -1, "/cluster/pod_subnet: %s is too small for one /%d for each of %u machines, the first left free",
              text, DRAFT_POD_PREFIXLEN, machines);
    return error_remedy(err, "give a larger one with --pod-subnet");
}

/* Whatever else contradicts itself, the reader of sites finds. */
static int check_whole(const struct buf *document, struct error *err) {
    cleanup_site struct site *site = NULL;
    struct site_errors errors = {.n = 0};
    if (site_parse(buf_text(document), document->length, &site, &errors) == 0)
        return 0;
    error_set(err, -1, "%s: %s", errors.list[0].pointer, errors.list[0].cause);
    return error_remedy(err, "%s", errors.list[0].remedy);
}

int draft_render(const struct draft *draft, struct buf *ret, struct error *err) {
    cleanup_buf struct buf whole = BUF_INIT(DRAFT_DOCUMENT_MAX), document = BUF_INIT(DRAFT_DOCUMENT_MAX);
    struct in_addr addresses[SITE_NODES_MAX];
    if (draft_check(draft, err) < 0 || check_pods(draft, err) < 0 || draft_addresses(draft, addresses, err) < 0)
        return -1;
    draft_text(draft, addresses, true, &whole);
    draft_text(draft, addresses, false, &document);
    if (buf_failed(&whole) || buf_failed(&document))
        return error_set(err, -1, "the document is longer than %d bytes", DRAFT_DOCUMENT_MAX);
    if (check_whole(&whole, err) < 0)
        return -1;
    buf_add(ret, buf_text(&document), document.length);
    return buf_failed(ret) ? error_set(err, -1, "the document is longer than %zu bytes", ret->maximum) : 0;
}

static void left_macs(const struct draft *draft, struct buf *ret) {
    unsigned machines = draft->masters + draft->workers;
    if (draft->n_macs >= machines)
        return;
    buf_addf(ret, "/nodes/%zu/mac", draft->n_macs);
    if (draft->n_macs + 1 < machines)
        buf_addf(ret, " to /nodes/%u/mac", machines - 1);
    buf_adds(ret, ": not known; write the MAC of the card that the machine boots from, or give --mac\n");
}

static void left_network(const struct draft *draft, struct buf *ret) {
    if (!draft->gateway.s_addr)
        buf_addf(ret,
                 "/network/gateway%s: no default route by the seed's link; add the router's address, or machines "
                 "reach their own segment alone\n",
                 draft->n_nameservers ? "" : ", /network/nameservers");
    else if (!draft->n_nameservers)
        buf_adds(ret, "/network/nameservers: none that machines could ask is in this machine's resolv.conf; add one, "
                      "or pods resolve the cluster's names alone\n");
}

void draft_left(const struct draft *draft, struct buf *ret) {
    left_macs(draft, ret);
    buf_addf(ret,
             "/vip, /nodes: nobody on the network was asked who has these addresses, nor who has virtual_router_id "
             "%u, the VIP's last number; compare them with those of the segment\n",
             draft_router_id(draft));
    left_network(draft, ret);
    if (!draft->seed_ca)
        buf_adds(ret, "/network/seed_ca: no authority is here, so machines trust any host that answers as the seed; "
                      "add the line that seedctl init prints\n");
    if (draft->release_assumed)
        buf_addf(ret, "/release: none is found here, so it is %s; seedctl release add brings its layers\n",
                 draft->release);
    if (draft->masters == 1)
        buf_adds(ret, "/nodes: warning: one master tolerates no failure; three tolerate one\n");
    else if (draft->masters % 2 == 0)
        buf_addf(ret, "/nodes: warning: %u masters tolerate no more failures than %u; use an odd number\n",
                 draft->masters, draft->masters - 1);
}
