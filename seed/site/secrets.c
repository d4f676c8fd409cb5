/* SPDX-License-Identifier: Apache-2.0
 * See secrets.h. */
#include "secrets.h"

#include <stdint.h>
#include <string.h>

static bool is_secret(const char *secret, void *context) {
    return !strcmp(secret, context);
}

bool site_registry_uses_secret(const struct site *site, const char *name) {
    return registries_any_secret(site->registries, site->n_registries, is_secret, (void *)(uintptr_t)name);
}

bool site_uses_secret(const struct site *site, const struct site_node *node, const char *name) {
    if (site_registry_uses_secret(site, name))
        return true;
    const struct site_s3 *s3 = &site->backup.s3;
    bool master = !node || node->role == NODE_MASTER;
    return master && s3->url && !strcmp(s3->secret, name);
}

bool site_powers_by_secret(const struct site *site, const char *name) {
    for (size_t i = 0; i < site->n_nodes + site->n_retired; i++)
        if (site->nodes[i].power.secret && !strcmp(site->nodes[i].power.secret, name))
            return true;
    return false;
}
