/* SPDX-License-Identifier: Apache-2.0
 * See change.h. What is refused is compared as it takes effect, so that a default that somebody writes out is no
 * change.
 */
#include "change.h"

#include "cleanup.h"
#include "json.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { POINTER_MAX = 256, VALUE_MAX = 80 };

#define KEY(pattern, class, effect) {pattern, KEY_##class, effect},
const struct key_rule key_rules[] = {
#include "keys.def"
};
#undef KEY
const size_t n_key_rules = sizeof(key_rules) / sizeof(key_rules[0]);

static const char *const class_names[KEY_CLASSES] = {"free", "rolling", "reboot", "birth", "never"};
const char *key_class_name(enum key_class class) {
    return class_names[class];
}

/* Whether the pattern's words are the pointer's first ones. */
static bool fits(const char *pattern, const char *pointer) {
    while (*pattern) {
        if (*pattern == '*') {
            pattern++;
            pointer += strcspn(pointer, "/");
        } else if (*pattern++ != *pointer++) {
            return false;
        }
    }
    return !*pointer || *pointer == '/';
}

const struct key_rule *key_rule(const char *pointer) {
    const struct key_rule *best = NULL;
    for (size_t i = 0; i < n_key_rules; i++)
        if (fits(key_rules[i].pattern, pointer) && (!best || strlen(key_rules[i].pattern) > strlen(best->pattern)))
            best = &key_rules[i];
    return best;
}

/* --- what a living cluster cannot take --- */

static int refuse(const char *pointer, const char *was, const char *is, struct error *err) {
    error_set(err, EINVAL, "%s: `%s`, and the cluster lives with `%s`: %s", pointer, is, was,
              key_rule(pointer)->effect);
    return error_remedy(err, "write `%s` again; another value is for a new cluster", was);
}

static int same_text(const char *pointer, const char *was, const char *is, struct error *err) {
    return !strcmp(was, is) ? 0 : refuse(pointer, was, is, err);
}

static int same_number(const char *pointer, unsigned was, unsigned is, struct error *err) {
    char one[16], other[16];
    snprintf(one, sizeof(one), "%u", was);
    snprintf(other, sizeof(other), "%u", is);
    return was == is ? 0 : refuse(pointer, one, other, err);
}

static int same_subnet(const char *pointer, const struct cidr *was, const struct cidr *is, struct error *err) {
    char one[NET_CIDR_SIZE], other[NET_CIDR_SIZE];
    net_cidr_text(was, one);
    net_cidr_text(is, other);
    return same_text(pointer, one, other, err);
}

static int check_cluster(const struct site *old, const struct site *site, struct error *err) {
    char was[NET_ADDRESS_SIZE], is[NET_ADDRESS_SIZE];
    net_address_text(old->vip, was);
    net_address_text(site->vip, is);
    if (same_text("/site", old->name, site->name, err) < 0 ||
        same_text("/runtime", runtime_names[old->runtime], runtime_names[site->runtime], err) < 0 ||
        same_text("/style", style_names[old->style], style_names[site->style], err) < 0 ||
        same_text("/cluster/name", old->cluster_name, site->cluster_name, err) < 0 ||
        same_text("/vip/address", was, is, err) < 0 ||
        same_number("/haproxy/bind_port", old->haproxy_port, site->haproxy_port, err) < 0 ||
        same_text("/cluster/control_plane_endpoint", old->control_plane_endpoint, site->control_plane_endpoint, err) <
            0 ||
        same_subnet("/cluster/pod_subnet", &old->pod_subnet, &site->pod_subnet, err) < 0 ||
        same_subnet("/cluster/service_subnet", &old->service_subnet, &site->service_subnet, err) < 0 ||
        same_text("/cluster/dns_domain", old->dns_domain, site->dns_domain, err) < 0 ||
        same_number("/vip/virtual_router_id", old->virtual_router_id, site->virtual_router_id, err) < 0 ||
        same_text("/vip/style", vip_style_names[old->vip_style], vip_style_names[site->vip_style], err) < 0)
        return -1;
    return same_text("/cni", cni_names[!old->cni_bridge], cni_names[!site->cni_bridge], err);
}

static const struct site_node *find_name(const struct site *site, const char *hostname) {
    for (size_t i = 0; i < site->n_nodes; i++)
        if (!strcmp(site->nodes[i].hostname, hostname))
            return &site->nodes[i];
    return NULL;
}

/* It left the document, or has another name there. */
static int refuse_missing(const struct site_node *was, const struct site *site, struct error *err) {
    const struct site_node *renamed = site_find_mac(site, was->mac);
    if (renamed) {
        error_set(err, EINVAL, "/nodes/%zu/hostname: `%s`, and the machine with that MAC is the member `%s`: %s",
                  renamed->place, renamed->hostname, was->hostname, key_rule("/nodes/0/hostname")->effect);
        return error_remedy(err, "write `%s` again", was->hostname);
    }
    error_set(err, EINVAL, "/nodes: `%s` is missing, and is a member of the cluster", was->hostname);
    return error_remedy(err, "write it again; to take it away: seedctl retire %s, and then edit the site",
                        was->hostname);
}

static const cJSON *nodes_of(const struct site *site) {
    return cJSON_GetObjectItemCaseSensitive(site->tree, "nodes");
}

/* A priority that the document says may be changed. One that follows from a place in `nodes` may not move by itself. */
static int check_priority(const struct site_node *was, const struct site *site, const struct site_node *is,
                          struct error *err) {
    size_t index = is->place;
    if (was->vrrp_priority == is->vrrp_priority ||
        cJSON_HasObjectItem(cJSON_GetArrayItem(nodes_of(site), (int)index), "vrrp_priority"))
        return 0;
    error_set(err, EINVAL, "/nodes/%zu/vrrp_priority: %s has %u and would get %u by its new place", index,
              was->hostname, was->vrrp_priority, is->vrrp_priority);
    return error_remedy(err, "give it the line \"vrrp_priority\": %u", was->vrrp_priority);
}

static int check_node(const struct site_node *was, const struct site *site, const struct site_node *is,
                      struct error *err) {
    char pointer[POINTER_MAX];
    size_t index = is->place;
    snprintf(pointer, sizeof(pointer), "/nodes/%zu/role", index);
    if (same_text(pointer, node_role_names[was->role], node_role_names[is->role], err) < 0)
        return error_wrap(err, "%s", was->hostname);
    snprintf(pointer, sizeof(pointer), "/nodes/%zu/address", index);
    if (same_subnet(pointer, &was->address, &is->address, err) < 0)
        return error_wrap(err, "%s", was->hostname);
    if (!strcmp(was->pod_cidr, is->pod_cidr))
        return check_priority(was, site, is, err);
    error_set(err, EINVAL, "/nodes/%zu/pod_cidr: %s has pods in %s and would get %s", index, was->hostname,
              was->pod_cidr, is->pod_cidr);
    return error_remedy(err, "give it the line \"pod_cidr\": \"%s\"; then its place in `nodes` means nothing",
                        was->pod_cidr);
}

int change_check(const struct site *old, const struct site *site,
                 bool (*is_member)(const struct site_node *node, void *context), void *context, struct error *err) {
    if (check_cluster(old, site, err) < 0)
        return -1;
    for (size_t i = 0; i < old->n_nodes; i++) {
        const struct site_node *was = &old->nodes[i];
        if (is_member && !is_member(was, context))
            continue;
        const struct site_node *is = find_name(site, was->hostname);
        if (!is)
            return refuse_missing(was, site, err);
        if (check_node(was, site, is, err) < 0)
            return -1;
    }
    return 0;
}

/* --- what an edit does, for people --- */

static void print_value(const cJSON *value, struct buf *ret) {
    cleanup_free char *text = value ? cJSON_PrintUnformatted(value) : NULL;
    if (!text)
        buf_adds(ret, "nothing");
    else
        buf_addf(ret, "%.*s%s", VALUE_MAX, text, strlen(text) > VALUE_MAX ? "..." : "");
}

static void print_change(const char *pointer, const char *of, const cJSON *was, const cJSON *is, struct buf *ret) {
    const struct key_rule *rule = key_rule(pointer);
    buf_addf(ret, "%-8s %s%s%s: ", rule ? class_names[rule->class] : "?", pointer, of[0] ? " of " : "", of);
    print_value(was, ret);
    buf_adds(ret, " -> ");
    print_value(is, ret);
    if (rule && rule->effect[0])
        buf_addf(ret, "; %s", rule->effect);
    buf_adds(ret, "\n");
}

/* The differences of two values at one place. Elements of lists have no names: a list differs as a whole. */
static unsigned diff(const char *pointer, const char *of, const cJSON *was, const cJSON *is, struct buf *ret) {
    unsigned n = 0;
    const cJSON *key;
    char below[POINTER_MAX];
    if (cJSON_Compare(was, is, true))
        return 0;
    if (!cJSON_IsObject(was) || !cJSON_IsObject(is)) {
        print_change(pointer, of, was, is, ret);
        return 1;
    }
    cJSON_ArrayForEach(key, was) {
        snprintf(below, sizeof(below), "%s/%s", pointer, key->string);
        n += diff(below, of, key, cJSON_GetObjectItemCaseSensitive(is, key->string), ret);
    }
    cJSON_ArrayForEach(key, is) {
        if (cJSON_HasObjectItem(was, key->string))
            continue;
        snprintf(below, sizeof(below), "%s/%s", pointer, key->string);
        n += diff(below, of, NULL, key, ret);
    }
    return n;
}

static unsigned diff_nodes(const struct site *old, const struct site *site, struct buf *ret) {
    unsigned n = 0;
    for (size_t i = 0; i < site->n_nodes; i++) {
        const struct site_node *is = &site->nodes[i], *was = find_name(old, is->hostname);
        char pointer[POINTER_MAX];
        snprintf(pointer, sizeof(pointer), "/nodes/%zu", is->place);
        if (was) {
            n += diff(pointer, is->hostname, cJSON_GetArrayItem(nodes_of(old), (int)was->place),
                      cJSON_GetArrayItem(nodes_of(site), (int)is->place), ret);
            continue;
        }
        n++;
        buf_addf(ret, "%-8s %s: %s is new; it joins when it is powered on\n", class_names[KEY_FREE], pointer,
                 is->hostname);
    }
    for (size_t i = 0; i < old->n_nodes; i++)
        if (!find_name(site, old->nodes[i].hostname)) {
            n++;
            buf_addf(ret, "%-8s /nodes: %s is gone; a member cannot be before seedctl retire %s\n",
                     class_names[KEY_NEVER], old->nodes[i].hostname, old->nodes[i].hostname);
        }
    return n;
}

unsigned change_list(const struct site *old, const struct site *site, struct buf *ret) {
    unsigned n = 0;
    const cJSON *key;
    char pointer[POINTER_MAX];
    cJSON_ArrayForEach(key, site->tree) {
        snprintf(pointer, sizeof(pointer), "/%s", key->string);
        if (strcmp(key->string, "nodes") != 0)
            n += diff(pointer, "", cJSON_GetObjectItemCaseSensitive(old->tree, key->string), key, ret);
    }
    cJSON_ArrayForEach(key, old->tree) {
        snprintf(pointer, sizeof(pointer), "/%s", key->string);
        if (!cJSON_HasObjectItem(site->tree, key->string))
            n += diff(pointer, "", key, NULL, ret);
    }
    return n + diff_nodes(old, site, ret);
}
