/* SPDX-License-Identifier: Apache-2.0
 * seedctl cmdline: the kernel command line, offline, for who writes a boot medium. */
#include "site/cmdline.h"
#include "commands.h"
#include "load.h"

#include <getopt.h>
#include <stdio.h>

static int usage(FILE *to, int status) {
    fputs(
        "usage: seedctl cmdline SITE [--mac MAC]\n\nWithout --mac: for a medium that serves any machine of the site.\n",
        to);
    return status;
}

static int print(const char *site_path, const char *mac) {
    int status;
    struct error err = {0};
    cleanup_buf struct buf line = BUF_INIT(CMDLINE_MAX);
    cleanup_site struct site *site = load_site(site_path, &status);
    if (!site)
        return status;
    const struct site_node *node = mac ? load_node(site, site_path, mac) : NULL;
    if (mac && !node)
        return 1;
    if (cmdline_render(site, node, &line, &err) < 0) {
        error_report(&err, "seedctl");
        return 1;
    }
    puts(buf_text(&line));
    return 0;
}

int cmd_cmdline(int argc, char **argv) {
    static const struct option options[] = {
        {"mac", required_argument, NULL, 'm'}, {"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
    const char *mac = NULL;
    int c;
    optind = 1;
    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (c == 'h')
            return usage(stdout, 0);
        if (c == '?')
            return 2;
        mac = optarg;
    }
    return optind + 1 != argc ? usage(stderr, 2) : print(argv[optind], mac);
}
