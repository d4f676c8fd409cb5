/* SPDX-License-Identifier: Apache-2.0
 * See role_lists.h. */
#include "role_lists.h"

#include "check.h"
#include "kubelet.h"
#include "net.h"
#include <stdlib.h>
#include <string.h>

static const char *const no_keys[] = {NULL};
#define no_memory "out of memory; free some and try again"

void role_read_address(const struct cursor *object, struct role_address *ret_address) {
    ret_address->text = cursor_string(object, "address", check_address, reader_required);
    if (ret_address->text)
        net_address_parse(ret_address->text, &ret_address->in);
    ret_address->prefixlen = (uint8_t)cursor_number(object, "prefixlen", 8, 30, READER_REQUIRED);
}

/* Zeroed memory for the list's elements; NULL when there are none. A failed allocation is reported as a problem. */
static void *allocate(const struct cursor *list, size_t most, size_t size, size_t *ret_n) {
    size_t n;
    *ret_n = 0;
    if (!cursor_array(list, most, &n) || n == 0)
        return NULL;
    void *elements = calloc(n, size);
    if (elements)
        *ret_n = n;
    else
        cursor_fail(list, no_memory);
    return elements;
}

const char **role_read_texts(const struct cursor *list, size_t most, reader_check check, size_t *ret_n) {
    const char **texts = allocate(list, most, sizeof(*texts), ret_n);
    for (size_t i = 0; i < *ret_n; i++) {
        struct cursor at = cursor_index(list, i);
        texts[i] = cursor_text(&at, check);
    }
    return texts;
}

struct role_pair *role_read_pairs(const struct cursor *object, reader_check key, reader_check value, size_t *ret_n) {
    *ret_n = 0;
    if (!object->item)
        return NULL;
    if (!cJSON_IsObject(object->item)) {
        cursor_object(object, no_keys);
        return NULL;
    }
    size_t n = (size_t)cJSON_GetArraySize(object->item);
    if (n > ROLE_PAIRS_MAX)
        cursor_fail(object, "%zu keys; at most %d are accepted", n, ROLE_PAIRS_MAX);
    if (n == 0 || n > ROLE_PAIRS_MAX)
        return NULL;
    struct role_pair *pairs = calloc(n, sizeof(*pairs));
    const cJSON *child;
    if (!pairs) {
        cursor_fail(object, no_memory);
        return NULL;
    }
    cJSON_ArrayForEach(child, object->item) {
        struct cursor at = cursor_key(object, child->string);
        const char *expected = key(child->string);
        if (expected)
            cursor_fail(&at, "key is not valid; expected %s", expected);
        pairs[*ret_n].key = child->string;
        pairs[(*ret_n)++].value = cursor_text(&at, value);
    }
    return pairs;
}

struct role_peer *role_read_peers(const struct cursor *root, size_t *ret_n) {
    static const char *const keys[] = {"hostname", "role", "address", "prefixlen", "pod_cidr", "vrrp_priority", NULL};
    struct cursor list = cursor_key(root, "peers");
    struct role_peer *peers = allocate(&list, ROLE_PEERS_MAX, sizeof(*peers), ret_n);
    for (size_t i = 0; i < *ret_n; i++) {
        struct cursor at = cursor_index(&list, i);
        if (!cursor_object(&at, keys))
            continue;
        peers[i].hostname = cursor_string(&at, "hostname", check_label, reader_required);
        peers[i].role = (enum node_role)cursor_choice(&at, "role", node_role_names, READER_REQUIRED);
        role_read_address(&at, &peers[i].address);
        peers[i].pod_cidr = cursor_string(&at, "pod_cidr", check_subnet, NULL);
        peers[i].vrrp_priority =
            (uint8_t)cursor_number(&at, "vrrp_priority", 1, 254, peers[i].role == NODE_MASTER ? READER_REQUIRED : 0);
    }
    return peers;
}

static void read_layer(const struct cursor *at, struct role_layer *layer) {
    static const char *const keys[] = {"name", "sha256", "size", "kernel", NULL};
    if (!cursor_object(at, keys))
        return;
    layer->name = cursor_string(at, "name", check_label, reader_required);
    layer->sha256 = cursor_string(at, "sha256", check_sha256, reader_required);
    layer->size = (uint64_t)cursor_number(at, "size", 1, ROLE_LAYER_SIZE_MAX, READER_REQUIRED);
    layer->kernel = cursor_string(at, "kernel", check_kernel, NULL);
}

struct role_layer *role_read_layers(const struct cursor *root, size_t *ret_n) {
    struct cursor list = cursor_key(root, "layers");
    struct role_layer *layers = allocate(&list, ROLE_LAYERS_MAX, sizeof(*layers), ret_n);
    for (size_t i = 0; i < *ret_n; i++) {
        struct cursor at = cursor_index(&list, i);
        read_layer(&at, &layers[i]);
    }
    return layers;
}

void role_read_boot(const struct cursor *root, struct role_layer *ret_layer) {
    struct cursor boot = cursor_key(root, "boot");
    if (boot.item)
        read_layer(&boot, ret_layer);
}

static struct role_pair *read_replace(const struct cursor *addon, size_t *ret_n) {
    static const char *const keys[] = {"from", "to", NULL};
    struct cursor list = cursor_key(addon, "replace");
    struct role_pair *pairs = allocate(&list, ROLE_PAIRS_MAX, sizeof(*pairs), ret_n);
    for (size_t i = 0; i < *ret_n; i++) {
        struct cursor at = cursor_index(&list, i);
        if (!cursor_object(&at, keys))
            continue;
        pairs[i].key = cursor_string(&at, "from", check_not_empty, reader_required);
        pairs[i].value = cursor_string(&at, "to", NULL, reader_required);
    }
    return pairs;
}

struct role_addon *role_read_addons(const struct cursor *root, size_t *ret_n) {
    static const char *const keys[] = {"name", "manifest", "replace", NULL};
    struct cursor list = cursor_key(root, "addons");
    struct role_addon *addons = allocate(&list, ROLE_ADDONS_MAX, sizeof(*addons), ret_n);
    for (size_t i = 0; i < *ret_n; i++) {
        struct cursor at = cursor_index(&list, i);
        if (!cursor_object(&at, keys))
            continue;
        addons[i].name = cursor_string(&at, "name", check_label, reader_required);
        addons[i].manifest = cursor_string(&at, "manifest", check_manifest, reader_required);
        addons[i].replace = read_replace(&at, &addons[i].n_replace);
    }
    return addons;
}

void role_read_disk(const struct cursor *node, const char *const *more, struct role_disk *ret_disk) {
    enum { OWN = 6, MOST = 12 };
    const char *keys[MOST + 1] = {"serial", "wwn", "model", "size", "path", "accept_slow"};
    struct cursor disk = cursor_key(node, "disk");
    for (size_t i = 0; more[i] && OWN + i < MOST; i++)
        keys[OWN + i] = more[i];
    if (!disk.item || !cursor_object(&disk, keys))
        return;
    ret_disk->serial = cursor_string(&disk, "serial", check_selector, NULL);
    ret_disk->wwn = cursor_string(&disk, "wwn", check_selector, NULL);
    ret_disk->model = cursor_string(&disk, "model", check_selector, NULL);
    ret_disk->size = cursor_string(&disk, "size", check_disk_size, NULL);
    ret_disk->path = cursor_string(&disk, "path", check_disk_path, NULL);
    ret_disk->accept_slow = cursor_boolean(&disk, "accept_slow", false);
}

static void check_signals(const struct cursor *at, const struct kubelet_setting *setting) {
    const cJSON *child;
    if (!cursor_object(at, kubelet_signals))
        return;
    if (!at->item->child)
        cursor_fail(at, "empty; name a signal, or remove it");
    cJSON_ArrayForEach(child, at->item) {
        struct cursor signal = cursor_key(at, child->string);
        const char *wants = kubelet_signal_wants(setting, child);
        if (wants)
            cursor_fail(&signal, "not %s; kubelet would not start", wants);
    }
}

/* kubelet does not start with a soft limit that has no period. A machine's own limits come on top of the cluster's, so
 * each object is whole by itself. */
static void check_periods(const struct cursor *kubelet) {
    struct cursor soft = cursor_key(kubelet, "evictionSoft"), periods = cursor_key(kubelet, "evictionSoftGracePeriod");
    const cJSON *child;
    if (!cJSON_IsObject(soft.item))
        return;
    cJSON_ArrayForEach(child, soft.item) {
        struct cursor at = cursor_key(&soft, child->string);
        if (!cJSON_GetObjectItemCaseSensitive(periods.item, child->string))
            cursor_fail(&at, "a soft limit without its period; give evictionSoftGracePeriod the same signal");
    }
}

/* Checks that kubelet starts with the setting. */
static void check_setting(const struct cursor *at, const char *key) {
    const char *near = NULL;
    const struct kubelet_setting *setting = kubelet_setting_find(key, &near);
    bool is_object = setting && kubelet_setting_is_object(setting);
    const char *wants = setting && !is_object ? kubelet_setting_wants(setting, at->item) : NULL;
    if (is_object)
        check_signals(at, setting);
    else if (!setting && near)
        cursor_fail(at, "no such setting of kubelet in a site; did you mean `%s`?", near);
    else if (!setting)
        cursor_fail(at, "no such setting of kubelet in a site; docs/site.md lists them");
    else if (wants && setting->type == KUBELET_NUMBER)
        cursor_fail(at, "not %s, from %d to %d; kubelet would not start", wants, setting->least, setting->most);
    else if (wants && setting->type == KUBELET_CHOICE)
        cursor_fail(at, "not one of %s; kubelet would not start", setting->choices);
    else if (wants)
        cursor_fail(at, "not %s; kubelet would not start", wants);
}

void role_check_kubelet(const struct cursor *object) {
    if (!object->item)
        return;
    if (!cJSON_IsObject(object->item)) {
        cursor_object(object, no_keys);
        return;
    }
    const cJSON *child;
    cJSON_ArrayForEach(child, object->item) {
        struct cursor at = cursor_key(object, child->string);
        check_setting(&at, child->string);
    }
    check_periods(object);
}
