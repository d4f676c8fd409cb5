/* SPDX-License-Identifier: Apache-2.0
 * See compose.h. Keys in the order that lib/role.c reads them; optional keys are left out, never null. */
#include "compose.h"

#include "json.h"
#include "site_network.h"
#include <errno.h>
#include <string.h>

/* cJSON returns NULL when memory runs out, at any call; `ok` remembers it. */
struct composer {
    const struct site *site;
    const struct release *release;
    const struct site_node *node;
    const char *peers; /* the text of the list, or NULL */
    bool ok;
};

static void add(struct composer *c, cJSON *object, const char *key, cJSON *item) {
    if (item && cJSON_AddItemToObject(object, key, item))
        return;
    cJSON_Delete(item);
    c->ok = false;
}

static void compose_append(struct composer *c, cJSON *array, cJSON *item) {
    if (item && cJSON_AddItemToArray(array, item))
        return;
    cJSON_Delete(item);
    c->ok = false;
}

static void add_text(struct composer *c, cJSON *object, const char *key, const char *text) {
    if (text)
        add(c, object, key, cJSON_CreateString(text));
}

static void add_number(struct composer *c, cJSON *object, const char *key, double value) {
    add(c, object, key, cJSON_CreateNumber(value));
}

static void add_copy(struct composer *c, cJSON *object, const char *key, const cJSON *item) {
    if (item)
        add(c, object, key, cJSON_Duplicate(item, true));
}

static void add_subnet(struct composer *c, cJSON *object, const char *key, const struct cidr *cidr) {
    char text[NET_CIDR_SIZE];
    net_cidr_text(cidr, text);
    add_text(c, object, key, text);
}

static void add_address(struct composer *c, cJSON *object, const char *key, struct in_addr in) {
    char text[NET_ADDRESS_SIZE];
    net_address_text(in, text);
    add_text(c, object, key, text);
}

/* The fields that node and peers have in common. */
static void add_identity(struct composer *c, cJSON *object, const struct site_node *node) {
    add_text(c, object, "address", node->address_text);
    add_number(c, object, "prefixlen", node->address.prefixlen);
    if (node->pod_cidr[0])
        add_text(c, object, "pod_cidr", node->pod_cidr);
    if (node->role == NODE_MASTER)
        add_number(c, object, "vrrp_priority", node->vrrp_priority);
}

/* The role document has no wipe grant: a machine asks the seed for it. */
static void add_disk(struct composer *c, cJSON *object, const struct site_node *node) {
    add_copy(c, object, "disk", node->disk);
    cJSON_DeleteItemFromObjectCaseSensitive(cJSON_GetObjectItemCaseSensitive(object, "disk"), "wipe");
    if (node->diskless)
        add(c, object, "diskless", cJSON_CreateTrue());
}

static cJSON *compose_node(struct composer *c) {
    const struct site_node *node = c->node;
    cJSON *object = cJSON_CreateObject();
    add_text(c, object, "hostname", node->hostname);
    add_text(c, object, "role", node_role_names[node->role]);
    add_text(c, object, "mac", node->mac);
    add_identity(c, object, node);
    add_text(c, object, "interface", node->interface);
    add_copy(c, object, "labels", node->labels);
    add_copy(c, object, "taints", node->taints);
    add_copy(c, object, "kubelet", node->kubelet);
    add_disk(c, object, node);
    return object;
}

/* All of it that counts for the machine: what all have, and its own. */
static void add_bond(struct composer *c, cJSON *object) {
    const struct network_bond *bond = &c->node->network.links[0].bond;
    if (!bond->n)
        return;
    cJSON *item = cJSON_CreateObject(), *cards = cJSON_CreateArray();
    add_text(c, item, "mode", bond_mode_names[bond->mode]);
    if (bond->mode == BOND_LACP) {
        add_text(c, item, "lacp_rate", bond_rate_names[bond->fast]);
        add_text(c, item, "transmit_hash_policy", bond_policy_names[bond->policy]);
    }
    for (size_t i = 0; i < bond->n; i++)
        compose_append(c, cards, cJSON_CreateString(bond->cards[i]));
    add(c, item, "cards", cards);
    add(c, object, "bond", item);
}

static cJSON *compose_network(struct composer *c) {
    cJSON *object = cJSON_CreateObject();
    if (c->site->has_gateway)
        add_address(c, object, "gateway", c->site->gateway);
    for (const char *const *key = site_network_keys; *key; key++)
        add_copy(c, object, *key, site_network_key(c->site, c->node, *key));
    add_bond(c, object);
    add_copy(c, object, "time_servers", c->site->time_servers);
    add_text(c, object, "seed", c->site->seed);
    return object;
}

static cJSON *compose_cluster(struct composer *c) {
    cJSON *object = cJSON_CreateObject();
    add_text(c, object, "name", c->site->cluster_name);
    add_text(c, object, "control_plane_endpoint", c->site->control_plane_endpoint);
    add_subnet(c, object, "pod_subnet", &c->site->pod_subnet);
    add_subnet(c, object, "service_subnet", &c->site->service_subnet);
    add_text(c, object, "dns_domain", c->site->dns_domain);
    for (const char *const *key = kubeadm_option_keys; *key; key++)
        add_copy(c, object, *key, cJSON_GetObjectItemCaseSensitive(c->site->cluster, *key));
    return object;
}

static const char *image(const char *own, const struct composer *c, const char *build) {
    return own ? own : release_image_of(c->release, build);
}

static cJSON *compose_vip(struct composer *c) {
    const struct site *site = c->site;
    cJSON *object = cJSON_CreateObject();
    add_address(c, object, "address", site->vip);
    add_number(c, object, "virtual_router_id", site->virtual_router_id);
    add_text(c, object, "style", vip_style_names[site->vip_style]);
    add_number(c, object, "advert_interval_ms", site->advert_interval_ms);
    add_text(c, object, "interface", site->vip_interface);
    add_text(c, object, "image", image(site->keepalived_image, c, "keepalived"));
    return object;
}

static cJSON *compose_haproxy(struct composer *c) {
    const struct site *site = c->site;
    cJSON *object = cJSON_CreateObject();
    add_number(c, object, "bind_port", site->haproxy_port);
    add_number(c, object, "stats_port", site->stats_port);
    add_text(c, object, "stats_address", site->stats_address);
    add_text(c, object, "image", image(site->haproxy_image, c, "haproxy"));
    return object;
}

static cJSON *peers_of(struct composer *c) {
    cJSON *array = cJSON_CreateArray();
    for (size_t i = 0; i < c->site->n_nodes; i++) {
        const struct site_node *node = &c->site->nodes[i];
        cJSON *object = cJSON_CreateObject();
        add_text(c, object, "hostname", node->hostname);
        add_text(c, object, "role", node_role_names[node->role]);
        add_identity(c, object, node);
        compose_append(c, array, object);
    }
    return array;
}

static bool wanted(const struct composer *c, bool master, bool worker) {
    return c->node->role == NODE_MASTER ? master : worker;
}

static cJSON *compose_layer(struct composer *c, const struct release_layer *layer) {
    cJSON *object = cJSON_CreateObject();
    add_text(c, object, "name", layer->name);
    add_text(c, object, "sha256", layer->sha256);
    add_number(c, object, "size", (double)layer->size);
    add_text(c, object, "kernel", layer->kernel);
    return object;
}

static cJSON *compose_layers(struct composer *c) {
    cJSON *array = cJSON_CreateArray();
    for (size_t i = 0; i < c->release->n_layers; i++) {
        const struct release_layer *layer = &c->release->layers[i];
        if (layer->profile == RELEASE_NO_PROFILE && wanted(c, layer->master, layer->worker))
            compose_append(c, array, compose_layer(c, layer));
    }
    return array;
}

/* The boot layer that the machine installs on its disk; NULL: the release has none for the site's profile. */
static const struct release_layer *boot_layer(const struct composer *c) {
    for (size_t i = 0; i < c->release->n_layers; i++)
        if (c->release->layers[i].profile == (int)c->site->boot_profile)
            return &c->release->layers[i];
    return NULL;
}

static cJSON *compose_images(struct composer *c) {
    cJSON *array = cJSON_CreateArray();
    for (size_t i = 0; i < c->release->n_images; i++) {
        const struct release_image *entry = &c->release->images[i];
        if (wanted(c, entry->master, entry->worker))
            compose_append(c, array, cJSON_CreateString(entry->name));
    }
    return array;
}

/* Only masters apply addons, so the role documents of workers have none. */
static cJSON *compose_addons(struct composer *c) {
    cJSON *array = cJSON_CreateArray();
    for (size_t i = 0; i < c->site->n_addons && c->node->role == NODE_MASTER; i++) {
        const struct site_addon *addon = &c->site->addons[i];
        cJSON *object = cJSON_CreateObject();
        add_text(c, object, "name", addon->name);
        add_text(c, object, "manifest", addon->manifest);
        add_copy(c, object, "replace", addon->replace);
        compose_append(c, array, object);
    }
    return array;
}

static cJSON *compose(struct composer *c) {
    cJSON *root = cJSON_CreateObject(), *cni = cJSON_CreateObject();
    add_text(c, root, "kind", ROLE_KIND);
    add_number(c, root, "version", ROLE_VERSION);
    add_text(c, root, "site", c->site->name);
    add_text(c, root, "release", c->release->name);
    add_text(c, root, "kubeadm_api", c->release->kubeadm_api);
    add_text(c, root, "runtime", runtime_names[c->site->runtime]);
    add_text(c, root, "style", style_names[c->site->style]);
    add(c, root, "node", compose_node(c));
    add(c, root, "network", compose_network(c));
    add(c, root, "cluster", compose_cluster(c));
    add_text(c, cni, "type", cni_names[c->site->cni_bridge ? 0 : 1]);
    add(c, root, "cni", cni);
    add(c, root, "vip", compose_vip(c));
    add(c, root, "haproxy", compose_haproxy(c));
    add(c, root, "peers", c->peers ? cJSON_CreateRaw(c->peers) : peers_of(c));
    add(c, root, "layers", compose_layers(c));
    add(c, root, "images", compose_images(c));
    add(c, root, "addons", compose_addons(c));
    add_copy(c, root, "registries", c->site->registries_tree);
    if (c->site->secrets_ms)
        add_number(c, root, "secrets_ms", (double)c->site->secrets_ms);
    if (c->node->install && boot_layer(c))
        add(c, root, "boot", compose_layer(c, boot_layer(c)));
    return root;
}

/* kubeadm asks for REPOSITORY/NAME:TAG, and a machine has what the layers hold. */
static int check_images(const struct composer *c, struct error *err) {
    const char *repository = c->site->kubeadm.image_repository;
    for (size_t i = 0; repository && i < c->release->n_images; i++) {
        const char *name = c->release->images[i].name, *build = c->release->images[i].build;
        if (!build || release_image_is_in(name, build, repository))
            continue;
        error_set(err, EINVAL, "/cluster/image_repository: the layers of `%s` hold `%s`, which is not in `%s`",
                  c->release->name, name, repository);
        return error_remedy(err, "give the repository of that image, or rename the images in the release's file and "
                                 "build its layers again");
    }
    return 0;
}

static int check(const struct composer *c, struct error *err) {
    const struct site *site = c->site;
    if (!c->release->runtimes[site->runtime]) {
        error_set(err, EINVAL, "/runtime: release `%s` has no layers for %s", c->release->name,
                  runtime_names[site->runtime]);
        return error_remedy(err, "use the other runtime");
    }
    if (!image(site->haproxy_image, c, "haproxy") || !image(site->keepalived_image, c, "keepalived")) {
        error_set(err, EINVAL, "release `%s` has no image for HAProxy or Keepalived", c->release->name);
        return error_remedy(err, "name them in /haproxy/image and /vip/image");
    }
    if (check_images(c, err) < 0)
        return -1;
    if (c->node->install && c->release->built && !boot_layer(c)) {
        error_set(err, EINVAL, "/nodes: `%s` wants `install`, release `%s` has nothing to boot for the profile `%s`",
                  c->node->hostname, c->release->name, boot_profile_names[site->boot_profile]);
        return error_remedy(err, "run make boot");
    }
    for (size_t i = 0; i < site->n_addons && c->node->role == NODE_MASTER; i++)
        if (!site->addons[i].manifest) {
            error_set(err, EINVAL, "/addons/%zu/manifest: file `%s` was not read", i, site->addons[i].file);
            return error_remedy(err, "this program must call site_resolve() first");
        }
    return 0;
}

int compose_is_for(const struct site *site, const struct release *release, struct error *err) {
    if (!strcmp(site->release, release->name))
        return 0;
    error_set(err, EINVAL, "/release: the site wants `%s`, the release at hand is `%s`", site->release, release->name);
    return error_remedy(err, "give the release's own file, or change the site");
}

int compose_check(const struct site *site, const struct release *release, const struct site_node *node,
                  struct error *err) {
    const struct composer c = {.site = site, .release = release, .node = node};
    return check(&c, err);
}

int compose_peers(const struct site *site, struct buf *ret_json, struct error *err) {
    struct composer c = {.site = site, .ok = true};
    cleanup_json cJSON *list = peers_of(&c);
    char *text = c.ok ? cJSON_PrintUnformatted(list) : NULL;
    if (text)
        buf_adds(ret_json, text);
    cJSON_free(text);
    return !text || buf_failed(ret_json) ? error_errno(err, ENOMEM, "compose the list of machines") : 0;
}

int compose_role(const struct site *site, const struct release *release, const struct site_node *node,
                 const char *peers, struct buf *ret_json, struct error *err) {
    struct composer c = {.site = site, .release = release, .node = node, .peers = peers, .ok = true};
    if (check(&c, err) < 0)
        return -1;
    cleanup_json cJSON *root = compose(&c);
    char *text = c.ok ? cJSON_PrintUnformatted(root) : NULL;
    if (!text)
        return error_errno(err, ENOMEM, "compose role of `%s`", node->hostname);
    size_t length = strlen(text);
    if (length > JSON_MAXIMUM) {
        cJSON_free(text);
        error_set(err, EFBIG, "role of `%s` is %zu bytes; at most %d are accepted", node->hostname, length,
                  JSON_MAXIMUM);
        return error_remedy(err, "make the addons' manifests smaller");
    }
    buf_add(ret_json, text, length);
    cJSON_free(text);
    return buf_failed(ret_json) ? error_errno(err, ENOMEM, "compose role of `%s`", node->hostname) : 0;
}
