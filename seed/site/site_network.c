/* SPDX-License-Identifier: Apache-2.0
 * See site_network.h. */
#include "site_network.h"

#include "check.h"
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

const char *const site_network_keys[] = {"nameservers", "search", "vlan", "mtu", "addresses", "links", "routes", NULL};

const cJSON *site_network_key(const struct site *site, const struct site_node *node, const char *key) {
    const cJSON *own = node->own_network ? cJSON_GetObjectItemCaseSensitive(node->own_network, key) : NULL;
    return own ? own : cJSON_GetObjectItemCaseSensitive(site->network, key);
}

static void read_texts(const struct cursor *network, const char *key, size_t most, reader_check check) {
    struct cursor list = cursor_key(network, key);
    size_t n;
    cursor_array(&list, most, &n);
    for (size_t i = 0; i < n; i++) {
        struct cursor at = cursor_index(&list, i);
        cursor_text(&at, check);
    }
}

void site_read_resolver(const struct cursor *network) {
    read_texts(network, "nameservers", ROLE_NAMESERVERS_MAX, check_address);
    read_texts(network, "search", ROLE_SEARCH_MAX, check_dns_name);
}

void site_read_network(const struct site *site, struct site_node *node, const struct cursor *at) {
    static const char *const keys[] = {"nameservers", "search", NETWORK_KEYS, NULL};
    struct cursor network = cursor_key(at, "network"), interface = cursor_key(at, "interface");
    struct prefix own = net_prefix_of(node->address.in, node->address.prefixlen);
    if (network.item && !cursor_object(&network, keys))
        return;
    node->own_network = network.item;
    site_read_resolver(&network);
    network_read(&network, &site->defaults, &node->network);
    network_check(&network, &node->network, node->mac ? node->mac : "", &own);
    if (interface.item && (node->network.links[0].bond.n || node->network.links[0].vlan))
        cursor_fail(&interface, "the machine's link is the bond or VLAN of `network`; remove `interface`");
}

static void fail_network(struct reader *reader, size_t i, const char *cause, const char *value, const char *remedy) {
    char pointer[64];
    snprintf(pointer, sizeof(pointer), "/nodes/%zu/network", i);
    reader_fail(reader, pointer, "%s %s; %s", cause, value, remedy);
}

/* The further cards of a machine: each is reported to `visit` until that says true. */
static bool any_card(const struct site_node *node, bool (*visit)(const char *mac, const void *context),
                     const void *context) {
    for (size_t i = 0; i < node->network.n_links; i++) {
        const struct network_link *link = &node->network.links[i];
        if (link->mac[0] && visit(link->mac, context))
            return true;
        for (size_t k = 0; k < link->bond.n; k++)
            if (strcmp(link->bond.cards[k], node->mac ? node->mac : "") != 0 && visit(link->bond.cards[k], context))
                return true;
    }
    return false;
}

static bool is_card(const char *mac, const void *context) {
    return !strcmp(mac, context);
}

struct pair {
    const struct site_node *other;
    const char *found;
};

static bool is_card_of(const char *mac, const void *context) {
    struct pair *pair = (struct pair *)context;
    bool same = (pair->other->mac && !strcmp(mac, pair->other->mac)) || any_card(pair->other, is_card, mac);
    if (same)
        pair->found = mac;
    return same;
}

static bool has_address(const struct site_node *node, const struct prefix *address) {
    struct prefix own = net_prefix_of(node->address.in, node->address.prefixlen);
    if (net_prefix_same_address(&own, address))
        return true;
    for (size_t i = 0; i < node->network.n_links; i++)
        for (size_t k = 0; k < node->network.links[i].n_addresses; k++)
            if (net_prefix_same_address(&node->network.links[i].addresses[k], address))
                return true;
    return false;
}

static void check_pair(const struct site *site, size_t i, size_t k, struct reader *reader) {
    const struct site_node *node = &site->nodes[i], *other = &site->nodes[k];
    struct pair pair = {.other = other};
    char text[NET_PREFIX_SIZE];
    if (any_card(node, is_card_of, &pair))
        fail_network(reader, i, "another node has the card", pair.found, "a card is of one machine; correct one");
    for (size_t l = 0; l < node->network.n_links; l++)
        for (size_t a = 0; a < node->network.links[l].n_addresses; a++) {
            const struct prefix *address = &node->network.links[l].addresses[a];
            net_prefix_host_text(address, text);
            if (has_address(other, address))
                fail_network(reader, i, "another node has the address", text, "give each machine its own");
        }
}

/* Addresses that only the cluster, the VIP or the gateway may have. */
static void check_taken(const struct site *site, size_t i, struct reader *reader) {
    const struct prefix vip = net_prefix_of(site->vip, 32), gateway = net_prefix_of(site->gateway, 32),
                        pods = net_prefix_of(site->pod_subnet.in, site->pod_subnet.prefixlen),
                        services = net_prefix_of(site->service_subnet.in, site->service_subnet.prefixlen);
    const struct network *network = &site->nodes[i].network;
    char text[NET_PREFIX_SIZE];
    for (size_t l = 0; l < network->n_links; l++)
        for (size_t a = 0; a < network->links[l].n_addresses; a++) {
            const struct prefix *address = &network->links[l].addresses[a];
            net_prefix_host_text(address, text);
            if (net_prefix_same_address(address, &vip) || net_prefix_same_address(address, &gateway))
                fail_network(reader, i, "the VIP or the gateway has the address", text, "give the machine another");
            if (net_prefix_overlaps(address, &pods) || net_prefix_overlaps(address, &services))
                fail_network(reader, i, "its subnet overlaps the pods' or the Services':", text,
                             "choose a subnet apart from them");
        }
    for (size_t r = 0; r < network->n_routes; r++) {
        net_prefix_text(&network->routes[r].to, text);
        if (net_prefix_holds(&pods, &network->routes[r].to) || net_prefix_holds(&services, &network->routes[r].to))
            fail_network(reader, i, "a route into the cluster's own subnets:", text, "remove it");
    }
}

void site_check_networks(const struct site *site, struct reader *reader) {
    for (size_t i = 0; i < site->n_nodes; i++) {
        if (network_is_empty(&site->nodes[i].network) || site->nodes[i].retired)
            continue;
        check_taken(site, i, reader);
        for (size_t k = 0; k < site->n_nodes; k++)
            if (k != i && !site->nodes[k].retired)
                check_pair(site, i, k, reader);
    }
}
