/* SPDX-License-Identifier: Apache-2.0
 * See site_nodes.h. */
#include "site_nodes.h"

#include "check.h"
#include "role_lists.h"
#include "site_network.h"
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_PRIORITY = 150, POD_PREFIXLEN = 24 };

static void read_labels(struct site_node *node, const struct cursor *at) {
    struct cursor labels = cursor_key(at, "labels");
    size_t n;
    free(role_read_pairs(&labels, check_label_key, check_label_value, &n));
    node->labels = labels.item;
}

static void read_taints(struct site_node *node, const struct cursor *at) {
    struct cursor taints = cursor_key(at, "taints");
    size_t n;
    free(role_read_texts(&taints, ROLE_TAINTS_MAX, check_taint, &n));
    node->taints = taints.item;
}

static void read_disk(struct site_node *node, const struct cursor *at) {
    static const char *const grant[] = {"wipe", NULL};
    struct cursor disk = cursor_key(at, "disk");
    node->diskless = cursor_boolean(at, "diskless", false);
    node->install = cursor_boolean(at, "install", false);
    if (node->install && node->diskless)
        cursor_fail(at, "`install` for a machine that is `diskless`; remove one of the two");
    if (!disk.item)
        return;
    role_read_disk(at, grant, &node->selector);
    if (!cJSON_IsObject(disk.item))
        return;
    node->disk = disk.item;
    node->wipe = cursor_string(&disk, "wipe", check_nonce, NULL);
    if (!disk.item->child)
        cursor_fail(&disk, "an empty selector fits every disk; name one, or remove it");
    if (node->wipe && !node->selector.serial && !node->selector.wwn)
        cursor_fail(&disk, "`wipe` without `serial` or `wwn`; a grant names the one disk that it is for");
    if (node->diskless)
        cursor_fail(&disk, "given for a machine that is `diskless`; remove one of the two");
}

/* Changes the text in the tree to lower case, so that every later reader gets the canonical form. */
static const char *read_mac(const struct cursor *at) {
    const char *mac = cursor_string(at, "mac", check_mac, reader_required);
    if (!mac)
        return NULL;
    char *text = cJSON_GetObjectItemCaseSensitive(at->item, "mac")->valuestring, lower[NET_MAC_SIZE];
    if (net_mac_parse(text, lower))
        memcpy(text, lower, NET_MAC_SIZE);
    return text;
}

/* What the claim of the machine must say, too. */
static void read_identity(struct site_node *node, const struct cursor *at) {
    const char *uuid = cursor_string(at, "uuid", check_uuid, NULL);
    for (size_t i = 0; uuid && uuid[i] && i < sizeof(node->uuid) - 1; i++)
        node->uuid[i] = (char)tolower((unsigned char)uuid[i]);
    node->serial = cursor_string(at, "serial", check_serial, NULL);
}

static void read_node(const struct site *site, struct site_node *node, const struct cursor *at) {
    static const char *const keys[] = {"hostname", "role",    "mac",           "address", "interface", "labels",
                                       "taints",   "kubelet", "vrrp_priority", "disk",    "diskless",  "install",
                                       "uuid",     "serial",  "pod_cidr",      "retired", "network",   "power",
                                       NULL};
    if (!cursor_object(at, keys))
        return;
    node->hostname = cursor_string(at, "hostname", check_label, reader_required);
    node->role = (enum node_role)cursor_choice(at, "role", node_role_names, READER_REQUIRED);
    node->mac = read_mac(at);
    const char *address = cursor_string(at, "address", check_address_cidr, reader_required);
    if (address && net_cidr_parse(address, &node->address))
        net_address_text(node->address.in, node->address_text);
    node->interface = cursor_string(at, "interface", check_interface, NULL);
    node->vrrp_priority = (uint8_t)cursor_number(at, "vrrp_priority", 1, 254, 0);
    const char *pods = cursor_string(at, "pod_cidr", check_subnet, NULL);
    snprintf(node->pod_cidr, sizeof(node->pod_cidr), "%s", pods ? pods : "");
    node->retired = cursor_boolean(at, "retired", false);
    site_read_network(site, node, at);
    read_identity(node, at);
    read_labels(node, at);
    read_taints(node, at);
    read_disk(node, at);
    power_read(&node->power, at);
    struct cursor kubelet = cursor_key(at, "kubelet"), priority = cursor_key(at, "vrrp_priority");
    node->kubelet = kubelet.item;
    role_check_kubelet(&kubelet);
    if (priority.item && node->role == NODE_WORKER)
        cursor_fail(&priority, "a worker takes no part in VRRP; remove it");
}

/* The first master gets the highest priority, as the article intends: 150, 149, 148 ... (the higher number wins, RFC
 * 5798). */
static void fill_priorities(struct site *site) {
    unsigned next = FIRST_PRIORITY;
    for (size_t i = 0; i < site->n_nodes; i++) {
        struct site_node *node = &site->nodes[i];
        if (node->role != NODE_MASTER)
            continue;
        site->n_masters += !node->retired;
        if (node->vrrp_priority == 0)
            node->vrrp_priority = (uint8_t)next;
        next -= next > 1;
    }
}

/* A node that says it has its own one, which is a /24 of the pods' subnet. */
static void check_pod_cidr(const struct site *site, size_t i, const struct cursor *root) {
    const char *text = site->nodes[i].pod_cidr;
    char pointer[64];
    struct cidr pods;
    snprintf(pointer, sizeof(pointer), "/nodes/%zu/pod_cidr", i);
    if (!site->cni_bridge)
        reader_fail(root->reader, pointer, "given, and cni type none leaves pods to an addon; remove it");
    else if (!net_cidr_parse(text, &pods) || pods.prefixlen != POD_PREFIXLEN ||
             !net_cidr_contains(&site->pod_subnet, pods.in))
        reader_fail(root->reader, pointer, "`%s` is no /24 of /cluster/pod_subnet; give it one of them", text);
}

/* No two nodes have one, whether they say it or get it by their place. */
static void check_pod_cidrs_differ(const struct site *site, const struct cursor *root) {
    for (size_t i = 0; i < site->n_nodes; i++)
        for (size_t k = 0; k < i; k++)
            if (site->nodes[i].pod_cidr[0] && !strcmp(site->nodes[i].pod_cidr, site->nodes[k].pod_cidr)) {
                char pointer[64];
                snprintf(pointer, sizeof(pointer), "/nodes/%zu/pod_cidr", i);
                reader_fail(root->reader, pointer,
                            "%s is also that of /nodes/%zu; give each of the two its own, since a node without "
                            "`pod_cidr` gets one by its place",
                            site->nodes[i].pod_cidr, k);
            }
}

/* Node i gets the (i + 1)-th /24, unless it says another one. The first one stays free, so that no pod's address looks
 * like that of the subnet. */
static void fill_pod_cidrs(struct site *site, const struct cursor *root) {
    for (size_t i = 0; i < site->n_nodes; i++) {
        struct cidr pods;
        if (site->nodes[i].pod_cidr[0])
            continue;
        if (net_cidr_subnet(&site->pod_subnet, (uint32_t)i + 1, POD_PREFIXLEN, &pods)) {
            net_cidr_text(&pods, site->nodes[i].pod_cidr);
            continue;
        }
        char subnet[NET_CIDR_SIZE];
        net_cidr_text(&site->pod_subnet, subnet);
        reader_fail(root->reader, "/cluster/pod_subnet",
                    "%s is too small for one /24 for each of %zu nodes, the first left free; give a larger one", subnet,
                    site->n_nodes);
        return;
    }
}

void site_read_nodes(struct site *site, const struct cursor *root) {
    struct cursor list = cursor_key(root, "nodes");
    size_t n;
    if (!list.item)
        cursor_fail(&list, "missing; add the key `nodes`");
    cursor_array(&list, SITE_NODES_MAX, &n);
    if (n == 0)
        return;
    site->nodes = calloc(n, sizeof(*site->nodes));
    if (!site->nodes) {
        cursor_fail(&list, "out of memory; free some and try again");
        return;
    }
    site->n_nodes = n;
    for (size_t i = 0; i < n; i++) {
        struct cursor at = cursor_index(&list, i);
        site->nodes[i].place = i;
        read_node(site, &site->nodes[i], &at);
    }
    fill_priorities(site);
    for (size_t i = 0; i < n; i++)
        if (site->nodes[i].pod_cidr[0])
            check_pod_cidr(site, i, root);
    if (site->cni_bridge && site->pod_subnet.prefixlen > 0)
        fill_pod_cidrs(site, root);
    if (root->reader->n == 0)
        check_pod_cidrs_differ(site, root);
}
