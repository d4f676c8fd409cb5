/* SPDX-License-Identifier: Apache-2.0
 * See own_link.h. */
#include "own_link.h"

#include <stdio.h>

int own_link_find(const struct role *role, struct own_link *ret, struct error *err) {
    struct link links[NETLINK_LINKS];
    size_t count;
    if (link_list(links, &count, err) < 0)
        return -1;
    const struct link *found = links_own(role, links, count);
    if (found) {
        ret->ifindex = found->ifindex;
        ret->made = found->kind == LINK_CARD ? 0 : found->ifindex;
        snprintf(ret->name, sizeof(ret->name), "%s", found->name);
        snprintf(ret->mac, sizeof(ret->mac), "%s", found->mac);
        return 0;
    }
    error_fail(err, SR_LINK_CARD, -1, "no link `%s`", role->interface ? role->interface : role->mac);
    return error_remedy(err, "plug the card in, or correct `interface` or `mac` of `%s` in the site document",
                        role->hostname);
}
