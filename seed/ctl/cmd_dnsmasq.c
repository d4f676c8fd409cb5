/* SPDX-License-Identifier: Apache-2.0
 * seedctl dnsmasq: the configuration of the site's DHCP or proxyDHCP server, offline. */
#include "check.h"
#include "commands.h"
#include "site/dnsmasq.h"
#include "load.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

static int usage(FILE *to, int status) {
    fputs("usage: seedctl dnsmasq SITE --mode dhcp|proxy [--interface NAME] [--tftp DIR]\n"
          "\n"
          "  --mode dhcp        the segment's only DHCP server: the site's machines get their addresses\n"
          "  --mode proxy       boot files alone, beside another DHCP server\n"
          "  --interface NAME   where it listens; else on the seed's address\n"
          "  --tftp DIR         serve DIR (undionly.kpxe, snponly.efi) by TFTP, for firmware without HTTP\n",
          to);
    return status;
}

static int print(const char *site_path, const struct dnsmasq_options *options) {
    int status;
    struct error err = {0};
    cleanup_buf struct buf text = BUF_INIT(DNSMASQ_MAX);
    cleanup_site struct site *site = load_site(site_path, &status);
    if (!site)
        return status;
    if (dnsmasq_render(site, options, &text, &err) < 0) {
        error_wrap(&err, "%s", site_path);
        error_report(&err, "seedctl");
        return 1;
    }
    fputs(buf_text(&text), stdout);
    return 0;
}

/* dnsmasq splits values at commas, and strips quotes and comments. */
static bool valid_folder(const char *path) {
    return path[0] == '/' && !check_path(path + 1);
}

static int refuse(const char *option, const char *value, const char *expected) {
    fprintf(stderr, "seedctl: dnsmasq: --%s `%s` is not valid; expected %s\n", option, value, expected);
    return 2;
}

int cmd_dnsmasq(int argc, char **argv) {
    static const struct option options[] = {{"mode", required_argument, NULL, 'm'},
                                            {"interface", required_argument, NULL, 'i'},
                                            {"tftp", required_argument, NULL, 't'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    struct dnsmasq_options chosen = {0};
    const char *mode = NULL;
    int c;
    optind = 1;
    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (c == 'h')
            return usage(stdout, 0);
        if (c == '?')
            return 2;
        *(c == 'm' ? &mode : c == 'i' ? &chosen.interface : &chosen.tftp_root) = optarg;
    }
    if (!mode || optind + 1 != argc)
        return usage(stderr, 2);
    if (strcmp(mode, dnsmasq_mode_names[DNSMASQ_DHCP]) && strcmp(mode, dnsmasq_mode_names[DNSMASQ_PROXY]))
        return refuse("mode", mode, "`dhcp` or `proxy`");
    chosen.mode = strcmp(mode, dnsmasq_mode_names[DNSMASQ_PROXY]) ? DNSMASQ_DHCP : DNSMASQ_PROXY;
    if (chosen.interface && check_interface(chosen.interface))
        return refuse("interface", chosen.interface, check_interface(chosen.interface));
    if (chosen.tftp_root && !valid_folder(chosen.tftp_root))
        return refuse("tftp", chosen.tftp_root, "a folder's absolute path of letters, digits and `._-/`");
    return print(argv[optind], &chosen);
}
