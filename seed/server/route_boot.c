/* SPDX-License-Identifier: Apache-2.0
 * GET /boot.ipxe: what iPXE does with a machine. A machine that the site does not know is told so and asks again:
 * adding it to the site document is then enough. */
#include "routes.h"

#include "reply.h"

static void add_known(struct buf *script, const struct site *site, const struct site_node *node) {
    buf_addf(script, "echo Seedrack: this is %s\n", node->hostname);
    buf_addf(script, "kernel %s/boot/vmlinuz initrd=initrd.img seedrack.seed=%s seedrack.mac=%s || goto again\n",
             site->seed, site->seed, node->mac);
    buf_addf(script, "initrd --name initrd.img %s/boot/initrd.img || goto again\nboot || goto again\n", site->seed);
}

enum MHD_Result route_boot_script(struct request *request) {
    const struct site *site = catalog_site(request->server->catalog);
    const char *text = request_query(request, "mac");
    char mac[STORE_MAC_SIZE];
    if (!text || !claims_mac(text, mac))
        return reply_error(request, MHD_HTTP_BAD_REQUEST, "invalid", "query `mac` is not a MAC address",
                           "chain to /boot.ipxe?mac=${net0/mac}&uuid=${uuid}&serial=${serial:uristring}");
    const struct site_node *node = site_find_mac(site, mac);
    cleanup_buf struct buf script = BUF_INIT(8192);
    buf_adds(&script, "#!ipxe\n");
    if (node)
        add_known(&script, site, node);
    else
        buf_addf(&script, "echo Seedrack: the site document has no node with mac %s\n", mac);
    buf_addf(&script,
             ":again\necho Seedrack: trying again in 10 seconds\nsleep 10\n"
             "chain --replace %s/boot.ipxe?mac=%s || goto again\n",
             site->seed, mac);
    return reply_body(request, MHD_HTTP_OK, "text/plain; charset=utf-8", &script, NULL);
}
