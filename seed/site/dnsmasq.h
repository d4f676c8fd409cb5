/* SPDX-License-Identifier: Apache-2.0
 * The configuration of a dnsmasq(8) beside the seed: addresses and network boot for the site's machines, and nothing
 * for any other. Pure. `seedctl dnsmasq` prints it. */
#pragma once
#include "buf.h"
#include "error.h"
#include "site.h"

/* dhcp: the only DHCP server of the segment. proxy: only boot files, beside somebody else's DHCP server (proxyDHCP: PXE
 * specification 2.1, chapter 2). */
enum dnsmasq_mode { DNSMASQ_DHCP, DNSMASQ_PROXY };
extern const char *const dnsmasq_mode_names[]; /* in the enum's order, NULL-terminated */

/* What the site document does not have. The caller checks the texts: they go into the file unchanged. */
struct dnsmasq_options {
    enum dnsmasq_mode mode;
    const char *interface; /* NULL: the one that has the seed's address */
    const char *tftp_root; /* absolute folder of undionly.kpxe and snponly.efi; NULL: somebody else serves TFTP */
};

enum { DNSMASQ_MAX = 256 * 1024 }; /* of the file: SITE_NODES_MAX machines fit */

/* Appends the file. Errors name /network/seed: its URL is too long for a DHCP packet, or it has a name where an address
 * is needed; or *ret is too small. */
int dnsmasq_render(const struct site *site, const struct dnsmasq_options *options, struct buf *ret, struct error *err);
