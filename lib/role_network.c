/* SPDX-License-Identifier: Apache-2.0
 * See role.h: the network part of a role document as a text of its own. The agent keeps the last one with which it
 * reached its seed. */
#include "role.h"

#include "check.h"
#include "json.h"
#include <errno.h>

static const char *const keys[] = {"gateway", NETWORK_KEYS, NULL};

int role_network_text(const struct role *role, struct buf *ret, struct error *err) {
    const cJSON *network = cJSON_GetObjectItemCaseSensitive(role->tree, "network");
    cleanup_json cJSON *part = cJSON_CreateObject();
    bool ok = part;
    for (const char *const *key = keys; ok && *key; key++) {
        const cJSON *item = cJSON_GetObjectItemCaseSensitive(network, *key);
        cJSON *copy = item ? cJSON_Duplicate(item, true) : NULL;
        ok = !item || (copy && cJSON_AddItemToObject(part, *key, copy));
    }
    char *text = ok ? cJSON_PrintUnformatted(part) : NULL;
    if (text)
        buf_adds(ret, text);
    cJSON_free(text);
    return !text || buf_failed(ret) ? error_errno(err, ENOMEM, "the network of `%s`", role->hostname) : 0;
}

int role_network_parse(const struct role *role, const char *text, size_t length, struct network *ret,
                       struct error *err) {
    static const struct network nothing;
    cleanup_json cJSON *tree = NULL;
    struct problem problem;
    struct reader reader = {.list = &problem, .capacity = 1};
    struct prefix own = net_prefix_of(role->address.in, role->address.prefixlen);
    struct network network;
    if (json_parse(text, length, &tree, err) < 0)
        return -1;
    struct cursor root = cursor_root(&reader, tree);
    if (cursor_object(&root, keys)) {
        network_read(&root, &nothing, &network);
        network_check(&root, &network, role->mac, &own);
        const char *gateway = cursor_string(&root, "gateway", check_address, NULL);
        if (gateway)
            net_prefix_parse_host(gateway, &network.gateway);
    }
    if (reader.n > 0)
        return error_set(err, EINVAL, "%s: %s", problem.pointer, problem.cause);
    network_own_card_first(&network, role->mac);
    *ret = network;
    return 0;
}
