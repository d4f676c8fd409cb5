/* SPDX-License-Identifier: Apache-2.0
 * seedctl validate and seedctl role: the documents, offline. */
#include "commands.h"
#include "site/compose.h"
#include "load.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

int cmd_validate(int argc, char **argv) {
    int status;
    if (argc == 2 && !strcmp(argv[1], "--help"))
        return puts("usage: seedctl validate SITE\nExit status: 0 valid, 1 one line per error on stderr, 2 usage."), 0;
    if (argc != 2 || argv[1][0] == '-') {
        fputs("usage: seedctl validate SITE\n", stderr);
        return 2;
    }
    cleanup_site struct site *site = load_site(argv[1], &status);
    return status;
}

static int usage(FILE *to, int status) {
    fputs("usage: seedctl role --site SITE --mac MAC [--release FILE] [--layers FILE]\n", to);
    return status;
}

static int print(const char *site_path, const char *mac, const char *release_path, const char *layers_path) {
    int status;
    struct error err = {0};
    cleanup_buf struct buf json = BUF_INIT(1 << 20);
    cleanup_site struct site *site = load_site(site_path, &status);
    if (!site)
        return status;
    const struct site_node *node = load_node(site, site_path, mac);
    if (!node)
        return 1;
    struct release *release = load_release(site, site_path, release_path, layers_path);
    if (!release)
        return 1;
    status = compose_role(site, release, node, &json, &err) < 0;
    if (status)
        error_report(&err, "seedctl");
    else
        puts(buf_text(&json));
    release_free(release);
    return status;
}

int cmd_role(int argc, char **argv) {
    static const struct option options[] = {
        {"site", required_argument, NULL, 's'},    {"mac", required_argument, NULL, 'm'},
        {"release", required_argument, NULL, 'r'}, {"layers", required_argument, NULL, 'l'},
        {"help", no_argument, NULL, 'h'},          {NULL, 0, NULL, 0}};
    const char *site = NULL, *mac = NULL, *release = NULL, *layers = NULL;
    int c;
    optind = 1;
    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (c == 'h')
            return usage(stdout, 0);
        if (c == '?')
            return 2;
        *(c == 's' ? &site : c == 'm' ? &mac : c == 'r' ? &release : &layers) = optarg;
    }
    return !site || !mac || optind != argc ? usage(stderr, 2) : print(site, mac, release, layers);
}
