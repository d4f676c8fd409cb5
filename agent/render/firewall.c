/* SPDX-License-Identifier: Apache-2.0
 * VRRP comes from the other masters or not at all, in the words of iptables-restore(8) and, its `-A` lines, of
 * `iptables -S`. A master alone has no peers. VRRP itself proves nothing (RFC 5798, 9): who can write a master's
 * address into a packet can still take the VIP from them, see steps/guard.h. */
#include "render.h"

#include <string.h>

int render_vrrp_rules(const struct role *role, const struct render_facts *facts, struct buf *ret, struct error *err) {
    (void)facts;
    buf_adds(ret, "*filter\n:" RENDER_VRRP_CHAIN " - [0:0]\n");
    for (size_t i = 0; i < role->n_peers; i++)
        if (role->peers[i].role == NODE_MASTER && strcmp(role->peers[i].hostname, role->hostname) != 0)
            buf_addf(ret, "-A " RENDER_VRRP_CHAIN " -s %s/32 -j ACCEPT\n", role->peers[i].address.text);
    buf_adds(ret, "-A " RENDER_VRRP_CHAIN " -j DROP\nCOMMIT\n");
    return render_end(ret, err);
}
