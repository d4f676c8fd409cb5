/* SPDX-License-Identifier: Apache-2.0
 * seedctl cmdline: prints the kernel command line, offline, for people who make their own boot medium. */
#include "site/cmdline.h"
#include "commands.h"
#include "load.h"
#include "log.h"

#include <stdio.h>

int seedctl_cmdline(const struct arguments *arguments) {
    const char *site_path = arguments->operands[0], *mac = arguments->mac;
    int status;
    struct error err = {0};
    cleanup_buf struct buf line = BUF_INIT(CMDLINE_MAX);
    cleanup_site struct site *site = load_site(site_path, &status);
    if (!site)
        return status;
    if (arguments->table) {
        cleanup_buf struct buf table = BUF_INIT(1 << 18);
        cmdline_render_table(site, &table);
        fputs(buf_text(&table), stdout);
        return 0;
    }
    const struct site_node *node = mac ? load_node(site, site_path, mac) : NULL;
    if (mac && !node)
        return 1;
    if (cmdline_render(site, node, NULL, &line, &err) < 0) {
        error_report(&err, "seedctl");
        return 1;
    }
    puts(buf_text(&line));
    return 0;
}
