/* SPDX-License-Identifier: Apache-2.0
 * See dnsmasq.h. A machine sends up to three different DHCP requests: from its firmware (PXE or UEFI HTTP boot), from
 * iPXE, and from the initramfs. Tags distinguish them, and at most one boot line matches each. */
#include "dnsmasq.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

const char *const dnsmasq_mode_names[] = {"dhcp", "proxy", NULL};

/* A boot file's name has room for 127 bytes in the packet's own field (RFC 2131), and for 254 as option 67 with the NUL
 * that dnsmasq adds (RFC 2132, 9.5). In a proxy's answer dnsmasq uses only the field. */
enum { FILE_FIELD_MAX = 127, OPTION_MAX = 254 };

struct renderer {
    const struct site *site;
    const struct dnsmasq_options *options;
    char address[NET_ADDRESS_SIZE]; /* of the seed, where dnsmasq also runs; "": the site has only its name */
    struct buf *ret;
};

/* The host of a URL, if that is an address; else "". */
static void seed_address(const char *url, char ret_address[NET_ADDRESS_SIZE]) {
    const char *host = strstr(url, "://") + 3;
    size_t n = strcspn(host, ":");
    struct in_addr in;
    snprintf(ret_address, NET_ADDRESS_SIZE, "%.*s", n < NET_ADDRESS_SIZE ? (int)n : 0, host);
    if (!net_address_parse(ret_address, &in))
        ret_address[0] = '\0';
}

static void render_head(struct renderer *r) {
    const char *mode = dnsmasq_mode_names[r->options->mode], *interface = r->options->interface;
    buf_addf(r->ret, "# dnsmasq for site %s, mode %s: written by seedctl dnsmasq, not to be edited.\n", r->site->name,
             mode);
    buf_adds(r->ret, "port=0\n"); /* no DNS */
    if (interface)
        buf_addf(r->ret, "interface=%s\n", interface);
    else if (r->address[0])
        buf_addf(r->ret, "listen-address=%s\n", r->address);
    buf_adds(r->ret, "except-interface=lo\nbind-interfaces\n");
    if (r->options->tftp_root)
        buf_addf(r->ret, "enable-tftp\ntftp-root=%s\n", r->options->tftp_root);
}

static bool same_subnet(const struct cidr *a, const struct cidr *b) {
    return a->prefixlen == b->prefixlen && net_cidr_contains(a, b->in);
}

/* One range for each subnet with an address of a machine. */
static void render_ranges(struct renderer *r) {
    for (size_t i = 0; i < r->site->n_nodes; i++) {
        const struct cidr *cidr = &r->site->nodes[i].address;
        bool seen = false;
        for (size_t k = 0; k < i; k++)
            seen = seen || same_subnet(&r->site->nodes[k].address, cidr);
        if (seen)
            continue;
        char subnet[NET_ADDRESS_SIZE], netmask[NET_ADDRESS_SIZE];
        struct in_addr mask = {htonl(~(uint32_t)0 << (32 - cidr->prefixlen))}; /* prefixlen is 8..30 */
        net_address_text((struct in_addr){cidr->in.s_addr & mask.s_addr}, subnet);
        net_address_text(mask, netmask);
        if (r->options->mode == DNSMASQ_DHCP)
            buf_addf(r->ret, "dhcp-range=%s,static,%s,infinite\n", subnet, netmask);
        else
            buf_addf(r->ret, "dhcp-range=%s,proxy,%s\n", subnet, netmask);
    }
}

/* dnsmasq recognises the parts of a dhcp-host line by their form. A number would be a lease time, and these words are
 * keywords. */
static bool looks_like_a_name(const char *hostname) {
    return (hostname[0] < '0' || hostname[0] > '9') && strcmp(hostname, "infinite") && strcmp(hostname, "ignore");
}

/* id:* means "by MAC alone": firmware, iPXE and Linux each send another client id (RFC 4361, RFC 4578). The lease never
 * ends, because the address belongs to the machine; so nothing has to renew it. */
static void render_hosts(struct renderer *r) {
    for (size_t i = 0; i < r->site->n_nodes; i++) {
        const struct site_node *node = &r->site->nodes[i];
        buf_addf(r->ret, "dhcp-host=%s,id:*", node->mac);
        if (r->options->mode == DNSMASQ_DHCP) {
            buf_addf(r->ret, ",%s", node->address_text);
            if (looks_like_a_name(node->hostname))
                buf_addf(r->ret, ",%s", node->hostname);
            buf_adds(r->ret, ",infinite");
        }
        buf_adds(r->ret, "\n");
    }
    buf_adds(r->ret, "dhcp-ignore=tag:!known\n");
}

/* An option without a value is not sent; without the line dnsmasq would send itself as router. There is no lease file:
 * the configuration has all addresses, and an old lease would keep the address of a replaced machine. Option 175.176 is
 * iPXE's no-pxedhcp: it need not wait for a proxy. Option 224 is for private use (RFC 3942): the seed's URL, for
 * machines whose boot medium does not have it. */
static void render_options(struct renderer *r) {
    const cJSON *nameserver;
    char gateway[NET_ADDRESS_SIZE] = "";
    if (r->site->has_gateway)
        net_address_text(r->site->gateway, gateway);
    buf_addf(r->ret, "dhcp-authoritative\nleasefile-ro\ndhcp-option=option:router%s%s\ndhcp-option=option:dns-server",
             gateway[0] ? "," : "", gateway);
    cJSON_ArrayForEach(nameserver, r->site->nameservers) {
        buf_addf(r->ret, ",%s", nameserver->valuestring);
    }
    buf_addf(r->ret, "\ndhcp-option-force=tag:ipxe,encap:175,176,1b\ndhcp-option-force=224,\"%s\"\n", r->site->seed);
}

/* Client architectures of option 93 (RFC 4578, and the IANA's registry for what came later). 7 and 9 are both x86-64:
 * the RFC and firmware use them the other way round. iPXE is recognised by its own option 175, also when it is in a
 * card's flash (as in QEMU). It sends the architecture, too. */
static void render_tags(struct renderer *r) {
    buf_adds(r->ret, "dhcp-match=set:ipxe,175\n"
                     "dhcp-match=set:bios,option:client-arch,0\n"
                     "dhcp-match=set:efi,option:client-arch,7\n"
                     "dhcp-match=set:efi,option:client-arch,9\n"
                     "dhcp-match=set:http,option:client-arch,16\n");
}

/* netX is the card that iPXE booted from, whatever its number (iPXE: "netX" setting). */
static void add_script_url(const struct site *site, struct buf *ret) {
    buf_addf(ret, "%s/boot.ipxe?mac=${netX/mac}&uuid=${uuid}&serial=${serial:uristring}", site->seed);
}

/* The boot lines for iPXE and UEFI HTTP boot, in both modes. A URL does not need the server's address, but iPXE accepts
 * a proxy's answer only with it. */
static void render_urls(struct renderer *r) {
    const char *comma = r->address[0] ? ",," : "";
    buf_adds(r->ret, "dhcp-boot=tag:ipxe,");
    add_script_url(r->site, r->ret);
    buf_addf(r->ret, "%s%s\ndhcp-boot=tag:http,tag:!ipxe,%s/boot/snponly.efi%s%s\n", comma, r->address, r->site->seed,
             comma, r->address);
}

/* In mode dhcp, firmware reads the boot file from the DHCP server's answer. UEFI HTTP boot expects its vendor class in
 * the answer (UEFI specification 2.10, 24.7.2). */
static void render_dhcp_boot(struct renderer *r) {
    const char *comma = r->address[0] ? ",," : "";
    buf_addf(r->ret, "dhcp-boot=tag:bios,tag:!ipxe,undionly.kpxe%s%s\n", comma, r->address);
    buf_addf(r->ret, "dhcp-boot=tag:efi,tag:!ipxe,snponly.efi%s%s\n", comma, r->address);
    buf_adds(r->ret, "dhcp-option-force=tag:http,tag:!ipxe,option:vendor-class,HTTPClient\n");
}

/* A proxy's answer to firmware is a menu; here it has one entry, which starts at once. dnsmasq uses dhcp-boot only when
 * no pxe-service matches, so these have tag:!ipxe. Architectures are given by number, because versions of dnsmasq
 * swapped the names of 7 and 9. */
static void render_proxy_boot(struct renderer *r) {
    static const struct {
        int architecture;
        const char *file;
    } services[] = {{0, "undionly.kpxe"}, {7, "snponly.efi"}, {9, "snponly.efi"}};
    buf_adds(r->ret, "dhcp-pxe-vendor=PXEClient,HTTPClient\n");
    for (size_t i = 0; i < sizeof(services) / sizeof(services[0]); i++)
        buf_addf(r->ret, "pxe-service=tag:!ipxe,%d,\"Seedrack\",%s,%s\n", services[i].architecture, services[i].file,
                 r->address);
}

static int dnsmasq_check(const struct renderer *r, struct error *err) {
    cleanup_buf struct buf url = BUF_INIT(1024);
    bool proxy = r->options->mode == DNSMASQ_PROXY;
    size_t most = proxy ? FILE_FIELD_MAX : OPTION_MAX;
    add_script_url(r->site, &url);
    if (proxy && !r->address[0]) {
        error_set(err, EINVAL, "/network/seed: `%s` has a name, and iPXE wants an address from a proxy", r->site->seed);
        return error_remedy(err, "give the seed by its IPv4 address, or use --mode dhcp");
    }
    if (url.length <= most)
        return 0;
    error_set(err, EINVAL, "/network/seed: with it iPXE's URL is %zu bytes; DHCP carries %zu", url.length, most);
    return error_remedy(err, "give the seed by its IPv4 address, or a shorter name");
}

int dnsmasq_render(const struct site *site, const struct dnsmasq_options *options, struct buf *ret, struct error *err) {
    struct renderer r = {.site = site, .options = options, .ret = ret};
    seed_address(site->seed, r.address);
    if (dnsmasq_check(&r, err) < 0)
        return -1;
    render_head(&r);
    render_ranges(&r);
    render_hosts(&r);
    if (options->mode == DNSMASQ_DHCP)
        render_options(&r);
    render_tags(&r);
    render_urls(&r);
    if (options->mode == DNSMASQ_DHCP)
        render_dhcp_boot(&r);
    else
        render_proxy_boot(&r);
    if (!buf_failed(ret))
        return 0;
    error_errno(err, ENOMEM, "render dnsmasq.conf of `%s`", site->name);
    return error_remedy(err, "free some memory");
}
