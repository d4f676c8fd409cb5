/* SPDX-License-Identifier: Apache-2.0
 * Firewall rules that accept VRRP from the other masters alone, in the form of iptables-restore(8); the `-A` lines are
 * as `iptables -S` prints them. A single master accepts none. VRRP has no authentication (RFC 5798, 9), so a host that
 * forges a master's address can still take the VIP; see member/guard.h. */
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
