/* SPDX-License-Identifier: Apache-2.0
 * See role.h. The order of the document is the order of the readers below; seed/site/compose.c writes it. */
#include "role.h"

#include "check.h"
#include "json.h"
#include "net.h"
#include "reader.h"
#include "role_lists.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MILLISECONDS_MAX (INT64_C(1) << 52) /* JSON numbers are doubles */

static void read_head(struct role *role, const struct cursor *root) {
    static const char *const kinds[] = {ROLE_KIND, NULL};
    cursor_choice(root, "kind", kinds, READER_REQUIRED);
    cursor_number(root, "version", ROLE_VERSION, ROLE_VERSION, READER_REQUIRED);
    role->site = cursor_string(root, "site", check_label, reader_required);
    role->release = cursor_string(root, "release", check_release, reader_required);
    role->kubeadm_api = cursor_string(root, "kubeadm_api", check_api, reader_required);
    role->runtime = (enum runtime)cursor_choice(root, "runtime", runtime_names, READER_REQUIRED);
    role->style = (enum style)cursor_choice(root, "style", style_names, READER_REQUIRED);
}

static void read_node(struct role *role, const struct cursor *root) {
    static const char *const keys[] = {"hostname",      "role",     "mac",      "address", "prefixlen",
                                       "interface",     "pod_cidr", "labels",   "taints",  "kubelet",
                                       "vrrp_priority", "disk",     "diskless", NULL};
    static const char *const nothing_more[] = {NULL};
    struct cursor node = cursor_key(root, "node");
    if (!cursor_object(&node, keys))
        return;
    role->hostname = cursor_string(&node, "hostname", check_label, reader_required);
    role->role = (enum node_role)cursor_choice(&node, "role", node_role_names, READER_REQUIRED);
    role->mac = cursor_string(&node, "mac", check_mac, reader_required);
    role_read_address(&node, &role->address);
    role->interface = cursor_string(&node, "interface", check_interface, NULL);
    role->pod_cidr = cursor_string(&node, "pod_cidr", check_subnet, NULL);
    role->vrrp_priority =
        (uint8_t)cursor_number(&node, "vrrp_priority", 1, 254, role->role == NODE_MASTER ? READER_REQUIRED : 0);
    struct cursor labels = cursor_key(&node, "labels"), taints = cursor_key(&node, "taints");
    struct cursor kubelet = cursor_key(&node, "kubelet");
    role->labels = role_read_pairs(&labels, check_label_key, check_label_value, &role->n_labels);
    role->default_taints = !taints.item;
    role->taints = role_read_texts(&taints, ROLE_TAINTS_MAX, check_taint, &role->n_taints);
    role->kubelet = kubelet.item;
    role_check_kubelet(&kubelet);
    role_read_disk(&node, nothing_more, &role->disk);
    role->diskless = cursor_boolean(&node, "diskless", false);
}

static void read_network(struct role *role, const struct cursor *root) {
    static const char *const keys[] = {"gateway", "nameservers", "search", "time_servers", "seed", NETWORK_KEYS, NULL};
    static const struct network nothing;
    struct cursor network = cursor_key(root, "network"), search = cursor_key(&network, "search");
    if (!cursor_object(&network, keys))
        return;
    struct cursor nameservers = cursor_key(&network, "nameservers"), times = cursor_key(&network, "time_servers");
    struct prefix own = net_prefix_of(role->address.in, role->address.prefixlen);
    network_read(&network, &nothing, &role->network);
    network_check(&network, &role->network, role->mac ? role->mac : "", &own);
    network_own_card_first(&role->network, role->mac ? role->mac : "");
    role->search = role_read_texts(&search, ROLE_SEARCH_MAX, check_dns_name, &role->n_search);
    role->gateway = cursor_string(&network, "gateway", check_address, NULL);
    if (role->gateway)
        net_prefix_parse_host(role->gateway, &role->network.gateway);
    role->nameservers = role_read_texts(&nameservers, ROLE_NAMESERVERS_MAX, check_address, &role->n_nameservers);
    role->time_servers = role_read_texts(&times, ROLE_TIME_SERVERS_MAX, check_host, &role->n_time_servers);
    role->seed = cursor_string(&network, "seed", check_url, reader_required);
}

static void read_cluster(struct role *role, const struct cursor *root) {
    static const char *const keys[] = {"name",       "control_plane_endpoint", "pod_subnet", "service_subnet",
                                       "dns_domain", KUBEADM_OPTION_KEYS,      NULL};
    static const char *const cni_keys[] = {"type", NULL};
    struct cursor cluster = cursor_key(root, "cluster"), cni = cursor_key(root, "cni");
    if (cursor_object(&cluster, keys)) {
        role->cluster_name = cursor_string(&cluster, "name", check_label, reader_required);
        role->control_plane_endpoint =
            cursor_string(&cluster, "control_plane_endpoint", check_endpoint, reader_required);
        role->pod_subnet = cursor_string(&cluster, "pod_subnet", check_subnet, reader_required);
        role->service_subnet = cursor_string(&cluster, "service_subnet", check_subnet, reader_required);
        role->dns_domain = cursor_string(&cluster, "dns_domain", check_dns_name, reader_required);
        kubeadm_options_read(&cluster, role->release, role->runtime == RUNTIME_DOCKER, &role->kubeadm);
    }
    if (cursor_object(&cni, cni_keys))
        role->cni_bridge = cursor_choice(&cni, "type", cni_names, READER_REQUIRED) == 0;
    if (role->cni_bridge != !!role->pod_cidr)
        reader_fail(root->reader, "/node/pod_cidr", "%s; compose the role again",
                    role->cni_bridge ? "missing with cni type bridge" : "given without cni type bridge");
}

static void read_vip(struct role *role, const struct cursor *root) {
    static const char *const keys[] = {
        "address", "virtual_router_id", "style", "advert_interval_ms", "interface", "image", NULL};
    struct cursor vip = cursor_key(root, "vip");
    if (!cursor_object(&vip, keys))
        return;
    role->vip.text = cursor_string(&vip, "address", check_address, reader_required);
    if (role->vip.text)
        net_address_parse(role->vip.text, &role->vip.in);
    role->vip.prefixlen = role->address.prefixlen;
    role->virtual_router_id = (uint8_t)cursor_number(&vip, "virtual_router_id", 1, 255, READER_REQUIRED);
    role->vip_style = (enum vip_style)cursor_choice(&vip, "style", vip_style_names, READER_REQUIRED);
    role->advert_interval_ms = (unsigned)cursor_number(&vip, "advert_interval_ms", 100, 10000, READER_REQUIRED);
    role->vip_interface = cursor_string(&vip, "interface", check_interface, NULL);
    role->keepalived_image = cursor_string(&vip, "image", check_image, reader_required);
}

static void read_haproxy(struct role *role, const struct cursor *root) {
    static const char *const keys[] = {"bind_port", "stats_port", "stats_address", "image", NULL};
    struct cursor haproxy = cursor_key(root, "haproxy");
    if (!cursor_object(&haproxy, keys))
        return;
    role->haproxy_port = (uint16_t)cursor_number(&haproxy, "bind_port", 1, 65535, READER_REQUIRED);
    role->stats_port = (uint16_t)cursor_number(&haproxy, "stats_port", 1, 65535, READER_REQUIRED);
    role->stats_address = cursor_string(&haproxy, "stats_address", check_listen, reader_required);
    role->haproxy_image = cursor_string(&haproxy, "image", check_image, reader_required);
}

/* A role document that does not list its own machine, or lists it differently, was not composed by the seed. */
static void check_self(const struct role *role, struct reader *reader) {
    size_t masters = 0;
    const struct role_peer *self = NULL;
    for (size_t i = 0; i < role->n_peers; i++) {
        const struct role_peer *peer = &role->peers[i];
        masters += peer->role == NODE_MASTER;
        if (peer->hostname && role->hostname && !strcmp(peer->hostname, role->hostname))
            self = peer;
    }
    if (!self || self->role != role->role || self->address.in.s_addr != role->address.in.s_addr)
        reader_fail(reader, "/peers", "this machine is not among them as /node has it; compose the role again");
    if (masters == 0)
        reader_fail(reader, "/peers", "no master among them; compose the role again");
}

static void read_role(struct role *role, struct reader *reader) {
    static const char *const keys[] = {"kind",   "version", "site",   "release", "kubeadm_api", "runtime",    "style",
                                       "node",   "network", "vip",    "haproxy", "cluster",     "cni",        "peers",
                                       "layers", "images",  "addons", "boot",    "registries",  "secrets_ms", NULL};
    struct cursor root = cursor_root(reader, role->tree);
    if (!cursor_object(&root, keys))
        return;
    read_head(role, &root);
    read_node(role, &root);
    read_network(role, &root);
    read_cluster(role, &root);
    read_vip(role, &root);
    read_haproxy(role, &root);
    role->peers = role_read_peers(&root, &role->n_peers);
    role->layers = role_read_layers(&root, &role->n_layers);
    role_read_boot(&root, &role->boot);
    role->addons = role_read_addons(&root, &role->n_addons);
    struct cursor registries = cursor_key(&root, "registries");
    role->registries = registries_read(&registries, &role->n_registries);
    role->secrets_ms = cursor_number(&root, "secrets_ms", 0, MILLISECONDS_MAX, 0);
    struct cursor images = cursor_key(&root, "images");
    role->images = role_read_texts(&images, ROLE_IMAGES_MAX, check_image, &role->n_images);
    if (reader->n == 0)
        check_self(role, reader);
}

int role_parse(const char *text, size_t length, struct role **ret_role, struct error *err) {
    cleanup_role struct role *role = calloc(1, sizeof(*role));
    struct problem problem;
    struct reader reader = {.list = &problem, .capacity = 1};
    struct error syntax = {0};
    if (!role)
        return error_errno(err, ENOMEM, "parse role");
    if (json_parse(text, length, &role->tree, &syntax) < 0)
        reader_fail_syntax(&reader, &syntax);
    else
        read_role(role, &reader);
    if (reader.n > 0) {
        error_set(err, EINVAL, "%s: %s", problem.pointer, problem.cause);
        return error_remedy(err, "%s", problem.remedy);
    }
    *ret_role = role;
    role = NULL;
    return 0;
}

void role_free(struct role *role) {
    if (!role)
        return;
    for (size_t i = 0; i < role->n_addons && role->addons; i++)
        free(role->addons[i].replace);
    free(role->addons);
    free(role->labels);
    free(role->taints);
    free(role->nameservers);
    free(role->search);
    free(role->time_servers);
    free(role->peers);
    free(role->layers);
    free(role->images);
    free(role->registries);
    cJSON_Delete(role->tree);
    free(role);
}

const char *role_image(const struct role *role, const char *part) {
    for (size_t i = 0; i < role->n_images; i++)
        if (strstr(role->images[i], part))
            return role->images[i];
    return NULL;
}
