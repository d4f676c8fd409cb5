/* SPDX-License-Identifier: Apache-2.0
 * GET /v1/passwords: the passwords of the site, for masters alone. Passwords in the site document win; style `article`
 * and some images need them there. */
#include "handlers.h"

#include "server/store/passwords.h"
#include "server/context/reply.h"
#include <limits.h>
#include <stdio.h>
#include <string.h>

enum MHD_Result route_passwords(struct request *request) {
    const struct site *site = catalog_site(request->server->catalog);
    struct passwords own;
    struct error err = {0};
    char path[PATH_MAX + 32];
    snprintf(path, sizeof(path), "%s/passwords.json", request->server->options->state);
    if (passwords_load(path, &own, &err) < 0)
        return reply_store(request, &err);
    cleanup_buf struct buf json = BUF_INIT(1024);
    buf_addf(&json, "{\"vrrp_password\":\"%s\",\"stats_auth\":\"%s\"}",
             site->vip_password ? site->vip_password : own.vrrp, site->stats_auth ? site->stats_auth : own.stats);
    explicit_bzero(&own, sizeof(own));
    return reply_json(request, MHD_HTTP_OK, &json);
}
