/* SPDX-License-Identifier: Apache-2.0
 * seedctl validate and seedctl role: check a site document, and compose a role document, offline. */
#include "commands.h"
#include "site/compose.h"
#include "load.h"
#include "log.h"

#include <stdio.h>

int seedctl_validate(const struct arguments *arguments) {
    int status;
    struct site *site = load_site(arguments->operands[0], &status);
    site_free(site);
    return status;
}

int seedctl_role(const struct arguments *arguments) {
    int status;
    struct error err = {0};
    cleanup_buf struct buf json = BUF_INIT(1 << 20);
    cleanup_site struct site *site = load_site(arguments->site, &status);
    if (!site)
        return status;
    const struct site_node *node = load_node(site, arguments->site, arguments->mac);
    if (!node)
        return 1;
    struct release *release = load_release(site, arguments->site, arguments->release, arguments->layers);
    if (!release)
        return 1;
    status = compose_is_for(site, release, &err) < 0 || compose_role(site, release, node, NULL, &json, &err) < 0;
    if (status)
        error_report(&err, "seedctl");
    else
        puts(buf_text(&json));
    release_free(release);
    return status;
}
