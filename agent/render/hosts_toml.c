/* SPDX-License-Identifier: Apache-2.0
 * See hosts_toml.h. Values are safe between double quotes (lib/check.h). */
#include "hosts_toml.h"
#include "render.h"

#include <stdio.h>
#include <string.h>

void render_authority(size_t i, char ret[static 16]) {
    snprintf(ret, 16, "ca-%zu.crt", i);
}

static void add_authority(const struct registry_server *server, const char *folder, size_t i, struct buf *ret) {
    char name[16];
    render_authority(i, name);
    if (server->ca)
        buf_addf(ret, "ca = \"%s/%s\"\n", folder, name);
}

static void add_login(const char *table, const char *login, struct buf *ret) {
    if (login)
        buf_addf(ret, "[%s]\nAuthorization = \"Basic %s\"\n", table, login);
}

/* containerd asks the mirrors in their order, and then `server`. The Docker Hub has another name than its images. */
int render_hosts_toml(const struct registry *registry, const char *folder, const struct render_logins *logins,
                      struct buf *ret, struct error *err) {
    char table[320];
    buf_addf(ret, "server = \"https://%s\"\n",
             strcmp(registry->host, "docker.io") != 0 ? registry->host : "registry-1.docker.io");
    add_authority(&registry->own, folder, 0, ret);
    add_login("header", logins->of[0], ret);
    for (size_t i = 0; i < registry->n_mirrors; i++) {
        const struct registry_server *mirror = &registry->mirrors[i];
        buf_addf(ret, "[host.\"%s\"]\ncapabilities = [\"pull\", \"resolve\"]\n", mirror->url);
        add_authority(mirror, folder, i + 1, ret);
        snprintf(table, sizeof(table), "host.\"%s\".header", mirror->url);
        add_login(table, logins->of[i + 1], ret);
    }
    return render_end(ret, err);
}
