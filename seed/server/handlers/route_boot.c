/* SPDX-License-Identifier: Apache-2.0
 * GET /boot.ipxe: the script that iPXE runs on a machine. A machine that is not in the site document shows that and
 * asks again, so that adding it to the document is enough. */
#include "handlers.h"

#include "clock.h"
#include "file.h"
#include "log.h"
#include "site/cmdline.h"
#include "server/context/reply.h"
#include "record/identity.h"
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* iPXE ends a script at the first command that fails, and the firmware tries the next boot device. So every command
 * that fails must go to :again. The files have fixed names, because `initrd=` on the command line names one. */
static int add_known(struct buf *script, const char *base, const char *words, const struct site *site,
                     const struct site_node *node, struct error *err) {
    const char *profile = boot_profile_names[site->boot_profile];
    buf_addf(script, "echo Seedrack: this is %s\n", node->hostname);
    buf_addf(script, "kernel --name vmlinuz %s/boot/vmlinuz-%s ", base, profile);
    if (cmdline_render(site, node, words, script, err) < 0)
        return -1;
    buf_addf(script, " || goto again\ninitrd --name initrd.img %s/boot/initrd-%s.img || goto again\n", base, profile);
    buf_adds(script, "boot || goto again\n");
    return 0;
}

/* `imgfree` removes files that an earlier try left in memory, so that they are not booted. `||` after sleep, since
 * Ctrl-C makes it fail. */
static int boot_render(const struct site *site, const char *base, const char *words, const char *mac,
                       struct buf *script, struct error *err) {
    const struct site_node *node = site_find_mac(site, mac);
    buf_adds(script, "#!ipxe\nimgfree ||\n");
    if (!node)
        buf_addf(script, "echo Seedrack: the site document has no node with mac %s (uuid ${uuid}, serial ${serial})\n",
                 mac);
    else if (add_known(script, base, words, site, node, err) < 0)
        return -1;
    buf_addf(script,
             ":again\necho Seedrack: trying again in 5 seconds\nsleep 5 ||\n"
             "chain --replace %s/boot.ipxe?mac=%s&uuid=${uuid}&serial=${serial:uristring} || goto again\n",
             base, mac);
    return buf_failed(script) ? error_errno(err, ENOMEM, "iPXE script") : 0;
}

/* A script that was fetched by TLS names TLS URLs, so that iPXE checks the certificate also for kernel and initramfs
 * (docs/tls.md). */
static void add_base(struct buf *ret, const struct request *request, const struct site *site) {
    const char *host = strstr(site->seed, "://") + 3;
    size_t n = *host == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":/");
    if (request->channel == CHANNEL_TLS)
        buf_addf(ret, "https://%.*s:%u", (int)n, host, request->server->tls.port);
    else
        buf_adds(ret, site->seed);
}

/* What the initramfs knows stands in the file beside it, after its size. An older version has no such file; one of
 * another initramfs does not count. */
static void add_words(struct buf *ret, const char *artifacts, const struct site *site) {
    cleanup_buf struct buf text = BUF_INIT(4096);
    char path[PATH_MAX], size[32];
    struct error err = {0};
    struct stat initrd;
    const char *profile = boot_profile_names[site->boot_profile];
    buf_adds(ret, "");
    snprintf(path, sizeof(path), "%s/boot/initrd-%s.img", artifacts, profile);
    if (stat(path, &initrd) < 0)
        return;
    snprintf(size, sizeof(size), "%lld\n", (long long)initrd.st_size);
    snprintf(path, sizeof(path), "%s/boot/initrd-%s.words", artifacts, profile);
    if (access(path, F_OK) == 0 && file_read(path, &text, &err) < 0)
        log_warning("%s; the boot script has only the words that every version knows", err.message);
    else if (!strncmp(buf_text(&text), size, strlen(size)))
        buf_adds(ret, buf_text(&text) + strlen(size));
}

enum MHD_Result route_boot_script(struct request *request) {
    const struct site *site = catalog_site(request->server->catalog);
    const char *text = request_query(request, "mac");
    char mac[STORE_MAC_SIZE];
    struct error err = {.message = "out of memory"};
    if (!text || !identity_mac(text, mac))
        return reply_error(request, MHD_HTTP_BAD_REQUEST, "invalid", "query `mac` is not a MAC address",
                           "chain to /boot.ipxe?mac=${netX/mac}&uuid=${uuid}&serial=${serial:uristring}");
    cleanup_buf struct buf base = BUF_INIT(512), script = BUF_INIT(8192), words = BUF_INIT(4096);
    add_words(&words, request->server->options->artifacts, site);
    add_base(&base, request, site);
    if (buf_failed(&base) || boot_render(site, buf_text(&base), buf_text(&words), mac, &script, &err) < 0)
        return reply_error(request, MHD_HTTP_INTERNAL_SERVER_ERROR, "compose_failed", err.message, err.remedy);
    if (site_find_mac(site, mac))
        boots_note(&request->server->boots, mac, clock_wall_ms());
    return reply_body(request, MHD_HTTP_OK, "text/plain; charset=utf-8", &script, NULL);
}
